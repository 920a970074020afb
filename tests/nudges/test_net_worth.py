"""The worker, a dry run, a page and a launch weigh a message alike: by one rule."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from bot.decision.pricing import Pricing
from bot.decision.triggers import Step, find_trigger
from bot.nudges.campaign import launch_campaign
from bot.nudges.placements import confirm_shown, decide_placement
from bot.nudges.trial import try_journey
from tests.nudges.world import STRICT, World

COAT = "coat-navy-M"
TIRING = Pricing(4_000, {"email": 50, "web": 10_000}, fatigue=0.6)


@pytest.fixture
def weighing(world: World) -> World:
    world.guardrails = replace(STRICT, pricing=TIRING, caps={})
    world.promote()
    return world


def _hears(world: World, person: str, times: int) -> None:
    """So many letters of the shop's mailing tool, lately."""
    for _ in range(times):
        world.happens(person, "Email Sent", silo="mailing")


def _weighed(row: Any) -> list[tuple[str, Any, list[str]]]:
    return [(each["name"], each["net_minor"], each["held"]) for each in row.candidates]


def test_says_nothing_to_somebody_who_heard_enough_for_it_to_be_worth_it(weighing: World) -> None:
    person = weighing.person()
    _hears(weighing, person, 2)
    weighing.adds(person, COAT)
    assert weighing.passes() == []
    assert "not_worth_it" in weighing.held("web")
    kept = {each["name"].partition(":")[0]: each["net_minor"] for each in weighing.decided()[-1].candidates}
    web = find_trigger(weighing.triggers, "cart_left").values.get("web", 1.0)
    assert kept["web"] == pytest.approx(4_000 * (web - 1.2) - 10)


def test_tells_of_a_late_parcel_whatever_it_costs(weighing: World) -> None:
    weighing.guardrails = replace(STRICT, pricing=Pricing(1, {"web": 9_000_000, "email": 9_000_000}))
    person = weighing.person("ada")
    order = weighing.delay("ada")
    weighing.happens(person, "Shipment Updated", silo="shop", order_ref=order.ref)
    assert len(weighing.passes()) == 1


def test_a_dry_run_holds_what_the_worker_holds(weighing: World) -> None:
    fresh, tired = weighing.person(), weighing.person()
    _hears(weighing, tired, 2)
    for each in (fresh, tired):
        weighing.adds(each, COAT)
    weighing.later(1)
    trigger, since = find_trigger(weighing.triggers, "cart_left"), weighing.now - timedelta(hours=1)
    trial = try_journey(weighing, trigger, since, weighing.now, rng=np.random.default_rng(1))
    weighing.passes()
    assert [each.customer_id for each in trial.sent] == [row.customer_id for row in weighing.rows()] == [fresh]
    assert (trial.held, trial.because["not_worth_it"]) == (1, 1)


def test_a_page_weighs_as_a_launch_does(weighing: World) -> None:
    campaign = find_trigger(weighing.triggers, "winter_offers")
    offer = campaign.steps[0].offer
    weighing.triggers = (replace(campaign, channels=("web",), steps=(Step(offer, "", 0.0),), audience=""),)
    people = [weighing.person(f"ada-{times}") for times in range(3)]
    for times, each in enumerate(people):
        _hears(weighing, each, times)
    for each in people:
        decide_placement(weighing, each, [campaign.name], {}, weighing.now, np.random.default_rng(1))
    shown = {row.customer_id: _weighed(row) for row in weighing.decided()}
    launch_campaign(weighing, campaign.name, weighing.now, np.random.default_rng(1))
    launched = {row.customer_id: _weighed(row) for row in weighing.decided()[len(people):]}
    assert shown == launched and len(shown) == 3
    assert [any("not_worth_it" in held for _, _, held in shown[each]) for each in people] == [False, False, True]


def test_what_is_not_worth_it_any_more_is_not_shown(weighing: World) -> None:
    person = weighing.person("ada")
    placement = decide_placement(weighing, person, ["winter_offers"], {}, weighing.now, np.random.default_rng(1))
    assert placement.chosen
    _hears(weighing, person, 2)
    found = confirm_shown(weighing, person, placement.chosen.decision_id, {}, weighing.now)
    assert found.held == ("not_worth_it",)
