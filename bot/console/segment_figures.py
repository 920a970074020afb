"""The console: segments as kept -> how many are in each, in two of them, who came and went; counted by the worker.

These look at every membership. A page reads one row; before the worker's first count it counts by itself.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import sqlalchemy as sa

from bot.profile.segments.members import count_members, count_persons
from bot.profile.store.tables import console_figures, segment_members

LATELY = timedelta(days=7)
NAME = "segments"


@dataclass(frozen=True)
class SegmentFigures:
    """By segment; `shared` by two of them, the first in the order of letters, joined by a blank."""

    persons: int
    inside: dict[str, int] = field(default_factory=dict)
    entered: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    shared: dict[str, int] = field(default_factory=dict)


def read_segment_figures(connection: sa.Connection, now: datetime) -> tuple[SegmentFigures, datetime | None]:
    """What the worker counted last, and when; None: they were counted for this page."""
    row = connection.execute(sa.select(console_figures).where(console_figures.c.name == NAME)).first()
    told = row.value if row else count_segments(connection, now)
    return SegmentFigures(**told), row.counted_at if row else None


def count_segments(connection: sa.Connection, now: datetime) -> dict[str, Any]:
    """All of it anew, as JSON holds it. Looks at every membership."""
    return asdict(SegmentFigures(
        count_persons(connection), count_members(connection),
        _count_since(connection, segment_members.c.entered_at, now - LATELY),
        _count_since(connection, segment_members.c.left_at, now - LATELY), _count_shared(connection),
    ))


def shared_by(figures: SegmentFigures, one: str, other: str) -> int:
    """How many are in both."""
    return figures.inside.get(one, 0) if one == other else figures.shared.get(_pair((one, other)), 0)


def _count_shared(connection: sa.Connection) -> dict[str, int]:
    """One walk over the memberships in the order of persons."""
    member = segment_members.c
    rows = connection.execute(
        sa.select(member.customer_id, member.segment).where(member.left_at.is_(None)).order_by(member.customer_id)
    )
    shared: Counter[str] = Counter()
    whose, mine = "", set[str]()
    for customer, segment in rows:
        if customer != whose:
            shared.update(_pair(pair) for pair in combinations(sorted(mine), 2))
            whose, mine = customer, set()
        mine.add(segment)
    shared.update(_pair(pair) for pair in combinations(sorted(mine), 2))
    return dict(shared)


def _pair(names: Sequence[str]) -> str:
    return " ".join(sorted(names))


def _count_since(connection: sa.Connection, column: sa.Column[datetime], since: datetime) -> dict[str, int]:
    rows = connection.execute(
        sa.select(segment_members.c.segment, sa.func.count()).where(column > since).group_by(segment_members.c.segment)
    )
    return {row[0]: row[1] for row in rows}
