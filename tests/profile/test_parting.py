"""Promise 6, of nudges: what waits for a person, and what reached them, is each side's own again."""

from datetime import timedelta

import sqlalchemy as sa

from bot.channels.outbox import enqueue
from bot.contracts.messages import OutboundMessage
from bot.decision.persons import read_persons
from bot.profile.conversations import open_conversation
from bot.profile.events import OFFER_ACCEPTED, Event, append_events
from bot.profile.identities import link_identity
from bot.profile.merging import merge_customers, unmerge
from bot.profile.store.tables import outbox, waits
from bot.profile.store.upsert import insert_many

SALT = "salt-for-tests-0123"


def _two(connection, now):
    a = open_conversation(connection, "web", "left", now=now, salt=SALT)
    b = open_conversation(connection, "web", "right", now=now + timedelta(seconds=1), salt=SALT)
    link_identity(connection, b.customer_id, "email", "right@example.org", source="shop", now=now)
    return a, b


def _send(connection, key, root, now, *, sender_id="", channel="web", address="x"):
    return enqueue(
        connection, idempotency_key=key, kind="nudge", customer_id=root, sender_id=sender_id, channel=channel,
        address=address, purpose="marketing", payload=OutboundMessage("hello"), nudge="n", now=now,
    )


def _wait(root, member, subject, now, trigger="cart_left"):
    return {"trigger": trigger, "customer_id": root, "subject": subject, "state": "waiting", "due_at": now,
            "facts": {"member": member, "event_id": 1}, "step": "", "version": "", "outbox_id": None, "created_at": now,
            "updated_at": now}


def test_each_side_counts_what_reached_it(store, now):
    with store.write() as connection:
        a, b = _two(connection, now)
        merge = merge_customers(connection, a.customer_id, b.customer_id, reason="test", now=now)
        root = a.customer_id
        _send(connection, "1", root, now, sender_id=a.sender_id)
        _send(connection, "2", root, now, sender_id=b.sender_id)
        _send(connection, "3", root, now, channel="email", address="Right@example.org")
        unmerge(connection, merge, now=now)
        owners = connection.scalars(sa.select(outbox.c.customer_id).order_by(outbox.c.outbox_id)).all()
        assert owners == [a.customer_id, b.customer_id, b.customer_id]
        persons = read_persons(connection, [a.customer_id, b.customer_id], "marketing", now)
        assert [len(each.sent) for each in persons.values()] == [1, 2]


def test_a_wait_goes_to_whose_event_began_it_unless_they_have_it_already(store, now):
    with store.write() as connection:
        a, b = _two(connection, now)
        insert_many(connection, waits, [_wait(b.customer_id, b.customer_id, "cart:2", now)])
        merge = merge_customers(connection, a.customer_id, b.customer_id, reason="test", now=now)
        insert_many(connection, waits, [
            _wait(a.customer_id, a.customer_id, "cart:0", now), _wait(a.customer_id, b.customer_id, "cart:1", now),
            _wait(a.customer_id, b.customer_id, "cart:2", now),
        ])
        unmerge(connection, merge, now=now)
        rows = connection.execute(sa.select(waits).order_by(waits.c.wait_id)).all()
        assert [(row.subject, row.customer_id, row.state) for row in rows] == [
            ("cart:2", b.customer_id, "waiting"), ("cart:0", a.customer_id, "waiting"),
            ("cart:1", b.customer_id, "waiting"), ("cart:2", a.customer_id, "cancelled"),
        ]


def test_what_was_taken_in_between_is_offered_to_neither(store, now):
    with store.write() as connection:
        a, b = _two(connection, now)
        merge = merge_customers(connection, a.customer_id, b.customer_id, reason="test", now=now)
        append_events(connection, [Event("accept:1", a.customer_id, "prevenant", "track", OFFER_ACCEPTED,
                                         {"about": "offer:KNIT"}, now, now)])
        unmerge(connection, merge, now=now + timedelta(seconds=9))
        persons = read_persons(connection, [a.customer_id, b.customer_id], "marketing", now)
        assert [each.taken for each in persons.values()] == [{"offer:KNIT"}, {"offer:KNIT"}]
