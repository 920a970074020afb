"""`prevenant train-recommender`, as it is typed."""

import json
from datetime import timedelta

import pytest

from bot.commands import recommender as command
from bot.errors import FixConfiguration
from bot.profile.computed import refresh_buyers
from bot.profile.customers import create_customer
from bot.profile.events import Event, append_events
from bot.recommend.learned.model import read_learned
from bot.recommend.learned.training import Plan
from tests.recommend.learned.shoppers import make_lines


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr("bot.recommend.learned.training.Plan", lambda: Plan(cuts=2, every_rounds=4, new_rounds=2))


@pytest.fixture
def path(monkeypatch, tmp_path):
    monkeypatch.setenv("PREVENANT_RECOMMENDER_FILE", str(tmp_path / "learned.npz"))
    return tmp_path / "learned.npz"


def test_learns_nothing_where_nobody_ordered(run, path):
    with pytest.raises(FixConfiguration, match="no order is known yet"):
        run("train-recommender")
    assert not path.exists()


def test_learns_from_a_table_of_baskets(run, path, tmp_path):
    make_lines().write_parquet(tmp_path / "baskets.parquet")
    told = json.loads(run("train-recommender", "--data", str(tmp_path / "baskets.parquet")))
    assert told == {"file": str(path), "customers": 80, "items": 60, "baskets": 1280}
    assert read_learned(path).items[:2] == ("i00", "i01")


def test_reads_what_was_kept_of_the_orders_of_the_profile_each_once(services, now):
    with services.store.write() as connection:
        customer = create_customer(connection, now=now, salt="a salt of sixteen")
        told = {"order_id": "7", "pickup_location_ref": "quay", "products": [
            {"product_id": "P1"}, {"product_id": "p2"}, {"product_id": "p4", "quantity": 0, "returned": 1}]}
        sold = {"order_id": "7", "products": [{"product_id": each} for each in ("p1", "p2", "p4")]}  # of no return
        events = [
            Event("e1", customer, "web", "track", "Order Completed", told, now - timedelta(days=1), now),
            Event("e2", customer, "shop", "track", "Order Completed", told, now - timedelta(days=1), now),
            Event("e3", customer, "crm", "track", "Order Completed", sold, now - timedelta(hours=1), now),
            Event("e4", customer, "web", "track", "Product Viewed", {"product_id": "p3"}, now, now),
            Event("e5", customer, "web", "track", "Order Completed", {"order_id": "8", "products": [
                {"product_id": "p5"}]}, now, now),
        ]
        append_events(connection, events)
        refresh_buyers(connection, events, now)
    lines = command.read_orders(services)
    assert sorted(lines["item_id"]) == ["p1", "p2"]
    assert lines["place_id"].to_list() == ["quay", "quay"]
    assert lines["customer_id"].unique().to_list() == [customer]
    assert lines["basket_id"].n_unique() == 1


def test_spells_products_as_the_shop_does(services, now):
    product = services.recommender.catalogue(now).products[0]
    with services.store.write() as connection:
        customer = create_customer(connection, now=now, salt="a salt of sixteen")
        order = Event("e1", customer, "till", "track", "Order Completed",
                      {"order_id": "7", "products": [{"variant_id": product.variants[0].ref.upper()}]}, now, now)
        append_events(connection, [order])
        refresh_buyers(connection, [order], now)
    assert command.read_orders(services)["item_id"].to_list() == [product.ref]
