"""Promise 4: a dispatcher killed between `sending` and the vendor's answer. Nothing is sent twice, nothing is lost."""

import subprocess
import sys
from pathlib import Path

from bot.channels.outbox import enqueue, list_rows
from bot.contracts.messages import OutboundMessage
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
