"""The demo is the same after every seeding, and fresh on any day."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import phonenumbers
import pytest

from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.seed import is_seeded, reset, seed
from bot.commerce.types import CustomerRef, Order
from bot.errors import FixConfiguration

SHOP = Path(__file__).parents[3] / "data" / "shops" / "demo"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def _open(path: Path, now: datetime = NOW) -> DemoEngine:
    return DemoEngine(f"sqlite:///{path}", public_url="http://shop.example", clock=lambda: now)


def _orders(engine: DemoEngine) -> list[Order]:
    refs = [CustomerRef(each["ref"]) for each in engine.list_demo_customers()]
    return [order for ref in refs for order in engine.list_orders(ref, limit=50).items]


def test_says_what_to_do_when_the_shop_is_empty(tmp_path: Path) -> None:
    with pytest.raises(FixConfiguration, match="seed"):
        _open(tmp_path / "shop.sqlite").search_products("robe")


def test_changes_nothing_when_it_is_seeded_again(tmp_path: Path) -> None:
    engine = _open(tmp_path / "shop.sqlite")
    counts = seed(engine, SHOP, NOW)
    before = _orders(engine)
    assert seed(engine, SHOP, NOW + timedelta(days=3)) == counts
    assert _orders(engine) == before


def test_fills_the_shop_within_ten_seconds(tmp_path: Path) -> None:
    engine = _open(tmp_path / "shop.sqlite")
    assert not is_seeded(engine)
    began = time.perf_counter()
    counts = seed(engine, SHOP, NOW)
    assert time.perf_counter() - began < 10
    assert counts["products"] >= 300
    assert (counts["stores"], counts["customers"]) == (6, 8)


def test_lays_out_the_same_stock_when_the_seed_is_the_same(tmp_path: Path) -> None:
    one, two = _open(tmp_path / "one.sqlite"), _open(tmp_path / "two.sqlite", NOW + timedelta(days=9))
    seed(one, SHOP, NOW)
    seed(two, SHOP, NOW + timedelta(days=9))
    refs = [variant.ref for product in one.search_products("pull").items for variant in product.variants]
    quantities = [[each.quantity for each in engine.get_availability(refs)] for engine in (one, two)]
    assert quantities[0] == quantities[1]
    assert 0 in quantities[0]


def test_starts_anew_when_it_is_reset(tmp_path: Path) -> None:
    engine = _open(tmp_path / "shop.sqlite")
    seed(engine, SHOP, NOW)
    order = next(order for order in _orders(engine) if order.delivery_kind == "pickup")
    engine.merchant.lose_reserved_item(order.ref)
    reset(engine, SHOP, NOW)
    assert engine.get_order(order.ref).status == "confirmed"
    assert engine.poll_changes("") == ([], "")


@pytest.mark.parametrize("now", [NOW, datetime(2028, 2, 29, 23, 59, tzinfo=UTC)])
def test_tells_pasts_that_fit_today(tmp_path: Path, now: datetime) -> None:
    engine = _open(tmp_path / "shop.sqlite", now)
    seed(engine, SHOP, now)
    orders = _orders(engine)
    kinds = {(order.status, order.payment_status, order.fulfilment_status) for order in orders}
    assert {
        ("pending", "unpaid", "none"), ("confirmed", "paid", "none"), ("processing", "paid", "shipped"),
        ("completed", "paid", "delivered"), ("completed", "partly_refunded", "delivered"),
        ("cancelled", "refunded", "none"), ("confirmed", "paid", "ready_for_pickup"),
    } <= kinds
    for order in orders:
        assert order.placed_at < now
        for shipment in order.shipments:
            assert all(event.at <= now for event in shipment.events)
    delayed = [shipment for order in orders for shipment in order.shipments if shipment.state == "delayed"]
    assert len(delayed) == 2
    assert all(each.original_eta < now < each.eta for each in delayed if each.original_eta and each.eta)
    on_time = [each for order in orders for each in order.shipments if each.state == "in_transit"]
    assert all(each.eta == each.original_eta and each.eta > now for each in on_time if each.eta)


def test_introduces_eight_customers_in_both_languages(tmp_path: Path) -> None:
    engine = _open(tmp_path / "shop.sqlite")
    seed(engine, SHOP, NOW)
    shown = engine.list_demo_customers()
    assert len(shown) == 8
    assert {each["locale"][:2] for each in shown} == {"fr", "en"}
    assert all(each["line"]["fr"] and each["line"]["en"] for each in shown)
    for each in shown:
        phone = engine.get_customer(CustomerRef(each["ref"])).phone
        assert phonenumbers.is_possible_number(phonenumbers.parse(phone))  # the range kept for fiction


def test_can_settle_each_seeded_reservation_in_every_way(tmp_path: Path) -> None:
    engine = _open(tmp_path / "shop.sqlite")
    seed(engine, SHOP, NOW)
    reserved = [order for order in _orders(engine) if order.fulfilment_status == "ready_for_pickup"]
    assert len(reserved) == 2
    for order in reserved:
        engine.merchant.lose_reserved_item(order.ref)
        lost = order.lines[0]
        [there] = engine.get_availability([lost.variant_ref])
        assert any(shelf.quantity for shelf in there.locations if shelf.location_ref != order.pickup_location_ref)
        siblings = [each.ref for each in engine.get_variant_product(lost.variant_ref).variants]
        shelves = [shelf for each in engine.get_availability(siblings) for shelf in each.locations]
        assert any(shelf.quantity for shelf in shelves if shelf.location_ref == order.pickup_location_ref)
