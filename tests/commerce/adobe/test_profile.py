"""A change in an Adobe Commerce shop reaches the profile once: called, polled, or both, in whatever order."""

import base64
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.commerce.adobe.engine import AdobeEngine
from bot.commerce.adobe.webhooks import SIGNATURE
from bot.intake.shop_changes import pull_changes
from bot.intake.shop_webhook import build_shop_router, read_hints
from bot.profile.customers import find_customer
from bot.profile.events import events_of
from bot.profile.store.engine import Store
from tests.commerce.adobe.conftest import make_engine
from tests.servers.adobe.server import PlayedAdobe
from tests.servers.adobe.state import Placed

SALT = "salt-for-tests-0123"
PRIVATE = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def _clock() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)


@pytest.fixture(scope="module")
def hearing(adobe: PlayedAdobe) -> Iterator[AdobeEngine]:
    key = PRIVATE.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    opened = make_engine(adobe.url, public_key=key)
    yield opened
    opened.close()


def _post(door: TestClient, order: Placed) -> int:
    body = json.dumps({"order": {"entity_id": order.number, "created_at": order.made, "updated_at": order.touched,
                                 "state": order.state}}).encode()
    signature = PRIVATE.sign(base64.b64encode(body), padding.PKCS1v15(), hashes.SHA256())
    headers = {SIGNATURE: base64.b64encode(signature).decode()}
    return door.post("/webhooks/shop", content=body, headers=headers).status_code


def test_counts_each_change_once_whatever_is_called_lost_repeated_and_polled(
    adobe: PlayedAdobe, hearing: AdobeEngine, store: Store
) -> None:
    rng, shop, email = random.Random(1), adobe.shop, "buyer@example.com"
    sent, stopped = (
        shop.order([(next(iter(shop.variations)), 1)], email=email, address=shop.marie.addresses[0]) for _ in "ab")
    made = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
    for each in (sent, stopped):
        each.made = each.touched = made
    app = FastAPI()
    app.include_router(build_shop_router(store, hearing, _clock))
    door = TestClient(app)
    assert _post(door, sent) == 200
    shop.ship(sent)
    shop.pay_back(stopped)
    calls = [order for order in (sent, stopped) for _ in range(rng.choice((1, 2, 3)))]
    rng.shuffle(calls)
    for position, order in enumerate(calls):
        assert _post(door, order) == 200
        if position == len(calls) // 2:
            pull_changes(store, hearing, _clock, salt=SALT)
    read_hints(store, hearing, _clock, salt=SALT)
    pull_changes(store, hearing, _clock, salt=SALT)
    with store.read() as connection:
        person = find_customer(connection, "email", email)
        assert person
        names = sorted(each.name for each in events_of(connection, person))
    assert names == ["Order Cancelled", "Order Completed", "Order Completed", "Order Updated", "Order Updated"]


def test_hears_no_call_that_is_not_signed(hearing: AdobeEngine, store: Store) -> None:
    app = FastAPI()
    app.include_router(build_shop_router(store, hearing, _clock))
    door = TestClient(app)
    for headers in ({}, {SIGNATURE: "AAAA"}):
        assert door.post("/webhooks/shop", content=b"{}", headers=headers).status_code == 401
