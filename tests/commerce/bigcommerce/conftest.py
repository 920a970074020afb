"""A played BigCommerce for each module of tests, and an engine before it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from bot.commerce.bigcommerce.engine import BigCommerceEngine
from tests.servers.bigcommerce.server import TOKEN, PlayedBigCommerce
from tests.servers.bigcommerce.state import Shop

WEBHOOK_SECRET, CLIENT_SECRET = "a-secret-in-a-header", "what-the-calls-are-signed-with"


@pytest.fixture(scope="module")
def bigcommerce() -> Iterator[PlayedBigCommerce]:
    """The shop of a module."""
    with HTTPServer(threaded=True) as server:
        yield PlayedBigCommerce(server, Shop())


@pytest.fixture(scope="module")
def engine(bigcommerce: PlayedBigCommerce) -> Iterator[BigCommerceEngine]:
    """An engine before it, a minute ahead: what was just touched has settled."""
    opened = make_engine(bigcommerce.url)
    yield opened
    opened.close()


def make_engine(
    url: str, *, deadline_seconds: float = 10.0, webhook_secret: str = WEBHOOK_SECRET, client_secret: str = ""
) -> BigCommerceEngine:
    """An engine before that address; its polls do not rest."""
    return BigCommerceEngine(
        url, token=TOKEN, clock=lambda: datetime.now(UTC) + timedelta(minutes=1), deadline_seconds=deadline_seconds,
        webhook_secret=webhook_secret, client_secret=client_secret, rest_seconds=0.0,
    )
