"""What came of nudges is learned once each, whoever learns it, and the shop's file counts until enough is known."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from bot.decision.features import NAMES, SIZE
from bot.decision.learning import learn_from_outcomes
from bot.decision.learning_rules import Learning
from bot.decision.model_store import (
    add_evidence,
    evidence_of,
    lock_model,
    model_of,
    read_drifts,
    read_model,
    refit,
    roll_back,
)
from bot.decision.value_model import Evidence, gather, to_grid
from bot.errors import NotFound
from bot.measure.words import say_drift
from bot.profile.consent import record_consent
from bot.profile.store.engine import Store
from bot.profile.store.tables import decisions, outbox, value_models
from tests.nudges.world import STRICT, World

WINDOW = 3_600.0
LEARNING = Learning(is_on=True, window_seconds=WINDOW, least_outcomes=1, refit_seconds=0)


@pytest.fixture
def learning_world(world: World) -> World:
    world.guardrails = replace(STRICT, learning=LEARNING)
    return world


def newest(world: World) -> Any:
    with world.store.read() as connection:
        rows = connection.execute(sa.select(value_models).order_by(value_models.c.version)).all()
    return rows[-1] if rows else None


def nudged(world: World) -> str:
    person = world.person(allows=("web",))
    world.adds(person, "coat-navy-M")
    assert len(world.passes()) == 1
    return person


def learn(world: World) -> Any:
    """Let the window close, and learn; the sums of what was learned."""
    world.later(WINDOW)
    learn_from_outcomes(world, world.now)
    with world.store.read() as connection:
        rows = connection.execute(sa.select(value_models)).all()
    total = Evidence.none(SIZE)
    for row in rows:
        total += evidence_of(row)
    return total


def bring_about(world: World, rewards: list[float], seed: int = 0) -> np.ndarray:
    """Outcomes as if they had been decided, in the version in force."""
    features = to_grid(np.random.default_rng(seed).normal(size=(len(rewards), SIZE)))
    with world.store.write() as connection:
        row = lock_model(connection, world.now)
        add_evidence(connection, row, gather(features, np.array(rewards), model_of(row)), world.now)
    return features


def test_keeps_nothing_to_learn_from_where_the_shop_does_not_want_it(world: World) -> None:
    nudged(world)
    (decision,) = world.decided()
    assert decision.features is None and decision.learn_at is None
    assert learn_from_outcomes(world, world.now + timedelta(days=9)) == 0
    assert newest(world) is None


def test_learns_nothing_before_the_window_has_closed(learning_world: World) -> None:
    nudged(learning_world)
    learning_world.later(WINDOW - 60)
    assert learn_from_outcomes(learning_world, learning_world.now) == 0


@pytest.mark.parametrize("state", ["held", "withdrawn", "failed", "unknown"])
def test_learns_nothing_from_what_never_arrived(learning_world: World, state: str) -> None:
    nudged(learning_world)
    with learning_world.store.write() as connection:
        connection.execute(sa.update(outbox).values(state=state))
    assert learn(learning_world).count == 0
    assert learn_from_outcomes(learning_world, learning_world.now) == 0


def test_waits_for_a_message_that_has_not_left(learning_world: World) -> None:
    nudged(learning_world)
    with learning_world.store.write() as connection:
        connection.execute(sa.update(outbox).values(state="pending", sent_at=None))
    assert learn(learning_world).count == 0
    with learning_world.store.write() as connection:
        connection.execute(sa.update(outbox).values(state="sent", sent_at=learning_world.now))
    assert learn(learning_world).count == 1


def test_does_not_decide_by_a_model_of_too_few_outcomes(learning_world: World) -> None:
    nudged(learning_world)
    learn(learning_world)
    with learning_world.store.read() as connection:
        assert read_model(connection, replace(LEARNING, least_outcomes=2)) is None
        assert read_model(connection, LEARNING) is not None


def test_learns_what_came_of_a_nudge_once(learning_world: World) -> None:
    person = nudged(learning_world)
    learning_world.later(30)
    learning_world.happens(person, "Order Completed", silo="shop", order_id="7")
    total = learn(learning_world)
    assert total.count == 1
    features = np.array(learning_world.decided()[0].features)
    assert total.products.tolist() == features.tolist()  # the reward of a purchase is 1
    assert features[NAMES.index("on_web")] == features[NAMES.index("is_marketing")] == 1.0
    assert learn(learning_world).count == 1
    assert learning_world.decided()[0].learn_at is None


@pytest.mark.parametrize(("what", "reward"), [("silence", 0.0), ("claim", 0.0), ("added", 0.3), ("stop", -5.0)])
def test_takes_the_reward_from_what_the_person_did(learning_world: World, what: str, reward: float) -> None:
    person = nudged(learning_world)
    learning_world.later(30)
    if what == "claim":  # a page cannot make its own success
        learning_world.happens(person, "Order Completed", silo="web", order_id="7")
    elif what == "added":
        learning_world.happens(person, "Product Added", product_id="bag")
    elif what == "stop":
        with learning_world.store.write() as connection:
            record_consent(connection, person, purpose="marketing", channel="web", state="withdrawn", source="test",
                           wording="", now=learning_world.now)
    always = NAMES.index("always")
    assert learn(learning_world).products[always] == pytest.approx(reward, abs=0.001)


def test_counts_what_the_merged_person_did(learning_world: World) -> None:
    person = nudged(learning_world)
    other = learning_world.sign_in(person, "ref-1")
    learning_world.later(30)
    learning_world.happens(other, "Order Completed", silo="shop", order_id="7")
    assert learn(learning_world).products[NAMES.index("always")] == 1.0


def test_many_workers_learn_each_decision_once(learning_world: World) -> None:
    world = learning_world
    with world.store.write() as connection:
        row = {"customer_id": "c", "trigger": "cart_left", "subject": "s", "candidates": [], "chosen": "web:suggest",
               "probability": 1.0, "features": [0.5] * SIZE, "learn_at": world.now}
        rows = [{**row, "decided_at": world.now + timedelta(seconds=n)} for n in range(900)]
        connection.execute(sa.insert(decisions), rows)
        sent = {"kind": "nudge", "customer_id": "c", "channel": "web", "address": "a", "purpose": "marketing",
                "nudge": "cart_left", "about": "s", "facts": {}, "payload": {}, "state": "sent",
                "not_before": world.now, "sent_at": world.now - timedelta(seconds=WINDOW)}
        connection.execute(sa.insert(outbox), [
            {**sent, "idempotency_key": f"k{n}", "created_at": world.now + timedelta(seconds=n)} for n in range(900)
        ])
    stores = [Store(world.store.url.render_as_string(hide_password=False)) for _ in range(4)]
    world.opened += stores
    counts: list[int] = []
    failed: list[BaseException] = []

    def work(store: Store) -> None:
        mine = World(store, world.now, commerce=world.commerce, guardrails=world.guardrails)
        try:
            while done := learn_from_outcomes(mine, world.now):
                counts.append(done)
        except BaseException as error:  # noqa: BLE001  # told in the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with world.store.read() as connection:
        total = Evidence.none(SIZE)
        for each in connection.execute(sa.select(value_models)):
            total += evidence_of(each)
    assert sum(counts) == total.count == total.squares[0, 0] * 4 == 900


def test_decides_by_what_was_learned_with_the_probability_kept(learning_world: World) -> None:
    world = learning_world
    person = world.person("ref-1", email="a@example.org", allows=("web", "email"))
    world.adds(person, "coat-navy-M", ref="ref-1")
    features = np.zeros((400, SIZE))
    features[:, NAMES.index("always")] = 1.0
    features[:, NAMES.index("rule_value")] = np.repeat([1.0, 0.2], 200)
    features[:200, NAMES.index("on_web")] = features[200:, NAMES.index("on_email")] = 1.0
    with world.store.write() as connection:  # people leave after messages on the web, and buy after letters
        row = lock_model(connection, world.now)
        rewards = np.repeat([-1.0, 1.0], 200)
        add_evidence(connection, row, gather(features, rewards, model_of(row)), world.now)
        refit(connection, LEARNING, world.now + timedelta(seconds=1))
    world.passes()
    (decision,) = world.decided()
    kept = {each["name"]: each for each in decision.candidates}
    assert decision.chosen == "email:suggest"
    assert kept["email:suggest"]["value"] > 0.5 > 0 > kept["web:suggest"]["value"]
    assert 0.5 < decision.probability < 1.0  # it goes on trying the other
    assert decision.probability + kept["web:suggest"]["probability"] == pytest.approx(1.0)


def test_falls_back_to_the_file_when_it_has_drifted_and_learns_anew(learning_world: World) -> None:
    bring_about(learning_world, [0.5] * 200)
    with learning_world.store.write() as connection:
        assert refit(connection, LEARNING, learning_world.now) is not None
        assert read_model(connection, LEARNING) is not None
    bring_about(learning_world, [-3.0] * 200, seed=1)
    drifted = newest(learning_world)
    assert drifted.drifted_at == learning_world.now
    with learning_world.store.write() as connection:
        assert read_model(connection, LEARNING) is None
        (before,) = read_drifts(connection, learning_world.now)
        again = refit(connection, LEARNING, learning_world.now)
        (after,) = read_drifts(connection, learning_world.now)
        assert read_drifts(connection, learning_world.now + timedelta(seconds=1)) == []
    assert (before.version, before.is_over, after.is_over) == (drifted.version, False, True)
    assert before.errors_off < -4.5
    assert "bring less than version" in " ".join(say_drift("en", before))
    assert "rapportent moins" in " ".join(say_drift("fr", after))
    assert again is not None
    assert again.outcomes == 200  # of what was true before, nothing


def test_no_rollback_to_what_never_was(learning_world: World) -> None:
    with learning_world.store.write() as connection, pytest.raises(NotFound, match="version 9"):
        roll_back(connection, 9, learning_world.now)


def test_a_rollback_leaves_out_what_came_in_since(learning_world: World) -> None:
    bring_about(learning_world, [1.0] * 100)
    with learning_world.store.write() as connection:
        good = refit(connection, LEARNING, learning_world.now)
    assert good is not None
    bring_about(learning_world, [1.0, -1.0] * 50, seed=1)
    with learning_world.store.write() as connection:
        refit(connection, LEARNING, learning_world.now)
        back = roll_back(connection, good.version, learning_world.now)
    assert back.version == 4 and back.weights.tobytes() == good.weights.tobytes()
    bring_about(learning_world, [1.0] * 10, seed=2)
    with learning_world.store.write() as connection:
        later = refit(connection, LEARNING, learning_world.now)
    assert later is not None and later.outcomes == 110


def test_forgets_what_is_too_old(learning_world: World) -> None:
    bring_about(learning_world, [1.0] * 100)
    with learning_world.store.write() as connection:
        refit(connection, LEARNING, learning_world.now)
    learning_world.later(86_400 * (LEARNING.memory_days + 1))
    with learning_world.store.write() as connection:
        connection.execute(sa.update(value_models).where(value_models.c.version == 2).values(
            fitted_at=learning_world.now - timedelta(days=1)))
    bring_about(learning_world, [1.0] * 10, seed=1)
    with learning_world.store.write() as connection:
        model = refit(connection, LEARNING, learning_world.now)
    assert model is not None and model.outcomes == 10
