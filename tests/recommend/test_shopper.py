"""What lies in somebody's basket, by what the pages and the chat told of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.profile.events import Event, append_events
from bot.profile.store.engine import Store
from bot.recommend.catalogue import Catalogue
from bot.recommend.shopper import read_shopper
from bot.recommend.style import Style
from tests.fakes.shop import make_product

ADDED, REMOVED, EMPTIED, ORDERED = "Product Added", "Product Removed", "Cart Emptied", "Order Completed"
CATALOGUE = Catalogue((make_product("socks", "socks"), make_product("scarf", "scarf")), {})


def socks(pieces: Any = None) -> dict[str, Any]:
    return {"product_id": "socks", **({} if pieces is None else {"quantity": pieces})}


def basket(store: Store, customer_id: str, now: datetime, told: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """What lies in it after these events, one a minute, the newest now."""
    with store.write() as connection:
        for at, (name, properties) in enumerate(told):
            when = now - timedelta(minutes=len(told) - at)
            append_events(connection, [
                Event(f"m{at}", customer_id, "web", "track", name, properties, when, when)  # type: ignore[arg-type]  # a root
            ])
    return [*read_shopper(store, (), CATALOGUE, customer_id=customer_id, style=Style(), now=now).basket]


@pytest.mark.parametrize("told", [
    [], [(ADDED, socks(1)), (REMOVED, socks(1))], [(ADDED, socks(2)), (REMOVED, socks(1)), (REMOVED, socks(1))],
    [(ADDED, socks(3)), (REMOVED, socks())], [(ADDED, socks()), (REMOVED, socks("1"))], [(REMOVED, socks(1))],
    [(ADDED, socks(2)), (EMPTIED, {})], [(ADDED, socks(2)), (ORDERED, {"products": [socks(2)]})],
])  # fmt: skip
def test_holds_nothing_that_was_taken_out(store, stranger, now, told):
    assert basket(store, stranger, now, told) == []


@pytest.mark.parametrize("told", [
    [(ADDED, socks(1))], [(ADDED, socks(2)), (REMOVED, socks(1))],
    [(ADDED, socks()), (ADDED, socks()), (REMOVED, socks(1))],
    [(ADDED, socks(1)), (REMOVED, socks()), (ADDED, socks(1))], [(REMOVED, socks(1)), (ADDED, socks(1))],
    [(ADDED, socks(1)), (REMOVED, {"product_id": "scarf", "quantity": 1})], [(ADDED, socks(float("inf")))],
    [(ADDED, {"products": [socks(2)]}), (REMOVED, {"products": [socks("1")]})],
])  # fmt: skip
def test_holds_what_was_not_all_taken_out(store, stranger, now, told):
    assert basket(store, stranger, now, told) == ["socks"]
