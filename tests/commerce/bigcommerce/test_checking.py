"""A played BigCommerce looked at: as the page describes it, with a token that does not hold, with scopes missing."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from bot.commerce.bigcommerce.checking import check_back_end, find_sample
from bot.commerce.bigcommerce.engine import CAPABILITIES
from bot.commerce.bigcommerce.webhooks import HEADER, HEARD
from bot.commerce.checking import ABILITIES, Finding
from bot.settings import Settings
from tests.servers.bigcommerce.server import TOKEN, PlayedBigCommerce
from tests.servers.bigcommerce.state import Shop

OURS = "https://bot.example/webhooks/shop"


def _now() -> datetime:
    return datetime.now(UTC)


def _settings(url: str, **changes: Any) -> Settings:
    given = {"engine": "bigcommerce", "bigcommerce_url": url, "bigcommerce_token": TOKEN}
    return Settings(**{**given, "public_url": "https://bot.example", **changes})


def _unsound(found: list[Finding]) -> dict[str, str]:
    return {each.what: each.state for each in found if each.state != "ok"}


def _hook(scope: str, **changes: Any) -> dict[str, Any]:
    return {"scope": scope, "destination": OURS, "is_active": True, "headers": {HEADER: "x"}, **changes}


@pytest.fixture(scope="module")
def door() -> Iterator[HTTPServer]:
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.fixture
def shop(door: HTTPServer) -> PlayedBigCommerce:
    door.clear()
    return PlayedBigCommerce(door, Shop())


def test_asks_nothing_more_with_a_token_that_does_not_hold(shop: PlayedBigCommerce) -> None:
    (key,) = check_back_end(_settings(shop.url, bigcommerce_token="another-token"), _now)
    assert key.state == "failed" and "PREVENANT_BIGCOMMERCE_TOKEN" in key.detail and "another-token" not in repr(key)


def test_finds_nothing_wrong_with_a_shop_as_the_page_describes_it(shop: PlayedBigCommerce) -> None:
    shop.shop.hooks = [_hook(each) for each in HEARD]
    found = list(check_back_end(_settings(shop.url, engine_webhook_secret="a-secret-of-sixteen"), _now))
    assert _unsound(found) == {} and len(found) == 14
    sample = find_sample(_settings(shop.url))
    assert sample.customer_ref and sample.order_ref


@pytest.mark.parametrize("wrong", [{"is_active": False}, {"headers": None}, {"destination": "https://else.example"}])
def test_says_which_webhook_is_missing_asleep_or_without_the_secret(
    shop: PlayedBigCommerce, wrong: dict[str, Any]
) -> None:
    shop.shop.hooks = [_hook("store/*" if each == HEARD[0] else each, **(wrong if each == HEARD[1] else {}))
                       for each in HEARD[1:]]
    shop.shop.hooks.append(_hook("store/order/created"))
    found = list(check_back_end(_settings(shop.url, engine_webhook_secret="a-secret-of-sixteen"), _now))
    (hooks,) = [each for each in found if each.state != "ok"]
    assert (hooks.what, hooks.state, hooks.detail.endswith(f"for {HEARD[1]}")) == ("its webhooks", "warning", True)


def test_says_which_scope_is_missing_and_what_that_holds_up(shop: PlayedBigCommerce) -> None:
    def refuse(position: int) -> list[Callable[[], Response | None]]:
        return [lambda: None] * position + [lambda: Response('{"status": 403}', 403)]

    shop.faults = refuse(7)
    found = list(check_back_end(_settings(shop.url), _now))
    assert _unsound(found) == {"reads v3/promotions": "warning"}
    assert [each.blocks for each in found if each.state != "ok"] == [{"offers"}]
    shop.faults = refuse(9)
    assert _unsound(list(check_back_end(_settings(shop.url), _now))) == {"carts": "failed"}
    shop.faults = refuse(1)
    assert _unsound(list(check_back_end(_settings(shop.url), _now))) == {"reads v2/orders": "failed"}


def test_says_of_every_capability_what_it_means() -> None:
    assert [word for word in CAPABILITIES if word not in ABILITIES] == []
