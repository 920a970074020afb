"""A journey rests when too many mind it, by more than chance, and not before."""

from datetime import timedelta

import pytest

from bot.decision.pauses import read_pauses, resume_journey
from bot.decision.triggers import load_triggers
from bot.measure.alarms import read_alarms, watch_journeys
from bot.measure.goals import GoalBook, Line
from tests.nudges.world import TRIGGERS

ALL = load_triggers(TRIGGERS)
BOOK = GoalBook(lines=tuple(Line(each, 0.01, timedelta(days=3)) for each in ("opt_outs", "complaints", "refusals")))


def ids(number):
    return [f"p{each:05d}" for each in range(number)]


def watch(ledger, book=BOOK):
    paused = watch_journeys(ledger.store, book, ALL, ledger.now)
    with ledger.store.read() as connection:
        assert len(read_pauses(connection)) >= paused
        return {name: pause.reason for name, pause in read_pauses(connection).items()}


def reading(ledger, metric, journey="cart_left"):
    with ledger.store.read() as connection:
        found = read_alarms(connection, BOOK, ALL, now=ledger.now)
    return next((each.hits, each.reached) for each in found if (each.journey, each.metric) == (journey, metric))


def test_nothing_rests_where_nothing_left_or_nobody_minds(ledger):
    assert watch(ledger) == {}
    ledger.people(ids(400))
    ledger.send(ids(400))
    assert watch(ledger) == {}
    assert reading(ledger, "opt_outs") == (0, 400)


def test_what_chance_explains_stops_nothing(ledger):
    ledger.people(ids(400))
    ledger.send(ids(400))
    ledger.object(ids(6))  # 1.5 %, of a line of 1 %
    assert watch(ledger) == {}


@pytest.mark.parametrize("metric", ["opt_outs", "complaints", "refusals"])
def test_rests_when_too_many_mind_and_only_that_journey(ledger, metric):
    ledger.people(ids(400))
    ledger.send(ids(380), nudge="cart_left:step")
    ledger.send(ids(400), nudge="parcel_delayed", purpose="service", days_ago=40)
    if metric == "refusals":
        ledger.send(ids(400)[380:], state="failed", reason="NotAllowed")
    elif metric == "opt_outs":
        ledger.object(ids(20))
    else:
        ledger.happens(ids(20), "Email Marked as Spam")
    assert watch(ledger) == {"cart_left": metric}
    assert reading(ledger, metric) == (20, 400 if metric == "refusals" else 380)


def test_a_complaint_in_the_chat_is_none_about_the_news_of_a_parcel(ledger):
    ledger.people(ids(400))
    ledger.send(ids(400), nudge="parcel_delayed", purpose="service")
    ledger.send(ids(400))
    ledger.happens(ids(20), "Complaint Received")
    assert watch(ledger) == {"cart_left": "complaints"}


def test_what_was_said_before_or_long_after_or_of_something_else_is_not_its_doing(ledger):
    ledger.people(ids(400))
    ledger.send(ids(400), days_ago=20)
    ledger.object(ids(100), days_ago=21)
    ledger.object(ids(100), days_ago=10)
    ledger.object(ids(100), purpose="personalisation")
    assert reading(ledger, "opt_outs") == (0, 400)


def test_our_own_failures_are_no_refusals(ledger):
    ledger.people(ids(100))
    ledger.send(ids(100), state="failed", reason="gave_up")
    assert reading(ledger, "refusals") == (0, 0)


def test_a_person_counts_once_however_many_parts_and_messages(ledger):
    ledger.people(["a", "b"])
    ledger.merge("b", "a")
    ledger.send(["a", "b", "a"])
    ledger.object(["a", "b"])
    assert reading(ledger, "opt_outs") == (1, 1)


def test_counts_anew_once_it_was_resumed(ledger):
    ledger.people(ids(400))
    ledger.send(ids(400))
    ledger.object(ids(40))
    assert watch(ledger) == {"cart_left": "opt_outs"}
    with ledger.store.write() as connection:
        resume_journey(connection, "cart_left", by="crm", now=ledger.now)
    ledger.now += timedelta(minutes=1)
    assert watch(ledger) == {}
    assert reading(ledger, "opt_outs") == (0, 0)
