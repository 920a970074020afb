"""A turn that takes too long: what was only read is told as that, and nothing is written once it was told."""

import asyncio
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa
from rasa_sdk.executor import CollectingDispatcher

from actions.asking import ask
from actions.base import Reply, ShopAction
from actions.handoff import ActionContactHumanAgent
from bot.profile.store.tables import handoffs


class _Slow(ShopAction):
    intent = "greet"
    begins, ended = False, None

    def reply(self, turn):
        commerce = turn.services.commerce
        try:
            if self.begins:
                commerce.close_account("camille", idempotency_key="first")
            time.sleep(0.6)
            commerce.close_account("camille", idempotency_key="second")
        except Exception as error:
            type(self).ended = error
            raise
        return Reply(())


class _AsksSlowly(ShopAction):
    intent = "greet"
    opens = False

    def reply(self, turn):
        if self.opens:
            turn.services.commerce.open_cart("camille", idempotency_key="cart:m")
        time.sleep(0.6)
        learned = replace(turn.state, style={"colours": ["blue"]})  # as a code that was used up proves something
        return ask(turn, "Shall I?", asked_by="request:handoff", expects="email", state=learned)


def _say(world, monkeypatch, action, language="en"):
    settings = replace(world.services.settings, turn_deadline_seconds=3.2)
    monkeypatch.setattr("actions.base.get_services", lambda: replace(world.as_they_are, settings=settings))
    dispatcher = CollectingDispatcher()
    latest = {"text": "hello", "intent": {"name": "greet"}, "entities": [], "metadata": {"message_id": "m"}}
    assert asyncio.run(action.run(dispatcher, world.tracker(latest, language), {})) == []
    return dispatcher.messages[0]["text"]


@pytest.mark.parametrize(("language", "begins", "said"), [
    ("en", False, "The shop takes too long to answer. Please ask me again in a moment."),
    ("fr", False, "La boutique met trop de temps à répondre."),
    ("en", True, "The shop did not confirm this in time. I will not do it twice"),
])
def test_tells_of_a_change_only_where_one_was_begun_and_begins_none_later(world, monkeypatch, language, begins, said):
    world.arrive()
    closed = []
    monkeypatch.setattr(world.shop, "close_account", lambda *_given, **named: closed.append(named))
    monkeypatch.setattr(_Slow, "begins", begins)
    monkeypatch.setattr(_Slow, "ended", None)
    assert _say(world, monkeypatch, _Slow(), language).startswith(said)
    assert [each["idempotency_key"] for each in closed] == ["first"] * begins
    assert "told so already" in str(_Slow.ended)


@pytest.mark.parametrize("opens", [False, True])
def test_keeps_no_question_that_nobody_has_read_and_a_basket_that_is_read_is_no_change(world, monkeypatch, opens):
    world.sign_in("camille")
    monkeypatch.setattr(_AsksSlowly, "opens", opens)
    assert _say(world, monkeypatch, _AsksSlowly()).startswith("The shop takes too long to answer.")
    assert world.state.open_question is None
    assert world.state.style == {"colours": ["blue"]}


def test_passes_nobody_on_once_the_turn_was_given_up(world, monkeypatch):
    world.sign_in("camille")
    read = world.shop.list_orders
    monkeypatch.setattr(world.shop, "list_orders", lambda *given, **named: time.sleep(0.6) or read(*given, **named))
    assert _say(world, monkeypatch, ActionContactHumanAgent()).startswith("The shop takes too long to answer.")
    with world.services.store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(handoffs)) == 0
