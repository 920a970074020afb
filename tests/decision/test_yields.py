"""Who yields, as a shop writes it down: what cannot be is refused with its line."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.decision.guardrails import load_guardrails
from bot.decision.triggers import load_triggers
from bot.decision.yields import find_circle, is_in_week, is_of
from bot.errors import FixConfiguration

DEMO = Path(__file__).parents[2] / "data" / "shops" / "demo"
TRIGGERS = load_triggers(DEMO / "triggers.toml")


def _load(folder: Path, lines: str) -> dict[str, tuple[str, ...]]:
    path = folder / "guardrails.toml"
    path.write_text(f"# a shop\n[yields]\n{lines}\n", encoding="utf-8")
    path.with_name("goals.toml").write_text((DEMO / "goals.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return dict(load_guardrails(path, TRIGGERS).yields)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('birthday = ["nothing"]', r"guardrails.toml, line 3: yields.birthday names 'nothing', which is no journey of"),
        ('nothing = ["birthday"]', r"line 3: yields.nothing names 'nothing', which is no journey of advertising"),
        ('birthday = ["parcel_stuck"]', r"'parcel_stuck', which is no journey of advertising; known are arrived_by"),
        ('review = ["birthday"]\nbirthday = ["birthday"]', r"line 4: yields.birthday names itself"),
        ('birthday = ["review"]\nreview = ["replenish"]\nreplenish = ["birthday"]', r"a circle, .* → .* → .* → "),
        ('birthday = "cart_left"', r"line 3: yields.birthday must be a list of texts"),
    ],
)
def test_refuses_what_cannot_be_and_names_the_line(tmp_path: Path, lines: str, said: str) -> None:
    with pytest.raises(FixConfiguration, match=said):
        _load(tmp_path, lines)


def test_refuses_names_too_long_for_the_charter(tmp_path: Path) -> None:
    with pytest.raises(FixConfiguration, match="73 characters together at most"):
        _load(tmp_path, f'birthday = ["{"a" * 70}"]')


def test_nobody_yields_unless_a_shop_says_so(tmp_path: Path) -> None:
    assert load_guardrails(DEMO / "guardrails.toml", TRIGGERS).yields == {}
    assert _load(tmp_path, "birthday = []") == {}


def test_a_journey_may_yield_to_several(tmp_path: Path) -> None:
    assert _load(tmp_path, 'birthday = ["win_back", "cart_left"]\nwin_back = ["cart_left"]') == {
        "birthday": ("cart_left", "win_back"), "win_back": ("cart_left",)}


def test_finds_the_circle_in_the_order_of_yielding() -> None:
    assert find_circle({"a": ("b", "c"), "b": ("c",)}) == ()
    circle = find_circle({"a": ("b",), "b": ("c",), "c": ("a",)})
    assert circle[0] == circle[-1] and len(circle) == 4
    assert all({"a": "b", "b": "c", "c": "a"}[one] == other for one, other in pairwise(circle))


def test_a_week_is_seven_days_either_way_and_a_step_is_its_journeys() -> None:
    now, week = datetime(2026, 11, 24, tzinfo=UTC), timedelta(days=7)
    assert [is_in_week(now + sign * week, now) for sign in (-1, 1)] == [False, False]
    assert all(is_in_week(now + sign * (week - timedelta(seconds=1)), now) for sign in (-1, 1))
    assert is_of("cart_left:letter", ("cart_left",)) and not is_of("cart_left_again", ("cart_left",))
