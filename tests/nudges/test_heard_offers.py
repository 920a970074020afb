"""An offer is taken in the shop's own checkout, where nobody asks us: its other messages stay home all the same."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.commerce.types import OrderRef, ShopEvent
from bot.decision.persons import lock_persons
from bot.errors import Unavailable
from bot.intake.shop_changes import read_subjects, store_changes
from bot.nudges import heard_offers
from bot.nudges.campaign import launch_campaign
from bot.nudges.heard_offers import hear_offers
from bot.nudges.withdraw import accept_offer
from bot.profile.events import OFFER_ACCEPTED
from bot.profile.identities import CustomerId
from bot.profile.store.tables import events
from tests.nudges.test_withdraw import launched, reachable
from tests.nudges.world import SALT, World


@pytest.fixture(autouse=True)
def _listening(world: World) -> None:
    """The worker runs before anything is used."""
    assert hear_offers(world) == 0


def _later(world: World) -> list[str]:
    hear_offers(world)
    world.later(180)
    return world.dispatch()


def _kept(world: World) -> list[dict[str, Any]]:
    with world.store.read() as connection:
        return list(connection.scalars(sa.select(events.c.properties).where(events.c.name == OFFER_ACCEPTED)))


@pytest.mark.parametrize(("name", "silo", "told"), [
    ("Coupon Applied", "web", {"coupon_id": "MAILLE15"}),  # a page's word, which the storefront did not confirm
    ("Order Completed", "web", {"coupon": "MAILLE15"}),
    ("Order Completed", "shop", {"coupons": ["BIENVENUE"]}),  # another offer
    ("Order Completed", "shop", {"order_id": "1"}),
])
def test_takes_nothing_back_by_other_words(world: World, name: str, silo: str, told: dict[str, Any]) -> None:
    person = launched(world)
    world.dispatch()
    world.happens(person, name, silo=silo, **told)
    (text,) = _later(world)
    assert "LIVRAISON" in text and _kept(world) == []


def test_what_was_used_before_this_program_ran_settles_nothing(world: World) -> None:
    with world.store.write() as connection:
        connection.execute(sa.text("DELETE FROM cursors WHERE name = 'heard_offers'"))
    world.happens(launched(world), "Coupon Applied", silo="server", coupon_id="MAILLE15")
    assert hear_offers(world) == 0 and _kept(world) == []


def test_keeps_what_was_taken_before_it_locks_anybody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recorder locks events, then customers: a pass that goes the other way round stops both on PostgreSQL."""
    seen: list[bool] = []

    def lock(connection: sa.Connection, customer_ids: Iterable[str]) -> dict[str, CustomerId]:
        seen.append(bool(_kept(world)))
        return lock_persons(connection, customer_ids)

    monkeypatch.setattr(heard_offers, "lock_persons", lock)
    world.happens(launched(world), "Coupon Applied", silo="server", coupon_id="MAILLE15")
    assert hear_offers(world) == 1 and seen == [True]


def test_withdraws_at_the_next_pass_what_it_could_not_before(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person = launched(world)
    world.dispatch()
    world.happens(person, "Coupon Applied", silo="server", coupon_id="MAILLE15")
    with monkeypatch.context() as broken:
        def stop(connection: sa.Connection, customer_ids: Iterable[str]) -> None:
            raise Unavailable("store")

        broken.setattr(heard_offers, "lock_persons", stop)
        with pytest.raises(Unavailable):
            hear_offers(world)
    kept = _kept(world)
    assert _later(world) == [] and _kept(world) == kept
    assert world.states() == [("sent", ""), ("withdrawn", "offer_accepted")]


@pytest.mark.parametrize(("name", "silo", "told"), [
    ("Coupon Applied", "server", {"coupon_id": "maille15", "coupon_name": "Fifteen percent"}),
    ("Coupon Applied", "server", {"coupon_id": "8123", "coupon_name": "MAILLE15"}),
    ("Order Completed", "server", {"order_id": "1", "coupon": "MAILLE15"}),
    ("Order Completed", "shop", {"order_id": "1", "coupons": ["MAILLE15"]}),
    ("Offer Accepted", "server", {"about": "offer:MAILLE15"}),
    ("Offer Accepted", "server", {"offer": "MAILLE15"}),
])
def test_takes_the_other_offer_back(world: World, name: str, silo: str, told: dict[str, Any]) -> None:
    person = launched(world)
    world.dispatch()
    world.happens(person, name, silo=silo, **told)
    assert _later(world) == []
    assert world.states() == [("sent", ""), ("withdrawn", "offer_accepted")]


def test_is_kept_so_that_nothing_of_it_is_planned_again(world: World) -> None:
    person = launched(world)
    world.dispatch()
    world.happens(person, "Coupon Applied", silo="server", coupon_id="MAILLE15")
    assert (hear_offers(world), hear_offers(world)) == (1, 0)
    world.later(3_600)
    again = launch_campaign(world, "winter_offers", world.now)
    assert sum(again.planned.values()) == 0
    assert "already_taken" in {word for each in again.held.values() for word in each}


def _promised(world: World, code: str) -> str:
    """Somebody whom the shop's server promised a code, which is told in an hour."""
    person = reachable(world)
    world.promote()
    world.triggers = tuple(
        replace(each, steps=(), on=("Code Promised",), wait_seconds=3_600, channels=("email",),
                messages=tuple(replace(message, offer="") for message in each.messages))
        for each in world.triggers if each.name == "winter_offers")
    world.happens(person, "Code Promised", silo="server", offer=code)
    world.decide()
    return person


def test_tells_of_a_code_that_was_promised_and_not_used(world: World) -> None:
    _promised(world, "maille15")
    world.later(3_600)
    world.decide()
    (text,) = world.dispatch()
    assert "maille15" in text


@pytest.mark.parametrize("code", ["maille15", "MAILLE15", "Maille15 "])
@pytest.mark.parametrize("is_heard", [True, False], ids=["elsewhere", "in the chat"])
def test_tells_of_no_code_that_was_used_however_it_is_typed(world: World, code: str, is_heard: bool) -> None:
    person = _promised(world, code)
    if is_heard:
        world.happens(person, "Order Completed", silo="shop", order_id="1", coupons=["MAILLE15"])
        assert hear_offers(world) == 1
    else:
        accept_offer(world, person, "offer:MAILLE15")
    world.happens(person, "Code Promised", silo="server", offer=code.swapcase())  # nor is it promised again
    world.decide()
    world.later(3_600)
    world.decide()
    assert world.dispatch() == [] and world.rows() == []


def test_hears_it_once_the_shop_answers_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person = launched(world)
    world.happens(person, "Coupon Applied", silo="server", coupon_id="MAILLE15")
    with monkeypatch.context() as away:
        def refuse() -> None:
            raise Unavailable("shop")

        away.setattr(world.commerce, "list_offers", refuse)
        with pytest.raises(Unavailable):
            hear_offers(world)
    assert hear_offers(world) == 1


def test_the_engine_s_own_order_tells_its_codes(world: World) -> None:
    person = launched(world)
    world.dispatch()
    order = replace(world.commerce.sell("ada", "coat-navy-M", world.now, status="confirmed"), offers=("MAILLE15",))
    world.commerce.orders["ada"] = [order]
    change = ShopEvent("placed-1", "order.placed", world.now, order_ref=OrderRef(order.ref))
    read = read_subjects(world.commerce, [change])
    with world.store.write() as connection:
        store_changes(connection, [change], read, now=world.now, salt=SALT)
    assert person and _later(world) == []


# -- a campaign that an order calls off -----------------------------------------------------------


def test_an_order_takes_back_a_campaign_that_it_cancels(world: World) -> None:
    world.triggers = tuple(
        replace(each, cancels_on=("Order Completed",)) if each.name == "winter_offers" else each
        for each in world.triggers)
    person = launched(world)
    world.dispatch()
    world.happens(person, "Order Completed", silo="shop", order_id="1")
    world.decide()
    world.later(180)
    assert world.dispatch() == []
    assert world.states() == [("sent", ""), ("withdrawn", "no_longer_needed")]
