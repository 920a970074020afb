"""A site-like process for the crash test: the collector alone, served by granian."""

import os
import sys
from datetime import UTC, datetime

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from bot.intake.collector import build_collector
from bot.profile.store.engine import Store
from bot.settings import Settings


class CollectorOnly:
    """The services that the collector needs."""

    settings = Settings(write_key="page-key-0123456789", holdout_salt="salt" * 4)

    def __init__(self, url: str) -> None:
        self.store = Store(url)

    def clock(self) -> datetime:
        """The moment."""
        return datetime.now(UTC)


if __name__ == "__main__":
    services = CollectorOnly(os.environ["COLLECTOR_DATABASE_URL"])
    app = build_collector(services, calls_a_minute=10_000_000)
    server = Server(app, port=int(sys.argv[1]), interface=Interfaces.ASGINL)
    uvloop.run(server.serve())
