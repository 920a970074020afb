"""What was bought becomes traits, net of what came back, and stays current."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.profile import computed
from bot.profile.computed import price_band, refresh_computed_traits
from bot.profile.customers import create_customer, merge_customers, unmerge
from bot.profile.events import Event, append_events
from bot.profile.store.tables import cursors, events
from bot.profile.traits import TraitRule, chosen_traits

RULES = {name: TraitRule(name, "add_counts") for name in ("favourite_sizes", "favourite_colours", "favourite_types",
                                                          "usual_products", "order_count")}


@pytest.fixture
def shop(store, now):
    """Tells of orders, and reads the traits that follow."""
    return _Shop(store, now)


class _Shop:
    def __init__(self, store, now):
        self.store, self.now, self.number = store, now, 0
        with store.write() as connection:
            self.customers = [create_customer(connection, now=now, salt="salt-for-tests-0123") for _ in range(2)]

    def tell(self, name, order, *lines, who=0, silo="shop"):
        self.number += 1
        moment = self.now + timedelta(minutes=self.number)
        products = [dict(zip(("product_id", "size", "colour", "product_type", "quantity"), line, strict=True))
                    for line in lines]
        event = Event(f"{silo}:{self.number}", self.customers[who], silo, "track", name,
                      {"order_id": order, "products": products}, moment, moment)
        with self.store.write() as connection:
            append_events(connection, [event])
        return refresh_computed_traits(self.store, now=self.now)

    def traits(self, who=0):
        with self.store.read() as connection:
            return {name: each.value for name, each in
                    chosen_traits(connection, self.customers[who], RULES).items()}


SHIRT, COAT = ("p1", "M", "navy", "shirt", 2), ("p2", "L", "red", "coat", 1)


def test_computes_nothing_when_nothing_was_bought(shop):
    assert shop.tell("Product Viewed", "", SHIRT) == 0
    assert shop.traits() == {}


def test_does_not_count_what_a_page_says_about_orders(shop):
    assert shop.tell("Order Completed", "o1", SHIRT, silo="web") == 0
    assert shop.traits() == {}


def test_counts_sizes_colours_types_and_products_of_every_order(shop):
    shop.tell("Order Completed", "o1", SHIRT)
    shop.tell("Order Completed", "o2", COAT, SHIRT)
    traits = shop.traits()
    assert list(traits["favourite_sizes"].items()) == [("M", 4), ("L", 1)]
    assert traits["favourite_colours"] == {"navy": 4, "red": 1}
    assert traits["favourite_types"] == {"shirt": 4, "coat": 1}
    assert traits["usual_products"] == {"p1": 4, "p2": 1}
    assert traits["last_purchase"]["order_id"] == "o2"
    assert traits["order_count"] == {"orders": 2}


def test_orders_without_a_number_are_each_one(shop):
    shop.tell("Order Completed", "", SHIRT)
    shop.tell("Order Completed", "", COAT)
    assert shop.traits()["order_count"] == {"orders": 2}


def test_takes_back_what_was_cancelled_changed_or_refunded(shop):
    shop.tell("Order Completed", "o1", SHIRT)
    shop.tell("Order Completed", "o2", COAT, SHIRT)
    shop.tell("Order Cancelled", "o1", SHIRT)
    assert shop.traits()["favourite_sizes"] == {"M": 2, "L": 1}
    shop.tell("Order Updated", "o2", ("p2", "L", "red", "coat", 0), SHIRT)
    assert shop.traits()["favourite_sizes"] == {"M": 2}
    shop.tell("Order Refunded", "o9", SHIRT)
    assert shop.traits()["favourite_sizes"] == {}
    shop.tell("Order Cancelled", "o2")
    assert shop.traits()["last_purchase"] is None


def test_an_order_of_which_nothing_is_kept_is_none(shop):
    shop.tell("Order Completed", "o1", SHIRT)
    shop.tell("Order Completed", "o2", COAT, SHIRT)
    shop.tell("Order Updated", "o2", (*COAT[:4], 0), (*SHIRT[:4], 0))
    traits = shop.traits()
    assert traits["order_count"] == {"orders": 1} and traits["last_purchase"]["order_id"] == "o1"
    shop.tell("Order Updated", "o2", COAT, (*SHIRT[:4], 0))
    assert shop.traits()["last_purchase"]["products"] == ["p2"]


def test_does_nothing_when_all_is_current(shop, store, now):
    shop.tell("Order Completed", "o1", SHIRT)
    assert refresh_computed_traits(store, now=now) == 0


def test_an_undone_merge_takes_its_own_counts_away(shop, store, now):
    shop.tell("Order Completed", "o1", SHIRT)
    with store.write() as connection:
        merge = merge_customers(connection, *shop.customers, reason="test", now=now)
    shop.tell("Order Completed", "o2", COAT, who=1)
    assert shop.traits()["favourite_sizes"] == {"M": 2, "L": 1}
    with store.write() as connection:
        unmerge(connection, merge, now=now)
    assert shop.traits(0)["favourite_sizes"] == {"M": 2}
    assert shop.traits(1)["favourite_sizes"] == {"L": 1}


def test_passes_over_what_does_not_count_without_reading_it_each_time(shop, store, now):
    for _ in range(3):
        shop.tell("Product Viewed", "", SHIRT)
    refresh_computed_traits(store, now=now, limit=3)
    with store.read() as connection:
        assert connection.scalar(sa.select(cursors.c.value)) == str(connection.scalar(sa.func.max(events.c.event_id)))
    shop.tell("Order Completed", "o1", SHIRT)
    assert shop.traits()["favourite_sizes"] == {"M": 2}


def test_a_backlog_is_worked_off_customer_by_customer_and_goes_on_where_it_was_killed(shop, store, now, monkeypatch):
    lines = [{"size": "M", "quantity": 1}]
    with store.write() as connection:
        append_events(connection, [
            Event(f"shop:{n}", shop.customers[n % 2], "shop", "track", "Order Completed",
                  {"order_id": f"o{n}", "products": lines}, now, now)
            for n in range(10)
        ])
    done, keep = [], computed._keep

    def keep_one(connection, some, *rest):
        if len(done) == 1:
            raise KeyboardInterrupt
        done.extend(some)
        keep(connection, some, *rest)

    def keep_on(connection, some, *rest):
        done.extend(some)
        keep(connection, some, *rest)

    monkeypatch.setattr(computed, "_CUSTOMERS_AT_ONCE", 1)
    monkeypatch.setattr(computed, "_keep", keep_one)
    with pytest.raises(KeyboardInterrupt):
        refresh_computed_traits(store, now=now, limit=1)
    monkeypatch.setattr(computed, "_keep", keep_on)
    assert refresh_computed_traits(store, now=now, limit=1) == 1
    assert sorted(done) == sorted(shop.customers)
    assert refresh_computed_traits(store, now=now, limit=1) == 0
    assert [shop.traits(who)["order_count"] for who in (0, 1)] == [{"orders": 5}, {"orders": 5}]


@pytest.mark.parametrize(("minor", "currency", "band"), [
    (4_990, "EUR", "EUR 25-50"), (490, "JPY", "JPY 250-500"), (12_500, "KWD", "KWD 10-25"), (4_990, "", "25-50"),
])
def test_a_price_band_is_in_whole_units_of_its_currency(minor, currency, band):
    assert price_band(minor, currency) == band
