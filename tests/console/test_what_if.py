"""Another way of choosing, tried on the past: near the truth where the log tells of it, silent where it does not."""

import numpy as np
import pytest

from bot.console.what_if import Choice, apply_policy, judge

_TWO = Choice("a", ("web:x", "email:x"), (1.0, 0.5), (0.7, 0.3), 0, 0.0)


def _log(rounds: int, web: float, email: float, *, chance: float = 0.5, seed: int = 3) -> list[Choice]:
    """Decisions between two channels that bring so much on average."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(rounds):
        chosen = int(rng.random() >= chance)
        reward = float(rng.random() < (web, email)[chosen])
        made.append(Choice("a", ("web:x", "email:x"), (1.0, 0.5), (chance, 1 - chance), chosen, reward))
    return made


def test_says_nothing_of_what_rests_on_too_little() -> None:
    assert judge([], "best").verdict == "early"
    few = judge(_log(2_000, 0.1, 0.4, chance=0.99), "always:email:x")
    assert few.effective < 50 and few.verdict == "early"


def test_its_interval_holds_what_the_change_would_bring() -> None:
    found = [judge(_log(1_000, 0.1, 0.4, seed=seed), "always:email:x").difference for seed in range(20)]
    assert sum(low <= 0.15 <= high for _, low, high in found) >= 17  # 189 of 200, when it was written


def test_says_which_way_brings_more() -> None:
    assert judge(_log(2_000, 0.1, 0.4), "always:email:x").verdict == "more"
    assert judge(_log(2_000, 0.1, 0.4), "never:email").verdict == "less"


def test_the_same_way_makes_no_difference() -> None:
    assert judge(_log(2_000, 0.2, 0.2), "even").verdict == "unclear"


def test_leaves_out_where_nothing_else_could_be_said() -> None:
    alone = [Choice("a", ("email:x",), (1.0,), (1.0,), 0, 0.0)] * 30
    assert judge([*_log(400, 0.2, 0.2), *alone], "never:email").left_out == 30


@pytest.mark.parametrize(("policy", "chances"), [
    ("even", (0.5, 0.5)), ("best", (1.0, 0.0)), ("always:email:x", (0.0, 1.0)), ("always:sms", (0.7, 0.3)),
    ("never:web", (0.0, 1.0)), ("sharp", (0.343 / 0.37, 0.027 / 0.37)),
])
def test_a_policy_is_the_chance_of_each_candidate(policy: str, chances: tuple[float, ...]) -> None:
    assert apply_policy(_TWO, policy) == pytest.approx(chances)


def test_nothing_is_left_where_its_one_channel_is_never_taken() -> None:
    assert apply_policy(Choice("a", ("web:x",), (1.0,), (1.0,), 0, 0.0), "never:web") is None
