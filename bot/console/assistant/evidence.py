"""The assistant: outcomes of two groups -> how far apart they are, and by how much that may be believed. Pure numpy.

What is looked for on one half of the people is confirmed on the other, by intervals that stay valid however often
somebody looks (`bot/measure/sequences.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.decision.holdouts import draw
from bot.measure.sequences import MISSES, half_width

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_DEAL = "assistant"


@dataclass(frozen=True)
class Difference:
    """By how much a group's mean lies above the others', with the ends of its interval."""

    value: float
    low: float
    high: float
    inside: int  # persons
    outside: int
    rate_inside: float
    rate_outside: float


def deal_halves(customer_ids: Sequence[str]) -> Bools:
    """In which half each person is looked at first: by chance, and the same at every look."""
    return draw(_DEAL, customer_ids) < 0.5 if len(customer_ids) else np.zeros(0, dtype=np.bool_)


def compare(outcomes: Floats, inside: Bools, *, misses: float = MISSES) -> Difference:
    """The mean of those inside less that of the others; both groups must have somebody."""
    share = float(inside.mean())
    rates = float(outcomes[inside].mean()), float(outcomes[~inside].mean())
    apart = _weigh(outcomes, inside, share)
    half = half_width(float(apart.std()), len(outcomes), misses=misses)
    value = rates[0] - rates[1]
    count = int(inside.sum())
    return Difference(value, value - half, value + half, count, len(inside) - count, *rates)


def measure_error(outcomes: Floats, inside: Bools) -> float:
    """The standard error of that difference."""
    return float(_weigh(outcomes, inside, float(inside.mean())).std() / np.sqrt(len(outcomes)))


def shrink(values: Floats, errors: Floats) -> Floats:
    """Differences drawn towards none, each by its own noise and by how much all of them differ beyond noise.

    Empirical Bayes with a normal prior around 0. Where nothing differs by more than noise, all become 0.
    """
    if not len(values):
        return values
    spread = max(0.0, float((values**2 - errors**2).mean()))
    return values * spread / np.maximum(spread + errors**2, 1e-12)


def _weigh(outcomes: Floats, inside: Bools, share: float) -> Floats:
    """Numbers, one a person, whose mean is the difference."""
    weighed: Floats = np.where(inside, 1 / share, -1 / (1 - share)) * (outcomes - outcomes.mean())
    return weighed
