"""An order that no carrier has after some days: told once, before it is asked, and only where something is to leave."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.commerce.types import Availability, Order, Shipment
from bot.decision.triggers import find_trigger, load_triggers
from bot.service.policy import DeliveryPart, load_policy
from tests.nudges.world import TRIGGERS, World

DAY = 86_400
COAT = "coat-navy-M"


def _ordered(world: World, person: str = "", **changes: Any) -> Order:
    """An order of just now that nobody has packed."""
    world.triggers = (find_trigger(load_triggers(TRIGGERS), "order_unshipped"),)
    order = world.commerce.sell("ada", COAT, world.now, status="processing")
    order = _becomes(world, order, fulfilment_status="none", email="order@example.org", **changes)
    world.happens(person or world.person("ada"), "Order Completed", silo="shop", order_id=order.ref)
    return order


def _becomes(world: World, order: Order, **changes: Any) -> Order:
    changed = replace(order, **changes)
    world.commerce.orders["ada"] = [changed]
    return changed


def test_tells_once_of_an_order_that_no_carrier_has_after_four_days(world: World) -> None:
    person = world.person("ada")
    order = _ordered(world, person)
    assert world.passes(3 * DAY) == []
    (text,) = world.passes(DAY + 60)
    assert order.number in text and "has not left us yet" in text and "shall we look into it" in text
    world.happens(person, "Order Completed", silo="shop", order_id=order.ref)
    assert world.passes(5 * DAY) == []


@pytest.mark.parametrize("changes", [
    {"fulfilment_status": "shipped"}, {"status": "cancelled"}, {"status": "on_hold"}, {"payment_status": "unpaid"},
    {"payment_status": "refunded"}, {"delivery_kind": "pickup", "fulfilment_status": "ready_for_pickup"},
    {"shipments": (Shipment("s1", "Colissimo", "in_transit"),)},
])
def test_says_nothing_where_it_left_or_nothing_is_to_leave(world: World, changes: dict[str, Any]) -> None:
    order = _ordered(world)
    _becomes(world, order, **changes)
    assert world.passes(4 * DAY + 60) == []
    assert set(world.held()) & {"not_waiting", "order_cancelled"}


def test_a_label_is_no_carrier_and_a_day_that_was_named_is_waited_for(world: World) -> None:
    order = _ordered(world)
    label = Shipment("s1", "Colissimo", "label_created", eta=world.now + timedelta(days=6))
    _becomes(world, order, shipments=(label,))
    assert world.passes(4 * DAY + 60) == [] and world.waiting() == ["waiting"]
    assert len(world.passes(3 * DAY)) == 1


@pytest.mark.parametrize(("state", "is_told"), [("preorder", False), ("backorder", True), ("out_of_stock", True)])
def test_says_nothing_of_what_was_ordered_before_it_was_there(
    world: World, monkeypatch: pytest.MonkeyPatch, state: Any, is_told: bool
) -> None:
    _ordered(world)
    stock = Availability(COAT, state, None, is_sellable_online=True, as_of=world.now)  # type: ignore[arg-type]  # a ref
    monkeypatch.setattr(world.commerce, "get_availability", lambda _refs: [stock])
    assert (len(world.passes(4 * DAY + 60)) == 1) is is_told
    assert is_told or "awaits_stock" in world.held()


def test_speaks_french_and_a_shops_older_file_waits_four_days(world: World) -> None:
    assert load_policy(TRIGGERS.with_name("policy.toml")).delivery.unshipped_after_hours == 96
    assert DeliveryPart.model_fields["unshipped_after_hours"].default == 96
    world.guardrails = replace(world.guardrails, language="fr")  # of whom no language is known
    _ordered(world)
    (text,) = world.passes(4 * DAY + 60)
    assert "n’est pas encore partie de chez nous" in text
