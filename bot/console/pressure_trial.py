"""The console: other caps -> what they would have held of the messages that left last week, from what is kept.

A message counts as the decision counts it: those to the merged person, of its purpose, on all channels, within a day
and within a week before it. What a person was spared by the first leaves room for the next. Quiet hours are not tried:
they are each person's own, and hold a message back rather than away.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console.figures import read_days
from bot.console.key_times import Rows
from bot.decision.guardrails import Caps
from bot.decision.person_queries import GONE_STATES
from bot.profile.store.tables import customers, outbox

DAYS = 7
MOST_ROWS = 200_000  # of two weeks; beyond, one person in sixteen is looked at
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class HeldByCaps:
    """Of a purpose: what left in the week, and what the caps would have kept of it."""

    sent: int
    day: int
    week: int


@dataclass(frozen=True)
class PressureTrial:
    """By purpose; `held_then`: occasions that the caps of the time held. `one_in`: how many persons one stands for."""

    since: datetime
    by_purpose: Mapping[str, HeldByCaps]
    held_then: int
    one_in: int


def try_caps(connection: sa.Connection, services: Services, caps: Mapping[str, Caps]) -> PressureTrial:
    """Reads the messages of two weeks: the first is what the second counts from."""
    now = services.clock()
    since = now - DAYS * _DAY
    left = Rows(connection).between(outbox.c.outbox_id, outbox.c.created_at, since - _WEEK - _DAY, now + _DAY)
    one_in = 1 if _count(connection, left) <= MOST_ROWS else 16
    rows = connection.execute(_of_people(left, since - _WEEK, one_in)).all()
    by_purpose = {purpose: _hold(rows, purpose, each, since) for purpose, each in caps.items()}
    today = now.astimezone(ZoneInfo(services.settings.timezone)).date()
    days = read_days(connection, today - timedelta(days=DAYS - 1), today).values()
    held_then = sum(each.because.get(reason, 0) for each in days for reason in ("cap_day", "cap_week"))
    return PressureTrial(since, by_purpose, held_then, one_in)


def hold_by_caps(times: Iterable[datetime], caps: Caps, since: datetime) -> tuple[int, int]:
    """How many of one person's messages, in their order, the day's cap and the week's would have held since a moment.

    What left before it stands.
    """
    kept: list[datetime] = []
    day = week = 0
    for at in times:
        if at >= since and caps.per_day and sum(at - _DAY < each for each in kept) >= caps.per_day:
            day += 1
        elif at >= since and caps.per_week and sum(at - _WEEK < each for each in kept) >= caps.per_week:
            week += 1
        else:
            kept.append(at)
    return day, week


def _hold(rows: Sequence[Any], purpose: str, caps: Caps, since: datetime) -> HeldByCaps:
    mine = [row for row in rows if row.purpose == purpose]
    found = [
        hold_by_caps((row.at for row in group), caps, since) for _, group in groupby(mine, key=lambda row: row.root_id)
    ]
    sent = sum(1 for row in mine if row.at >= since)
    return HeldByCaps(sent, sum(day for day, _ in found), sum(week for _, week in found))


def _count(connection: sa.Connection, left: sa.ColumnElement[bool]) -> int:
    some = sa.select(outbox.c.outbox_id).where(left).limit(MOST_ROWS + 1).subquery()
    return int(connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0)


def _of_people(left: sa.ColumnElement[bool], since: datetime, one_in: int) -> sa.Select[Any]:
    at = sa.func.coalesce(outbox.c.sent_at, outbox.c.not_before)
    query = sa.select(customers.c.root_id, outbox.c.purpose, at.label("at")).join(
        customers, customers.c.customer_id == outbox.c.customer_id
    ).where(left, outbox.c.kind == "nudge", outbox.c.state.in_(GONE_STATES), at >= since)
    if one_in > 1:  # ids are random: those that begin with one of sixteen digits
        query = query.where(customers.c.root_id < "1")
    return query.order_by(customers.c.root_id, at)
