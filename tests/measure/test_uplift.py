"""Whom to nudge: nobody in particular where nobody differs; those who are moved where they do."""

import numpy as np

from bot.measure.uplift import choose_targeting, compare_policies, fit_uplift


def _send(rng, persons, effect, arms=2):
    features = np.c_[rng.integers(0, 5, persons), rng.normal(size=persons)].astype(float)
    arm = rng.integers(0, arms, persons)
    chance = 0.1 + 0.02 * features[:, 0] + effect(features) * (arm > 0)
    return features, arm, (rng.random(persons) < chance).astype(float)


def test_writes_to_everybody_where_choosing_is_not_shown_to_help():
    features, arm, outcome = _send(np.random.default_rng(1), 8_000, lambda f: 0.05)
    found, assign = choose_targeting(features, arm, outcome, 2, seed=1)
    assert (found.is_personal, found.best_arm) == (False, 1)
    assert abs(found.gain) < found.half_width + 0.01
    assert set(assign(features)) == {1}


def test_chooses_for_each_person_where_the_message_harms_some():
    features, arm, outcome = _send(np.random.default_rng(2), 20_000, lambda f: np.where(f[:, 0] > 2, 0.15, -0.10))
    found, assign = choose_targeting(features, arm, outcome, 2, seed=1)
    assert found.is_personal and found.gain > found.half_width
    assert np.mean(assign(features) == (features[:, 0] > 2)) > 0.95


def test_ranks_those_who_are_moved_first_and_takes_another_learner_beside():
    rng = np.random.default_rng(3)
    features, arm, outcome = _send(rng, 20_000, lambda f: 0.15 * (f[:, 1] > 0))
    effect = fit_uplift(features, arm == 1, outcome, seed=1)(features)
    assert effect[features[:, 1] > 0].mean() - effect[features[:, 1] <= 0].mean() > 0.1
    nothing = lambda f, t, o: lambda asked: np.zeros(len(asked))  # noqa: E731
    beside = fit_uplift(features, arm == 1, outcome, seed=1, beside=[nothing])
    assert np.allclose(beside(features), effect / 2)


def test_the_same_seed_gives_the_same_effects():
    features, arm, outcome = _send(np.random.default_rng(4), 2_000, lambda f: 0.1)
    first, second = (fit_uplift(features, arm == 1, outcome, seed=7)(features) for _ in range(2))
    assert np.array_equal(first, second)


def test_two_policies_that_agree_differ_by_nothing():
    rng = np.random.default_rng(5)
    _, arm, outcome = _send(rng, 1_000, lambda f: 0.1)
    same = np.ones(1_000, dtype=np.int64)
    assert not compare_policies(arm, outcome, same, same, 2).any()
    gain = compare_policies(arm, outcome, same, np.zeros_like(same), 2).mean()
    assert abs(gain - (outcome[arm == 1].mean() - outcome[arm == 0].mean())) < 1e-9
