"""The stand-in for every vendor: it writes down what it is asked to send, then answers, or does not, or we die.

The journal is a file that each worker appends whole lines to, so that what a killed worker handed over is there. It
holds what a vendor sees and no more: channel, address, text, and the number that we send along.
"""

import json
import os
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from benchmarks.simulate.shop import Clock
from benchmarks.simulate.world import Call
from bot.channels.base import Result
from bot.channels.calls import try_to_send
from bot.channels.outbox import OutboxRow
from bot.errors import NotAllowed, RateLimited, Unavailable, UnknownFate

# What comes of a call, of each thousand. Of `lost` and `killed_before` the customer hears nothing.
FATES = (("silent", 4), ("lost", 4), ("busy", 10), ("down", 10), ("killed", 2), ("killed_before", 2))
AT_ONCE = 4


@dataclass
class Vendor:
    """Fits `bot.nudges.dispatch.Sender`. `is_calm`: it takes everything at once."""

    journal: Path
    clock: Clock
    seed: int
    round: int = 0
    is_calm: bool = False

    def at_once(self, channel: str) -> int:
        """So many calls beside each other, that a kill finds some made and some not."""
        return AT_ONCE

    def in_order(self) -> frozenset[str]:
        """No channel."""
        return frozenset()

    def send_all(self, rows: Sequence[OutboxRow]) -> list[Result]:
        """Each row's id, or what a channel's sender raises; all in the same moment, and one wait for who is silent."""
        results = [try_to_send(self._send, row) for row in rows]
        if any(isinstance(each, UnknownFate) for each in results):
            self.clock.pass_by(30)
        return results

    def _send(self, row: OutboxRow) -> str:
        fate = self._fate(row)
        call = Call(
            self.round, self.clock(), time.monotonic_ns(), row.outbox_id, row.channel, row.address, row.payload.text,
            row.payload.template.name if row.payload.template else "", fate,
        )
        with self.journal.open("ab", buffering=0) as file:
            file.write(dump_call(call))
        if fate.startswith("killed"):
            die()
        if fate in ("silent", "lost"):
            raise UnknownFate("no answer came")
        if fate == "busy":
            raise RateLimited(retry_after_seconds=20)
        if fate == "down":
            raise Unavailable("the vendor is away")
        if fate == "refused":
            raise NotAllowed("no_such_address" if row.channel == "email" else "no_such_number")
        return f"vendor-{row.outbox_id}"

    def _fate(self, row: OutboxRow) -> str:
        if is_dead(row.address):
            return "refused"
        if self.is_calm:
            return "taken"
        text = f"{self.seed}:{row.idempotency_key}:{row.attempts}"
        draw = random.Random(blake2b(text.encode(), digest_size=8).digest()).randrange(1000)
        for fate, share in FATES:
            if draw < share:
                return fate
            draw -= share
        return "taken"


def is_dead(address: str) -> bool:
    """Whether nobody is there: some addresses of the plan are made so."""
    return address.startswith(("gone-", "+33799"))


def die() -> None:
    """As the power goes."""
    os.kill(os.getpid(), signal.SIGKILL)


def dump_call(call: Call) -> bytes:
    """A line of the journal."""
    return (json.dumps({**asdict(call), "at": call.at.isoformat()}) + "\n").encode()


def read_calls(journal: Path, offset: int) -> tuple[list[Call], int]:
    """The calls behind an offset, and the offset behind them."""
    if not journal.exists():
        return [], offset
    with journal.open("rb") as file:
        file.seek(offset)
        text = file.read()
    rows = [json.loads(line) for line in text.splitlines()]
    return [Call(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in rows], offset + len(text)
