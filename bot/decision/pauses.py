"""Stage 3: journeys that rest, stopped by an alarm or by somebody: nothing of them is decided or leaves meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.decision.triggers import Trigger
from bot.profile.store.tables import pauses

ALARM = "alarm"  # who paused it, when nobody did
_RESTS = sa.select(pauses.c.pause_id).where(
    pauses.c.journey == sa.bindparam("journey"), pauses.c.resumed_at.is_(None)
).limit(1)


@dataclass(frozen=True)
class Pause:
    """A journey that rests, since when, why and by whom."""

    journey: str
    reason: str  # opt_outs | complaints | refusals | by_hand
    details: Mapping[str, Any]
    paused_at: datetime
    paused_by: str


def read_pauses(connection: sa.Connection) -> dict[str, Pause]:
    """What rests now, by journey."""
    rows = connection.execute(sa.select(pauses).where(pauses.c.resumed_at.is_(None)).order_by(pauses.c.pause_id))
    return {
        row.journey: Pause(row.journey, row.reason, row.details, row.paused_at, row.paused_by) for row in rows
    }


def read_resumptions(connection: sa.Connection) -> dict[str, datetime]:
    """When each journey was last resumed: alarms count anew from there."""
    query = sa.select(pauses.c.journey, sa.func.max(pauses.c.resumed_at)).group_by(pauses.c.journey)
    return {journey: at for journey, at in connection.execute(query) if at is not None}


def pause_journey(
    connection: sa.Connection, journey: str, *, reason: str, by: str, now: datetime,
    details: Mapping[str, Any] | None = None,
) -> bool:
    """Let a journey rest; False when it does already. Writes."""
    if connection.dialect.name == "postgresql":  # two alarms at once make one row
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_PAUSE_LOCK)))
    if journey in read_pauses(connection):
        return False
    connection.execute(sa.insert(pauses).values(
        journey=journey, reason=reason, details=dict(details or {}), paused_at=now, paused_by=by, resumed_by="",
    ))
    return True


def resume_journey(connection: sa.Connection, journey: str, *, by: str, now: datetime) -> bool:
    """Let a journey go on; False when it did not rest. Writes."""
    resting = sa.and_(pauses.c.journey == journey, pauses.c.resumed_at.is_(None))
    return bool(connection.execute(sa.update(pauses).where(resting).values(resumed_at=now, resumed_by=by)).rowcount)


def is_paused(connection: sa.Connection, trigger: Trigger) -> bool:
    """Whether a journey rests."""
    return connection.scalar(_RESTS, {"journey": trigger.name}) is not None


_PAUSE_LOCK = 7_301_128  # PostgreSQL's advisory lock
