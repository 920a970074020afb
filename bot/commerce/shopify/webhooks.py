"""Shopify's calls: signed with the app's client secret over the raw body, told again until they are answered.

What a call says of a thing is not believed: it names what is read again. Changes are named as `changes.py` polls them,
so a call that comes twice, or late, or of what was polled, counts once.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from bot.commerce.polling import cancelled, changed, customer_changed, placed, stamp_of
from bot.commerce.shopify.changes import shipment_changed
from bot.commerce.shopify.shapes import moment
from bot.commerce.types import ShopEvent, VariantRef
from bot.errors import ForeignPayload, UnsupportedPayload

_Body = Mapping[str, Any]


def read_call(body: bytes, headers: Mapping[str, str], *, key: bytes, shop_domain: str) -> tuple[ShopEvent, ...]:
    """What a call tells. ForeignPayload when the signature does not hold, it is another shop's, or a field is wrong;
    UnsupportedPayload for topics that are of no interest.
    """
    by_name = {name.lower(): value for name, value in headers.items()}
    if not hmac.compare_digest(by_name.get("x-shopify-hmac-sha256", "").encode(), sign(body, key).encode()):
        raise ForeignPayload("the signature does not hold")
    if by_name.get("x-shopify-shop-domain", "").lower() != shop_domain:
        raise ForeignPayload("the call is of another shop")
    topic = by_name.get("x-shopify-topic", "")
    if topic not in TOPICS:
        raise UnsupportedPayload(topic[:64])
    try:
        return TOPICS[topic](orjson.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ForeignPayload(f"{topic} has a form of its own: {type(error).__name__}") from error


def sign(body: bytes, key: bytes) -> str:
    """The signature of a call, as it stands in its header."""
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


def _placed(said: _Body) -> tuple[ShopEvent, ...]:
    return (placed(_number(said["id"]), moment(said["created_at"])),)


def _cancelled(said: _Body) -> tuple[ShopEvent, ...]:
    return (cancelled(_number(said["id"]), moment(said["cancelled_at"])), *_changed(said))


def _changed(said: _Body) -> tuple[ShopEvent, ...]:
    ref, at = _number(said["id"]), moment(said["updated_at"])
    return (changed(ref, at),) if at != moment(said["created_at"]) else ()


def _shipment(said: _Body) -> tuple[ShopEvent, ...]:
    return (shipment_changed(_number(said["order_id"]), _number(said["id"]), moment(said["updated_at"])),)


def _on_its_way(said: _Body) -> tuple[ShopEvent, ...]:
    return (shipment_changed(_number(said["order_id"]), _number(said["fulfillment_id"]), moment(said["updated_at"])),)


def _customer(said: _Body) -> tuple[ShopEvent, ...]:
    return (customer_changed(_number(said["id"]), moment(said["updated_at"])),)


def _stock(said: _Body) -> tuple[ShopEvent, ...]:
    return (_of_variant("stock.changed", said),)


def _prices(said: _Body) -> tuple[ShopEvent, ...]:
    return tuple(_of_variant("price.changed", each) for each in said["variants"])


def _of_variant(kind: str, said: _Body) -> ShopEvent:
    ref, at = _number(said["id"]), moment(said["updated_at"])
    return ShopEvent(id=f"{kind}:{ref}:{stamp_of(at)}", type=kind, at=at, variant_ref=VariantRef(ref))


def _number(said: object) -> str:
    if not isinstance(said, int):
        raise TypeError("not a number")
    return str(said)


TOPICS: Mapping[str, Callable[[_Body], tuple[ShopEvent, ...]]] = {
    "orders/create": _placed,
    "orders/updated": _changed,
    "orders/cancelled": _cancelled,
    "fulfillments/create": _shipment,
    "fulfillments/update": _shipment,
    "fulfillment_events/create": _on_its_way,
    "customers/create": _customer,
    "customers/update": _customer,
    "variants/in_stock": _stock,
    "variants/out_of_stock": _stock,
    "products/update": _prices,
}
