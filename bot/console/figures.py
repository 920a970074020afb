"""The console: what happened -> counts by day, kept once a day is over, and what each journey brought.

The worker counts; a page reads a row for each day it shows, however large the store is.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.charter.waiting import read_waiting_journeys
from bot.console.conflicts import CONFLICTS, measure_conflicts
from bot.console.key_times import Rows
from bot.console.shop_goals import goals_in_force
from bot.console.shop_journeys import list_shop_journeys
from bot.console.worth import measure_worth
from bot.decision.person_queries import GONE_STATES
from bot.measure.goals import ORDERS, Goal, GoalBook
from bot.profile.candidate_sets import unfold_held
from bot.profile.handoffs import TAKEN_OVER
from bot.profile.purchases import is_counted, is_in, is_sale, is_trusted
from bot.profile.store.tables import console_figures, decisions, events, handoffs, messages, outbox, purchases
from bot.profile.store.upsert import insert_or_update

DAYS_KEPT = 60  # as many again as a page shows: to compare with
_CAUGHT_UP = 20  # days of a new target that one pass counts: a year is caught up with in twenty
_SETTLES = timedelta(hours=2)  # after midnight: what was on its way then has arrived
_WORTH_EVERY = timedelta(minutes=30)
WORTH = "worth"
_DAY = "day:"  # before each day's name, so that their order is the days'


@dataclass(frozen=True)
class DayFigures:
    """A day of the shop's zone."""

    conversations: int = 0  # whose customer wrote that day
    handed_over: int = 0  # ... and asked for a person
    sent: Mapping[str, int] = field(default_factory=dict)  # journey -> messages that left
    held: int = 0  # occasions on which nothing was said
    held_by: Mapping[str, int] = field(default_factory=dict)  # journey -> such occasions, at its decisions
    because: Mapping[str, int] = field(default_factory=dict)  # reason -> occasions it held
    goals: Mapping[str, int] = field(default_factory=dict)  # goal -> how often it was reached
    left_out: int = 0  # orders in another currency than the shop's, which reach none


def count_figures(services: Services) -> int:
    """Count today, and the days before that are not final; what journeys brought, every half hour.

    0: there is nothing left to do before the next look. Writes.
    """
    now, store = services.clock(), services.store
    zone = ZoneInfo(services.settings.timezone)
    today = now.astimezone(zone).date()
    with store.read() as connection:
        worth_at = connection.scalar(
            sa.select(console_figures.c.counted_at).where(console_figures.c.name == WORTH)
        )
        rows, book = Rows(connection), goals_in_force(services)
        final = _list_final(connection, min(first_day(book.goals, today), *_last_days(today)), today, zone)
        due = [each for each in _last_days(today) if each not in final]
        due += _list_uncounted(connection, book.goals, today, final, due)[:_CAUGHT_UP]
        found = {name_day(each): asdict(count_day(connection, rows, book, each, zone)) for each in due}
        if worth_at is None or worth_at <= now - _WORTH_EVERY:
            found[WORTH] = measure_worth(connection, services)
            waiting = read_waiting_journeys(connection)
            found[CONFLICTS] = measure_conflicts(connection, list_shop_journeys(services), now, waiting)
    kept = [{"name": name, "value": value, "counted_at": now} for name, value in found.items()]
    with store.write() as connection:
        insert_or_update(connection, console_figures, kept, ("name",), ("value", "counted_at"))
    return 0


def count_target(counted: Mapping[date, DayFigures], goal: Goal, today: date) -> int:
    """How often a goal was reached since its target's first day, until its last or today."""
    return sum(counted[day].goals.get(goal.key, 0) for day in days_of_target(goal, today) if day in counted)


def days_of_target(goal: Goal, today: date) -> list[date]:
    """The days that have been of a goal's target, the first of them first; none without a target."""
    if goal.target is None:
        return []
    last = min(goal.target.by, today)
    return [goal.target.since + timedelta(days=n) for n in range((last - goal.target.since).days + 1)]


def first_day(goals: Sequence[Goal], today: date) -> date:
    """From which day on counts are shown: of the days that are kept, and of every target."""
    kept = today - timedelta(days=DAYS_KEPT)
    return min([kept, *(goal.target.since for goal in goals if goal.target)])


def _list_uncounted(
    connection: sa.Connection, goals: Sequence[Goal], today: date, final: Collection[date], due: Sequence[date]
) -> list[date]:
    """Days of a target, the newest first, that are not final, or on which its goal, the newer, was not counted."""
    keys = [(day, goal.key) for goal in goals for day in days_of_target(goal, today)]
    if not keys:
        return []
    counted = read_days(connection, min(day for day, _ in keys), today)
    missing = {day for day, key in keys if day not in due and (day not in final or key not in counted[day].goals)}
    return sorted(missing, reverse=True)


def read_days(connection: sa.Connection, since: date, until: date) -> dict[date, DayFigures]:
    """What was counted of the days from the one to the other, both among them."""
    table = console_figures.c
    rows = connection.execute(
        sa.select(table.name, table.value).where(table.name.between(name_day(since), name_day(until))))
    return {date.fromisoformat(name.removeprefix(_DAY)): DayFigures(**value) for name, value in rows}


def read_worth(connection: sa.Connection) -> tuple[Mapping[str, Any], datetime] | None:
    """What the journeys brought, and when that was measured; None before it was."""
    row = connection.execute(sa.select(console_figures).where(console_figures.c.name == WORTH)).first()
    return (row.value, row.counted_at) if row else None


def counted_at(connection: sa.Connection, day: date) -> datetime | None:
    """When a day was counted last."""
    moment: datetime | None = connection.scalar(
        sa.select(console_figures.c.counted_at).where(console_figures.c.name == name_day(day))
    )
    return moment


def count_day(connection: sa.Connection, rows: Rows, book: GoalBook, day: date, zone: ZoneInfo) -> DayFigures:
    """Count what happened on a day. Reads that day's rows."""
    since, until = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    said = rows.between(messages.c.position, messages.c.at, since, until)
    asked = rows.between(handoffs.c.handoff_id, handoffs.c.asked_at, since, until)
    left = rows.between(outbox.c.outbox_id, outbox.c.created_at, since, until)
    decided = rows.between(decisions.c.decision_id, decisions.c.decided_at, since, until)
    because = _count_held_messages(connection, left)
    occasions, reasons = _count_silent(connection, decided)
    return DayFigures(
        conversations=_count_senders(connection, messages, sa.and_(said, messages.c.direction == "in")),
        handed_over=_count_senders(connection, handoffs, sa.and_(asked, handoffs.c.about != TAKEN_OVER)),
        sent=_count_sent(connection, left),
        held=occasions + because.total(),
        held_by=_count_silent_journeys(connection, decided),
        because=dict((because + reasons).most_common()),
        goals={each.key: _count_goal(connection, each, book.currency, since, until) for each in book.goals},
        left_out=_count_orders(connection, sa.and_(is_trusted(), ~is_in(book.currency)), since, until),
    )


def _count_senders(connection: sa.Connection, table: sa.Table, condition: sa.ColumnElement[bool]) -> int:
    return int(connection.scalar(sa.select(sa.func.count(table.c.sender_id.distinct())).where(condition)) or 0)


def _count_sent(connection: sa.Connection, of_the_day: sa.ColumnElement[bool]) -> dict[str, int]:
    rows = connection.execute(
        sa.select(outbox.c.nudge, sa.func.count())
        .where(of_the_day, outbox.c.kind == "nudge", outbox.c.state.in_(GONE_STATES)).group_by(outbox.c.nudge)
    )
    sent: Counter[str] = Counter()
    for nudge, count in rows:
        sent[nudge.partition(":")[0]] += count
    return dict(sent)


def _count_held_messages(connection: sa.Connection, of_the_day: sa.ColumnElement[bool]) -> Counter[str]:
    """Messages that were decided and then stayed home, by the first of their reasons."""
    rows = connection.execute(
        sa.select(outbox.c.reason, sa.func.count())
        .where(of_the_day, outbox.c.kind == "nudge", outbox.c.state == "held").group_by(outbox.c.reason)
    )
    held: Counter[str] = Counter()
    for reason, count in rows:
        held[reason.partition(",")[0]] += count
    return held


def _count_silent(connection: sa.Connection, of_the_day: sa.ColumnElement[bool]) -> tuple[int, Counter[str]]:
    """Decisions that chose nothing, and for how many of them each reason stood beside some candidate."""
    nothing = sa.and_(of_the_day, decisions.c.chosen == "")
    count = connection.scalar(sa.select(sa.func.count()).select_from(decisions).where(nothing))
    candidate, word = unfold_held(connection)
    rows = connection.execute(
        sa.select(word.c.value, sa.func.count(decisions.c.decision_id.distinct()))
        .select_from(decisions.join(candidate, sa.true()).join(word, sa.true()))
        .where(nothing).group_by(word.c.value)
    )
    return int(count or 0), Counter({row[0]: row[1] for row in rows})


def _count_silent_journeys(connection: sa.Connection, of_the_day: sa.ColumnElement[bool]) -> dict[str, int]:
    rows = connection.execute(
        sa.select(decisions.c.trigger, sa.func.count()).where(of_the_day, decisions.c.chosen == "")
        .group_by(decisions.c.trigger)
    )
    silent: Counter[str] = Counter()
    for trigger, count in rows:
        silent[trigger.partition(":")[0]] += count
    return dict(silent)


def _count_goal(connection: sa.Connection, goal: Goal, currency: str, since: datetime, until: datetime) -> int:
    if goal.counts == ORDERS:
        return _count_orders(connection, is_counted(currency), since, until)
    happened = sa.and_(events.c.name == goal.counts, events.c.occurred_at >= since, events.c.occurred_at < until)
    return int(connection.scalar(sa.select(sa.func.count()).select_from(events).where(happened)) or 0)


def _count_orders(
    connection: sa.Connection, which: sa.ColumnElement[bool], since: datetime, until: datetime
) -> int:
    line = purchases.c
    orders = (
        sa.select(line.customer_id, line.silo, line.order_id).distinct()
        .where(line.sold_at >= since, line.sold_at < until, is_sale(), which)
    )
    return int(connection.scalar(sa.select(sa.func.count()).select_from(orders.subquery())) or 0)


def _list_final(connection: sa.Connection, since: date, until: date, zone: ZoneInfo) -> set[date]:
    """The days that were counted some time after they were over."""
    table = console_figures.c
    rows = connection.execute(
        sa.select(table.name, table.counted_at).where(table.name.between(name_day(since), name_day(until))))
    counted = {date.fromisoformat(row.name.removeprefix(_DAY)): row.counted_at for row in rows}
    return {day for day, at in counted.items()
            if at >= datetime.combine(day + timedelta(days=1), time(), zone) + _SETTLES}


def _last_days(today: date) -> list[date]:
    return [today - timedelta(days=n) for n in range(DAYS_KEPT)]


def name_day(day: date) -> str:
    """Under what a day's figures are kept."""
    return f"{_DAY}{day.isoformat()}"
