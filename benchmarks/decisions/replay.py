"""A log -> what uniform choice, the policy that logged, and ours learned on the other folds would have brought.

Ours is the deciding code: the linear model of outcomes, and inverse-gap weighting over what it expects. It hopes for
nothing here: what is judged is what was learned, not what would be tried next.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.decisions.logs import Log
from bot.decision.choose import weigh_candidates
from bot.decision.value_model import Evidence, ValueModel, fit, gamma_after, gather, to_grid
from bot.measure.off_policy import Estimate, estimate_policy

FOLDS = 5
PLACES = 128  # that what an arm means to a context is hashed into
RIDGE = 30.0
CHUNK = 1_000
Array = np.ndarray[Any, Any]
Columns = dict[str, Array]  # chances, of_arm, of_policy, N each


def estimate_all(logs: Sequence[Log], seed: int = 0) -> dict[str, dict[str, Any]]:
    """By log, and for all rounds together, by policy: every estimate."""
    rng = np.random.default_rng(seed)
    told: dict[str, dict[str, Any]] = {}
    parts: dict[str, list[tuple[Log, Columns]]] = {}
    for log in logs:
        told[log.name] = {}
        for name, columns in replay(log, rng).items():
            parts.setdefault(name, []).append((log, columns))
            told[log.name][name] = to_figures(_estimate([(log, columns)], rng))
        told[log.name]["rewards"] = float(log.rewards.sum())
    told["together"] = {name: to_figures(_estimate(each, rng)) for name, each in parts.items()}
    return told


def replay(log: Log, rng: np.random.Generator) -> dict[str, Columns]:
    """Each policy's chance of what was done, and what a model of the other folds expects; every round once."""
    folds = rng.permutation(np.arange(len(log.arms)) % FOLDS)
    hashing = Hashing(log, np.random.default_rng(1))
    names = ("uniform", "logged", "ours")
    columns: dict[str, Columns] = {
        name: {each: np.zeros(len(log.arms)) for each in ("chances", "of_arm", "of_policy")} for name in names
    }
    for fold in range(FOLDS):
        model = learn(log, hashing, np.flatnonzero(folds != fold))
        held_out = np.flatnonzero(folds == fold)
        for start in range(0, len(held_out), CHUNK):
            rows = held_out[start : start + CHUNK]
            expected = hashing.value_arms(model, log.contexts[rows])
            gamma = gamma_after(model.outcomes, log.count, model.noise)
            policies = {
                "uniform": np.full(expected.shape, 1.0 / log.count),
                "ours": weigh_candidates(expected, np.ones(expected.shape, dtype=np.bool_), gamma),
            }
            fill(columns, policies, expected, log, rows)
    return columns


def fill(columns: dict[str, Columns], policies: dict[str, Array], expected: Array, log: Log, rows: Array) -> None:
    """Of the policy that logged only the chance of what it did is known: its estimate is the mean of its rewards."""
    numbers = np.arange(len(rows))
    of_arm = expected[numbers, log.arms[rows]]
    for name, weights in policies.items():
        columns[name]["chances"][rows] = weights[numbers, log.arms[rows]]
        columns[name]["of_arm"][rows] = of_arm
        columns[name]["of_policy"][rows] = (weights * expected).sum(axis=1)
    columns["logged"]["chances"][rows] = log.propensities[rows]


class Hashing:
    """The joint features of a context and an arm: the context, the arm, and both together hashed into a few places."""

    def __init__(self, log: Log, rng: np.random.Generator) -> None:
        """Places are dealt by chance; two that share one are told apart by neither."""
        self._count, self._size = log.count, log.contexts.shape[1]
        self._places = rng.integers(0, PLACES, (self._count, self._size))
        self._signs = rng.choice([-1.0, 1.0], (self._count, self._size))

    @property
    def size(self) -> int:
        """How many features there are."""
        return self._size + self._count + PLACES

    def features(self, contexts: Array, arms: Array) -> Array:
        """N x size of contexts and the arms that were chosen, on the model's grid."""
        rows = np.arange(len(arms))[:, None]
        crossed = np.zeros((len(arms), PLACES))
        np.add.at(crossed, (rows, self._places[arms]), contexts * self._signs[arms])
        own = np.zeros((len(arms), self._count))
        own[rows[:, 0], arms] = 1.0
        return to_grid(np.concatenate([contexts, own, crossed], axis=1))

    def value_arms(self, model: ValueModel, contexts: Array) -> Array:
        """N x arms, without building the features of each: they are linear in the context."""
        shared, own, crossed = np.split(model.weights, [self._size, self._size + self._count])
        weights = shared + crossed[self._places] * self._signs
        values: Array = to_grid(contexts) @ weights.T + own
        return values


def learn(log: Log, hashing: Hashing, rows: Array) -> ValueModel:
    """The model of these rounds."""
    prior = np.zeros(hashing.size)
    prior[0] = log.rewards[rows].mean()  # of the column of ones
    nothing = fit(Evidence.none(hashing.size), prior)
    evidence = gather(hashing.features(log.contexts[rows], log.arms[rows]), log.rewards[rows], nothing)
    return fit(evidence, prior, ridge=RIDGE)


def to_figures(estimate: Estimate) -> dict[str, Any]:
    """Rounded, for the last line."""
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(estimate).items()}


def _estimate(parts: Sequence[tuple[Log, Columns]], rng: np.random.Generator) -> Estimate:
    def join(name: str) -> Array:
        return np.concatenate([columns[name] for _, columns in parts])

    return estimate_policy(
        np.concatenate([log.rewards for log, _ in parts]), np.concatenate([log.propensities for log, _ in parts]),
        join("chances"), join("of_arm"), join("of_policy"), rng,
    )
