"""A verified customer's past: the orders of their account in the shop, and what the profile holds of theirs besides.

A guest's orders that proved to be theirs, tills and other silos stand in the table `purchases`, whose references are
in lower case.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, Order, Product, Variant, VariantRef
from bot.profile.identities import OF_PERSON, find_customer
from bot.profile.store.engine import Store
from bot.profile.store.tables import purchases
from bot.recommend.catalogue import Catalogue
from bot.recommend.tellers import Row, tell_once
from bot.recommend.traits import name_of, size_of, sizes_of, variant_colour
from bot.recommend.types import Purchase

_ORDERS_PAGE = 100
_MOST_ORDERS = 1_000
_MOST_LINES = 5_000
_LINES = (
    sa.select(purchases).where(purchases.c.customer_id.in_(OF_PERSON))
    .order_by(purchases.c.sold_at.desc()).limit(_MOST_LINES)
)


def read_purchases(
    commerce: CommerceEngine, store: Store, catalogue: Catalogue, customer_ref: CustomerRef | None
) -> tuple[Purchase, ...]:
    """What became of every line that the customer bought, newest first; () for a stranger. Cancelled pieces are none.

    The engine's word holds for the orders of the account, whoever else tells of them; each other order counts once,
    by what of it is sold in the shop.
    """
    if customer_ref is None:
        return ()
    orders = read_orders(commerce, customer_ref)
    return _newest_first([*purchases_of(orders), *read_elsewhere(store, catalogue, customer_ref, orders)])


def read_elsewhere(
    store: Store, catalogue: Catalogue, customer_ref: CustomerRef | None, orders: Iterable[Order]
) -> list[Purchase]:
    """What became of what they bought elsewhere than in the orders of their account; [] for a stranger."""
    if customer_ref is None:
        return []
    told = {name.lower() for order in orders for name in (order.ref, order.number)}
    others = [row for row in read_lines(store, customer_ref) if row.order_id.lower() not in told]
    return purchases_among(others, catalogue)


def read_orders(commerce: CommerceEngine, customer_ref: CustomerRef | None) -> list[Order]:
    """The orders of the customer's account, newest first, a thousand at most; [] for a stranger."""
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


def read_lines(store: Store, customer_ref: CustomerRef) -> Sequence[Row]:
    """What the profile holds of the person whose account it is, merged, newest first: rows of `purchases`."""
    with store.read() as connection:
        root = find_customer(connection, "customer_id", customer_ref)
        return connection.execute(_LINES, {"customer": root}).all() if root else ()


def purchases_of(orders: Iterable[Order]) -> tuple[Purchase, ...]:
    """The lines of orders as purchases, newest first."""
    return _newest_first(
        Purchase(
            line.product_ref, line.variant_ref, line.title, line.options,
            kept=max(line.ordered - line.cancelled - line.returned, 0), returned=line.returned,
            bought_at=order.placed_at, place_ref=order.pickup_location_ref or "", price_minor=line.unit_price_minor,
            currency=order.currency,
        )
        for order in orders if order.status not in {"cancelled", "draft"}
        for line in order.lines if line.ordered > line.cancelled
    )


def purchases_among(lines: Iterable[Row], catalogue: Catalogue) -> list[Purchase]:
    """Rows of `purchases` as purchases of what is sold, oldest first; of an order that several silos tell, one's.

    What came back is taken from the newest purchase of it. `variant_ref` is "" where the row leaves several open.
    """
    bought: list[Purchase] = []
    told = tell_once(lines, lambda line: line.order_id.lower())
    for line in sorted(told, key=lambda each: each.sold_at):
        row = catalogue.row_of_lower.get(line.product_id, catalogue.row_of_lower.get(line.variant_id))
        if row is None or not (line.quantity or line.returned):
            continue
        purchase = _to_purchase(line, catalogue.products[row])
        if line.quantity >= 0 or not _take_back(bought, purchase):
            bought.append(purchase)
    return bought


def _to_purchase(line: Row, product: Product) -> Purchase:
    """What one row tells; of what came back under a line of its own, nothing is kept."""
    variant = _variant_of(line, product)
    size = next((size for size in sizes_of(product) if size.lower() == line.size), "")
    return Purchase(
        product.ref, variant.ref if variant else VariantRef(""), name_of(product, "en"),
        variant.options if variant else {"size": size} if size else {},
        kept=max(line.quantity, 0), returned=max(line.returned, 0) + max(-line.quantity, 0), bought_at=line.sold_at,
        place_ref=line.place_ref, price_minor=abs(line.amount_minor // (line.quantity or 1)), currency=line.currency,
    )


def _variant_of(line: Row, product: Product) -> Variant | None:
    """The variant that a row names, else the only one of its size and colour."""
    named = next((each for each in product.variants if each.ref.lower() == line.variant_id), None)
    alike = [
        each for each in product.variants
        if line.size in ("", size_of(each.options).lower())
        and line.colour in ("", variant_colour(product, each).lower())
    ]
    return named or (alike[0] if len(alike) == 1 else None)


def _take_back(bought: list[Purchase], back: Purchase) -> bool:
    """Take what came back from the newest of the same of which as many pieces are left; whether there is one."""
    same = (n for n in reversed(range(len(bought))) if _is_same(bought[n], back))
    place = next((n for n in same if bought[n].kept >= back.returned), None)
    if place is not None:
        before = bought[place]
        bought[place] = replace(before, kept=before.kept - back.returned, returned=before.returned + back.returned)
    return place is not None


def _is_same(one: Purchase, other: Purchase) -> bool:
    return (one.product_ref, one.variant_ref) == (other.product_ref, other.variant_ref)


def _newest_first(found: Iterable[Purchase]) -> tuple[Purchase, ...]:
    return tuple(sorted(found, key=lambda purchase: purchase.bought_at, reverse=True))
