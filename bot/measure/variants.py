"""Measurement: what two variants did where chance chose between them -> which is better, at any number of looks. Pure.

Each occasion gives one value: what came of the first variant over the chance that it had, less the same of the second.
Its mean is the difference between the two (Horvitz and Thompson 1952), however sharply was chosen; the interval around
it is a confidence sequence (`bot.measure.sequences`), so that whoever looks every day is not fooled more often.
"""

import math
from dataclasses import dataclass

from bot.measure.lift import LEAST_IN_AN_ARM, LEAST_NONZERO
from bot.measure.sequences import MISSES, half_width


@dataclass(frozen=True)
class Sums:
    """What came of two variants, added up. `difference`: of the values above; `squares`: of their squares."""

    times: int
    first_times: int
    second_times: int
    first_liked: int
    second_liked: int
    difference: float
    squares: float

    def turned(self) -> "Sums":
        """The same, seen from the second."""
        return Sums(self.times, self.second_times, self.first_times, self.second_liked, self.first_liked,
                    -self.difference, self.squares)


@dataclass(frozen=True)
class Comparison:
    """By how much the first is liked more, of one; plus-minus infinity while too little is known."""

    effect: float
    low: float
    high: float
    times: int

    @property
    def is_known(self) -> bool:
        """Whether there is an interval."""
        return math.isfinite(self.low)

    @property
    def verdict(self) -> str:
        """`better`, `worse`, `unclear` (the interval holds zero) or `early`."""
        if not self.is_known:
            return "early"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "unclear"


def compare_variants(sums: Sums, *, others: int = 1) -> Comparison:
    """The first beside the second. `others`: beside how many the first is looked at, which share the room for error."""
    times = sums.times
    effect = sums.difference / times if times else 0.0
    is_enough = min(sums.first_times, sums.second_times) >= LEAST_IN_AN_ARM and min(
        sums.first_liked, sums.second_liked) >= LEAST_NONZERO
    if not is_enough:
        return Comparison(effect, -math.inf, math.inf, times)
    spread = math.sqrt(max(0.0, sums.squares / times - effect * effect) * times / (times - 1))
    width = half_width(spread, times, misses=MISSES / max(1, others))
    return Comparison(effect, effect - width, effect + width, times)
