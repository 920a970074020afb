"""Contract messages into Rasa and back."""

import pytest
from rasa.shared.core.events import BotUttered, UserUttered

from bot.contracts.messages import InboundMessage, OutboundMessage
from bot.dialogue.turns import (
    Nudge,
    find_replies,
    make_nudge_events,
    read_nudge,
    to_parse_data,
    to_plain_text,
    to_replies,
)
from bot.errors import FixInput

INTENTS = ["affirm", "track_order", "EXTERNAL_deliver_nudge"]


def inbound(**changes):
    return InboundMessage(**{"message_id": "m1", "channel": "web", "sender_id": "s1", **changes})


@pytest.mark.parametrize("payload", ["/EXTERNAL_deliver_nudge", "/restart", "hello", "/affirm{broken", '/affirm{"a": }'])
def test_refuses_a_payload_that_customers_may_not_send(payload):
    with pytest.raises(FixInput) as caught:
        to_parse_data(inbound(payload=payload), INTENTS)
    assert caught.value.field == "payload"


def test_keeps_typed_commands_as_words():
    assert to_plain_text(inbound(text="/restart")) == "restart"
    assert to_parse_data(inbound(text="/affirm"), INTENTS) is None


def test_reads_a_button_without_a_model():
    parsed = to_parse_data(inbound(payload='/track_order{"order_number": "1042"}'), INTENTS)
    assert parsed["intent"] == {"name": "track_order", "confidence": 1.0}
    assert [(each["entity"], each["value"]) for each in parsed["entities"]] == [("order_number", "1042")]


def test_returns_the_contract_message_where_an_action_made_one():
    said = OutboundMessage("Voilà", language="fr")
    assert to_replies([{"text": "plain", "contract": said.to_json()}], "en") == [said]


def test_converts_rasas_own_utterance():
    reply = to_replies([{"text": "Hi", "buttons": [{"title": "Yes", "payload": "/affirm"}], "image": "https://x/y.png"}], "en")[0]
    assert (reply.text, reply.quick_replies[0].payload, reply.image_url) == ("Hi", "/affirm", "https://x/y.png")


def test_finds_no_replies_to_a_message_never_seen():
    assert find_replies([UserUttered("a", metadata={"message_id": "other"})], "m1") is None


def test_finds_the_same_replies_for_the_same_message():
    events = [
        UserUttered("a", metadata={"message_id": "m1", "language": "fr"}), BotUttered("one"),
        UserUttered("b", metadata={"message_id": "m2"}), BotUttered("two"),
    ]
    assert [reply.text for reply in find_replies(events, "m1")] == ["one"]


def test_notes_a_nudge_once():
    nudge = Nudge("s1", 7, "Bonjour")
    events = make_nudge_events([], nudge, 1.0)
    assert [event.text for event in events if isinstance(event, BotUttered)] == ["Bonjour"]
    assert make_nudge_events(events, nudge, 2.0) == []


@pytest.mark.parametrize(("body", "field"), [([], "body"), ({"outbox_id": 1}, "sender_id"), ({"sender_id": "s", "outbox_id": "1"}, "outbox_id")])
def test_names_the_field_of_a_bad_nudge(body, field):
    with pytest.raises(FixInput) as caught:
        read_nudge(body)
    assert caught.value.field == field
