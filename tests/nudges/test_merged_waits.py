"""A wait goes on after two customers turn out to be one, and after they turn out not to be."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.decision.waits import run_triggers
from bot.profile.merging import merge_customers, unmerge
from bot.profile.store.tables import waits
from tests.nudges.world import World

COAT = "coat-navy-M"


def merge(world: World, a: str, b: str) -> int:
    with world.store.write() as connection:
        merge_id = merge_customers(connection, a, b, reason="test", now=world.now)
    assert merge_id is not None
    return merge_id


def part(world: World, merge_id: int) -> None:
    with world.store.write() as connection:
        unmerge(connection, merge_id, now=world.now)


def fill(world: World) -> str:
    cart = world.commerce.open_cart(None, idempotency_key="a basket")
    return str(world.commerce.set_line(cart.ref, COAT, 1).ref)


def add(world: World, person: str, cart: str) -> None:
    world.happens(person, "Product Added", cart_id=cart, product_id="coat", variant_id=COAT)
    world.decide()


def live(world: World) -> list[Any]:
    with world.store.read() as connection:
        return list(connection.execute(sa.select(waits).where(waits.c.state == "waiting")))


def test_says_nothing_six_seconds_after_the_last_add_of_who_just_signed_in(world: World) -> None:
    account = world.person(allows=("web",))
    world.later(1)
    visitor, cart = world.person(allows=("web",)), fill(world)
    add(world, visitor, cart)
    world.later(15)
    merge(world, account, visitor)
    add(world, visitor, cart)
    assert len(live(world)) == 1
    world.later(6)
    world.decide()
    assert world.dispatch() == []
    world.later(15)
    world.decide()
    assert len(world.dispatch()) == 1
    assert (len(world.decided()), live(world)) == (1, [])


def test_says_nothing_six_seconds_after_what_the_other_half_added(world: World) -> None:
    account = world.person(allows=("web",))
    world.later(1)
    visitor, cart = world.person(allows=("web",)), fill(world)
    add(world, visitor, cart)
    world.later(15)
    merge(world, account, visitor)
    add(world, account, cart)
    world.later(6)
    world.decide()
    assert (world.dispatch(), len(live(world))) == ([], 1)


def test_two_waits_about_one_basket_become_one(world: World) -> None:
    account = world.person(allows=("web",))
    world.later(1)
    visitor, cart = world.person(allows=("web",)), fill(world)
    add(world, account, cart)
    add(world, visitor, cart)
    merge(world, account, visitor)
    add(world, visitor, cart)
    assert sorted(world.waiting()) == ["cancelled", "waiting"]
    assert world.passes() and len(world.decided()) == 1


def test_a_wait_goes_back_to_whose_event_put_it_off(world: World) -> None:
    account = world.person(allows=("web",))
    world.later(1)
    visitor, cart = world.person(allows=("web",)), fill(world)
    add(world, visitor, cart)
    merge_id = merge(world, account, visitor)
    add(world, account, cart)
    part(world, merge_id)
    assert [each.customer_id for each in live(world)] == [account]


def test_a_wait_stays_with_who_began_it_when_the_merge_is_undone(world: World) -> None:
    account = world.person(allows=("web",))
    world.later(1)
    visitor, cart = world.person(allows=("web",)), fill(world)
    add(world, visitor, cart)
    world.later(1)
    merge_id = merge(world, account, visitor)
    world.later(5)
    add(world, visitor, cart)
    part(world, merge_id)
    assert [each.customer_id for each in live(world)] == [visitor]
    assert len(world.passes()) == 1


def test_an_old_wait_that_is_over_makes_room_for_what_goes_back(world: World) -> None:
    account = world.person(allows=("web",))
    world.later(1)
    visitor, cart = world.person(allows=("web",)), fill(world)
    add(world, visitor, cart)
    world.happens(visitor, "Order Completed", silo="shop", order_id="1")
    world.decide()
    world.later(10)
    merge_id = merge(world, account, visitor)
    add(world, visitor, cart)
    assert [each.customer_id for each in live(world)] == [account]
    part(world, merge_id)
    assert [each.customer_id for each in live(world)] == [visitor]


def test_a_delivery_told_of_one_half_is_not_told_again_of_the_other(world: World) -> None:
    older = world.person()
    world.later(1)
    person = world.person("ada")
    order = world.delay("ada")
    told = {"silo": "shop", "order_ref": order.ref, "fulfilment_status": "delivered",
            "delivered_at": (world.now - timedelta(hours=1)).isoformat()}
    world.happens(person, "Shipment Updated", **told)
    run_triggers(world, world.now)
    with world.store.write() as connection:
        connection.execute(sa.update(waits).values(state="decided"))
    world.later(60)
    merge(world, older, person)
    world.happens(older, "Shipment Updated", **told)
    run_triggers(world, world.now)
    assert "delivered" not in [each.trigger for each in live(world)]
