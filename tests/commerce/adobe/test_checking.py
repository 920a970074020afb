"""A played Adobe Commerce looked at: as the page describes it, with keys that do not hold, and with rights missing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from bot.commerce.adobe.checking import check_back_end, find_sample, make_probe
from bot.commerce.adobe.engine import CAPABILITIES
from bot.commerce.checking import ABILITIES, Finding
from bot.settings import Settings
from tests.commerce.adobe.conftest import make_engine
from tests.servers.adobe.server import KEYS, PlayedAdobe
from tests.servers.adobe.state import Shop


def _now() -> datetime:
    return datetime.now(UTC)


def _settings(url: str, **changes: Any) -> Settings:
    given = {
        "engine": "adobe", "adobe_url": url, "adobe_store": "fr", "adobe_consumer_key": KEYS.consumer_key,
        "adobe_consumer_secret": KEYS.consumer_secret, "adobe_access_token": KEYS.access_token,
        "adobe_access_secret": KEYS.access_secret,
    }
    return Settings(**{**given, **changes})


def _unsound(found: list[Finding]) -> dict[str, str]:
    return {each.what: each.state for each in found if each.state != "ok"}


@pytest.fixture
def shop(server: HTTPServer) -> PlayedAdobe:
    server.clear()
    server.expect_request("/").respond_with_response(Response("", 200))
    return PlayedAdobe(server, Shop())


def test_asks_nothing_more_with_keys_that_do_not_hold(shop: PlayedAdobe) -> None:
    (keys,) = check_back_end(_settings(shop.url, adobe_access_secret="another-secret"), _now)
    assert keys.state == "failed" and "PREVENANT_ADOBE_CONSUMER_KEY" in keys.detail
    assert "another-secret" not in repr(keys)


def test_names_the_store_views_where_the_one_that_is_set_is_not(shop: PlayedAdobe) -> None:
    (view,) = check_back_end(_settings(shop.url, adobe_store="default"), _now)
    assert view.state == "failed" and "there are: en, fr" in view.detail


def test_finds_nothing_wrong_with_a_shop_as_the_page_describes_it_and_changes_nothing(shop: PlayedAdobe) -> None:
    before = repr((shop.shop.people, shop.shop.orders, shop.shop.baskets))
    found = list(check_back_end(_settings(shop.url), _now))
    assert _unsound(found) == {} and len(found) == 19
    sample = find_sample(_settings(shop.url))
    assert sample.customer_ref and sample.order_ref
    assert repr((shop.shop.people, shop.shop.orders, shop.shop.baskets)) == before


def test_says_which_right_is_missing_and_what_does_not_work_without_it(shop: PlayedAdobe) -> None:
    shop.lacks = {"invoice", "salesRules"}
    found = list(check_back_end(_settings(shop.url), _now))
    assert _unsound(found) == {"reads salesRules/search": "warning", "pays back invoices": "warning"}
    refund = next(each for each in found if each.what == "pays back invoices")
    assert "Magento_Played::invoice" in refund.detail and refund.blocks == {"order_cancel"}
    shop.lacks = {"orders"}
    assert _unsound(list(check_back_end(_settings(shop.url), _now)))["reads orders"] == "failed"


def test_makes_a_probe_that_the_engine_believes(shop: PlayedAdobe) -> None:
    engine = make_engine(shop.url)
    settings = _settings(shop.url, engine_webhook_secret="a-secret-that-signs-the-calls")
    probe = make_probe(settings, _now())
    assert engine.read_webhook(probe.body, probe.headers, _now()) == ()
    engine.close()


def test_has_no_stores_where_the_module_for_picking_up_is_not(shop: PlayedAdobe) -> None:
    shop.rest.has_stores = False
    engine = make_engine(shop.url)
    assert engine.list_pickup_locations() == []
    engine.close()


def test_says_of_every_capability_what_it_means() -> None:
    assert [word for word in CAPABILITIES if word not in ABILITIES] == []
