"""Who is held out waits, is cancelled and enters as who is nudged: what they do counts in both arms, or in none."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.decision.guardrails import Caps
from bot.measure.read import read_entries
from bot.profile.state import ConversationState, OpenQuestion, write_state
from bot.profile.store.tables import conversations
from tests.nudges.world import STRICT, World

COAT = "coat-navy-M"
ARMS = ("nudged", "held out", "capped")


def begin(world: World, arm: str, *, allows: tuple[str, ...] = ("web",)) -> str:
    """Somebody of an arm, whose basket waits. Who is capped heard something else before."""
    if arm == "capped":
        world.guardrails = replace(STRICT, caps={"marketing": Caps(per_day=1)})
    person = world.person(is_holdout=arm == "held out", allows=allows, email="ada@example.org")
    if arm == "capped":
        world.happens(person, "Email Sent", "mailing")
    world.adds(person, COAT)
    world.decide()
    world.later(20)
    return person


def talk(world: World) -> None:
    with world.store.write() as connection:
        connection.execute(sa.update(conversations).values(last_inbound_at=world.now))


def ask(world: World, person: str) -> None:
    question = OpenQuestion("email", "request:change_email", world.now.isoformat())
    with world.store.write() as connection:
        write_state(connection, person, ConversationState(open_question=question), world.now)


def entered(world: World) -> list[float]:
    """How long ago each of the measured entered, in seconds."""
    with world.store.read() as connection:
        found = read_entries(connection, ["cart_left"], since=world.now - timedelta(days=9), until=world.now)
    return [(world.now - each).total_seconds() for each in found["entered_at"]]


@pytest.mark.parametrize("arm", ARMS)
def test_nobody_enters_who_talks_and_buys_before_anything_is_decided(world: World, arm: str) -> None:
    person = begin(world, arm)
    talk(world)
    world.decide()
    world.later(3)
    world.happens(person, "Order Completed", silo="shop", order_id="1")
    world.decide()
    world.later(60)
    world.decide()
    assert world.waiting() == ["cancelled"]
    assert entered(world) == []


@pytest.mark.parametrize("arm", ARMS)
def test_nobody_enters_who_buys_while_a_question_is_open(world: World, arm: str) -> None:
    person = begin(world, arm)
    ask(world, person)
    world.decide()
    world.later(3)
    world.happens(person, "Order Completed", silo="shop", order_id="1")
    world.decide()
    assert world.waiting() == ["cancelled"]
    assert entered(world) == []


@pytest.mark.parametrize("arm", ARMS)
def test_everybody_enters_at_the_same_moment_once_they_are_silent(world: World, arm: str) -> None:
    begin(world, arm)
    talk(world)
    world.decide()
    world.later(11)
    world.decide()
    assert bool(world.dispatch()) is (arm == "nudged")
    world.later(5)
    assert entered(world) == [5]


@pytest.mark.parametrize("arm", ARMS)
def test_everybody_enters_when_a_question_outlives_the_reason(world: World, arm: str) -> None:
    person = begin(world, arm)
    ask(world, person)
    world.decide()
    world.later(7_197)  # of 7,200 seconds: there is no time for another look
    world.decide()
    world.later(5)
    assert entered(world) == [5]


@pytest.mark.parametrize("arm", ARMS)
def test_everybody_waits_for_the_chat_where_it_is_worth_more_than_a_letter(world: World, arm: str) -> None:
    begin(world, arm, allows=("web", "email"))
    talk(world)
    world.decide()
    assert (world.decided(), entered(world)) == ([], [])
    world.later(11)
    world.decide()
    world.later(5)
    assert entered(world) == [5]


@pytest.mark.parametrize("arm", ARMS)
def test_everybody_enters_at_once_who_says_nothing(world: World, arm: str) -> None:
    begin(world, arm)
    world.decide()
    world.later(5)
    assert entered(world) == [5]
