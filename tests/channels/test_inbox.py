"""The inbox: each message once, in order per sender, whoever works it and whatever breaks."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.inbox import InboxRow, claim_next, fail, finish, is_anything_waiting, is_unanswered, put_back, receive
from bot.contracts.messages import InboundMessage, MessageId, SenderId
from bot.profile.store.engine import Store
from bot.profile.store.tables import inbox


def say(store: Store, now: datetime, message_id: str, sender: str = "s", **changes: Any) -> bool:
    message = InboundMessage(MessageId(message_id), "web", SenderId(sender), text=message_id, **changes)
    with store.write() as connection:
        return receive(connection, message, now)


def claim(store: Store, now: datetime, limit: int = 10) -> list[InboxRow]:
    with store.write() as connection:
        return claim_next(connection, lease_seconds=30, now=now, limit=limit)


def close(store: Store, row: InboxRow, how: Any = finish) -> bool:
    with store.write() as connection:
        return bool(how(connection, row))


def test_claims_nothing_when_nobody_spoke(store: Store, now: datetime) -> None:
    assert claim(store, now) == []


def test_looks_for_what_may_be_claimed_and_nothing_else(store: Store, now: datetime) -> None:
    def is_waiting(after: float = 0.0) -> bool:
        with store.read() as connection:
            return is_anything_waiting(connection, now + timedelta(seconds=after))

    assert not is_waiting()
    say(store, now, "m1")
    assert is_waiting()
    (row,) = claim(store, now)
    assert not is_waiting()
    say(store, now, "m2")
    assert not is_waiting(), "the sender's next one waits for the first's answer"
    assert is_waiting(after=31), "the worker of the first is gone"
    close(store, row)
    assert is_waiting()


def test_drops_a_message_that_comes_again(store: Store, now: datetime) -> None:
    assert say(store, now, "m1")
    assert not say(store, now, "m1")
    assert len(claim(store, now)) == 1


def test_drops_a_message_that_comes_again_after_its_answer(store: Store, now: datetime) -> None:
    say(store, now, "m1")
    close(store, claim(store, now)[0])
    assert not say(store, now, "m1")
    assert claim(store, now) == []


def test_keeps_the_same_id_of_two_channels_apart(store: Store, now: datetime) -> None:
    assert say(store, now, "m1")
    with store.write() as connection:
        assert receive(connection, InboundMessage(MessageId("m1"), "sms", SenderId("t"), text="x"), now)


def test_gives_back_the_message_as_it_came(store: Store, now: datetime) -> None:
    say(store, now, "m1", page={"product_id": "p"}, language="fr")
    (row,) = claim(store, now)
    assert row.message.page == {"product_id": "p"}
    assert row.message.language == "fr"
    assert row.received_at == now


def test_claims_a_senders_next_only_when_the_last_is_answered(store: Store, now: datetime) -> None:
    for message_id, sender in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        say(store, now, message_id, sender)
    rows = claim(store, now)
    assert [row.message.text for row in rows] == ["a1", "b1"]
    assert claim(store, now) == []
    assert close(store, rows[0])
    assert [row.message.text for row in claim(store, now)] == ["a2"]


def test_waits_behind_a_message_that_was_put_back(store: Store, now: datetime) -> None:
    say(store, now, "a1", "a")
    say(store, now, "a2", "a")
    (row,) = claim(store, now)
    with store.write() as connection:
        put_back(connection, row, now + timedelta(seconds=5))
    assert claim(store, now + timedelta(seconds=4)) == []
    assert [each.message.text for each in claim(store, now + timedelta(seconds=5))] == ["a1"]


def test_goes_on_to_the_next_when_a_message_failed(store: Store, now: datetime) -> None:
    say(store, now, "a1", "a")
    say(store, now, "a2", "a")
    assert close(store, claim(store, now)[0], fail)
    assert [row.message.text for row in claim(store, now)] == ["a2"]


def test_takes_a_row_over_when_its_lease_ran_out(store: Store, now: datetime) -> None:
    say(store, now, "m1")
    (lost,) = claim(store, now)
    assert claim(store, now + timedelta(seconds=29)) == []
    (taken,) = claim(store, now + timedelta(seconds=31))
    assert taken.attempts == 2
    assert not close(store, lost)
    assert close(store, taken)


def test_says_whether_somebody_waits_for_an_answer(store: Store, now: datetime) -> None:
    def waits() -> bool:
        with store.read() as connection:
            return is_unanswered(connection, "s")

    assert not waits()
    say(store, now, "m1")
    assert waits()
    (row,) = claim(store, now)
    assert waits()
    close(store, row)
    assert not waits()


@pytest.mark.parametrize("workers", [4])
def test_holds_the_order_under_concurrent_workers(store: Store, now: datetime, workers: int) -> None:
    senders = [f"s{number}" for number in range(6)]
    for number in range(8):
        for sender in senders:
            say(store, now, f"{sender}-{number}", sender)
    said: dict[str, list[str]] = {sender: [] for sender in senders}
    busy: set[str] = set()
    broken: list[str] = []

    def work() -> None:
        while True:
            rows = claim(store, now, limit=2)
            if not rows and not _any_left(store):
                return
            for row in rows:
                sender = row.message.sender_id
                if sender in busy:
                    broken.append(sender)
                busy.add(sender)
                said[sender].append(row.message.text)
                busy.discard(sender)
                if not close(store, row):
                    broken.append(row.message.text)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert broken == []
    assert said == {sender: [f"{sender}-{number}" for number in range(8)] for sender in senders}


def test_numbers_a_senders_messages_in_the_order_they_are_kept(store: Store, now: datetime) -> None:
    first_is_in, second_is_in = threading.Event(), threading.Event()

    def slowly() -> None:
        with store.write() as connection:
            receive(connection, InboundMessage(MessageId("slow"), "web", SenderId("s"), text="slow"), now)
            first_is_in.set()
            second_is_in.wait(0.5)

    thread = threading.Thread(target=slowly)
    thread.start()
    first_is_in.wait(5)
    say(store, now, "quick")
    second_is_in.set()
    thread.join(10)
    with store.read() as connection:
        rows = connection.scalars(sa.select(inbox.c.message_id).order_by(inbox.c.inbox_id)).all()
    assert rows == ["slow", "quick"]


def _any_left(store: Store) -> bool:
    with store.read() as connection:
        left = sa.select(sa.func.count()).select_from(inbox).where(inbox.c.state.in_(("waiting", "working")))
        return bool(connection.scalar(left))
