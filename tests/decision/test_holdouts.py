"""Who goes without one journey: always the same, by chance, and for the merged person."""

from uuid import uuid4

import numpy as np
import pytest

from bot.decision.guardrails import Guardrails, load_guardrails
from bot.decision.holdouts import chance_held_out, draw, is_held_out
from bot.errors import FixConfiguration


def _rules(**shares: float) -> Guardrails:
    return Guardrails(caps={}, quiet_hours={}, quiet_channels={}, journey_holdouts=shares)


def test_nobody_is_held_out_of_a_journey_without_a_share() -> None:
    assert not is_held_out([uuid4().hex], False, "cart_left", "marketing", _rules())
    assert not is_held_out([uuid4().hex], True, "parcel_delayed", "service", _rules())
    assert is_held_out([uuid4().hex], True, "cart_left", "marketing", _rules())


def test_a_draw_never_changes() -> None:
    """What is dealt today must be dealt again after an update, on any machine."""
    found = draw("cart_left", ["0123456789abcdef0123456789abcdef", "c"])
    assert found.tolist() == [0.795762648631795, 0.27680016177031075]
    assert draw("cart_left", ["c"])[0] == found[1]


def test_draws_are_even_and_journeys_and_customers_know_nothing_of_each_other() -> None:
    ids = [uuid4().hex for _ in range(50_000)] + [f"{number:032x}" for number in range(50_000)]
    left, other = draw("cart_left", ids), draw("winter_offers", ids)
    for draws in (left[:50_000], left[50_000:], other):
        assert np.abs(np.histogram(draws, 10, (0, 1))[0] / len(draws) - 0.1).max() < 0.006
    assert abs(np.corrcoef(left, other)[0, 1]) < 0.02
    assert abs(np.corrcoef(left[50_000:-1], left[50_001:])[0, 1]) < 0.02


def test_any_part_of_a_person_holds_them_out_with_the_chance_that_is_known() -> None:
    rules = _rules(cart_left=0.1)
    people = [[uuid4().hex for _ in range(3)] for _ in range(20_000)]
    held = np.mean([is_held_out(each, False, "cart_left", "marketing", rules) for each in people])
    assert held == pytest.approx(chance_held_out(0.1, np.array([3]))[0], abs=0.01)
    apart = [any(is_held_out([part], False, "cart_left", "marketing", rules) for part in each) for each in people]
    assert held == np.mean(apart)


def test_refuses_to_hold_out_nearly_everybody(tmp_path) -> None:
    path = tmp_path / "guardrails.toml"
    path.write_text("[holdout.journeys]\ncart_left = 10\n", encoding="utf-8")
    with pytest.raises(FixConfiguration, match=r"line 2: holdout\.journeys\.cart_left must be a share"):
        load_guardrails(path)
    path.write_text('[holdout]\npurposes = []\n[holdout.journeys]\ncart_left = 0.1\n', encoding="utf-8")
    assert load_guardrails(path).journey_holdouts == {"cart_left": 0.1}
