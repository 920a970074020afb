"""`make bench ONLY=recommend`: what a customer costs among 50,000 products, on one core: the learned ranking, and all.

Customers and their baskets are made up; the ranking is learned from them and asked for one customer at a time, from the
lines of their orders to both ranked lists. `whole` is a suggestion from the customer's id to six products with their
reasons, of which the ranking is a part: see `benchmarks/recommend_whole.py`. One JSON object on stdout.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.recommend_whole import measure_whole
from bot.recommend.learned.baskets import Baskets
from bot.recommend.learned.model import Learned, learn
from bot.recommend.learned.training import Plan

PRODUCTS = 50_000
CUSTOMERS = 2_500
_WEEKS = 30
_ASKED = 300
_ASKED_WHOLE = 100


@dataclass(frozen=True)
class Cost:
    """Processor milliseconds of each customer that was asked for, and seconds of the learning."""

    milliseconds: list[float]  # of the learned ranking
    whole: list[float]
    fit_seconds: float


def make_baskets(customers: int, products: int, seed: int) -> Baskets:
    """Ten things a week, half of them among forty of one's own, which are drawn as widely as a shop's sales are."""
    rng = np.random.default_rng(seed)
    own = _draw(rng, products, (customers, 40))
    often = np.take_along_axis(own[:, None, :], rng.integers(40, size=(customers, _WEEKS, 5)), axis=2)
    bought = np.concatenate([often, _draw(rng, products, (customers, _WEEKS, 5))], axis=2)
    customer, week = np.meshgrid(np.arange(customers), np.arange(_WEEKS), indexing="ij")
    keys = np.unique(((customer * _WEEKS + week)[:, :, None] * products + bought).ravel())
    basket, item = keys // products, keys % products
    zero = np.zeros(len(keys), dtype=np.int64)
    kind = rng.integers(1, 500, products)
    return Baskets(basket // _WEEKS, basket, item, (basket % _WEEKS) * 7.0, zero, kind, kind % 50, customers, 1)


def _draw(rng: np.random.Generator, products: int, shape: tuple[int, ...]) -> np.ndarray:
    """Items as they sell: the most popular often, each sometimes."""
    return (products ** rng.random(shape)).astype(np.int64) % products


def measure(customers: int, products: int, seed: int) -> Cost:
    """Learn, then ask for customers alone."""
    baskets = make_baskets(customers, products, seed)
    began = time.process_time()
    learned = learn(baskets, tuple(map(str, range(products))), _WEEKS * 7.0, Plan(cuts=3))
    fit_seconds = time.process_time() - began
    ranking = [_time_one(learned, baskets, number) for number in range(min(_ASKED, customers))]
    return Cost(ranking, measure_whole(learned, baskets, products, min(_ASKED_WHOLE, customers)), fit_seconds)


def _time_one(learned: Learned, baskets: Baskets, customer: int) -> float:
    lines = baskets.only_customer(customer)
    began = time.process_time()
    learned.rank_one(lines, _WEEKS * 7.0)
    return 1000 * (time.process_time() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    print(f"{told.customers} made-up customers of {told.products} products …", file=sys.stderr, flush=True)
    cost = measure(told.customers, told.products, told.seed)
    (median, slow), (whole, slow_whole) = (np.quantile(each, [0.5, 0.95]) for each in (cost.milliseconds, cost.whole))
    print(json.dumps({
        f"ms_per_customer_at_{told.products}": round(float(median), 2), "p95_ms": round(float(slow), 2),
        "whole_ms": round(float(whole), 2), "whole_p95_ms": round(float(slow_whole), 2),
        "fit_seconds": round(cost.fit_seconds, 1), "customers": told.customers, "n": len(cost.milliseconds),
    }))


if __name__ == "__main__":
    main()
