"""What a launch decides ahead of its transaction counts only where nobody else has written since."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import sqlalchemy as sa

from bot.nudges.campaign import launch_campaign
from bot.nudges.launching import Planner
from bot.profile.store.engine import Store, look_at_others
from bot.profile.store.tables import consents, decisions, outbox
from tests.nudges.crowds import fill, make_campaign
from tests.nudges.world import STRICT, World

NAME = "winter_offers"
AT_ONCE = 25


@pytest.fixture
def shop(fresh_url: Callable[[str], str], now: Any) -> Iterator[World]:
    """Some persons whose blocks a first launch has made, and who heard nothing."""
    world = World(Store(fresh_url("store"), (b"k" * 32,)), now)
    world.promote()
    campaign = make_campaign(next(each for each in world.triggers if each.name == NAME), 0.0)
    world.triggers = (replace(campaign, steps=campaign.steps[:1], cooldown_seconds=0.0),)
    world.guardrails = replace(STRICT, caps={})
    fill(world, np.random.default_rng(4), 50)
    with world.store.write() as connection:
        connection.execute(sa.update(consents).values(state="granted"))
    launch_campaign(world, NAME, now, at_once=AT_ONCE)
    with world.store.write() as connection:
        connection.execute(sa.delete(outbox))
        connection.execute(sa.delete(decisions))
    yield world
    world.store.close()


def _withdraw_everything(world: World) -> None:
    """By another connection."""
    elsewhere = Store(world.store.engine.url.render_as_string(hide_password=False), (b"k" * 32,))
    with elsewhere.write() as connection:
        connection.execute(sa.update(consents).values(state="withdrawn"))
    elsewhere.close()


def test_says_nothing_to_whom_took_consent_back_while_the_stretch_before_was_written(shop: World) -> None:
    would = launch_campaign(shop, NAME, shop.now, is_dry=True).planned.total()
    seen: list[int] = []
    is_guessed, guess = Event(), Planner._guess

    def say(*given: Any) -> Any:
        part = guess(*given)
        is_guessed.set()
        return part

    def withdraw(_people: int) -> None:
        if not seen and shop.store.is_sqlite:
            assert is_guessed.wait(10)
        if not seen:
            _withdraw_everything(shop)
        seen.append(len(shop.rows()))

    with patch.object(Planner, "_guess", say):
        launch_campaign(shop, NAME, shop.now, at_once=AT_ONCE, progress=withdraw)
    assert len(seen) > 2 and seen[0] > 0
    assert set(seen) == {seen[0]} and would > seen[0]  # nothing after the first stretch


def test_decides_once_where_nobody_else_writes(shop: World) -> None:
    decide = Planner._decide
    with patch.object(Planner, "_decide", autospec=True, side_effect=decide) as inside:
        launch_campaign(shop, NAME, shop.now, at_once=AT_ONCE)
    assert shop.rows()
    assert inside.call_count == (1 if shop.store.is_sqlite else len(inside.mock_calls))


def test_a_connection_learns_that_another_wrote(shop: World) -> None:
    if not shop.store.is_sqlite:
        pytest.skip("PostgreSQL does not tell")
    on = shop.store.connect()
    looks = []
    for others_write in (False, False, True):
        if others_write:
            _withdraw_everything(shop)
        with shop.store.write(on) as connection:
            connection.execute(sa.update(consents).values(wording="mine"))
            looks.append(look_at_others(connection))
    on.close()
    assert looks[0] == looks[1] != looks[2]
