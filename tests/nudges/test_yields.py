"""A journey that yields leaves alone whom the other wants: by waits and messages, when decided and when it leaves."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from bot.decision.pauses import pause_journey
from bot.nudges.now import consider_now
from bot.nudges.placements import confirm_shown, decide_placement
from bot.nudges.trial import try_journey
from bot.profile.store.tables import customers, waits
from tests.nudges.world import STRICT, World

COAT = "coat-navy-M"
BIRTHDAY, CART = "birthday", "cart_left"


@pytest.fixture
def world(world: World) -> World:
    """A birthday yields to a basket."""
    world.guardrails = replace(STRICT, yields={BIRTHDAY: (CART,)}, nudge_question_seconds=0)
    return world


def _celebrate(world: World, person: str) -> None:
    world.happens(person, "Birthday", silo="prevenant")


def _reasons(world: World, nudge: str = BIRTHDAY) -> list[str]:
    """What held the last decision of a journey."""
    row = next(each for each in reversed(world.decided()) if each.trigger == nudge)
    return sorted({word for each in row.candidates for word in each["held"]})


def test_stays_home_while_a_wait_of_the_other_runs(world: World) -> None:
    person = world.person()
    world.adds(person, COAT)
    _celebrate(world, person)
    world.passes(seconds=0)  # the basket's twenty seconds are not over
    assert "yields_to" in _reasons(world)
    assert [row.nudge for row in world.sent] == []


def test_stays_home_the_week_after_the_others_message(world: World) -> None:
    person = world.person()
    world.adds(person, COAT)
    assert world.passes() != []
    for days, is_held in ((6.9, True), (0.2, False)):
        world.later(days * 86_400)
        _celebrate(world, person)
        world.decide()
        assert ("yields_to" in _reasons(world)) is is_held


def test_the_other_yields_to_nobody(world: World) -> None:
    person = world.person()
    _celebrate(world, person)
    world.passes()
    world.later(3_600)
    world.adds(person, COAT)
    world.passes()
    assert [row.nudge for row in world.sent] == [BIRTHDAY, CART]


def test_what_waits_to_leave_is_looked_at_again(world: World) -> None:
    person = world.person()
    _celebrate(world, person)
    world.decide()
    world.adds(person, COAT)  # before it left
    assert world.passes(seconds=0) == []
    assert world.states() == [("held", "yields_to")]


def test_a_journey_that_rests_wants_nobody(world: World) -> None:
    person = world.person()
    world.adds(person, COAT)
    with world.store.write() as connection:
        pause_journey(connection, CART, reason="by_hand", by="test", now=world.now)
    _celebrate(world, person)
    world.passes(seconds=0)
    assert [row.nudge for row in world.sent] == [BIRTHDAY]


@pytest.mark.parametrize(("state", "days", "is_held"), [
    ("waiting", 6.9, True), ("following", 2, True), ("waiting", 7.1, False), ("decided", 1, False),
    ("cancelled", 1, False),
])
def test_only_a_wait_that_something_may_come_of_within_the_week_counts(
    world: World, state: str, days: float, is_held: bool
) -> None:
    person = world.person()
    _put_wait(world, person, state=state, due_at=world.now + timedelta(days=days))
    _celebrate(world, person)
    world.passes(seconds=0)
    assert ("yields_to" in _reasons(world)) is is_held


def test_what_the_other_wants_of_a_merged_half_counts(world: World) -> None:
    person, other = world.person(), world.person()
    _put_wait(world, other, state="waiting", due_at=world.now + timedelta(days=1))
    with world.store.write() as connection:
        connection.execute(sa.update(customers).where(customers.c.customer_id == other).values(root_id=person))
    _celebrate(world, person)
    world.passes(seconds=0)
    assert "yields_to" in _reasons(world)


def test_a_trial_counts_it(world: World) -> None:
    person, began = world.person(), world.now
    world.adds(person, COAT)
    world.passes()
    world.later(600)
    _celebrate(world, person)
    world.later(600)
    trigger = next(each for each in world.triggers if each.name == BIRTHDAY)
    trial = try_journey(world, trigger, began, world.now, rng=np.random.default_rng(1))  # type: ignore[arg-type]
    assert (trial.held, trial.because["yields_to"]) == (1, 1)


def test_what_we_would_say_now_names_whose_week_it_is(world: World) -> None:
    person = world.person()
    _put_wait(world, person, state="waiting", due_at=world.now + timedelta(days=1))
    _put_wait(world, person, state="waiting", due_at=world.now + timedelta(hours=1), trigger=BIRTHDAY)
    said = {each.journey: each for each in consider_now(world, person, np.random.default_rng(1))}  # type: ignore[arg-type]
    assert said[BIRTHDAY].rivals == (CART,) and "yields_to" in said[BIRTHDAY].reasons
    assert said[CART].rivals == ()


def test_a_page_shows_nothing_of_it(world: World) -> None:
    world.promote()
    world.guardrails = replace(world.guardrails, yields={"winter_offers": (CART,)})
    world.triggers = tuple(
        replace(each, channels=("web",), messages=tuple(replace(m, channels=("web",)) for m in each.messages))
        if each.name == "winter_offers" else each for each in world.triggers)
    person = world.person()
    rng = np.random.default_rng(1)
    found = decide_placement(world, person, ["winter_offers"], {}, world.now, rng)  # type: ignore[arg-type]
    assert found.chosen
    _put_wait(world, person, state="waiting", due_at=world.now + timedelta(days=1))
    assert "yields_to" in confirm_shown(world, person, found.chosen.decision_id, {}, world.now).held  # type: ignore[arg-type]
    found = decide_placement(world, person, ["winter_offers"], {}, world.now, rng)  # type: ignore[arg-type]
    assert all("yields_to" in each.decided.reasons for each in found.considered) and not found.chosen


def _put_wait(world: World, person: str, *, state: str, due_at: Any, trigger: str = CART) -> None:
    facts = {"event_id": 1, "event_at": world.now.isoformat(), "first_due_at": due_at.isoformat()}
    with world.store.write() as connection:
        connection.execute(sa.insert(waits).values(
            trigger=trigger, customer_id=person, subject=f"{trigger}:1", facts=facts, due_at=due_at, state=state,
            step="", version="", created_at=world.now, updated_at=world.now))
