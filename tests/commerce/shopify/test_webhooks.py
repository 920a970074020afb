"""Shopify's calls: signed, of this shop, named as the change log names the same; nothing else of them is believed."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.commerce.shopify.engine import ShopifyEngine
from bot.commerce.shopify.webhooks import TOPICS
from bot.errors import ForeignPayload, Unsupported, UnsupportedPayload
from tests.commerce.shopify.conftest import WEBHOOK_SECRET, make_engine

SHOP = "played.myshopify.com"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
ORDER = {
    "id": 820982911946154508, "created_at": "2026-11-28T13:40:00-05:00", "updated_at": "2026-11-28T13:41:10-05:00",
    "cancelled_at": "2026-11-28T13:41:10-05:00", "email": "jon@example.com",
}


@pytest.fixture(scope="module")
def engine() -> ShopifyEngine:
    return make_engine(f"https://{SHOP}")


def _signed(topic: str, body: bytes, *, secret: str = WEBHOOK_SECRET, shop: str = SHOP) -> dict[str, str]:
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"X-Shopify-Hmac-Sha256": signature, "X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": shop}


def _tell(engine: ShopifyEngine, topic: str, said: Any) -> list[tuple[str, str]]:
    body = json.dumps(said).encode()
    return [(each.type, each.id) for each in engine.read_webhook(body, _signed(topic, body), NOW)]


@pytest.mark.parametrize("change", [
    {"X-Shopify-Hmac-Sha256": "AAAA"}, {"X-Shopify-Hmac-Sha256": ""}, {"X-Shopify-Hmac-Sha256": "é"},
    {"X-Shopify-Shop-Domain": "another.myshopify.com"},
])
def test_believes_no_call_that_is_not_signed_by_this_shop(engine: ShopifyEngine, change: dict[str, str]) -> None:
    body = json.dumps(ORDER).encode()
    with pytest.raises(ForeignPayload):
        engine.read_webhook(body, {**_signed("orders/updated", body), **change}, NOW)


def test_believes_no_call_whose_body_was_touched(engine: ShopifyEngine) -> None:
    body = json.dumps(ORDER).encode()
    with pytest.raises(ForeignPayload):
        engine.read_webhook(body + b" ", _signed("orders/updated", body), NOW)


def test_ignores_what_is_of_no_interest(engine: ShopifyEngine) -> None:
    with pytest.raises(UnsupportedPayload):
        _tell(engine, "themes/publish", {"id": 1})


@pytest.mark.parametrize("said", [{}, [], {"id": "gid", "updated_at": "x", "created_at": "x"}, None])
def test_refuses_a_form_that_it_cannot_read(engine: ShopifyEngine, said: Any) -> None:
    for topic in TOPICS:
        with pytest.raises(ForeignPayload):
            _tell(engine, topic, said)


def test_hears_no_calls_without_a_secret() -> None:
    deaf = make_engine(f"https://{SHOP}", webhook_secret="")
    assert "webhooks" not in deaf.capabilities()
    with pytest.raises(Unsupported):
        deaf.read_webhook(b"{}", {}, NOW)


@pytest.mark.parametrize(("topic", "said", "expected"), [
    ("orders/create", ORDER, [("order.placed", "order.placed:820982911946154508")]),
    ("orders/updated", ORDER, [("order.changed", "order.changed:820982911946154508:2026-11-28T18:41:10Z")]),
    ("orders/cancelled", ORDER, [
        ("order.cancelled", "order.cancelled:820982911946154508"),
        ("order.changed", "order.changed:820982911946154508:2026-11-28T18:41:10Z"),
    ]),
    ("fulfillments/update", {"id": 7, "order_id": 8, "updated_at": "2026-11-28T18:41:10Z"},
     [("shipment.changed", "shipment.changed:7:2026-11-28T18:41:10Z")]),
    ("fulfillment_events/create", {"id": 1, "fulfillment_id": 7, "order_id": 8, "updated_at": "2026-11-28T18:41:10Z"},
     [("shipment.changed", "shipment.changed:7:2026-11-28T18:41:10Z")]),
    ("customers/update", {"id": 9, "updated_at": "2026-11-28T18:41:10Z"},
     [("customer.changed", "customer.changed:9:2026-11-28T18:41:10Z")]),
    ("variants/in_stock", {"id": 5, "updated_at": "2026-11-28T18:41:10Z"},
     [("stock.changed", "stock.changed:5:2026-11-28T18:41:10Z")]),
    ("products/update", {"id": 4, "variants": [{"id": 5, "updated_at": "2026-11-28T18:41:10Z"}]},
     [("price.changed", "price.changed:5:2026-11-28T18:41:10Z")]),
])
def test_names_a_change_by_thing_number_and_moment(
    engine: ShopifyEngine, topic: str, said: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert _tell(engine, topic, said) == expected


def test_tells_nothing_anew_when_an_order_was_just_made(engine: ShopifyEngine) -> None:
    assert _tell(engine, "orders/updated", {**ORDER, "updated_at": ORDER["created_at"]}) == []
