"""WooCommerce's calls: signed, of this shop, named as the change log names them; nothing else of them is believed."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.commerce.woocommerce.checking import make_probe
from bot.commerce.woocommerce.engine import WooCommerceEngine
from bot.commerce.woocommerce.webhooks import TOPICS
from bot.errors import ForeignPayload, Unsupported, UnsupportedPayload
from bot.settings import Settings
from tests.commerce.woocommerce.conftest import WEBHOOK_SECRET, make_engine

SHOP = "https://shop.example"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
FIXTURES = Path(__file__).parents[2] / "fixtures" / "woocommerce"
ORDER = json.loads((FIXTURES / "order.json").read_text("utf-8"))
PRODUCT = json.loads((FIXTURES / "webhook_product_updated.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def engine() -> WooCommerceEngine:
    return make_engine(SHOP)


def _signed(topic: str, body: bytes, *, source: str = f"{SHOP}/") -> dict[str, str]:
    signature = base64.b64encode(hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).digest()).decode()
    return {
        "X-WC-Webhook-Source": source, "X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": signature,
        "X-WC-Webhook-Delivery-ID": "another-each-time",
    }


def _tell(engine: WooCommerceEngine, topic: str, said: Any) -> list[str]:
    body = json.dumps(said).encode()
    return [each.id for each in engine.read_webhook(body, _signed(topic, body), NOW)]


@pytest.mark.parametrize("change", [
    {"X-WC-Webhook-Signature": "AAAA"}, {"X-WC-Webhook-Signature": ""}, {"X-WC-Webhook-Signature": "é"},
    {"X-WC-Webhook-Source": "https://another.example/"},
])
def test_believes_no_call_that_is_not_signed_by_this_shop(engine: WooCommerceEngine, change: dict[str, str]) -> None:
    body = json.dumps(ORDER).encode()
    with pytest.raises(ForeignPayload):
        engine.read_webhook(body, {**_signed("order.updated", body), **change}, NOW)


def test_believes_no_call_whose_body_was_touched(engine: WooCommerceEngine) -> None:
    body = json.dumps(ORDER).encode()
    with pytest.raises(ForeignPayload):
        engine.read_webhook(body + b" ", _signed("order.updated", body), NOW)


def test_takes_the_call_that_tries_the_address_and_hears_nothing_in_it(engine: WooCommerceEngine) -> None:
    for body, headers in ((b"webhook_id=142", {}), (b"{}", _signed("coupon.created", b"{}"))):
        with pytest.raises(UnsupportedPayload):
            engine.read_webhook(body, headers, NOW)
    probe = make_probe(Settings(engine_webhook_secret=WEBHOOK_SECRET, woocommerce_url=SHOP), NOW)
    assert engine.read_webhook(probe.body, probe.headers, NOW) == ()


@pytest.mark.parametrize("said", [{}, [], {"id": "x", "status": "processing", "date_created_gmt": "x"}, None])
def test_refuses_a_form_that_it_cannot_read(engine: WooCommerceEngine, said: Any) -> None:
    for topic in TOPICS:
        with pytest.raises(ForeignPayload):
            _tell(engine, topic, said)


def test_hears_no_calls_without_a_secret() -> None:
    deaf = make_engine(SHOP, webhook_secret="")
    assert "webhooks" not in deaf.capabilities()
    with pytest.raises(Unsupported):
        deaf.read_webhook(b"{}", {}, NOW)


@pytest.mark.parametrize(("topic", "said", "expected"), [
    ("order.created", {**ORDER, "date_modified_gmt": ORDER["date_created_gmt"]}, ["order.placed:727"]),
    ("order.updated", ORDER, ["order.placed:727", "order.changed:727:2026-11-21T08:00:30Z"]),
    ("order.updated", {**ORDER, "date_modified_gmt": "2026-11-28T08:00:30"},
     ["order.changed:727:2026-11-28T08:00:30Z"]),
    ("order.updated", {**ORDER, "date_modified_gmt": "2026-11-28T08:00:30", "status": "cancelled"},
     ["order.changed:727:2026-11-28T08:00:30Z", "order.cancelled:727"]),
    ("order.created", {**ORDER, "status": "checkout-draft"}, []),
    ("customer.updated", {"id": 25, "date_modified_gmt": "2026-11-21T08:00:30"},
     ["customer.changed:25:2026-11-21T08:00:30Z"]),
    ("product.updated", {**PRODUCT, "variations": [], "id": 93},
     ["stock.changed:93:2026-11-21T08:00:30Z", "price.changed:93:2026-11-21T08:00:30Z"]),
])
def test_names_a_change_by_thing_number_and_moment(
    engine: WooCommerceEngine, topic: str, said: dict[str, Any], expected: list[str]
) -> None:
    assert _tell(engine, topic, said) == expected


def test_looks_again_at_every_variation_of_a_product(engine: WooCommerceEngine) -> None:
    assert [each.split(":")[1] for each in _tell(engine, "product.updated", PRODUCT)] == ["23", "23", "24", "24"]
