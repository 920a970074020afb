"""The assistant: who fulfils which clause, and who reached a goal -> audiences that reach it more often. Pure numpy.

    1  on one half of the people each clause is compared with everybody else, and drawn towards no difference
    2  of the best clauses pairs are tried too; a pair must do clearly better than either of its clauses
    3  the few best that are not the same people are confirmed on the other half; the rest is never told
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bot.console.assistant.evidence import Difference, compare, measure_error, shrink
from bot.measure.sequences import MISSES

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LEAST_PERSONS = 50  # of a half; of fewer nothing is said
LEAST_REACHED = 10  # the interval leans on a central limit theorem
_MOST_SHARE = 0.5  # more is nearly everybody, and no audience
_PAIRED = 6
_CONFIRMED = 3
_PAIR_GAIN = 1.25
_SAME_PEOPLE = 0.6  # of those in either audience


@dataclass(frozen=True)
class Audience:
    """The clauses that all hold, by their numbers, and how much more often its people reach the goal."""

    clauses: tuple[int, ...]
    found: Difference  # on the half that it was not looked for on


@dataclass(frozen=True)
class _Candidate:
    clauses: tuple[int, ...]
    members: Bools  # of everybody
    value: float
    error: float
    shrunk: float = 0.0

    @property
    def score(self) -> float:
        return self.shrunk / self.error if self.error else 0.0


def find_audiences(holds: Bools, reached: Floats, is_first: Bools, *, misses: float = MISSES) -> list[Audience]:
    """Of N persons and M clauses (`holds`: N x M), `reached` 1.0 or 0.0 a person. The best first; often none.

    `misses`: the chance that any of what is told is no difference at all.
    """
    chosen = _choose(holds, reached, is_first)
    tested = [each for each in chosen if _is_enough(each.members[~is_first], reached[~is_first])]
    found = [
        Audience(each.clauses, compare(reached[~is_first], each.members[~is_first], misses=misses / len(tested)))
        for each in tested
    ]
    return [each for each in found if each.found.low > 0]


def _choose(holds: Bools, reached: Floats, is_first: Bools) -> list[_Candidate]:
    """What is worth confirming, by the first half alone."""
    singles = [
        each for n in range(holds.shape[1]) if (each := _look((n,), holds[:, n], reached, is_first)) is not None
    ]
    best = sorted(_draw(singles), key=lambda each: -each.score)[:_PAIRED]
    pairs = [
        each for one, other in combinations(best, 2)
        if (each := _look((*one.clauses, *other.clauses), one.members & other.members, reached, is_first)) is not None
    ]
    shrunk = _draw([*singles, *pairs])
    alone = {each.clauses[0]: each.shrunk for each in shrunk if len(each.clauses) == 1}
    kept = [each for each in shrunk if len(each.clauses) == 1
            or each.shrunk > _PAIR_GAIN * max(alone.get(one, 0.0) for one in each.clauses)]
    return _take_apart(sorted((each for each in kept if each.shrunk > 0), key=lambda each: -each.score))


def _look(clauses: tuple[int, ...], members: Bools, reached: Floats, is_first: Bools) -> _Candidate | None:
    theirs, outcomes = members[is_first], reached[is_first]
    if not _is_enough(theirs, outcomes):
        return None
    value = float(outcomes[theirs].mean() - outcomes[~theirs].mean())
    return _Candidate(clauses, members, value, measure_error(outcomes, theirs))


def _is_enough(members: Bools, reached: Floats) -> bool:
    count = int(members.sum())
    reaching = int(reached[members].sum())
    return LEAST_PERSONS <= count <= _MOST_SHARE * len(members) and reaching >= LEAST_REACHED


def _draw(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    drawn = shrink(np.array([each.value for each in candidates]), np.array([each.error for each in candidates]))
    return [
        _Candidate(each.clauses, each.members, each.value, each.error, float(value))
        for each, value in zip(candidates, drawn, strict=True)
    ]


def _take_apart(ordered: Sequence[_Candidate]) -> list[_Candidate]:
    """The best, and those behind it who are other people."""
    taken: list[_Candidate] = []
    for each in ordered:
        if len(taken) < _CONFIRMED and all(_share(each.members, one.members) < _SAME_PEOPLE for one in taken):
            taken.append(each)
    return taken


def _share(one: Bools, other: Bools) -> float:
    return int((one & other).sum()) / max(1, int((one | other).sum()))
