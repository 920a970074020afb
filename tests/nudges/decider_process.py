"""A worker that a test kills: it decides what is due, again and again, and tells after each pass."""

import sys
from datetime import datetime

import numpy as np

from bot.decision.waits import run_triggers
from bot.nudges.schedule import decide_due
from bot.profile.store.engine import Store
from tests.nudges.world import World


def main() -> None:
    """Decide in small passes against the database of the test, at its moment."""
    url, moment = sys.argv[1:]
    world = World(Store(url), datetime.fromisoformat(moment))
    while True:
        run_triggers(world, world.now)
        decide_due(world, world.now, np.random.default_rng(1), limit=3)
        print("pass", flush=True)


if __name__ == "__main__":
    main()
