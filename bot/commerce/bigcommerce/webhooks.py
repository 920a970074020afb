"""BigCommerce's calls. They hold a scope and an id, and what else there is to know is read again: by whom is asked
twice. A webhook sends the headers that it was made with: one of them is our secret. BigCommerce also signs, as
Standard Webhooks do, with the client secret of the API account: where we were given that, it must hold too.

Changes are named as `changes.py` polls them, by thing, number and the moment that the shop tells: a call that comes
twice, or late, or of what was polled, counts once.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from bot.commerce.bigcommerce.changes import tell_customer, tell_order
from bot.commerce.bigcommerce.client import BigCommerceClient
from bot.commerce.bigcommerce.shapes import is_id
from bot.commerce.polling import customer_changed, variant_changed
from bot.commerce.signed_changes import require_signature
from bot.commerce.types import ShopEvent
from bot.errors import ForeignPayload, NotFound, UnsupportedPayload

HEADER = "X-Prevenant-Secret"
OF_NOTHING = "store/information/updated"  # says nothing that is kept: good for trying the address
_STOCK_AND_PRICE = ("stock.changed", "price.changed")


@dataclass(frozen=True)
class Secrets:
    """What a call must bear: `header` in `HEADER`; `client` signs it, "" for not asked."""

    header: bytes = field(repr=False)
    client: bytes = field(default=b"", repr=False)


def read_call(
    body: bytes, headers: Mapping[str, str], now: datetime, *, secrets: Secrets, producer: str,
    client: BigCommerceClient,
) -> tuple[ShopEvent, ...]:
    """What a call tells. ForeignPayload when a secret does not hold, it is another shop's (`stores/<hash>`), or a field
    is wrong; UnsupportedPayload for scopes that are of no interest. RetryLater when the thing cannot be read now.
    """
    by_name = {name.lower(): value for name, value in headers.items()}
    if not hmac.compare_digest(by_name.get(HEADER.lower(), "").encode(), secrets.header):
        raise ForeignPayload("the secret does not hold")
    if secrets.client:
        require_signature(body, by_name, secrets.client, now)
    try:
        said = orjson.loads(body)
        scope, data, at = said["scope"], said["data"], datetime.fromtimestamp(said["created_at"], UTC)
        if said["producer"] != producer:
            raise ForeignPayload("the call is of another shop")
        if scope not in SCOPES:
            raise UnsupportedPayload(str(scope)[:64])
        subject = SCOPES[scope]
        number = _number(subject.number_in(data))
    except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise ForeignPayload(f"the call has a form of its own: {type(error).__name__}") from error
    try:
        return tuple(subject.tell(client, number, at))
    except NotFound:  # gone meanwhile
        return ()


def _number(said: object) -> str:
    if not isinstance(said, int | str) or not is_id(str(said)):
        raise TypeError("not a number")
    return str(said)


@dataclass(frozen=True)
class _Subject:
    """Where a call's `data` names the thing, and what there is to tell of it."""

    number_in: Callable[[Any], object]
    tell: Callable[[BigCommerceClient, str, datetime], list[ShopEvent]]


def _order(client: BigCommerceClient, number: str, _: datetime) -> list[ShopEvent]:
    return tell_order(client.read(f"v2/orders/{number}"))


def _customer(client: BigCommerceClient, number: str, _: datetime) -> list[ShopEvent]:
    return [event for said in client.read("v3/customers", {"id:in": number}) for event in tell_customer(said)]


def _address(_client: BigCommerceClient, number: str, at: datetime) -> list[ShopEvent]:
    """An address touches no customer's own moment: it bears the call's."""
    return [customer_changed(number, at)]


def _variant(kinds: tuple[str, ...]) -> Callable[[BigCommerceClient, str, datetime], list[ShopEvent]]:
    return lambda _client, number, at: [variant_changed(kind, number, at) for kind in kinds]


def _product(kinds: tuple[str, ...]) -> Callable[[BigCommerceClient, str, datetime], list[ShopEvent]]:
    """Each of its variants: which one it was is not told."""
    def tell(client: BigCommerceClient, number: str, at: datetime) -> list[ShopEvent]:
        told = client.read_every(f"v3/catalog/products/{number}/variants", {"include_fields": "id"})
        return [variant_changed(kind, str(each["id"]), at) for each in told for kind in kinds]
    return tell


def _by_id(data: Any) -> object:
    return data["id"]


_ORDER, _CUSTOMER = _Subject(_by_id, _order), _Subject(_by_id, _customer)
_BOOK = _Subject(lambda data: data["address"]["customer_id"], _address)
_COUNTED = _Subject(_by_id, _product(("stock.changed",)))
_COUNTED_ALONE = _Subject(lambda data: data["inventory"]["variant_id"], _variant(("stock.changed",)))
SCOPES: Mapping[str, _Subject] = {
    "store/order/created": _ORDER,
    "store/order/updated": _ORDER,
    "store/order/statusUpdated": _ORDER,
    "store/order/refund/created": _ORDER,
    "store/shipment/created": _Subject(lambda data: data["orderId"], _order),
    "store/shipment/updated": _Subject(lambda data: data["orderId"], _order),
    "store/customer/created": _CUSTOMER,
    "store/customer/updated": _CUSTOMER,
    "store/customer/address/created": _BOOK,
    "store/customer/address/updated": _BOOK,
    "store/customer/address/deleted": _BOOK,
    "store/product/updated": _Subject(_by_id, _product(_STOCK_AND_PRICE)),
    "store/product/inventory/updated": _COUNTED,
    "store/product/inventory/order/updated": _COUNTED,
    "store/sku/updated": _Subject(lambda data: data["sku"]["variant_id"], _variant(_STOCK_AND_PRICE)),
    "store/sku/inventory/updated": _COUNTED_ALONE,
    "store/sku/inventory/order/updated": _COUNTED_ALONE,
    OF_NOTHING: _Subject(lambda data: 1, lambda _client, _number, _at: []),
}
HEARD = (  # those without which something is missed
    "store/order/created", "store/order/updated", "store/shipment/created", "store/customer/updated",
    "store/product/inventory/updated", "store/product/inventory/order/updated", "store/sku/inventory/updated",
    "store/sku/inventory/order/updated",
)
