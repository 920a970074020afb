"""Rasa asks the action server: one connection for many calls, no more than actions read, and answers still checked."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    AllSlotsReset,
    ConversationPaused,
    ConversationResumed,
    FollowupAction,
    Restarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.dialogue.asking import KeptEndpoint, ShortRemoteAction, is_plainly_valid

DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [greet]
slots: {language: {type: text, influence_conversation: false, mappings: [{type: custom}]}}
actions: [action_greet]
""")
EVENTS = [
    ActionExecuted("action_listen"),
    UserUttered("hello", {"name": "greet"}, metadata={"message_id": "m1"}),
    SlotSet("language", "en"),
]


class ActionServer:
    """Answers what it is told to, and remembers what it was asked and over how many connections."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.asked, self.connections = answer, [], set()

    async def run(self, request):
        self.asked.append(await request.json())
        self.connections.add(request.transport.get_extra_info("peername"))
        return web.json_response(self.answer)


async def ask(server, times=1):
    """The events of the last of so many calls."""
    app = web.Application()
    app.router.add_post("/webhook", server.run)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    endpoint = KeptEndpoint.of(EndpointConfig(f"http://127.0.0.1:{port}/webhook", enable_selective_domain=True))
    tracker = DialogueStateTracker.from_events("s1", EVENTS, DOMAIN.slots)
    try:
        for _ in range(times):
            events = await ShortRemoteAction("action_greet", endpoint).run(CollectingOutputChannel(), None, tracker, DOMAIN)
        return events
    finally:
        await endpoint.close()
        await runner.cleanup()


def test_asks_over_one_connection():
    server = ActionServer({"events": [], "responses": []})
    asyncio.run(ask(server, times=3))
    assert (len(server.asked), len(server.connections)) == (3, 1)


def test_tells_the_latest_message_and_slots_and_no_history():
    server = ActionServer({"events": [], "responses": []})
    asyncio.run(ask(server))
    (asked,) = server.asked
    assert "domain" not in asked
    tracker = asked["tracker"]
    assert (tracker["events"], tracker["slots"]["language"]) == ([], "en")
    assert (tracker["latest_message"]["text"], tracker["latest_message"]["metadata"]) == ("hello", {"message_id": "m1"})


def test_hears_what_the_action_says():
    server = ActionServer({"events": [{"event": "slot", "name": "language", "value": "fr"}], "responses": [{"text": "Salut"}]})
    said, slot = asyncio.run(ask(server))
    assert (said.text, slot) == ("Salut", SlotSet("language", "fr"))


@pytest.mark.parametrize("answer", [
    {"events": "none", "responses": []}, {"events": [{"event": "slot"}], "responses": []}, {"events": [{"event": "no such"}], "responses": []},
    {"events": [{"event": "slot", "name": "language", "value": "fr", "timestamp": "today"}], "responses": []},
    {"events": [None], "responses": []}, {"events": [], "responses": ["hello"]}, [],
])
def test_refuses_an_answer_that_rasa_would_refuse(answer):
    with pytest.raises(ValidationError):
        RemoteAction("action_greet", None)._validate_action_result(answer)
    with pytest.raises(ValidationError):
        asyncio.run(ask(ActionServer(answer)))


@pytest.mark.parametrize("event", [
    SlotSet("language", "en"), SlotSet("cart", {"lines": [1, None]}), ActionExecuted("action_listen"), FollowupAction("action_greet"),
    ConversationPaused(), ConversationResumed(), Restarted(), AllSlotsReset(),
])
def test_looks_at_an_event_by_the_schema_of_its_kind_alone(event):
    answer = {"events": [event.as_dict()], "responses": [{"text": "Salut"}]}
    assert is_plainly_valid(answer)
    assert RemoteAction("action_greet", None)._validate_action_result(answer)
