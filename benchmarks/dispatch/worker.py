"""One worker that sends until nothing is on its way: `dispatch_once` in as many threads as the worker has."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from benchmarks.dispatch.world import count_states, open_world
from bot.bootstrap import Services
from bot.channels.deliver import Senders, open_senders
from bot.garbage import freeze_what_stays
from bot.logs import set_up_logs
from bot.nudges.dispatch import dispatch_once
from bot.settings import Settings
from bot.worker import NUDGE_LOOPS, Loop

_WAIT_SECONDS = 0.05


def main() -> None:
    """Wait for the word, send, tell."""
    settings = Settings.from_env(os.environ)
    set_up_logs("info")
    services = open_world(settings, float(os.environ["BENCH_SHIFT_SECONDS"]))
    with closing(services), closing(open_senders(settings)) as senders:
        services.recommender.catalogue(services.clock())
        freeze_what_stays()
        print("ready", flush=True)
        sys.stdin.readline()
        began = time.process_time()
        with ThreadPoolExecutor(NUDGE_LOOPS) as pool:
            handled = sum(pool.map(lambda _: send_all(services, senders), range(NUDGE_LOOPS)))
    print(json.dumps({"handled": handled, "cpu_seconds": time.process_time() - began}))


def send_all(services: Services, senders: Senders) -> int:
    """Until nothing is on its way; how many rows were handled."""
    loop, handled = Loop("nudges", lambda: dispatch_once(services, senders, kinds=("nudge",))), 0
    while True:
        done = loop.attempt()  # SQLite's one writer keeps the eighth thread waiting for longer than it bears
        handled += done or 0
        if not done:
            if not {"pending", "sending"} & count_states(services.store).keys():
                return handled
            time.sleep(_WAIT_SECONDS)


if __name__ == "__main__":
    main()
