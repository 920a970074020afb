"""A Medusa shop is opened by settings alone, and not without one of them."""

from datetime import UTC, datetime

import pytest

from bot.bootstrap import open_engine
from bot.commerce.medusa.engine import MedusaEngine
from bot.errors import FixConfiguration
from bot.settings import Settings

GIVEN = {
    "engine": "medusa", "medusa_url": "https://played.example", "medusa_secret_key": "sk_1",
    "medusa_publishable_key": "pk_1",
}


def _settings(**changed: str) -> Settings:
    names = ("session_secret", "widget_secret", "internal_secret", "write_key", "holdout_salt")
    secrets = {name: f"{name}-{'x' * 20}" for name in names}
    return Settings.from_env({f"PREVENANT_{name.upper()}": value for name, value in {
        **secrets, **GIVEN, **changed}.items()})


@pytest.mark.parametrize("name", [each for each in GIVEN if each != "engine"])
def test_does_not_start_without_what_it_needs(name: str) -> None:
    with pytest.raises(FixConfiguration, match="MEDUSA"):
        _settings(**{name: ""})


def test_does_not_send_its_secrets_in_the_clear() -> None:
    with pytest.raises(FixConfiguration, match="PREVENANT_MEDUSA_URL"):
        _settings(medusa_url="http://played.example")


def test_opens_a_shop_by_settings_alone() -> None:
    engine = open_engine(_settings(), lambda: datetime.now(UTC))
    assert isinstance(engine, MedusaEngine) and "webhooks" not in engine.capabilities()
    hearing = open_engine(_settings(engine_webhook_secret="a-secret-of-sixteen"), lambda: datetime.now(UTC))
    assert "webhooks" in hearing.capabilities()
