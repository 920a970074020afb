"""A customer who asked for a person, in a real store; people who answer; a clock that tests move."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.channels.handover import work_inbox
from bot.channels.inbox import receive
from bot.channels.outbox import OutboxRow, list_rows
from bot.contracts.messages import InboundMessage, MessageId, OutboundMessage, SenderId
from bot.handoff import answering
from bot.profile.conversations import get_conversation, note_inbound, open_conversation
from bot.profile.handoffs import HandoffRow, add_handoff, list_handoffs
from bot.profile.state import ConversationState, read_state
from bot.profile.store.engine import Store

SALT = "a-salt-for-tests-only"


@dataclass
class FakeGateway:
    """Rasa that repeats what it hears."""

    heard: list[str] = field(default_factory=list)

    def hand_over(self, message: InboundMessage) -> list[OutboundMessage]:
        self.heard.append(message.text)
        return [OutboundMessage(f"re {message.text}")]


@dataclass
class Shop:
    """Both sides of the counter."""

    store: Store
    now: datetime
    gateway: FakeGateway = field(default_factory=FakeGateway)

    def arrive(self, sender: str = "s-1", channel: str = "web") -> None:
        with self.store.write() as connection:
            open_conversation(connection, channel, f"browser-{sender}", now=self.now, salt=SALT, sender_id=sender)

    def say(self, text: str, sender: str = "s-1") -> None:
        """The customer writes; the worker does its round."""
        message = InboundMessage(MessageId(f"m-{sender}-{text}"), "web", SenderId(sender), text=text)
        with self.store.write() as connection:
            receive(connection, message, self.now)
            note_inbound(connection, sender, now=self.now)
        work_inbox(self.store, self.gateway, lambda: self.now, limit=10)

    def ask_for_person(self, sender: str = "s-1", key: str = "k-1", *, language: str = "en", email: str = "") -> int:
        with self.store.write() as connection:
            conversation = get_conversation(connection, sender)
            assert conversation
            made = add_handoff(
                connection, turn_key=key, reference=f"R-{key}", sender_id=sender, customer_id=conversation.customer_id,
                channel=conversation.channel, language=language, about="complaint", order_number="#MP204819",
                email=email, summary="Camille Roche. Order MP204819: on its way.", now=self.now,
            )
        assert made
        return made

    def do(self, deed: str, handoff_id: int, *args: str) -> None:
        with self.store.write() as connection:
            row = answering.require_handoff(connection, handoff_id)
            getattr(answering, deed)(connection, row, *args, self.now)

    def wait(self, **length: int) -> None:
        self.now += timedelta(**length)

    def leave_silent(self) -> int:
        return answering.leave_silent(self.store, self.now, timedelta(minutes=30))

    def rows(self, state: str = "") -> list[HandoffRow]:
        with self.store.read() as connection:
            return list_handoffs(connection, (state,) if state else ("waiting", "taken", "ended"))  # type: ignore[arg-type]  # a state by name

    @property
    def sent(self) -> list[OutboxRow]:
        with self.store.read() as connection:
            return list_rows(connection)[::-1]

    @property
    def told(self) -> list[str]:
        """What the customer reads in the chat."""
        return [row.payload.text for row in self.sent if row.kind == "reply"]

    @property
    def letters(self) -> list[OutboxRow]:
        return [row for row in self.sent if row.kind == "notice"]

    def state_of(self, sender: str = "s-1") -> ConversationState:
        with self.store.read() as connection:
            conversation = get_conversation(connection, sender)
            assert conversation
            return read_state(connection, conversation.customer_id)


@pytest.fixture
def shop(store: Store, now: datetime) -> Iterator[Shop]:
    """A customer who has just arrived."""
    made = Shop(store, now)
    made.arrive()
    yield made
