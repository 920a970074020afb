"""Marks that a message was read: where they can be shown, once, and nothing depends on them."""

from collections.abc import Callable
from datetime import datetime
from threading import Event

import pytest
from pytest_httpserver import HTTPServer

from bot.channels.deliver import open_marks
from bot.channels.handover import Around, work_inbox
from bot.channels.inbox import receive
from bot.channels.outbox import list_rows
from bot.channels.read_marks import ReadMarks
from bot.contracts.messages import InboundMessage, MessageId, OutboundMessage
from bot.errors import PrevenantError, Unavailable
from bot.profile.conversations import open_conversation
from bot.profile.store.engine import Store
from bot.settings import Settings


class Rasa:
    def hand_over(self, _message: InboundMessage) -> list[OutboundMessage]:
        return [OutboundMessage("Hello")]


class Channel:
    """A channel that remembers its marks, after `wait`."""

    def __init__(self, error: PrevenantError | None = None, wait: Event | None = None) -> None:
        self.marked: list[tuple[str, str]] = []
        self.error, self.wait = error, wait

    def tell_read(self, message_id: str, address: str) -> None:
        if self.wait:
            self.wait.wait(10)
        self.marked.append((message_id, address))
        if self.error:
            raise self.error


@pytest.fixture
def hear(store: Store, now: datetime) -> Callable[[str, str], InboundMessage]:
    def hear(channel: str, address: str) -> InboundMessage:
        with store.write() as connection:
            talk = open_conversation(connection, channel, address, now=now, salt="s" * 16)
            message = InboundMessage(MessageId("id-1"), channel, talk.sender_id, text="hello")
            receive(connection, message, now)
        return message

    return hear


def _settings(server: HTTPServer) -> Settings:
    return Settings(graph_url=server.url_for("/v25.0"), whatsapp_phone_number_id="555", whatsapp_token="wa",
                    messenger_page_id="777", messenger_token="ms")


def test_marks_nothing_where_no_mark_can_be_shown(
    store: Store, now: datetime, hear: Callable[[str, str], InboundMessage]
) -> None:
    marks = open_marks(store, Settings())
    marks(hear("web", "a-session"))
    marks.close()


def test_marks_a_whatsapp_message_as_read_and_shows_that_we_type(
    store: Store, httpserver: HTTPServer, hear: Callable[[str, str], InboundMessage]
) -> None:
    httpserver.expect_request("/v25.0/555/messages", headers={"Authorization": "Bearer wa"}).respond_with_json({})
    marks = open_marks(store, _settings(httpserver))
    marks(hear("whatsapp", "33612345678"))
    marks.close()
    assert [request.json for request, _ in httpserver.log] == [
        {"messaging_product": "whatsapp", "status": "read", "message_id": "id-1", "typing_indicator": {"type": "text"}}
    ]


def test_marks_a_messenger_conversation_as_seen_and_shows_that_we_type(
    store: Store, httpserver: HTTPServer, hear: Callable[[str, str], InboundMessage]
) -> None:
    httpserver.expect_request("/v25.0/777/messages", headers={"Authorization": "Bearer ms"}).respond_with_json({})
    marks = open_marks(store, _settings(httpserver))
    marks(hear("messenger", "9001"))
    marks.close()
    assert [request.json for request, _ in httpserver.log] == [
        {"recipient": {"id": "9001"}, "sender_action": "mark_seen"},
        {"recipient": {"id": "9001"}, "sender_action": "typing_on"},
    ]


def test_answers_whatever_becomes_of_a_mark(
    store: Store, now: datetime, hear: Callable[[str, str], InboundMessage]
) -> None:
    channel = Channel(error=Unavailable("away"))
    marks = ReadMarks(store, {"whatsapp": channel})
    hear("whatsapp", "33612345678")
    work_inbox(store, Rasa(), lambda: now, around=Around(tell_read=marks))
    marks.close()
    assert channel.marked == [("id-1", "33612345678")]
    with store.read() as connection:
        assert [row.payload.text for row in list_rows(connection)] == ["Hello"]


def test_waits_for_no_mark_and_lets_those_go_that_come_too_late(
    store: Store, hear: Callable[[str, str], InboundMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.read_marks._TOO_LATE_SECONDS", 0.0)
    gate = Event()
    channel = Channel(wait=gate)
    marks = ReadMarks(store, {"whatsapp": channel})
    message = hear("whatsapp", "33612345678")
    for _ in range(100):
        marks(message)  # returns at once, with 100 waiting or not
    gate.set()
    marks.close()
    assert channel.marked == []
