"""A played Shopify for each module of tests, and an engine before it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from bot.commerce.shopify.engine import ShopifyEngine
from tests.servers.shopify.server import CLIENT_ID, CLIENT_SECRET, STOREFRONT_TOKEN, PlayedShopify
from tests.servers.shopify.state import Shop

STOREFRONT = "https://shop.example"
WEBHOOK_SECRET = "a-secret-that-signs-the-calls"


@pytest.fixture(scope="module")
def shopify() -> Iterator[PlayedShopify]:
    """The shop of a module."""
    with HTTPServer(threaded=True) as server:
        yield PlayedShopify(server, Shop())


@pytest.fixture(scope="module")
def engine(shopify: PlayedShopify) -> Iterator[ShopifyEngine]:
    """An engine before it, a minute ahead: what was just touched has settled."""
    opened = make_engine(shopify.url)
    yield opened
    opened.close()


def make_engine(url: str, *, deadline_seconds: float = 10.0, webhook_secret: str = WEBHOOK_SECRET) -> ShopifyEngine:
    """An engine before that address; its polls do not rest."""
    return ShopifyEngine(
        url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, storefront_token=STOREFRONT_TOKEN,
        storefront_url=STOREFRONT, clock=lambda: datetime.now(UTC) + timedelta(minutes=1),
        deadline_seconds=deadline_seconds, webhook_secret=webhook_secret, rest_seconds=0.0,
    )
