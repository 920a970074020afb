"""The outbox: one row a key, order per sender, and states that only go forward."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.outbox import (
    OutboxRow,
    claim_due,
    enqueue,
    hold,
    is_anything_due,
    list_rows,
    mark_all_sending,
    mark_arrived,
    mark_delivered,
    mark_failed,
    mark_seen,
    mark_sent,
    mark_unknown,
    settle_lapsed,
    withdraw,
)
from bot.contracts.messages import OutboundMessage, QuickReply
from bot.profile.store.engine import Store
from bot.profile.store.tables import outbox


def put(store: Store, now: datetime, key: str, **changes: Any) -> int | None:
    values: dict[str, Any] = {
        "kind": "reply", "customer_id": "c", "sender_id": "s", "channel": "web", "address": "a", "purpose": "service",
        "payload": OutboundMessage(key, quick_replies=(QuickReply("Yes", "/affirm"),)), "now": now, **changes,
    }
    with store.write() as connection:
        return enqueue(connection, idempotency_key=key, **values)


def claim(store: Store, now: datetime, *kinds: str) -> list[OutboxRow]:
    with store.write() as connection:
        return claim_due(connection, kinds=kinds or ("reply", "nudge"), limit=10, lease_seconds=30, now=now)


def state_of(store: Store, outbox_id: int | None) -> tuple[str, str]:
    with store.read() as connection:
        return next((row.state, row.reason) for row in list_rows(connection) if row.outbox_id == outbox_id)


def test_claims_nothing_before_its_time(store: Store, now: datetime) -> None:
    put(store, now, "later", not_before=now + timedelta(seconds=1))
    assert claim(store, now) == []
    assert len(claim(store, now + timedelta(seconds=1))) == 1


def test_looks_for_what_is_due_and_nothing_else(store: Store, now: datetime) -> None:
    def is_due(*kinds: str, after: float = 0.0) -> bool:
        with store.read() as connection:
            return is_anything_due(connection, kinds, now + timedelta(seconds=after))

    assert not is_due("reply", "nudge")
    put(store, now, "later", kind="nudge", not_before=now + timedelta(seconds=60))
    assert not is_due("reply", "nudge")
    assert is_due("nudge", after=60)
    assert not is_due("reply", after=60)
    outbox_id = put(store, now, "now")
    assert is_due("reply")
    claim(store, now, "reply")
    assert not is_due("reply")
    with store.write() as connection:
        mark_all_sending(connection, [outbox_id or 0], now)
    assert not is_due("reply", after=59)
    assert is_due("reply", after=61), "what a crash left is settled by the next look"


def test_many_rows_arrive_at_once_and_go_forward_only(store: Store, now: datetime) -> None:
    ids = [put(store, now, str(number), sender_id=str(number)) or 0 for number in range(4)]
    with store.write() as connection:
        for each in ids[:3]:
            mark_all_sending(connection, [each], now)
        mark_sent(connection, ids[0], "web-1", now)
        mark_seen(connection, ids[2], "web-3", now)
        names = {each: f"web-{number}" for number, each in enumerate(ids, start=1)}
        mark_arrived(connection, names, "delivered", now + timedelta(seconds=1))
        mark_arrived(connection, {}, "seen", now)
    with store.read() as connection:
        rows = {row.outbox_id: row for row in list_rows(connection)}
    assert [rows[each].state for each in ids] == ["delivered", "delivered", "seen", "pending"]
    assert [rows[each].vendor_message_id for each in ids] == ["web-1", "web-2", "web-3", ""]
    assert [rows[each].sent_at for each in ids[:2]] == [now, now + timedelta(seconds=1)]


def test_keeps_one_row_a_key(store: Store, now: datetime) -> None:
    assert put(store, now, "a") is not None
    assert put(store, now, "a") is None


def test_gives_back_the_message_as_it_was_put(store: Store, now: datetime) -> None:
    put(store, now, "a", facts={"cart_ref": "1"})
    (row,) = claim(store, now)
    assert row.payload == OutboundMessage("a", quick_replies=(QuickReply("Yes", "/affirm"),))
    assert row.facts == {"cart_ref": "1"}


def test_claims_a_senders_next_only_when_the_first_has_left(store: Store, now: datetime) -> None:
    first, second = put(store, now, "1"), put(store, now, "2")
    put(store, now, "3", sender_id="other")
    assert [row.payload.text for row in claim(store, now)] == ["1", "3"]
    assert claim(store, now) == []
    assert first is not None
    with store.write() as connection:
        assert mark_all_sending(connection, [first], now)
    assert claim(store, now) == []
    with store.write() as connection:
        mark_sent(connection, first, "v", now)
    assert [row.outbox_id for row in claim(store, now)] == [second]


def test_lets_a_reply_pass_a_nudge_that_waits(store: Store, now: datetime) -> None:
    put(store, now, "nudge", kind="nudge", not_before=now + timedelta(hours=1))
    put(store, now, "reply")
    assert [row.payload.text for row in claim(store, now)] == ["reply"]


def test_leaves_a_leased_row_to_whoever_has_it_until_the_lease_is_over(store: Store, now: datetime) -> None:
    put(store, now, "a")
    assert len(claim(store, now)) == 1
    assert claim(store, now + timedelta(seconds=29)) == []
    assert len(claim(store, now + timedelta(seconds=31))) == 1


def test_marks_sending_once(store: Store, now: datetime) -> None:
    outbox_id = put(store, now, "a")
    assert outbox_id is not None
    with store.write() as connection:
        assert mark_all_sending(connection, [outbox_id], now)
        assert not mark_all_sending(connection, [outbox_id], now)


def test_does_not_send_what_was_withdrawn(store: Store, now: datetime) -> None:
    outbox_id = put(store, now, "a", about="offer:1")
    assert outbox_id is not None
    with store.write() as connection:
        assert withdraw(connection, about="offer:1", customer_id="c", reason="offer_accepted", now=now) == 1
        assert not mark_all_sending(connection, [outbox_id], now)
    assert state_of(store, outbox_id) == ("withdrawn", "offer_accepted")


def test_takes_nothing_back_that_is_leaving(store: Store, now: datetime) -> None:
    outbox_id = put(store, now, "a")
    assert outbox_id is not None
    with store.write() as connection:
        mark_all_sending(connection, [outbox_id], now)
        assert withdraw(connection, outbox_ids=[outbox_id], reason="offer_accepted", now=now) == 0


def test_calls_unknown_what_nobody_is_sending_any_more(store: Store, now: datetime) -> None:
    outbox_id = put(store, now, "a")
    assert outbox_id is not None
    with store.write() as connection:
        mark_all_sending(connection, [outbox_id], now)
        assert settle_lapsed(connection, now + timedelta(seconds=59)) == 0
        assert settle_lapsed(connection, now + timedelta(seconds=61)) == 1
    assert state_of(store, outbox_id) == ("unknown", "crashed")


def test_a_late_answer_settles_an_unknown_row(store: Store, now: datetime) -> None:
    outbox_id = put(store, now, "a")
    assert outbox_id is not None
    with store.write() as connection:
        mark_all_sending(connection, [outbox_id], now)
        mark_unknown(connection, outbox_id, now)
        mark_sent(connection, outbox_id, "v", now)
    assert state_of(store, outbox_id) == ("sent", "")


@pytest.mark.parametrize("mark", [lambda connection, row, why, _: hold(connection, [row], why), mark_failed])
def test_never_goes_back_from_sent(store: Store, now: datetime, mark: Any) -> None:
    outbox_id = put(store, now, "a")
    assert outbox_id is not None
    with store.write() as connection:
        mark_all_sending(connection, [outbox_id], now)
        mark_sent(connection, outbox_id, "v", now)
        mark(connection, outbox_id, "too late", now)
    assert state_of(store, outbox_id) == ("sent", "")


def sending(store: Store, now: datetime, key: str = "a") -> int:
    outbox_id = put(store, now, key)
    assert outbox_id is not None
    with store.write() as connection:
        assert mark_all_sending(connection, [outbox_id], now)
    return outbox_id


def test_takes_no_receipt_for_what_never_left(store: Store, now: datetime) -> None:
    outbox_id = put(store, now, "a")
    assert outbox_id is not None
    with store.write() as connection:
        assert not mark_delivered(connection, outbox_id, "v", now)
        withdraw(connection, outbox_ids=[outbox_id], reason="x", now=now)
        assert not mark_seen(connection, outbox_id, "v", now)
        mark_sent(connection, outbox_id, "v", now)
    assert state_of(store, outbox_id) == ("withdrawn", "x")


def test_a_late_receipt_settles_an_unknown_row(store: Store, now: datetime) -> None:
    outbox_id = sending(store, now)
    with store.write() as connection:
        settle_lapsed(connection, now + timedelta(seconds=61))
        assert mark_delivered(connection, outbox_id, "v", now)
        assert not mark_delivered(connection, outbox_id, "v", now)
    assert state_of(store, outbox_id) == ("delivered", "")


def test_a_receipt_may_be_quicker_than_the_vendors_answer(store: Store, now: datetime) -> None:
    outbox_id = sending(store, now)
    with store.write() as connection:
        assert mark_seen(connection, outbox_id, "v", now)
        mark_sent(connection, outbox_id, "v", now)
        mark_unknown(connection, outbox_id, now)
        assert not mark_delivered(connection, outbox_id, "v", now)
    with store.read() as connection:
        (row,) = list_rows(connection)
    assert (row.state, row.vendor_message_id, row.sent_at) == ("seen", "v", now)


def test_is_claimed_once_by_many_workers(store: Store, now: datetime) -> None:
    for number in range(30):
        put(store, now, f"k{number}", sender_id=f"s{number % 7}")
    sent: list[int] = []

    def work() -> None:
        idle = 0
        while idle < 5:
            rows = claim(store, now)
            idle = 0 if rows else idle + 1
            for row in rows:
                with store.write() as connection:
                    if mark_all_sending(connection, [row.outbox_id], now):
                        sent.append(row.outbox_id)
                        mark_sent(connection, row.outbox_id, "v", now)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(sent) == sorted(set(sent))
    assert len(sent) == 30
    by_sender = [[each for each in sent if (each - sent[0]) % 7 == rest] for rest in range(7)]
    assert all(ids == sorted(ids) for ids in by_sender)


_WAYS_TO_LEAVE: dict[str, Callable[[sa.Connection, int, datetime], object]] = {
    "sent": lambda connection, code, now: mark_sent(connection, code, "v", now),
    "seen before the vendor answers": lambda connection, code, now: mark_seen(connection, code, "v", now),
    "refused": lambda connection, code, now: mark_failed(connection, code, "refused", now),
    "lost": mark_unknown,
    "arrived with others": lambda connection, code, now: mark_arrived(connection, {code: "v"}, "delivered", now),
    "lapsed": lambda connection, code, now: settle_lapsed(connection, now + timedelta(days=1)),
}


@pytest.mark.parametrize("way", _WAYS_TO_LEAVE)
def test_forgets_a_code_once_it_has_left(store: Store, now: datetime, way: str) -> None:
    put(store, now, "Your code is 123456", kind="code")
    (row,) = claim(store, now, "code")
    assert "123456" in row.payload.text
    with store.write() as connection:
        mark_all_sending(connection, [row.outbox_id], now)
        _WAYS_TO_LEAVE[way](connection, row.outbox_id, now)
    assert "123456" not in kept_in(store)


@pytest.mark.parametrize("stay", ["withdrawn", "held"])
def test_forgets_a_code_that_never_leaves(store: Store, now: datetime, stay: str) -> None:
    outbox_id = put(store, now, "Your code is 123456", kind="code")
    assert outbox_id is not None
    with store.write() as connection:
        if stay == "held":
            hold(connection, [outbox_id], "expired")
        else:
            withdraw(connection, outbox_ids=[outbox_id], reason="x", now=now)
    assert "123456" not in kept_in(store)


def test_keeps_what_a_letter_without_a_code_said(store: Store, now: datetime) -> None:
    outbox_id = sending(store, now, "Your parcel 123456 is late")
    with store.write() as connection:
        mark_sent(connection, outbox_id, "v", now)
    assert "123456" in kept_in(store)


def kept_in(store: Store) -> str:
    with store.read() as connection:
        return str(connection.scalars(sa.select(outbox.c.payload)).all())
