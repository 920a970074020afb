"""The scorer learns what no sum of weights can, bears what is missing, and repeats itself."""

import numpy as np

from bot.profile.resolution.measures import measure_clusters
from bot.profile.resolution.scorer import train_scorer


def _exclusive_or(rng, n=4_000):
    values = rng.normal(size=(n, 3)).astype(np.float32)
    is_same = (values[:, 0] > 0) != (values[:, 1] > 0)
    values[rng.random(n) < 0.1, 2] = np.nan
    return np.column_stack([values, np.full(n, np.nan, np.float32)]), is_same


def test_learns_comparisons_that_count_only_together():
    values, is_same = _exclusive_or(np.random.default_rng(1))
    scorer = train_scorer(values, is_same, np.random.default_rng(2), epochs=60)
    unseen, answers = _exclusive_or(np.random.default_rng(3))
    assert ((scorer.score(unseen) > 0.5) == answers).mean() > 0.93


def test_the_same_seed_gives_the_same_scores():
    values, is_same = _exclusive_or(np.random.default_rng(1), 500)
    first, second = (train_scorer(values, is_same, np.random.default_rng(2), epochs=2).score(values) for _ in range(2))
    assert (first == second).all()


def test_scores_no_pairs():
    values, is_same = _exclusive_or(np.random.default_rng(1), 100)
    assert len(train_scorer(values, is_same, np.random.default_rng(2), epochs=1).score(values[:0])) == 0


def test_a_stranger_in_a_measured_cluster_costs_half_wherever_they_come_from():
    person, labels = np.array([0, 0, 1]), np.array([5, 5, 5])
    quality = measure_clusters(labels, person, np.array([True, True, False]))
    assert (quality.precision, quality.recall, quality.cluster_f1) == (0.5, 1.0, 0.0)
    alone = measure_clusters(np.array([5, 5, 6]), person, np.array([True, True, False]))
    assert (alone.precision, alone.recall, alone.cluster_f1) == (1.0, 1.0, 1.0)
