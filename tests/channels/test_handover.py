"""Inbox -> Rasa -> outbox: every message answered once, in order, honestly when Rasa is down."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.channels.handover import MOST_ATTEMPTS, RasaGateway, work_inbox
from bot.channels.inbox import claim_next, receive
from bot.channels.outbox import OutboxRow, list_rows
from bot.contracts.messages import InboundMessage, MessageId, OutboundMessage, SenderId
from bot.errors import FixConfiguration, FixInput, Unavailable
from bot.profile.conversations import open_conversation, verify_conversation
from bot.profile.state import ConversationState, OpenQuestion, read_state, write_state
from bot.profile.store.engine import Store
from bot.profile.store.tables import inbox
from bot.texts.catalogue import load_catalogue

SALT = "a salt of sixteen"


@dataclass
class FakeGateway:
    """Rasa that says what the test told it to."""

    answer: Callable[[InboundMessage], list[OutboundMessage]] = lambda message: [OutboundMessage(f"re {message.text}")]
    heard: list[InboundMessage] = field(default_factory=list)

    def hand_over(self, message: InboundMessage) -> list[OutboundMessage]:
        self.heard.append(message)
        return self.answer(message)


@dataclass
class Desk:
    """The store, a clock that tests move, and one pass of the worker."""

    store: Store
    now: datetime
    gateway: Any = field(default_factory=FakeGateway)

    def arrive(self, sender: str = "s") -> str:
        with self.store.write() as connection:
            made = open_conversation(connection, "web", f"sid-{sender}", now=self.now, salt=SALT, sender_id=sender)
        return made.customer_id

    def say(self, text: str, sender: str = "s", language: str = "") -> None:
        message = InboundMessage(MessageId(f"m-{text}"), "web", SenderId(sender), text=text, language=language)
        with self.store.write() as connection:
            receive(connection, message, self.now)

    def work(self, limit: int = 10) -> int:
        return work_inbox(self.store, self.gateway, lambda: self.now, limit=limit)

    @property
    def said(self) -> list[OutboxRow]:
        with self.store.read() as connection:
            return list_rows(connection)[::-1]

    @property
    def states(self) -> list[str]:
        with self.store.read() as connection:
            return list(connection.scalars(sa.select(inbox.c.state).order_by(inbox.c.inbox_id)))


def unavailable(_message: InboundMessage) -> list[OutboundMessage]:
    raise Unavailable("down")


@pytest.fixture
def desk(store: Store, now: datetime) -> Desk:
    return Desk(store, now)


def test_keeps_writers_waiting_for_nothing_when_nobody_said_anything(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.arrive()
    desk.say("hello")
    desk.work()
    monkeypatch.setattr(desk.store, "write", lambda: pytest.fail("a writing transaction for nothing"))
    assert desk.work() == 0


def test_says_nothing_when_rasa_says_nothing(desk: Desk) -> None:
    desk.arrive()
    desk.gateway.answer = lambda _: []
    desk.say("hello")
    assert desk.work() == 1
    assert desk.said == []
    assert desk.states == ["done"]


@pytest.mark.parametrize(("language", "said"), [
    ("en", "I cannot see what is on your picture, so I go by your words."),
    ("fr", "Je ne vois pas ce que montre votre image"),
])  # fmt: skip
def test_says_that_it_sees_no_picture_before_it_answers_the_words_beside_it(
    desk: Desk, language: str, said: str
) -> None:
    desk.arrive()
    page = {"picture": "p"}
    message = InboundMessage(MessageId("m-1"), "web", SenderId("s"), text="this?", language=language, page=page)
    with desk.store.write() as connection:
        receive(connection, message, desk.now)
    desk.work()
    assert desk.said[0].payload.text.startswith(said)
    assert desk.said[1].payload.text == "re this?"


def test_keeps_the_replies_in_order_for_the_conversation(desk: Desk) -> None:
    customer = desk.arrive()
    desk.gateway.answer = lambda _: [OutboundMessage("one"), OutboundMessage("two")]
    desk.say("hello")
    desk.work()
    assert [row.payload.text for row in desk.said] == ["one", "two"]
    assert {(row.kind, row.purpose, row.channel, row.sender_id, row.customer_id) for row in desk.said} == {
        ("reply", "service", "web", "s", customer)
    }
    assert desk.said[0].idempotency_key == "reply:web:m-hello:0"


def test_hands_over_one_message_a_sender_at_a_time(desk: Desk) -> None:
    desk.arrive()
    desk.say("one")
    desk.say("two")
    assert desk.work() == 1
    assert desk.work() == 1
    assert [message.text for message in desk.gateway.heard] == ["one", "two"]


def test_tells_rasa_what_the_open_question_asks_and_the_persons_language(desk: Desk) -> None:
    customer = desk.arrive()
    question = OpenQuestion("yes_no", "nudge:cart_left", desk.now.isoformat())
    with desk.store.write() as connection:
        write_state(connection, customer, ConversationState(language="fr", open_question=question), desk.now)
    desk.say("oui", language="en")
    desk.work()
    assert (desk.gateway.heard[0].expects, desk.gateway.heard[0].language) == ("yes_no", "fr")


def test_forgets_a_question_that_is_a_day_old(desk: Desk) -> None:
    customer = desk.arrive()
    asked = (desk.now - timedelta(hours=25)).isoformat()
    with desk.store.write() as connection:
        state = ConversationState(open_question=OpenQuestion("yes_no", "x", asked))
        write_state(connection, customer, state, desk.now)
    desk.say("oui")
    desk.work()
    assert desk.gateway.heard[0].expects == ""


def test_follows_the_person_whom_the_turn_proved(desk: Desk) -> None:
    desk.arrive()

    def prove(_: InboundMessage) -> list[OutboundMessage]:
        with desk.store.write() as connection:
            verify_conversation(
                connection, "s", customer_ref="camille", by="code", until=desk.now, now=desk.now, salt=SALT
            )
        return [OutboundMessage("welcome")]

    desk.gateway.answer = prove
    desk.say("123456")
    desk.work()
    with desk.store.read() as connection:
        assert read_state(connection, desk.said[0].customer_id) == ConversationState()
    assert desk.said[0].payload.text == "welcome"


def test_tries_again_while_rasa_is_down_and_then_says_so_in_their_language(desk: Desk) -> None:
    customer = desk.arrive()
    with desk.store.write() as connection:
        write_state(connection, customer, ConversationState(language="fr"), desk.now)
    desk.gateway.answer = unavailable
    desk.say("bonjour")
    for _ in range(MOST_ATTEMPTS):
        assert desk.said == []
        assert desk.work() == 1
        assert desk.work() == 0
        desk.now += timedelta(seconds=60)
    (row,) = desk.said
    assert row.payload.text.startswith("Je n’arrive pas à vous répondre")
    assert row.payload.quick_replies[0].payload == "/contact_human_agent"
    assert desk.states == ["failed"]


def test_answers_when_rasa_is_back(desk: Desk) -> None:
    desk.arrive()
    desk.gateway.answer = unavailable
    desk.say("hello")
    desk.work()
    desk.gateway.answer = lambda _: [OutboundMessage("hello")]
    desk.now += timedelta(seconds=2)
    desk.work()
    assert [row.payload.text for row in desk.said] == ["hello"]


@pytest.mark.parametrize("error", [FixInput("text", "no"), FixConfiguration("secret")])
def test_says_so_at_once_when_no_second_try_can_help(desk: Desk, error: Exception) -> None:
    def refuse(_: InboundMessage) -> list[OutboundMessage]:
        raise error

    desk.arrive()
    desk.gateway.answer = refuse
    desk.say("hello")
    desk.work()
    assert len(desk.said) == 1
    assert desk.states == ["failed"]


def test_leaves_a_message_of_nobody_unanswered(desk: Desk) -> None:
    desk.say("hello", sender="nobody")
    desk.work()
    assert desk.gateway.heard == []
    assert desk.states == ["failed"]


def test_keeps_one_set_of_replies_when_a_lease_ran_out_meanwhile(desk: Desk) -> None:
    desk.arrive()

    def lose_the_lease(message: InboundMessage) -> list[OutboundMessage]:
        desk.gateway.answer = lambda _: [OutboundMessage("once")]
        with desk.store.write() as connection:
            claim_next(connection, lease_seconds=1, now=desk.now + timedelta(hours=1), limit=1)
        return [OutboundMessage("once")]

    desk.gateway.answer = lose_the_lease
    desk.say("hello")
    desk.work()
    assert desk.said == []
    desk.now += timedelta(hours=2)
    desk.work()
    assert [row.payload.text for row in desk.said] == ["once"]


# -- the client -------------------------------------------------------------------------------

MESSAGE = InboundMessage(MessageId("m1"), "web", SenderId("s"), text="hello")


def gateway(server: HTTPServer, **changes: Any) -> RasaGateway:
    return RasaGateway(server.url_for("").rstrip("/"), "secret", pauses_seconds=(0, 0), **changes)


def test_reads_the_replies(httpserver: HTTPServer) -> None:
    reply = OutboundMessage("hi", language="en")
    httpserver.expect_request(
        "/webhooks/gateway/messages", method="POST", json=MESSAGE.to_json(), headers={"Authorization": "Bearer secret"}
    ).respond_with_json({"replies": [reply.to_json()]})
    assert gateway(httpserver).hand_over(MESSAGE) == [reply]


def test_tries_again_with_the_same_message_id(httpserver: HTTPServer) -> None:
    heard = []

    def answer(request: Request) -> Response:
        heard.append(request.json["message_id"])  # type: ignore[index]  # an object
        status, body = (200, '{"replies": []}') if len(heard) == 3 else (503, "{}")
        return Response(body, status, content_type="application/json")

    httpserver.expect_request("/webhooks/gateway/messages").respond_with_handler(answer)
    assert gateway(httpserver).hand_over(MESSAGE) == []
    assert heard == ["m1", "m1", "m1"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (503, "{}", Unavailable), (500, "{}", Unavailable), (200, "not json", Unavailable), (200, "[]", Unavailable),
        (400, "{}", FixInput), (401, "{}", FixConfiguration), (404, "{}", FixConfiguration),
    ],
)
def test_translates_what_rasa_answers(httpserver: HTTPServer, status: int, body: str, error: type) -> None:
    httpserver.expect_request("/webhooks/gateway/messages").respond_with_data(body, status)
    with pytest.raises(error):
        gateway(httpserver).hand_over(MESSAGE)


def test_is_unavailable_when_nobody_listens(httpserver: HTTPServer) -> None:
    url = httpserver.url_for("").rstrip("/")
    httpserver.stop()
    try:
        with pytest.raises(Unavailable):
            RasaGateway(url, "secret", pauses_seconds=(0,)).hand_over(MESSAGE)
    finally:
        httpserver.start()


def test_is_unavailable_when_rasa_is_too_slow(httpserver: HTTPServer) -> None:
    def wait(_: Request) -> Response:
        time.sleep(0.4)
        return Response("{}")

    httpserver.expect_request("/webhooks/gateway/messages").respond_with_handler(wait)
    with pytest.raises(Unavailable):
        gateway(httpserver, deadline_seconds=0.1).hand_over(MESSAGE)


def test_every_sentence_of_the_channels_is_translated() -> None:
    folder = Path(__file__).parents[2] / "bot" / "channels"
    known = load_catalogue("fr")
    sentences = [
        sentence
        for path in folder.rglob("*.py")
        for sentence in re.findall(r'translate\([^,]+, "([^"]+)"', path.read_text())
    ]
    assert sentences
    assert [each for each in sentences if each not in known] == []
