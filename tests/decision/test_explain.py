"""Every reason has a sentence in both languages."""

import re
from pathlib import Path

from bot.decision.explain import (
    CHOICES,
    FIGURED,
    SENTENCES,
    explain_choice,
    explain_held,
    explain_outbox_reason,
    explain_reasons,
)
from bot.decision.guardrails import Held, name_reasons
from bot.nudges.trial_words import FIGURED_REASONS, REASONS
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
    said = (SENTENCES, CHOICES, FIGURED, REASONS, FIGURED_REASONS)
    assert {sentence for each in said for sentence in each.values()} <= set(load_catalogue("fr"))


def test_puts_several_reasons_into_words() -> None:
    assert explain_reasons(["cap_day", "quiet_hours"], "fr") == [
        "Vous avez déjà reçu assez de messages aujourd’hui.", "Il est tard chez vous.",
    ]


FIGURES = {
    "cap_week": {"count": 2, "most": 2}, "quiet_hours": {"until": "2026-11-25T08:00:00+01:00"},
    "out_of_stock": {"stock": 0},
}


def test_says_the_figures_where_they_were_kept() -> None:
    assert explain_reasons(list(FIGURES), "en", FIGURES) == [
        "Enough was written to you that week: 2 of 2 messages.", "It was late where you are: quiet until 08:00.",
        "The piece was sold out: 0 in stock.",
    ]
    assert explain_reasons(list(FIGURES), "fr", FIGURES)[1] == "Il était tard chez vous : silence jusqu’à 08:00."
    assert explain_reasons(["cap_week"], "en") == [SENTENCES["cap_week"]]  # a decision of before has none


def test_says_the_day_where_quiet_is_longer_than_a_night() -> None:
    figures = {"quiet_hours": {"until_day": "2026-11-30T08:00:00+01:00"}}
    assert explain_reasons(["quiet_hours"], "fr", figures) == ["Il était tard chez vous : silence jusqu’à lundi 08:00."]


def test_says_what_held_several_alike_once() -> None:
    one, other = ({"name": name, "held": ["cap_week"], "figures": FIGURES} for name in ("web:a", "sms:a"))
    assert explain_held([one, other, {"name": "email:a", "held": []}], "en") == [
        "Enough was written to you that week: 2 of 2 messages."]


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
