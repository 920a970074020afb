"""Stage B1: the shop tells a change by itself: verified, kept, answered. The worker reads at once what it speaks of.

What was told is a hint as what is polled is: the object is read again, a repeated id is dropped, and the
order of arrival means nothing. The change log stays the truth: what no call told of comes with the next pull.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter

from bot.carriers.parcels import note_parcels
from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import ShopEvent
from bot.errors import FixConfiguration
from bot.intake.shop_changes import SILO, read_subjects, store_changes, watched_among
from bot.profile.store.engine import Store
from bot.profile.store.tables import shop_hints
from bot.profile.store.upsert import insert_or_ignore
from bot.webhook import build_webhook_router

PAGE = 100
KEPT = timedelta(days=7)  # a vendor resends for two days at most
_REFS = ("order_ref", "customer_ref", "variant_ref", "location_ref")


def build_shop_router(store: Store, commerce: CommerceEngine, clock: Callable[[], datetime]) -> APIRouter:
    """`POST /webhooks/shop`: see `build_webhook_router`. FixConfiguration for an engine that hears no calls."""
    if "webhooks" not in commerce.capabilities():
        raise FixConfiguration("PREVENANT_ENGINE_WEBHOOK_SECRET is set, but this engine hears no calls: leave it empty")

    def read(body: bytes, headers: Mapping[str, str]) -> tuple[ShopEvent, ...]:
        return commerce.read_webhook(body, headers, clock())

    def keep(changes: Sequence[ShopEvent]) -> None:
        with store.write() as connection:
            keep_hints(connection, changes, clock())

    return build_webhook_router(SILO, read, keep)


def keep_hints(connection: sa.Connection, changes: Sequence[ShopEvent], now: datetime) -> int:
    """Keep what was told, once an id; how many were new. Writes."""
    rows = {each.id: _to_row(each, now) for each in changes}
    return insert_or_ignore(connection, shop_hints, list(rows.values()), ("change_id",))


def read_hints(store: Store, commerce: CommerceEngine, clock: Callable[[], datetime], *, salt: str) -> int:
    """Read what the shop's calls spoke of, and store it; how many changes there were.

    RetryLater when the shop does not answer: nothing is lost, the same come up again. Writes.
    """
    with store.read() as connection:
        waiting = [_to_change(row) for row in connection.execute(
            sa.select(shop_hints).where(shop_hints.c.read_at.is_(None)).order_by(shop_hints.c.received_at).limit(PAGE)
        )]
    if not waiting:
        return 0
    read = read_subjects(commerce, waiting, watched_among(store, waiting))
    now = clock()
    with store.write() as connection:
        store_changes(connection, waiting, read, now=now, salt=salt)
        note_parcels(connection, read.orders.values(), now)
        _mark_read(connection, [each.id for each in waiting], now)
    return len(waiting)


def _mark_read(connection: sa.Connection, ids: Sequence[str], now: datetime) -> None:
    """Only the id stays, so that it is known when it comes again."""
    table = shop_hints
    emptied = dict.fromkeys(_REFS)
    connection.execute(sa.update(table).where(table.c.change_id.in_(ids)).values(read_at=now, **emptied))
    connection.execute(sa.delete(table).where(table.c.read_at < now - KEPT))


def _to_row(change: ShopEvent, now: datetime) -> dict[str, Any]:
    refs = {name: getattr(change, name) for name in _REFS}
    return {"change_id": change.id, "type": change.type, "at": change.at, **refs, "received_at": now}


def _to_change(row: sa.Row[Any]) -> ShopEvent:
    return ShopEvent(row.change_id, row.type, row.at, **{name: getattr(row, name) for name in _REFS})
