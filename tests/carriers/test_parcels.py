"""From a shipped order to a customer who hears of it: watched, told by webhook, kept in order, told once."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from bot.bootstrap import Services, open_services
from bot.carriers import parcels as kept
from bot.carriers.protocol import Tracking
from bot.carriers.watching import watch_due
from bot.carriers.webhook import build_carrier_router
from bot.commerce.types import Order, Shipment
from bot.errors import FixConfiguration, NotFound, Unavailable
from bot.intake.carrier_news import tell_news
from bot.intake.shop_changes import pull_changes
from bot.profile.customers import find_customer
from bot.profile.events import events_of
from bot.profile.store.tables import parcels
from bot.settings import Settings
from bot.webhook import MAX_BYTES
from tests.carriers.conftest import KEY, SECRET, event_of, sign

NUMBER = "CO0000004711"


@dataclass
class _Carrier:
    """Answers as it is told, and remembers who was asked about."""

    answer: Tracking | Exception
    asked: list[str] = field(default_factory=list)
    name: str = "fake"

    def watch(self, tracking_number: str) -> Tracking:
        self.asked.append(tracking_number)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def tracked(settings: Settings, now: datetime) -> Iterator[Services]:
    """The services of a shop that asks EasyPost."""
    opened = open_services(replace(settings, easypost_key=KEY, easypost_webhook_secret=SECRET), clock=lambda: now)
    yield opened
    opened.close()


@pytest.fixture
def shipped(tracked: Services) -> Order:
    """An order of the embedded shop on its way, noted by the worker's round over the shop's changes."""
    with tracked.store.read() as connection:
        assert kept.untold_news(connection, 1) == []
    page = tracked.commerce.list_orders(_customer(tracked))
    order = next(each for each in page.items if each.fulfilment_status == "none" and each.delivery_kind == "ship")
    order = tracked.commerce.merchant.create_shipment(order.ref, tracking_number=NUMBER)  # type: ignore[attr-defined]
    _pull(tracked)
    return order


def test_an_order_that_leaves_is_watched(tracked, shipped, now):
    with tracked.store.write() as connection:
        numbers = {kept.claim_due(connection, now) for _ in range(200)}
    assert NUMBER in numbers


def test_a_webhook_reaches_the_order_and_its_customer_once(tracked, shipped, tracker, now):
    client = _client(tracked)
    moved = {**tracker, "tracking_code": NUMBER.lower(), "updated_at": (now + timedelta(hours=1)).isoformat()}
    assert _post(client, {**moved, "status": "out_for_delivery", "status_detail": "out_for_delivery"}) == 200
    assert _parcel(tracked, shipped).state == "out_for_delivery"
    assert [tell_news(tracked.store, tracked.commerce, tracked.clock, salt="s" * 16) for _ in range(2)] == [1, 0]
    with tracked.store.read() as connection:
        events = events_of(connection, find_customer(connection, "customer_id", shipped.customer_ref))
    assert [each.name for each in events if each.message_id.startswith("shop:carrier:")] == ["Shipment Updated"]


def test_an_older_webhook_that_arrives_late_changes_nothing(tracked, shipped, tracker, now):
    client = _client(tracked)
    late, early = ((now + timedelta(hours=hours)).isoformat() for hours in (3, 1))
    assert _post(client, {**tracker, "tracking_code": NUMBER, "status": "delivered", "updated_at": late}) == 200
    assert _post(client, {**tracker, "tracking_code": NUMBER, "status": "in_transit", "updated_at": early}) == 200
    assert _parcel(tracked, shipped).state == "delivered"
    assert tracked.commerce.get_order(shipped.ref).fulfilment_status == "delivered"


def test_refuses_forged_calls_and_ignores_other_peoples_parcels(tracked, tracker):
    client = _client(tracked)
    body = event_of(tracker)
    assert client.post("/webhooks/easypost", content=body).status_code == 401
    assert client.post("/webhooks/easypost", content=b"x" * (MAX_BYTES + 1)).status_code == 413
    assert _post(client, tracker) == 200
    with tracked.store.read() as connection:
        assert kept.read_known(connection, ["EZ1"]) == {}


def test_asks_once_then_waits_for_webhooks_and_asks_again_in_case_one_was_lost(tracked, shipped, now):
    carrier = _Carrier(Tracking(NUMBER, "in_transit", now))
    _only(tracked, NUMBER)
    assert [watch_due(tracked.store, carrier, lambda: now) for _ in range(2)] == [1, 0]
    later = now + kept.ASK_AGAIN
    assert watch_due(tracked.store, carrier, lambda: later) == 1
    carrier.answer = Tracking(NUMBER, "delivered", later + timedelta(minutes=1), is_final=True)
    assert watch_due(tracked.store, carrier, lambda: later + kept.ASK_AGAIN) == 1
    assert watch_due(tracked.store, carrier, lambda: later + timedelta(days=30)) == 0
    assert carrier.asked == [NUMBER] * 3


def test_a_number_that_nobody_knows_is_given_up_after_some_tries(tracked, shipped, now):
    carrier = _Carrier(NotFound("?"))
    _only(tracked, NUMBER)
    for hour in range(24 * 7):
        watch_due(tracked.store, carrier, lambda hour=hour: now + timedelta(hours=hour))  # type: ignore[misc]
    assert len(carrier.asked) == kept.GIVE_UP_AFTER


def test_a_service_that_is_down_is_asked_again(tracked, shipped, now):
    carrier = _Carrier(Unavailable("down"))
    _only(tracked, NUMBER)
    with pytest.raises(Unavailable):
        watch_due(tracked.store, carrier, lambda: now)
    assert watch_due(tracked.store, carrier, lambda: now) == 0
    carrier.answer = Tracking(NUMBER, "in_transit", now)
    assert watch_due(tracked.store, carrier, lambda: now + timedelta(minutes=3)) == 1


def test_a_key_without_a_webhook_secret_does_not_start():
    secrets = {f"PREVENANT_{name}": "x" * 20 for name in (
        "SESSION_SECRET", "WIDGET_SECRET", "INTERNAL_SECRET", "WRITE_KEY", "HOLDOUT_SALT", "EASYPOST_KEY")}
    with pytest.raises(FixConfiguration, match="PREVENANT_EASYPOST_WEBHOOK_SECRET"):
        Settings.from_env(secrets)


def _customer(services: Services) -> Any:
    (hugo,) = services.commerce.find_customers(first_name="Hugo")
    return hugo.ref


def _pull(services: Services) -> None:
    pull_changes(services.store, services.commerce, services.clock, salt="s" * 16)


def _client(services: Services) -> TestClient:
    app = FastAPI()
    app.include_router(build_carrier_router(services.store, services.carrier, services.clock))  # type: ignore[arg-type]
    return TestClient(app)


def _post(client: TestClient, tracker: dict[str, Any]) -> int:
    body = event_of(tracker)
    return client.post("/webhooks/easypost", content=body, headers={"X-Hmac-Signature": sign(body)}).status_code


def _parcel(services: Services, order: Order) -> Shipment:
    return services.commerce.get_order(order.ref).shipments[-1]


def _only(services: Services, number: str) -> None:
    """Nothing but this parcel is due."""
    with services.store.write() as connection:
        connection.execute(sa.update(parcels).where(parcels.c.tracking_number != number).values(ask_at=None))
