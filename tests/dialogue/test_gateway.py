"""A turn through the gateway: one request, two, and the second one waiting while the first asks something."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.gateway import answer_message
from bot.dialogue.rest import answer_words
from bot.errors import FixInput

DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [track_order, get_invoice, affirm]
slots:
  expects: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  waiting_request: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  language: {type: text, influence_conversation: false, mappings: [{type: custom}]}
""")


class OneTracker:
    """A tracker store for one sender."""

    def __init__(self):
        self.tracker = DialogueStateTracker.from_events("s1", [], slots=DOMAIN.slots)

    async def retrieve(self, sender_id):
        return self.tracker

    async def save(self, tracker):
        self.tracker = tracker


class Processor:
    """Splits at " AND ", echoes every turn, and asks for whatever `asks` says of the text."""

    def __init__(self, store, asks):
        self.store, self.asks = store, asks

    async def parse_message(self, message):
        parts = message.text.split(" AND ")
        return {"text": message.text, "intent": {}, "requests": [{"name": "x", "text": each} for each in parts] if len(parts) == 2 else []}

    async def handle_message(self, message):
        said = {"text": f"re: {message.text}"}
        tracker = self.store.tracker
        tracker.update(UserUttered(message.text, metadata=message.metadata))
        tracker.update(BotUttered(said["text"]))
        tracker.update(SlotSet("expects", self.asks.get(message.text)))
        await message.output_channel.send_response("s1", said)


class Says:
    """Each response says its own name."""

    async def generate(self, name, tracker, channel):
        return {"text": name}


class Locks:
    """Nobody else is there."""

    @asynccontextmanager
    async def lock(self, sender_id):
        yield


class Agent:
    """What the gateway needs of Rasa's."""

    def __init__(self, asks=None):
        self.tracker_store, self.lock_store, self.nlg, self.domain = OneTracker(), Locks(), Says(), DOMAIN
        self.processor = Processor(self.tracker_store, asks or {})


def say(agent, text, message_id="m1", **changes):
    body = {"message_id": message_id, "channel": "web", "sender_id": "s1", "text": text, **changes}
    return [reply["text"] for reply in asyncio.run(answer_message(agent, body))["replies"]]


def test_answers_one_request_once():
    assert say(Agent(), "track") == ["re: track"]


def test_answers_both_requests_in_their_order():
    assert say(Agent(), "track AND invoice") == ["re: track", "re: invoice"]


def test_gives_the_second_request_an_id_of_its_own():
    agent = Agent()
    say(agent, "track AND invoice")
    heard = [event.metadata["message_id"] for event in agent.tracker_store.tracker.events if isinstance(event, UserUttered)]
    assert heard == ["m1", "m1#2"]


def test_says_the_same_again_to_a_message_it_knows():
    agent = Agent()
    assert say(agent, "track AND invoice") == say(agent, "track AND invoice")


def test_lets_the_second_request_wait_for_the_answer_to_the_first():
    agent = Agent(asks={"track": "order_number"})
    assert say(agent, "track AND invoice") == ["re: track", "utter_second_request_waits"]
    assert say(agent, "1042", "m2", expects="order_number") == ["re: 1042", "re: invoice"]
    assert say(agent, "thanks", "m3") == ["re: thanks"]


def test_keeps_waiting_without_saying_so_again():
    agent = Agent(asks={"track": "choice", "hm": "choice"})
    say(agent, "track AND invoice")
    assert say(agent, "hm", "m2", expects="choice") == ["re: hm"]
    assert say(agent, "the first", "m3", expects="choice") == ["re: the first", "re: invoice"]


@pytest.mark.parametrize("expects", ["address", "email", "name", "detail"])
def test_never_cuts_what_answers_a_question_with_data(expects):
    assert say(Agent(), "1 Mill Lane AND Bath", expects=expects) == ["re: 1 Mill Lane AND Bath"]


def speak(agent, text):
    return [reply["text"] for reply in asyncio.run(answer_words(agent, {"sender": "s1", "message": text}))]


def test_answers_words_over_rest_as_over_the_gateway():
    agent = Agent(asks={"track": "order_number"})
    assert speak(agent, "track AND invoice") == ["re: track", "utter_second_request_waits"]
    assert speak(agent, "1042 AND 7") == ["re: 1042 AND 7", "re: invoice"]


@pytest.mark.parametrize(("body", "field"), [(None, "body"), ({"message": "x"}, "sender"), ({"sender": "a", "message": " "}, "message")])
def test_says_what_a_rest_call_lacks(body, field):
    with pytest.raises(FixInput) as error:
        asyncio.run(answer_words(Agent(), body))
    assert error.value.field == field
