"""BigCommerce's calls: with a secret, of this shop, read again, named as polls name it; nothing else believed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pytest_httpserver import HTTPServer
from werkzeug import Response

from bot.commerce.bigcommerce.checking import make_probe
from bot.commerce.bigcommerce.engine import BigCommerceEngine
from bot.commerce.bigcommerce.webhooks import HEADER, HEARD, SCOPES
from bot.commerce.signed_changes import sign
from bot.errors import ForeignPayload, Unsupported, UnsupportedPayload
from bot.intake.shop_webhook import build_shop_router
from bot.profile.store.engine import Store
from bot.settings import Settings
from tests.commerce.bigcommerce.conftest import CLIENT_SECRET, WEBHOOK_SECRET, make_engine

FIXTURES = Path(__file__).parents[2] / "fixtures" / "bigcommerce"
NOW = datetime(2026, 11, 21, 8, 1, tzinfo=UTC)
AT = "2026-11-21T08:00:30Z"
CALLS = {each["scope"]: each for each in json.loads((FIXTURES / "webhooks.json").read_text("utf-8"))}
ORDER = json.loads((FIXTURES / "order.json").read_text("utf-8"))
CUSTOMER = json.loads((FIXTURES / "customer.json").read_text("utf-8"))
_SECRET = {HEADER: WEBHOOK_SECRET}


@pytest.fixture(scope="module")
def opened_door() -> Iterator[HTTPServer]:
    with HTTPServer() as server:
        yield server


@pytest.fixture
def door(opened_door: HTTPServer) -> HTTPServer:
    opened_door.clear()
    at = "/stores/abc"
    opened_door.expect_request(f"{at}/v2/orders/218").respond_with_json(ORDER)
    opened_door.expect_request(f"{at}/v3/customers").respond_with_json({"data": [CUSTOMER]})
    for product in (201, 202):
        opened_door.expect_request(f"{at}/v3/catalog/products/{product}/variants").respond_with_json(
            {"data": [{"id": product * 10}, {"id": product * 10 + 1}]})
    opened_door.expect_request(f"{at}/v3/catalog/products/203/variants").respond_with_json({}, status=404)
    return opened_door


@pytest.fixture
def engine(door: HTTPServer) -> Iterator[BigCommerceEngine]:
    opened = make_engine(door.url_for("/stores/abc"), deadline_seconds=1.0)
    yield opened
    opened.close()


def _body(said: Any) -> bytes:
    return json.dumps(said).encode()


def _tell(engine: BigCommerceEngine, said: Any, headers: dict[str, str] = _SECRET) -> list[str]:
    return [each.id for each in engine.read_webhook(_body(said), headers, NOW)]


@pytest.mark.parametrize("headers", [{}, {HEADER: ""}, {HEADER: "another"}, {HEADER: "é"}])
def test_believes_no_call_without_the_secret_and_asks_the_shop_nothing(
    door: HTTPServer, engine: BigCommerceEngine, headers: dict[str, str]
) -> None:
    with pytest.raises(ForeignPayload):
        _tell(engine, CALLS["store/order/created"], headers)
    assert door.log == []


def test_asks_for_the_signature_as_well_where_it_has_what_signs(door: HTTPServer) -> None:
    careful = make_engine(door.url_for("/stores/abc"), client_secret=CLIENT_SECRET)
    body = _body(CALLS["store/order/created"])

    def signed(moment: datetime, key: str = CLIENT_SECRET, touched: bytes = b"") -> dict[str, str]:
        stamp = str(int(moment.timestamp()))
        return {**_SECRET, "webhook-id": "msg_1", "webhook-timestamp": stamp,
                "webhook-signature": f"v1,{sign(body + touched, 'msg_1', stamp, key.encode())}"}

    for refused in (_SECRET, signed(NOW - timedelta(minutes=6)), signed(NOW, "another"), signed(NOW, touched=b" ")):
        with pytest.raises(ForeignPayload):
            careful.read_webhook(body, refused, NOW)
    assert len(careful.read_webhook(body, signed(NOW), NOW)) == 2
    careful.close()


@pytest.mark.parametrize(("scope", "expected"), [
    ("store/order/created", ["order.placed:218", f"order.changed:218:{AT}"]),
    ("store/order/statusUpdated", ["order.placed:218", f"order.changed:218:{AT}"]),
    ("store/order/refund/created", ["order.placed:218", f"order.changed:218:{AT}"]),
    ("store/shipment/created", ["order.placed:218", f"order.changed:218:{AT}"]),
    ("store/customer/updated", ["customer.changed:11:2026-11-21T08:00:00Z"]),
    ("store/customer/address/updated", [f"customer.changed:11:{AT}"]),
    ("store/product/updated", [
        f"{kind}.changed:{variant}:{AT}" for variant in (2010, 2011) for kind in ("stock", "price")]),
    ("store/product/inventory/updated", [f"stock.changed:2020:{AT}", f"stock.changed:2021:{AT}"]),
    ("store/sku/inventory/order/updated", [f"stock.changed:477:{AT}"]),
    ("store/sku/updated", [f"stock.changed:477:{AT}", f"price.changed:477:{AT}"]),
])
def test_names_a_change_by_thing_number_and_moment(
    engine: BigCommerceEngine, scope: str, expected: list[str]
) -> None:
    assert _tell(engine, CALLS[scope]) == expected


def test_names_a_change_as_it_is_polled(door: HTTPServer, engine: BigCommerceEngine) -> None:
    door.expect_request("/stores/abc/v2/orders").respond_with_json([ORDER])
    polled, _ = engine.poll_changes("")
    assert [each.id for each in polled] == _tell(engine, CALLS["store/order/created"])


def test_hears_nothing_in_what_is_of_no_interest_or_gone(engine: BigCommerceEngine) -> None:
    for scope in ("store/cart/created", "store/order/archived", "store/hook/deliveryException"):
        with pytest.raises(UnsupportedPayload):
            _tell(engine, {**CALLS["store/order/created"], "scope": scope})
    gone = {**CALLS["store/product/updated"], "data": {"type": "product", "id": 203}}
    assert _tell(engine, gone) == []
    probe = make_probe(Settings(
        engine_webhook_secret=WEBHOOK_SECRET, bigcommerce_url="https://api.bigcommerce.com/stores/abc",
        bigcommerce_client_secret=CLIENT_SECRET), NOW)
    assert engine.read_webhook(probe.body, probe.headers, NOW) == ()


@pytest.mark.parametrize("change", [
    {"producer": "stores/another"}, {"data": {"type": "order"}}, {"data": {"type": "order", "id": "x"}},
    {"data": {"type": "order", "id": 0}}, {"data": []}, {"created_at": "now"}, {"created_at": 10**20}, {"scope": None},
])
def test_refuses_another_shops_call_and_a_form_that_it_cannot_read(
    door: HTTPServer, engine: BigCommerceEngine, change: dict[str, Any]
) -> None:
    with pytest.raises((ForeignPayload, UnsupportedPayload)):
        _tell(engine, {**CALLS["store/order/created"], **change})
    for said in ([], None, "x"):
        with pytest.raises(ForeignPayload):
            _tell(engine, said)
    assert door.log == []


def test_hears_no_calls_without_a_secret() -> None:
    deaf = make_engine("https://shop.example/stores/abc", webhook_secret="")
    assert "webhooks" not in deaf.capabilities()
    with pytest.raises(Unsupported):
        deaf.read_webhook(b"{}", {HEADER: ""}, NOW)


def test_asks_for_no_webhook_that_it_would_not_hear() -> None:
    assert set(HEARD) <= set(SCOPES)


def test_is_told_again_later_what_it_could_not_look_at(
    door: HTTPServer, engine: BigCommerceEngine, store: Store
) -> None:
    app = FastAPI()
    app.include_router(build_shop_router(store, engine, lambda: NOW))
    client = TestClient(app)
    door.clear()
    door.expect_request("/stores/abc/v2/orders/218").respond_with_response(Response("busy", 503))
    body = _body(CALLS["store/order/created"])
    assert client.post("/webhooks/shop", content=body, headers=_SECRET).status_code == 503
    assert client.post("/webhooks/shop", content=body).status_code == 401
    door.clear()
    door.expect_request("/stores/abc/v2/orders/218").respond_with_json(ORDER)
    assert client.post("/webhooks/shop", content=body, headers=_SECRET).status_code == 200
