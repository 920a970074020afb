"""What a nudge asks in its words is open, so that it can be answered in words; what it does not ask is not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commerce.types import Shipment
from bot.decision.triggers import find_trigger, load_triggers
from bot.nudges.compose import Composed, Setting, compose
from bot.nudges.facts import Facts, Piece
from bot.service.questions import compose_question
from tests.nudges.world import TRIGGERS, World


@pytest.fixture
def say(world: World) -> Callable[..., Composed]:
    """Compose a journey's message for Ada's order, with a coat in it."""
    coat = next(each for each in world.commerce.products if each.ref == "coat")
    parcel = Shipment(id="s1", carrier_name="Colissimo", state="in_transit", shipped_at=world.now - timedelta(days=4))
    facts = Facts(case="", refs={}, read_at=world.now, order=world.delay("ada"), shipment=parcel,
                  piece=Piece(coat, coat.variants[0], 5), day=world.now)

    def compose_for(name: str, channel: str = "web", purpose: str = "", text: str = "", **changes: bool) -> Composed:
        trigger = find_trigger(load_triggers(TRIGGERS), name)
        trigger = replace(trigger, purpose=purpose or trigger.purpose, messages=tuple(
            replace(each, texts={"fr": text or each.texts["fr"], "en": text or each.texts["en"]}, channels=(channel,))
            for each in trigger.messages))
        setting = Setting(channel, "fr", "Europe/Paris", "https://shop.example", world.now, **changes)
        return compose(trigger, "plain", replace(facts, case=next(iter(trigger.facts.cases))), setting)

    return compose_for


@pytest.mark.parametrize("name", ["parcel_stuck", "delivered", "replenish", "welcome_back"])
def test_opens_no_question_that_its_words_do_not_ask(say: Callable[..., Composed], name: str) -> None:
    assert say(name, text="Bonjour.").question is None


@pytest.mark.parametrize("name", ["parcel_stuck", "delivered", "replenish", "welcome_back"])
def test_opens_no_question_in_a_letter(say: Callable[..., Composed], name: str) -> None:
    assert say(name, "email").question is None


@pytest.mark.parametrize(("name", "deed", "again"), [
    ("parcel_stuck", "look_into", "Voulez-vous que nous cherchions ?"),
    ("order_unshipped", "look_into", "Voulez-vous que nous cherchions ?"),
    ("delivered", "hear", "Tout va bien avec votre commande 1-ada ?"),
    ("replenish", "take", "Est-ce que j’ajoute Manteau Éole à votre panier\u202f?"),
    ("welcome_back", "suggest", "Voulez-vous quelques idées ?"),
])
def test_opens_the_question_that_it_asks_and_keeps_its_buttons(
    say: Callable[..., Composed], name: str, deed: str, again: str
) -> None:
    said = say(name)
    assert said.question and (said.question.expects, said.question.context["do"]) == ("yes_no", deed)
    assert "affirm" not in " ".join(each.payload for each in said.message.quick_replies)
    assert compose_question("fr", said.question).text == again


def test_what_a_template_asks_is_open_though_it_has_no_buttons(say: Callable[..., Composed]) -> None:
    said = say("parcel_stuck", "whatsapp", takes_free_words=False)
    assert said.message.template and not said.message.quick_replies
    assert said.question and said.question.context["do"] == "look_into"


def test_a_greeting_that_sells_nothing_offers_a_person(say: Callable[..., Composed]) -> None:
    question = say("welcome_back", purpose="service").question
    assert question and question.context["do"] == "call"
