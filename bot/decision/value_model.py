"""Stage 3: outcomes -> what a candidate is worth. A linear model in closed form: sums in, weights out.

    reward = features · weights + noise        weights ~ Normal(prior, 1 / ridge)

What is learned lies in two sums over outcomes, X'X and X'r. Features and rewards stand on a grid of binary
fractions, so that these sums are exact in doubles: whoever adds what, in whatever order, comes to the same bits.
The prior holds the shop's own values: without an outcome the model says what the file says.

Pure numpy: no clock, no store, no chance.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GRID = 256.0  # features are whole numbers of 1/256, of at most LIMIT: 2**31 outcomes add up without rounding
LIMIT = 8.0
REWARD_GRID, REWARD_LIMIT = 1024.0, 64.0
RIDGE = 4.0  # the prior counts as so many outcomes along each feature
HOPE = 0.5  # of the noise; this and the next by simulation, with seeds that no evaluation uses
GAMMA_FACTOR = 12.0
DRIFT_LINE = 4.5  # standard errors; a look a quarter of an hour crosses it by chance once in four years
DRIFT_OUTCOMES = 50  # before which there is no alarm


@dataclass(frozen=True)
class Evidence:
    """The sums over outcomes that the weights are solved from, and how far the model in force was off."""

    count: int
    squares: Floats  # D x D: X'X
    products: Floats  # D: X'r
    missed: float = 0.0  # rewards less what the model in force had expected of them, added up
    missed_squares: float = 0.0

    @classmethod
    def none(cls, size: int) -> Self:
        """Before the first outcome."""
        return cls(0, np.zeros((size, size)), np.zeros(size))

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.count + other.count, self.squares + other.squares, self.products + other.products,
            self.missed + other.missed, self.missed_squares + other.missed_squares,
        )


@dataclass(frozen=True)
class ValueModel:
    """What features are worth, by so many outcomes. Version 0 is the prior alone."""

    weights: Floats  # D
    spread: Floats  # D x D: what is not known yet, the inverse of what is
    outcomes: int = 0
    version: int = 0
    noise: float = 1.0  # the usual distance of a reward from what was expected of it

    def value(self, features: Floats) -> Floats:
        """What is expected of features (... x D)."""
        values: Floats = features @ self.weights
        return values

    def hope(self, features: Floats) -> Floats:
        """What features may be worth (K x D): what is expected, and more where little is known."""
        return hope_of(features, self.weights, self.spread, self.noise)


def to_grid(features: Floats) -> Floats:
    """Features as they are learned from and multiplied."""
    rounded: Floats = np.rint(np.clip(features, -LIMIT, LIMIT) * GRID) / GRID
    return rounded


def gather(features: Floats, rewards: Floats, model: ValueModel) -> Evidence:
    """The sums over N outcomes: features N x D, rewards N."""
    x = to_grid(features)
    r = np.rint(np.clip(rewards, -REWARD_LIMIT, REWARD_LIMIT) * REWARD_GRID) / REWARD_GRID
    # Predictions stand on a grid too, so that what was missed adds up in any order.
    missed = np.rint((r - model.value(x)) * REWARD_GRID) / REWARD_GRID
    return Evidence(len(r), x.T @ x, x.T @ r, float(missed.sum()), float(missed @ missed))


def fit(evidence: Evidence, prior: Floats, *, ridge: float = RIDGE, version: int = 0) -> ValueModel:
    """The weights most likely by the outcomes and the prior."""
    spread = np.linalg.inv(evidence.squares + ridge * np.eye(len(prior)))
    weights = prior + spread @ (evidence.products - evidence.squares @ prior)
    return ValueModel(weights, spread, evidence.count, version, noise_of(evidence.count, evidence.missed_squares))


def noise_of(count: int, missed_squares: float) -> float:
    """The root of the mean square of what was missed; one outcome missed by 1 comes before all."""
    return math.sqrt((1.0 + missed_squares) / (1.0 + count))


def hope_of(features: Floats, weights: Floats, spread: Floats, noise: float) -> Floats:
    """The expected value and HOPE times its uncertainty, as LinUCB scores (Li et al. 2010)."""
    doubt = np.sqrt(np.vecdot(features @ spread, features))
    hopes: Floats = features @ weights + HOPE * noise * doubt
    return hopes


def count_errors(evidence: Evidence) -> float:
    """By how many standard errors rewards were above (or below) what the model in force expected; 0 for too few."""
    if evidence.count < DRIFT_OUTCOMES or evidence.missed_squares == 0:
        return 0.0
    return float(evidence.missed / np.sqrt(evidence.missed_squares))


def has_drifted(evidence: Evidence) -> bool:
    """Whether what is learned no longer fits what happens: expectations are off by more than chance explains."""
    return abs(count_errors(evidence)) > DRIFT_LINE


def gamma_after(outcomes: int, candidates: int, noise: float = 1.0) -> float:
    """How sharply to choose: by the root of what is known (Foster and Rakhlin 2020), in units of noise."""
    return GAMMA_FACTOR / noise * math.sqrt(candidates * (outcomes + 1.0))


class Learner:
    """A model that takes outcomes one at a time and is current after each, by Sherman and Morrison's formula.

    For whoever decides and learns in one process; workers that share a store add `Evidence`.
    """

    def __init__(self, prior: Floats, *, ridge: float = RIDGE) -> None:
        """Knows the prior."""
        self.weights = prior.astype(np.float64).copy()
        self.outcomes = 0
        self._missed_squares = 0.0
        self._spread = np.eye(len(prior)) / ridge

    def value(self, features: Floats) -> Floats:
        """What is expected of features (... x D)."""
        values: Floats = features @ self.weights
        return values

    def hope(self, features: Floats) -> Floats:
        """What features may be worth (K x D)."""
        return hope_of(features, self.weights, self._spread, self.noise)

    @property
    def noise(self) -> float:
        """The usual distance of a reward from what was expected of it before."""
        return noise_of(self.outcomes, self._missed_squares)

    def learn(self, features: Floats, reward: float) -> None:
        """Take one outcome: features D."""
        gain = self._spread @ features
        gain_by = gain / (1.0 + gain @ features)
        missed = reward - float(features @ self.weights)
        self.weights += gain_by * missed
        self._missed_squares += missed * missed
        self._spread -= gain_by[:, None] * gain
        self.outcomes += 1
