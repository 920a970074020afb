"""One live Medusa for the contract, and an engine before it. The other tests of this folder need neither."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from bot.commerce.medusa.engine import MedusaEngine
from tests.conftest import miss
from tests.servers.medusa_shop import CannotRun, MedusaShop, run_medusa

# It takes minutes to start, so only `make contract ENGINE=medusa` plays it.
collect_ignore = [] if os.environ.get("CONTRACT_ENGINE") == "medusa" else ["test_contract.py"]
STOREFRONT = "https://shop.example"


@pytest.fixture(scope="session")
def door() -> Iterator[HTTPServer]:
    """Where the shop tells its changes; its log keeps them."""
    with HTTPServer() as server:
        server.expect_request("/webhooks/shop").respond_with_data()
        yield server


@pytest.fixture(scope="session")
def medusa(door: HTTPServer) -> Iterator[MedusaShop]:
    """The shop of this run. It is installed and seeded when the run is the first one."""
    try:
        with run_medusa(webhook_url=door.url_for("/webhooks/shop")) as shop:
            yield shop
    except CannotRun as error:
        miss(str(error))


@pytest.fixture(scope="session")
def engine(medusa: MedusaShop) -> Iterator[MedusaEngine]:
    """The engine before it."""
    opened = make_engine(medusa)
    yield opened
    opened.close()


def make_engine(shop: MedusaShop) -> MedusaEngine:
    """An engine before a shop, a minute ahead: what was just touched has settled."""
    return MedusaEngine(
        shop.url, secret_key=shop.secret_key, publishable_key=shop.publishable_key, storefront_url=STOREFRONT,
        clock=lambda: datetime.now(UTC) + timedelta(minutes=1), deadline_seconds=30.0, country="fr",
        webhook_secret=shop.webhook_secret, rest_seconds=0.0,
    )
