"""The shop's changes become events of the customers they concern, once."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.commerce.types import (
    Address,
    CustomerRef,
    LocationRef,
    Order,
    OrderLine,
    OrderRef,
    OrderRequest,
    Product,
    ProductRef,
    Shipment,
    ShopCustomer,
    ShopEvent,
    Totals,
    VariantRef,
)
from bot.errors import NotFound, Unavailable
from bot.intake.shop_changes import find_open_returns, name_change, order_properties, pull_changes
from bot.profile.customers import find_customer, resolve_identity
from bot.profile.events import Event, append_events, events_of
from bot.profile.store.tables import rejects
from bot.profile.traits import TraitRule, chosen_traits

SALT = "salt-for-tests-0123"
SHIRT = Product(ProductRef("p1"), "p1", {"en": "Shirt"}, {}, "shirt", "Alba")


@dataclass
class _Shop:
    """The engine's methods that pulling needs."""

    changes: list[ShopEvent] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    customers: dict[str, ShopCustomer] = field(default_factory=dict)
    is_down: bool = False

    def poll_changes(self, cursor, *, limit=500):
        start = int(cursor or 0)
        return self.changes[start : start + limit], str(min(start + limit, len(self.changes)))

    def get_order(self, ref):
        if self.is_down:
            raise Unavailable("down")
        return _found(self.orders, ref)

    def get_customer(self, ref):
        return _found(self.customers, ref)

    def get_products(self, refs):
        return [SHIRT]


def _found(things, ref):
    if ref not in things:
        raise NotFound(ref)
    return things[ref]


def _order(now, ref="o1", customer="c1", **more):
    options = {"size": "M", "colour": "navy"}
    line = OrderLine("l1", VariantRef("v1"), ProductRef("p1"), "sku", "Shirt", options, 4_900, 2)
    return Order(OrderRef(ref), "1001", now, CustomerRef(customer) if customer else None, "ada@example.org", "EUR",
                 Totals(grand_minor=9_800), (line,), "confirmed", "paid", "none", "Confirmed", **more)


def _change(now, number, kind, **refs):
    return ShopEvent(f"chg_{number}", kind, now + timedelta(seconds=number), **refs)


@pytest.fixture
def pull(store, now):
    """Pull from a shop."""
    return lambda shop: pull_changes(store, shop, lambda: now + timedelta(hours=1), salt=SALT)


def _events(store, kind, value):
    with store.read() as connection:
        return events_of(connection, find_customer(connection, kind, value))


def test_stores_nothing_when_nothing_changed(pull):
    assert pull(_Shop()) == 0


def test_an_order_becomes_an_event_with_its_lines_and_traits_follow(store, pull, now):
    shop = _Shop([_change(now, 1, "order.placed", order_ref=OrderRef("o1"), customer_ref=CustomerRef("c1"))],
                 {"o1": _order(now)})
    assert pull(shop) == 1
    (event,) = _events(store, "customer_id", "c1")
    assert (event.silo, event.name, event.properties["order_id"]) == ("shop", "Order Completed", "o1")
    assert event.properties["products"][0]["product_type"] == "shirt"
    with store.read() as connection:
        person = find_customer(connection, "customer_id", "c1")
        chosen = chosen_traits(connection, person, {"favourite_sizes": TraitRule("favourite_sizes", "add_counts")})
    assert (chosen["favourite_sizes"].value, chosen["favourite_sizes"].silo) == ({"M": 2}, "computed:shop")


def test_an_order_that_arrived_says_when(now):
    there = [Shipment(id=f"s{days}", carrier_name="", state="delivered", delivered_at=now - timedelta(days=days))
             for days in (2, 1)]
    said = order_properties(replace(_order(now), shipments=(*there, Shipment("s", "", "in_transit"))), {})
    assert said["delivered_at"] == (now - timedelta(days=1)).isoformat()
    assert "delivered_at" not in order_properties(_order(now), {})


def test_a_return_is_told_when_it_begins_and_when_the_pieces_are_back(store, pull, now):
    asked = replace(_order(now), requests=(OrderRequest("return", now, {"l1": 2}),))
    back = replace(asked, lines=(replace(asked.lines[0], returned=2),))
    shop = _Shop(orders={"o1": _order(now)})
    for number, order in enumerate((_order(now), asked, asked, back, back)):
        shop.changes.append(_change(now, number, "order.changed", order_ref=OrderRef("o1")))
        shop.orders["o1"] = order
        pull(shop)
    told = [each for each in reversed(_events(store, "customer_id", "c1")) if each.name.startswith("Return")]
    assert [(each.name, each.properties["order_id"]) for each in told] == [
        ("Return Requested", "o1"), ("Return Finished", "o1")]


@pytest.mark.parametrize(("change", "is_open"), [
    ({}, False), ({"requests": (("cancel", {}, {}),)}, False), ({"requests": (("return", {"l1": 1}, {}),)}, True),
    ({"requests": (("exchange", {}, {"l1": "v2"}),)}, True),
    ({"requests": (("return", {"l1": 1}, {}),), "payment_status": "refunded"}, False),
    ({"requests": (("return", {"l1": 1}, {}),), "status": "cancelled"}, False),
])
def test_knows_whether_something_is_on_its_way_back(now, change, is_open):
    requests = tuple(OrderRequest(kind, now, *more) for kind, *more in change.pop("requests", ()))
    assert bool(find_open_returns(replace(_order(now), requests=requests, **change))) is is_open


@pytest.mark.parametrize(("word", "returned", "is_open"), [(False, 1, False), (True, 2, True), (None, 1, True)])
def test_believes_the_engine_that_says_whether_a_return_is_done(now, word, returned, is_open):
    asked = OrderRequest("return", now, {"l1": 2}, is_open=word)
    order = _order(now)
    order = replace(order, requests=(asked,), lines=(replace(order.lines[0], returned=returned),))
    assert bool(find_open_returns(order)) is is_open


def test_a_return_is_as_old_as_its_request_when_it_is_heard_of_late(store, pull, now):
    long_ago = now - timedelta(days=700)
    requests = tuple(OrderRequest("return", at, {"l1": 1}) for at in (long_ago, long_ago - timedelta(days=3)))
    order = replace(_order(now), requests=requests)
    shop = _Shop([_change(now, 1, "order.changed", order_ref=OrderRef("o1"))], {"o1": order})
    pull(shop)
    shop.changes.append(_change(now, 2, "order.changed", order_ref=OrderRef("o1")))
    shop.orders["o1"] = replace(order, lines=(replace(order.lines[0], returned=2),))
    pull(shop)
    told = {each.name: each.occurred_at for each in _events(store, "customer_id", "c1")}
    assert told["Return Requested"] == long_ago and told["Return Finished"] == shop.changes[-1].at


def test_an_order_that_is_collected_says_in_which_store(now):
    said = order_properties(replace(_order(now), pickup_location_ref=LocationRef("quay")), {})
    assert said["pickup_location_ref"] == "quay"
    assert "pickup_location_ref" not in order_properties(_order(now), {})


def test_a_second_pull_stores_nothing_new(pull, now):
    shop = _Shop([_change(now, 1, "order.placed", order_ref=OrderRef("o1"))], {"o1": _order(now)})
    assert [pull(shop), pull(shop)] == [1, 0]
    shop.changes.append(_change(now, 2, "shipment.tracking_changed", order_ref=OrderRef("o1")))
    assert pull(shop) == 1


def test_keeps_the_cursor_where_it_was_when_the_shop_goes_down(pull, now):
    shop = _Shop([_change(now, 1, "order.placed", order_ref=OrderRef("o1"))], {"o1": _order(now)}, is_down=True)
    with pytest.raises(Unavailable):
        pull(shop)
    shop.is_down = False
    assert pull(shop) == 1


def test_a_guests_order_belongs_to_the_address_it_was_placed_with(store, pull, now):
    shop = _Shop([_change(now, 1, "order.placed", order_ref=OrderRef("o1"))], {"o1": _order(now, customer=None)})
    pull(shop)
    assert len(_events(store, "email", "ada@example.org")) == 1


def test_keeps_a_change_that_nobody_can_be_found_for_as_a_reject(store, pull, now):
    assert pull(_Shop([_change(now, 1, "order.changed", order_ref=OrderRef("gone"))])) == 0
    with store.read() as connection:
        assert connection.scalar(sa.select(rejects.c.silo)) == "shop"


def test_makes_nobody_of_an_account_that_is_closed_by_now(store, pull, now):
    assert pull(_Shop([_change(now, 1, "customer.changed", customer_ref=CustomerRef("gone"))])) == 0
    with store.read() as connection:
        assert find_customer(connection, "customer_id", "gone") is None
        assert connection.scalar(sa.select(sa.func.count()).select_from(rejects)) == 0


def test_stock_is_told_only_to_those_who_lately_looked_at_the_variant(store, pull, now):
    with store.write() as connection:
        for visitor, variant, age in (("v1", "v1", 1), ("v2", "v2", 1), ("v3", "v1", 60)):
            person = resolve_identity(connection, "anonymous_id", visitor, source="web", is_verified=False, now=now,
                                      salt=SALT)
            moment = now - timedelta(days=age)
            append_events(connection, [Event(f"web:{visitor}", person, "web", "track", "Product Added",
                                             {"variant_id": variant}, moment, moment)])
    assert pull(_Shop([_change(now, 1, "stock.changed", variant_ref=VariantRef("v1"))])) == 1
    assert [each.name for each in _events(store, "anonymous_id", "v1")] == ["Stock Changed", "Product Added"]


def test_a_changed_customer_brings_traits_and_the_address_the_shop_verified(store, pull, now):
    home = Address("1 rue X", "Lyon", "69001", "FR", is_default_shipping=True)
    ada = ShopCustomer(CustomerRef("c1"), "Ada", "L", "Ada@example.org", addresses=(home,), email_verified=True)
    pull(_Shop([_change(now, 1, "customer.changed", customer_ref=CustomerRef("c1"))], customers={"c1": ada}))
    with store.read() as connection:
        person = find_customer(connection, "email", "ada@example.org")
        assert person == find_customer(connection, "customer_id", "c1")
        traits = {name: (each.value, each.silo) for name, each in chosen_traits(connection, person, {}).items()}
    assert traits["city"] == ("Lyon", "shop")
    assert traits["first_name"] == ("Ada", "shop")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("catalogue.changed", ""), ("price.changed", "Price Changed"),
        ("order.placed", "Order Completed"), ("order.paid", "Order Updated"),
        ("order.cancelled", "Order Cancelled"), ("shipment.delivered", "Shipment Updated"),
        ("pickup.item_missing", "Pickup Item Missing"), ("stock.changed", "Stock Changed"),
    ],
)
def test_names_changes_in_the_words_of_events(kind, name):
    assert name_change(kind) == name


def test_tells_how_many_pieces_of_a_line_came_back(now):
    order = _order(now)
    (line, *others) = order.lines
    said = order_properties(replace(order, lines=(replace(line, ordered=3, returned=2), *others)), {})
    assert (said["products"][0]["quantity"], said["products"][0]["returned"]) == (1, 2)
    assert "returned" not in order_properties(order, {})["products"][0]
