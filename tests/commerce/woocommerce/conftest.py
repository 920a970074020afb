"""A played WooCommerce for each module of tests, and an engine before it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from bot.commerce.woocommerce.engine import WooCommerceEngine
from tests.servers.woocommerce.server import KEY, SECRET, PlayedWooCommerce
from tests.servers.woocommerce.state import Shop

WEBHOOK_SECRET = "a-secret-that-signs-the-calls"


@pytest.fixture(scope="module")
def woocommerce() -> Iterator[PlayedWooCommerce]:
    """The shop of a module."""
    with HTTPServer(threaded=True) as server:
        yield PlayedWooCommerce(server, Shop())


@pytest.fixture(scope="module")
def engine(woocommerce: PlayedWooCommerce) -> Iterator[WooCommerceEngine]:
    """An engine before it, a minute ahead: what was just touched has settled."""
    opened = make_engine(woocommerce.url)
    yield opened
    opened.close()


def make_engine(url: str, *, deadline_seconds: float = 10.0, webhook_secret: str = WEBHOOK_SECRET) -> WooCommerceEngine:
    """An engine before that address; its polls do not rest."""
    return WooCommerceEngine(
        url, key=KEY, secret=SECRET, clock=lambda: datetime.now(UTC) + timedelta(minutes=1),
        deadline_seconds=deadline_seconds, webhook_secret=webhook_secret, rest_seconds=0.0,
    )
