"""Stage B1: what the shop's engine said of the variants that customers looked at: the price, and whether it was there.

A row of `sightings` is a time through which the engine said the same: from its first reading to its last. So what
somebody saw when they looked is known only where a reading confirmed it, and what a page claims is not asked.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.commerce.named_variants import PRODUCT_KEYS, VARIANT_KEYS
from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import Product, ProductRef, VariantRef
from bot.errors import NotFound
from bot.intake import names
from bot.profile.store.engine import Store
from bot.profile.store.tables import cursors, events, sightings
from bot.profile.store.upsert import insert_many, insert_or_update

LOOKED = (names.PRODUCT_VIEWED, names.PRODUCT_ADDED, names.BACK_IN_STOCK_REQUESTED, names.PRODUCT_WISHED)
_CURSOR = "sightings"
_PAGE = 5_000
_SOON = timedelta(minutes=1)  # a look, and the reading that follows it
_LAW = timedelta(days=30)  # a price is called lower only below every price of so long (directive 98/6/EC, article 6a)


@dataclass(frozen=True)
class Sighting:
    """What the engine says of a variant."""

    variant_ref: str
    product_ref: str
    price_minor: int
    currency: str
    is_sellable: bool


@dataclass(frozen=True)
class PriceThen:
    """What a variant cost when somebody looked, and its lowest known price of the last thirty days."""

    price_minor: int
    lowest_minor: int
    currency: str


def note_looks(store: Store, commerce: CommerceEngine, clock: Callable[[], datetime]) -> int:
    """One pass: what customers looked at since the last is read from the engine, each product once, and kept. Writes.

    How many looks there were, 0 when it has caught up: the engine is asked in the loop's own pace. RetryLater when the
    shop does not answer: the same comes up again.
    """
    with store.read() as connection:
        position = connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == _CURSOR))
        newest = connection.scalar(sa.select(sa.func.max(events.c.event_id))) or 0
        # What was looked at before this program ran is nobody's to confirm.
        looks = [] if position is None else _read_looks(connection, int(position), newest)
    if position is not None and int(position) >= newest:
        return 0
    seen = _read_looked_at(commerce, [each.properties for each in looks])
    has_more = len(looks) == _PAGE
    with store.write() as connection:
        keep_sightings(connection, seen, clock())
        value = str(looks[-1].event_id if has_more else newest)
        insert_or_update(connection, cursors, [{"name": _CURSOR, "value": value}], ("name",), ("value",))
    return len(looks) if has_more else 0


def read_variants(commerce: CommerceEngine, refs: Collection[str]) -> list[Sighting]:
    """What the engine says of variants now; those it does not know are left out. RetryLater when it does not answer."""
    return [each for each in read_stock(commerce, read_products_of(commerce, refs)) if each.variant_ref in refs]


def read_products_of(commerce: CommerceEngine, refs: Collection[str]) -> list[Product]:
    """The products of variants, each once; those that the engine does not know are left out. RetryLater."""
    products: dict[str, Product] = {}
    for ref in sorted(refs):
        try:
            product = commerce.get_variant_product(VariantRef(ref))
        except NotFound:
            continue
        products[product.ref] = product
    return list(products.values())


def keep_sightings(
    connection: sa.Connection, seen: Sequence[Sighting], now: datetime
) -> dict[str, tuple[Sighting | None, Sighting]]:
    """Keep what was read; for each variant that changed, what was known before (None: nothing) and now. Writes."""
    known = _newest(connection, [each.variant_ref for each in seen])
    same = [known[each.variant_ref].sighting_id for each in seen if _is_same(known.get(each.variant_ref), each)]
    changed = [each for each in seen if not _is_same(known.get(each.variant_ref), each)]
    connection.execute(sa.update(sightings).where(sightings.c.sighting_id.in_(same)).values(confirmed_at=now))
    insert_many(connection, sightings, [{**vars(each), "seen_at": now, "confirmed_at": now} for each in changed])
    return {each.variant_ref: (_to_sighting(known.get(each.variant_ref)), each) for each in changed}


def find_watched(connection: sa.Connection, refs: Collection[str]) -> set[str]:
    """Those of the variants that somebody ever looked at."""
    query = sa.select(sightings.c.variant_ref).where(sightings.c.variant_ref.in_(sorted(refs)))
    return set(connection.scalars(query.distinct()))


def find_sighting(connection: sa.Connection, variant_ref: str, looked_at: datetime) -> Any:
    """The row that holds what a variant cost at a moment; None where no reading confirms it."""
    query = sa.select(sightings).where(
        sightings.c.variant_ref == variant_ref, sightings.c.seen_at <= looked_at + _SOON,
        sightings.c.confirmed_at >= looked_at,
    )
    return connection.execute(query.order_by(sightings.c.seen_at).limit(1)).one_or_none()


def said_under(keys: Sequence[str]) -> sa.ColumnElement[str]:
    """What events say under the first of these keys that they have, as text: a number is a reference too."""
    told = (events.c.properties[key].as_string() for key in keys)
    return sa.cast(sa.func.coalesce(*told, sa.null()), sa.String)


def read_price_then(store: Store, sighting_ref: str, now: datetime) -> PriceThen | None:
    """What a sighting said, with the lowest price known of the last thirty days; None when it is kept no more."""
    if not sighting_ref.isdecimal():
        return None
    with store.read() as connection:
        row = connection.execute(sa.select(sightings).where(sightings.c.sighting_id == int(sighting_ref))).one_or_none()
        if row is None:
            return None
        lately = (sightings.c.variant_ref == row.variant_ref, sightings.c.confirmed_at >= now - _LAW)
        lowest = connection.scalar(sa.select(sa.func.min(sightings.c.price_minor)).where(*lately))
    return PriceThen(row.price_minor, min(lowest, row.price_minor) if lowest is not None else row.price_minor,
                     row.currency)


def _read_looks(connection: sa.Connection, after: int, until: int) -> list[Any]:
    # The name as an expression, so that SQLite goes by the id: it would read every look there ever was.
    query = sa.select(events.c.event_id, events.c.properties).where(
        events.c.event_id > after, events.c.event_id <= until, events.c.name.concat("").in_(LOOKED)
    )
    return list(connection.execute(query.order_by(events.c.event_id).limit(_PAGE)))


def _read_looked_at(commerce: CommerceEngine, looks: Sequence[Mapping[str, Any]]) -> list[Sighting]:
    products: dict[str, Product] = {}
    wanted = {_first(each, PRODUCT_KEYS) for each in looks} - {""}
    if wanted:
        products = {each.ref: each for each in commerce.get_products([ProductRef(each) for each in sorted(wanted)])}
    lone = {_first(each, VARIANT_KEYS) for each in looks if _first(each, PRODUCT_KEYS) not in products} - {""}
    return [*read_stock(commerce, list(products.values())), *read_variants(commerce, lone)]


def read_stock(commerce: CommerceEngine, products: Sequence[Product]) -> list[Sighting]:
    """What the engine says of every variant of some products. RetryLater when it does not answer."""
    variants = [each for product in products for each in product.variants]
    if not variants:
        return []
    stock = {each.variant_ref: each.is_sellable_online for each in commerce.get_availability([v.ref for v in variants])}
    return [
        Sighting(each.ref, each.product_ref, each.price_minor, each.currency, stock.get(each.ref, False))
        for each in variants
    ]


def _newest(connection: sa.Connection, refs: Sequence[str]) -> dict[str, Any]:
    last = (
        sa.select(sa.func.max(sightings.c.sighting_id)).where(sightings.c.variant_ref.in_(refs))
        .group_by(sightings.c.variant_ref)
    )
    rows = connection.execute(sa.select(sightings).where(sightings.c.sighting_id.in_(last)))
    return {row.variant_ref: row for row in rows}


def _is_same(row: Any, seen: Sighting) -> bool:
    return _to_sighting(row) == seen


def _to_sighting(row: Any) -> Sighting | None:
    if row is None:
        return None
    return Sighting(row.variant_ref, row.product_ref, row.price_minor, row.currency, row.is_sellable)


def _first(properties: Mapping[str, Any], keys: Sequence[str]) -> str:
    said = (properties.get(key) for key in keys)
    return next((str(each)[:128] for each in said if isinstance(each, str | int) and str(each)), "")
