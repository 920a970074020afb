"""What was answered 200 is seen by the very next reader: profile, turn and decision; nothing runs in between."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bot.bootstrap import PROJECT
from bot.intake.importers.mapping import parse_mapping
from bot.intake.importers.running import run_import
from bot.intake.silos.csv_file import CsvFile
from bot.profile.customers import find_customer
from bot.profile.events import events_of
from bot.profile.store.tables import waits
from bot.profile.trait_rules import load_trait_rules
from bot.profile.traits import chosen_traits
from bot.recommend.interactions import VIEWED
from tests.intake.conftest import SERVER_KEY, CollectorClient
from tests.nudges.world import SALT, World

RULES = load_trait_rules(PROJECT / "data" / "shops" / "demo" / "traits.toml")


@pytest.fixture
def world(store, now) -> Iterator[World]:
    made = World(store, now)
    yield made
    for other in made.opened:
        other.close()


def _traits(store, kind, value):
    with store.read() as connection:
        person = find_customer(connection, kind, value)
        return {name: each.value for name, each in chosen_traits(connection, person, RULES).items()} if person else {}


def test_shows_nothing_of_a_call_that_was_refused(collector: CollectorClient):
    answer = collector.post("/v1/identify", {"userId": "ada", "traits": "none"}, key=SERVER_KEY)
    assert answer.status == 400
    assert _traits(collector.store, "customer_id", "ada") == {}


def test_shows_traits_that_were_answered(collector: CollectorClient):
    body = {"userId": "ada", "traits": {"first_name": "Ada", "city": "Lyon"}}
    assert collector.post("/v1/identify", body, key=SERVER_KEY).status == 200
    assert _traits(collector.store, "customer_id", "ada")["city"] == "Lyon"


def test_shows_what_an_order_makes_favourite_and_takes_it_back_when_it_is_cancelled(collector: CollectorClient):
    order = {"order_id": "o1", "products": [{"product_id": "dress", "size": "M", "quantity": 2}]}
    collector.post("/v1/track", {"userId": "ada", "event": "Order Completed", "properties": order}, key=SERVER_KEY)
    assert _traits(collector.store, "customer_id", "ada")["favourite_sizes"] == {"M": 2}
    collector.post("/v1/track", {"userId": "ada", "event": "Order Cancelled", "properties": order}, key=SERVER_KEY)
    assert _traits(collector.store, "customer_id", "ada")["favourite_sizes"] == {}


def test_believes_no_page_about_orders(collector: CollectorClient):
    order = {"order_id": "o1", "products": [{"product_id": "dress", "size": "M"}]}
    collector.post("/v1/track", {"anonymousId": "v", "event": "Order Completed", "properties": order})
    assert _traits(collector.store, "anonymous_id", "v") == {}


def test_the_next_turn_knows_what_the_page_told(collector: CollectorClient):
    view = {"anonymousId": "v", "event": "Product Viewed", "properties": {"product_id": "dress"}}
    assert collector.post("/v1/track", view).status == 200
    with collector.store.read() as connection:
        person = find_customer(connection, "anonymous_id", "v")
        assert person
        assert [each.properties["product_id"] for each in events_of(connection, person, names=(VIEWED,))] == ["dress"]


def test_the_next_decision_waits_for_what_the_page_told_and_lets_go_of_what_it_took_back(
    collector: CollectorClient, world: World
):
    world.person()
    added = {"anonymousId": "anonymous-0", "event": "Product Added",
             "properties": {"cart_id": "c1", "product_id": "coat", "variant_id": "coat-navy-M"}}
    assert collector.post("/v1/track", added).status == 200
    world.decide()
    with world.store.read() as connection:
        assert connection.scalars(sa.select(waits.c.state)).all() == ["waiting"]
    assert collector.post("/v1/track", {**added, "event": "Cart Emptied"}).status == 200
    world.decide()
    assert world.waiting() != ["waiting"]
    assert world.dispatch() == []


def test_an_imported_row_is_seen_as_soon_as_the_import_says_so(store, now, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,city\n7,Lyon\n")
    mapping = parse_mapping('records = "p"\n[identities]\ncustomer_id = "id"\n[traits]\ncity = "city"\n', "p.toml")
    assert run_import(store, CsvFile(path), mapping, "crm", now=now, salt=SALT).used == 1
    assert _traits(store, "customer_id", "crm:7") == {"city": "Lyon"}
