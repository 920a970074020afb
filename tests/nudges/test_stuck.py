"""A parcel of which nobody says anything more: told once its day is over, whatever day was named in the silence."""

from dataclasses import replace
from datetime import timedelta

from bot.commerce.types import Order, Shipment, ShipmentEvent
from bot.decision.triggers import find_trigger, load_triggers
from tests.nudges.test_occasions import order_of, tell
from tests.nudges.world import TRIGGERS, World

HOUR, DAY = 3_600, 86_400


def _sent(world: World, eta_days: float | None) -> Order:
    """An order whose parcel was scanned just now."""
    world.triggers = (find_trigger(load_triggers(TRIGGERS), "parcel_stuck"),)
    scan = ShipmentEvent(world.now, "in_transit", "scanned")
    eta = world.now + timedelta(days=eta_days) if eta_days is not None else None
    parcel = Shipment("s1", "Colissimo", "in_transit", shipped_at=world.now, events=(scan,), eta=eta, original_eta=eta)
    order = order_of(world, "ada", "shipped", shipments=(parcel,))
    tell(world, world.person("ada"), order)
    return order


def _becomes(world: World, order: Order, **changes: object) -> None:
    parcel = replace(order.shipments[0], **changes)
    world.commerce.orders["ada"] = [replace(order, shipments=(parcel,))]


def test_says_nothing_of_a_parcel_whose_day_is_still_to_come(world: World) -> None:
    _sent(world, eta_days=4)
    assert world.passes(3 * DAY) == [] and world.decided() == []
    assert world.waiting() == ["waiting"]
    assert world.passes(2 * DAY - HOUR) == []


def test_tells_of_it_once_the_day_is_over(world: World) -> None:
    _sent(world, eta_days=4)
    assert world.passes(3 * DAY) == []
    (text,) = world.passes(2 * DAY)
    assert "24 November, Colissimo has said nothing" in text and "shall we look into it" in text
    assert world.passes(2 * DAY) == []


def test_tells_of_it_though_the_day_was_named_late(world: World) -> None:
    order = _sent(world, eta_days=None)
    _becomes(world, order, eta=world.now + timedelta(days=3, hours=2))
    assert world.passes(3 * DAY) == []
    assert len(world.passes(DAY + 2 * HOUR)) == 1


def test_says_nothing_of_one_that_came_meanwhile(world: World) -> None:
    order = _sent(world, eta_days=4)
    assert world.passes(3 * DAY) == []
    _becomes(world, order, state="delivered", delivered_at=world.now)
    assert world.passes(2 * DAY) == [] and "not_stuck" in world.held()


def test_counts_from_the_last_news(world: World) -> None:
    order = _sent(world, eta_days=4)
    assert world.passes(3 * DAY) == []
    world.later(DAY)
    news = ShipmentEvent(world.now, "in_transit", "scanned again")
    _becomes(world, order, events=(*order.shipments[0].events, news))
    assert world.passes(DAY) == [] and world.waiting() == ["waiting"]
    assert len(world.passes(2 * DAY)) == 1


def test_tells_at_once_of_a_parcel_for_which_no_day_was_named(world: World) -> None:
    _sent(world, eta_days=None)
    assert len(world.passes(3 * DAY)) == 1
