"""What a policy would have brought: nothing from an impossible log, the truth where it is known."""

import numpy as np
import pytest

from bot.measure.off_policy import Estimate, estimate_policy

N = 20_000
VALUES = np.array([0.1, 0.3, 0.2])
LOGGED = np.array([0.6, 0.2, 0.2])
POLICY = np.array([0.1, 0.8, 0.1])
TRUTH = float(VALUES @ POLICY)


def estimate(expected: np.ndarray, seed: int = 1, n: int = N) -> Estimate:
    rng = np.random.default_rng(seed)
    arms = rng.choice(3, size=n, p=LOGGED)
    rewards = (rng.random(n) < VALUES[arms]).astype(float)
    return estimate_policy(
        rewards, LOGGED[arms], POLICY[arms], expected[arms], np.full(n, expected @ POLICY), rng, resamples=400
    )


def test_says_nothing_of_what_the_log_could_not_have_done():
    some = np.ones(2)
    with pytest.raises(ValueError, match="chance above 0"):
        estimate_policy(some, np.array([0.5, 0.0]), some, some, some, np.random.default_rng(1))
    none = np.zeros(0)
    with pytest.raises(ValueError, match="rounds"):
        estimate_policy(none, none, none, none, none, np.random.default_rng(1))


def test_finds_the_truth_by_every_way():
    found = estimate(VALUES)
    assert found.ips == pytest.approx(TRUTH, abs=0.02)
    assert found.snips == pytest.approx(TRUTH, abs=0.02)
    assert found.dr == pytest.approx(TRUTH, abs=0.02)
    assert found.snips_low < found.snips < found.snips_high
    assert found.n == N and 0 < found.effective_n < N


def test_is_right_with_wrong_expectations_while_the_chances_are():
    found = estimate(np.array([0.9, 0.0, 0.9]))
    assert found.dr_low < TRUTH < found.dr_high
    assert estimate(VALUES).dr_high - estimate(VALUES).dr_low < found.dr_high - found.dr_low


def test_intervals_hold_the_truth_as_often_as_they_say():
    held = [found.dr_low < TRUTH < found.dr_high for found in (estimate(VALUES, seed, 1_000) for seed in range(100))]
    assert 88 <= sum(held) <= 100


def test_the_log_itself_brings_what_it_brought():
    rewards = np.array([0.0, 1.0, 1.0, 0.0])
    half = np.full(4, 0.5)
    found = estimate_policy(rewards, half, half, half, half, np.random.default_rng(1), resamples=20)
    assert (found.ips, found.snips, found.dr, found.effective_n) == (0.5, 0.5, 0.5, 4.0)
