"""The console: what came in after its day was counted -> that day, and those it bears on, are counted anew.

Yesterday's tills are imported at night, and a first file holds years: a day is final until something is heard of it.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console.figures import name_day
from bot.console.result_figures import AGAIN_DAYS, name_again, name_results
from bot.console.result_rows import HAPPENINGS
from bot.console.shop_goals import goals_in_force
from bot.profile.computed import newest_settled
from bot.profile.purchases import ORDER_EVENTS
from bot.profile.store.tables import console_figures, cursors, events
from bot.profile.store.upsert import insert_or_update

CURSOR = "console_late"
_AT_ONCE = 50_000  # ids of events
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # as if counted before there was anything
_COUNTED = ("events", "messages", "decisions", "handoffs", "strangers")  # of which one that is deleted is missing


def reopen_late_days(services: Services) -> int:
    """Have the days before today counted anew on which something happened that came in since the last look.

    Days of which the store no longer holds everything stay as they were counted. How many events were looked at, 0 once
    all were. Writes.
    """
    now, zone = services.clock(), ZoneInfo(services.settings.timezone)
    today = now.astimezone(zone).date()
    with services.store.read() as connection:
        begins = int(connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == CURSOR)) or 0)
        ends = min(begins + _AT_ONCE, newest_settled(connection))
        if ends <= begins:
            return 0
        names = {*ORDER_EVENTS, *HAPPENINGS, *(each.counts for each in goals_in_force(services).goals)}
        kept = min(services.privacy.retention.length(each) for each in _COUNTED)
        # The next whole day but one: the rows of the next one may go before it is counted.
        first = (now - kept).astimezone(zone).date() + timedelta(days=2)
        days = _list_days(connection, (begins, ends), names, (first, today), zone)
    window = timedelta(seconds=services.guardrails.learning.window_seconds)
    stale = sorted({name for day in days for name in _list_names(day, window, first)})
    with services.store.write() as connection:
        insert_or_update(connection, cursors, [{"name": CURSOR, "value": str(ends)}], ("name",), ("value",))
        for start in range(0, len(stale), 500):
            some = console_figures.c.name.in_(stale[start : start + 500])
            connection.execute(sa.update(console_figures).where(some).values(counted_at=_NEVER))
    return ends - begins


def _list_days(
    connection: sa.Connection, ids: tuple[int, int], names: Collection[str], span: tuple[date, date], zone: ZoneInfo,
) -> set[date]:
    """The days of what was stored under these ids and happened from the one day until before the other."""
    moment = events.c.occurred_at
    since, until = (datetime.combine(each, time(), zone) for each in span)
    # The name as an expression, so that SQLite reads the ids, and not everything that is called so.
    found = connection.scalars(sa.select(moment).where(
        events.c.event_id > ids[0], events.c.event_id <= ids[1], events.c.name.concat("").in_(sorted(names)),
        moment >= since, moment < until,
    ))
    return {each.astimezone(zone).date() for each in found}


def _list_names(day: date, window: timedelta, first: date) -> Iterator[str]:
    """What is kept of a day, of those whose messages it may have followed, of those whose buyers came back on it; of no
    day before the first that the store holds whole.
    """
    yield name_day(day)
    yield from (name_results(each) for each in _days_back(day, window.days + 1, first))
    yield from (name_again(each) for each in _days_back(day, AGAIN_DAYS, first))


def _days_back(day: date, most: int, first: date) -> Iterator[date]:
    """The day itself and those before it, so many at the most, the first of all among them."""
    return (day - timedelta(days=n) for n in range(min(most, (day - first).days) + 1))
