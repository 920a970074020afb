"""One customer as the recommender sees them: what they kept, sent back, looked at, wear and said."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, Order, Product, ProductRef
from bot.profile.consent import has_consent
from bot.profile.events import events_of
from bot.profile.store.engine import Store
from bot.recommend.catalogue import Catalogue
from bot.recommend.interactions import ADDED, VIEWED, product_refs
from bot.recommend.sizes import derive_sizes
from bot.recommend.style import Style
from bot.recommend.traits import department_of
from bot.recommend.types import Purchase

DISLIKED = "Product Disliked"
_SEEN_WINDOW = timedelta(days=30)
_ORDERS_PAGE = 100
_MOST_ORDERS = 1_000


@dataclass(frozen=True)
class Shopper:
    """What may be used for this customer. Without consent, `seen` and `sizes` are empty and taste is only `style`.

    `purchases` are always there for a signed-in customer: without consent they serve one end, to leave
    out what was bought or sent back already.
    """

    is_personal: bool = False
    purchases: tuple[Purchase, ...] = ()
    sizes: dict[str, str] = field(default_factory=dict)
    seen: tuple[ProductRef, ...] = ()  # newest first, each once
    disliked: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    style: Style = field(default_factory=Style)

    @property
    def kept(self) -> tuple[Purchase, ...]:
        """Purchases that taste may be read from, newest first: nothing of it went back."""
        return tuple(p for p in self.purchases if p.kept and not p.returned) if self.is_personal else ()


def read_purchases(commerce: CommerceEngine, customer_ref: CustomerRef | None) -> tuple[Purchase, ...]:
    """What became of every line of the customer's orders, newest first; cancelled pieces are none."""
    return purchases_of(read_orders(commerce, customer_ref))


def read_orders(commerce: CommerceEngine, customer_ref: CustomerRef | None) -> list[Order]:
    """The customer's orders, newest first, a thousand at most; [] for a stranger."""
    if customer_ref is None:
        return []
    orders: list[Order] = []
    cursor = ""
    while len(orders) < _MOST_ORDERS:
        page = commerce.list_orders(customer_ref, limit=_ORDERS_PAGE, cursor=cursor)
        orders += page.items
        cursor = page.cursor
        if not cursor:
            break
    return orders


def purchases_of(orders: Iterable[Order]) -> tuple[Purchase, ...]:
    """The lines of orders as purchases, newest first."""
    found = [
        Purchase(
            line.product_ref, line.variant_ref, line.title, line.options,
            kept=max(line.ordered - line.cancelled - line.returned, 0), returned=line.returned,
            bought_at=order.placed_at,
        )
        for order in orders if order.status not in {"cancelled", "draft"}
        for line in order.lines if line.ordered > line.cancelled
    ]
    return tuple(sorted(found, key=lambda purchase: purchase.bought_at, reverse=True))


def may_personalise(connection: sa.Connection, customer_id: str, channel: str = "web") -> bool:
    """Whether the person allowed suggestions from their past."""
    return bool(customer_id) and has_consent(connection, customer_id, "personalisation", channel)


def read_shopper(
    store: Store, purchases: tuple[Purchase, ...], catalogue: Catalogue, *, customer_id: str, style: Style,
    now: datetime,
) -> Shopper:
    """The customer for one request; what they did not allow to be used is left out here, in one place."""
    with store.read() as connection:
        is_personal = may_personalise(connection, customer_id)
        disliked = _disliked(connection, customer_id) | set(style.disliked)
        if not is_personal:
            return Shopper(purchases=purchases, disliked=frozenset(disliked), style=style)
        seen = _seen(connection, customer_id, now)
    known = known_products(purchases, catalogue)
    departments = {department_of(known[p.product_ref]) for p in purchases if p.kept and p.product_ref in known}
    return Shopper(
        is_personal=True,
        purchases=purchases,
        sizes=derive_sizes(purchases, known),
        seen=seen,
        disliked=frozenset(disliked),
        departments=frozenset({style.department} if style.department else departments - {""}),
        style=style,
    )


def known_products(purchases: Iterable[Purchase], catalogue: Catalogue) -> dict[ProductRef, Product]:
    """The products behind purchases that are still sold."""
    rows = {purchase.product_ref: catalogue.row_of.get(purchase.product_ref) for purchase in purchases}
    return {ref: catalogue.products[row] for ref, row in rows.items() if row is not None}


def _seen(connection: sa.Connection, customer_id: str, now: datetime) -> tuple[ProductRef, ...]:
    found = events_of(connection, customer_id, names=(VIEWED, ADDED), since=now - _SEEN_WINDOW, limit=50)
    return tuple(dict.fromkeys(ProductRef(ref) for event in found for ref in product_refs(event.properties)))


def _disliked(connection: sa.Connection, customer_id: str) -> set[str]:
    if not customer_id:
        return set()
    found = events_of(connection, customer_id, names=(DISLIKED,), limit=200)
    return {ref for event in found for ref in product_refs(event.properties)}
