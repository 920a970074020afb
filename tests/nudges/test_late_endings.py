"""What is heard late ends what began before it happened, and nothing younger."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from bot.profile.customers import CustomerId
from bot.profile.events import Event, append_events
from bot.profile.store.tables import waits
from tests.nudges.world import World

COAT = "coat-navy-M"
_NUMBERS: Iterator[int] = count()


def buys(world: World, person: str, at: datetime, name: str = "Order Completed", **properties: object) -> None:
    """Something a file tells of now that happened some time ago."""
    with world.store.write() as connection:
        append_events(connection, [Event(
            f"till-{next(_NUMBERS)}", CustomerId(person), "tills", "track", name, {"order_id": "T1", **properties}, at,
            world.now,
        )])


def test_a_purchase_of_three_days_ago_leaves_todays_basket_alone(world: World) -> None:
    person = world.person(allows=("web",))
    world.adds(person, COAT)
    world.decide()
    world.later(5)
    buys(world, person, world.now - timedelta(days=3))
    assert len(world.passes()) == 1


def test_a_purchase_of_three_days_ago_leaves_what_waits_to_leave_alone(world: World) -> None:
    person = world.person(allows=("web",))
    world.adds(person, COAT)
    world.decide()
    world.later(20)
    world.decide()
    buys(world, person, world.now - timedelta(days=3))
    world.decide()
    assert world.states() == [("pending", "")]
    assert len(world.dispatch()) == 1


def test_a_purchase_of_three_days_ago_read_with_the_basket_leaves_it_alone(world: World) -> None:
    person = world.person(allows=("web",))
    world.adds(person, COAT)
    buys(world, person, world.now - timedelta(days=3))
    assert len(world.passes()) == 1


@pytest.mark.parametrize("minutes", [0, 5, -5])  # a till's clock, or the page's, may be behind
def test_a_purchase_of_now_ends_what_waits_and_what_is_to_leave(world: World, minutes: int) -> None:
    person, other = world.person(allows=("web",)), world.person(allows=("web",))
    world.adds(person, COAT)
    world.decide()
    world.later(20)
    world.decide()
    world.adds(other, COAT)
    world.decide()
    for each in (person, other):
        buys(world, each, world.now + timedelta(minutes=minutes))
    assert world.passes() == []
    assert world.states() == [("withdrawn", "no_longer_needed")]
    assert world.waiting()[1] == "cancelled"


def test_a_purchase_of_today_that_a_file_dates_at_midnight_ends_the_basket_filled_before_it(world: World) -> None:
    person = world.person(allows=("web",))
    world.adds(person, COAT)
    world.decide()
    world.later(5)
    buys(world, person, world.now.replace(hour=0, minute=0, second=0, microsecond=0))
    assert world.passes() == []
    assert world.waiting()[0] == "cancelled"


@pytest.mark.parametrize("days", [(0, 3), (3, 0)])
def test_of_two_purchases_the_later_one_ends_it_whichever_is_heard_first(world: World, days: tuple[int, int]) -> None:
    person = world.person(allows=("web",))
    world.adds(person, COAT)
    world.decide()
    world.later(5)
    for each in days:
        buys(world, person, world.now - timedelta(days=each))
    assert world.passes() == []
    assert world.waiting() == ["cancelled"]


def test_an_emptied_basket_ends_its_own_wait_alone(world: World) -> None:
    person = world.person(allows=("web",))
    cart = world.adds(person, COAT)
    other = world.commerce.open_cart(None, idempotency_key="another")
    world.commerce.set_line(other.ref, COAT, 1)
    world.happens(person, "Product Added", cart_id=other.ref, product_id="coat", variant_id=COAT)
    world.decide()
    world.later(5)
    world.happens(person, "Product Added", cart_id=cart.ref, cart_quantity=0)
    world.decide()
    with world.store.read() as connection:
        states = {row.subject: row.state for row in connection.execute(sa.select(waits))}
    assert states == {f"cart:{cart.ref}": "cancelled", f"cart:{other.ref}": "waiting"}


def test_a_journey_of_an_earlier_version_goes_on_after_a_late_purchase(world: World) -> None:
    person = world.person(allows=("web",))
    world.adds(person, COAT)
    world.decide()
    world.triggers = tuple(replace(each, version="another", cancels_on=()) for each in world.triggers)
    buys(world, person, world.now - timedelta(days=3))
    assert len(world.passes()) == 1


@pytest.mark.parametrize("lines", [None, 3, "coat", {"product_id": "coat"}, [None, 3]])
def test_lines_that_are_none_begin_nothing_and_stop_nobody(world: World, lines: object) -> None:
    person, other = world.person("ada"), world.person(allows=("web",))
    world.happens(person, "Order Completed", silo="shop", order_id="1", products=lines)
    world.adds(other, COAT)
    assert len(world.passes()) == 1
