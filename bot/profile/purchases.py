"""Stage B2: a customer's order events -> what was bought, a line each, net of what was cancelled.

The table `purchases` holds them for segments, which count them for everybody in one query. What a page
says about orders is left out: anybody can say it. Texts are in lower case: they are for comparing.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

import sqlalchemy as sa
from babel.numbers import get_currency_precision

from bot.profile.store.tables import purchases
from bot.profile.store.upsert import insert_many, is_one_of

BOUGHT, CHANGED, CANCELLED, REFUNDED = "Order Completed", "Order Updated", "Order Cancelled", "Order Refunded"
ORDER_EVENTS = (BOUGHT, CHANGED, CANCELLED, REFUNDED)
UNTRUSTED_SILOS = ("web",)
_MOST_PIECES, _MOST_MINOR = 10**9, 10**15  # what no shop sells is somebody's mistake, and must fit its column


class OrderEvent(Protocol):
    """What is read of an event: a row of `events`, or an Event."""

    @property
    def message_id(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def properties(self) -> dict[str, Any]: ...  # noqa: D102
    @property
    def occurred_at(self) -> datetime: ...  # noqa: D102


@dataclass(frozen=True)
class PurchaseLine:
    """So many pieces of one thing in one order; what was sent back later is a line of its own, below zero.

    Texts are as the shop wrote them, "" where it did not say.
    """

    order_id: str
    line: int
    sold_at: datetime
    quantity: int
    amount_minor: int  # of all pieces, as paid
    currency: str  # "" when the shop did not say
    product_id: str = ""
    variant_id: str = ""
    product_type: str = ""
    brand: str = ""
    colour: str = ""
    size: str = ""
    returned: int = 0  # pieces of it that came back, where the order itself says so: `quantity` is without them
    place_ref: str = ""  # the store it was collected in; "" for what was sent home

    @property
    def is_sale(self) -> bool:
        """Whether something of it is bought and kept."""
        return self.quantity >= 0 and self.amount_minor >= 0 and (self.quantity > 0 or self.amount_minor > 0)


@dataclass(frozen=True)
class Bought:
    """What one silo's order events come to: the orders of which something is kept, and every line."""

    orders: Mapping[str, datetime]
    lines: tuple[PurchaseLine, ...]


def read_bought(history: Iterable[OrderEvent]) -> Bought:
    """One customer's order events of one silo, oldest first -> what is left of them.

    An order without a number is one by itself.
    """
    orders: dict[str, tuple[datetime, dict[str, Any]]] = {}
    refunds: list[tuple[str, datetime, dict[str, Any]]] = []
    for event in history:
        order_id = _text(event.properties.get("order_id")) or event.message_id
        if event.name == REFUNDED:
            refunds.append((order_id, event.occurred_at, event.properties))
        elif event.name == CANCELLED:
            orders.pop(order_id, None)
        elif event.name == BOUGHT or order_id in orders:
            orders[order_id] = (orders[order_id][0] if order_id in orders else event.occurred_at, event.properties)
    lines: list[PurchaseLine] = []
    numbers: dict[str, int] = {}
    stand: dict[str, datetime] = {}
    for order_id, (moment, properties) in orders.items():
        own = _read_lines(order_id, moment, properties, 1, numbers)
        if not own or any(line.is_sale for line in own):
            stand[order_id] = moment
        lines += own
    for order_id, moment, properties in refunds:
        lines += _read_lines(order_id, moment, properties, -1, numbers)
    return Bought(stand, tuple(lines))


def replace_purchases(
    connection: sa.Connection, customer_ids: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Put these rows in the place of whatever these customers had. Writes."""
    connection.execute(sa.delete(purchases).where(is_one_of(connection, purchases.c.customer_id, customer_ids)))
    insert_many(connection, purchases, rows)


def is_sale() -> sa.ColumnElement[bool]:
    """Of a row, what `PurchaseLine.is_sale` says of a line.

    An order known by its total alone has no pieces; a line that was cancelled or came back has neither them nor money.
    """
    pieces, amount = purchases.c.quantity, purchases.c.amount_minor
    return sa.and_(pieces >= 0, amount >= 0, sa.or_(pieces > 0, amount > 0))


def is_counted(currency: str) -> sa.ColumnElement[bool]:
    """Of a row, whether a shop of the currency counts it: by who tells of it, and by its money."""
    return sa.and_(is_trusted(), is_in(currency))


def is_trusted() -> sa.ColumnElement[bool]:
    """Of a row, whether somebody tells of it whose word is taken."""
    return purchases.c.silo.not_in(UNTRUSTED_SILOS)


def is_in(currency: str) -> sa.ColumnElement[bool]:
    """Of a row, whether it is in the currency: what a silo gives none for is in the shop's own."""
    return purchases.c.currency.in_((currency, ""))


def is_refund() -> sa.ColumnElement[bool]:
    """Of a row, whether it takes away from what was bought."""
    return sa.or_(purchases.c.quantity < 0, purchases.c.amount_minor < 0)


def to_row(customer_id: str, silo: str, line: PurchaseLine) -> dict[str, Any]:
    """A line as the table keeps it."""
    return {
        "customer_id": customer_id, "silo": silo, "order_id": line.order_id, "line": line.line,
        "sold_at": line.sold_at, "quantity": line.quantity, "amount_minor": line.amount_minor,
        "currency": line.currency, "product_id": line.product_id.lower(), "variant_id": line.variant_id.lower(),
        "product_type": line.product_type.lower(), "brand": line.brand.lower(), "colour": line.colour.lower(),
        "size": line.size.lower(), "returned": line.returned, "place_ref": line.place_ref,
    }


def _read_lines(
    order_id: str, moment: datetime, properties: dict[str, Any], sign: int, numbers: dict[str, int]
) -> list[PurchaseLine]:
    """The order's lines; one without a product where only the order's total is known."""
    currency = _currency(properties.get("currency"))
    products = properties.get("products")
    told = [each for each in products if isinstance(each, dict)] if isinstance(products, list) else []
    prices = [_price_minor(each, currency) for each in told]
    place = _text(properties.get("pickup_location_ref"))
    rest = 0 if any(price is not None for price in prices) else _total_minor(properties, currency)
    lines = [
        _line(order_id, moment, currency, each, sign * _quantity(each), (price or 0) * sign * _quantity(each), place)
        for each, price in zip(told, prices, strict=True)
    ]
    if rest:
        lines.append(_line(order_id, moment, currency, {}, 0, sign * rest))
    return [_number(line, numbers) for line in lines]


def _number(line: PurchaseLine, numbers: dict[str, int]) -> PurchaseLine:
    """Its place in the order, refunds under the same number counted on."""
    numbers[line.order_id] = place = numbers.get(line.order_id, 0) + 1
    return PurchaseLine(**{**vars(line), "line": place})


def _line(
    order_id: str, moment: datetime, currency: str, told: Mapping[str, Any], quantity: int, amount_minor: int,
    place_ref: str = "",
) -> PurchaseLine:
    amount = max(-_MOST_MINOR, min(_MOST_MINOR, amount_minor))
    return PurchaseLine(
        order_id, 0, moment, quantity, amount, currency,
        product_id=_text(told.get("product_id")),
        variant_id=_text(told.get("variant_id")),
        product_type=_text(told.get("product_type") or told.get("category")),
        brand=_text(told.get("brand")),
        colour=_text(told.get("colour") or told.get("color")),
        size=_text(told.get("size")),
        returned=_pieces(told.get("returned", 0), unsaid=0),
        place_ref=place_ref,
    )


def _quantity(told: Mapping[str, Any]) -> int:
    return _pieces(told.get("quantity", 1), unsaid=1)


def _pieces(told: Any, *, unsaid: int) -> int:
    number = _number_or_none(told)
    return unsaid if number is None else max(-_MOST_PIECES, min(_MOST_PIECES, int(number)))


def _price_minor(told: Mapping[str, Any], currency: str) -> int | None:
    """A piece's price in minor units: ours as it is, the Segment Spec's from its decimals."""
    ours = _number_or_none(told.get("price_minor"))
    return int(ours) if ours is not None else _to_minor(told.get("price"), currency)


def _total_minor(properties: Mapping[str, Any], currency: str) -> int:
    ours = _number_or_none(properties.get("total_minor"))
    if ours is not None:
        return int(ours)
    return _to_minor(properties.get("total"), currency) or _to_minor(properties.get("revenue"), currency) or 0


def _to_minor(amount: Any, currency: str) -> int | None:
    number = _number_or_none(amount)
    if number is None or abs(number) > _MOST_MINOR:
        return None
    return round(Decimal(str(number)).scaleb(get_currency_precision(currency or "EUR")))


def _number_or_none(value: Any) -> int | float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if is_number else None


def _currency(value: Any) -> str:
    return value.upper() if isinstance(value, str) and len(value) == 3 and value.isalpha() else ""


def _text(value: Any) -> str:
    return str(value).replace("\x00", "") if value else ""
