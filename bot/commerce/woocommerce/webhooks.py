"""WooCommerce's calls: signed with the webhook's secret over the raw body. After five that fail it switches itself off.

What a call says of a thing is not believed: it names what is read again. Changes are named as `changes.py` polls them,
so a call that comes twice, or late, or of what was polled, counts once: a delivery's own id is another each time.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from bot.commerce.polling import customer_changed, variant_changed
from bot.commerce.types import ShopEvent
from bot.commerce.woocommerce.changes import tell
from bot.commerce.woocommerce.shapes import moment
from bot.errors import ForeignPayload, UnsupportedPayload

_Body = Mapping[str, Any]
_PING = re.compile(rb"webhook_id=\d{1,20}")  # what WooCommerce sends, unsigned, when a webhook is saved


def read_call(body: bytes, headers: Mapping[str, str], *, key: bytes, shop_url: str) -> tuple[ShopEvent, ...]:
    """What a call tells. ForeignPayload when the signature does not hold, it is another shop's, or a field is wrong;
    UnsupportedPayload for topics that are of no interest, and for the call that tries the address.
    """
    by_name = {name.lower(): value for name, value in headers.items()}
    if _PING.fullmatch(body):
        raise UnsupportedPayload("ping")
    if not hmac.compare_digest(by_name.get("x-wc-webhook-signature", "").encode(), sign(body, key).encode()):
        raise ForeignPayload("the signature does not hold")
    if _host_of(by_name.get("x-wc-webhook-source", "")) != _host_of(shop_url):
        raise ForeignPayload("the call is of another shop")
    topic = by_name.get("x-wc-webhook-topic", "")
    if topic not in TOPICS:
        raise UnsupportedPayload(topic[:64])
    try:
        return TOPICS[topic](orjson.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ForeignPayload(f"{topic} has a form of its own: {type(error).__name__}") from error


def sign(body: bytes, key: bytes) -> str:
    """The signature of a call."""
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


def _host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _order(said: _Body) -> tuple[ShopEvent, ...]:
    _number(said["id"])
    return tuple(tell(said))


def _customer(said: _Body) -> tuple[ShopEvent, ...]:
    at = moment(said["date_modified_gmt"] or said["date_created_gmt"])
    return (customer_changed(_number(said["id"]), at),)


def _product(said: _Body) -> tuple[ShopEvent, ...]:
    """Whether it was its stock or its price is not told: both are looked at again."""
    at = moment(said["date_modified_gmt"] or said["date_created_gmt"])
    sold = [_number(each) for each in said["variations"]] or [_number(said["id"])]
    return tuple(variant_changed(kind, each, at) for each in sold for kind in ("stock.changed", "price.changed"))


def _number(said: object) -> str:
    if not isinstance(said, int):
        raise TypeError("not a number")
    return str(said)


TOPICS: Mapping[str, Callable[[_Body], tuple[ShopEvent, ...]]] = {
    "order.created": _order,
    "order.updated": _order,
    "order.restored": _order,
    "customer.created": _customer,
    "customer.updated": _customer,
    "product.updated": _product,
    "product.restored": _product,
}
