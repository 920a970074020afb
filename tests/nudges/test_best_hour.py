"""A message that may wait leaves at the hour at which its person answers; its decision says so."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from bot.decision.explain import CHOICES, explain_choice
from bot.decision.model_store import lock_model
from bot.decision.triggers import find_trigger
from bot.nudges.placements import decide_placement
from bot.nudges.trial import try_journey
from bot.profile.store.tables import traits, value_models
from tests.nudges.test_occasions import put_in_segment
from tests.nudges.world import World

FIVE_PM = {"email 17h": 40}  # Paris: 16:00 UTC


def _answers(world: World, person: str, hours: dict[str, int]) -> None:
    with world.store.write() as connection:
        connection.execute(sa.insert(traits).values(
            customer_id=person, name="answer_hours", silo="computed:inbox", value=hours, set_at=world.now))


def _stays_away(world: World, hours: dict[str, int] | None = None, **changes: Any) -> str:
    """Somebody who is written to by `win_back`, and answers at these hours."""
    world.triggers = tuple(replace(each, **changes) if each.name == "win_back" else each for each in world.triggers)
    person = world.person(email="ada@example.org")
    if hours:
        _answers(world, person, hours)
    put_in_segment(world, person, "lapsing_regulars")
    world.happens(person, "Segment Entered", silo="segments", segment="lapsing_regulars")
    world.decide()
    return person


def test_leaves_at_once_where_nothing_is_known(world: World) -> None:
    _stays_away(world)
    assert [row.not_before for row in world.rows()] == [world.now]
    assert all("moved_to" not in each for each in world.decided()[0].candidates)


def test_waits_for_the_hour_at_which_its_person_answers_and_says_so(world: World) -> None:
    _stays_away(world, FIVE_PM)
    best = world.now + timedelta(hours=6)
    assert (world.now.hour, [row.not_before for row in world.rows()]) == (10, [best])
    (decided,) = world.decided()
    assert [each["moved_to"] for each in decided.candidates] == [best.isoformat()]
    assert explain_choice(decided.candidates, decided.chosen, "en") == [CHOICES["best_hour"]]
    assert world.dispatch() == []
    world.later(6 * 3_600)
    assert len(world.dispatch()) == 1


@pytest.mark.parametrize("changes", [{"may_move_hours": 0}, {"may_move_hours": 5}, {"expires_seconds": 6 * 3_600.0}])
def test_waits_no_longer_than_it_may_or_its_reason_lives(world: World, changes: dict[str, Any]) -> None:
    _stays_away(world, FIVE_PM, **changes)
    assert [row.not_before < world.now + timedelta(hours=6) for row in world.rows()] == [True]


def test_takes_everybodys_hours_for_somebody_new(world: World) -> None:
    with world.store.write() as connection:
        lock_model(connection, world.now)
        connection.execute(sa.update(value_models).values(everybody={"email 18h": 500}))
    _stays_away(world)
    assert [row.not_before for row in world.rows()] == [world.now + timedelta(hours=7)]


def test_does_not_move_into_the_night(world: World) -> None:
    _stays_away(world, {"email 22h": 40, "email 18h": 9})  # quiet from 21:00 on
    assert [row.not_before for row in world.rows()] == [world.now + timedelta(hours=7)]


def test_a_dry_run_moves_as_the_worker_does(world: World) -> None:
    _stays_away(world, FIVE_PM)
    trigger, begins_at = find_trigger(world.triggers, "win_back"), world.now - timedelta(hours=1)
    world.later(60)
    trial = try_journey(world, trigger, begins_at, world.now, rng=np.random.default_rng(1))
    assert [each.at for each in trial.sent] == [row.not_before for row in world.rows()]


def test_who_is_on_the_page_now_is_shown_it_now(world: World) -> None:
    world.promote()
    campaign = find_trigger(world.triggers, "winter_offers")
    world.triggers = (replace(campaign, may_move_hours=12, channels=("web",), audience=""),)
    person = world.person()
    _answers(world, person, {"web 17h": 40})
    placement = decide_placement(world, person, [campaign.name], {}, world.now, np.random.default_rng(1))
    assert placement.chosen and placement.chosen.decided.leaves_at == world.now
