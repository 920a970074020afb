"""Stage B1 -> B2: what happened, appended once per message id, read newest first over the merged person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from bot.profile.identities import CustomerId, members_of
from bot.profile.store.engine import UtcDateTime
from bot.profile.store.tables import customers, events
from bot.profile.store.upsert import insert_or_ignore, is_one_of

OFFER_ACCEPTED = "Offer Accepted"  # the event that keeps an acceptance; silo `prevenant`
_MOST_PARTS = 50  # customers of one person that are read each by itself
_ID_BEGINNINGS = 16**8  # of a customer id's first eight characters
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
    before: Event | None = None,
    limit: int = 200,
) -> list[Event]:
    """What happened to the merged person, newest first; `names`, `since` and what was `before` an event narrow it."""
    members, wanted = members_of(connection, customer_id), tuple(names)
    together = len(members) > _MOST_PARTS
    query = _newest_of(1 if together else len(members), bool(wanted), since is not None, before is not None)
    values = {"names": wanted, "since": since, "limit": limit}
    values |= {"before_at": before.occurred_at, "before_id": before.event_id} if before else {}
    groups = [members] if together else [[each] for each in members]
    rows = connection.execute(query, {
        **{name: value for name, value in values.items() if value or name == "limit"},
        **{f"member{number}": group for number, group in enumerate(groups)},
    })
    return [_from_row(row) for row in rows]


@lru_cache(maxsize=256)
def _newest_of(parts: int, is_named: bool, has_since: bool, has_before: bool) -> sa.Select[Any]:
    """The newest of each part of a person, from the end of its own stretch of the index: a busy past is not read."""
    query = sa.select(events)
    if is_named:
        query = query.where(events.c.name.in_(sa.bindparam("names", expanding=True)))
    if has_since:
        query = query.where(events.c.occurred_at >= sa.bindparam("since"))
    if has_before:
        at, number = sa.bindparam("before_at", type_=UtcDateTime), sa.bindparam("before_id", type_=sa.BigInteger)
        is_earlier = sa.or_(events.c.occurred_at < at, events.c.event_id < number)
        query = query.where(events.c.occurred_at <= at, is_earlier)
    found = [
        _newest(query.where(events.c.customer_id.in_(sa.bindparam(f"member{number}", expanding=True))))
        for number in range(parts)
    ]
    if parts == 1:
        return found[0]
    return _newest(sa.select(sa.union_all(*(sa.select(each.subquery()) for each in found)).subquery()))


def _newest(query: sa.Select[Any]) -> sa.Select[Any]:
    columns, limit = query.selected_columns, sa.bindparam("limit", type_=sa.Integer)
    return query.order_by(columns.occurred_at.desc(), columns.event_id.desc()).limit(limit)


def find_event(connection: sa.Connection, event_id: int) -> Event | None:
    """An event by its id, whosever it is."""
    row = connection.execute(sa.select(events).where(events.c.event_id == event_id)).first()
    return _from_row(row) if row else None


def events_after(connection: sa.Connection, event_id: int, limit: int) -> list[Event]:
    """The events behind a reader's cursor, in the order they were stored."""
    query = sa.select(events).where(events.c.event_id > event_id).order_by(events.c.event_id).limit(limit)
    return [_from_row(row) for row in connection.execute(query)]


def events_between(
    connection: sa.Connection, names: Iterable[str], since: datetime, until: datetime, *, after_id: int | None,
    limit: int,
) -> list[Event]:
    """What happened to anybody from `since` until before `until`, page by page in the order it was stored.

    `after_id`: the last of the page before; None for the first, as what a shop's past was filled with stands below 0.
    """
    query = sa.select(events).where(
        events.c.name.in_(sorted(set(names))), events.c.occurred_at >= since, events.c.occurred_at < until,
        sa.true() if after_id is None else events.c.event_id > after_id,
    )
    return [_from_row(row) for row in connection.execute(query.order_by(events.c.event_id).limit(limit))]


def count_between(connection: sa.Connection, names: Iterable[str], since: datetime, until: datetime) -> int:
    """How many of them happened to anybody. Reads an index alone, no row."""
    return connection.scalar(sa.select(sa.func.count()).select_from(events).where(
        events.c.name.in_(sorted(set(names))), events.c.occurred_at >= since, events.c.occurred_at < until,
    )) or 0


def events_of_some(
    connection: sa.Connection, names: Iterable[str], since: datetime, until: datetime, *, one_in: int
) -> list[Event]:
    """What happened to one person in so many, drawn by the beginning of their customers' ids, which are random.

    With all of whom they are made of, in the order it was stored; the same people at each call.
    """
    in_time = sa.and_(events.c.occurred_at >= since, events.c.occurred_at < until)
    happened = sa.and_(events.c.name.in_(sorted(set(names))), in_time)
    drawn = customers.c.customer_id < f"{_ID_BEGINNINGS // one_in:08x}"
    roots = sa.select(customers.c.root_id).distinct().join(events, events.c.customer_id == customers.c.customer_id)
    member = customers.alias("member")
    whose = sa.select(member.c.customer_id).where(member.c.root_id.in_(roots.where(drawn, happened)))
    members = list(connection.scalars(whose))
    query = sa.select(events).where(is_one_of(connection, events.c.customer_id, members), happened)
    return [_from_row(row) for row in connection.execute(query.order_by(events.c.event_id))] if members else []


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
