"""Polling: what no call told is found by the cursor, once, oldest first; and the shop is not asked without end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from bot.commerce.adobe.changes import make_poller
from bot.commerce.adobe.client import AdobeClient
from bot.commerce.polling import ChangePoller
from bot.errors import FixInput
from tests.servers.adobe.server import KEYS, PlayedAdobe
from tests.servers.adobe.state import Placed, Shop

START = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)


class _Clock:
    def __init__(self) -> None:
        self.now, self.seconds = START, 0.0

    def pass_(self, seconds: float) -> None:
        self.now, self.seconds = self.now + timedelta(seconds=seconds), self.seconds + seconds


@pytest.fixture
def door(server: HTTPServer) -> HTTPServer:
    server.clear()
    return server


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def shop(clock: _Clock) -> Shop:
    return Shop(lambda: clock.now)


@pytest.fixture
def poller(door: HTTPServer, shop: Shop, clock: _Clock) -> Iterator[ChangePoller]:
    played = PlayedAdobe(door, shop)
    client = AdobeClient(played.url, KEYS, store="fr", deadline_seconds=10.0)
    yield make_poller(client, lambda: clock.now, 10.0, lambda: clock.seconds)
    client.close()


def _order(shop: Shop, *, is_paid: bool = True) -> Placed:
    return shop.order(
        [(next(iter(shop.variations)), 1)], email=shop.paul.email, address=shop.paul.addresses[0], is_paid=is_paid)


def _all(poller: ChangePoller, cursor: str = "", limit: int = 500) -> tuple[list[str], str]:
    told: list[str] = []
    while True:
        events, cursor = poller.poll(cursor, limit)
        if not events:
            return told, cursor
        told += [each.id for each in events]


@pytest.mark.parametrize("cursor", ["42", "chg_1", "2026-13-01T00:00:00Z.o1", "2026-11-01T00:00:00Z.x1", "x/y"])
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
    assert len(door.log) == before + 2  # customers, and orders


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
    people = [f"customer.changed:{each}:2026-11-29T09:00:00Z" for each in shop.people]
    assert told == [*people, *(f"order.placed:{each}" for each in (first, second, third))]
    clock.pass_(3 * 86_400)
    at = f"{clock.now:%Y-%m-%dT%H:%M:%SZ}"
    shop.ship(shop.orders[first])
    shop.pay_back(shop.orders[second])
    shop.paul.touched = shop.now()
    made = _order(shop)
    clock.pass_(60)
    told, end = _all(poller, end, limit)
    assert told == [
        f"customer.changed:{shop.paul.number}:{at}", f"order.changed:{first}:{at}", f"order.changed:{second}:{at}",
        f"order.cancelled:{second}", f"order.placed:{made.number}",
    ]
    clock.pass_(60)
    assert _all(poller, end, limit)[0] == []


def test_tells_all_of_a_second_in_which_more_was_touched_than_a_page_holds(
    poller: ChangePoller, shop: Shop, clock: _Clock
) -> None:
    clock.pass_(60)
    _, end = _all(poller)
    made = [_order(shop).number for _ in range(120)]
    clock.pass_(60)
    assert _all(poller, end, 30)[0] == [f"order.placed:{number}" for number in made]


def test_misses_nothing_when_what_was_listed_is_touched_between_two_polls(
    poller: ChangePoller, shop: Shop, clock: _Clock
) -> None:
    clock.pass_(60)
    _, end = _all(poller)
    made = []
    for _ in range(150):  # more than a page
        made.append(_order(shop))
        clock.pass_(1)
    clock.pass_(60)
    events, cursor = poller.poll(end, 500)
    told = [each.id for each in events]
    assert 0 < len(told) < 150
    shop.ship(made[0])  # it moves to the end, and everything behind it one place forward
    clock.pass_(60)
    told += _all(poller, cursor)[0]
    assert [each for each in made if f"order.placed:{each.number}" not in told] == []
