"""What happened after a message, in the value of the goal: nothing outside the window, nothing twice."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.decision.learning_rules import Rewards
from bot.decision.rewards import Happening, Outcome, reward_of

SENT = datetime(2026, 11, 20, 10, tzinfo=UTC)
DAY = 86_400.0


def reward(*happened: tuple[Outcome, float]) -> float:
    happenings = [Happening(outcome, SENT + timedelta(seconds=seconds)) for outcome, seconds in happened]
    return reward_of(happenings, SENT, DAY, Rewards())


def test_silence_brings_nothing():
    assert reward() == 0.0


@pytest.mark.parametrize("seconds", [-1, DAY, DAY * 5])
def test_what_lies_outside_the_window_is_not_put_down_to_it(seconds: float):
    assert reward(("bought", seconds), ("opted_out", seconds)) == 0.0


def test_the_furthest_point_counts_once():
    assert reward(("clicked", 1), ("added", 5), ("added", 6)) == 0.3
    assert reward(("clicked", 1), ("added", 5), ("bought", DAY - 1), ("bought", 9)) == 1.0


def test_leaving_costs_more_than_a_purchase_brings():
    assert reward(("bought", 5), ("opted_out", 50)) == -4.0
    assert reward(("opted_out", 50)) == -5.0
