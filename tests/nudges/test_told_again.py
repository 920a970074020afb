"""The same thing is not told again, and what changed since is: a late parcel's new day."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from bot.channels.outbox import OutboxRow
from bot.commerce.types import Order
from bot.errors import FixConfiguration
from bot.nudges.trial import try_journey
from tests.nudges.world import World

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def order(world: World) -> Order:
    """Ada's, whose parcel is said for the day after tomorrow."""
    return world.delay("ada")


@pytest.fixture
def ada(world: World, order: Order) -> str:
    return world.person("ada")


def expects(world: World, order: Order, eta: datetime | None) -> None:
    """The carrier names another day, or none."""
    world.commerce.orders["ada"] = [replace(order, shipments=(replace(order.shipments[0], eta=eta),))]


def scan(world: World, person: str, order: Order) -> None:
    world.happens(person, "Shipment Updated", silo="shop", order_ref=order.ref)
    world.decide()


def scans(world: World, person: str, order: Order) -> list[str]:
    """The parcel is scanned: what left."""
    scan(world, person, order)
    return world.dispatch()


def test_says_the_same_day_once_however_often_the_parcel_is_scanned(world: World, ada: str, order: Order) -> None:
    told = []
    for _ in range(5):
        told += scans(world, ada, order)
        world.later(7 * HOUR)
    assert len(told) == 1 and "cooldown" in world.held()


def test_says_no_later_hour_of_the_same_day(world: World, ada: str, order: Order) -> None:
    eta = (world.now + timedelta(days=3)).replace(hour=8)
    expects(world, order, eta)
    assert len(scans(world, ada, order)) == 1
    expects(world, order, eta + timedelta(hours=5))
    assert scans(world, ada, order) == [] and world.held() == ["cooldown"]


def test_a_new_day_is_told_at_once_and_so_is_the_old_one_when_it_is_so_again(
    world: World, ada: str, order: Order
) -> None:
    first, later = world.now + timedelta(days=2), world.now + timedelta(days=7)
    (text,) = scans(world, ada, order)
    said = {text}
    for eta in (later, first):
        world.later(HOUR / 2)
        expects(world, order, eta)
        (text,) = scans(world, ada, order)
        said.add(text)
        assert scans(world, ada, order) == []
    assert len(said) == 2  # the last is the first


def test_a_day_is_told_to_who_heard_that_there_is_none(world: World, ada: str, order: Order) -> None:
    expects(world, order, None)
    (text,) = scans(world, ada, order)
    assert "cannot name a new date" in text
    expects(world, order, world.now + timedelta(days=4))
    (text,) = scans(world, ada, order)
    assert "now expects to deliver it on" in text


def test_that_no_day_is_named_is_no_news_after_a_day(world: World, ada: str, order: Order) -> None:
    eta = order.shipments[0].eta
    assert len(scans(world, ada, order)) == 1
    for now in (None, eta, None, eta):
        expects(world, order, now)
        assert scans(world, ada, order) == []


def test_says_once_that_the_day_it_told_is_over_without_another(world: World, ada: str, order: Order) -> None:
    expects(world, order, world.now + timedelta(days=1))
    assert len(scans(world, ada, order)) == 1
    world.later(DAY + 60)  # on the day, after the hour
    assert scans(world, ada, order) == []
    world.later(DAY)
    (text,) = scans(world, ada, order)
    assert "cannot name a new date" in text
    world.later(DAY)
    assert scans(world, ada, order) == []


def test_a_message_on_its_way_tells_the_day_that_is_so_as_it_leaves_and_the_next_one_stays(
    world: World, ada: str, order: Order
) -> None:
    scan(world, ada, order)
    expects(world, order, world.now + timedelta(days=9))
    scan(world, ada, order)  # decided while the first one still waits
    assert [state for state, _ in world.states()] == ["pending", "pending"]
    (text,) = world.dispatch() + world.dispatch()
    assert "held" not in text and world.states()[-1] == ("held", "cooldown")
    left = world.rows()[0]
    assert left.facts["told"] == (world.now + timedelta(days=9)).date().isoformat()
    assert scans(world, ada, order) == []


def test_what_the_vendor_refused_is_told_with_the_next_scan(world: World, ada: str, order: Order) -> None:
    def refuse(_row: OutboxRow) -> None:
        raise FixConfiguration("refused")

    scan(world, ada, order)
    world.sent.behaviour = refuse
    assert world.dispatch() == [] and world.states()[-1][0] == "failed"
    world.sent.behaviour = None
    assert len(scans(world, ada, order)) == 1


def test_each_scan_of_a_day_on_trial_counts_what_it_would_have_told(world: World, ada: str, order: Order) -> None:
    for _ in range(3):
        scan(world, ada, order)
        world.later(2 * HOUR)
    late = next(each for each in world.triggers if each.name == "parcel_delayed")
    trial = try_journey(world, late, world.now - timedelta(days=1), world.now, rng=np.random.default_rng(1))
    assert (len(trial.sent), trial.because["cooldown"]) == (1, 2)
