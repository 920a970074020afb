"""The intervals hold although somebody looks every day; an alarm that should not ring does not."""

import math

import numpy as np
import pytest

from bot.measure.lift import estimate_lift
from bot.measure.sequences import evidence_above, half_width, is_above

DAYS = 45


def test_says_nothing_without_evidence():
    assert half_width(1.0, 0) == math.inf
    assert evidence_above(0, 0, 0.01) == 1.0
    assert not is_above(0, 1_000, 0.01)
    assert not is_above(10, 1_000, 0.01)


def test_rings_when_a_rate_is_far_above_its_line():
    assert is_above(30, 1_000, 0.005)
    assert is_above(1_000, 1_000, 0.005)
    assert evidence_above(50_000, 100_000, 0.001) > 1e300


def test_is_wider_than_an_interval_for_one_look_and_narrows_with_persons():
    once = 1.96 / math.sqrt(5_000)
    assert once < half_width(1.0, 5_000) < 2 * once
    assert half_width(1.0, 50_000) < half_width(1.0, 5_000) < half_width(1.0, 500)


@pytest.mark.parametrize("rate", [0.002, 0.02])
def test_an_alarm_at_its_very_line_rings_in_at_most_one_of_twenty_worlds(rate):
    rng = np.random.default_rng(7)
    rings = 0
    for _ in range(600):
        hits = np.cumsum(rng.binomial(200, rate, DAYS))
        rings += any(is_above(int(k), 200 * (day + 1), rate) for day, k in enumerate(hits))
    assert rings / 600 <= 0.05


def _world(rng, persons, effect):
    """Conversions and margins of persons with a history, one in ten held out."""
    history = rng.gamma(2.0, 1.0, persons)
    held_out = rng.random(persons) < 0.1
    chance = np.clip(0.02 + 0.02 * history + effect * ~held_out, 0, 1)
    converted = (rng.random(persons) < chance).astype(float)
    return converted, held_out, history[:, None]


def _peek_daily(rng, effect, *, ordinary=False, per_day=150):
    """Whether the interval missed the truth on any day."""
    converted, held_out, history = _world(rng, per_day * DAYS, effect)
    for day in range(1, DAYS + 1):
        n = per_day * day
        lift = estimate_lift(converted[:n], held_out[:n], np.full(n, 0.1), history[:n])
        if not lift.is_known:
            continue
        width = (lift.high - lift.low) / 2
        if ordinary:
            width *= 1.96 / math.sqrt(n) / half_width(1.0, n)
        if abs(lift.effect - effect) > width:
            return True
    return False


@pytest.mark.parametrize("effect", [0.0, 0.03])
def test_covers_the_truth_under_daily_peeking(effect):
    rng = np.random.default_rng(20_261_128)
    misses = np.mean([_peek_daily(rng, effect) for _ in range(300)])
    assert misses <= 0.05


def test_an_ordinary_interval_does_not():
    rng = np.random.default_rng(20_261_128)
    assert np.mean([_peek_daily(rng, 0.0, ordinary=True) for _ in range(200)]) > 0.10
