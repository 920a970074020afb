"""One live Vendure for all its tests, what it calls kept, and an engine before it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.commerce.vendure.engine import VendureEngine
from tests.conftest import miss
from tests.servers.vendure_shop import CannotRun, VendureShop, run_vendure

STOREFRONT = "https://shop.example"


@dataclass
class Calls:
    """What Vendure told by itself, as it came."""

    received: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  # of the next answers; 200 when there are none left

    def answer(self, request: Request) -> Response:
        """Keep the call, and answer it."""
        status = self.statuses.pop(0) if self.statuses else 200
        self.received.append((request.get_data(), dict(request.headers)))
        return Response(status=status)


@pytest.fixture(scope="session")
def calls() -> Calls:
    """The calls of this run's shop."""
    return Calls()


@pytest.fixture(scope="session")
def vendure(calls: Calls) -> Iterator[VendureShop]:
    """The shop of this run. It is installed and seeded when the run is the first one."""
    with HTTPServer() as door:
        door.expect_request("/webhooks/shop").respond_with_handler(calls.answer)
        try:
            with run_vendure(webhook_url=door.url_for("/webhooks/shop")) as shop:
                yield shop
        except CannotRun as error:
            miss(str(error))


@pytest.fixture(scope="session")
def engine(vendure: VendureShop) -> Iterator[VendureEngine]:
    """The engine before it."""
    opened = make_engine(vendure)
    yield opened
    opened.close()


def make_engine(shop: VendureShop, url: str = "", *, deadline_seconds: float = 20.0) -> VendureEngine:
    """Another engine before the same shop, by another way to it where one is given."""
    return VendureEngine(
        url or shop.url, api_key=shop.api_key, session_secret=shop.session_secret, storefront_url=STOREFRONT,
        clock=lambda: datetime.now(UTC), deadline_seconds=deadline_seconds, webhook_secret=shop.webhook_secret,
    )
