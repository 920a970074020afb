"""What is proposed in place of a message: in both languages, by the tone, and never with another fact."""

from collections import Counter
from dataclasses import replace

import pytest

from bot.bootstrap import PROJECT
from bot.console.journeys import list_messages
from bot.content.proposals import MOST, Proposal, check_proposal, propose
from bot.content.tone import Tone, load_tone
from bot.contracts.messages import LANGUAGES
from bot.decision.messages import Message
from bot.decision.triggers import Trigger, load_triggers

DEMO = PROJECT / "data" / "shops" / "demo"
TONE = load_tone(DEMO / "tone.toml")
TRIGGERS = load_triggers(DEMO / "triggers.toml")
SMS = next(each for each in TRIGGERS if each.name == "winter_offers").messages[1]


def _named(name: str, number: int = 0) -> tuple[Trigger, Message]:
    trigger = next(each for each in TRIGGERS if each.name == name)
    return trigger, trigger.messages[number]


def test_proposes_nothing_where_no_words_fit() -> None:
    message = Message("plain", "any", ("web",), {"fr": "Bonjour ? {name}", "en": "Hello? {name}"})
    assert propose("greeting", message, Tone()) == ()


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda each: each.name)
def test_every_message_of_the_demo_can_be_said_otherwise(trigger: Trigger) -> None:
    for _, message in list_messages(trigger):
        made = propose(trigger.kind, message, TONE)
        assert 1 <= len(made) <= MOST
        assert len({each.texts["fr"] for each in made} | {message.texts["fr"]}) == len(made) + 1
        for each in made:
            assert set(each.texts) == set(LANGUAGES) and not any(check_proposal(message, each, TONE).values())
            for language in LANGUAGES:
                said = replace(message, texts=each.texts)
                assert Counter(said.placeholders(language)) == Counter(message.placeholders(language))


def test_says_tu_where_the_shop_does() -> None:
    trigger, message = _named("cart_left", 2)
    french = [each.texts["fr"] for each in propose(trigger.kind, message, replace(TONE, address="tu"))]
    assert french and all(" ton " in f" {each}" or " tu " in f" {each} " for each in french)


def test_a_text_message_keeps_its_way_out_and_has_no_subject() -> None:
    made = propose("offer", SMS, TONE)
    assert len(made) >= 2 and all("STOP" in each.texts["fr"] and "STOP" in each.texts["en"] for each in made)
    assert not any(each.subjects for each in made)


def test_signs_where_the_shop_has_a_signature() -> None:
    trigger, message = _named("pickup_ready")
    signed = replace(TONE, signature={"fr": "La Maison", "en": "The House"})
    assert any(each.texts["fr"].endswith(" La Maison") for each in propose(trigger.kind, message, signed))


def test_says_what_is_wrong_by_its_place() -> None:
    message = Message("a", "plain", ("email",), {"fr": "{product} vous attend.", "en": "{product} is waiting."})
    bad = Proposal({"fr": "Ton {product}, vite !", "en": "{product} is waiting."}, {"fr": "20 %", "en": ""})
    found = check_proposal(message, bad, TONE)
    assert {place: [each.rule for each in rules] for place, rules in found.items()} == {
        "text.fr": ["claims_urgency", "says_vous"], "text.en": [], "subject.fr": ["figure_added", "figure_added"],
    }
