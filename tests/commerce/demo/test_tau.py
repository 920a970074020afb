"""tau_retail as an embedded shop, on a handful of records in its shape."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.tau import import_tau
from bot.commerce.types import CustomerRef, VariantRef
from bot.errors import FixConfiguration, NotFound

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ADDRESS = {"address1": "986 Sunset Drive", "address2": "Suite 259", "city": "Denver", "country": "USA", "state": "CO",
           "zip": "80279"}
KETTLE = {"name": "Electric Kettle", "product_id": "107", "item_id": "232", "price": 146.985,
          "options": {"capacity": "1L", "color": "black"}}


def _order(number: str, status: str, items: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    total = sum(item["price"] for item in items)
    return {
        "order_id": number, "user_id": "noah_1", "address": ADDRESS, "items": items, "status": status,
        "fulfillments": [{"tracking_id": ["5171"], "item_ids": [item["item_id"] for item in items]}],
        "payment_history": [{"transaction_type": "payment", "amount": total, "payment_method_id": "gift_1"}], **values,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two users, three orders and one product of two variants, one of them sold out."""
    refund = {"transaction_type": "refund", "amount": 146.985, "payment_method_id": "gift_1"}
    payment = {**refund, "transaction_type": "payment"}
    data = {
        "products": {"107": {"name": "Electric Kettle", "product_id": "107", "variants": {
            "232": {"item_id": "232", "options": KETTLE["options"], "available": True, "price": 146.985},
            "233": {"item_id": "233", "options": {"capacity": "2L", "color": "white"}, "available": False, "price": 9},
        }}},
        "users": {
            "noah_1": {"name": {"first_name": "Noah", "last_name": "Brown"}, "address": ADDRESS,
                       "email": "noah.brown@example.com", "orders": ["#W1", "#W2", "#W3"],
                       "payment_methods": {"gift_1": {"source": "gift_card", "balance": 17, "id": "gift_1"}}},
            "ava_2": {"name": {"first_name": "Ava", "last_name": "Moore"}, "address": ADDRESS,
                      "email": "ava@example.com", "orders": [], "payment_methods": {}},
        },
        "orders": {
            "#W1": _order("#W1", "processed", [KETTLE, KETTLE]),
            "#W2": _order("#W2", "cancelled", [KETTLE], payment_history=[payment, refund]),
            "#W3": _order("#W3", "lost in space", [KETTLE]),
        },
    }
    for name, records in data.items():
        (tmp_path / f"{name}.json.gz").write_bytes(gzip.compress(json.dumps(records).encode()))
    return tmp_path


@pytest.fixture
def engine(folder: Path) -> DemoEngine:
    """The shop with the folder imported."""
    shop = DemoEngine(f"sqlite:///{folder / 'tau.sqlite'}", public_url="http://shop.example", clock=lambda: NOW)
    import_tau(shop, folder)
    return shop


def test_says_which_file_is_missing(folder: Path) -> None:
    (folder / "users.json.gz").unlink()
    with pytest.raises(FixConfiguration, match=r"users\.json\.gz"):
        import_tau(f"sqlite:///{folder / 'other.sqlite'}", folder)


def test_adds_nothing_when_it_is_imported_again(engine: DemoEngine, folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    before = engine.list_orders(CustomerRef("noah_1"))
    counts = import_tau(engine, folder, lambda *each: told.append(each))
    assert (counts["users"], counts["orders"], counts["products"], counts["variants"]) == (2, 3, 1, 2)
    assert (counts["users_added"], counts["orders_added"], counts["products_added"]) == (0, 0, 0)
    assert engine.list_orders(CustomerRef("noah_1")) == before
    assert ("products", 1, 1) in told


def test_answers_a_wrong_postcode_as_no_order(engine: DemoEngine) -> None:
    with pytest.raises(NotFound):
        engine.find_order("#W1", postcode="10001")


@pytest.mark.parametrize("typed", ["#W1", "W1", "w1", "# w1"])
def test_finds_a_real_number_however_it_is_typed(engine: DemoEngine, typed: str) -> None:
    assert engine.find_order(typed, postcode="80279").number == "#W1"


def test_identifies_by_email_or_by_name_and_postcode(engine: DemoEngine) -> None:
    assert [each.ref for each in engine.find_customers(email="NOAH.brown@example.com")] == ["noah_1"]
    found = engine.find_customers(first_name="noah", last_name="BROWN", postcode="80279")
    assert [each.ref for each in found] == ["noah_1"]
    assert engine.find_customers(first_name="Ava", last_name="Brown", postcode="80279") == []


def test_puts_native_statuses_on_three_axes(engine: DemoEngine) -> None:
    by_number = {order.number: order for order in engine.list_orders(CustomerRef("noah_1")).items}
    axes = {
        number: (order.status, order.payment_status, order.fulfilment_status, order.native_status)
        for number, order in by_number.items()
    }
    assert axes == {
        "#W1": ("processing", "paid", "none", "processed"),
        "#W2": ("cancelled", "refunded", "none", "cancelled"),
        "#W3": ("unknown", "unknown", "unknown", "lost in space"),
    }
    assert by_number["#W2"].totals.refunded_minor == 14699
    assert by_number["#W1"].shipments[0].tracking_number == "5171"
    assert not by_number["#W1"].editable.cancel


def test_keeps_an_item_that_stands_twice_in_an_order(engine: DemoEngine) -> None:
    assert [line.variant_ref for line in engine.find_order("W1", postcode="80279").lines] == ["232", "232"]


def test_tells_stock_as_far_as_the_data_does(engine: DemoEngine) -> None:
    there, gone = engine.get_availability([VariantRef("232"), VariantRef("233")])
    assert (there.state, there.quantity, there.is_sellable_online) == ("in_stock", None, True)
    assert (gone.state, gone.quantity, gone.is_sellable_online) == ("out_of_stock", 0, False)
    assert engine.list_pickup_locations() == []


def test_keeps_the_ways_to_pay(engine: DemoEngine) -> None:
    [card] = engine.list_payment_methods(CustomerRef("noah_1"))
    assert (card.id, card.kind, card.balance_minor) == ("gift_1", "gift_card", 1700)
