"""The console: events as they came in -> by silo and day how many, and the longest silence; kept by the worker.

Each event is looked at once, behind a cursor, by one statement a page. What came in behind the cursor is added by
whoever reads, so that a page is right between two passes of the worker.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console.key_times import Rows
from bot.profile.store.tables import console_figures, events
from bot.profile.store.upsert import insert_or_update

DAYS_KEPT = 14  # so that a weekly rhythm is seen twice
_PAGE = 100_000  # events of one statement of the worker
_READ_BEHIND = 2_000  # ... of a page that is opened
_NAME = "live_silos"
_DAYS, _LAST = "days", "last"


@dataclass(frozen=True)
class LiveSilo:
    """What comes in by itself under a name: when last, how many in the days that are kept, their longest silence."""

    last_at: datetime
    first_day: date
    events: int
    longest: timedelta


def count_silos(services: Services) -> int:
    """Look at the events behind the cursor; 1 while more wait, 0 when none do. Writes."""
    now = services.clock()
    with services.store.read() as connection:
        kept = _read_kept(connection)
        after = kept["after"] if kept else _begin_at(connection, now)
        found = _look(connection, after, _PAGE)
        last = connection.scalar(sa.select(sa.func.max(events.c.event_id))) or 0
    value = _join(kept or {"after": after, "silos": {}}, found, now)
    with services.store.write() as connection:
        insert_or_update(connection, console_figures, [{"name": _NAME, "value": value, "counted_at": now}],
                         ("name",), ("value", "counted_at"))
    return int(value["after"] < last)


def read_live_silos(connection: sa.Connection, now: datetime) -> dict[str, LiveSilo]:
    """By name. Reads one row, and at most 2,000 of the newest events."""
    kept = _read_kept(connection)
    if kept is None:  # the worker has not looked yet
        newest = connection.scalar(sa.select(sa.func.max(events.c.event_id))) or 0
        kept = {"after": max(0, newest - _READ_BEHIND), "silos": {}}
    value = _join(kept, _look(connection, kept["after"], _READ_BEHIND), now)
    return {
        name: LiveSilo(
            datetime.fromisoformat(told[_LAST]), date.fromisoformat(min(told[_DAYS], default=told[_LAST][:10])),
            sum(count for count, _ in told[_DAYS].values()),
            timedelta(seconds=max((gap for _, gap in told[_DAYS].values()), default=0)),
        )
        for name, told in value["silos"].items()
    }


def _read_kept(connection: sa.Connection) -> dict[str, Any] | None:
    value: dict[str, Any] | None = connection.scalar(
        sa.select(console_figures.c.value).where(console_figures.c.name == _NAME))
    return value


def _begin_at(connection: sa.Connection, now: datetime) -> int:
    """Behind which event to begin the first time: older ones say nothing of today's rhythm."""
    first = Rows(connection).first_key_at(events.c.event_id, events.c.received_at, now - timedelta(days=DAYS_KEPT))
    return max(0, first - 1)


def _look(connection: sa.Connection, after: int, most: int) -> list[sa.Row[Any]]:
    """By silo and day: how many, the first and the last moment, the longest silence in seconds, the last event's id."""
    some = (
        sa.select(events.c.event_id, events.c.silo, events.c.received_at)
        .where(events.c.event_id > after).order_by(events.c.event_id).limit(most).subquery("some")
    )
    before = sa.func.lag(some.c.received_at).over(
        partition_by=some.c.silo, order_by=(some.c.received_at, some.c.event_id))
    gaps = sa.select(some, sa.type_coerce(before, events.c.received_at.type).label("before_at")).subquery("gaps")
    return list(connection.execute(
        sa.select(
            gaps.c.silo, _day_of(connection, gaps.c.received_at).label("day"), sa.func.count().label("times"),
            sa.func.min(gaps.c.received_at).label("first_at"), sa.func.max(gaps.c.received_at).label("last_at"),
            sa.func.max(_seconds(connection, gaps.c.before_at, gaps.c.received_at)).label("longest"),
            sa.func.max(gaps.c.event_id).label("upto"),
        ).group_by(gaps.c.silo, sa.text("day")).order_by(sa.text("day"))
    ))


def _join(kept: Mapping[str, Any], found: list[sa.Row[Any]], now: datetime) -> dict[str, Any]:
    """What was kept with what was found, without days that are too old. A silence counts on the day that ends it."""
    silos = {name: {_LAST: told[_LAST], _DAYS: dict(told[_DAYS])} for name, told in kept["silos"].items()}
    for row in found:
        told = silos.setdefault(row.silo, {_LAST: "", _DAYS: {}})
        gap = row.longest or 0
        if told[_LAST]:
            gap = max(gap, (row.first_at - datetime.fromisoformat(told[_LAST])).total_seconds())
        times, longest = told[_DAYS].get(row.day, (0, 0))
        told[_DAYS][row.day] = [times + row.times, max(longest, gap)]
        told[_LAST] = max(told[_LAST], row.last_at.astimezone(UTC).isoformat())
    oldest = (now - timedelta(days=DAYS_KEPT)).astimezone(UTC).date().isoformat()
    for told in silos.values():
        told[_DAYS] = {day: each for day, each in told[_DAYS].items() if day >= oldest}
    return {"after": max([kept["after"], *(row.upto for row in found)]), "silos": silos}


def _day_of(connection: sa.Connection, at: sa.ColumnElement[datetime]) -> sa.ColumnElement[str]:
    if connection.dialect.name == "sqlite":
        return sa.func.substr(sa.type_coerce(at, sa.Text), 1, 10)
    return sa.func.to_char(sa.func.timezone("UTC", at), "YYYY-MM-DD")


def _seconds(
    connection: sa.Connection, since: sa.ColumnElement[Any], until: sa.ColumnElement[Any]
) -> sa.ColumnElement[float]:
    if connection.dialect.name == "sqlite":
        return sa.func.round((sa.func.julianday(until) - sa.func.julianday(since)) * 86_400.0, 3)
    return sa.cast(sa.func.extract("epoch", until - since), sa.Float)
