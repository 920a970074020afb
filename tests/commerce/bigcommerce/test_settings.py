"""A BigCommerce shop is opened by settings alone, and not without one of them."""

import pytest

from bot.bootstrap import open_engine
from bot.commerce.bigcommerce.engine import BigCommerceEngine
from bot.commerce.types import CustomerRef
from bot.errors import FixConfiguration
from bot.settings import Settings
from tests.servers.bigcommerce.server import PlayedBigCommerce

GIVEN = {
    "engine": "bigcommerce", "bigcommerce_url": "https://api.bigcommerce.com/stores/abc", "bigcommerce_token": "t_1",
}


def _settings(**changed: str) -> Settings:
    names = ("session_secret", "widget_secret", "internal_secret", "write_key", "holdout_salt")
    secrets = {name: f"{name}-{'x' * 20}" for name in names}
    return Settings.from_env({f"PREVENANT_{name.upper()}": value for name, value in {
        **secrets, **GIVEN, **changed}.items()})


@pytest.mark.parametrize("name", [each for each in GIVEN if each != "engine"])
def test_does_not_start_without_what_it_needs(name: str) -> None:
    with pytest.raises(FixConfiguration, match="BIGCOMMERCE"):
        _settings(**{name: ""})


@pytest.mark.parametrize("url", [
    "http://api.bigcommerce.com/stores/abc", "https://api.bigcommerce.com/stores/abc/v3/", "https://shop.example",
])
def test_takes_no_address_but_an_api_path_over_https(url: str) -> None:
    with pytest.raises(FixConfiguration, match="PREVENANT_BIGCOMMERCE_URL"):
        _settings(bigcommerce_url=url)


def test_opens_a_shop_by_settings_alone() -> None:
    engine = open_engine(_settings(bigcommerce_channel="2"))
    assert isinstance(engine, BigCommerceEngine) and "webhooks" not in engine.capabilities()
    hearing = open_engine(_settings(engine_webhook_secret="a-secret-of-sixteen", bigcommerce_client_secret="c"))
    assert "webhooks" in hearing.capabilities()


def test_knows_no_saved_ways_to_pay(bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine) -> None:
    assert engine.list_payment_methods(CustomerRef(str(bigcommerce.shop.paul.number))) == []
