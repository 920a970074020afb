"""A dispatcher that a test kills: it tells when the vendor was called, and then the vendor never answers."""

import sys
import time
from datetime import datetime

from bot.channels.calls import OneByOne
from bot.channels.outbox import OutboxRow
from bot.nudges.dispatch import dispatch_once
from bot.profile.store.engine import Store
from tests.nudges.world import World


class SilentVendor(OneByOne):
    """Takes the call and does not answer."""

    def send(self, row: OutboxRow) -> str:
        """Tell the test, then hang."""
        print(row.outbox_id, flush=True)
        time.sleep(60)
        return "never"


def main() -> None:
    """Dispatch once against the database of the test, at its moment."""
    url, moment = sys.argv[1:]
    world = World(Store(url), datetime.fromisoformat(moment))
    dispatch_once(world, SilentVendor())


if __name__ == "__main__":
    main()
