"""A WooCommerce shop is opened by settings alone, and not without one of them."""

import pytest

from bot.bootstrap import open_engine
from bot.commerce.types import CustomerRef
from bot.commerce.woocommerce.engine import WooCommerceEngine
from bot.errors import FixConfiguration
from bot.settings import Settings
from tests.servers.woocommerce.server import PlayedWooCommerce

GIVEN = {
    "engine": "woocommerce", "woocommerce_url": "https://shop.example", "woocommerce_key": "ck_1",
    "woocommerce_secret": "cs_1",
}


def _settings(**changed: str) -> Settings:
    names = ("session_secret", "widget_secret", "internal_secret", "write_key", "holdout_salt")
    secrets = {name: f"{name}-{'x' * 20}" for name in names}
    return Settings.from_env({f"PREVENANT_{name.upper()}": value for name, value in {
        **secrets, **GIVEN, **changed}.items()})


@pytest.mark.parametrize("name", [each for each in GIVEN if each != "engine"])
def test_does_not_start_without_what_it_needs(name: str) -> None:
    with pytest.raises(FixConfiguration, match="WOOCOMMERCE"):
        _settings(**{name: ""})


def test_does_not_send_its_secrets_in_the_clear() -> None:
    with pytest.raises(FixConfiguration, match="PREVENANT_WOOCOMMERCE_URL"):
        _settings(woocommerce_url="http://shop.example")


def test_opens_a_shop_by_settings_alone() -> None:
    engine = open_engine(_settings())
    assert isinstance(engine, WooCommerceEngine) and "webhooks" not in engine.capabilities()
    hearing = open_engine(_settings(engine_webhook_secret="a-secret-of-sixteen"))
    assert "webhooks" in hearing.capabilities()


def test_knows_no_places_to_pick_up_and_no_saved_ways_to_pay(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine
) -> None:
    assert engine.list_pickup_locations() == []
    assert engine.list_payment_methods(CustomerRef(str(woocommerce.shop.paul.number))) == []
