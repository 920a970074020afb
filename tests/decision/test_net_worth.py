"""What is left of a hope after costs and fatigue, and what is held because nothing is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.decision.guardrails import Held, load_guardrails
from bot.decision.net_worth import find_net, hold_unworthy, say_net
from bot.decision.pricing import Pricing
from bot.errors import FixConfiguration

PRICING = Pricing(4_000, {"email": 50, "sms": 60_000}, 0.005)
CHANNELS = ("email", "sms", "web")


def held_of(net: list[float], held: int = 0, purpose: str = "marketing", pricing: Pricing = PRICING) -> list[int]:
    bits = np.full((1, len(net)), held, dtype=np.int64)
    return hold_unworthy(bits, np.array([net]), purpose, pricing)[0].tolist()


def test_holds_what_leaves_nothing() -> None:
    assert held_of([0.0, -0.01, 0.01]) == [Held.NOT_WORTH_IT, Held.NOT_WORTH_IT, 0]


def test_holds_nothing_where_the_shop_prices_nothing() -> None:
    assert held_of([-1.0], pricing=Pricing()) == [0]


def test_never_holds_news_of_an_order() -> None:
    assert held_of([-1.0], purpose="service") == [0]


def test_does_not_weigh_what_nobody_can_have() -> None:
    assert held_of([-1.0], Held.UNREACHABLE) == [Held.UNREACHABLE]
    assert held_of([-1.0], Held.CAP_DAY) == [Held.CAP_DAY | Held.NOT_WORTH_IT]


def test_takes_off_the_channels_cost_and_what_each_message_tires() -> None:
    net = find_net(np.full((2, 3), 0.03), np.array([0, 4]), CHANNELS, PRICING)
    assert net == pytest.approx(np.array([[0.0299875, 0.015, 0.03], [0.0099875, -0.005, 0.01]]))
    assert say_net(net, PRICING)[0].tolist() == [119.95, 60.0, 120.0]


def test_the_best_channel_is_the_best_in_net() -> None:
    hopes = np.array([[0.030, 0.034, 0.029]])
    assert hopes.argmax() == 1 and find_net(hopes, np.zeros(1, dtype=np.int64), CHANNELS, PRICING).argmax() == 0


@pytest.mark.parametrize(("text", "complaint"), [
    ("[worth]\nfatigue = 0.1\n", "line 1: worth.purchase_minor is missing"),
    ("[worth]\npurchase_minor = 0\n", "line 2: worth.purchase_minor must be above 0"),
    ("[worth]\npurchase_minor = 39.5\n", "line 2: worth.purchase_minor must be a whole number"),
    ("[worth]\npurchase_minor = 10\nfatigue = 2\n", "line 3: worth.fatigue must be a share"),
    ("[worth]\npurchase_minor = 10\nfatige = 0\n", "line 3: worth.fatige is not known here"),
])
def test_names_file_line_and_key_of_what_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "guardrails.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FixConfiguration) as error:
        load_guardrails(path)
    assert str(error.value).startswith(f"guardrails.toml, {complaint}")


@pytest.mark.parametrize(("text", "complaint"), [
    ("[costs]\nfax = 1\n", "goals.toml, line 2: costs.fax is not known here"),
    ("[costs]\nsms = 0.5\n", "goals.toml, line 2: costs.sms must be a whole number"),
])
def test_names_what_is_wrong_with_the_costs(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "guardrails.toml"
    path.write_text("[worth]\npurchase_minor = 10\n", encoding="utf-8")
    with pytest.raises(FixConfiguration, match=r"goals\.toml is missing"):
        load_guardrails(path)
    path.with_name("goals.toml").write_text(text, encoding="utf-8")
    with pytest.raises(FixConfiguration) as error:
        load_guardrails(path)
    assert str(error.value).startswith(complaint)


def test_reads_what_a_shop_writes(tmp_path: Path) -> None:
    path = tmp_path / "guardrails.toml"
    path.write_text("", encoding="utf-8")
    assert load_guardrails(path).pricing == Pricing() and not Pricing().is_on
    path.write_text("[worth]\npurchase_minor = 4000\nfatigue = 0.005\n", encoding="utf-8")
    path.with_name("goals.toml").write_text("[costs]\nemail = 50\nsms = 60000\n", encoding="utf-8")
    assert load_guardrails(path).pricing == PRICING
    assert replace(PRICING, fatigue=0.0).cost_of("sms") == 0.015
