"""Who touched what: orders as silos tell them, net and once; looks of a month from every part of it."""

from collections import Counter
from datetime import timedelta

import pytest

from bot.profile.computed import refresh_buyers
from bot.profile.customers import create_customer
from bot.profile.events import Event, append_events
from bot.recommend import interactions
from bot.recommend.catalogue import Catalogue
from bot.recommend.interactions import ORDERED, VIEWED, read_interactions
from tests.fakes.shop import make_product

CATALOGUE = Catalogue(tuple(make_product(ref, "hat") for ref in ("Coat", "bag", "hat")))
COAT, BAG, HAT = range(3)


@pytest.fixture
def read(store, now):
    def _read():
        with store.read() as connection:
            return read_interactions(connection, CATALOGUE, now)
    return _read


@pytest.fixture
def tell(store, now):
    def _tell(person, name, *refs, silo="shop", order="o1", ago=timedelta(days=1), **more):
        products = [{"product_id": ref, **more} for ref in refs]
        event = Event(f"{silo}:{person}:{name}:{order}:{ago}", person, silo, "track", name,
                      {"order_id": order, "products": products}, now - ago, now)
        with store.write() as connection:
            append_events(connection, [event])
            refresh_buyers(connection, [event], now)
    return _tell


@pytest.fixture
def people(store, now):
    with store.write() as connection:
        return [create_customer(connection, now=now, salt="a salt of sixteen") for _ in range(4)]


def test_what_a_page_says_of_orders_is_none(read, tell, people):
    for person in people:
        tell(person, ORDERED, "Coat", "bag", silo="web")
    found = read()
    assert found.bought_with(COAT).tolist() == [0, 0, 0]
    assert found.people.tolist() == [0, 0, 0]


def test_an_order_counts_once_whoever_tells_of_it(read, tell, people):
    for silo in ("web", "shop", "crm"):
        tell(people[0], ORDERED, "Coat", "bag", silo=silo)
    tell(people[1], ORDERED, "hat")
    found = read()
    assert sorted(Counter(found.basket.tolist()).values()) == [1, 2]
    assert sorted(found.product.tolist()) == [COAT, BAG, HAT]


def test_what_was_cancelled_or_sent_back_was_not_bought(read, tell, people):
    for person in people:
        tell(person, ORDERED, "Coat", "bag")
    tell(people[0], "Order Cancelled", ago=timedelta(hours=1))
    tell(people[1], "Order Refunded", "bag", ago=timedelta(hours=1))
    tell(people[2], "Order Updated", "Coat", ago=timedelta(hours=1))
    found = read()
    assert found.people.tolist() == [3, 1, 0]
    assert found.bought_with(COAT).tolist() == [0, 1, 0]


def test_what_the_shop_says_came_back_was_not_bought_though_a_till_tells_of_it_too(read, tell, people):
    tell(people[0], ORDERED, "Coat", silo="tills", ago=timedelta(days=2))
    tell(people[0], ORDERED, "Coat", ago=timedelta(days=2))
    tell(people[0], "Order Updated", "Coat", quantity=0, returned=1, ago=timedelta(hours=1))
    tell(people[1], ORDERED, "hat", silo="tills")
    assert read().people.tolist() == [0, 0, 1]


def test_a_busy_hour_does_not_hide_the_month_nor_the_orders(read, tell, people, store, now, monkeypatch):
    monkeypatch.setattr(interactions, "_MOST", {VIEWED: 300})
    tell(people[0], ORDERED, "bag", ago=timedelta(days=20))
    with store.write() as connection:
        append_events(connection, [
            Event(f"{ref}{n}", people[n % 4], "web", "track", VIEWED, {"product_id": ref}, now - n * step, now)
            for ref, step in (("hat", timedelta(seconds=10)), ("Coat", timedelta(hours=8))) for n in range(1, 300)
        ])
    found = read()
    looks = found.product[found.basket < 0]
    assert (looks == COAT).sum() > 200
    assert 0 < (looks == HAT).sum() < 100
    assert found.people[BAG] == 1


def test_all_is_read_where_it_is_little_however_uneven(read, people, store, now, monkeypatch):
    monkeypatch.setattr(interactions, "_MOST", {VIEWED: 300})
    with store.write() as connection:
        append_events(connection, [
            Event(f"{n}", people[0], "web", "track", VIEWED, {"product_id": "hat"}, now - timedelta(minutes=n), now)
            for n in range(200)
        ])
    assert len(read().product) == 200
