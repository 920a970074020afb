"""Our rankers, trained and asked as in service, in the shape that peers are measured in."""

import time
from dataclasses import dataclass

import numpy as np

from benchmarks.recommender.data import Split
from benchmarks.recommender.metrics import DEPTH, Lists
from bot.recommend.learned.history import Past
from bot.recommend.learned.model import Learned, learn
from bot.recommend.learned.ranker import Ranked, rank_all
from bot.recommend.types import Floats, Rows

_TIMED = 200  # customers who are served alone, to see what one costs


@dataclass(frozen=True)
class Outcome:
    """Our lists, and what they cost: processor seconds to learn, processor milliseconds for a customer alone."""

    lists: Lists
    fit_seconds: float
    ms_per_customer: float


def run_ours(split: Split) -> Outcome:
    """Learn from what is known, then rank for everybody."""
    began = time.process_time()
    learned = learn(split.known, tuple(map(str, range(split.known.items))), split.day)
    fit_seconds = time.process_time() - began
    past = Past(split.known, split.as_of)
    found = [to_lists(each) for each in rank_all(learned.ranker, learned.crowd, past, split.customers)]
    lists = Lists(np.concatenate([each.every for each in found]), np.concatenate([each.new for each in found]))
    return Outcome(lists, fit_seconds, time_alone(learned, split))


def to_lists(ranked: Ranked) -> Lists:
    """The best items of each customer, in the order of customers."""
    return Lists(_best(ranked, ranked.every), _best(ranked, ranked.new))


def _best(ranked: Ranked, score: Floats) -> Rows:
    customer, item = ranked.pairs.customer, ranked.pairs.item
    customers, row = np.unique(customer, return_inverse=True)
    order = np.lexsort((item, -score, customer))
    place = np.arange(len(order)) - np.searchsorted(row, row[order])
    listed = (place < DEPTH) & (score[order] > -np.inf)
    lists = np.full((len(customers), DEPTH), -1, dtype=np.int64)
    lists[row[order[listed]], place[listed]] = item[order[listed]]
    return lists


def time_alone(learned: Learned, split: Split) -> float:
    """The median of processor milliseconds from a customer's lines to both lists."""
    some = np.random.default_rng(1).permutation(split.customers)[:_TIMED]
    taken = []
    for customer in some:
        lines = split.known.only_customer(int(customer))
        began = time.process_time()
        learned.rank_one(lines, float(split.as_of[customer]))
        taken.append(1000 * (time.process_time() - began))
    return float(np.median(taken))
