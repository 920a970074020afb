"""Measurement: who was nudged, who was held out, what they did -> what nudging brought. Pure numpy.

Each person is dealt into one of two arms with a known chance. The estimate is the augmented inverse-propensity
mean (Robins, Rotnitzky and Zhao 1994): right on average whatever the history says, and the narrower the better
the history foretells the outcome, which is what CUPED does (Deng, Xu, Kohavi and Walker, WSDM 2013). The interval
is a confidence sequence: see `bot.measure.sequences`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.measure.sequences import MISSES, half_width

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LEAST_IN_AN_ARM = 100  # below, the interval would say more than it knows
LEAST_NONZERO = 10  # ... and below so many outcomes in an arm


@dataclass(frozen=True)
class Lift:
    """What nudging added to the outcome, per person, and the interval that holds it; plus-minus infinity: too early."""

    effect: float
    low: float
    high: float
    nudged: int
    held_out: int
    mean_nudged: float
    mean_held_out: float
    variance_kept: float = 1.0  # what CUPED left of the variance; 1.0 without a history that helps

    @property
    def is_known(self) -> bool:
        """Whether enough persons and outcomes are there to give an interval."""
        return bool(np.isfinite(self.low))

    @property
    def verdict(self) -> str:
        """`more`, `less`, `unclear` (the interval holds zero) or `early`."""
        if not self.is_known:
            return "early"
        if self.low > 0:
            return "more"
        return "less" if self.high < 0 else "unclear"


def estimate_lift(
    outcome: Floats, is_held_out: Bools, chance_held_out: Floats, history: Floats | None = None, *,
    misses: float = MISSES,
) -> Lift:
    """The effect per person of being nudged. `chance_held_out` is each one's known chance; `history` is N x H.

    History must be from before the person was dealt an arm, else it explains away what it should measure.
    """
    nudged = ~is_held_out
    counts = int(nudged.sum()), int(is_held_out.sum())
    means = _mean(outcome, nudged), _mean(outcome, is_held_out)
    if min(counts) < 2:
        return Lift(0.0, -np.inf, np.inf, *counts, *means)
    chance_nudged = 1.0 - chance_held_out
    plain = _pseudo_outcomes(outcome, nudged, chance_nudged, np.ones((len(outcome), 1)))
    each, kept = plain, 1.0
    if history is not None and history.size:
        adjusted = _pseudo_outcomes(outcome, nudged, chance_nudged, _standardise(history))
        if plain.var() > 0:
            kept = float(adjusted.var() / plain.var())
            each = adjusted if kept < 1 else plain
            kept = min(1.0, kept)
    effect = float(each.mean())
    is_enough = min(counts) >= LEAST_IN_AN_ARM and min(
        np.count_nonzero(outcome[nudged]), np.count_nonzero(outcome[is_held_out])) >= LEAST_NONZERO
    width = half_width(float(each.std(ddof=1)), len(each), misses=misses) if is_enough else np.inf
    return Lift(effect, effect - width, effect + width, *counts, *means, kept)


def _pseudo_outcomes(outcome: Floats, nudged: Bools, chance_nudged: Floats, design: Floats) -> Floats:
    """One value a person whose mean is the effect: both arms' expectations, corrected by what the person did."""
    chances = np.where(nudged, chance_nudged, 1.0 - chance_nudged)
    expected = [_fit(design[arm], outcome[arm], 1.0 / chances[arm]) @ design.T for arm in (nudged, ~nudged)]
    correction = np.where(nudged, outcome - expected[0], -(outcome - expected[1])) / chances
    return np.asarray(expected[0] - expected[1] + correction, dtype=np.float64)


def _fit(design: Floats, outcome: Floats, weights: Floats) -> Floats:
    """Weighted least squares with a breath of ridge, so that a constant column breaks nothing."""
    weighted = design * weights[:, None]
    gram = design.T @ weighted + 1e-9 * weights.sum() * np.eye(design.shape[1])
    return np.linalg.solve(gram, weighted.T @ outcome)


def _standardise(history: Floats) -> Floats:
    """An intercept, and each column around its mean: what is unlike itself from person to person only."""
    columns = history - history.mean(axis=0)
    spread = columns.std(axis=0)
    usable = columns[:, spread > 0] / spread[spread > 0]
    return np.column_stack([np.ones(len(history)), usable])


def _mean(values: Floats, where: Bools) -> float:
    return float(values[where].mean()) if where.any() else 0.0
