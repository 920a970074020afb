"""A change in a WooCommerce shop reaches the profile once: called, polled, or both, in whatever order."""

import base64
import hashlib
import hmac
import json
import random
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.commerce.woocommerce.engine import WooCommerceEngine
from bot.intake.shop_changes import pull_changes
from bot.intake.shop_webhook import build_shop_router, read_hints
from bot.profile.customers import find_customer
from bot.profile.events import events_of
from bot.profile.store.engine import Store
from tests.commerce.woocommerce.conftest import WEBHOOK_SECRET
from tests.servers.woocommerce import wire
from tests.servers.woocommerce.server import PlayedWooCommerce

SALT = "salt-for-tests-0123"


def _clock() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)


def _post(door: TestClient, topic: str, body: bytes) -> int:
    signature = base64.b64encode(hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "X-WC-Webhook-Source": "http://localhost/", "X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": signature}
    return door.post("/webhooks/shop", content=body, headers=headers).status_code


def test_counts_each_change_once_whatever_is_called_lost_repeated_and_polled(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, store: Store
) -> None:
    rng, shop, email = random.Random(1), woocommerce.shop, "buyer@example.com"
    billing = {**shop.marie.billing, "email": email}
    sent, stopped = (
        shop.order([(next(iter(shop.variations)), 1)], billing=billing, shipping=shop.marie.shipping) for _ in "ab")
    for each in (sent, stopped):
        each.made = each.touched = f"{datetime.now(UTC) - timedelta(hours=3):%Y-%m-%dT%H:%M:%S}"
    shop.complete(sent.number)
    shop.set_status(stopped, "cancelled")
    app = FastAPI()
    app.include_router(build_shop_router(store, engine, _clock))
    door = TestClient(app)
    calls = [
        (topic, json.dumps(wire.order(shop, order)).encode()) for order in (sent, stopped)
        for topic in ("order.created", "order.updated") for _ in range(rng.choice((0, 1, 3)))
    ]
    rng.shuffle(calls)
    for position, (topic, body) in enumerate(calls):
        assert _post(door, topic, body) == 200
        if position == len(calls) // 2:
            pull_changes(store, engine, _clock, salt=SALT)
    read_hints(store, engine, _clock, salt=SALT)
    pull_changes(store, engine, _clock, salt=SALT)
    with store.read() as connection:
        person = find_customer(connection, "email", email)
        assert person
        names = sorted(each.name for each in events_of(connection, person))
    assert names == ["Order Cancelled", "Order Completed", "Order Completed", "Order Updated", "Order Updated"]


def test_takes_the_ping_and_hears_no_call_that_is_not_signed(engine: WooCommerceEngine, store: Store) -> None:
    app = FastAPI()
    app.include_router(build_shop_router(store, engine, _clock))
    door = TestClient(app)
    assert door.post("/webhooks/shop", content=b"webhook_id=142").status_code == 200
    headers = {"X-WC-Webhook-Topic": "order.updated"}
    assert door.post("/webhooks/shop", content=b"{}", headers=headers).status_code == 401
