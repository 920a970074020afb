"""Measurement: logged decisions of one policy -> what another would have brought, before it goes live. Pure numpy.

    IPS      inverse propensity scoring: unbiased, and restless where the new policy does what the old one rarely did
    SNIPS    self-normalised (Swaminathan and Joachims 2015): a little bias for far less restlessness
    DR       doubly robust (Dudík, Langford and Li 2011): right when either the chances or the reward model are

All need the exact probability with which each decision was made: `decisions.probability`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_Z = 1.959964  # a log is looked at once: an ordinary 95 % interval


@dataclass(frozen=True)
class Log:
    """N decisions: the arm chosen, with which probability, and what came of it."""

    arm: Ints
    probability: Floats
    reward: Floats

    def __post_init__(self) -> None:
        """A probability of nothing would weigh without end."""
        if not np.all((self.probability > 0) & (self.probability <= 1)):
            raise ValueError("every logged decision needs the probability it was made with, above 0 and up to 1")


@dataclass(frozen=True)
class Estimate:
    """The expected reward of a decision, its interval, and on how many decisions' worth of evidence it stands."""

    value: float
    low: float
    high: float
    effective_n: float  # Kish: far below N, the two policies have little in common


def estimate_ips(log: Log, policy: Floats, *, most_weight: float = np.inf) -> Estimate:
    """`policy` is N x K: the new policy's probability of every arm. `most_weight` clips, at the price of bias."""
    weights = _weights(log, policy, most_weight)
    return _summarise(weights * log.reward, weights)


def estimate_snips(log: Log, policy: Floats, *, most_weight: float = np.inf) -> Estimate:
    """The weighted mean; its interval by the delta method. Zero evidence gives an interval without ends."""
    weights = _weights(log, policy, most_weight)
    total = weights.mean()
    if total == 0:
        return Estimate(0.0, -np.inf, np.inf, 0.0)
    value = float((weights * log.reward).mean() / total)
    return _summarise(value + weights * (log.reward - value) / total, weights)


def estimate_dr(log: Log, policy: Floats, expected: Floats, *, most_weight: float = np.inf) -> Estimate:
    """`expected` is N x K: what a model expects of every arm, fitted on other decisions than these."""
    weights = _weights(log, policy, most_weight)
    chosen = np.take_along_axis(expected, log.arm[:, None], axis=1)[:, 0]
    return _summarise((policy * expected).sum(axis=1) + weights * (log.reward - chosen), weights)


def _weights(log: Log, policy: Floats, most_weight: float) -> Floats:
    chosen = np.take_along_axis(policy, log.arm[:, None], axis=1)[:, 0]
    return np.minimum(chosen / log.probability, most_weight)


def _summarise(values: Floats, weights: Floats) -> Estimate:
    value = float(values.mean())
    width = _Z * float(values.std(ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else np.inf
    squares = float((weights**2).sum())
    return Estimate(value, value - width, value + width, float(weights.sum()) ** 2 / squares if squares else 0.0)
