"""What the store keeps of parcels: which orders they belong to, what the carrier said, when to ask again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.carriers.complete import Known, canonical
from bot.carriers.protocol import Tracking
from bot.commerce.types import Order, OrderRef
from bot.profile.store.tables import parcel_orders, parcels
from bot.profile.store.upsert import insert_or_ignore

ASK_AGAIN = timedelta(hours=6)  # a webhook may be lost
GIVE_UP_AFTER = 6  # tries for a number that no carrier knows: a day and a half
_WAIT, _LEASE = timedelta(hours=1), timedelta(minutes=2)
_LONGEST_NUMBER = 64


@dataclass(frozen=True)
class News:
    """A parcel's change that nobody was told of yet, for one of its orders."""

    tracking_number: str
    order_ref: OrderRef
    updated_at: datetime


def note_parcels(connection: sa.Connection, orders: Iterable[Order], now: datetime) -> None:
    """Remember whose parcels these are, to be watched if they are not yet. Writes."""
    pairs = sorted({
        (number, str(order.ref))
        for order in orders for each in order.shipments
        if 0 < len(number := canonical(each.tracking_number)) <= _LONGEST_NUMBER and not each.pickup_location_ref
    })
    numbers = sorted({number for number, _ in pairs})
    new = [{"tracking_number": number, "attempts": 0, "ask_at": now, "created_at": now} for number in numbers]
    insert_or_ignore(connection, parcels, new, ("tracking_number",))
    links = [{"tracking_number": number, "order_ref": ref} for number, ref in pairs]
    insert_or_ignore(connection, parcel_orders, links, ("tracking_number", "order_ref"))


def claim_due(connection: sa.Connection, now: datetime) -> str:
    """The number of a parcel to ask the carrier about, ours for two minutes; "" when there is none. Writes."""
    due = (
        sa.select(parcels.c.tracking_number).where(parcels.c.ask_at <= now).order_by(parcels.c.ask_at).limit(1)
        .with_for_update(skip_locked=True)
    )
    number = connection.scalar(due) or ""
    if number:
        _set(connection, number, ask_at=now + _LEASE, attempts=parcels.c.attempts + 1)
    return number


def keep_tracking(connection: sa.Connection, tracking: Tracking, now: datetime) -> bool:
    """Keep what a carrier said, unless something newer is known; whether the parcel is ours and it was kept. Writes."""
    number = canonical(tracking.tracking_number)
    known = connection.execute(
        sa.select(parcels).where(parcels.c.tracking_number == number).with_for_update()
    ).one_or_none()
    if known is None:
        return False
    ask_at = None if tracking.is_final else now + ASK_AGAIN
    if known.updated_at is not None and known.updated_at >= tracking.updated_at:
        _set(connection, number, attempts=0, ask_at=ask_at)
        return False
    _set(
        connection, number, attempts=0, ask_at=ask_at, updated_at=tracking.updated_at,
        first_eta=known.first_eta or tracking.eta, tracking=_format().dump_python(tracking, mode="json"),
    )
    return True


def ask_later(connection: sa.Connection, number: str, now: datetime) -> None:
    """No carrier knows the number yet: labels are printed before parcels are handed over. Writes."""
    attempts = connection.scalar(sa.select(parcels.c.attempts).where(parcels.c.tracking_number == number)) or 0
    _set(connection, number, ask_at=None if attempts >= GIVE_UP_AFTER else now + _WAIT * 2 ** (attempts - 1))


def read_known(connection: sa.Connection, numbers: Sequence[str]) -> dict[str, Known]:
    """What carriers said of the parcels with these canonical numbers, those that nothing is known of left out."""
    if not numbers:
        return {}
    rows = connection.execute(
        sa.select(parcels.c.tracking_number, parcels.c.tracking, parcels.c.first_eta)
        .where(parcels.c.tracking_number.in_(numbers), parcels.c.updated_at.is_not(None))
    )
    return {row.tracking_number: Known(_format().validate_python(row.tracking), row.first_eta) for row in rows}


def untold_news(connection: sa.Connection, limit: int) -> list[News]:
    """Changes that the profile has not heard of, oldest first."""
    rows = connection.execute(
        sa.select(parcel_orders.c.tracking_number, parcel_orders.c.order_ref, parcels.c.updated_at)
        .join(parcels, parcels.c.tracking_number == parcel_orders.c.tracking_number)
        .where(
            parcels.c.updated_at.is_not(None),
            sa.or_(parcel_orders.c.told_at.is_(None), parcel_orders.c.told_at < parcels.c.updated_at),
        )
        .order_by(parcels.c.updated_at).limit(limit)
    )
    return [News(row.tracking_number, OrderRef(row.order_ref), row.updated_at) for row in rows]


def mark_told(connection: sa.Connection, news: Iterable[News]) -> None:
    """These changes are known now, up to the moment that was read. Writes."""
    for each in news:
        connection.execute(
            sa.update(parcel_orders)
            .where(parcel_orders.c.tracking_number == each.tracking_number, parcel_orders.c.order_ref == each.order_ref)
            .values(told_at=each.updated_at)
        )


def _set(connection: sa.Connection, number: str, **values: Any) -> None:
    connection.execute(sa.update(parcels).where(parcels.c.tracking_number == number).values(**values))


@cache
def _format() -> TypeAdapter[Tracking]:
    return TypeAdapter(Tracking)
