"""Services whose clock tests move."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bot.bootstrap import Services, open_services
from bot.settings import Settings


@dataclass
class Clock:
    """A moment that stands until a test moves it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **length: float) -> None:
        self.now += timedelta(**length)


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def services(settings: Settings, clock: Clock) -> Iterator[Services]:
    opened = open_services(settings, clock=clock)
    yield opened
    opened.close()
