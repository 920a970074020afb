"""The assistant: a journey's past decisions -> another channel or part of the day that would have brought more. Pure.

Each change is weighed on a log of what another policy did (`bot/measure/off_policy.py` says how): what the arms bring
is learned on one half of the people, which also picks the change; the other half tells what it would have brought.
The chance of a channel was kept with its decision. That of an hour was not dealt by us: it is counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bot.console.assistant.evidence import deal_halves
from bot.console.what_if import Choice, apply_policy
from bot.measure.sequences import MISSES, half_width

Floats = NDArray[np.float64]
LEAST_EFFECTIVE = 50  # decisions of the half that tells, as many rounds of the changed policy would tell as much
LEAST_PEOPLE = 50
_LEAST_CHANCE = 0.05  # of a part of the day, else nothing is known of it there
_PRIOR = 5  # decisions by which an arm's mean is drawn to the mean of all
PARTS: Mapping[str, range] = {  # of the day; the rest is night, and nobody's aim
    "morning": range(7, 11), "noon": range(11, 14), "afternoon": range(14, 18), "evening": range(18, 22),
}


@dataclass(frozen=True)
class Gain:
    """What a decision would bring more on average, under a change, with its interval."""

    policy: str  # as `apply_policy` has it, or `part:evening`
    value: float
    low: float
    high: float
    now: float  # what a decision brings as it is
    decisions: int
    people: int


@dataclass(frozen=True)
class _Placed:
    """A message that left: as which candidate on which kind of day, in which part of it, what it brought, to whom."""

    place: tuple[str, bool]
    part: str
    reward: float
    owner: str


@dataclass(frozen=True)
class _Told:
    """The rounds of one change, and what each would have brought more: chance weights, and values."""

    policy: str
    weights: Floats
    gains: Floats
    owners: Sequence[str]


def find_change(
    choices: Sequence[Choice], policies: Sequence[str], *, misses: float = MISSES
) -> Gain | None:
    """The best of some changed ways of choosing; None where none is shown to bring more."""
    first, second = _halve(choices)
    if not first or not second:
        return None
    told = [(_weigh_choices(first, first, each), _weigh_choices(second, first, each)) for each in policies]
    return _judge(_pick(told), second, misses)


def find_part(choices: Sequence[Choice], zone: ZoneInfo, *, misses: float = MISSES) -> Gain | None:
    """The best part of the day to let a message leave; None where none is shown to bring more."""
    first, second = _halve([each for each in choices if each.at is not None])
    if not first or not second:
        return None
    known, asked = [_place(each, zone) for each in first], [_place(each, zone) for each in second]
    told = [(_weigh_parts(known, known, each), _weigh_parts(asked, known, each)) for each in PARTS]
    return _judge(_pick(told), second, misses)


def part_of(at: datetime, zone: ZoneInfo) -> str:
    """The part of the day in the shop's zone; "" at night."""
    hour = at.astimezone(zone).hour
    return next((name for name, hours in PARTS.items() if hour in hours), "")


def _halve(choices: Sequence[Choice]) -> tuple[list[Choice], list[Choice]]:
    is_first = deal_halves([each.customer_id for each in choices])
    return (
        [each for each, first in zip(choices, is_first, strict=True) if first],
        [each for each, first in zip(choices, is_first, strict=True) if not first],
    )


def _pick(told: Sequence[tuple[_Told | None, _Told | None]]) -> _Told | None:
    """The change with the best gain for its noise on the first half, as the second half tells of it."""
    scored = [(_score(first), second) for first, second in told if first is not None]
    if not scored:
        return None
    score, second = max(scored, key=lambda each: each[0])
    return second if score > 0 else None


def _score(told: _Told) -> float:
    sums = _by_person(told)
    error = float(sums.std()) / np.sqrt(len(sums))
    return float(sums.mean()) / error if error and len(sums) >= LEAST_PEOPLE else 0.0


def _judge(told: _Told | None, choices: Sequence[Choice], misses: float) -> Gain | None:
    if told is None:
        return None
    squares = float((told.weights**2).sum())
    sums = _by_person(told)
    if not squares or float(told.weights.sum()) ** 2 / squares < LEAST_EFFECTIVE or len(sums) < LEAST_PEOPLE:
        return None
    value, half = float(sums.mean()), half_width(float(sums.std()), len(sums), misses=misses)
    if value <= half:
        return None
    now = float(np.mean([each.reward for each in choices]))
    return Gain(told.policy, value, value - half, value + half, now, len(told.gains), len(sums))


def _by_person(told: _Told) -> Floats:
    """What a person's decisions add to the mean over decisions: one person's are not told apart from each other."""
    sums: dict[str, float] = defaultdict(float)
    for owner, gain in zip(told.owners, told.gains, strict=True):
        sums[owner] += gain
    return np.array(list(sums.values())) * len(sums) / max(1, len(told.gains))


def _weigh_choices(choices: Sequence[Choice], known: Sequence[Choice], policy: str) -> _Told | None:
    means, usual = _means((each.names[each.chosen], each.reward) for each in known)
    weights, gains, owners = [], [], []
    changed: dict[Any, tuple[float, ...] | None] = {}  # many decisions are made among the same
    for each in choices:
        same = (each.names, each.values, each.chances)
        if same not in changed:
            changed[same] = apply_policy(each, policy)
        chances = changed[same]
        if chances is None:
            continue
        expected = [means.get(name, usual) for name in each.names]
        of_policy = sum(chance * value for chance, value in zip(chances, expected, strict=True))
        weight = chances[each.chosen] / each.chances[each.chosen]
        weights.append(weight)
        gains.append(of_policy + weight * (each.reward - expected[each.chosen]) - each.reward)
        owners.append(each.customer_id)
    return _Told(policy, np.array(weights), np.array(gains), owners) if gains else None


def _weigh_parts(rounds: Sequence[_Placed], known: Sequence[_Placed], part: str) -> _Told | None:
    """As if each message had left in that part of the day, among messages of the same candidate and kind of day."""
    counts, of_place = Counter((each.place, each.part) for each in known), Counter(each.place for each in known)
    means, usual = _means(((each.place, each.part), each.reward) for each in known)
    weights, gains = [], []
    for each in rounds:
        chance = counts[each.place, part] / of_place[each.place] if of_place[each.place] else 0.0
        is_tried = chance >= _LEAST_CHANCE
        expected = means.get((each.place, part), usual)
        weight = (float(each.part == part) / chance) if is_tried else 1.0
        weights.append(weight)
        gains.append(expected + weight * (each.reward - expected) - each.reward if is_tried else 0.0)
    return _Told(f"part:{part}", np.array(weights), np.array(gains), [each.owner for each in rounds])


def _place(choice: Choice, zone: ZoneInfo) -> _Placed:
    is_weekend = choice.at is not None and choice.at.astimezone(zone).weekday() >= 5
    part = part_of(choice.at, zone) if choice.at else ""
    return _Placed((choice.names[choice.chosen], is_weekend), part, choice.reward, choice.customer_id)


def _means[Key](told: Iterable[tuple[Key, float]]) -> tuple[dict[Key, float], float]:
    """What each arm brought on average, drawn towards the mean of all, and that mean."""
    sums: dict[Key, list[float]] = defaultdict(list)
    for key, reward in told:
        sums[key].append(reward)
    count = sum(len(each) for each in sums.values())
    usual = sum(sum(each) for each in sums.values()) / max(1, count)
    return {key: (sum(each) + _PRIOR * usual) / (len(each) + _PRIOR) for key, each in sums.items()}, usual
