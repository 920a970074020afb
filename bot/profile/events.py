"""Stage B1 -> B2: what happened, appended once per message id, read newest first over the merged person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.profile.identities import CustomerId, members_of
from bot.profile.store.tables import events
from bot.profile.store.upsert import insert_or_ignore

_MOST_PARTS = 50  # customers of one person that are read each by itself
_EVENTS_LOCK = 7_301_126  # PostgreSQL's advisory lock: ids become visible in the order they are given


@dataclass(frozen=True)
class Event:
    """Something that happened to a customer, in the Segment Spec's shape.

    `customer_id` is the customer that owned the identity it arrived under, not the person's root:
    so it goes with that customer when a merge is undone.
    """

    message_id: str
    customer_id: CustomerId
    silo: str
    type: str  # identify | track | page | alias
    name: str
    properties: dict[str, Any]
    occurred_at: datetime
    received_at: datetime
    event_id: int = field(default=0, compare=False)


def append_events(connection: sa.Connection, new: Sequence[Event]) -> int:
    """Append events in one statement; the number that were new, those with a known message id dropped. Writes.

    Event ids become visible in order, so that a reader's cursor misses none.
    """
    if not new:
        return 0
    lock_events(connection)
    return insert_or_ignore(connection, events, [_to_row(each) for each in new], ("message_id",))


def lock_events(connection: sa.Connection) -> None:
    """Until the transaction ends nobody else appends events; on SQLite every writing transaction is that lock."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_EVENTS_LOCK)))


def events_of(
    connection: sa.Connection,
    customer_id: str,
    *,
    names: Iterable[str] = (),
    since: datetime | None = None,
    limit: int = 200,
) -> list[Event]:
    """What happened to the merged person, newest first; `names` and `since` narrow it."""
    members = members_of(connection, customer_id)
    query = sa.select(events)
    if names := tuple(names):
        query = query.where(events.c.name.in_(names))
    if since:
        query = query.where(events.c.occurred_at >= since)
    rows = connection.execute(_newest(_of_each(query, members, limit), limit))
    return [_from_row(row) for row in rows]


def _of_each(query: sa.Select[Any], members: Sequence[str], limit: int) -> sa.Select[Any]:
    """The newest of each customer, from the end of its own part of the index: a busy person's past is not read."""
    if len(members) == 1 or len(members) > _MOST_PARTS:
        return query.where(events.c.customer_id.in_(members))
    parts = [_newest(query.where(events.c.customer_id == each), limit).subquery() for each in members]
    return sa.select(sa.union_all(*(sa.select(each) for each in parts)).subquery())


def _newest(query: sa.Select[Any], limit: int) -> sa.Select[Any]:
    columns = query.selected_columns
    return query.order_by(columns.occurred_at.desc(), columns.event_id.desc()).limit(limit)


def events_after(connection: sa.Connection, event_id: int, limit: int) -> list[Event]:
    """The events behind a reader's cursor, in the order they were stored."""
    query = sa.select(events).where(events.c.event_id > event_id).order_by(events.c.event_id).limit(limit)
    return [_from_row(row) for row in connection.execute(query)]


def _to_row(event: Event) -> dict[str, Any]:
    return {
        "message_id": event.message_id,
        "customer_id": event.customer_id,
        "silo": event.silo,
        "type": event.type,
        "name": event.name,
        "properties": event.properties,
        "occurred_at": event.occurred_at,
        "received_at": event.received_at,
    }


def _from_row(row: sa.Row[Any]) -> Event:
    return Event(
        message_id=row.message_id,
        customer_id=CustomerId(row.customer_id),
        silo=row.silo,
        type=row.type,
        name=row.name,
        properties=row.properties,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        event_id=row.event_id,
    )
