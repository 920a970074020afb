"""Measurement: numbers that stay true however often somebody looks at them. Pure numpy.

    half_width        an asymptotic confidence sequence: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas,
                      "Time-uniform central limit theory and asymptotic confidence sequences",
                      Annals of Statistics 52(6), 2024, theorem 2.2
    evidence_above    a mixture likelihood ratio, a test martingale by Ville's inequality: Robbins (1970),
                      and Howard, Ramdas, McAuliffe and Sekhon, Annals of Statistics 49(2), 2021

An ordinary 95 % interval that is read every day for two months misses the truth far more often than
one time in twenty. These do not.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MISSES = 0.05  # of a hundred intervals, so many may miss the truth at some time or other
TIGHTEST_AT = 5_000  # the number of persons at which the interval is tightest; valid at every other
_FACTORS = np.array([1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0])  # how far above the line the rate might be


def half_width(spread: float, n: int, *, misses: float = MISSES, tightest_at: int = TIGHTEST_AT) -> float:
    """Half of the interval around a mean of `n` values with this standard deviation, valid at all n at once.

    Infinite for no values. It leans on the central limit theorem: with a handful of conversions it says too much.
    """
    if n <= 0:
        return math.inf
    square = (-2 * math.log(misses) + math.log(-2 * math.log(misses) + 1)) / tightest_at
    inside = n * square + 1
    return spread * math.sqrt(inside / (n * n * square) * math.log(inside / misses**2))


def evidence_above(hits: int, n: int, line: float) -> float:
    """How strongly `hits` of `n` say that the true rate lies above the line; 1 says nothing.

    Whatever rate at or below the line is true, the chance that this ever reaches 1 / misses is at most `misses`.
    Counting somebody as no hit who may still become one only lowers it: a look before all is known is valid too.
    """
    if n <= 0 or not 0 < line < 1:
        return 1.0
    rates = np.minimum(_FACTORS * line, (1 + line) / 2)  # of the few rates tried, none reaches 1
    log = hits * np.log(rates / line) + (n - hits) * np.log((1 - rates) / (1 - line))
    top = float(log.max())
    return math.exp(min(700.0, top)) * float(np.exp(log - top).mean())


def is_above(hits: int, n: int, line: float, *, misses: float = MISSES) -> bool:
    """Whether a rate has crossed its line, beyond what chance explains at any number of looks."""
    return evidence_above(hits, n, line) >= 1 / misses
