"""A journey tried on a day that is over: the worker's own rules, and nothing written or sent."""

import ast
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from bot.decision.guardrails import Caps
from bot.decision.learning_rules import Learning
from bot.decision.triggers import find_trigger, load_triggers
from bot.errors import FixConfiguration, Unavailable
from bot.nudges import schedule, trial_words
from bot.nudges.trial import Trial, try_journey
from bot.nudges.trial_words import say_trial
from bot.profile.store.engine import Store
from bot.profile.store.tables import events, metadata
from bot.texts.catalogue import load_catalogue
from tests.nudges.test_occasions import buys, delivered, keep_rhythm, put_in_segment, tell
from tests.nudges.world import STRICT, TRIGGERS, World

DAY = 86_400
COAT = "coat-navy-M"
YESTERDAY = datetime(2026, 11, 24, tzinfo=UTC)


def everything(store: Store) -> dict[str, list[Any]]:
    with store.read() as connection:
        tables = metadata.tables.items()
        return {name: sorted(map(repr, connection.execute(sa.select(table)))) for name, table in tables}


def try_on(world: World, name: str = "cart_left", **changes: Any) -> Trial:
    """The journey on the 24th, seen from the next day, by a world that notices every change."""
    trigger = replace(find_trigger(world.triggers, name), **changes)
    before, left = everything(world.store), len(world.sent)
    trial = try_journey(world, trigger, YESTERDAY, YESTERDAY + timedelta(days=1), rng=np.random.default_rng(1))
    assert everything(world.store) == before and len(world.sent) == left
    return trial


def test_says_nothing_of_a_day_without_occasions(world: World) -> None:
    world.adds(world.person(), COAT)
    world.later(2 * DAY)
    trigger = find_trigger(world.triggers, "cart_left")
    trial = try_journey(world, trigger, YESTERDAY + timedelta(days=1), YESTERDAY + timedelta(days=2),
                        rng=np.random.default_rng(1))
    assert (trial.begun, trial.sent, trial.held) == (0, [], 0)


def test_tells_whom_it_would_have_written_to_and_what_held_the_rest(world: World) -> None:
    heard = world.person()
    nobody_asked, held_out = world.person(allows=()), world.person(is_holdout=True)
    for each in (heard, nobody_asked, held_out):
        world.adds(each, COAT)
    world.later(DAY)
    trial = try_on(world)
    assert [(each.customer_id, each.channel) for each in trial.sent] == [(heard, "web")]
    assert "Your basket is waiting" in trial.sent[0].text
    assert (trial.begun, trial.held, trial.because["consent_unknown"], trial.because["holdout"]) == (3, 2, 1, 1)


def test_says_nothing_of_what_somebody_had_said_no_to_by_then(world: World) -> None:
    early, late = world.person(), world.person()
    for each in (early, late):
        world.happens(each, "Product Viewed", product_id="coat", variant_id=COAT)
    world.happens(early, "Product Disliked", silo="chat", product_id="coat")
    world.later(DAY)
    world.happens(late, "Product Disliked", silo="chat", product_id="coat")
    trial = try_on(world, "browse_left", audience="")
    assert [each.customer_id for each in trial.sent] == [late] and trial.because["disliked"] == 1


def test_reads_nobody_by_themselves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: Any, **__: Any) -> None:
        raise AssertionError("each person is read with the others of the batch")

    world.adds(world.person(), COAT)
    world.later(DAY)
    monkeypatch.setattr(schedule, "read_persons", read)
    assert try_on(world).begun == 1


def test_reads_what_was_learned_once_for_all(world: World) -> None:
    asked: list[str] = []
    world.guardrails = replace(world.guardrails, learning=Learning(is_on=True))
    sa.event.listen(world.store.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    trigger, moments = find_trigger(world.triggers, "cart_left"), (YESTERDAY, YESTERDAY + timedelta(days=1))
    counted = []
    for many in (2, 8):
        for _ in range(many):
            world.adds(world.person(), COAT)
        world.later(DAY // 4)
        asked.clear()
        trial = try_journey(world, replace(trigger, audience=""), *moments, rng=np.random.default_rng(1))
        counted.append((trial.begun, sum("value_models" in each for each in asked)))
    assert counted == [(2, 1), (10, 1)]


def test_sees_what_a_past_was_filled_with(world: World) -> None:
    heard = world.person()
    world.adds(heard, COAT)
    with world.store.write() as connection:  # below what is there, so that no reader takes it for news
        connection.execute(sa.update(events).values(event_id=-events.c.event_id))
    world.later(DAY)
    assert [each.customer_id for each in try_on(world).sent] == [heard]


def test_says_the_same_as_the_worker_does(world: World) -> None:
    people = [world.person(), world.person(allows=("email",), email="ada@example.org"), world.person(allows=())]
    for each in people:
        world.adds(each, COAT)
    world.later(1)
    trial = try_on(world)
    world.passes()
    assert sorted((each.customer_id, each.channel) for each in trial.sent) == sorted(
        (row.customer_id, row.channel) for row in world.rows()
    )


def test_follows_what_is_put_off_cancelled_and_begun_again(world: World) -> None:
    person, other = world.person(), world.person()
    world.adds(person, COAT)
    world.later(15)
    world.adds(person, "bag-camel-one size")  # puts it off
    world.adds(other, COAT)
    world.later(10)
    world.happens(other, "Order Completed", silo="shop", order_id="1")  # before it is due
    world.later(60)
    world.adds(person, "scarf-red-one size")  # after it was due: another occasion
    world.later(DAY)
    trial = try_on(world, cooldown_seconds=0)
    assert (trial.begun, trial.over, len(trial.sent) + trial.held) == (3, 1, 2)
    assert trial.sent[0].at == datetime(2026, 11, 24, 10, 0, 35, tzinfo=UTC)


def test_what_it_would_have_sent_counts_in_its_own_caps_and_cooldown(world: World) -> None:
    world.guardrails = replace(STRICT, caps={"marketing": Caps(per_day=1)})
    person = world.person()
    for number in range(3):
        cart = world.commerce.open_cart(None, idempotency_key=f"{number}")
        world.commerce.set_line(cart.ref, COAT, 1)
        world.happens(person, "Product Added", cart_id=cart.ref, product_id="coat", variant_id=COAT)
        world.later(60)
    world.later(DAY)
    trial = try_on(world)
    assert (len(trial.sent), trial.held, trial.because["cap_day"]) == (1, 2, 2)


def test_a_journey_that_runs_is_tried_without_its_own_messages(world: World) -> None:
    world.guardrails = replace(STRICT, caps={"marketing": Caps(per_day=1)})
    world.adds(world.person(), COAT)
    assert len(world.passes()) == 1
    world.later(DAY)
    assert len(try_on(world).sent) == 1


def test_decides_at_the_moment_it_was_due(world: World) -> None:
    world.now = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)  # half past ten in the evening there
    world.adds(world.person(timezone="Europe/Paris"), COAT)
    world.later(12 * 3600)
    assert try_on(world).because["quiet_hours"] == 1


def test_tries_every_kind_of_occasion(world: World) -> None:
    person = world.person("ada", email="ada@example.org")
    put_in_segment(world, person, "just_looking")
    world.happens(person, "Product Viewed", product_id="coat")
    order = delivered(world, "ada")
    tell(world, person, order)
    keep_rhythm(world, person, ["2026-10-25", "2026-11-24"])
    buys(world, person)
    world.later(DAY)
    assert [len(try_on(world, name).sent) for name in ("browse_left", "delivered")] == [0, 1]  # an order came
    assert try_on(world, "replenish").because["lasts"] == 1


def test_a_shop_that_does_not_answer_holds_and_does_not_end_the_trial(world: World) -> None:
    world.adds(world.person(), COAT)
    world.later(DAY)

    def refuse(_ref: str) -> Any:
        raise Unavailable("the shop")

    world.commerce.get_cart = refuse
    assert try_on(world).because == {"facts_unavailable": 1}


def test_refuses_a_campaign(world: World) -> None:
    with pytest.raises(FixConfiguration, match="begins by hand"):
        try_on(world, "winter_offers")


def test_says_it_in_both_languages(world: World) -> None:
    world.adds(world.person(), COAT)
    world.adds(world.person(allows=()), COAT)
    world.later(DAY)
    trial = try_on(world)
    english = "\n".join(say_trial("en", trial, date(2026, 11, 24), "Europe/Paris", 20))
    french = "\n".join(say_trial("fr", trial, date(2026, 11, 24), "Europe/Paris", 0))
    assert "Would have sent 1, to 1 people." in english and "nobody asked them yet" in english
    assert "Aurait envoyé 1 message(s), à 1 personne(s)." in french and "et 1 de plus" in french


def test_every_sentence_is_there_in_french() -> None:
    source = ast.parse(Path(trial_words.__file__).read_text(encoding="utf-8"))
    said = {argument.value for each in ast.walk(source) if isinstance(each, ast.Call)
            and getattr(each.func, "id", "") == "translate" for argument in each.args
            if isinstance(argument, ast.Constant)}
    assert {*said, *trial_words.REASONS.values(), trial_words._NOTE} - set(load_catalogue("fr")) == set()


def test_the_shipped_files_triggers_can_all_be_tried(world: World) -> None:
    world.triggers = load_triggers(TRIGGERS)
    for each in world.triggers:
        if each.on:
            assert try_on(world, each.name).begun == 0


def test_tries_a_busy_day_on_a_sample_of_whole_persons(world: World) -> None:
    people = [world.person() for _ in range(24)]
    for each in people:
        world.adds(each, COAT)
    world.later(DAY)
    trigger = find_trigger(world.triggers, "cart_left")
    trial = try_journey(world, trigger, YESTERDAY, YESTERDAY + timedelta(days=1), rng=np.random.default_rng(1),
                        most_events=12)
    assert trial.one_in == 2
    assert {each.customer_id for each in trial.sent} == {each for each in people if each < "8"}
