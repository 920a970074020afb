"""Polling: what no call told is found by the cursor, once, oldest first; and Shopify is not asked without end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from bot.commerce.polling import ChangePoller
from bot.commerce.shopify.changes import make_poller
from bot.commerce.shopify.client import ShopifyClient
from bot.errors import FixInput
from tests.servers.shopify.server import ADMIN_PATH, CLIENT_ID, CLIENT_SECRET, STOREFRONT_TOKEN, PlayedShopify
from tests.servers.shopify.state import Shop

START = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)


class _Clock:
    def __init__(self) -> None:
        self.now, self.seconds = START, 0.0

    def pass_(self, seconds: float) -> None:
        self.now, self.seconds = self.now + timedelta(seconds=seconds), self.seconds + seconds


@pytest.fixture
def door() -> Iterator[HTTPServer]:
    with HTTPServer() as server:
        yield server


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def shop(clock: _Clock) -> Shop:
    return Shop(lambda: clock.now)


@pytest.fixture
def poller(door: HTTPServer, shop: Shop, clock: _Clock) -> Iterator[ChangePoller]:
    played = PlayedShopify(door, shop)
    client = ShopifyClient(played.url, CLIENT_ID, CLIENT_SECRET, STOREFRONT_TOKEN, deadline_seconds=10.0)
    yield make_poller(client, lambda: clock.now, 10.0, lambda: clock.seconds)
    client.close()


def _all(poller: ChangePoller, cursor: str = "", limit: int = 500) -> tuple[list[str], str]:
    told: list[str] = []
    while True:
        events, cursor = poller.poll(cursor, limit)
        if not events:
            return told, cursor
        told += [each.id for each in events]


@pytest.mark.parametrize("cursor", ["42", "chg_1", "2026-13-01T00:00:00Z.1/" * 2 + "2026-13-01T00:00:00Z.1", "x/y/z"])
def test_refuses_a_cursor_that_it_did_not_give(poller: ChangePoller, cursor: str) -> None:
    with pytest.raises(FixInput, match="cursor"):
        poller.poll(cursor, 10)


def test_asks_nothing_again_until_it_has_rested(door: HTTPServer, poller: ChangePoller, clock: _Clock) -> None:
    clock.pass_(60)
    _, end = _all(poller)

    def asked() -> int:
        return len([request for request, _ in door.log if request.path == ADMIN_PATH])

    before = asked()
    for _ in range(30):
        assert poller.poll(end, 500) == ([], end)
    assert asked() == before
    clock.pass_(10)
    poller.poll(end, 500)
    assert asked() == before + 3


def test_leaves_what_was_just_touched_for_the_next_time(poller: ChangePoller, clock: _Clock) -> None:
    clock.pass_(4)
    assert _all(poller)[0] == []
    clock.pass_(10)
    assert len(_all(poller)[0]) == 5  # three orders, two customers


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_tells_each_change_once_in_pages_of_any_length(
    poller: ChangePoller, shop: Shop, clock: _Clock, limit: int
) -> None:
    clock.pass_(60)
    told, end = _all(poller, limit=limit)
    assert len(told) == len(set(told)) == 5
    first, second, third = shop.orders.values()
    clock.pass_(1)
    shop.send(first.number)
    shop.cancel(second.number, "")
    made = shop.order([(shop.products[0].variants[0].number, 1)], email="new@example.com", address=third.address)
    clock.pass_(60)
    told, end = _all(poller, end, limit)
    at = "2026-11-29T09:01:01Z"
    assert told == [
        f"order.placed:{made.number}", f"order.changed:{first.number}:{at}",
        f"shipment.changed:{first.parcels[0]['id']}:{at}", f"order.changed:{second.number}:{at}",
        f"order.cancelled:{second.number}",
    ]
    clock.pass_(60)
    assert _all(poller, end, limit)[0] == []


def test_tells_all_of_a_second_in_which_more_was_touched_than_a_page_holds(
    poller: ChangePoller, shop: Shop, clock: _Clock
) -> None:
    clock.pass_(60)
    _, end = _all(poller)
    variant, address = shop.products[0].variants[0].number, shop.marie.addresses[shop.marie.default]
    made = [shop.order([(variant, 1)], email="new@example.com", address=address).number for _ in range(120)]
    clock.pass_(60)
    assert _all(poller, end, 30)[0] == [f"order.placed:{number}" for number in made]
