"""A played Shopify looked at: as the page describes it, and with what is wrong in it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug import Response

from bot.commands.examining import examine_engine
from bot.commerce.checking import Finding
from bot.commerce.shopify.checking import SCOPES, check_back_end, judge_scopes
from bot.settings import Settings
from tests.servers.shopify.server import CLIENT_ID, CLIENT_SECRET, STOREFRONT_TOKEN, PlayedShopify

HOME = "https://bot.example/webhooks/shop"


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def ours(shopify: PlayedShopify) -> Settings:
    return Settings(
        engine="shopify", shopify_url=shopify.url, shopify_client_id=CLIENT_ID, shopify_client_secret=CLIENT_SECRET,
        shopify_storefront_token=STOREFRONT_TOKEN, engine_webhook_secret=CLIENT_SECRET,
        public_url="https://bot.example/", site_internal_url="http://127.0.0.1:1",
    )


def _unsound(found: list[Finding]) -> dict[str, str]:
    return {each.what: each.state for each in found if each.state != "ok"}


def _look(settings: Settings) -> dict[str, Finding]:
    return {each.what: each for each in check_back_end(settings, _now)}


def _denied() -> Response:
    said = {"message": "Access denied for customers field.", "extensions": {"code": "ACCESS_DENIED"}}
    return Response(json.dumps({"data": None, "errors": [said]}), content_type="application/json")


def test_finds_nothing_wrong_with_a_shop_as_the_page_describes_it(ours: Settings) -> None:
    found = list(examine_engine(ours, _now))
    assert _unsound(found) == {"the open door": "warning"}  # no site runs here
    assert {"a product", "stock", "a customer", "an order", "changes", "Shopify's"} <= {each.what for each in found}


def test_tells_no_secret_and_names_no_customer(ours: Settings) -> None:
    told = repr(list(examine_engine(ours, _now)))
    assert [each for each in (CLIENT_SECRET, STOREFRONT_TOKEN, "Marie", "Aubry", "@example.com") if each in told] == []


def test_asks_nothing_more_of_a_shop_that_does_not_know_the_app(ours: Settings) -> None:
    (only,) = check_back_end(replace(ours, shopify_client_secret="another-secret-of-tests"), _now)
    assert only.state == "failed" and "PREVENANT_SHOPIFY_CLIENT_ID" in only.detail
    assert "another-secret-of-tests" not in only.detail


def test_says_which_token_is_wrong(ours: Settings) -> None:
    found = _look(replace(ours, shopify_storefront_token="another-token-of-tests"))
    assert found["address and app"].state == "ok" and found["the Storefront token"].state == "failed"
    assert "server_cart" in found["the Storefront token's baskets"].blocks
    assert "PREVENANT_SHOPIFY_STOREFRONT_TOKEN" in found["the Storefront token"].detail


def test_says_that_calls_signed_with_another_secret_are_not_shopifys(ours: Settings) -> None:
    found = _look(replace(ours, engine_webhook_secret="another-secret-of-tests"))["whose secret signs its calls"]
    assert (found.state, found.blocks) == ("warning", {"webhooks"})


def test_asks_nothing_of_calls_where_changes_are_polled(ours: Settings) -> None:
    found = _look(replace(ours, engine_webhook_secret=""))
    assert not {"whose secret signs its calls", "subscriptions by API"} & set(found)


def test_counts_the_subscriptions_that_lead_to_us(
    ours: Settings, shopify: PlayedShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [("ORDERS_CREATE", HOME), ("ORDERS_UPDATED", HOME), ("THEMES_PUBLISH", "https://another.example")]
    monkeypatch.setattr(shopify.shop, "subscriptions", held)
    found = _look(ours)["subscriptions by API"]
    assert found.state == "ok" and found.detail.startswith("2 of 11 topics")


def test_warns_of_subscriptions_that_lead_elsewhere(
    ours: Settings, shopify: PlayedShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shopify.shop, "subscriptions", [("ORDERS_CREATE", "https://old.example/webhooks/shop")])
    found = _look(ours)["subscriptions by API"]
    assert (found.state, found.blocks) == ("warning", frozenset())
    assert "ORDERS_CREATE" in found.detail and HOME in found.detail


@pytest.mark.parametrize(("hidden", "state"), [
    (("first_name", "last_name", "email"), "failed"), (("email",), "warning"), ((), "ok"),
])
def test_sees_what_shopify_leaves_empty(
    ours: Settings, shopify: PlayedShopify, monkeypatch: pytest.MonkeyPatch, hidden: tuple[str, ...], state: str
) -> None:
    for person in shopify.shop.people.values():
        for name in hidden:
            monkeypatch.setattr(person, name, "")
    assert _look(ours)["protected customer data"].state == state


def test_a_shop_without_customers_is_a_warning(
    ours: Settings, shopify: PlayedShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shopify.shop, "people", {})
    monkeypatch.setattr(shopify.shop, "orders", {})
    found = _unsound(list(examine_engine(replace(ours, engine_webhook_secret=""), _now)))
    assert found == {"protected customer data": "warning", "a customer": "warning", "an order": "warning"}


def test_tells_that_the_clocks_are_apart(ours: Settings) -> None:
    found = list(check_back_end(ours, lambda: _now() + timedelta(minutes=3)))
    assert _unsound(found) == {"Shopify's": "failed"}


def test_what_shopify_denies_is_a_finding(ours: Settings, shopify: PlayedShopify) -> None:
    shopify.faults.append(_denied)
    (only,) = check_back_end(ours, _now)
    assert only.state == "failed" and "scope" in only.detail


def test_names_each_scope_that_is_missing_and_what_it_holds_up() -> None:
    held = frozenset(each.name for each in SCOPES) - {"write_returns", "read_inventory", "read_all_orders"}
    found = {each.what: each for each in judge_scopes(held)}
    assert {name: each.state for name, each in found.items() if each.state != "ok"} == {
        "write_returns": "warning", "read_inventory": "failed", "read_all_orders": "warning"}
    assert found["write_returns"].blocks == {"returns"}


def test_warns_of_scopes_that_nothing_needs_but_not_of_the_storefronts() -> None:
    held = frozenset(each.name for each in SCOPES) | {"write_themes", "unauthenticated_read_product_tags"}
    (spare,) = [each for each in judge_scopes(held) if each.state != "ok"]
    assert spare.what == "no more than needed" and spare.detail.startswith("write_themes:")
