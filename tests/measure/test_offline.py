"""Off-policy estimates against worlds whose truth is known."""

import numpy as np
import pytest

from bot.measure.offline import Log, estimate_dr, estimate_ips, estimate_snips

N, ARMS = 20_000, 4


def _world(seed=1):
    """A log of a policy that prefers by context, the truth of every arm, and another policy."""
    rng = np.random.default_rng(seed)
    context = rng.normal(size=(N, 3))
    truth = 1 / (1 + np.exp(-(context @ rng.normal(size=(3, ARMS)) - 2)))
    logging = np.exp(context @ rng.normal(size=(3, ARMS)) * 0.5)
    logging /= logging.sum(axis=1, keepdims=True)
    arm = (rng.random(N)[:, None] > np.cumsum(logging, axis=1)).sum(axis=1).clip(0, ARMS - 1)
    reward = (rng.random(N) < truth[np.arange(N), arm]).astype(float)
    policy = np.full((N, ARMS), 0.1 / ARMS)
    policy[np.arange(N), truth.argmax(axis=1)] += 0.9
    return Log(arm, logging[np.arange(N), arm], reward), policy, truth, (policy * truth).sum(axis=1).mean()


def test_refuses_a_log_without_probabilities():
    with pytest.raises(ValueError, match="probability"):
        Log(np.zeros(2, np.int64), np.array([0.5, 0.0]), np.zeros(2))


def test_no_overlap_is_no_evidence():
    log = Log(np.zeros(10, np.int64), np.full(10, 0.5), np.ones(10))
    never = np.tile([0.0, 1.0], (10, 1))
    found = estimate_snips(log, never)
    assert found.effective_n == 0 and found.high == np.inf


def test_all_three_find_the_truth():
    log, policy, truth, value = _world()
    for found in (estimate_ips(log, policy), estimate_snips(log, policy), estimate_dr(log, policy, truth)):
        assert found.low <= value <= found.high
        assert abs(found.value - value) < 0.02
        assert 0 < found.effective_n < N
    assert abs(log.reward.mean() - value) > 0.1  # the log's own value is another


def test_the_intervals_cover_as_they_say():
    covered = {"ips": 0, "snips": 0, "dr": 0}
    for seed in range(60):
        log, policy, truth, value = _world(seed)
        model = np.broadcast_to(truth.mean(axis=0), truth.shape)
        for name, found in (("ips", estimate_ips(log, policy)), ("snips", estimate_snips(log, policy)),
                            ("dr", estimate_dr(log, policy, model))):
            covered[name] += found.low <= value <= found.high
    assert min(covered.values()) >= 53  # 95 % of 60 is 57; 53 or fewer would come once in thirty


def test_doubly_robust_forgives_a_wrong_model_and_rewards_a_right_one():
    log, policy, truth, value = _world(9)
    wrong = estimate_dr(log, policy, np.full_like(truth, 0.9))
    right = estimate_dr(log, policy, truth)
    assert wrong.low <= value <= wrong.high
    assert right.high - right.low < estimate_ips(log, policy).high - estimate_ips(log, policy).low


def test_clipping_lowers_the_weights():
    log, policy, _, _ = _world()
    assert estimate_ips(log, policy, most_weight=2.0).effective_n > estimate_ips(log, policy).effective_n
