"""A turn that takes too long: what was only read is told as that, and nothing is written once it was told."""

import asyncio
import time
from dataclasses import replace

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Reply, ShopAction


class _Slow(ShopAction):
    intent = "greet"
    begins, ended = False, None

    def reply(self, turn):
        commerce = turn.services.commerce
        try:
            if self.begins:
                commerce.open_cart(None, idempotency_key="first")
            time.sleep(0.6)
            commerce.open_cart(None, idempotency_key="second")
        except Exception as error:
            type(self).ended = error
            raise
        return Reply(())


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
    opened = []
    read = world.shop.open_cart
    monkeypatch.setattr(world.shop, "open_cart", lambda *given, **named: opened.append(named) or read(*given, **named))
    monkeypatch.setattr(_Slow, "begins", begins)
    monkeypatch.setattr(_Slow, "ended", None)
    assert _say(world, monkeypatch, _Slow(), language).startswith(said)
    assert [each["idempotency_key"] for each in opened] == ["first"] * begins
    assert "told so already" in str(_Slow.ended)
