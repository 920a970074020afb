"""A change in a Shopify shop reaches the profile once: called, polled, or both, in whatever order."""

import base64
import hashlib
import hmac
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.commerce.shopify.engine import ShopifyEngine
from bot.intake.shop_changes import pull_changes
from bot.intake.shop_webhook import build_shop_router, read_hints
from bot.profile.customers import find_customer
from bot.profile.events import events_of
from bot.profile.store.engine import Store
from tests.commerce.shopify.conftest import WEBHOOK_SECRET
from tests.servers.shopify.server import PlayedShopify
from tests.servers.shopify.state import Placed

SALT = "salt-for-tests-0123"


def _clock() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)


def _calls_of(order: Placed) -> list[tuple[str, dict[str, Any]]]:
    """What Shopify posts of an order that was made, sent and cancelled on another day."""
    told = {"id": int(order.number), "created_at": order.made, "updated_at": order.touched}
    calls = [("orders/create", told), ("orders/updated", told)]
    for parcel in order.parcels:
        about = {"id": int(parcel["id"]), "order_id": int(order.number), "updated_at": parcel["touched"]}
        calls += [("fulfillments/create", about), ("fulfillments/update", about)]
    if order.cancelled:
        calls.append(("orders/cancelled", {**told, "cancelled_at": order.cancelled}))
    return calls


def _post(door: TestClient, topic: str, said: dict[str, Any]) -> int:
    body = json.dumps(said).encode()
    signature = base64.b64encode(hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"X-Shopify-Hmac-Sha256": signature, "X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": "localhost"}
    return door.post("/webhooks/shop", content=body, headers=headers).status_code


@pytest.mark.parametrize("seed", [1, 2])
def test_counts_each_change_once_whatever_is_called_lost_repeated_and_polled(
    shopify: PlayedShopify, engine: ShopifyEngine, store: Store, seed: int
) -> None:
    rng, shop = random.Random(seed), shopify.shop
    email = f"buyer{seed}@example.com"
    pieces = [(shop.products[8].variants[0].number, 1)]
    sent, stopped = (shop.order(pieces, email=email, address=shop.marie.addresses[shop.marie.default]) for _ in "ab")
    for each in (sent, stopped):
        each.made = each.touched = f"{datetime.now(UTC) - timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}"
    shop.send(sent.number)
    shop.cancel(stopped.number, "")
    app = FastAPI()
    app.include_router(build_shop_router(store, engine, _clock))
    door = TestClient(app)
    calls = [call for order in (sent, stopped) for call in _calls_of(order) for _ in range(rng.choice((0, 1, 3)))]
    rng.shuffle(calls)
    for position, call in enumerate(calls):
        assert _post(door, *call) == 200
        if position == len(calls) // 2:
            pull_changes(store, engine, _clock, salt=SALT)
    read_hints(store, engine, _clock, salt=SALT)
    pull_changes(store, engine, _clock, salt=SALT)
    with store.read() as connection:
        person = find_customer(connection, "email", email)
        assert person
        names = sorted(each.name for each in events_of(connection, person))
    assert names == [
        "Order Cancelled", "Order Completed", "Order Completed", "Order Updated", "Order Updated", "Shipment Updated"]


def test_hears_no_call_that_is_not_signed(engine: ShopifyEngine, store: Store) -> None:
    app = FastAPI()
    app.include_router(build_shop_router(store, engine, _clock))
    headers = {"X-Shopify-Topic": "orders/create", "X-Shopify-Shop-Domain": "localhost"}
    assert TestClient(app).post("/webhooks/shop", content=b"{}", headers=headers).status_code == 401
