"""`make evaluate-sessions`: how a basket goes on, of which half is known: ours beside peers that see the same half.

    python -m benchmarks.recommender.sessions [baskets.parquet] [--dates 2017-09-01 ...]

The split by a day is that of `benchmarks.recommender`; of each basket that is asked for, a half drawn by chance is told
and the other half asked for. Nobody's list holds what was told. One JSON object on stdout.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from benchmarks.recommender.data import Split, read_data, split_by_day
from benchmarks.recommender.metrics import best_of, compare, means, measure_lists
from benchmarks.recommender.ours import to_lists
from benchmarks.recommender.peers import TUNED, Known, bm25, bm25_beside, fit_peer
from bot.recommend.learned.history import Past
from bot.recommend.learned.model import learn
from bot.recommend.learned.ranker import Ranked, rank_all, rank_sessions
from bot.recommend.learned.session import Sessions, halve_baskets, in_basket
from bot.recommend.types import Floats, Mask, Rows, Singles

OURS = "ours"
DATES = ("2017-09-01", "2017-10-01", "2017-11-01", "2017-12-01")  # what was chosen, was chosen on 2017-08-01
BESIDE_COUNTS = 1.0  # of `tifu_beside`: of 0.1, 0.3, 1 and 3 the best on 2017-08-01
_SEED = 2
_CHUNK = 256
Score = Callable[[Rows, csr_array], Singles]


@dataclass(frozen=True)
class Halved:
    """A split, what is told of each customer's basket, and what is left to find."""

    split: Split
    told: Sessions
    customers: Rows
    left_customer: Rows
    left_item: Rows

    def table(self, some: Rows) -> csr_array:
        """What is told, customers x items, 1 for each."""
        rows = [self.told[int(customer)] for customer in some]
        ends = np.cumsum([0, *(len(row) for row in rows)])
        items = np.concatenate(rows)
        ones = np.ones(len(items), dtype=np.float32)
        return csr_array((ones, items, ends), shape=(len(some), self.split.known.items))


def halve(split: Split) -> Halved:
    """Tell a half of each basket that the split asks for."""
    size = len(split.target_item)
    nothing = np.zeros(size, dtype=np.int64)
    asked = replace(
        split.known, customer=split.target_customer, item=split.target_item, basket=nothing, place=nothing,
        day=np.full(size, split.day),
    )
    told, left = halve_baskets(asked, _SEED)
    return Halved(split, told, np.array(sorted(told), dtype=np.int64), left.customer, left.item)


def rank_ours(halved: Halved) -> tuple[dict[str, Rows], float]:
    """Our lists with what was told, and without; seconds of learning."""
    split = halved.split
    began = time.process_time()
    learned = learn(split.known, tuple(map(str, range(split.known.items))), split.day)
    seconds = time.process_time() - began
    past, ranker, crowd = Past(split.known, split.as_of), learned.ranker, learned.crowd
    alone = (_leave_out(each, halved.told) for each in rank_all(ranker, crowd, past, halved.customers))
    going_on = rank_sessions(ranker, crowd, past, halved.customers, halved.told)
    return {
        OURS: np.concatenate([to_lists(each).every for each in going_on]),
        "ours_untold": np.concatenate([to_lists(each).every for each in alone]),
    }, seconds


def _leave_out(ranked: Ranked, told: Sessions) -> Ranked:
    return replace(ranked, every=np.where(in_basket(ranked.pairs, told), -np.inf, ranked.every))


def tifu_untold(known: Known) -> Score:
    """The best peer of the next basket, which does not see what was told."""
    score = fit_peer("tifu_knn", known)
    return lambda some, _: score(some)


def tifu_beside(known: Known, counts: float = BESIDE_COUNTS) -> Score:
    """The same, and what is bought together with what was told, each scaled to its customer's highest."""
    score, beside = fit_peer("tifu_knn", known), bm25_told(known)
    return lambda some, told: _to_one(score(some)) + counts * _to_one(beside(some, told))


def _to_one(scores: Singles) -> Singles:
    return scores / np.maximum(scores.max(axis=1, keepdims=True), 1e-9)


def bm25_told(known: Known) -> Score:
    """Item to item, from what was told alone."""
    beside = bm25_beside(known, k1=TUNED["bm25"]["k1"], b=0.75)
    return lambda _, told: np.asarray((told @ beside).toarray(), dtype=np.float32)


def bm25_all(known: Known) -> Score:
    """Item to item, from the past and what was told."""
    score = bm25(known, **TUNED["bm25"])
    told_alone = bm25_told(known)
    return lambda some, told: _to_one(score(some)) + _to_one(told_alone(some, told))


def ease_told(known: Known, ridge: float = 3_000.0) -> Score:
    """EASE, what was told counting as bought once more; see `peers.ease` for the algebra."""
    table = known.past.matrix(known.past.times)
    inverse = np.linalg.inv((table @ table.T).toarray().astype(np.float64) + ridge * np.eye(table.shape[0]))
    spread = np.asarray((table.T @ inverse).T)  # K X
    diagonal = (1 - np.asarray(table.multiply(spread).sum(axis=0)).ravel()) / ridge

    def score(some: Rows, told: csr_array) -> Singles:
        of_told = (told.toarray() - np.asarray((told @ table.T).toarray()) @ spread) / ridge  # told P
        from_told = told.toarray() - of_told / diagonal
        return np.asarray(2 * table[some].toarray() - spread[some] / diagonal + from_told, dtype=np.float32)

    return score


PEERS: Mapping[str, Callable[[Known], Score]] = {
    "tifu_untold": tifu_untold, "tifu_beside": tifu_beside, "bm25_told": bm25_told, "bm25_all": bm25_all,
    "ease_told": ease_told,
}


def rank_peer(score: Score, halved: Halved) -> Rows:
    """A peer's lists, without what was told."""
    parts = []
    for start in range(0, len(halved.customers), _CHUNK):
        some = halved.customers[start : start + _CHUNK]
        told = halved.table(some)
        is_told: Mask = told.toarray() > 0
        parts.append(best_of(np.where(is_told, -np.inf, score(some, told)), is_told).every)
    return np.concatenate(parts)


def measure(split: Split, peers: Sequence[str]) -> tuple[Halved, dict[str, dict[str, Floats]], float]:
    """Each way's figures for each customer, and our seconds of learning."""
    halved, known = halve(split), Known(split.known, split.day)
    lists, seconds = rank_ours(halved)
    lists |= {name: rank_peer(PEERS[name](known), halved) for name in peers}
    found = {
        name: measure_lists(each, halved.customers, halved.left_customer, halved.left_item)
        for name, each in lists.items()
    }
    for name, values in found.items():
        print(f"{split.name} {name} {means(values)}", file=sys.stderr, flush=True)
    return halved, found, seconds


def main(words: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--dates", nargs="+", default=DATES)
    told = parser.parse_args(words)
    baskets = read_data(told.data)[0]
    found = [measure(split_by_day(baskets, date.fromisoformat(each)), tuple(PEERS)) for each in told.dates]
    customers = np.concatenate([halved.customers for halved, _, _ in found])
    pooled = {
        name: {key: np.concatenate([values[name][key] for _, values, _ in found]) for key in found[0][1][name]}
        for name in found[0][1]
    }
    best = max(PEERS, key=lambda name: pooled[name]["ndcg_at_10"].mean())
    over = {key: compare(pooled[OURS][key], pooled[best][key], customers) for key in ("recall_at_10", "ndcg_at_10")}
    untold = compare(pooled[OURS]["ndcg_at_10"], pooled["ours_untold"]["ndcg_at_10"], customers)
    print(json.dumps({
        **means(pooled[OURS]), "others": {name: means(values) for name, values in pooled.items() if name != OURS},
        "best_peer": best, "over_best_peer": over, "over_ours_untold": untold,
        "fit_seconds": round(float(np.mean([seconds for _, _, seconds in found])), 1), "n": len(customers),
    }))


if __name__ == "__main__":
    main(sys.argv[1:])
