"""The choice is made over columns; its probability is exact, and every guardrail has a bit of its own."""

from dataclasses import fields, replace

import numpy as np
import pytest

from bot.decision.choose import CONSENT_GRANTED, Columns, choose_next_action, find_held, weigh_candidates
from bot.decision.guardrails import Held, name_reasons


def free(customers: int = 1, candidates: int = 2) -> Columns:
    """Nothing holds anybody."""
    shape = (customers, candidates)
    return Columns(
        consent=np.full(shape, CONSENT_GRANTED), is_holdout=np.zeros(customers, bool),
        sent_day=np.zeros(customers, np.int64), sent_week=np.zeros(customers, np.int64),
        is_quiet=np.zeros(shape, bool), has_question=np.zeros(shape, bool), in_conversation=np.zeros(shape, bool),
        in_handoff=np.zeros(shape, bool), is_reachable=np.ones(shape, bool), is_verified=np.ones(shape, bool),
        is_cooling=np.zeros(customers, bool), is_yielding=np.zeros(customers, bool),
        is_minor=np.zeros(customers, bool),
        has_open_matter=np.zeros(customers, bool), has_taken=np.zeros(customers, bool), is_true=np.ones(shape, bool),
        is_expired=np.zeros(customers, bool), is_window_open=np.ones(shape, bool),
    )


def held_by(**columns: np.ndarray) -> list[str]:
    held = find_held(replace(free(), **columns), per_day=3, per_week=9, holds_holdout=True)
    return name_reasons(int(held[0, 0]))


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("consent", 0, "consent_unknown"), ("consent", -1, "consent_withdrawn"), ("is_holdout", True, "holdout"),
        ("sent_day", 3, "cap_day"), ("sent_week", 9, "cap_week"), ("is_quiet", True, "quiet_hours"),
        ("has_question", True, "open_question"), ("in_conversation", True, "in_conversation"),
        ("in_handoff", True, "handoff"), ("is_reachable", False, "unreachable"), ("is_verified", False, "unverified"),
        ("is_cooling", True, "cooldown"), ("is_yielding", True, "yields_to"), ("is_minor", True, "minor"),
        ("has_open_matter", True, "open_matter"), ("has_taken", True, "already_taken"),
        ("is_true", False, "fact_false"),
        ("is_expired", True, "expired"), ("is_window_open", False, "window_closed"),
    ],
)
def test_stays_home_for_each_reason_alone(column: str, value: object, reason: str) -> None:
    shape = getattr(free(), column).shape
    assert held_by(**{column: np.full(shape, value)}) == [reason]


def test_knows_every_column_and_every_reason() -> None:
    # Consent has two; a journey rests for everybody; what something is worth is judged after this.
    assert len(Held) == len(fields(Columns)) + 3


def test_says_something_when_nothing_holds_it() -> None:
    assert held_by() == []


def test_chooses_nobody_when_all_is_held() -> None:
    choice = choose_next_action(np.ones((1, 2)), np.array([[1, 4]]), gamma=1.0, rng=np.random.default_rng(0))
    assert choice.chosen.tolist() == [-1]
    assert choice.probability.tolist() == [1.0]


def test_weighs_by_the_inverse_gap() -> None:
    weights = weigh_candidates(np.array([[1.0, 0.5, 0.0]]), np.array([[True, True, True]]), 2.0)
    assert weights[0].tolist() == pytest.approx([1 - 1 / 4 - 1 / 5, 1 / 4, 1 / 5])


def test_takes_only_the_best_when_gamma_is_infinite() -> None:
    weights = weigh_candidates(np.array([[0.2, 1.0, 9.0]]), np.array([[True, True, False]]), float("inf"))
    assert weights[0].tolist() == [0.0, 1.0, 0.0]


def test_picks_as_often_as_it_says() -> None:
    customers = 60_000
    values = np.tile([1.0, 0.5, 0.2], (customers, 1))
    held = np.zeros((customers, 3), np.int64)
    choice = choose_next_action(values, held, gamma=3.0, rng=np.random.default_rng(7))
    weights = weigh_candidates(values[:1], held[:1] == 0, 3.0)[0]
    shares = np.bincount(choice.chosen, minlength=3) / customers
    assert shares.tolist() == pytest.approx(weights.tolist(), abs=0.01)
    assert choice.probability.tolist() == weights[choice.chosen].tolist()


def test_makes_exact_picks_from_a_seed() -> None:
    values, held = np.tile([1.0, 0.5], (6, 1)), np.zeros((6, 2), np.int64)
    choice = choose_next_action(values, held, gamma=1.0, rng=np.random.default_rng(42))
    assert choice.chosen.tolist() == [1, 0, 1, 1, 0, 1]


def test_never_picks_what_is_held() -> None:
    rng = np.random.default_rng(3)
    held = rng.integers(0, 2, (5_000, 4))
    choice = choose_next_action(rng.random((5_000, 4)), held, gamma=0.5, rng=rng)
    rows = np.flatnonzero(choice.chosen >= 0)
    assert (held[rows, choice.chosen[rows]] == 0).all()
    assert (choice.chosen >= 0).tolist() == (held == 0).any(axis=1).tolist()


@pytest.mark.parametrize("gamma", [0.0, 0.3, 7.0, 900.0, float("inf")])
def test_chooses_for_one_as_for_many_to_the_bit(gamma: float) -> None:
    rng = np.random.default_rng(11)
    for candidates in (1, 2, 5, 50):
        for _ in range(100):
            values = np.round(rng.normal(size=(1, candidates)), 1)  # some alike
            held = rng.integers(0, 3, (1, candidates)) // 2
            seed = int(rng.integers(1 << 30))
            one = choose_next_action(values, held, gamma=gamma, rng=np.random.default_rng(seed))
            two = choose_next_action(values.repeat(2, axis=0), held.repeat(2, axis=0), gamma=gamma,
                                     rng=np.random.default_rng(seed))
            assert (one.chosen[0], one.probability[0]) == (two.chosen[0], two.probability[0])
            assert one.weights[0].tolist() == two.weights[0].tolist()


def test_keeps_every_reason_of_every_candidate_apart() -> None:
    rng = np.random.default_rng(5)
    quiet, true = rng.random((300, 7)) < 0.5, rng.random((300, 7)) < 0.5
    held = find_held(replace(free(300, 7), is_quiet=quiet, is_true=true), per_day=0, per_week=0, holds_holdout=True)
    assert held.tolist() == (quiet * int(Held.QUIET_HOURS) + ~true * int(Held.FACT_FALSE)).tolist()
