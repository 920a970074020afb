"""The shop's pages on other origins hear what the widget asks; nobody else's do."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from bot.bootstrap import PROJECT
from bot.errors import FixConfiguration
from bot.prepare import complete_environment
from bot.profile.store.engine import Store
from bot.settings import Settings
from tests.channels.web.conftest import Clock
from tests.servers.web import WebSite, run_web_site

SHOP, STRANGER = "https://www.shop.example", "https://www.stranger.example"
POLLING = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
def site(store: Store, settings: Settings, clock: Clock) -> Iterator[WebSite]:
    with run_web_site(store, replace(settings, shop_origins=f"{SHOP}/ https://m.shop.example"), clock) as running:
        yield running


def ask(site: WebSite, method: str, path: str, origin: str, **headers: str) -> requests.Response:
    return requests.request(method, site.url + path, headers={"Origin": origin, **headers}, timeout=5)


def may_hear(answer: requests.Response) -> str | None:
    return answer.headers.get("Access-Control-Allow-Origin")


def test_a_stranger_hears_nothing(site: WebSite) -> None:
    for origin in (STRANGER, "http://www.shop.example", f"{SHOP}.stranger.example", f"{SHOP}:8443", "null"):
        assert may_hear(ask(site, "POST", "/widget/session", origin)) is None
        leave = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        assert may_hear(ask(site, "OPTIONS", "/widget/pictures", origin, **leave)) is None
        refused = ask(site, "GET", POLLING, origin)
        assert (refused.status_code, may_hear(refused)) == (400, None)


def test_the_shops_pages_hear_what_the_widget_asks(site: WebSite) -> None:
    for origin in (SHOP, "https://m.shop.example"):
        answer = ask(site, "POST", "/widget/session", origin)
        assert answer.json()["session"]
        assert may_hear(answer) == origin
        assert "Origin" in answer.headers["Vary"]
        assert may_hear(ask(site, "GET", POLLING, origin)) == origin


def test_the_shops_pages_hear_why_something_is_refused(site: WebSite) -> None:
    answer = ask(site, "POST", "/widget/pictures", SHOP, Authorization="Bearer nobody's")
    assert (answer.status_code, may_hear(answer)) == (403, SHOP)


def test_the_shops_pages_may_send_pictures(site: WebSite) -> None:
    headers = "authorization,content-type,x-message-id"
    leave = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": headers}
    answer = ask(site, "OPTIONS", "/widget/pictures", SHOP, **leave)
    assert (answer.status_code, may_hear(answer)) == (200, SHOP)


def test_the_shops_pages_load_the_widgets_parts(site: WebSite) -> None:
    part = next((PROJECT / "var" / "build" / "widget").glob("*.txt")).name
    answer = ask(site, "GET", f"/widget/{part}", SHOP)
    assert (answer.status_code, may_hear(answer)) == (200, SHOP)
    assert may_hear(ask(site, "GET", f"/widget/{part}", STRANGER)) is None
    assert "Origin" in requests.get(f"{site.url}/widget/{part}", timeout=5).headers["Vary"]  # a cache keeps them apart


def test_no_cookie_is_asked_for_or_set(site: WebSite) -> None:
    for answer in (ask(site, "POST", "/widget/session", SHOP), ask(site, "GET", POLLING, SHOP)):
        assert answer.headers.keys().isdisjoint({"Access-Control-Allow-Credentials", "Set-Cookie"})


def test_what_the_widget_does_not_ask_is_for_no_other_origin(site: WebSite) -> None:
    assert may_hear(ask(site, "POST", "/internal/web/messages", SHOP)) is None
    assert may_hear(ask(site, "GET", "/token", SHOP)) is None


def test_origins_are_named_as_browsers_name_them(settings: Settings) -> None:
    named = replace(settings, shop_origins="https://WWW.shop.example:443/, http://localhost:8080")
    assert named.shop_origin_list == (SHOP, "http://localhost:8080")


def test_without_the_setting_the_shops_pages_are_the_storefronts(settings: Settings) -> None:
    assert settings.shop_origin_list == ()
    assert replace(settings, storefront_url=f"{SHOP}/fr").shop_origin_list == (SHOP,)
    both = replace(settings, storefront_url=f"{SHOP}/fr", shop_origins="https://m.shop.example")
    assert both.shop_origin_list == ("https://m.shop.example",)


@pytest.mark.parametrize(
    "url", ["", "http://www.shop.example", "https://", "https://[shop", "https://me@shop.example",
            "https://a b.example", "https://éa_b.example"],
)
def test_a_storefront_that_is_no_origin_is_given_nothing(settings: Settings, url: str) -> None:
    assert replace(settings, storefront_url=url).shop_origin_list == ()


@pytest.mark.parametrize(("url", "origin"), [
    ("https://www.Chaussures-Été.fr/boutique", "https://www.xn--chaussures-t-lebb.fr"),
    ("https://www.łódź.example:8443/", "https://www.xn--d-uga0v4h.example:8443"),
    ("https://straße.example", "https://xn--strae-oqa.example"),
    ("http://localhost:3000/", "http://localhost:3000"),
])
def test_a_storefront_is_named_as_browsers_name_it(settings: Settings, url: str, origin: str) -> None:
    assert replace(settings, storefront_url=url).shop_origin_list == (origin,)


@pytest.mark.parametrize(
    "given", ["*", "www.shop.example", "http://www.shop.example", "https://*.shop.example", f"{SHOP}/fr", "null"]
)
def test_refuses_what_is_no_origin_or_too_many(given: str, tmp_path: Path) -> None:
    environ = complete_environment({"PREVENANT_SHOP_ORIGINS": f"{SHOP} {given}"}, tmp_path / "demo.env")
    with pytest.raises(FixConfiguration, match="PREVENANT_SHOP_ORIGINS"):
        Settings.from_env(environ)
