"""A shop's files are refused with file, line and key; the shipped ones are whole in both languages."""

from pathlib import Path

import pytest

from bot.decision.guardrails import load_guardrails
from bot.decision.triggers import find_trigger, load_triggers
from bot.errors import FixConfiguration

SHOPS = Path(__file__).parents[2] / "data" / "shops"
GOOD = """[triggers.cart_left]
kind = "cart"
on = ["Product Added"]
wait_seconds = 20
expires_seconds = 60
cooldown_seconds = 0
purpose = "marketing"
channels = ["web"]
"""
CASES = ("match", "match_low", "plain", "plain_low", "add_back")


def message(case: str, **changes: str) -> str:
    lines = {"case": f'"{case}"', "variant": '"a"', "fr": '"Bonjour {product}"', "en": '"Hello {product}"', **changes}
    return "[[triggers.cart_left.messages]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items())


def write(folder: Path, text: str) -> Path:
    path = folder / "triggers.toml"
    path.write_text(text, encoding="utf-8")
    return path


def whole(**changes: str) -> str:
    return GOOD + "".join(message(case, **(changes if case == "match" else {})) for case in CASES)


def test_has_no_triggers_when_the_file_is_empty(tmp_path: Path) -> None:
    assert load_triggers(write(tmp_path, "")) == ()


@pytest.mark.parametrize("shop", ["demo", "tau"])
def test_reads_the_shipped_shops(shop: str) -> None:
    load_triggers(SHOPS / shop / "triggers.toml")
    load_guardrails(SHOPS / shop / "guardrails.toml", load_triggers(SHOPS / shop / "triggers.toml"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (GOOD.replace("wait_seconds = 20", 'wait_seconds = "20"'), "line 4: triggers.cart_left.wait_seconds must be"),
        (GOOD.replace('"marketing"', '"fun"'), "line 7: triggers.cart_left.purpose is 'fun'"),
        (GOOD.replace('["web"]', '["fax"]'), "line 8: triggers.cart_left.channels names 'fax'"),
        (GOOD.replace("on =", "onn ="), "line 3: triggers.cart_left.onn is not known here"),
        (GOOD.replace('kind = "cart"\n', ""), "line 1: triggers.cart_left.kind is missing"),
        (GOOD + "may_move_hours = 1.5\n", "line 9: triggers.cart_left.may_move_hours must be a whole number of hours"),
        (GOOD + "may_move_hours = 99\n", "line 9: triggers.cart_left.may_move_hours must be a whole number of hours"),
        (GOOD, "line 1: triggers.cart_left.messages has none for the case 'match' on web"),
        (whole(fr='"Bonjour {prodict}"'), "line 12: triggers.cart_left.messages.fr uses {prodict}"),
        (whole(fr='"Bonjour {product"'), "line 12: triggers.cart_left.messages.fr has a broken placeholder"),
        (whole(en='""'), "line 13: triggers.cart_left.messages.en must be a text"),
        (whole().replace('case = "plain"', 'case = "unknown"'), "triggers.cart_left.messages.case is 'unknown'"),
        ("\n[trigger.cart_left]\n", "line 2: trigger is not known here; known are triggers"),
        ("[triggers.x\n", "triggers.toml: "),
    ],
)
def test_names_file_line_and_key_of_what_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(FixConfiguration) as error:
        load_triggers(write(tmp_path, text))
    assert complaint in str(error.value)
    assert str(error.value).startswith("triggers.toml")


def test_reads_a_whole_file(tmp_path: Path) -> None:
    (trigger,) = load_triggers(write(tmp_path, whole()))
    assert (trigger.name, trigger.wait_seconds, len(trigger.messages)) == ("cart_left", 20, 5)


def test_names_the_missing_trigger() -> None:
    with pytest.raises(FixConfiguration, match="spring"):
        find_trigger((), "spring")


def test_refuses_a_wrong_clock_in_the_guardrails(tmp_path: Path) -> None:
    path = tmp_path / "guardrails.toml"
    path.write_text('[quiet_hours.marketing]\nbegins = "9 pm"\nends = "08:00"\n', encoding="utf-8")
    with pytest.raises(FixConfiguration, match=r"line 2: quiet_hours.marketing.begins must be a clock"):
        load_guardrails(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("\n[cap.marketing]\nper_day = 1\n", "line 2: cap is not known here; known are caps, conversation"),
        ('[quiet_hour.marketing]\nbegins = "21:00"\n', "line 1: quiet_hour is not known here"),
        ("[holdout]\npurpose = []\n", "line 2: holdout.purpose is not known here"),
        ('[holdout]\npurposes = ["marketting"]\n', "line 2: holdout.purposes names 'marketting', must be among"),
        ("[holdout.journeys]\ncart_lfet = 0.1\n", "line 2: holdout.journeys.cart_lfet is no journey of triggers"),
        ("[conversation]\nretry_second = 9\n", "line 2: conversation.retry_second is not known here"),
    ],
)
def test_refuses_a_misspelt_guardrail(tmp_path: Path, text: str, complaint: str) -> None:
    triggers = load_triggers(write(tmp_path, whole()))
    path = tmp_path / "guardrails.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FixConfiguration, match=f"guardrails.toml, {complaint}"):
        load_guardrails(path, triggers)


def test_takes_the_strict_value_for_whatever_the_guardrails_leave_out(tmp_path: Path) -> None:
    path = tmp_path / "guardrails.toml"
    path.write_text("", encoding="utf-8")
    guardrails = load_guardrails(path)
    assert guardrails.quiet_mode("web") == "hold"
    assert "marketing" in guardrails.holdout_purposes
