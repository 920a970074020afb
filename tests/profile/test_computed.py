"""What was bought becomes traits, net of what came back, and stays current."""

from datetime import timedelta

import pytest

from bot.profile.computed import refresh_computed_traits
from bot.profile.customers import create_customer, merge_customers, unmerge
from bot.profile.events import Event, append_events
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
