"""Stage 3: how journeys stand, all of them or one person's, for people to read. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.decision.triggers import Trigger
from bot.decision.versions import parse_trigger
from bot.decision.waits import LIVE
from bot.profile.candidate_sets import decision_columns
from bot.profile.identities import members_of
from bot.profile.store.tables import decisions, journeys, waits


@dataclass(frozen=True)
class JourneyState:
    """A version of a journey: whom it has on the way, and what was decided in some days."""

    journey: str
    version: str
    is_current: bool
    first_used_at: datetime | None
    waiting: int  # for a moment to speak
    following: int  # a message is out, and something may follow
    sent: int  # decided to be sent
    held: int
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """Where somebody stands in a journey."""

    journey: str
    about: str
    step: str
    state: str
    due_at: datetime | None  # null once nothing more comes
    version: str


@dataclass(frozen=True)
class Considered:
    """What was decided of somebody once."""

    message: str
    about: str
    chosen: str
    decided_at: datetime
    version: str  # of the journey it was decided by; "" from before versions were kept
    held: Mapping[str, tuple[str, ...]]  # candidate -> the reasons
    figures: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)  # candidate -> reason


@dataclass(frozen=True)
class PersonsJourney:
    """A person's standing, and the last decisions, newest first."""

    waits: tuple[Standing, ...]
    decisions: tuple[Considered, ...]


def survey_journeys(connection: sa.Connection, triggers: Sequence[Trigger], since: datetime) -> list[JourneyState]:
    """Every journey of the file, with each earlier version that was used, newest first."""
    kept: dict[tuple[str, str], Any] = {(each.journey, each.version): each for each in connection.execute(
        sa.select(journeys).order_by(journeys.c.first_used_at.desc())
    )}
    on_the_way = _count_waits(connection)
    decided = _count_decisions(connection, since)
    current = {(each.name, each.version): each for each in triggers}
    found = []
    for trigger in triggers:
        keys = [(trigger.name, trigger.version), *(key for key in kept if key[0] == trigger.name)]
        for key in dict.fromkeys(keys):
            row = kept.get(key)
            said = current.get(key) or parse_trigger(kept[key].definition)
            sent, held = decided.get(key, (0, 0))
            found.append(JourneyState(
                journey=key[0], version=key[1], is_current=key in current,
                first_used_at=row.first_used_at if row else None,
                waiting=on_the_way.get((*key, "waiting"), 0), following=on_the_way.get((*key, "following"), 0),
                sent=sent, held=held, steps=tuple(each.name for each in said.follow_ups),
            ))
    return found


def survey_person(connection: sa.Connection, person: str, limit: int) -> PersonsJourney:
    """One merged person."""
    members = members_of(connection, person)
    standing = connection.execute(
        sa.select(waits).where(waits.c.customer_id.in_(members)).order_by(waits.c.updated_at.desc())
    )
    considered = connection.execute(
        sa.select(*decision_columns()).where(decisions.c.customer_id.in_(members))
        .order_by(decisions.c.decided_at.desc(), decisions.c.decision_id.desc()).limit(limit)
    )
    return PersonsJourney(
        tuple(Standing(
            each.trigger, each.subject, each.step, each.facts.get("end") or each.state,
            each.due_at if each.state in LIVE else None, each.version,
        ) for each in standing),
        tuple(Considered(
            each.trigger, each.subject, each.chosen, each.decided_at, each.version,
            {one["name"]: tuple(one.get("held") or ()) for one in each.candidates},
            {one["name"]: one["figures"] for one in each.candidates if one.get("figures")},
        ) for each in considered),
    )


def _count_waits(connection: sa.Connection) -> dict[tuple[str, str, str], int]:
    query = sa.select(waits.c.trigger, waits.c.version, waits.c.state, sa.func.count())
    rows = connection.execute(
        query.where(waits.c.state.in_(LIVE)).group_by(waits.c.trigger, waits.c.version, waits.c.state)
    )
    return {(trigger, version, state): count for trigger, version, state, count in rows}


def _count_decisions(connection: sa.Connection, since: datetime) -> dict[tuple[str, str], tuple[int, int]]:
    """Of all steps of a journey together: how often something was chosen, and how often nothing."""
    chosen = sa.func.sum(sa.case((decisions.c.chosen != "", 1), else_=0))
    rows = connection.execute(
        sa.select(decisions.c.trigger, decisions.c.version, chosen, sa.func.count())
        .where(decisions.c.decided_at >= since).group_by(decisions.c.trigger, decisions.c.version)
    )
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for message, version, sent, count in rows:
        key = (message.partition(":")[0], version)
        before = found.get(key, (0, 0))
        found[key] = (before[0] + sent, before[1] + count - sent)
    return found
