"""Baskets of eighty made-up customers, and what was learned of them: learned once, read by every test."""

from datetime import timedelta

import pytest

from bot.recommend.learned.baskets import Baskets, Names, read_baskets
from bot.recommend.learned.model import Learned, learn
from bot.recommend.learned.training import Plan
from tests.recommend.learned.shoppers import START, WEEKS, make_lines

PLAN = Plan(cuts=2, every_rounds=8, new_rounds=4)
DAY = (START + timedelta(weeks=WEEKS)).timestamp() / 86_400


@pytest.fixture(scope="package")
def read() -> tuple[Baskets, Names]:
    return read_baskets(make_lines())


@pytest.fixture(scope="package")
def learned(read: tuple[Baskets, Names]) -> Learned:
    baskets, names = read
    return learn(baskets, names.items, DAY, PLAN)
