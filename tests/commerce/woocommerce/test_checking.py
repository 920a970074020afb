"""A played WooCommerce looked at: as the page describes it, and with a key that does not hold."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from bot.commerce.checking import ABILITIES, Finding
from bot.commerce.woocommerce.checking import check_back_end, find_sample
from bot.commerce.woocommerce.engine import CAPABILITIES
from bot.settings import Settings
from tests.servers.woocommerce.server import KEY, SECRET, PlayedWooCommerce
from tests.servers.woocommerce.state import Shop

OURS = "https://bot.example/webhooks/shop"


def _now() -> datetime:
    return datetime.now(UTC)


def _settings(url: str, **changes: Any) -> Settings:
    given = {"engine": "woocommerce", "woocommerce_url": url, "woocommerce_key": KEY, "woocommerce_secret": SECRET}
    return Settings(**{**given, "public_url": "https://bot.example", **changes})


def _unsound(found: list[Finding]) -> dict[str, str]:
    return {each.what: each.state for each in found if each.state != "ok"}


@pytest.fixture(scope="module")
def door() -> Iterator[HTTPServer]:
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.fixture
def shop(door: HTTPServer) -> PlayedWooCommerce:
    door.clear()
    return PlayedWooCommerce(door, Shop())


def test_asks_nothing_more_with_a_key_that_does_not_hold(shop: PlayedWooCommerce) -> None:
    (key,) = check_back_end(_settings(shop.url, woocommerce_secret="cs_another"), _now)
    assert key.state == "failed" and "PREVENANT_WOOCOMMERCE_KEY" in key.detail and "cs_another" not in repr(key)


def test_finds_nothing_wrong_with_a_shop_as_the_page_describes_it(shop: PlayedWooCommerce) -> None:
    shop.shop.webhooks = [
        {"topic": topic, "delivery_url": OURS, "status": "active"} for topic in (
            "order.created", "order.updated", "customer.created", "customer.updated", "product.updated")]
    found = list(check_back_end(_settings(shop.url, engine_webhook_secret="a-secret-of-sixteen"), _now))
    assert _unsound(found) == {} and len(found) == 11
    sample = find_sample(_settings(shop.url))
    assert sample.customer_ref and sample.order_ref


def test_says_which_webhook_is_missing_and_that_the_shop_is_too_old(shop: PlayedWooCommerce) -> None:
    shop.shop.version = "9.9.1"
    found = list(check_back_end(_settings(shop.url, engine_webhook_secret="a-secret-of-sixteen"), _now))
    assert _unsound(found) == {"its webhooks": "warning", "WooCommerce's version": "warning"}
    assert {"checkout_link"} in [each.blocks for each in found]


def test_says_that_a_key_may_not_write(shop: PlayedWooCommerce) -> None:
    shop.faults = [lambda: None] * 5 + [lambda: Response(
        '{"code": "woocommerce_rest_authentication_error"}', 401, content_type="application/json")]
    found = list(check_back_end(_settings(shop.url), _now))
    assert _unsound(found) == {"writes": "failed"}


def test_says_of_every_capability_what_it_means() -> None:
    assert [word for word in CAPABILITIES if word not in ABILITIES] == []
