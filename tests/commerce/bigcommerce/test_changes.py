"""Polling: what no call told is found by the cursor, once, oldest first; and the shop is not asked without end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from bot.commerce.bigcommerce.changes import make_poller
from bot.commerce.bigcommerce.client import BigCommerceClient
from bot.commerce.polling import ChangePoller
from bot.errors import FixInput
from tests.servers.bigcommerce.server import TOKEN, PlayedBigCommerce
from tests.servers.bigcommerce.state import Placed, Shop

START = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)


class _Clock:
    def __init__(self) -> None:
        self.now, self.seconds = START, 0.0

    def pass_(self, seconds: float) -> None:
        self.now, self.seconds = self.now + timedelta(seconds=seconds), self.seconds + seconds


@pytest.fixture(scope="module")
def opened_door() -> Iterator[HTTPServer]:
    with HTTPServer() as server:
        yield server


@pytest.fixture
def door(opened_door: HTTPServer) -> HTTPServer:
    opened_door.clear()
    return opened_door


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def shop(clock: _Clock) -> Shop:
    return Shop(lambda: clock.now)


@pytest.fixture
def poller(door: HTTPServer, shop: Shop, clock: _Clock) -> Iterator[ChangePoller]:
    played = PlayedBigCommerce(door, shop)
    client = BigCommerceClient(played.url, TOKEN, deadline_seconds=10.0)
    yield make_poller(client, lambda: clock.now, 10.0, lambda: clock.seconds)
    client.close()


def _order(shop: Shop) -> Placed:
    home = shop.order_address(shop.paul)
    return shop.order([(next(iter(shop.variants)), 1)], billing=home, shipping=home)


def _all(poller: ChangePoller, cursor: str = "", limit: int = 500) -> tuple[list[str], str]:
    told: list[str] = []
    while True:
        events, cursor = poller.poll(cursor, limit)
        if not events:
            return told, cursor
        told += [each.id for each in events]


@pytest.mark.parametrize("cursor", [
    "42", "chg_1", "2026-11-29T00:00:00Z.1", "2026-13-01T00:00:00Z.1/2026-11-29T00:00:00Z.1", "x/y"])
def test_refuses_a_cursor_that_it_did_not_give(poller: ChangePoller, cursor: str) -> None:
    with pytest.raises(FixInput, match="cursor"):
        poller.poll(cursor, 10)


def test_asks_nothing_again_until_it_has_rested(door: HTTPServer, poller: ChangePoller, clock: _Clock) -> None:
    clock.pass_(60)
    _, end = _all(poller)
    before = len(door.log)
    for _ in range(30):
        assert poller.poll(end, 500) == ([], end)
    assert len(door.log) == before
    clock.pass_(10)
    poller.poll(end, 500)
    assert len(door.log) == before + 2  # orders and customers


def test_leaves_what_was_just_touched_for_the_next_time(poller: ChangePoller, clock: _Clock) -> None:
    clock.pass_(4)
    assert _all(poller)[0] == []
    clock.pass_(10)
    assert len(_all(poller)[0]) == 5


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_tells_each_change_once_in_pages_of_any_length(
    poller: ChangePoller, shop: Shop, clock: _Clock, limit: int
) -> None:
    clock.pass_(60)
    told, end = _all(poller, limit=limit)
    first, second, third = shop.orders
    assert told == [
        *[f"order.placed:{each}" for each in (first, second, third)],
        *[f"customer.changed:{each}:2026-11-29T09:00:00Z" for each in shop.people]]
    clock.pass_(8 * 86_400)
    at = f"{clock.now:%Y-%m-%dT%H:%M:%SZ}"
    shop.send(first)
    shop.set_status(shop.orders[second], 5)
    shop.marie.touched = shop.now()
    made = _order(shop)
    clock.pass_(60)
    told, end = _all(poller, end, limit)
    assert told == [
        f"order.changed:{first}:{at}", f"order.changed:{second}:{at}", f"order.cancelled:{second}",
        f"order.placed:{made.number}", f"customer.changed:{shop.marie.number}:{at}",
    ]
    clock.pass_(60)
    assert _all(poller, end, limit)[0] == []


def test_tells_all_of_a_second_in_which_more_was_touched_than_a_page_holds(
    poller: ChangePoller, shop: Shop, clock: _Clock
) -> None:
    clock.pass_(60)
    _, end = _all(poller)
    made = [_order(shop).number for _ in range(260)]
    clock.pass_(60)
    assert _all(poller, end, 90)[0] == [f"order.placed:{number}" for number in made]


def test_tells_an_order_that_was_an_unfinished_checkout_before(
    poller: ChangePoller, shop: Shop, clock: _Clock
) -> None:
    clock.pass_(60)
    _, end = _all(poller)
    draft = _order(shop)
    draft.status = 0
    clock.pass_(60)
    told, end = _all(poller, end)
    assert told == []
    shop.set_status(draft, 11)
    clock.pass_(60)
    assert _all(poller, end)[0][0] == f"order.placed:{draft.number}"
