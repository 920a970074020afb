"""The console: of the week's decisions, which two journeys of advertising spoke to the same people. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.charter.kept import Yield
from bot.console.key_times import Rows
from bot.decision.triggers import Trigger
from bot.profile.store.tables import console_figures, customers, decisions

CONFLICTS = "conflicts"
CONFLICT_DAYS = 7
MOST_SHOWN = 20


@dataclass(frozen=True)
class Conflict:
    """Two journeys, the people who heard of both within the week, and who yields, where somebody decided it."""

    first: str
    second: str
    people: int
    decided: Yield | None


def measure_conflicts(
    connection: sa.Connection, rows: Rows, triggers: Sequence[Trigger], now: datetime
) -> dict[str, Any]:
    """How many persons heard of each two journeys, as JSON can hold it. Reads the week's decisions."""
    wanted = {each.name for each in triggers if each.purpose == "marketing"}
    week = rows.between(decisions.c.decision_id, decisions.c.decided_at, now - timedelta(days=CONFLICT_DAYS), now)
    journey = _journey_of(connection)
    spoke = (
        sa.select(customers.c.root_id, journey.label("journey")).distinct()
        .join(customers, customers.c.customer_id == decisions.c.customer_id).where(week, decisions.c.chosen != "")
    )
    once = spoke.cte("spoke")
    one, other = once.alias("one"), once.alias("other")
    both = sa.and_(one.c.root_id == other.c.root_id, one.c.journey < other.c.journey)
    found = connection.execute(
        sa.select(one.c.journey, other.c.journey, sa.func.count()).select_from(one.join(other, both))
        .group_by(one.c.journey, other.c.journey)
    )
    return {"pairs": [[*row] for row in found if {row[0], row[1]} <= wanted]}


def read_conflicts(connection: sa.Connection, yields: Mapping[tuple[str, str], Yield]) -> list[Conflict]:
    """What was measured last: what nobody has decided comes first, then who shares most people."""
    kept = connection.scalar(sa.select(console_figures.c.value).where(console_figures.c.name == CONFLICTS))
    pairs = kept["pairs"] if kept else []
    found = [Conflict(first, second, people, yields.get((first, second))) for first, second, people in pairs]
    return sorted(found, key=lambda each: (each.decided is not None, -each.people, each.first))[:MOST_SHOWN]


def _journey_of(connection: sa.Connection) -> sa.ColumnElement[str]:
    """A campaign's decisions name its offer behind the journey: `winter_offers:MAILLE15`."""
    name = decisions.c.trigger
    if connection.dialect.name == "postgresql":
        return sa.func.split_part(name, ":", 1)
    return sa.func.substr(name, 1, sa.func.instr(name + ":", ":") - 1)
