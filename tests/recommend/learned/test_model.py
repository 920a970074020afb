"""What is learned from baskets: from the past alone, kept in a file, and told anew with each purchase."""

from dataclasses import replace

import numpy as np
import pytest

from bot.errors import FixConfiguration
from bot.recommend.learned.history import Past
from bot.recommend.learned.model import learn, one_customer, read_learned, write_learned
from bot.recommend.learned.ranker import rank_all
from tests.recommend.learned.conftest import DAY, PLAN


def rank(learned, baskets, day=DAY):
    past = Past(baskets, np.full(baskets.customers, day))
    found = list(rank_all(learned.ranker, learned.crowd, past, np.arange(baskets.customers)))
    return found[0]


def test_learns_nothing_where_too_few_came_back(read):
    baskets, names = read
    with pytest.raises(FixConfiguration, match="at least 100 times"):
        learn(baskets.take(baskets.customer < 5), names.items, DAY, PLAN)


def test_nothing_bought_after_the_day_changes_what_is_learned_or_told(read):
    baskets, names = read
    day = DAY - 21
    later = baskets.day >= day
    other = replace(baskets, item=np.where(later, (baskets.item + 7) % baskets.items, baskets.item))
    with_it, without = (learn(each, names.items, day, PLAN) for each in (other, baskets.take(~later)))
    for attribute in ("every", "new"):
        theirs = [getattr(rank(each, baskets.before(day), day), attribute) for each in (with_it, without)]
        np.testing.assert_array_equal(*theirs)


def test_puts_favourites_first(learned, read):
    baskets, _ = read
    ranked = rank(learned, baskets)
    best = [ranked.pairs.item[rows[np.argmax(ranked.every[rows])]]
            for rows in (np.flatnonzero(ranked.pairs.customer == each) for each in range(50))]
    times = Past(baskets, np.full(baskets.customers, DAY)).matrix(Past(baskets, np.zeros(baskets.customers)).times)
    assert np.mean(times.toarray()[np.arange(50), best]) >= 5


def test_lists_nothing_as_new_that_was_bought(learned, read):
    ranked = rank(learned, read[0])
    assert (ranked.new[ranked.pairs.is_own] == -np.inf).all()
    assert np.isfinite(ranked.new[~ranked.pairs.is_own]).all()


def test_tells_one_customer_what_it_tells_the_same_among_all(learned, read):
    baskets, _ = read
    ranked, alone = rank(learned, baskets), learned.rank_one(baskets.only_customer(3), DAY)
    mine = ranked.pairs.customer == 3
    np.testing.assert_array_equal(ranked.pairs.item[mine], alone.pairs.item)
    np.testing.assert_allclose(ranked.every[mine], alone.every)


def test_a_purchase_counts_at_once(learned):
    before = learned.rank_one(one_customer([(12, 0, DAY - 9, 0)], learned.crowd), DAY)
    after = learned.rank_one(one_customer([(12, 0, DAY - 9, 0), (31, 1, DAY - 1, 0)], learned.crowd), DAY)
    assert not before.pairs.is_own[before.pairs.item == 31].any()
    assert after.pairs.is_own[after.pairs.item == 31].all()


def test_a_file_gives_back_what_was_learned(learned, read, tmp_path):
    write_learned(tmp_path / "deep" / "it.npz", learned)
    again = read_learned(tmp_path / "deep" / "it.npz")
    np.testing.assert_array_equal(rank(again, read[0]).every, rank(learned, read[0]).every)
    assert again.items == learned.items


@pytest.mark.parametrize("content", [b"", b"not a file of ours"])
def test_another_file_is_told_from_ours(tmp_path, content):
    (tmp_path / "it.npz").write_bytes(content)
    with pytest.raises(FixConfiguration, match="train-recommender"):
        read_learned(tmp_path / "it.npz")
