"""The assistant: once a day the worker looks for what could be done better, and keeps what it finds. It never acts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console.assistant.audience_reading import list_clauses, read_sample
from bot.console.assistant.audiences import Audience, find_audiences
from bot.console.assistant.evidence import deal_halves
from bot.console.assistant.kept import keep_found, looked_at
from bot.console.assistant.proposal import Effect, Proposal
from bot.console.assistant.repairs import find_repairs
from bot.console.assistant.schedules import Gain, find_change, find_part
from bot.console.assistant.unaddressed import Numbers, Unaddressed, find_unaddressed
from bot.console.figures import read_worth
from bot.console.segments import count_matching
from bot.console.what_if import list_policies, read_choices
from bot.measure.goals import Goal
from bot.measure.sequences import MISSES
from bot.profile.segments.members import count_members, count_persons
from bot.profile.segments.tree import And, Consents, Or, Tree
from bot.profile.store.tables import segment_members

LOOKS_EVERY = timedelta(days=1)
DECISIONS = 20_000  # of a journey
_MONTH, _WEEK = timedelta(days=30), timedelta(days=7)
_EVERYTHING = "*"
_SEED = 1


def propose_if_due(services: Services) -> int:
    """One look, once a day; how many proposals it found. Writes what it found, and nothing else."""
    with services.store.read() as connection:
        last = looked_at(connection)
    if last is not None and services.clock() - last < LOOKS_EVERY:
        return 0
    return len(look(services))


def look(services: Services) -> list[Proposal]:
    """Everything that is proposed at this moment, kept. Writes."""
    now = services.clock()
    with services.store.read() as connection:
        found = [
            *_propose_audiences(connection, services, now), *_propose_journeys(connection, services, now),
            *_propose_schedules(connection, services, now), *find_repairs(connection, now),
        ]
    with services.store.write() as connection:
        keep_found(connection, found, now)
    return found


def _propose_audiences(connection: sa.Connection, services: Services, now: datetime) -> list[Proposal]:
    book, goals, worth = services.segments, services.goals.goals, read_worth(connection)
    found, currency = [], services.goals.currency
    for goal in goals:
        clauses = list_clauses(connection, book, goal, services.privacy.assistant.never)
        sample = read_sample(connection, book, goal, clauses, now, np.random.default_rng(_SEED), currency)
        halves = deal_halves(sample.persons)
        for each in find_audiences(sample.holds, sample.reached, halves, misses=MISSES / len(goals)):
            rule = " and ".join(clauses[n].rule for n in each.clauses)
            found.append(_tell_audience(connection, services, goal, rule, each, worth and worth[0], now))
    return found


def _tell_audience(
    connection: sa.Connection, services: Services, goal: Goal, rule: str, audience: Audience,
    worth: Mapping[str, Any] | None, now: datetime,
) -> Proposal:
    difference, tree = audience.found, services.segments.read(rule)
    reachable = _count(connection, services, _who_may_hear(tree, services), now)
    return Proposal(
        "audience", rule, goal.key, difference.inside,
        evidence=Effect(difference.value, difference.low, difference.high, "share"),
        expected=_expect(worth, goal, reachable),
        trial={"persons": _count(connection, services, tree, now), "reachable": reachable},
        told={"rate_inside": difference.rate_inside, "rate_outside": difference.rate_outside,
              "outside": difference.outside, "window_days": goal.window / timedelta(days=1)},
    )


def _expect(worth: Mapping[str, Any] | None, goal: Goal, reachable: int) -> Effect | None:
    """What messages bring everybody, if they bring as much to these; None while that was not measured."""
    everything = (worth or {}).get(_EVERYTHING, {}).get("goals", {}).get(goal.key)
    ends = everything["lift"]["effect"] if everything else None
    return _of_persons(ends, reachable)


def _of_persons(ends: Sequence[float] | None, persons: float) -> Effect | None:
    """What an effect a person comes to."""
    if ends is None:
        return None
    value, low, high = (each * persons for each in ends)
    return Effect(value, low, high, "conversions")


def _count(connection: sa.Connection, services: Services, tree: Tree, now: datetime) -> int:
    """How many persons a rule holds for; in a large shop by a sample."""
    return count_matching(connection, services.segments, tree, count_persons(connection), now)[0]


def _who_may_hear(tree: Tree, services: Services) -> Tree:
    """Those of a rule's people who agreed to advertising somewhere."""
    channels = sorted({channel for each in services.triggers if each.purpose == "marketing"
                       for channel in each.channels})
    return And((tree, Or(tuple(Consents("marketing", each) for each in channels)))) if channels else tree


def _propose_journeys(connection: sa.Connection, services: Services, now: datetime) -> list[Proposal]:
    segments, worth = services.segments.segments, read_worth(connection)
    came = {span: _count_entered(connection, now - span) for span in (_MONTH, _WEEK)}
    numbers = {
        name: Numbers(count, came[_MONTH].get(name, 0), came[_WEEK].get(name, 0))
        for name, count in count_members(connection).items()
    }
    proven = {name for name, each in (worth[0] if worth else {}).items() if _has_proof(each)}
    return [
        _tell_journey(connection, services, each, worth and worth[0], now)
        for each in find_unaddressed(segments, services.triggers, numbers, proven)
    ]


def _tell_journey(
    connection: sa.Connection, services: Services, found: Unaddressed, worth: Mapping[str, Any] | None, now: datetime
) -> Proposal:
    goal = next((each for each in services.goals.goals if each.serves(found.source)), None)
    tree = services.segments.get(found.segment).tree
    reachable = _count(connection, services, _who_may_hear(tree, services), now)
    share = reachable / max(1, found.numbers.persons)
    lift = (worth or {}).get(found.source, {}).get("goals", {}).get(goal.key if goal else "", {}).get("lift")
    return Proposal(
        "journey", found.segment, goal.key if goal else "", found.numbers.persons,
        expected=_of_persons(lift["effect"] if lift else None, found.numbers.came_in_month * share),
        trial={"came_in_week": found.numbers.came_in_week, "reachable": reachable},
        told={"source": found.source, **asdict(found.numbers)},
    )


def _propose_schedules(connection: sa.Connection, services: Services, now: datetime) -> list[Proposal]:
    """At most one channel and one hour a journey. One in twenty looks may be wrong over all of them together."""
    zone = ZoneInfo(services.settings.timezone)
    misses = MISSES / max(1, 2 * len(services.triggers))
    found: list[Proposal] = []
    for trigger in services.triggers:
        choices, _ = read_choices(connection, services, trigger.name, now, DECISIONS)
        policies = [each for each in list_policies(trigger) if each in ("even", "best") or each.startswith("never:")]
        goal = next((each.key for each in services.goals.goals if each.serves(trigger.name)), "")
        for kind, gain in (
            ("channel", find_change(choices, policies, misses=misses)),
            ("hour", find_part(choices, zone, misses=misses)),
        ):
            if gain is not None:
                found.append(_tell_schedule("channel" if kind == "channel" else "hour", trigger.name, goal, gain))
    return found


def _tell_schedule(kind: Any, journey: str, goal: str, gain: Gain) -> Proposal:
    effect = Effect(gain.value, gain.low, gain.high, "reward")
    return Proposal(
        kind, f"{journey}:{gain.policy}", goal, gain.decisions, evidence=effect, expected=effect,
        trial={"decisions": gain.decisions, "people": gain.people},
        told={"journey": journey, "policy": gain.policy, "now": gain.now},
    )


def _has_proof(worth: Mapping[str, Any]) -> bool:
    return any(each["verdict"] == "more" for each in worth["goals"].values())


def _count_entered(connection: sa.Connection, since: datetime) -> dict[str, int]:
    rows = connection.execute(
        sa.select(segment_members.c.segment, sa.func.count())
        .where(segment_members.c.entered_at >= since, segment_members.c.left_at.is_(None))
        .group_by(segment_members.c.segment)
    )
    return {row[0]: row[1] for row in rows}
