"""Events: once per message id, newest first over the merged person, in order behind a cursor."""

from datetime import timedelta

import pytest

from bot.profile.customers import create_customer
from bot.profile.events import Event, append_events, events_after, events_of


@pytest.fixture
def customer(store, now):
    """Somebody."""
    with store.write() as connection:
        return create_customer(connection, now=now, salt="salt-for-tests-0123")


def _event(customer, number, now, name="Product Viewed"):
    moment = now + timedelta(minutes=number)
    return Event(f"m{number}", customer, "web", "track", name, {"n": number}, moment, moment)


def test_tells_nothing_when_nothing_happened(store, customer):
    with store.read() as connection:
        assert events_of(connection, customer) == []
        assert events_after(connection, 0, 10) == []


def test_drops_message_ids_it_knows_also_within_one_batch(store, customer, now):
    one, two = _event(customer, 1, now), _event(customer, 2, now)
    with store.write() as connection:
        assert append_events(connection, []) == 0
        assert append_events(connection, [one, one]) == 1
        assert append_events(connection, [one, two]) == 1
        assert append_events(connection, [one, two]) == 0


def test_narrows_by_name_time_and_number(store, customer, now):
    with store.write() as connection:
        append_events(connection, [_event(customer, n, now, "A" if n % 2 else "B") for n in range(6)])
        assert [each.properties["n"] for each in events_of(connection, customer)] == [5, 4, 3, 2, 1, 0]
        assert [each.message_id for each in events_of(connection, customer, names=["A"])] == ["m5", "m3", "m1"]
        assert len(events_of(connection, customer, since=now + timedelta(minutes=4))) == 2
        assert len(events_of(connection, customer, limit=2)) == 2


def test_a_cursor_reads_all_in_order_once(store, customer, now):
    with store.write() as connection:
        append_events(connection, [_event(customer, n, now) for n in range(5)])
        first = events_after(connection, 0, 3)
        second = events_after(connection, first[-1].event_id, 3)
    assert [each.message_id for each in first + second] == ["m0", "m1", "m2", "m3", "m4"]
