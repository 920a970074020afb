"""What nudging brought: unbiased, narrower with a history, silent when too few are known."""

import numpy as np
import pytest

from bot.measure.lift import LEAST_IN_AN_ARM, estimate_lift


def test_says_nothing_while_too_few_are_held_out():
    lift = estimate_lift(np.ones(LEAST_IN_AN_ARM), np.arange(LEAST_IN_AN_ARM) == 0, np.full(LEAST_IN_AN_ARM, 0.1))
    assert not lift.is_known and lift.verdict == "early"
    assert estimate_lift(np.zeros(0), np.zeros(0, bool), np.zeros(0)).verdict == "early"


def test_says_nothing_while_hardly_anybody_converted():
    rng = np.random.default_rng(1)
    held_out = rng.random(5_000) < 0.1
    assert estimate_lift((rng.random(5_000) < 0.001).astype(float), held_out, np.full(5_000, 0.1)).verdict == "early"


def test_zero_stays_unclear_and_a_real_effect_is_seen():
    rng = np.random.default_rng(2)
    held_out = rng.random(40_000) < 0.1
    for effect, verdict in ((0.0, "unclear"), (0.04, "more"), (-0.04, "less")):
        converted = (rng.random(40_000) < 0.1 + effect * ~held_out).astype(float)
        lift = estimate_lift(converted, held_out, np.full(40_000, 0.1))
        assert lift.verdict == verdict
        assert lift.low <= effect <= lift.high


def test_is_right_where_merged_persons_are_held_out_more_often():
    """A person of three parts is in the holdout if any part is, and buys more: a plain difference would be wrong."""
    rng = np.random.default_rng(3)
    parts = rng.integers(1, 4, 60_000)
    chance = 1 - 0.9**parts
    held_out = rng.random(60_000) < chance
    bought = (rng.random(60_000) < 0.05 * parts).astype(float)
    lift = estimate_lift(bought, held_out, chance)
    plain = bought[~held_out].mean() - bought[held_out].mean()
    assert abs(lift.effect) < 0.006
    assert plain < -0.01


def test_history_narrows_the_interval_without_moving_the_truth():
    rng = np.random.default_rng(4)
    before = rng.gamma(2.0, 50.0, 20_000)
    held_out = rng.random(20_000) < 0.1
    spent = before + rng.normal(0, 20, 20_000) + 5.0 * ~held_out
    plain = estimate_lift(spent, held_out, np.full(20_000, 0.1))
    helped = estimate_lift(spent, held_out, np.full(20_000, 0.1), before[:, None])
    assert helped.variance_kept < 0.2
    assert helped.high - helped.low < 0.5 * (plain.high - plain.low)
    assert helped.low <= 5.0 <= helped.high


def test_a_history_of_one_value_for_everybody_changes_nothing():
    rng = np.random.default_rng(5)
    held_out = rng.random(2_000) < 0.2
    outcome = rng.random(2_000)
    plain = estimate_lift(outcome, held_out, np.full(2_000, 0.2))
    assert estimate_lift(outcome, held_out, np.full(2_000, 0.2), np.ones((2_000, 1))) == pytest.approx(plain)
