"""The shop calls: forged is refused, repeated counts once, order means nothing, the change log closes the gaps."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.bootstrap import open_services
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.signed_changes import key_of, sign
from bot.commerce.types import OrderRef, ShopEvent
from bot.errors import FixConfiguration, Unavailable, Unsupported
from bot.intake.shop_changes import pull_changes
from bot.intake.shop_webhook import build_shop_router, read_hints
from bot.profile.customers import find_customer
from bot.profile.events import Event, events_of
from bot.profile.store.engine import Store
from bot.profile.store.tables import shop_hints
from bot.settings import Settings
from bot.site import compose
from bot.worker import build_loops
from tests.intake.test_shop_changes import _change, _order, _Shop

SECRET = "a-secret-of-the-shop"
SALT = "salt-for-tests-0123"


@dataclass
class _CallingShop(_Shop):
    """A shop that signs as the demo's does."""

    def capabilities(self) -> frozenset[str]:
        return frozenset({"webhooks"})

    def read_webhook(self, body: bytes, headers: Any, now: datetime) -> tuple[ShopEvent, ...]:
        engine = DemoEngine("sqlite://", public_url="http://shop.example", clock=lambda: now, webhook_secret=SECRET)
        return engine.read_webhook(body, headers, now)


@dataclass
class _Door:
    """The door with a shop behind it, and what the worker does."""

    store: Store
    shop: _CallingShop
    now: datetime

    def __post_init__(self) -> None:
        app = FastAPI()
        app.include_router(build_shop_router(self.store, self.shop, lambda: self.now))  # type: ignore[arg-type]
        self.client = TestClient(app)

    def call(self, *changes: ShopEvent, secret: str = SECRET, message_id: str = "msg_1") -> int:
        body = json.dumps({"changes": [_to_json(each) for each in changes]}).encode()
        moment = str(int(self.now.timestamp()))
        headers = {"webhook-id": message_id, "webhook-timestamp": moment,
                   "webhook-signature": f"v1,{sign(body, message_id, moment, key_of(secret))}"}
        return self.client.post("/webhooks/shop", content=body, headers=headers).status_code

    def work(self) -> int:
        return read_hints(self.store, self.shop, lambda: self.now, salt=SALT)  # type: ignore[arg-type]

    def pull(self) -> int:
        return pull_changes(self.store, self.shop, lambda: self.now, salt=SALT)  # type: ignore[arg-type]

    def events(self) -> list[Event]:
        with self.store.read() as connection:
            person = find_customer(connection, "customer_id", "c1")
            return events_of(connection, person) if person else []

    def names(self) -> list[str]:
        return sorted(each.name for each in self.events())


def _to_json(change: ShopEvent) -> dict[str, Any]:
    return {name: value for name, value in (vars(change) | {"at": change.at.isoformat()}).items() if value}


@pytest.fixture
def door(store: Store, now: datetime) -> _Door:
    return _Door(store, _CallingShop(orders={"o1": _order(now)}), now)


@pytest.fixture
def placed(now: datetime) -> ShopEvent:
    return _change(now - timedelta(minutes=5), 1, "order.placed", order_ref=OrderRef("o1"))


@pytest.fixture
def cancelled(now: datetime) -> ShopEvent:
    return _change(now - timedelta(minutes=5), 2, "order.cancelled", order_ref=OrderRef("o1"))


def test_refuses_a_forged_call_and_reads_nothing(door: _Door, placed: ShopEvent) -> None:
    assert door.call(placed, secret="another-secret-of-it") == 401
    assert door.client.post("/webhooks/shop", content=b"{}").status_code == 401
    assert (door.work(), door.events()) == (0, [])


def test_answers_the_worker_later_when_the_shop_is_down_and_loses_nothing(door: _Door, placed: ShopEvent) -> None:
    door.shop.is_down = True
    assert door.call(placed) == 200
    with pytest.raises(Unavailable):
        door.work()
    door.shop.is_down = False
    assert (door.work(), door.names()) == (1, ["Order Completed"])


def test_reads_the_object_again_and_believes_nothing_else_of_the_call(door: _Door, placed: ShopEvent) -> None:
    assert (door.call(placed), door.work()) == (200, 1)
    (event,) = door.events()
    assert (event.silo, event.properties["total_minor"]) == ("shop", 9_800)


def test_a_repeated_call_is_read_once_whatever_carries_it(
    door: _Door, placed: ShopEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    plain = door.shop.get_order
    monkeypatch.setattr(door.shop, "get_order", lambda ref: reads.append(ref) or plain(ref))
    for message_id in ("msg_1", "msg_1", "msg_2"):
        assert door.call(placed, placed, message_id=message_id) == 200
        door.work()
    assert (door.names(), reads) == (["Order Completed"], ["o1"])


def test_the_order_of_arrival_means_nothing(
    door: _Door, placed: ShopEvent, cancelled: ShopEvent, now: datetime
) -> None:
    door.shop.orders["o1"] = replace(_order(now), status="cancelled")
    for change in (cancelled, placed):
        door.call(change)
        door.work()
    assert door.names() == ["Order Cancelled", "Order Completed"]
    assert {each.properties["status"] for each in door.events()} == {"cancelled"}


def test_the_change_log_tells_what_no_call_told_and_nothing_twice(
    door: _Door, placed: ShopEvent, cancelled: ShopEvent
) -> None:
    door.shop.changes = [placed, cancelled]
    door.call(cancelled)
    door.work()
    assert (door.pull(), door.names()) == (1, ["Order Cancelled", "Order Completed"])
    door.call(placed)
    assert (door.work(), door.names()) == (1, ["Order Cancelled", "Order Completed"])


def test_keeps_the_id_alone_of_what_was_read_and_forgets_it_after_a_week(
    door: _Door, placed: ShopEvent, cancelled: ShopEvent
) -> None:
    door.call(placed)
    door.work()
    assert [row[:1] + row[3:7] for row in _hints(door.store)] == [("chg_1", None, None, None, None)]
    door.now += timedelta(days=8)
    door.call(cancelled)
    door.work()
    assert [row[0] for row in _hints(door.store)] == ["chg_2"]


def _hints(store: Store) -> list[tuple[Any, ...]]:
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(sa.select(shop_hints))]


def test_stands_open_only_with_a_secret(settings: Settings) -> None:
    with TestClient(compose(open_services(replace(settings, mode="production")))) as site:
        assert site.post("/webhooks/shop").status_code == 404
    services = open_services(replace(settings, mode="production", engine_webhook_secret=SECRET))
    with TestClient(compose(services)) as site:
        assert site.post("/webhooks/shop").status_code == 401
    assert "shop-calls" in [each.name for each in build_loops(services, lambda *_: None)]  # type: ignore[arg-type,return-value]


def test_an_engine_that_cannot_hear_calls_does_not_open_the_door(store: Store, now: datetime) -> None:
    engine = DemoEngine("sqlite://", public_url="http://shop.example", clock=lambda: now)
    with pytest.raises(FixConfiguration, match="PREVENANT_ENGINE_WEBHOOK_SECRET"):
        build_shop_router(store, engine, lambda: now)
    with pytest.raises(Unsupported):
        engine.read_webhook(b"", {}, now)


def test_a_secret_that_could_be_guessed_does_not_start() -> None:
    secrets = {f"PREVENANT_{name}": "x" * 20 for name in (
        "SESSION_SECRET", "WIDGET_SECRET", "INTERNAL_SECRET", "WRITE_KEY", "HOLDOUT_SALT")}
    with pytest.raises(FixConfiguration, match="PREVENANT_ENGINE_WEBHOOK_SECRET"):
        Settings.from_env({**secrets, "PREVENANT_ENGINE_WEBHOOK_SECRET": "short"})
