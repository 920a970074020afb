"""How likely a purchase is, from what a visitor just did."""

import gzip
from csv import DictReader
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.profile.customers import CustomerId
from bot.profile.events import Event
from bot.profile.intent import WEIGHTS, purchase_intent
from tests.conftest import NOW


def _event(name, minutes_ago, silo="web"):
    moment = NOW - timedelta(minutes=minutes_ago)
    return Event(f"{name}{minutes_ago}", CustomerId("c"), silo, "track", name, {}, moment, moment)


def test_is_none_without_a_session():
    assert purchase_intent([], NOW) == 0
    assert purchase_intent([_event("Shipment Updated", 1, silo="shop")], NOW) == 0
    assert purchase_intent([_event("Checkout Started", 60 * 25)], NOW) == 0


def test_ends_with_the_order():
    bought = [_event("Checkout Started", 5), _event("Order Completed", 4, silo="shop")]
    assert purchase_intent(bought, NOW) == 0
    looks = _event("Product Viewed", 1)
    assert purchase_intent([*bought, looks], NOW) == purchase_intent([looks], NOW)


def test_leaves_out_an_earlier_session():
    assert purchase_intent([_event("Checkout Started", 90), _event("Product Viewed", 1)], NOW) == \
        purchase_intent([_event("Product Viewed", 1)], NOW)


def test_rises_down_the_funnel_and_fades_with_silence():
    names = ("Product Viewed", "Product Added", "Cart Viewed", "Checkout Started")
    steps = [_event(name, 10 - 3 * number) for number, name in enumerate(names)]
    chances = [purchase_intent(steps[:n], NOW) for n in range(1, 5)]
    assert chances == sorted(chances) and chances[0] < 0.15 < 0.6 < chances[-1] < 1
    later = [purchase_intent(steps, NOW + timedelta(hours=hours)) for hours in (0, 1, 6)]
    assert later == sorted(later, reverse=True)


@given(st.lists(st.tuples(st.sampled_from(sorted(WEIGHTS)), st.integers(0, 2_000)), max_size=30), st.randoms())
def test_is_a_chance_and_knows_no_order_of_reading(said, rng):
    events = [_event(name, minutes) for minutes, name in {minutes: name for name, minutes in said}.items()]
    chance = purchase_intent(events, NOW)
    rng.shuffle(events)
    assert 0 <= chance < 1 and purchase_intent(events, NOW) == chance


def test_tells_buyers_from_others_in_recorded_sessions(shared_data):
    """UCI's Online Shoppers: from views of products and the time on them alone."""
    path = shared_data / "data" / "online_shoppers" / "online_shoppers_intention.csv.gz"
    if not path.exists():
        pytest.skip("needs Online Shoppers in ../shared")
    with gzip.open(path, "rt") as file:
        sessions = list(DictReader(file))[::6]
    scored = sorted((_score(each), each["Revenue"].upper() == "TRUE") for each in sessions)
    ranks = [rank for rank, (_, bought) in enumerate(scored, 1) if bought]
    auc = (sum(ranks) - len(ranks) * (len(ranks) + 1) / 2) / (len(ranks) * (len(scored) - len(ranks)))
    assert auc > 0.65


def _score(session):
    views, minutes = int(session["ProductRelated"]), float(session["ProductRelated_Duration"]) / 60
    step = min(minutes / max(views - 1, 1), 29)
    return purchase_intent([_event("Product Viewed", n * step) for n in range(views)], NOW)
