"""Messenger's webhook -> the store: every message of a batch, each once; echoes and receipts settle what we said."""

import copy
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.handover import work_inbox
from bot.channels.messenger.receive import keep_batch
from bot.channels.outbox import enqueue, list_rows, mark_all_sending, mark_sent, mark_unknown
from bot.contracts.messages import Card, InboundMessage, OutboundMessage
from bot.profile.conversations import find_conversation
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversations, inbox, rejects
from bot.settings import Settings

PAGE, PERSON = "777", "9001"
SETTINGS = Settings(messenger_page_id=PAGE, holdout_salt="a salt of sixteen")
Batch = dict[str, Any]


def batch(*events: Batch) -> Batch:
    return {"object": "page", "entry": [{"id": PAGE, "time": 1, "messaging": [each]} for each in events]}


def event(at: datetime, *, person: str = PERSON, page: str = PAGE, **parts: Any) -> Batch:
    return {"sender": {"id": person}, "recipient": {"id": page}, "timestamp": int(at.timestamp() * 1000), **parts}


def text(words: str, at: datetime, **how: Any) -> Batch:
    return event(at, message={"mid": f"m_{words}", "text": words}, **how)


@pytest.fixture
def keep(store: Store, now: datetime) -> Callable[[Batch], None]:
    return lambda received: keep_batch(store, SETTINGS, received, now)


def _heard(store: Store) -> list[Any]:
    with store.read() as connection:
        return [row.payload for row in connection.execute(sa.select(inbox).order_by(inbox.c.inbox_id))]


def _ours(store: Store, now: datetime) -> int:
    with store.write() as connection:
        talk = find_conversation(connection, "messenger", PERSON)
        assert talk
        made = enqueue(connection, idempotency_key="k", kind="reply", customer_id=talk.customer_id,
                       sender_id=talk.sender_id, channel="messenger", address=PERSON, purpose="service",
                       payload=OutboundMessage("Hello!"), now=now)
        assert made
        mark_all_sending(connection, [made], now)
        return made


def _state(store: Store) -> tuple[str, str]:
    with store.read() as connection:
        (row,) = list_rows(connection)
    return row.state, row.vendor_message_id


@pytest.mark.parametrize("parts", [
    {"reaction": {}}, {"optin": {}}, {"referral": {}}, {"message": {"mid": "m", "is_deleted": True}},
    {"pass_thread_control": {}},
])
def test_leaves_alone_what_asks_nothing(
    store: Store, keep: Callable[[Batch], None], now: datetime, parts: dict[str, Any]
) -> None:
    keep(batch(event(now, **parts)))
    with store.read() as connection:
        assert (list_rows(connection), list(connection.execute(sa.select(rejects)))) == ([], [])


def test_hears_nothing_of_another_page_and_nothing_that_another_app_has_in_hand(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    keep(batch(text("one", now, page="1")))
    keep({"object": "page", "entry": [{"id": PAGE, "standby": [text("two", now)]}]})
    assert _heard(store) == []


def test_keeps_every_message_of_a_batch_each_once(store: Store, keep: Callable[[Batch], None], now: datetime) -> None:
    received = batch(text("two", now), text("one", now - timedelta(seconds=1)), {"nonsense": 1})
    received["entry"][0]["messaging"].append(text("three", now + timedelta(seconds=1)))
    for _ in range(3):
        keep(copy.deepcopy(received))
    assert [each["text"] for each in _heard(store)] == ["one", "two", "three"]
    with store.read() as connection:
        reasons = connection.scalars(sa.select(rejects.c.reason)).all()
    assert set(reasons) == {"unreadable_KeyError"}


def test_takes_tapped_buttons_for_what_they_carry(store: Store, keep: Callable[[Batch], None], now: datetime) -> None:
    keep(batch(
        event(now, message={"mid": "m1", "text": "Yes", "quick_reply": {"payload": "/affirm"}}),
        event(now, postback={"mid": "m2", "title": "Add", "payload": "/add1"}),
        event(now, postback={"title": "Get started", "payload": "GET_STARTED"}),
    ))
    assert [each["payload"] or each["text"] for each in _heard(store)] == ["/affirm", "/add1", "Get started"]


class Unasked:
    """Rasa that must hear nothing."""

    def hand_over(self, message: InboundMessage) -> list[OutboundMessage]:
        raise AssertionError(message)


@pytest.mark.parametrize("file", [
    {"type": "audio", "payload": {"url": "https://cdn.fbsbx.com/a"}}, {"type": "fallback", "payload": None},
    {"type": "image", "payload": {"url": "https://scontent.xx.fbcdn.net/a", "sticker_id": 369239263222822}},
    {"type": "location", "payload": {"coordinates": {"lat": 1, "long": 2}}}, {"type": "template", "payload": {}},
])
def test_says_that_it_reads_only_words(
    store: Store, keep: Callable[[Batch], None], now: datetime, file: dict[str, Any]
) -> None:
    for _ in range(2):
        keep(batch(event(now, message={"mid": "m1", "attachments": [file]})))
    work_inbox(store, Unasked(), lambda: now, limit=10)
    with store.read() as connection:
        (row,) = list_rows(connection)
    assert "lis que les mots" in row.payload.text


def test_keeps_each_file_of_a_message_and_the_words_with_the_first(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    files = [{"type": "image", "payload": {"url": f"https://scontent.xx.fbcdn.net/{n}"}} for n in range(3)]
    for _ in range(2):
        keep(batch(event(now, message={"mid": "m1", "text": "torn, look", "attachments": files})))
    heard = _heard(store)
    assert [each["message_id"] for each in heard] == ["m1", "m1#1", "m1#2"]
    assert [each["text"] for each in heard] == ["torn, look", "", ""]
    assert [each["page"]["media"]["url"][-1] for each in heard] == ["0", "1", "2"]


@pytest.mark.parametrize("order", [
    ["echo", "delivery", "read"], ["read", "echo", "delivery"], ["delivery", "echo", "read"],
])
def test_settles_a_message_whatever_order_its_receipts_come_in(
    store: Store, keep: Callable[[Batch], None], now: datetime, order: list[str]
) -> None:
    keep(batch(text("hello", now)))
    ours = _ours(store, now)
    with store.write() as connection:
        mark_sent(connection, ours, "m_ours", now)
    told = {
        "echo": event(now, person=PAGE, page=PERSON, message={"mid": "m_ours", "is_echo": True, "metadata": str(ours)}),
        "delivery": event(now, delivery={"mids": ["m_ours"], "watermark": 1}),
        "read": event(now, read={"watermark": int(now.timestamp() * 1000) + 1}),
    }
    for each in order:
        keep(batch(told[each]))
    assert _state(store) == ("seen", "m_ours")


def test_settles_what_a_crash_left_unknown_by_its_echo(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    keep(batch(text("hello", now)))
    ours = _ours(store, now)
    with store.write() as connection:
        mark_unknown(connection, ours, now)
    echo = {"mid": "m_ours", "is_echo": True, "metadata": str(ours)}
    keep(batch(event(now, person=PAGE, page=PERSON, message=echo)))
    assert _state(store) == ("sent", "m_ours")


def test_takes_what_the_page_wrote_elsewhere_for_nothing_of_ours(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    keep(batch(text("hello", now)))
    _ours(store, now)
    echo = {"mid": "m_else", "is_echo": True, "metadata": "other app"}
    keep(batch(event(now, person=PAGE, page=PERSON, message=echo)))
    assert _state(store) == ("sending", "")


def test_corrects_what_nobody_has_answered(store: Store, keep: Callable[[Batch], None], now: datetime) -> None:
    keep(batch(text("size S", now)))
    keep(batch(event(now, message_edit={"mid": "m_size S", "text": "size M", "num_edit": 1})))
    assert [each["text"] for each in _heard(store)] == ["size M"]


def test_answers_words_and_a_carousel_as_two_messages(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    class Rasa:
        def hand_over(self, _message: InboundMessage) -> list[OutboundMessage]:
            found = OutboundMessage("Here is what I found.", cards=(Card("Jumper"),))
            return [found, OutboundMessage("Anything else?")]

    keep(batch(text("a jumper please", now)))
    work_inbox(store, Rasa(), lambda: now, limit=10)
    with store.read() as connection:
        said = [(row.payload.text, len(row.payload.cards)) for row in list_rows(connection)[::-1]]
        address = connection.scalar(sa.select(conversations.c.address))
    assert said == [("Here is what I found.", 0), ("", 1), ("Anything else?", 0)]
    assert address == PERSON
