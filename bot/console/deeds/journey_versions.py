"""The console's deeds: two versions of a journey side by side: what differs, and what came of each. Reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from bot.bootstrap import InForce, Services
from bot.charter.waiting import read_waiting_journeys
from bot.console.content import COUNTS, DAYS, read_counted, read_versions
from bot.console.deeds.results import today_of
from bot.console.lift_figures import read_version_lifts
from bot.console.result_sums import LEAST_PEOPLE
from bot.console.version_changes import VersionChanges, list_changes
from bot.decision.triggers import Trigger
from bot.errors import NotFound

Count = int | None  # None: fewer than ten


@dataclass(frozen=True)
class Known:
    """A version that somebody began with, that is in force, or that waits for agreement."""

    trigger: Trigger
    first_used_at: datetime | None  # None: nobody began with it yet
    is_in_force: bool
    is_proposed: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        return self.trigger.version


@dataclass(frozen=True)
class Outcome:
    """What came of a version: what its messages did in ninety days, and what they brought, by goal.

    `counts`: none of fewer than ten. `lifts`: what `plain_lift` gives; None where fewer than ten people are compared,
    or nobody measured it.
    """

    version: str
    counts: Mapping[str, Count]
    lifts: Mapping[str, Mapping[str, Any] | None]


@dataclass(frozen=True)
class Comparison:
    """Two versions, the earlier first as it was asked, and what is different."""

    before: Known
    after: Known
    changes: VersionChanges
    outcomes: tuple[Outcome, Outcome]
    days: int = DAYS


def list_known(services: Services, trigger: Trigger) -> list[Known]:
    """What waits for agreement first, then what is in force, then what people began with before, newest first."""
    in_force = [each for each in InForce(services).read().triggers if each.name == trigger.name]
    with services.store.read() as connection:
        used, waiting = read_versions(connection, trigger.name), read_waiting_journeys(connection)
    current, began = {each.version for each in in_force}, {each.version: at for each, at in used}
    known = [
        *(Known(each, began.get(each.version), False, True) for each in waiting if each.name == trigger.name),
        *(Known(each, began.get(each.version), True) for each in in_force),
        *(Known(each, at, each.version in current) for each, at in used),
    ]
    first = dict[str, Known]()
    for each in known:
        first.setdefault(each.name, each)
    return list(first.values())


def compare_versions(services: Services, trigger: Trigger, one: str, other: str) -> Comparison | None:
    """The one beside the other; "" for the newest two: what is in force beside what was before it, and so on.

    None where there is only one. NotFound for a version that there is not.
    """
    known = list_known(services, trigger)
    if len(known) < 2 and not (one or other):
        return None
    after = _find(known, other) if other else known[0]
    earlier = [each for each in known[known.index(after) + 1:] or known if each is not after]
    before = _find(known, one) if one else earlier[0] if earlier else after
    with services.store.read() as connection:
        messages = read_counted(connection, today_of(services)).messages
        lifts = read_version_lifts(connection, trigger.name)
    outcomes = (_outcome(trigger, before, messages, lifts), _outcome(trigger, after, messages, lifts))
    return Comparison(before, after, list_changes(before.trigger, after.trigger), outcomes)


def _find(known: Sequence[Known], name: str) -> Known:
    found = next((each for each in known if each.name == name), None)
    if found is None:
        raise NotFound("the journey has no version of that name")
    return found


def _outcome(
    trigger: Trigger, version: Known, messages: pl.DataFrame, lifts: Mapping[str, Mapping[str, Any]]
) -> Outcome:
    mine = (pl.col("nudge") == trigger.name) | pl.col("nudge").str.starts_with(f"{trigger.name}:")
    sums = messages.filter(mine & (pl.col("version") == version.name)).select(pl.col(COUNTS).sum()).row(0, named=True)
    return Outcome(
        version.name, {name: count if count >= LEAST_PEOPLE else None for name, count in sums.items()},
        {goal: _told(by_version.get(version.name)) for goal, by_version in lifts.items()},
    )


def _told(lift: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Nothing of fewer than ten people."""
    return lift if lift and lift["nudged"] + lift["held_out"] >= LEAST_PEOPLE else None
