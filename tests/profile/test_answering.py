"""On which channel and at which hour customers write, and answer what we began."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.channels.outbox import enqueue
from bot.contracts.messages import OutboundMessage
from bot.profile.answering import refresh_answering
from bot.profile.conversations import open_conversation
from bot.profile.store.tables import conversations, inbox, outbox
from bot.profile.traits import TraitRule, chosen_traits

PARIS = "Europe/Paris"
RULES = {name: TraitRule(name, "add_counts") for name in ("active_hours", "answer_hours")}


@pytest.fixture
def world(store, now):
    """Somebody's conversation on the web."""
    with store.write() as connection:
        return open_conversation(connection, "web", "visitor-1", now=now, salt="salt-for-tests-0123")


def _write(store, conversation, moment, number):
    with store.write() as connection:
        connection.execute(sa.insert(inbox).values(
            channel="web", message_id=f"m{number}", sender_id=conversation.sender_id, payload={}, state="done",
            received_at=moment,
        ))


def _nudge(store, conversation, moment, kind="nudge"):
    with store.write() as connection:
        enqueue(
            connection, payload=OutboundMessage(text="Hello", language="en"), kind=kind,
            idempotency_key=f"{kind}{moment}",
            channel="web", address="visitor-1", customer_id=conversation.customer_id,
            sender_id=conversation.sender_id, purpose="service", now=moment,
        )
        connection.execute(sa.update(outbox).values(state="sent", sent_at=moment))


def _hours(store, customer_id):
    with store.read() as connection:
        return {name: each.value for name, each in chosen_traits(connection, customer_id, RULES).items()}


def test_knows_nothing_of_somebody_who_never_wrote(store, world, now):
    assert refresh_answering(store, now=now, timezone=PARIS) == 0
    assert _hours(store, world.customer_id) == {}


def test_counts_hours_where_the_customer_is_each_message_once(store, world, now):
    for number, hour in enumerate((13, 13, 20)):
        _write(store, world, datetime(2026, 11, 24, hour, 30, tzinfo=UTC), number)
    while refresh_answering(store, now=now, timezone=PARIS, limit=2):
        pass
    assert refresh_answering(store, now=now, timezone=PARIS) == 0
    assert _hours(store, world.customer_id) == {"active_hours": {"web 14h": 2, "web 21h": 1}}
    with store.write() as connection:
        connection.execute(sa.update(conversations).values(timezone="America/Montreal"))
    _write(store, world, datetime(2026, 11, 24, 20, 30, tzinfo=UTC), 9)
    refresh_answering(store, now=now, timezone=PARIS)
    assert _hours(store, world.customer_id)["active_hours"] == {"web 14h": 2, "web 15h": 1, "web 21h": 1}


@pytest.mark.parametrize(("kind", "hours_later", "answers"), [
    ("nudge", 1, {"web 12h": 1}), ("nudge", 25, None), ("nudge", -1, None), ("reply", 1, None),
])
def test_an_answer_is_what_follows_a_nudge_within_a_day(store, world, now, kind, hours_later, answers):
    _nudge(store, world, now, kind)
    _write(store, world, now + timedelta(hours=hours_later), 1)
    refresh_answering(store, now=now, timezone=PARIS)
    assert _hours(store, world.customer_id).get("answer_hours") == answers
