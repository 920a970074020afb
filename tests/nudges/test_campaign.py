"""A launch decides for everybody at once what deciding one by one comes to: every choice, reason and row."""

import math
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from bot.decision.guardrails import Held
from bot.decision.learning_rules import Learning
from bot.decision.pauses import pause_journey
from bot.decision.plan_blocks import explain_blocks, forget_in_blocks
from bot.decision.pricing import Pricing
from bot.errors import FixConfiguration
from bot.nudges.campaign import launch_campaign
from bot.profile.candidate_sets import decision_columns
from bot.profile.store.engine import Store
from bot.profile.store.tables import candidate_sets, customers, decisions, plan_blocks, segment_members, traits
from tests.nudges.crowds import CHANNELS, RIVALS, fill, launch_one_by_one, make_campaign
from tests.nudges.world import STRICT, World

NAME = "winter_offers"
Fresh = Callable[[str], str]
NO_PRICES = Pricing()
PRICING = Pricing(4_000, {"email": 1_000_000, "sms": 5_000_000, "whatsapp": 2_000_000}, 0.6)  # much is not worth it


def _world(
    fresh_url: Fresh, now: Any, seed: int, *, learns: bool = False, persons: int = 60, variants: int = 2,
    pricing: Pricing = NO_PRICES, may_move_hours: int = 0,
) -> World:
    """The same persons for the same seed, in a database of its own."""
    world = World(Store(fresh_url("store"), (b"k" * 32,)), now)
    world.promote()
    gamma = (math.inf, 0.0, 2.5)[seed % 3]
    campaign = make_campaign(next(each for each in world.triggers if each.name == NAME), gamma)
    world.triggers = (replace(campaign, messages=campaign.messages[-variants:], may_move_hours=may_move_hours),)
    world.guardrails = replace(
        STRICT, journey_holdouts={NAME: 0.15}, quiet_channels={"email": "free", "web": "unless_present"},
        learning=replace(Learning(), is_on=learns), pricing=pricing, yields={NAME: RIVALS},
    )
    world.now += timedelta(hours=5 * seed)  # at night, too
    fill(world, np.random.default_rng(seed), persons)
    with world.store.write() as connection:
        pause_journey(connection, "birthday", reason="by_hand", by="test", now=world.now)  # it claims nobody
    if may_move_hours:
        _let_answer(world)
    return world


def _let_answer(world: World) -> None:
    """Everybody at hours of their own."""
    with world.store.write() as connection:
        people = sorted(connection.scalars(sa.select(customers.c.customer_id)))
        connection.execute(sa.insert(traits), [
            {"customer_id": each, "name": "answer_hours", "silo": "computed:inbox", "set_at": world.now,
             "value": {f"{channel} {(7 * number + 3 * place) % 24:02}h": 9 for place, channel in enumerate(CHANNELS)}}
            for number, each in enumerate(people)])


def _rows(world: World) -> list[tuple[Any, ...]]:
    """What is on the list, without what the database numbers, and the words: a launch writes none beforehand."""
    return sorted(tuple(str(value) for name, value in row._asdict().items() if name not in ("outbox_id", "payload"))
                  for row in world.rows())


def _decided(world: World) -> dict[tuple[str, str], Any]:
    """Every decision, silent ones out of the blocks too: by nudge and person, as often as they were decided."""
    found: dict[tuple[str, str], Any] = {}
    with world.store.read() as connection:
        rows = [dict(row._mapping) for row in connection.execute(sa.select(*decision_columns()))]
        members = sorted({each["customer_id"] for each in rows} | set(connection.scalars(sa.text(
            "SELECT root_id FROM customers"))))
        rows += explain_blocks(connection, members)
    for row in rows:
        held = [(each["name"], each["held"], each.get("figures"),
                 row["chosen"] and (each.get("net_minor"), each.get("moved_to")))
                for each in row["candidates"]]
        chances = [each["probability"] for each in row["candidates"]] if row["chosen"] else []
        learns = (row.get("features"), str(row.get("learn_at")))
        told = (row["subject"], row["chosen"], row.get("probability", 1.0), held, chances, learns)
        found.setdefault((row["trigger"], row["customer_id"]), []).append(str(told))
    return {key: sorted(told) for key, told in found.items()}


def _both(fresh_url: Fresh, now: Any, seed: int, **changes: Any) -> tuple[World, World]:
    """The same world, launched in both ways."""
    at_once = changes.pop("at_once", 1_000)
    ours, theirs = (_world(fresh_url, now, seed, **changes) for _ in range(2))
    launch = launch_campaign(ours, NAME, ours.now, np.random.default_rng(seed), at_once=at_once)
    launch_one_by_one(theirs, NAME, np.random.default_rng(seed).spawn(1)[0])  # a stretch's own chance
    written = [row for row in ours.rows() if row.idempotency_key.startswith(f"nudge:{NAME}:")]
    assert sum(launch.planned.values()) == len(written)
    return ours, theirs


def test_says_nothing_to_anybody_while_the_journey_rests(fresh_url: Fresh, now: Any) -> None:
    world = _world(fresh_url, now, 0)
    with world.store.write() as connection:
        pause_journey(connection, NAME, reason="by_hand", by="test", now=world.now)
    launch = launch_campaign(world, NAME, world.now)
    assert sum(launch.planned.values()) == 0
    assert all(words["paused"] >= launch.people > 0 for words in launch.held.values())
    world.store.close()


@pytest.mark.parametrize("seed", range(6))
def test_decides_as_one_by_one_does(fresh_url: Fresh, now: Any, seed: int) -> None:
    ours, theirs = _both(fresh_url, now, seed)
    assert _rows(ours) == _rows(theirs)
    assert _decided(ours) == _decided(theirs)
    for each in (ours, theirs):
        each.store.close()


def test_decides_as_one_by_one_does_in_small_stretches(fresh_url: Fresh, now: Any) -> None:
    ours, theirs = _both(fresh_url, now, 3, at_once=7, variants=1)  # nothing is left to chance
    assert _rows(ours) == _rows(theirs)
    assert _decided(ours) == _decided(theirs)
    for each in (ours, theirs):
        each.store.close()


def test_decides_as_one_by_one_does_where_outcomes_are_learned(fresh_url: Fresh, now: Any) -> None:
    ours, theirs = _both(fresh_url, now, 2, learns=True)
    assert _rows(ours) == _rows(theirs)
    assert _decided(ours) == _decided(theirs)
    for each in (ours, theirs):
        each.store.close()


def test_weighs_as_one_by_one_does(fresh_url: Fresh, now: Any) -> None:
    ours, theirs = _both(fresh_url, now, 0, persons=25, pricing=PRICING)
    assert _rows(ours) == _rows(theirs)
    assert _decided(ours) == _decided(theirs)
    assert any("not_worth_it" in told for each in _decided(ours).values() for told in each)
    for each in (ours, theirs):
        each.store.close()


def test_moves_as_one_by_one_does_and_weighs_what_is_learned(fresh_url: Fresh, now: Any) -> None:
    ours, theirs = _both(fresh_url, now, 2, persons=25, may_move_hours=8, learns=True, pricing=PRICING)
    assert _rows(ours) == _rows(theirs)
    assert _decided(ours) == _decided(theirs)
    assert any(each.get("moved_to") for row in ours.decided() for each in row.candidates)
    for each in (ours, theirs):
        each.store.close()


def test_random_persons_meet_every_reason(fresh_url: Fresh, now: Any) -> None:
    words: set[str] = set()
    for seed in range(3):
        world = _world(fresh_url, now, seed, persons=180, pricing=Pricing(4_000, {"sms": 6_000_000}))
        launch = launch_campaign(world, NAME, world.now)
        words |= {word for held in launch.held.values() for word in held}
        assert sum(launch.planned.values()) > 30, launch
        world.store.close()
    alike_for_all = {"unverified", "fact_false", "expired", "paused"}  # a campaign's own, the same for everybody
    assert {str(each.name).lower() for each in Held} - words == alike_for_all


def test_keeps_how_many_and_until_when(fresh_url: Fresh, now: Any) -> None:
    world = _world(fresh_url, now, 0, persons=120)
    world.now = world.now.replace(hour=22)
    world.guardrails = replace(world.guardrails, quiet_channels={"email": "free"})
    launch_campaign(world, NAME, world.now)
    with world.store.read() as connection:
        people = list(connection.scalars(sa.text("SELECT root_id FROM customers")))
        told = [dict(row._mapping) for row in connection.execute(sa.select(*decision_columns()))]
        told += explain_blocks(connection, people)
    found = [figure for row in told for each in row["candidates"] for figure in each.get("figures", {}).items()]
    assert {"cap_day", "cap_week"} <= {word for word, _ in found}
    assert all(each["count"] >= each["most"] > 0 for word, each in found if word.startswith("cap"))
    assert {each["until"][11:16] for word, each in found if word == "quiet_hours" and "until" in each} <= {"08:00"}
    world.store.close()


def test_a_dry_launch_says_the_same_and_writes_nothing(fresh_url: Fresh, now: Any) -> None:
    world = _world(fresh_url, now, 3)
    before = world.rows()
    dry = launch_campaign(world, NAME, world.now, is_dry=True)
    assert world.rows() == before and world.decided() == []
    wet = launch_campaign(world, NAME, world.now)
    assert (dry.people, dry.planned, dry.held) == (wet.people, wet.planned, wet.held)
    world.store.close()


def test_a_second_launch_reaches_nobody_twice(fresh_url: Fresh, now: Any) -> None:
    world = _world(fresh_url, now, 3)
    world.triggers = tuple(replace(each, cooldown_seconds=10 * 86_400) for each in world.triggers)
    launch_campaign(world, NAME, world.now)
    launch_campaign(world, NAME, world.now + timedelta(seconds=60))  # whoever talked to us then may hear it now
    told = Counter((row.customer_id, row.nudge, row.channel) for row in world.rows() if row.created_at >= world.now
                   and row.idempotency_key.startswith(f"nudge:{NAME}:"))
    assert set(told.values()) == {1}
    world.store.close()


def test_a_launch_weeks_later_holds_whom_the_first_reached_as_one_by_one_does(fresh_url: Fresh, now: Any) -> None:
    ours, theirs = (_world(fresh_url, now, 3, variants=1) for _ in range(2))
    for each in (ours, theirs):
        each.triggers = tuple(replace(one, cooldown_seconds=30 * 86_400) for one in each.triggers)
        launch_campaign(each, NAME, each.now)
    first = {(row.customer_id, row.nudge) for row in ours.rows() if row.idempotency_key.startswith(f"nudge:{NAME}:")}
    before = {row.outbox_id for row in ours.rows()}
    for each in (ours, theirs):
        each.later(20 * 86_400)
        each.promote()
    launch_campaign(ours, NAME, ours.now)
    launch_one_by_one(theirs, NAME, np.random.default_rng(1))
    again = {(row.customer_id, row.nudge) for row in ours.rows() if row.outbox_id not in before}
    assert first and not first & again
    assert _rows(ours) == _rows(theirs) and _decided(ours) == _decided(theirs)
    for each in (ours, theirs):
        each.store.close()


def test_two_launches_at_once_reach_nobody_twice(fresh_url: Fresh, now: Any) -> None:
    world = _world(fresh_url, now, 0, variants=1)
    world.triggers = tuple(replace(each, cooldown_seconds=10 * 86_400) for each in world.triggers)
    both = [replace(world, store=Store(str(world.store.engine.url.render_as_string(hide_password=False)), (b"k" * 32,)),
                    now=world.now + timedelta(seconds=number)) for number in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda each: launch_campaign(each, NAME, each.now, at_once=10), both))
    told = Counter((row.customer_id, row.nudge, row.channel) for row in world.rows()
                   if row.idempotency_key.startswith(f"nudge:{NAME}:"))
    assert told and set(told.values()) == {1}
    for each in (world, *both):
        each.store.close()


def test_reaches_only_its_audience(fresh_url: Fresh, now: Any) -> None:
    world = _world(fresh_url, now, 3)
    first = launch_campaign(world, NAME, world.now, is_dry=True)
    world.triggers = tuple(replace(each, audience="regulars") for each in world.triggers)
    with world.store.write() as connection:
        roots = sorted(connection.scalars(sa.text("SELECT DISTINCT root_id FROM customers")))
        connection.execute(sa.insert(segment_members), [
            {"segment": "regulars", "customer_id": each, "entered_at": world.now, "left_at": left_at}
            for each, left_at in zip(roots, [None, world.now] * len(roots), strict=False)
        ])
    launch_campaign(world, NAME, world.now)
    told = {row.customer_id for row in world.rows() if row.idempotency_key.startswith(f"nudge:{NAME}:")}
    assert told and told <= set(roots[::2]) and first.people > len(told)
    world.store.close()


def test_keeps_what_many_considered_alike_once(fresh_url: Fresh, now: Any) -> None:
    world = _world(fresh_url, now, 3)
    launch_campaign(world, NAME, world.now)
    with world.store.read() as connection:
        rows, different = connection.execute(sa.select(
            sa.func.count(), sa.func.count(decisions.c.candidate_set.distinct()))).one()
        assert connection.scalar(sa.select(sa.func.count()).select_from(candidate_sets)) == different < rows
        assert set(connection.scalars(sa.select(candidate_sets.c.used_at))) == {world.now}
        assert all(not each for each in connection.scalars(sa.select(decisions.c.candidates)))
    assert all(row.candidates for row in world.decided())
    world.store.close()


def test_what_stayed_home_is_forgotten_person_by_person(fresh_url: Fresh, now: Any) -> None:
    world = _world(fresh_url, now, 3)
    launch_campaign(world, NAME, world.now)
    with world.store.write() as connection:
        persons = connection.scalar(sa.select(sa.func.sum(plan_blocks.c.persons)))
        one = connection.scalar(sa.select(plan_blocks.c.first_id).limit(1))
        assert explain_blocks(connection, [one])[0]["candidates"][0]["held"]
        places = forget_in_blocks(connection, [one])
        assert places >= 1 and explain_blocks(connection, [one]) == []
        assert connection.scalar(sa.select(sa.func.sum(plan_blocks.c.persons))) == persons - places
        assert forget_in_blocks(connection, [one]) == 0
    world.store.close()


def test_refuses_a_trigger_that_is_no_campaign(world: World) -> None:
    with pytest.raises(FixConfiguration, match="has no steps"):
        launch_campaign(world, "cart_left", world.now)
