"""Stage B2: comparisons -> chances. Learns with or without known answers. Pure; chance is an argument.

Without: splink's clusters of surely-the-same are taken for known, a scorer learns from them what splink
cannot see (it takes comparisons one by one, the scorer together), and its clusters are the next round's.
With a sample of known people: the scorers learn from them alone, each without a third of the people,
whom it then scores, so that thresholds are chosen on people it never saw.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.profile.resolution.clusters import Dendrogram, Pairs, grow_dendrogram, to_odds
from bot.profile.resolution.features import Features
from bot.profile.resolution.measures import Ints, Mask, measure_clusters
from bot.profile.resolution.scorer import train_scorer

Doubles = NDArray[np.float64]

LEAST = -1.9  # log-odds: just above pairs that were never compared
PRECISION = 0.99  # of what is merged at once
_MARGIN = 0.002  # what was chosen on some people is a little worse on others
_ROUNDS = 3
_ENOUGH = 1_000  # pairs that are surely the same: fewer teach nothing
_MOST = 400_000  # pairs to learn from
_FOLDS = 3


@dataclass(frozen=True)
class Thresholds:
    """Mean log-odds from which clusters join: at once, and at best (the highest F1)."""

    automatic: float
    best: float


def learn_unlabelled(features: Features, first: Doubles, n: int, rng: np.random.Generator) -> Doubles | None:
    """Chances after some rounds of learning from itself; None where too little is sure to learn from."""
    chance = first
    for done in range(_ROUNDS):
        tree = grow_dendrogram(Pairs(features.left, features.right, chance), n, LEAST)
        same, differ = _take_for_known(features, chance, tree, surely=1.0 if done else 0.0)
        if same.sum() < _ENOUGH:
            return None
        learnt = _choose(same | differ, rng)
        scorers = [train_scorer(features.values[learnt], same[learnt], rng, epochs=5) for _ in range(2)]
        chance = np.mean([scorer.score(features.values) for scorer in scorers], axis=0)
    return chance


def learn_labelled(features: Features, first: Doubles, person: Ints, rng: np.random.Generator) -> Doubles:
    """Chances from a sample of known people: `person` a record, -1 where nobody knows."""
    values = np.column_stack([features.values, to_odds(first)]).astype(np.float32)
    left, right = person[features.left], person[features.right]
    fold = rng.permutation(int(person.max()) + 1) % _FOLDS
    left_fold, right_fold = (np.where(each < 0, -1, fold[each]) for each in (left, right))
    scores = np.empty((_FOLDS, len(left)))
    for each in range(_FOLDS):
        learnt = _choose((left >= 0) & (right >= 0) & (left_fold != each) & (right_fold != each), rng)
        scores[each] = train_scorer(values[learnt], (left == right)[learnt], rng).score(values)
    unseen = np.where(left_fold >= 0, left_fold, right_fold)  # by the one that saw neither pair nor person
    own: Doubles = np.take_along_axis(scores, np.maximum(unseen, 0)[None, :], axis=0)[0]
    return np.where(unseen >= 0, own, scores.mean(axis=0))


def choose_thresholds(tree: Dendrogram, person: Ints) -> Thresholds:
    """On people whose answer is known: where precision still holds, and where F1 is highest."""
    counts: Mask = person >= 0
    truth = np.where(counts, person, person.max() + 1 + np.arange(len(person)))  # unknown: each a stranger
    tried = [round(float(each), 2) for each in np.arange(-1.8, 6.0, 0.2)]
    measured = [(each, measure_clusters(tree.cut(each), truth, counts)) for each in tried]
    precise = [each for each, quality in measured if quality.precision >= PRECISION + _MARGIN]
    best = max(measured, key=lambda each: each[1].f1)[0]
    return Thresholds(max(min(precise, default=tried[-1]), best), best)


def _take_for_known(
    features: Features, chance: Doubles, tree: Dendrogram, *, surely: float
) -> tuple[Mask, Mask]:
    """Pairs taken for the same (in one strict cluster), and for different (in no loose one, and unlike)."""
    strict, loose = tree.cut(surely), tree.cut(-1.0)
    same = strict[features.left] == strict[features.right]
    differ = (loose[features.left] != loose[features.right]) & (chance < 0.5)
    return same, differ


def _choose(wanted: Mask, rng: np.random.Generator) -> Ints:
    """Positions, a sample of them where there are many."""
    found = np.flatnonzero(wanted)
    return found if len(found) <= _MOST else np.sort(rng.choice(found, _MOST, replace=False))
