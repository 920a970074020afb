"""The world of one test."""

from datetime import datetime

import pytest

from bot.profile.store.engine import Store
from tests.nudges.world import World


@pytest.fixture
def world(store: Store, now: datetime) -> World:
    return World(store, now)
