"""The conversation as it was said: in order, each once, to its own people only."""

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.inbox import receive
from bot.channels.outbox import enqueue
from bot.channels.web import history
from bot.contracts.messages import InboundMessage, MessageId, OutboundMessage
from bot.profile.conversations import open_conversation
from bot.profile.store.engine import Store
from bot.profile.store.tables import messages


@pytest.fixture
def sender(store: Store, now: datetime) -> str:
    with store.write() as connection:
        return open_conversation(connection, "web", "session", now=now, salt="a-salt-for-tests-only").sender_id


def put(store: Store, sender: str, now: datetime, name: str, **more: Any) -> tuple[history.Said, bool]:
    values: dict[str, Any] = {"direction": "in", "payload": {"text": name}, **more}
    with store.write() as connection:
        return history.append(connection, sender_id=sender, message_id=name, now=now, **values)


def test_is_empty_before_anybody_spoke(store: Store, sender: str) -> None:
    with store.read() as connection:
        assert history.read_after(connection, sender, 0) == ([], False)
        assert history.read_before(connection, sender, 99) == ([], False)
        assert not history.find_busy(connection, [sender])


def test_keeps_a_message_once(store: Store, sender: str, now: datetime) -> None:
    first, is_new = put(store, sender, now, f"{sender}:m")
    again, is_new_again = put(store, sender, now, f"{sender}:m", payload={"text": "other"})
    assert (is_new, is_new_again) == (True, False)
    assert again == first
    assert first.to_json()["id"] == "m"


def test_reads_on_from_where_a_tab_stopped(store: Store, sender: str, now: datetime) -> None:
    said = [put(store, sender, now, f"m{number}")[0] for number in range(5)]
    with store.read() as connection:
        after, has_more = history.read_after(connection, sender, said[1].position)
        assert ([each.message_id for each in after], has_more) == (["m2", "m3", "m4"], False)
        newest, has_more = history.read_after(connection, sender, 0, limit=2)
        assert ([each.message_id for each in newest], has_more) == (["m3", "m4"], True)
        before, has_more = history.read_before(connection, sender, newest[0].position, limit=2)
        assert ([each.message_id for each in before], has_more) == (["m1", "m2"], True)


def test_says_in_which_conversations_an_answer_is_made(store: Store, sender: str, now: datetime) -> None:
    with store.write() as connection:
        other = open_conversation(connection, "web", "another", now=now, salt="a-salt-for-tests-only").sender_id
        assert history.find_busy(connection, [sender, other]) == set()
        receive(connection, InboundMessage(MessageId("m"), "web", sender, text="hello"), now)
        assert history.find_busy(connection, [sender, other]) == {sender}
        enqueue(
            connection, idempotency_key="k", kind="reply", customer_id="c", sender_id=other, channel="web",
            address="a", purpose="service", payload=OutboundMessage("hello"), now=now,
        )
        assert history.find_busy(connection, [sender, other]) == {sender, other}
        assert history.find_busy(connection, [other]) == {other}


def test_notes_receipts_of_its_own_conversation_only(store: Store, sender: str, now: datetime) -> None:
    said, _ = put(store, sender, now, "out:1", direction="out", payload={"text": "a", "outbox_id": 1})
    with store.write() as connection:
        history.note_receipts(connection, [history.Receipt("somebody-else", seen=[said.position])], now)
        assert connection.scalar(sa.select(messages.c.seen_at)) is None
        history.note_receipts(connection, [history.Receipt(sender, seen=[said.position])], now)
        assert connection.scalar(sa.select(messages.c.seen_at)) == now
        assert history.read_after(connection, sender, 0)[0][0].to_json()["is_seen"] is True
