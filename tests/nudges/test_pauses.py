"""A journey that rests says nothing; one that was resumed goes on; a journey's own holdout goes without it alone."""

from dataclasses import replace

from bot.decision.holdouts import draw
from bot.decision.pauses import pause_journey, read_pauses, read_resumptions, resume_journey
from tests.nudges.world import STRICT, World

COAT = "coat-navy-M"


def _pause(world: World, journey: str = "cart_left") -> bool:
    with world.store.write() as connection:
        return pause_journey(connection, journey, reason="opt_outs", by="alarm", now=world.now, details={"hits": 9})


def test_says_nothing_while_its_journey_rests(world: World) -> None:
    assert _pause(world) and not _pause(world)
    world.adds(world.person(), COAT)
    assert world.passes() == []
    assert "paused" in world.held()


def test_keeps_what_was_decided_before_the_pause_at_home(world: World) -> None:
    world.adds(world.person(), COAT)
    world.later(20)
    world.decide()
    _pause(world)
    assert world.dispatch() == []
    assert [reason for _, reason in world.states()] == ["paused"]


def test_another_journey_goes_on(world: World) -> None:
    _pause(world, "winter_offers")
    world.adds(world.person(), COAT)
    assert len(world.passes()) == 1


def test_goes_on_when_it_was_resumed_and_keeps_both_moments(world: World) -> None:
    _pause(world)
    with world.store.write() as connection:
        assert resume_journey(connection, "cart_left", by="crm", now=world.now)
        assert not resume_journey(connection, "cart_left", by="crm", now=world.now)
        assert read_pauses(connection) == {}
        assert read_resumptions(connection) == {"cart_left": world.now}
    world.adds(world.person(), COAT)
    assert len(world.passes()) == 1


def test_a_journeys_own_holdout_hears_everything_else(world: World) -> None:
    people = [world.person() for _ in range(12)]
    draws = draw("cart_left", people)
    share = float(sorted(draws)[5])
    world.guardrails = replace(STRICT, journey_holdouts={"cart_left": share})
    for each in people:
        world.adds(each, COAT)
    world.passes()
    sent = {row.customer_id for row in world.sent}
    assert sent == {each for each, drawn in zip(people, draws, strict=True) if drawn >= share}
    held = {row.customer_id for row in world.decided() if not row.chosen}
    assert held == set(people) - sent
    assert all("holdout" in each["held"] for row in world.decided() if not row.chosen for each in row.candidates)
