"""An Adobe Commerce shop is opened by settings alone, and not without one of them."""

import pytest

from bot.bootstrap import open_engine
from bot.commerce.adobe.engine import AdobeEngine
from bot.errors import FixConfiguration
from bot.settings import Settings

GIVEN = {
    "engine": "adobe", "adobe_url": "https://shop.example", "adobe_store": "fr", "adobe_consumer_key": "ck",
    "adobe_consumer_secret": "cs", "adobe_access_token": "at", "adobe_access_secret": "as",
}


def _settings(**changed: str) -> Settings:
    names = ("session_secret", "widget_secret", "internal_secret", "write_key", "holdout_salt")
    secrets = {name: f"{name}-{'x' * 20}" for name in names}
    return Settings.from_env({f"PREVENANT_{name.upper()}": value for name, value in {
        **secrets, **GIVEN, **changed}.items()})


@pytest.mark.parametrize("name", [each for each in GIVEN if each != "engine"])
def test_does_not_start_without_what_it_needs(name: str) -> None:
    with pytest.raises(FixConfiguration, match="PREVENANT_ADOBE"):
        _settings(**{name: ""})


@pytest.mark.parametrize(("name", "value"), [
    ("adobe_url", "http://shop.example"), ("adobe_store", "../all"), ("adobe_store", "fr/V1"),
])
def test_does_not_send_its_keys_in_the_clear_or_elsewhere(name: str, value: str) -> None:
    with pytest.raises(FixConfiguration, match=f"PREVENANT_{name.upper()}"):
        _settings(**{name: value})


def test_opens_a_shop_by_settings_alone() -> None:
    engine = open_engine(_settings())
    assert isinstance(engine, AdobeEngine) and "webhooks" not in engine.capabilities()
    hearing = open_engine(_settings(engine_webhook_secret="a-secret-of-sixteen"))
    assert "webhooks" in hearing.capabilities()


def test_does_not_start_with_a_key_that_is_none() -> None:
    with pytest.raises(FixConfiguration, match="PREVENANT_ADOBE_WEBHOOK_PUBLIC_KEY"):
        open_engine(_settings(adobe_webhook_public_key="not a key"))
