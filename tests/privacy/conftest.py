"""Services whose clock tests move."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from bot.bootstrap import Services, open_services
from bot.settings import Settings
from tests.databases import Databases


@dataclass
class Clock:
    """A moment that stands until a test moves it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **length: float) -> None:
        self.now += timedelta(**length)


@pytest.fixture
def settings(settings: Settings, databases: Databases) -> Iterator[Settings]:
    """Rasa's trackers are where the run's store is: a file, or a database of the PostgreSQL server."""
    with databases.empty("trackers") as url:
        yield replace(settings, tracker_database_url=url)


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def services(settings: Settings, clock: Clock) -> Iterator[Services]:
    opened = open_services(settings, clock=clock)
    yield opened
    opened.close()
