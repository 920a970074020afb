"""A small run of what a whole suggestion costs."""

from dataclasses import replace

from benchmarks.recommend import make_baskets
from benchmarks.recommend_whole import measure_whole
from bot.recommend.learned.model import learn
from tests.recommend.learned.conftest import PLAN


def test_times_whole_suggestions_to_people_with_a_past() -> None:
    baskets = make_baskets(60, 300, seed=1)
    learned = learn(baskets, tuple(map(str, range(300))), 210.0, replace(PLAN, cuts=3))
    costs = measure_whole(learned, baskets, 300, 10)
    assert len(costs) == 10 and min(costs) > 0
