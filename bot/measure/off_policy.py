"""What a policy would have brought, from a log of what another one did: IPS, SNIPS and DR, with bootstrap intervals.

    weight = chance under the policy / chance under which the log chose       (Horvitz and Thompson 1952)
    IPS    mean(weight * reward)
    SNIPS  sum(weight * reward) / sum(weight)                                 (Swaminathan and Joachims 2015)
    DR     mean(expected of the policy + weight * (reward - expected of the arm))       (Dudík et al. 2014)

DR is right when either the logged chances or the expectations are. Pure numpy; chance is an argument.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RESAMPLES = 1_000
_AT_ONCE = 20  # resamples in memory
_LEVEL = (2.5, 97.5)


@dataclass(frozen=True)
class Estimate:
    """What a policy brings a round, with the ends of 95 % intervals."""

    ips: float
    snips: float
    snips_low: float
    snips_high: float
    dr: float
    dr_low: float
    dr_high: float
    effective_n: float  # as many rounds of the policy itself would tell as much: (sum w)^2 / sum w^2
    n: int


def estimate_policy(
    rewards: Floats, propensities: Floats, chances: Floats, expected_of_arm: Floats, expected_of_policy: Floats,
    rng: np.random.Generator, *, resamples: int = RESAMPLES,
) -> Estimate:
    """All three, from N rounds: `chances` are the policy's of the logged arms, expectations those of a model.

    The model must not have been fitted on these rounds, nor the policy learned from them.

    ValueError for a log with a chance of 0 (or less) of what it did: no weight makes up for that.
    """
    if not len(rewards) or (propensities <= 0).any():
        raise ValueError("a log needs rounds, and a chance above 0 of everything it did")
    weights = chances / propensities
    weighted = weights * rewards
    robust = expected_of_policy + weights * (rewards - expected_of_arm)
    sums = _resample(np.stack([weights, weighted, robust], axis=1), rng, resamples)
    ratios = np.divide(sums[:, 1], sums[:, 0], out=np.zeros(len(sums)), where=sums[:, 0] > 0)
    snips_low, snips_high = np.percentile(ratios, _LEVEL)
    dr_low, dr_high = np.percentile(sums[:, 2] / len(rewards), _LEVEL)
    total, squares = weights.sum(), (weights**2).sum()
    return Estimate(
        ips=float(weighted.mean()), snips=float(weighted.sum() / total) if total else 0.0,
        snips_low=float(snips_low), snips_high=float(snips_high), dr=float(robust.mean()), dr_low=float(dr_low),
        dr_high=float(dr_high), effective_n=float(total**2 / squares) if squares else 0.0, n=len(rewards),
    )


def _resample(columns: Floats, rng: np.random.Generator, resamples: int) -> Floats:
    """Sums of N x M columns over as many rounds, drawn with replacement: resamples x M."""
    n = len(columns)
    parts = []
    for start in range(0, resamples, _AT_ONCE):
        drawn = rng.integers(0, n, size=(min(_AT_ONCE, resamples - start), n))
        parts.append(np.stack([column[drawn].sum(axis=1) for column in columns.T], axis=1))
    return np.concatenate(parts)
