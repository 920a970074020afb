"""What is in the basket changes how it goes on; what is in it is not said again."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from bot.recommend.learned.baskets import read_baskets
from bot.recommend.learned.model import Learned, learn, one_customer, read_learned, write_learned
from bot.recommend.learned.session import halve_baskets
from bot.recommend.learned.training import Plan
from tests.recommend.learned.conftest import DAY
from tests.recommend.learned.shoppers import START


@pytest.fixture
def lines(learned):
    """Somebody who bought of the third family, twice."""
    return one_customer([(22, 0, DAY - 9, 0), (24, 0, DAY - 9, 0), (23, 1, DAY - 2, 0)], learned.crowd)


def best(ranked, most=8):
    order = np.argsort(-ranked.every, kind="stable")[:most]
    return [int(ranked.pairs.item[row]) for row in order if ranked.every[row] > -np.inf]


def test_a_half_is_told_and_the_other_asked_for(read):
    baskets = read[0]
    newest = baskets.take(baskets.basket == baskets.last_baskets()[baskets.customer])
    told, left = halve_baskets(newest, 1)
    for customer, items in told.items():
        whole = newest.item[newest.customer == customer]
        others = left.item[left.customer == customer]
        assert sorted([*items, *others]) == sorted(whole)
        assert len(items) == len(whole) // 2


@pytest.fixture(scope="module")
def of_moods() -> Learned:
    """Learned of customers who love two families, and on each visit buy of one of them, whichever it is that day."""
    rng = np.random.default_rng(1)
    rows = []
    for customer in range(120):
        families = rng.choice(6, 2, replace=False)
        favourites = [rng.choice(np.arange(family * 10, family * 10 + 10), 6, replace=False) for family in families]
        for week in range(16):
            at = START + timedelta(days=7 * week)
            chosen = np.unique([*rng.choice(favourites[int(rng.integers(2))], 4, replace=False), rng.integers(60)])
            rows += [(f"c{customer:03}", f"b{customer:03}-{week:02}", at, f"i{item:02}") for item in chosen]
    table = pl.DataFrame(rows, schema=["customer_id", "basket_id", "time", "item_id"], orient="row")
    baskets, names = read_baskets(table.with_columns(item_type=pl.col("item_id").str.slice(1, 1)))
    return learn(baskets, names.items, DAY, Plan(cuts=2, step_days=28, every_rounds=8, new_rounds=4, session_rounds=30))


@pytest.mark.parametrize("mood", [0, 30])
def test_goes_on_in_the_mood_that_the_basket_shows(of_moods, mood):
    favourites = (1, 2, 3, 4, 31, 32, 33, 34)
    past = [(item, number, DAY - 30 + 7 * number, 0) for number in range(4) for item in favourites]
    ranked = of_moods.rank_one(one_customer(past, of_moods.crowd), DAY, session={mood + 1, mood + 2})
    assert {mood + 3, mood + 4} <= set(best(ranked, 4))


def test_never_says_what_is_in_the_basket(learned, lines):
    ranked = learned.rank_one(lines, DAY, session={22, 41})
    assert not {22, 41} & set(best(ranked, 999))
    assert {*ranked.pairs.item[ranked.new > -np.inf].tolist()}.isdisjoint({22, 23, 24, 41})


def test_without_baskets_to_learn_from_goes_by_the_other_rankings(learned, lines, tmp_path):
    unlearned = replace(learned, ranker=replace(learned.ranker, session=None))
    write_learned(tmp_path / "it.npz", unlearned)
    for each in (unlearned, read_learned(tmp_path / "it.npz")):
        found = best(each.rank_one(lines, DAY, session={22, 41}), 999)
        assert found == [item for item in best(learned.rank_one(lines, DAY), 999) if item not in {22, 41}]


def test_a_file_keeps_whether_it_was_learned(learned, lines, tmp_path):
    write_learned(tmp_path / "it.npz", learned)
    again = read_learned(tmp_path / "it.npz")
    assert best(again.rank_one(lines, DAY, session={41})) == best(learned.rank_one(lines, DAY, session={41}))
