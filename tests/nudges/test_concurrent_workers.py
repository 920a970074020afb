"""Promises 2 and 4 under concurrent workers: threads over one database, as workers are."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import numpy as np
import sqlalchemy as sa

from bot.channels.outbox import OutboxRow
from bot.decision.guardrails import Caps
from bot.decision.waits import run_triggers
from bot.nudges.campaign import launch_campaign
from bot.nudges.dispatch import dispatch_once
from bot.nudges.schedule import decide_due
from bot.nudges.withdraw import take_offer
from bot.profile.merging import merge_customers
from bot.profile.store.engine import Store
from bot.profile.store.tables import waits
from tests.nudges.world import STRICT, Sent, World

WORKERS = 4


def together(*jobs: Callable[[], object]) -> None:
    """Run the jobs in threads that start at the same moment; whatever one raises is raised here."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for future in [pool.submit(run, job) for job in jobs]:
            future.result()


def twin(world: World) -> World:
    """Another worker on the same database, with connections of its own."""
    store = Store(world.store.url.render_as_string(hide_password=False))
    world.opened.append(store)
    return World(store, world.now, commerce=world.commerce, guardrails=world.guardrails, sent=world.sent)


def test_decides_a_wait_once_when_workers_race(world: World) -> None:
    world.adds(world.person(), "coat-navy-M")
    run_triggers(world, world.now)
    world.later(20)
    others = [twin(world) for _ in range(WORKERS)]
    together(*[lambda each=each: decide_due(each, each.now) for each in others])  # type: ignore[misc]
    assert len(world.decided()) == 1
    assert len(world.rows()) == 1


def test_keeps_the_cap_when_workers_decide_different_things_for_one_person(world: World) -> None:
    world.guardrails = replace(STRICT, caps={"marketing": Caps(per_day=2)})
    person = world.person()
    for number in range(8):  # eight baskets: eight reasons to speak, and room for two
        cart = world.commerce.open_cart(None, idempotency_key=f"{number}")
        world.commerce.set_line(cart.ref, "coat-navy-M", 1)
        world.happens(person, "Product Added", cart_id=cart.ref, product_id="coat", variant_id="coat-navy-M")
    run_triggers(world, world.now)
    world.later(20)
    others = [twin(world) for _ in range(WORKERS)]
    together(*[
        lambda each=each, seed=seed: decide_due(each, each.now, np.random.default_rng(seed), limit=8)  # type: ignore[misc]
        for seed, each in enumerate(others)
    ])
    assert len(world.rows()) == 2
    assert len(world.decided()) == 8


def test_keeps_the_cap_when_two_halves_merge_while_workers_decide(world: World) -> None:
    world.guardrails = replace(STRICT, caps={"marketing": Caps(per_day=1)}, nudge_question_seconds=0)
    phone, laptop = world.person(), world.person()
    for browser in (phone, laptop):
        world.adds(browser, "coat-navy-M")
    run_triggers(world, world.now)
    world.later(20)
    one, other = twin(world), twin(world)

    def merge() -> None:
        with other.store.write() as connection:
            merge_customers(connection, phone, laptop, reason="test", now=other.now)

    together(lambda: decide_due(one, one.now), merge)
    world.dispatch()
    assert len(world.sent) == 1


def test_sends_each_row_once_when_dispatchers_race(world: World) -> None:
    for _ in range(6):
        world.adds(world.person(), "coat-navy-M")
    run_triggers(world, world.now)
    world.later(20)
    decide_due(world, world.now)
    together(*[lambda each=each: dispatch_once(each, world.sent) for each in [twin(world) for _ in range(WORKERS)]])  # type: ignore[misc]
    assert sorted(row.outbox_id for row in world.sent) == sorted(row.outbox_id for row in world.rows())
    assert {row.state for row in world.rows()} == {"sent"}


def test_no_message_leaves_after_an_acceptance_was_answered(world: World) -> None:
    assert [_accept_while_sending(world, f"ada{number}") for number in range(5)] == [[]] * 5


def _accept_while_sending(world: World, ref: str) -> list[OutboxRow]:
    """What a vendor was asked to send after the customer heard that the offer is theirs."""
    person = world.person(ref, has_widget=False, email=f"{ref}@example.org", phone=f"+3361200000{ref[-1]}")
    world.promote()
    launch_campaign(world, "winter_offers", world.now)
    world.later(181)
    answered: list[int] = []
    late: list[OutboxRow] = []
    vendor = Sent()
    vendor.behaviour = lambda row: late.extend([row] if answered else [])
    accepting, sending = twin(world), twin(world)
    together(
        lambda: answered.append(take_offer(accepting, person, "offer:MAILLE15").withdrawn),
        lambda: dispatch_once(sending, vendor),
    )
    return late


def test_loses_no_wait_when_events_and_decisions_cross(world: World) -> None:
    people = [world.person() for _ in range(5)]
    first, second = twin(world), twin(world)

    def shop_on() -> None:
        for person in people:
            world.adds(person, "coat-navy-M")
            run_triggers(first, first.now)

    together(shop_on, lambda: [decide_due(second, second.now + timedelta(seconds=20)) for _ in range(5)])
    world.later(20)
    decide_due(world, world.now)
    with world.store.read() as connection:
        left = connection.scalar(sa.select(sa.func.count()).select_from(waits).where(waits.c.state == "waiting"))
    assert left == 0
    assert len(world.decided()) == 5
