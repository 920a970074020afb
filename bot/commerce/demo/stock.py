"""Stock, live: what the warehouse and each store have, what may be taken, what is given back."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from bot.commerce.demo import schema
from bot.commerce.demo.database import emit
from bot.commerce.types import Address, Availability, Location, LocationRef, LocationStock, StockState, VariantRef
from bot.errors import InsufficientStock, NotFound

_LOW = 3
_CHUNK = 500  # SQLite's limit of bound values is far off, PostgreSQL's plans stay small
_PLACES = sa.select(schema.locations).order_by(schema.locations.c.position)
_COUNTS = sa.select(schema.stock.c.variant_ref, schema.stock.c.location_ref, schema.stock.c.quantity).where(
    schema.stock.c.variant_ref.in_(sa.bindparam("refs", expanding=True))
)


def list_locations(connection: sa.Connection) -> list[Location]:
    """Stores that hand orders over, in the shop's order."""
    rows = connection.execute(
        sa.select(schema.locations).where(schema.locations.c.has_pickup).order_by(schema.locations.c.position)
    )
    return [
        Location(LocationRef(row.location_ref), row.name, Address(**row.address), row.opening_text) for row in rows
    ]


def read_availability(connection: sa.Connection, refs: Sequence[str], now: datetime) -> list[Availability]:
    """Live stock of each variant asked for, in that order; unknown ones are `unknown`."""
    places = connection.execute(_PLACES).all()
    counts: dict[str, dict[str, int | None]] = {}
    for start in range(0, len(refs), _CHUNK):
        rows = connection.execute(_COUNTS, {"refs": refs[start : start + _CHUNK]}).all()
        for variant_ref, location_ref, quantity in rows:
            counts.setdefault(variant_ref, {})[location_ref] = quantity
    lines = {row.location_ref: _one_line(row.address) for row in places}

    @cache  # hundreds of variants have the same few pieces in the same few places
    def stand(place: int, quantity: int | None) -> LocationStock:
        row = places[place]
        ref = LocationRef(row.location_ref)
        return LocationStock(ref, row.name, lines[ref], quantity, row.has_pickup, row.ready_in_text)

    found = []
    for ref in refs:
        here = counts.get(ref)
        shelves = [] if here is None else [
            stand(place, here.get(row.location_ref, 0)) for place, row in enumerate(places)
        ]
        found.append(_availability(ref, here, shelves, now))
    return found


def _availability(
    ref: str, counts: dict[str, int | None] | None, shelves: Sequence[LocationStock], now: datetime
) -> Availability:
    if counts is None:
        return Availability(VariantRef(ref), "unknown", None, False, now)
    online = counts.get(schema.WEB, 0)
    return Availability(VariantRef(ref), _state(online), online, online is None or online > 0, now, tuple(shelves))


def _one_line(address: dict[str, str]) -> str:
    return f"{address['line1']}, {address['postcode']} {address['city']}"


def _state(quantity: int | None) -> StockState:
    if quantity == 0:
        return "out_of_stock"
    return "low" if quantity is not None and quantity <= _LOW else "in_stock"


def sellable_variants(connection: sa.Connection) -> set[str]:
    """Every variant that can be delivered now."""
    quantity = schema.stock.c.quantity
    rows = connection.execute(
        sa.select(schema.stock.c.variant_ref).where(
            schema.stock.c.location_ref == schema.WEB, sa.or_(quantity.is_(None), quantity > 0)
        )
    )
    return set(rows.scalars().all())


def quantity_at(connection: sa.Connection, variant_ref: str, location_ref: str) -> int | None:
    """Pieces in one place; None when they are not counted there; 0 when the place never had it."""
    row = connection.execute(
        sa.select(schema.stock.c.quantity).where(
            schema.stock.c.variant_ref == variant_ref, schema.stock.c.location_ref == location_ref
        )
    ).first()
    return row.quantity if row else 0


def most_in_one_place(connection: sa.Connection, variant_ref: str) -> int | None:
    """The most that one order can have, delivered or picked up; None when not counted. NotFound."""
    rows = connection.execute(
        sa.select(schema.stock.c.quantity).where(schema.stock.c.variant_ref == variant_ref)
    ).scalars().all()
    if not rows:
        raise NotFound(f"variant {variant_ref}")
    counted = [quantity for quantity in rows if quantity is not None]
    return max(counted) if len(counted) == len(rows) else None


def take(connection: sa.Connection, variant_ref: str, location_ref: str, quantity: int, now: datetime) -> None:
    """Take pieces off the shelf, all or none. InsufficientStock when another buyer was first. Writes."""
    left = quantity_at(connection, variant_ref, location_ref)
    if left is None:
        return
    shelf = schema.stock
    changed = connection.execute(
        sa.update(shelf)
        .where(shelf.c.variant_ref == variant_ref, shelf.c.location_ref == location_ref, shelf.c.quantity >= quantity)
        .values(quantity=shelf.c.quantity - quantity)
    )
    if not changed.rowcount:
        raise InsufficientStock(left)
    emit(connection, "stock.changed", now, variant_ref=variant_ref, location_ref=location_ref)


def put(connection: sa.Connection, variant_ref: str, location_ref: str, quantity: int | None, now: datetime) -> None:
    """Set what a place has; None stops counting. NotFound for an unknown variant or place. Writes."""
    _require_place(connection, variant_ref, location_ref)
    shelf = schema.stock
    here = sa.and_(shelf.c.variant_ref == variant_ref, shelf.c.location_ref == location_ref)
    if not connection.execute(sa.update(shelf).where(here).values(quantity=quantity)).rowcount:
        connection.execute(
            sa.insert(shelf).values(variant_ref=variant_ref, location_ref=location_ref, quantity=quantity)
        )
    emit(connection, "stock.changed", now, variant_ref=variant_ref, location_ref=location_ref)


def give_back(connection: sa.Connection, variant_ref: str, location_ref: str, quantity: int, now: datetime) -> None:
    """Put pieces back on a shelf that counts them. Writes."""
    left = quantity_at(connection, variant_ref, location_ref)
    if left is not None:
        put(connection, variant_ref, location_ref, left + quantity, now)


def _require_place(connection: sa.Connection, variant_ref: str, location_ref: str) -> None:
    variant = sa.select(schema.variants.c.sku).where(schema.variants.c.variant_ref == variant_ref)
    if connection.execute(variant).first() is None:
        raise NotFound(f"variant {variant_ref}")
    place = sa.select(schema.locations.c.name).where(schema.locations.c.location_ref == location_ref)
    if location_ref != schema.WEB and connection.execute(place).first() is None:
        raise NotFound(f"location {location_ref}")
