"""Promise 4: a dispatcher killed between `sending` and the vendor's answer. Nothing is sent twice, nothing is lost."""

import subprocess
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from bot.channels.outbox import enqueue, list_rows
from bot.contracts.messages import OutboundMessage
from bot.profile.store.tables import outbox, waits
from tests.nudges.test_occasions import put_in_segment
from tests.nudges.world import World

ROOT = Path(__file__).parents[2]


def test_keeps_as_unknown_what_a_killed_dispatcher_was_sending_and_sends_the_rest(world: World) -> None:
    with world.store.write() as connection:
        for number in range(3):
            enqueue(
                connection, idempotency_key=f"reply:{number}", kind="reply", customer_id="", sender_id=f"s{number}",
                channel="web", address="a", purpose="service", payload=OutboundMessage(f"{number}"), now=world.now,
            )
    url = world.store.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.nudges.dispatcher_process", url, world.now.isoformat()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        called = next(line for line in process.stdout if line.strip().isdigit()).strip()
        process.kill()
    assert world.states() == [("sending", ""), ("pending", ""), ("pending", "")]

    world.later(61)  # the dead dispatcher's lease is over
    assert world.dispatch() == ["1", "2"]
    world.later(3_600)
    assert world.dispatch() == []
    assert world.states() == [("unknown", "crashed"), ("sent", ""), ("sent", "")]
    with world.store.read() as connection:
        assert [row.outbox_id for row in list_rows(connection, state="unknown")] == [int(called)]


def test_journeys_lose_and_double_nothing_when_their_workers_are_killed_at_random(world: World) -> None:
    people = _who_came_back_after_a_letter(world, 12)
    url = world.store.url.render_as_string(hide_password=False)
    for number in range(6):
        world.later(10)  # what a dead worker had claimed is due again
        command = [sys.executable, "-m", "tests.nudges.decider_process", url, world.now.isoformat()]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.013 * number)  # in the middle of whatever it does next
            process.kill()
    world.later(10)
    for _ in range(3):
        world.decide()
        world.later(10)
    steps = [row.customer_id for row in world.rows() if row.nudge == "win_back:help"]
    assert sorted(steps) == sorted(people)
    assert [each.trigger for each in world.decided()].count("win_back:help") == len(people)


def _who_came_back_after_a_letter(world: World, number: int) -> list[str]:
    """Each was written to, and followed its link a quarter of an hour ago."""
    people = [world.person(email=f"{number}@example.org") for number in range(number)]
    for person in people:
        put_in_segment(world, person, "lapsing_regulars")
        world.happens(person, "Segment Entered", silo="segments", segment="lapsing_regulars")
    world.decide()
    world.dispatch()
    with world.store.read() as connection:
        assert set(connection.scalars(sa.select(outbox.c.state))) == {"sent"}
        assert set(connection.scalars(sa.select(waits.c.state))) == {"following"}
    for person in people:
        world.happens(person, "Email Link Clicked", silo="prevenant")
    world.later(900)
    return people
