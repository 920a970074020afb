"""Every reason has a sentence in both languages."""

import re
from pathlib import Path

from bot.decision.explain import CHOICES, SENTENCES, explain_choice, explain_outbox_reason, explain_reasons
from bot.decision.guardrails import Held, name_reasons
from bot.texts.catalogue import load_catalogue, translate

BOT = Path(__file__).parents[2] / "bot"


def test_has_nothing_to_say_without_a_reason() -> None:
    assert explain_outbox_reason("", "fr") == ""


def test_every_reason_to_hold_has_a_sentence() -> None:
    assert set(name_reasons(sum(Held))) <= set(SENTENCES)


def test_every_reason_of_the_facts_has_a_sentence() -> None:
    source = (BOT / "nudges" / "facts.py").read_text(encoding="utf-8")
    words = set(re.findall(r'_false\("(\w+)"', source)) | set(re.findall(r'return "(\w+)"', source))
    assert words <= set(SENTENCES)


def test_every_sentence_is_translated() -> None:
    assert {*SENTENCES.values(), *CHOICES.values()} <= set(load_catalogue("fr"))


def test_puts_several_reasons_into_words() -> None:
    assert explain_reasons(["cap_day", "quiet_hours"], "fr") == [
        "Vous avez déjà reçu assez de messages aujourd’hui.", "Il est tard chez vous.",
    ]


def test_tells_of_what_was_not_worth_it_elsewhere_and_of_nothing_else() -> None:
    here, there = {"name": "web:a", "held": []}, {"name": "sms:a", "held": ["not_worth_it"]}
    assert explain_choice([here], "web:a", "en") == []
    assert explain_choice([here, {"name": "sms:a", "held": ["cap_day"]}], "web:a", "en") == []
    assert explain_choice([here, there], "web:a", "en") == [CHOICES["not_worth_it"]]


def test_tells_that_the_chosen_one_waited_for_a_better_hour() -> None:
    moved = {"name": "email:a", "held": [], "moved_to": "2026-11-24T16:00:00+00:00"}
    at_once = {"name": "web:a", "held": []}
    assert explain_choice([moved, at_once], "email:a", "fr") == [translate("fr", CHOICES["best_hour"])]
    assert explain_choice([moved, at_once], "web:a", "fr") == []
