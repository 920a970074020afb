"""The console: which two journeys of advertising want the same people this week, and who yields. Reads only.

What a journey wants is said in `bot.decision.yields`; this counts by the same two conditions, everybody at once. A
journey that waits for agreement speaks to nobody yet: it would want whom it would have begun with in the last week, a
campaign everybody whom it is for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.charter.kept import WAITS, Yield, read_yields
from bot.charter.waiting import read_waiting_journeys
from bot.decision.person_queries import LIVE_STATES
from bot.decision.triggers import Trigger
from bot.decision.yields import SPAN, running_waits
from bot.profile.store.tables import console_figures, customers, events, outbox, segment_members

CONFLICTS = "conflicts"
MOST_SHOWN = 20
LEAST_TOLD = 10  # persons, as on the page of results
_LATE = timedelta(days=7)  # a message leaves no later than that after it may: what it tells of is over long before


@dataclass(frozen=True)
class Conflict:
    """Two journeys, the people whom both want, who yields as it was agreed on, and what waits to be; None nobody said.

    `people` is of the last half hour, and of none that a decided yield has kept apart since; None: fewer than ten.
    `waiting`: which of the two waits for agreement, or another version of it does.
    """

    first: str
    second: str
    people: int | None
    decided: Yield | None
    asked: Yield | None = None
    waiting: tuple[str, ...] = ()


def measure_conflicts(
    connection: sa.Connection, triggers: Sequence[Trigger], now: datetime, waiting: Sequence[Trigger] = ()
) -> dict[str, Any]:
    """How many persons each two journeys want at this moment, as JSON can hold it. `waiting`: those that wait for
    agreement, as they would be.
    """
    proposed = [each for each in waiting if each.purpose == "marketing"]
    wanted = [each.name for each in (*triggers, *proposed) if each.purpose == "marketing"]
    claims = sa.union(
        _claim_by_messages(connection, now), _claim_by_waits(wanted, now),
        *(_claim_by_proposal(each, now, connection.dialect.name) for each in proposed),
    ).subquery()
    wants = (
        sa.select(customers.c.root_id, claims.c.journey).distinct()
        .join(customers, customers.c.customer_id == claims.c.customer_id)
    )
    once = wants.cte("wants")
    one, other = once.alias("one"), once.alias("other")
    both = sa.and_(one.c.root_id == other.c.root_id, one.c.journey < other.c.journey)
    found = connection.execute(
        sa.select(one.c.journey, other.c.journey, sa.func.count()).select_from(one.join(other, both))
        .group_by(one.c.journey, other.c.journey)
    )
    return {"pairs": sorted([*row] for row in found if {row[0], row[1]} <= set(wanted))}


def read_conflicts(connection: sa.Connection) -> list[Conflict]:
    """What was measured last, most people first, then every two that something was said of, what waits first."""
    kept = connection.scalar(sa.select(console_figures.c.value).where(console_figures.c.name == CONFLICTS))
    people = {(first, second): count for first, second, count in (kept["pairs"] if kept else [])}
    agreed, asked = read_yields(connection), read_yields(connection, WAITS)
    waiting = {each.name for each in read_waiting_journeys(connection)}
    said = {*agreed, *asked}
    open_ones = sorted((each for each in people if each not in said), key=lambda each: (-people[each], each))
    shown = [*open_ones[:MOST_SHOWN], *sorted(said, key=lambda each: (each not in asked, each))]
    return [
        Conflict(*each, _tell(people.get(each, 0)), agreed.get(each), asked.get(each),
                 tuple(name for name in each if name in waiting))
        for each in shown
    ]


def _tell(people: int) -> int | None:
    return None if 0 < people < LEAST_TOLD else people


def _claim_by_messages(connection: sa.Connection, now: datetime) -> sa.Select[Any]:
    """Whom advertising reached, may have, or is to reach within the week around."""
    t = outbox.c
    at = sa.func.coalesce(t.sent_at, t.not_before)
    return sa.select(t.customer_id, _journey_of(connection).label("journey")).where(
        t.state.in_(LIVE_STATES), t.kind == "nudge", t.not_before > now - SPAN - _LATE, t.not_before < now + SPAN,
        t.purpose == "marketing", at > now - SPAN, at < now + SPAN,
    )


def _claim_by_waits(journeys: Sequence[str], now: datetime) -> sa.Select[Any]:
    """Whom a journey waits for."""
    running = running_waits(of_everybody=True).subquery()
    return sa.select(running.c.customer_id, running.c.trigger.label("journey")).where(
        running.c.trigger.concat("").in_(journeys), running.c.due_at > now - SPAN, running.c.due_at < now + SPAN)


def _claim_by_proposal(journey: Trigger, now: datetime, dialect: str) -> sa.Select[Any]:
    """Whom a journey that waits would speak to: a week is as the last one was."""
    person, happened, member = customers.c, events.c, segment_members.c
    claim = sa.select(person.root_id.label("customer_id"), sa.literal(journey.name).label("journey"))
    if not journey.steps:
        claim = claim.join(events, happened.customer_id == person.customer_id).where(
            happened.name.in_(journey.on), happened.occurred_at > now - SPAN, happened.occurred_at <= now,
            *([happened.silo == journey.silo] if journey.silo else ()),
            *(_tell_property(key, dialect).in_(allowed) for key, allowed in journey.where.items()),
        )
    if journey.audience:
        inside = sa.select(member.customer_id).where(member.segment == journey.audience, member.left_at.is_(None))
        claim = claim.where(person.root_id.in_(inside))
    return claim


def _tell_property(key: str, dialect: str) -> sa.ColumnElement[str]:
    """A property of an event as `Trigger.begins_on` reads it: a number in its digits, a truth as Python writes it."""
    properties = events.c.properties
    text, path = properties[key].as_string(), f'$."{key}"'
    is_postgres = dialect == "postgresql"
    kind = sa.func.json_typeof(properties[key]) if is_postgres else sa.func.json_type(properties, path)
    is_true = sa.and_(kind == "boolean", text == "true") if is_postgres else kind == "true"
    is_truth = kind == "boolean" if is_postgres else kind.in_(("true", "false"))
    told = sa.case((is_true, "True"), (is_truth, "False"), (kind == "null", "None"), else_=sa.cast(text, sa.Text))
    return sa.func.coalesce(told, "")


def _journey_of(connection: sa.Connection) -> sa.ColumnElement[str]:
    """A message names its step or offer behind the journey: `winter_offers:MAILLE15`."""
    name = outbox.c.nudge
    if connection.dialect.name == "postgresql":
        return sa.func.split_part(name, ":", 1)
    return sa.func.substr(name, 1, sa.func.instr(name + ":", ":") - 1)
