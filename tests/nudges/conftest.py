"""The world of one test."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from bot.profile.store.engine import Store
from tests.nudges.world import World


@pytest.fixture
def world(store: Store, now: datetime) -> Iterator[World]:
    made = World(store, now)
    yield made
    for other in made.opened:
        other.close()
