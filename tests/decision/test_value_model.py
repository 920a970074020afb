"""The value model: silent about what it does not know, the same whoever adds what, alarmed when it is wrong."""

import numpy as np
import pytest

from bot.decision.features import PRIOR, SIZE
from bot.decision.value_model import (
    Evidence,
    Learner,
    count_errors,
    fit,
    gamma_after,
    gather,
    has_drifted,
    to_grid,
)


def outcomes(seed: int, count: int = 400, size: int = 8) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = to_grid(rng.normal(size=(count, size)))
    return features, features @ np.linspace(-0.5, 0.5, size) + rng.normal(scale=0.1, size=count)


def test_says_what_the_file_says_without_an_outcome():
    model = fit(Evidence.none(SIZE), PRIOR)
    features = np.zeros((3, SIZE))
    features[:, 0] = (1.0, 0.2, 0.8)
    features[:, 1:] = np.random.default_rng(1).normal(size=(3, SIZE - 1))
    assert model.value(features).tolist() == [1.0, 0.2, 0.8]


def test_adds_up_to_the_same_bits_in_whatever_order():
    features, rewards = outcomes(1, 1_000)
    model = fit(Evidence.none(8), np.zeros(8))
    one = gather(features, rewards, model)
    order = np.random.default_rng(2).permutation(1_000)
    total = Evidence.none(8)
    for part in np.array_split(order, 37):
        total = gather(features[part], rewards[part], model) + total
    assert (total.count, total.missed, total.missed_squares) == (one.count, one.missed, one.missed_squares)
    assert total.squares.tobytes() == one.squares.tobytes()
    assert total.products.tobytes() == one.products.tobytes()
    assert fit(total, np.zeros(8)).weights.tobytes() == fit(one, np.zeros(8)).weights.tobytes()


def test_finds_the_weights_that_made_the_rewards():
    features, rewards = outcomes(3, 4_000)
    model = fit(gather(features, rewards, fit(Evidence.none(8), np.zeros(8))), np.zeros(8))
    assert model.weights == pytest.approx(np.linspace(-0.5, 0.5, 8), abs=0.02)


def test_one_by_one_comes_to_the_same_as_all_at_once():
    features, rewards = outcomes(4)
    rewards = np.rint(rewards * 1024) / 1024
    prior = np.linspace(0, 1, 8)
    learner = Learner(prior)
    for each, reward in zip(features, rewards, strict=True):
        learner.learn(each, float(reward))
    model = fit(gather(features, rewards, fit(Evidence.none(8), prior)), prior)
    assert learner.weights == pytest.approx(model.weights, abs=1e-9)
    assert learner.value(features) == pytest.approx(model.value(features), abs=1e-9)
    assert learner.outcomes == model.outcomes == 400


def test_hopes_more_where_less_is_known():
    features = np.zeros((200, 2))
    features[:, 0] = 1.0
    model = fit(gather(features, np.full(200, 0.5), fit(Evidence.none(2), np.zeros(2))), np.zeros(2))
    known, unknown = np.eye(2)
    doubt = model.hope(np.eye(2)) - model.value(np.eye(2))
    assert doubt[1] > 5 * doubt[0]
    assert model.value(known) > model.value(unknown)


def test_raises_no_alarm_over_few_outcomes_or_right_expectations():
    features, rewards = outcomes(5, 2_000)
    model = fit(gather(features[:1_000], rewards[:1_000], fit(Evidence.none(8), np.zeros(8))), np.zeros(8))
    assert not has_drifted(gather(features[1_000:], rewards[1_000:], model))
    assert count_errors(gather(features[:10], rewards[:10] + 5, model)) == 0.0


def test_raises_the_alarm_when_rewards_fall():
    features, rewards = outcomes(6, 2_000)
    model = fit(gather(features[:1_000], rewards[:1_000], fit(Evidence.none(8), np.zeros(8))), np.zeros(8))
    later = gather(features[1_000:], rewards[1_000:] - 0.05, model)
    assert has_drifted(later)
    assert count_errors(later) < 0


def test_chooses_more_sharply_the_more_is_known():
    assert gamma_after(0, 4) < gamma_after(100, 4) < gamma_after(10_000, 4)
    assert gamma_after(100, 4, noise=0.5) == 2 * gamma_after(100, 4)


def test_chooses_alike_whatever_the_unit_of_rewards():
    features, rewards = outcomes(7)
    one, cents = Learner(np.zeros(8)), Learner(np.zeros(8))
    for each, reward in zip(features, rewards, strict=True):
        one.learn(each, float(reward) * 10)
        cents.learn(each, float(reward) * 1_000)
    assert cents.hope(features) == pytest.approx(100 * one.hope(features), rel=0.01, abs=0.2)
