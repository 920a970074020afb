"""Stage 4: nudges that are due -> the same with what they rest on, read from the shop; and those that stay.

Each fact is read once for all who share it, and by no more than eight readers at once.
"""

from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import sqlalchemy as sa
import structlog

from bot.channels.outbox import OutboxRow, hold, release
from bot.decision.triggers import Trigger
from bot.decision.versions import find_journey
from bot.errors import RetryLater
from bot.nudges.facts import FactReader, Facts
from bot.nudges.services import NudgeServices

log = structlog.get_logger()
_READERS = 8  # of facts, at once: the shop is asked no harder than by as many customers


class Nudge(NamedTuple):
    """A row with what it rests on."""

    row: OutboxRow
    trigger: Trigger
    refs: dict[str, str]  # what the facts were read by
    facts: Facts


@dataclass
class Staying:
    """What does not leave now, by why: written in a statement for each."""

    held: dict[str, list[int]] = field(default_factory=dict)
    waiting: dict[tuple[datetime, str], list[int]] = field(default_factory=dict)

    def hold(self, row: OutboxRow, reason: str) -> None:
        """For good."""
        self.held.setdefault(reason, []).append(row.outbox_id)

    def wait(self, row: OutboxRow, until: datetime, reason: str) -> None:
        """For a while, if its reason lives that long."""
        if row.expires_at and until >= row.expires_at:
            self.hold(row, f"expired,{reason}")
        else:
            self.waiting.setdefault((until, reason), []).append(row.outbox_id)

    def keep(self, connection: sa.Connection) -> None:
        """Writes."""
        for reason, ids in self.held.items():
            hold(connection, ids, reason)
            log.info("nudges_held", outbox_ids=ids, held=reason)
        for (until, reason), ids in self.waiting.items():
            release(connection, ids, until, reason)


def read_nudges(services: NudgeServices, reader: FactReader, rows: Sequence[OutboxRow]) -> list[Nudge]:
    """The rows with the facts of this moment. What cannot be read, or has no trigger any more, stays. Writes."""
    journeys = {key: _find_trigger(services, *key) for key in {journey_key(row) for row in rows}}
    nudges, staying = list[Nudge](), Staying()
    resting: list[tuple[OutboxRow, Trigger, dict[str, str], Hashable]] = []
    for row in rows:
        trigger, refs = journeys[journey_key(row)], _refs(row)
        if trigger is None:
            staying.hold(row, "trigger_gone")
        else:
            resting.append((row, trigger, refs, (trigger.kind, tuple(sorted(refs.items())))))
    wanted = {key: (trigger.kind, refs) for _, trigger, refs, key in resting}
    facts = dict(zip(wanted, _read_all(reader, list(wanted.values())), strict=True))
    retry_at = services.clock() + timedelta(seconds=services.guardrails.retry_seconds)
    for row, trigger, refs, key in resting:
        found = facts[key]
        if found is None:
            staying.wait(row, retry_at, "facts_unavailable")
        else:
            nudges.append(Nudge(row, trigger, refs, found))
    if staying.held or staying.waiting:
        with services.store.write() as connection:
            staying.keep(connection)
    return nudges


def journey_key(row: OutboxRow) -> tuple[str, str]:
    """What names the journey that a row belongs to, and the version it was decided by."""
    return row.nudge, str(row.facts.get("version", ""))


def _find_trigger(services: NudgeServices, nudge: str, version: str) -> Trigger | None:
    """The journey at the row's step, in the version that it was decided by; None where the shop has it no more."""
    name, _, step = nudge.partition(":")
    journey = find_journey(services.store, services.triggers, name, version)
    return journey if journey is None or journey.steps else journey.at_step(step)


def _read_all(reader: FactReader, wanted: Sequence[tuple[str, dict[str, str]]]) -> list[Facts | None]:
    """None where the shop does not answer."""
    read = partial(_try_to_read, reader)
    if len(wanted) < 2:
        return [read(each) for each in wanted]
    with ThreadPoolExecutor(min(_READERS, len(wanted))) as pool:
        return list(pool.map(read, wanted))


def _try_to_read(reader: FactReader, wanted: tuple[str, dict[str, str]]) -> Facts | None:
    try:
        return reader.read(*wanted)
    except RetryLater:
        return None


def _refs(row: OutboxRow) -> dict[str, str]:
    return {key: value for key, value in row.facts.items() if isinstance(value, str)}
