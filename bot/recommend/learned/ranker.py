"""Baskets -> two rankers, of everything and of what is new to a customer, learned from what was bought after past days.

A cut is a day in the past: candidates are described by what came before it alone, and judged by the basket after it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from bot.errors import FixConfiguration
from bot.recommend.learned.baskets import Baskets
from bot.recommend.learned.crowd import Crowd, learn_crowd
from bot.recommend.learned.features import Describer, rank_within, to_table
from bot.recommend.learned.history import Past
from bot.recommend.learned.sources import Pairs, Served, find_pairs
from bot.recommend.types import Floats, Mask, Rows

Table = NDArray[np.float32]
MOST_RANKED = 70  # by the own past with what is alike, or with the regression: what is in neither is never first
FIT_COUNTS = 0.6  # beside the trees, among new things
MIN_BASKETS = 3
MIN_LISTS = 100  # of customers and cuts: below, there is nothing to learn a ranking from
_SHARED: Mapping[str, Any] = {
    "bagging_by_query": True, "bagging_fraction": 0.7, "bagging_freq": 1, "deterministic": True, "force_row_wise": True,
    "lambda_l2": 10.0, "max_bin": 63, "min_data_in_leaf": 100, "num_threads": 1, "seed": 1, "verbose": -1,
}
_EVERY: Mapping[str, Any] = {
    "objective": "lambdarank", "lambdarank_truncation_level": 20, "learning_rate": 0.08, "num_leaves": 31,
    "feature_fraction": 0.5,
}
_NEW: Mapping[str, Any] = {
    "objective": "lambdarank", "lambdarank_truncation_level": 20, "learning_rate": 0.04, "num_leaves": 15,
    "feature_fraction": 0.3,
}


@dataclass(frozen=True)
class Plan:
    """How much is learned from, and how finely."""

    cuts: int = 10
    step_days: int = 7  # the same weekday each time, as baskets differ by it
    every_rounds: int = 160
    new_rounds: int = 120
    every: Mapping[str, Any] = field(default_factory=lambda: dict(_EVERY))
    new: Mapping[str, Any] = field(default_factory=lambda: dict(_NEW))


@dataclass(frozen=True)
class Ranker:
    """Two boosters over the same columns."""

    every: lgb.Booster
    new: lgb.Booster


@dataclass(frozen=True)
class Ranked:
    """Candidates of some customers with both scores, the higher the better; -inf where a list leaves one out."""

    pairs: Pairs
    every: Floats
    new: Floats


@dataclass(frozen=True)
class Lesson:
    """What one cut teaches: candidates described, whether each was bought, and how many each customer has."""

    table: Table
    bought: NDArray[np.int8]
    sizes: Rows


def rank_all(ranker: Ranker, crowd: Crowd, past: Past, customers: Rows) -> Iterator[Ranked]:
    """Both lists of each customer, some customers at a time."""
    served = Served.of(past)
    describer = Describer.of(served, crowd)
    for pairs in find_pairs(served, crowd, customers):
        columns = describer.describe(pairs)
        table, listed = to_table(columns), in_list(columns)
        new = _with_regression(_score(ranker.new, table, ~pairs.is_own), pairs)
        yield Ranked(pairs, _score(ranker.every, table, listed), new)


def in_list(columns: Mapping[str, Floats]) -> Mask:
    """The candidates that the ranking of everything looks at."""
    mask: Mask = (columns["rank_mixed"] < MOST_RANKED) | (columns["rank_mixed_fit"] < MOST_RANKED)
    return mask


def _with_regression(score: Floats, pairs: Pairs) -> Floats:
    """The places by a score and by the regression, mixed: trees see few new things bought, the regression all."""
    fit = np.where(pairs.is_own, -np.inf, pairs.scores["fit"])
    mixed = _by_place(pairs, score) + FIT_COUNTS * _by_place(pairs, fit)
    return np.where(pairs.is_own, -np.inf, mixed)


def _by_place(pairs: Pairs, score: Floats) -> Floats:
    place: Floats = -np.log2(rank_within(pairs, score) + 3)
    return place


def _score(booster: lgb.Booster, table: Table, chosen: Mask) -> Floats:
    score = np.full(len(table), -np.inf)
    if chosen.any():
        score[chosen] = np.asarray(booster.predict(table[chosen], num_threads=1))
    return score


def train_ranker(
    baskets: Baskets, day: float, plan: Plan | None = None, say: Callable[[str], None] = lambda _: None
) -> Ranker:
    """Learn from the cuts before a day; nothing from that day on is looked at.

    Raises FixConfiguration where too few customers came back to learn from.
    """
    plan = plan or Plan()
    known = baskets.before(day)
    every: list[Lesson] = []
    new: list[Lesson] = []
    names: tuple[str, ...] = ()
    for number in range(1, plan.cuts + 1):
        say(f"looking back {number * plan.step_days} days")
        names = learn_cut(known, day - number * plan.step_days, every, new) or names
    return Ranker(
        _boost(every, names, plan.every, plan.every_rounds), _boost(new, names, plan.new, plan.new_rounds)
    )


def learn_cut(known: Baskets, cut: float, every: list[Lesson], new: list[Lesson]) -> tuple[str, ...]:
    """Add what one cut teaches to both heaps of lessons; the columns' names, () where nobody was known then."""
    past = Past(known.before(cut), np.full(known.customers, cut))
    later = known.take(known.day >= cut)
    first = later.first_baskets()
    customers = np.flatnonzero((past.baskets_count >= MIN_BASKETS) & (first >= 0))
    if not len(customers):
        return ()
    served = Served.of(past)
    crowd = learn_crowd(known, cut)
    describer = Describer.of(served, crowd)
    bought = _keys(later.take(later.basket == first[later.customer]))
    names: tuple[str, ...] = ()
    for pairs in find_pairs(served, crowd, customers):
        columns = describer.describe(pairs)
        table, names = to_table(columns), tuple(columns)
        every.append(_judge(pairs, table, bought, in_list(columns)))
        new.append(_judge(pairs, table, bought, ~pairs.is_own))
    return names


def _keys(lines: Baskets) -> Rows:
    return np.unique(lines.customer * lines.items + lines.item)


def _judge(pairs: Pairs, table: Table, bought: Rows, chosen: Mask) -> Lesson:
    """The lists in which something was bought: the others say nothing of what should come first."""
    items = int(pairs.items)
    is_bought = np.isin(pairs.customer * items + pairs.item, bought)
    hits = np.bincount(pairs.customer[chosen], weights=is_bought[chosen], minlength=int(pairs.customer.max()) + 1)
    kept = chosen & (hits[pairs.customer] > 0)
    sizes = np.unique(pairs.customer[kept], return_counts=True)[1]
    return Lesson(table[kept], is_bought[kept].astype(np.int8), sizes)


def _boost(lessons: Sequence[Lesson], names: Sequence[str], settings: Mapping[str, Any], rounds: int) -> lgb.Booster:
    sizes = np.concatenate([each.sizes for each in lessons]) if lessons else np.zeros(0, dtype=np.int64)
    if len(sizes) < MIN_LISTS:
        raise FixConfiguration(
            f"a ranking is learned from at least {MIN_LISTS} times that somebody came back; there are {len(sizes)}"
        )
    chosen = {**_SHARED, **settings}
    data = lgb.Dataset(
        np.concatenate([each.table for each in lessons]), np.concatenate([each.bought for each in lessons]),
        group=sizes, feature_name=list(names), params=chosen,
    )
    return lgb.train(chosen, data, rounds)
