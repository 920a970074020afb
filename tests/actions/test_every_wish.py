"""Every wish has an action; what cannot be done is said, with a person; the shop being down is said too."""

import ast
import asyncio
import importlib
import pkgutil
from pathlib import Path

import pytest

import actions
from actions.base import ShopAction
from actions.edit_account import ActionEditAccount
from actions.handoff import ActionContactHumanAgent
from actions.orders import ActionTrackOrder
from actions.privacy import ActionDeleteAccount
from actions.returns import ActionCancelOrder, ActionCheckRefundPolicy
from actions.smalltalk import (
    WISH_SENTENCES,
    ActionBotChallenge,
    ActionChangeLanguage,
    ActionDefaultFallback,
    ActionThank,
)
from bot.bootstrap import PROJECT
from bot.errors import Unavailable
from bot.texts.catalogue import load_catalogue

TOPICS = [
    "account",
    "account_change",
    "aftersales",
    "answer",
    "asking",
    "base",
    "consent",
    "delivery",
    "delivery_choice",
    "desk",
    "telling",
    "which_order",
    "edit_account",
    "handoff",
    "identify",
    "look",
    "membership",
    "newsletter",
    "nudges",
    "offers",
    "orders",
    "payment",
    "pickup",
    "privacy",
    "proposal",
    "proposal_changes",
    "returns",
    "sizing",
    "smalltalk",
    "usual",
]
SERVICES = [
    "account", "aftersales", "consents", "delivery_choices", "desk/telling", "handoff", "invoices", "orders",
    "problems", "questions", "rules", "verification",
]


for _each in pkgutil.iter_modules(actions.__path__):  # as rasa-sdk does at its start
    importlib.import_module(f"actions.{_each.name}")


def _leaves(kind: type) -> list[type]:
    return [kind, *(leaf for each in kind.__subclasses__() for leaf in _leaves(each))]


def _own_actions() -> list[type[ShopAction]]:
    names = {f"actions.{topic}" for topic in TOPICS}
    return [each for each in _leaves(ShopAction) if each.__module__ in names and each is not ShopAction]


def _sentences(path: Path) -> set[str]:
    """Every sentence a module may say: constants that begin like one, but for docstrings and error texts."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(each) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for each in node.values}
    skipped |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in skipped
        and " " in node.value
        and (node.value[0].isupper() or node.value.startswith("{"))
    }


@pytest.mark.parametrize(
    "path", [*(f"actions/{each}.py" for each in TOPICS), *(f"bot/service/{each}.py" for each in SERVICES)]
)
def test_every_sentence_has_its_french(path: str) -> None:
    missing = {each for each in _sentences(PROJECT / path) if each not in load_catalogue("fr")}
    assert not missing


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("who", ["", "camille"])
@pytest.mark.parametrize("action", _own_actions(), ids=lambda each: each.intent)
def test_every_wish_is_answered_in_both_languages(world, action, who: str, language: str) -> None:
    if action.intent == "EXTERNAL_deliver_nudge":
        return
    world.language = language
    world.sign_in(who) if who else world.arrive()
    said = world.do(action, "")
    assert said and all(each.text or each.timeline or each.cards for each in said)
    assert all(each.language == (said[0].language) for each in said) and "{" not in world.text


def test_every_offered_wish_has_an_action() -> None:
    assert set(WISH_SENTENCES) <= {each.intent for each in _leaves(ShopAction)}


def test_cancels_nothing_and_says_who_does_where_the_shop_leaves_it_to_people(world) -> None:
    policy = world.services.policy
    people_only = policy.orders.model_copy(update={"does": []})
    world.services.policy = policy.model_copy(update={"orders": people_only})
    world.sign_in("lucie")
    before = world.open_order("lucie")
    world.do(ActionCancelOrder, "cancel my order")
    assert "can still be cancelled" in world.text and "a person does it" in world.text
    assert world.open_order("lucie") == before


def test_tells_the_policys_own_numbers(world) -> None:
    world.arrive()
    world.do(ActionCheckRefundPolicy, "returns?")
    rules = world.services.policy.returns
    assert str(rules.days) in world.text and str(rules.refund_days_max) in world.text


def test_leaves_word_with_a_person_once(world) -> None:
    world.sign_in("camille")
    for _ in range(2):
        world.do(ActionContactHumanAgent, "a person please", message_id="same")
    (notice,) = world.mail("notice")
    assert notice.address == world.services.policy.shop.inbox and world.sender_id in notice.payload["text"]
    assert world.state.handoff["reference"] in world.text


def test_asks_a_stranger_where_a_person_can_answer(world) -> None:
    world.arrive()
    world.do(ActionContactHumanAgent, "a person please")
    assert not world.mail("notice")
    world.answer("me@example.org")
    assert "me@example.org" in world.mail("notice")[0].payload["text"]


def test_passes_an_erasure_on_only_after_a_yes_where_the_shop_leaves_it_to_people(world, tau_policy) -> None:
    world.services.policy = world.services.policy.model_copy(update={"account": tau_policy.account})
    world.sign_in("camille")
    world.do(ActionDeleteAccount, "delete my account")
    assert not world.mail("notice")
    world.answer("yes", intent="affirm")
    assert len(world.mail("notice")) == 1


def test_says_that_it_is_a_program_and_offers_a_person(world) -> None:
    world.arrive()
    world.do(ActionBotChallenge, "are you human?")
    assert "program" in world.text and "Talk to a person" in world.text


def test_switches_the_language_and_keeps_it(world) -> None:
    world.arrive()
    world.do(ActionChangeLanguage, "parle français")
    assert world.said[0].language == "fr" and "français" in world.text and world.state.language == "fr"


def test_offers_a_person_when_it_did_not_understand_twice(world) -> None:
    world.arrive()
    world.do(ActionDefaultFallback, "blah", guesses=("get_refund", "return_item"))
    assert "Get my money back" in world.text and "Send something back" in world.text
    world.do(ActionDefaultFallback, "blah")
    assert "Talk to a person" in world.text


def test_shows_a_named_kind_where_both_likely_wishes_are_for_the_shelf(world) -> None:
    world.arrive()
    world.language = "fr"
    guesses = ("nlu_fallback", "search_products", "recommend_products")
    world.do(ActionDefaultFallback, "montre-moi des jeans", guesses=guesses)
    assert "Voici ce que j’ai trouvé" in world.text
    world.do(ActionDefaultFallback, "montre-moi", guesses=guesses)
    assert "Est-ce l’une de ces demandes" in world.text


def test_says_the_question_for_a_number_twice_at_most_behind_other_things(world) -> None:
    world.arrive()
    world.do(ActionTrackOrder, "where is my order?")
    for times in (1, 2, 3):
        world.do(ActionThank, "thanks")
        assert ("What is your order number?" in world.text) is (times < 3)
    assert world.state.question_at(world.now)  # and a number typed now is taken


class _Dispatcher:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def utter_message(self, text: str, **_more: object) -> None:
        self.texts.append(text)


class _Down:
    def __getattr__(self, name: str):
        def fail(*args, **kwargs):
            raise Unavailable("down")

        return fail


@pytest.mark.parametrize("action", [ActionTrackOrder, ActionEditAccount, ActionCancelOrder])
def test_says_honestly_that_the_shop_is_down_and_offers_a_person(world, monkeypatch, action) -> None:
    world.sign_in("camille")
    world.services.commerce = _Down()
    monkeypatch.setattr("actions.base.get_services", lambda: world.as_they_are)
    latest = {"text": "my phone is 06 12 34 56 78", "intent": {"name": action.intent}, "entities": [], "metadata": {}}
    dispatcher = _Dispatcher()
    asyncio.run(action().run(dispatcher, world.tracker(latest, "fr"), {}))
    (said,) = dispatcher.texts
    assert "ne répond pas" in said and "Parler à quelqu’un" in said
