"""A change in a BigCommerce shop reaches the profile once: called, polled, or both, in whatever order."""

import json
import random
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.commerce.bigcommerce.engine import BigCommerceEngine
from bot.commerce.bigcommerce.webhooks import HEADER
from bot.intake.shop_changes import pull_changes
from bot.intake.shop_webhook import build_shop_router, read_hints
from bot.profile.customers import find_customer
from bot.profile.events import events_of
from bot.profile.store.engine import Store
from tests.commerce.bigcommerce.conftest import WEBHOOK_SECRET
from tests.servers.bigcommerce.server import PlayedBigCommerce

SALT = "salt-for-tests-0123"


def _clock() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)


def _post(door: TestClient, scope: str, number: int) -> int:
    said = {"scope": scope, "store_id": "1", "data": {"type": "order", "id": number}, "hash": "x",
            "created_at": int(datetime.now(UTC).timestamp()), "producer": "stores/abc"}
    return door.post(
        "/webhooks/shop", content=json.dumps(said).encode(), headers={HEADER: WEBHOOK_SECRET}).status_code


def test_counts_each_change_once_whatever_is_called_lost_repeated_and_polled(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, store: Store
) -> None:
    rng, shop, email = random.Random(1), bigcommerce.shop, "buyer@example.com"
    home = {**shop.order_address(shop.marie), "email": email}
    sent, stopped = (shop.order([(next(iter(shop.variants)), 1)], billing=home, shipping=home) for _ in "ab")
    for each in (sent, stopped):
        each.made = each.touched = shop.now() - timedelta(days=1)
    shop.send(sent.number)
    shop.set_status(stopped, 5)
    app = FastAPI()
    app.include_router(build_shop_router(store, engine, _clock))
    door = TestClient(app)
    calls = [
        (scope, order.number) for order in (sent, stopped)
        for scope in ("store/order/created", "store/order/updated") for _ in range(rng.choice((0, 1, 3)))
    ]
    rng.shuffle(calls)
    for position, (scope, number) in enumerate(calls):
        assert _post(door, scope, number) == 200
        if position == len(calls) // 2:
            pull_changes(store, engine, _clock, salt=SALT)
    read_hints(store, engine, _clock, salt=SALT)
    pull_changes(store, engine, _clock, salt=SALT)
    with store.read() as connection:
        person = find_customer(connection, "email", email)
        assert person
        names = sorted(each.name for each in events_of(connection, person))
    assert names == ["Order Cancelled", "Order Completed", "Order Completed", "Order Updated", "Order Updated"]
