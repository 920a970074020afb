"""Who is in a segment since when: everybody by one query, and one person as an event arrives."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.intake.names import SHOP_ONLY
from bot.profile.consent import record_consent
from bot.profile.customers import create_customer, merge_customers, unmerge
from bot.profile.events import Event, append_events
from bot.profile.segments.book import Segment, SegmentBook
from bot.profile.segments.members import (
    ENTERED,
    LEFT,
    count_members,
    count_persons,
    keep_segments_current,
    refresh_segments,
    segments_of,
)
from bot.profile.segments.query import select_persons, values_for
from bot.profile.segments.scope import Scope
from bot.profile.store.tables import events, segment_members

RULES = {"buyers": "bought", "recent": "seen in 30 days", "lapsed": "bought and not seen for 30 days",
         "reachable": "consents to marketing on email"}
BOOK = SegmentBook({
    name: Segment(name, rule, SegmentBook().read(rule), {}, name in {"buyers", "lapsed"})
    for name, rule in RULES.items()
})


@pytest.fixture
def people(store, now):
    """Three of them."""
    with store.write() as connection:
        return [create_customer(connection, now=now + timedelta(seconds=n), salt="salt-for-tests-0123")
                for n in range(3)]


def _tell(store, customer, name, at, order="o1", silo="shop"):
    with store.write() as connection:
        properties = {"order_id": order, "products": [{"product_id": "p", "price_minor": 100}], "currency": "EUR"}
        event = Event(f"{customer}{name}{at}{order}", customer, silo, "track", name, properties, at, at)
        append_events(connection, [event])


def _inside(store, name):
    with store.read() as connection:
        return set(connection.scalars(sa.select(segment_members.c.customer_id).where(
            segment_members.c.segment == name, segment_members.c.left_at.is_(None))))


def _said(store):
    with store.read() as connection:
        rows = connection.execute(sa.select(events).where(events.c.silo == "segments").order_by(events.c.event_id))
        return [(row.name, row.customer_id, row.properties["segment"]) for row in rows]


def test_nobody_is_in_when_nothing_happened(store, people, now):
    changes = refresh_segments(store, BOOK, now=now)
    assert {name: change.count for name, change in changes.items()} == dict.fromkeys(RULES, 0)
    assert keep_segments_current(store, SegmentBook(), now=now) == 0
    with store.read() as connection:
        assert (count_members(connection), count_persons(connection)) == ({}, 3)


def test_those_a_segment_begins_with_are_in_without_an_event(store, people, now):
    _tell(store, people[0], "Order Completed", now)
    refresh_segments(store, BOOK, now=now)
    assert _inside(store, "buyers") == _inside(store, "recent") == {people[0]}
    assert _said(store) == []


def test_time_alone_lets_enter_and_leave_and_both_are_told(store, people, now):
    _tell(store, people[0], "Order Completed", now - timedelta(days=60))
    _tell(store, people[1], "Order Completed", now)
    refresh_segments(store, BOOK, now=now)
    assert (_inside(store, "lapsed"), _inside(store, "recent")) == ({people[0]}, {people[1]})
    later = now + timedelta(days=31)
    refresh_segments(store, BOOK, now=later)
    assert (_inside(store, "lapsed"), _inside(store, "recent")) == ({people[0], people[1]}, set())
    assert _said(store) == [("Segment Entered", people[1], "lapsed")]
    _tell(store, people[0], "Order Completed", later, order="o2")
    refresh_segments(store, BOOK, now=later)
    assert _said(store)[1:] == [("Segment Left", people[0], "lapsed")]
    with store.read() as connection:
        row = connection.execute(sa.select(segment_members).where(
            segment_members.c.segment == "lapsed", segment_members.c.customer_id == people[0])).one()
    assert (row.entered_at, row.left_at) == (now, later)


def test_an_event_counts_at_once_for_whom_it_concerns(store, people, now):
    keep_segments_current(store, BOOK, now=now)
    _tell(store, people[2], "Order Completed", now)
    with store.read() as connection:
        assert segments_of(connection, BOOK, people[2], now=now) == ("recent",)  # orders are counted a moment later
    assert keep_segments_current(store, BOOK, now=now + timedelta(seconds=1)) > 0
    assert _inside(store, "buyers") == {people[2]} and _inside(store, "recent") == {people[2]}
    with store.read() as connection:
        assert segments_of(connection, BOOK, people[2], now=now) == ("buyers", "recent")
    while keep_segments_current(store, BOOK, now=now + timedelta(seconds=2)):
        pass
    assert keep_segments_current(store, BOOK, now=now + timedelta(seconds=3)) == 0


def test_a_cancelled_order_leaves(store, people, now):
    _tell(store, people[0], "Order Completed", now)
    refresh_segments(store, BOOK, now=now)
    _tell(store, people[0], "Order Cancelled", now + timedelta(seconds=1))
    refresh_segments(store, BOOK, now=now + timedelta(seconds=2))
    assert _inside(store, "buyers") == set()
    assert _said(store) == [("Segment Left", people[0], "buyers")]


def test_a_merged_person_stays_since_when_the_part_was_and_nothing_is_told(store, people, now):
    _tell(store, people[1], "Order Completed", now)
    refresh_segments(store, BOOK, now=now)
    with store.write() as connection:
        merge = merge_customers(connection, people[0], people[1], reason="test", now=now)
    refresh_segments(store, BOOK, now=now + timedelta(hours=1))
    assert _inside(store, "buyers") == {people[0]}
    with store.read() as connection:
        entered = connection.scalar(sa.select(segment_members.c.entered_at).where(
            segment_members.c.segment == "buyers", segment_members.c.left_at.is_(None)))
    assert (entered, _said(store)) == (now, [])
    with store.write() as connection:
        unmerge(connection, merge, now=now + timedelta(hours=2))
    refresh_segments(store, BOOK, now=now + timedelta(hours=2))
    assert _inside(store, "buyers") == {people[1]}


def test_nobody_stays_in_a_segment_that_was_taken_out_of_the_file(store, people, now):
    _tell(store, people[0], "Order Completed", now)
    refresh_segments(store, BOOK, now=now)
    refresh_segments(store, SegmentBook({"recent": BOOK.segments["recent"]}), now=now)
    assert (_inside(store, "buyers"), _inside(store, "recent")) == (set(), {people[0]})


def test_a_segment_that_begins_again_begins_with_whom_it_has_without_an_event(store, people, now):
    _tell(store, people[0], "Order Completed", now)
    _tell(store, people[1], "Order Completed", now)
    refresh_segments(store, BOOK, now=now)
    without = SegmentBook({name: each for name, each in BOOK.segments.items() if name != "buyers"})
    refresh_segments(store, without, now=now)
    _tell(store, people[2], "Order Completed", now)
    refresh_segments(store, without, now=now)
    refresh_segments(store, BOOK, now=now + timedelta(minutes=5))
    assert (_inside(store, "buyers"), _said(store)) == (set(people), [])
    _tell(store, people[0], "Order Cancelled", now + timedelta(minutes=6))
    refresh_segments(store, BOOK, now=now + timedelta(minutes=7))
    assert _said(store) == [("Segment Left", people[0], "buyers")]


def test_an_event_before_the_first_refresh_lets_nobody_else_enter_with_one(store, people, now):
    keep_segments_current(store, SegmentBook(), now=now)
    _tell(store, people[0], "Order Completed", now)
    keep_segments_current(store, SegmentBook({"recent": BOOK.segments["recent"]}), now=now + timedelta(seconds=1))
    _tell(store, people[1], "Order Completed", now, order="o2")
    keep_segments_current(store, BOOK, now=now + timedelta(seconds=2))
    assert _inside(store, "buyers") == {people[1]}
    refresh_segments(store, BOOK, now=now + timedelta(minutes=5))
    assert (_inside(store, "buyers"), _said(store)) == ({people[0], people[1]}, [])


def test_nobody_stays_in_the_last_segment_once_it_has_ended(store, people, now):
    _tell(store, people[0], "Order Completed", now)
    keep_segments_current(store, BOOK, now=now)
    assert keep_segments_current(store, SegmentBook(), now=now + timedelta(minutes=5)) == 0
    assert (_inside(store, "buyers"), _inside(store, "recent"), _said(store)) == (set(), set(), [])


def test_no_page_may_say_that_somebody_entered():
    assert {ENTERED, LEFT} <= SHOP_ONLY


def test_refreshing_twice_changes_nothing(store, people, now):
    _tell(store, people[0], "Order Completed", now)
    refresh_segments(store, BOOK, now=now)
    assert all(change.count == 0 for change in refresh_segments(store, BOOK, now=now).values())


@pytest.mark.parametrize(("before", "after", "is_in"), [
    ([("granted", 0)], [], True), ([("granted", 0), ("withdrawn", 1)], [], False),
    ([("granted", 0), ("withdrawn", 1)], [("granted", 0)], True), ([("withdrawn", 0), ("granted", 1)], [], False),
    ([("granted", 0), ("granted", 1)], [("withdrawn", 1)], False), ([("withdrawn", 0), ("granted", 0)], [], True),
])
def test_consent_of_a_merged_person_is_the_guardrails_own(store, people, now, before, after, is_in):
    def say(connection, word, at):
        record_consent(connection, people[word[1]], purpose="marketing", channel="email", state=word[0], source="t",
                       wording="", now=at)

    with store.write() as connection:
        for number, word in enumerate(before):
            say(connection, word, now + timedelta(seconds=number))
        merge_customers(connection, people[0], people[1], reason="test", now=now + timedelta(minutes=1))
        for word in after:
            say(connection, word, now + timedelta(minutes=2))
    tree = BOOK.segments["reachable"].tree
    with store.read() as connection:
        found = connection.scalars(select_persons(tree, Scope(connection.dialect.name)), values_for([tree], now)).all()
    assert found == ([people[0]] if is_in else [])
