"""A played Adobe Commerce for each module of tests, and an engine before it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from bot.commerce.adobe.engine import AdobeEngine
from tests.servers.adobe.server import KEYS, PlayedAdobe
from tests.servers.adobe.state import Shop

WEBHOOK_SECRET = "a-secret-that-signs-the-calls"


@pytest.fixture(scope="session")
def server() -> Iterator[HTTPServer]:
    """One for every module, which clears it."""
    with HTTPServer(threaded=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def adobe(server: HTTPServer) -> PlayedAdobe:
    """The shop of a module."""
    server.clear()
    return PlayedAdobe(server, Shop())


@pytest.fixture(scope="module")
def engine(adobe: PlayedAdobe) -> Iterator[AdobeEngine]:
    """An engine before it, a minute ahead: what was just touched has settled."""
    opened = make_engine(adobe.url)
    yield opened
    opened.close()


def make_engine(url: str, *, deadline_seconds: float = 10.0, public_key: str = "") -> AdobeEngine:
    """An engine before that address, in its French store view; its polls do not rest."""
    return AdobeEngine(
        url, KEYS, store="fr", clock=lambda: datetime.now(UTC) + timedelta(minutes=1),
        deadline_seconds=deadline_seconds, webhook_secret=WEBHOOK_SECRET, webhook_public_key=public_key,
        rest_seconds=0.0,
    )
