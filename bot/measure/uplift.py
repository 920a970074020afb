"""Measurement: a randomised send -> whom a message moves, and whether choosing whom beats writing to everybody.

Pure numpy. The effect on each person is a ridge regression of doubly robust pseudo-outcomes (Kennedy 2023: the
DR-learner) on steps and pairs of what is known of them, and on what they would have done anyway: people near a
decision are the ones a message moves (the prognostic score of Hahn, Murray and Carvalho 2020). Other learners may be
averaged in, trees say, which see what steps and pairs do not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Predict = Callable[[Any], Floats]  # rows of the kind it was fitted on -> a number each
FitEffect = Callable[[Floats, Bools, Floats], Predict]  # features, who was treated, outcome -> the effect for others
_BINS, _PAIR_BINS = 8, 4
_FOLDS = 5
_OUTCOME_PENALTY = 300.0
_PENALTIES = (1e3, 3e3, 1e4, 3e4, 1e5)
_SCORE_PENALTIES = (0.1, 0.3)  # of what they would have done anyway, and its square
_Z = 1.959964


@dataclass(frozen=True)
class Targeting:
    """Which arm each person gets, what it brings on average beside the best single arm, and what was chosen.

    `personal` is only chosen where it beats the best single arm beyond chance; else everybody gets that arm.
    """

    is_personal: bool
    best_arm: int
    gain: float  # of choosing for each person over the best single arm, on persons not learned from
    half_width: float
    arm_values: tuple[float, ...]


def fit_uplift(
    features: Floats, is_treated: Bools, outcome: Floats, *, seed: int, beside: Sequence[FitEffect] = ()
) -> Predict:
    """What the treatment adds to the outcome of a person with given features; arms were dealt by one chance."""
    rng = np.random.default_rng(seed)
    design = Design(features)
    rows = design(features)
    chance = float(is_treated.mean())
    folds = rng.permutation(np.arange(len(outcome)) % _FOLDS)
    pseudo, score = np.zeros(len(outcome)), np.zeros(len(outcome))
    models: list[tuple[Predict, Predict]] = []
    for fold in range(_FOLDS):
        learn, tell = folds != fold, folds == fold
        treated, free = (_fit_ridge(rows[learn & arm], outcome[learn & arm]) for arm in (is_treated, ~is_treated))
        with_it, without = treated(rows[tell]), free(rows[tell])
        pseudo[tell] = with_it - without + np.where(
            is_treated[tell], (outcome[tell] - with_it) / chance, -(outcome[tell] - without) / (1 - chance)
        )
        score[tell] = (1 - chance) * with_it + chance * without
        models.append((treated, free))
    centre, spread = float(score.mean()), float(score.std()) or 1.0
    penalties = np.r_[np.ones(rows.shape[1]), _SCORE_PENALTIES]
    effect = _fit_ridge(np.c_[rows, _score_columns(score, centre, spread)], pseudo, _PENALTIES, penalties)
    others = [fit(features, is_treated, outcome) for fit in beside]

    def predict(asked: Floats) -> Floats:
        seen = design(asked)
        scores = np.mean([(1 - chance) * a(seen) + chance * b(seen) for a, b in models], axis=0)
        found = effect(np.c_[seen, _score_columns(scores, centre, spread)])
        return np.asarray(np.mean([found, *(each(asked) for each in others)], axis=0))

    return predict


def choose_targeting(
    features: Floats, arm: Ints, outcome: Floats, arms: int, *, seed: int, beside: Sequence[FitEffect] = ()
) -> tuple[Targeting, Callable[[Floats], Ints]]:
    """Learn whom to send which of K arms (0: nothing), and choose between that and the best single arm.

    Half of the persons teach and the other half judge, each in turn; what is chosen is taught by all.
    """
    half = np.random.default_rng(seed).permutation(np.arange(len(outcome)) % 2)
    gains = np.zeros(len(outcome))
    values = tuple(float(outcome[arm == each].mean()) for each in range(arms))
    best = int(np.argmax(values))
    for side in (0, 1):
        learn, judge = half != side, half == side
        assign = _assign(features[learn], arm[learn], outcome[learn], arms, seed, beside)
        personal = assign(features[judge])
        gains[judge] = compare_policies(arm[judge], outcome[judge], personal, np.full(judge.sum(), best), arms)
    gain, width = float(gains.mean()), _Z * float(gains.std(ddof=1)) / np.sqrt(len(gains))
    targeting = Targeting(gain > width, best, gain, width, values)
    if not targeting.is_personal:
        return targeting, lambda asked: np.full(len(asked), best, dtype=np.int64)
    return targeting, _assign(features, arm, outcome, arms, seed, beside)


def compare_policies(arm: Ints, outcome: Floats, policy: Ints, other: Ints, arms: int) -> Floats:
    """One value a person whose mean is what `policy` brings over `other`: arms were dealt by chance."""
    shares = np.bincount(arm, minlength=arms) / len(arm)
    centred = outcome - np.array([outcome[arm == each].mean() for each in range(arms)])[arm]
    means = outcome - centred  # of the arm each got
    by_arm = np.array([means[arm == each][0] for each in range(arms)])
    correction = centred / shares[arm] * ((arm == policy).astype(float) - (arm == other))
    return np.asarray(by_arm[policy] - by_arm[other] + correction, dtype=np.float64)


class Design:
    """Features -> steps at their quantiles, bins, and pairs of coarser bins: what a ridge can bend along."""

    def __init__(self, features: Floats) -> None:
        """Learns where the steps stand."""
        self._edges = [_edges(column, _BINS) for column in features.T]
        self._pair_edges = [_edges(column, _PAIR_BINS) for column in features.T]

    def __call__(self, features: Floats) -> NDArray[np.float32]:
        """The rows of the design."""
        columns: list[NDArray[np.float32]] = []
        for column, edges in zip(features.T, self._edges, strict=True):
            columns.append((column[:, None] >= edges).astype(np.float32))
            if len(edges) > 1:
                columns.append(_one_hot(np.searchsorted(edges, column, side="right"), len(edges) + 1))
        bins = [np.searchsorted(e, c, side="right") for c, e in zip(features.T, self._pair_edges, strict=True)]
        sizes = [len(edges) + 1 for edges in self._pair_edges]
        columns += [
            _one_hot(bins[i] * sizes[j] + bins[j], sizes[i] * sizes[j]) for i in range(len(bins)) for j in range(i)
        ]
        return np.concatenate(columns, axis=1)


def _assign(
    features: Floats, arm: Ints, outcome: Floats, arms: int, seed: int, beside: Sequence[FitEffect]
) -> Callable[[Floats], Ints]:
    """For each person the arm of the greatest effect over nothing; nothing where every effect is below it."""
    effects: list[Predict] = []
    for each in range(1, arms):
        both = (arm == each) | (arm == 0)
        effects.append(
            fit_uplift(features[both], arm[both] == each, outcome[both], seed=seed, beside=beside)
        )

    def assign(asked: Floats) -> Ints:
        table = np.column_stack([np.zeros(len(asked)), *(effect(asked) for effect in effects)])
        return np.argmax(table, axis=1).astype(np.int64)

    return assign


def _fit_ridge(
    rows: NDArray[np.float32], values: Floats, strengths: Sequence[float] = (_OUTCOME_PENALTY,),
    penalties: Floats | None = None,
) -> Predict:
    """Ridge regression; of several strengths the one that foretells held-out rows best."""
    rows = rows.astype(np.float32, copy=False)
    centre, level = rows.mean(axis=0), float(values.mean())
    centred, rest = rows - centre, (values - level).astype(np.float32)
    weights = np.diag(np.ones(rows.shape[1]) if penalties is None else penalties)
    fold = np.arange(len(rows)) % _FOLDS
    grams = [(centred[fold == k].T @ centred[fold == k]).astype(np.float64) for k in range(_FOLDS)]
    sides = [(centred[fold == k].T @ rest[fold == k]).astype(np.float64) for k in range(_FOLDS)]
    gram, side = np.sum(grams, axis=0), np.sum(sides, axis=0)

    def miss(strength: float) -> float:
        total = 0.0
        for k in range(_FOLDS):
            found = np.linalg.solve(gram - grams[k] + strength * weights, side - sides[k])
            total += float(((rest[fold == k] - centred[fold == k] @ found.astype(np.float32)) ** 2).sum())
        return total

    strength = min(strengths, key=miss) if len(strengths) > 1 else strengths[0]
    found = np.linalg.solve(gram + strength * weights, side)
    return lambda asked: np.asarray((asked - centre) @ found + level, dtype=np.float64)


def _edges(column: Floats, bins: int) -> Floats:
    values = np.unique(column)
    return values[1:] if len(values) <= bins else np.unique(np.quantile(column, np.linspace(0, 1, bins + 1)[1:-1]))


def _one_hot(index: NDArray[np.intp], size: int) -> NDArray[np.float32]:
    return np.eye(size, dtype=np.float32)[index]


def _score_columns(score: Floats, centre: float, spread: float) -> NDArray[np.float32]:
    scaled = (score - centre) / spread
    return np.column_stack([scaled, np.clip(scaled, -3, 3) ** 2]).astype(np.float32)
