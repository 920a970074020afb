"""Evidence -> which size fits, and how sure that is. Pure: a discrete Bayesian model of a few lines.

A person has one place on the ladder of a size system (XS, S, M ...). A brand's cut shifts what fits by one at most:
-1 where it runs large, +1 where it runs small. People mostly order their own place, whatever the brand; they keep what
fits, some of what nearly does, and send back the rest. So what was kept speaks for a place, what went back against it,
and louder when it was said why. How a brand runs is learnt from everybody (`size_runs.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bot.recommend.types import Floats

SHIFTS = (-1, 0, 1)
Certainty = Literal["very_likely", "likely", "between", "unknown"]
VERY_LIKELY, LIKELY, BETWEEN = 0.8, 0.6, 0.8  # measured by `benchmarks/size_advice.py`
MOST_RUN_TRUE = (0.1, 0.8, 0.1)  # before anybody bought
_ENOUGH_PEOPLE, _RUNS_SURELY = 5, 0.8  # before it is said that a brand runs small
# Between two made-up worlds that a shop may be like, `benchmarks/size_advice.py`: tidy people, and untidy ones.
_ORDERS = (0.5, 0.2, 0.04, 0.01)  # chance to order what is 0, 1, 2, more places from one's own
_KEEPS = (0.8, 0.42, 0.12, 0.04)  # chance to keep what is 0, 1, 2, more places off
_CUT_OTHERWISE = 0.15  # of a brand's products
_REASON_HOLDS = 0.85  # of those who say "too small", for whom it truly was
Run = tuple[str, str, str]  # size system, brand, cut


@dataclass(frozen=True)
class Runs:
    """How likely a brand's cut runs large, true, small, and from how many people's purchases that is known."""

    chances: tuple[float, float, float] = MOST_RUN_TRUE
    people: int = 0

    @property
    def told(self) -> int:
        """-1 where it runs large, +1 where it runs small; 0 where it runs true, or nobody can say."""
        best = int(np.argmax(self.chances))
        is_sure = self.people >= _ENOUGH_PEOPLE and self.chances[best] >= _RUNS_SURELY
        return SHIFTS[best] if is_sure else 0


UNKNOWN_RUNS = Runs()


@dataclass(frozen=True)
class Worn:
    """What a purchase tells: the place of its size, whether it stayed, and what was said when it did not.

    `too` is +1 for too small, -1 for too large, 0 for nothing said.
    """

    run: Run
    place: int
    is_kept: bool
    too: int = 0


@dataclass(frozen=True)
class SizeAdvice:
    """A size with its certainty. `kept` of `tried` had this size in the brand, in others where `in_brand` is False.

    `other` is the second size of "between"; beside "unknown" a size is no advice, only where what little is known
    points. `runs` is -1, 0 or +1, with how many people it is known from.
    """

    certainty: Certainty = "unknown"
    size: str = ""
    other: str = ""
    probability: float = 0.0
    kept: int = 0
    tried: int = 0
    in_brand: bool = False
    runs: int = 0
    people: int = 0


def likelihood(place: int, size: int, *, is_kept: bool, too: int = 0) -> Floats:
    """How likely it was to order this place of a ladder of `size` and to keep it, or not: own place x shift."""
    own = np.arange(size)
    off = own[:, None] + np.array(SHIFTS)[None, :] - place  # above 0: it was too small
    orders = np.array(_ORDERS)[np.minimum(np.abs(own - place), 3)][:, None]
    keeps = np.array(_KEEPS)[np.minimum(np.abs(off), 3)]
    if is_kept:
        return np.asarray(orders * keeps, dtype=np.float64)
    reason = np.where(off * too > 0, _REASON_HOLDS, 1 - _REASON_HOLDS) if too else 1.0
    return np.asarray(orders * (1 - keeps) * reason, dtype=np.float64)


def place_chances(run: Run, ladder: Sequence[str], worn: Iterable[Worn], runs: Mapping[Run, Runs]) -> Floats:
    """The chance of each place of the ladder to fit in this brand and cut; below 1 in sum where none may."""
    here = np.array(runs.get(run, UNKNOWN_RUNS).chances)
    joint = np.repeat(here[None, :], len(ladder), axis=0)  # own place x shift of this brand
    for each in worn:
        told = likelihood(each.place, len(ladder), is_kept=each.is_kept, too=each.too)
        is_same = each.run == run  # then the shift is the same too, whichever it is
        joint = joint * (told if is_same else (told @ np.array(runs.get(each.run, UNKNOWN_RUNS).chances))[:, None])
    fits = np.zeros(len(ladder) + 4)  # two places beyond each end, which no size of the ladder fits
    for column, step in enumerate(SHIFTS):
        fits[2 + step:2 + step + len(ladder)] += joint[:, column]
    blurred = np.convolve(fits, (_CUT_OTHERWISE / 2, 1 - _CUT_OTHERWISE, _CUT_OTHERWISE / 2), mode="same")
    result: Floats = blurred[2:-2] / joint.sum()
    return result


def advise(
    run: Run, ladder: Sequence[str], sizes: Sequence[str], worn: Sequence[Worn], known: Mapping[Run, Runs]
) -> SizeAdvice:
    """The size of a product that comes in `sizes`, as far as something proves it; unknown rather than a guess."""
    runs = known.get(run, UNKNOWN_RUNS)
    nothing = SizeAdvice(runs=runs.told, people=runs.people)
    own = [each for each in worn if each.run[0] == run[0]]
    offered = [place for place, size in enumerate(ladder) if size in sizes]
    if not any(each.is_kept or each.too for each in own) or not offered:
        return nothing
    chances = place_chances(run, ladder, own, known)
    best = max(offered, key=lambda place: float(chances[place]))
    certainty, other = _read_certainty(chances, offered, best)
    in_brand = [each for each in own if run[1] and each.run[1] == run[1]]
    tried = [each for each in in_brand or own if each.place == best]
    return SizeAdvice(
        certainty, ladder[best], ladder[other] if certainty == "between" else "", round(float(chances[best]), 3),
        sum(each.is_kept for each in tried), len(tried), bool(in_brand), runs.told, runs.people,
    )


def _read_certainty(chances: Floats, offered: Sequence[int], best: int) -> tuple[Certainty, int]:
    beside = [place for place in offered if abs(place - best) == 1]
    other = max(beside, key=lambda place: float(chances[place]), default=best)
    if chances[best] >= VERY_LIKELY:
        return "very_likely", best
    if chances[best] >= LIKELY:
        return "likely", best
    if other != best and chances[best] + chances[other] >= BETWEEN:
        return "between", other
    return "unknown", best
