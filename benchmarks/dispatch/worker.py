"""One worker that sends until nothing is on its way: `dispatch_once` as the worker's loop calls it."""

import json
import os
import sys
import time
from contextlib import closing

from benchmarks.dispatch.world import open_world
from bot.channels.deliver import open_senders
from bot.channels.outbox import is_anything_on_its_way
from bot.logs import set_up_logs
from bot.nudges.dispatch import dispatch_once
from bot.settings import Settings

_WAIT_SECONDS = 0.005


def main() -> None:
    """Wait for the word, send, tell."""
    settings = Settings.from_env(os.environ)
    set_up_logs("info")
    services = open_world(settings, float(os.environ["BENCH_SHIFT_SECONDS"]))
    with closing(services), closing(open_senders(settings)) as senders:
        services.recommender.catalogue(services.clock())
        print("ready", flush=True)
        sys.stdin.readline()
        began, handled = time.process_time(), 0
        while True:
            done = dispatch_once(services, senders, kinds=("nudge",))
            handled += done
            if not done:
                with services.store.read() as connection:
                    if not is_anything_on_its_way(connection):
                        break
                time.sleep(_WAIT_SECONDS)
    print(json.dumps({"handled": handled, "cpu_seconds": time.process_time() - began}))


if __name__ == "__main__":
    main()
