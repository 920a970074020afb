"""Baskets -> the rankers, learned from what was bought after past days.

A cut is a day in the past: candidates are described by what came before it alone, and judged by the basket after it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import FixConfiguration
from bot.recommend.learned.baskets import Baskets
from bot.recommend.learned.crowd import Crowd, learn_crowd
from bot.recommend.learned.features import Describer, to_table
from bot.recommend.learned.history import Past
from bot.recommend.learned.ranker import Ranker, Table, describe_sessions, in_list
from bot.recommend.learned.session import halve_baskets
from bot.recommend.learned.sources import Pairs, Served, find_pairs
from bot.recommend.types import Mask, Rows

if TYPE_CHECKING:
    import lightgbm as lgb

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
    session_cuts: int = 2  # of those, that teach how a basket goes on
    session_rounds: int = 80
    every: Mapping[str, Any] = field(default_factory=lambda: dict(_EVERY))
    new: Mapping[str, Any] = field(default_factory=lambda: dict(_NEW))


@dataclass(frozen=True)
class Lesson:
    """What one cut teaches: candidates described, whether each was bought, and how many each customer has."""

    table: Table
    bought: NDArray[np.int8]
    sizes: Rows


@dataclass(frozen=True)
class Lessons:
    """What the cuts taught so far, for each booster, and the names of its columns."""

    every: list[Lesson] = field(default_factory=list)
    new: list[Lesson] = field(default_factory=list)
    session: list[Lesson] = field(default_factory=list)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)


def train_ranker(
    baskets: Baskets, day: float, plan: Plan | None = None, say: Callable[[str], None] = lambda _: None
) -> Ranker:
    """Learn from the cuts before a day; nothing from that day on is looked at.

    Raises FixConfiguration where too few customers came back to learn from.
    """
    plan = plan or Plan()
    known, lessons = baskets.before(day), Lessons()
    for number in range(1, plan.cuts + 1):
        say(f"looking back {number * plan.step_days} days")
        learn_cut(known, day - number * plan.step_days, lessons, with_sessions=number <= plan.session_cuts)
    return Ranker(
        _boost(lessons.every, lessons.names.get("all", ()), plan.every, plan.every_rounds),
        _boost(lessons.new, lessons.names.get("all", ()), plan.new, plan.new_rounds),
        _boost(lessons.session, lessons.names["session"], plan.every, plan.session_rounds)
        if sum(len(each.sizes) for each in lessons.session) >= MIN_LISTS else None,
    )


def learn_cut(known: Baskets, cut: float, lessons: Lessons, *, with_sessions: bool = False) -> None:
    """Add what one cut teaches; nothing where nobody was known then."""
    past = Past(known.before(cut), np.full(known.customers, cut))
    later = known.take(known.day >= cut)
    first = later.first_baskets()
    customers = np.flatnonzero((past.baskets_count >= MIN_BASKETS) & (first >= 0))
    if not len(customers):
        return
    served, crowd = Served.of(past), learn_crowd(known, cut)
    describer, asked = Describer.of(served, crowd), later.take(later.basket == first[later.customer])
    bought = _keys(asked)
    for pairs in find_pairs(served, crowd, customers):
        columns = describer.describe(pairs)
        table, lessons.names["all"] = to_table(columns), tuple(columns)
        lessons.every.append(_judge(pairs, table, bought, in_list(columns)))
        lessons.new.append(_judge(pairs, table, bought, ~pairs.is_own))
    if with_sessions:
        _learn_sessions(describer, crowd, asked.take(np.isin(asked.customer, customers)), int(cut), lessons)


def _learn_sessions(describer: Describer, crowd: Crowd, asked: Baskets, seed: int, lessons: Lessons) -> None:
    sessions, left = halve_baskets(asked, seed)
    bought, customers = _keys(left), np.array(sorted(sessions), dtype=np.int64)
    for pairs in find_pairs(describer.served, crowd, customers, sessions):
        table, listed, lessons.names["session"] = describe_sessions(describer, pairs, crowd, sessions)
        lessons.session.append(_judge(pairs, table, bought, listed))


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


def _boost(lessons: Sequence[Lesson], names: Sequence[str], settings: Mapping[str, Any], rounds: int) -> "lgb.Booster":
    import lightgbm as lgb  # see `model._read_booster`

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
