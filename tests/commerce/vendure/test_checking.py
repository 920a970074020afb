"""A live Vendure looked at, with the key that it should have, with fewer rights, and with wrong secrets."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from bot.commands.examining import examine_engine
from bot.commerce.checking import Finding
from bot.settings import Settings
from tests.servers.vendure_shop import VendureShop

pytestmark = pytest.mark.slow  # it knows no store: once is enough


def _now() -> datetime:
    return datetime.now(UTC)


def _settings(shop: VendureShop, **changes: str) -> Settings:
    ours = {name.removeprefix("PREVENANT_").lower(): value for name, value in shop.settings().items()}
    return Settings(**{**ours, "engine_deadline_seconds": 20.0, **changes})  # type: ignore[arg-type]


def _unsound(findings: list[Finding]) -> dict[str, str]:
    return {each.what: each.state for each in findings if each.state != "ok"}


def test_asks_nothing_more_with_a_key_that_does_not_hold() -> None:
    with HTTPServer() as door:
        door.expect_request("/admin-api").respond_with_json({}, status=401)
        settings = Settings(engine="vendure", vendure_url=door.url_for(""), vendure_api_key="a-key-of-tests",
                            vendure_session_secret="a-session-secret-of-tests")
        (key, *others) = examine_engine(settings, _now)
        assert key.state == "failed" and "PREVENANT_VENDURE_API_KEY" in key.detail and len(door.log) == 1
    assert {each.area for each in others} == {"webhooks"}


def test_finds_nothing_wrong_with_a_shop_as_the_page_describes_it(vendure: VendureShop) -> None:
    found = list(examine_engine(_settings(vendure), _now))
    assert _unsound(found) == {"the open door": "warning"}  # no site runs here
    assert {"an order", "a customer", "stock", "Vendure's"} <= {each.what for each in found}


def test_says_which_secret_is_wrong(vendure: VendureShop) -> None:
    settings = _settings(vendure, vendure_session_secret="another-secret-of-tests", engine_webhook_secret="")
    found = list(examine_engine(settings, _now))
    assert _unsound(found) == {"the shared session secret": "failed"}
    assert "another-secret-of-tests" not in repr(found)


def test_tells_that_the_clocks_are_apart(vendure: VendureShop) -> None:
    settings = _settings(vendure, engine_webhook_secret="")
    found = list(examine_engine(settings, lambda: _now() + timedelta(minutes=3)))
    assert _unsound(found)["Vendure's"] == "failed"
