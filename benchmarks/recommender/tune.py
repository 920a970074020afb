"""Each peer's settings, chosen among a small grid on a date before those that count.

    python -m benchmarks.recommender.tune --dates 2017-08-01 [--only tifu_knn]
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any

import numpy as np

from benchmarks.recommender.data import Split, is_new, read_data, split_by_day
from benchmarks.recommender.metrics import Lists, best_of, means, measure_split
from benchmarks.recommender.peers import FITS, Known, Score, fit_peer

Grid = Mapping[str, Sequence[Any]]
GRIDS: Mapping[str, Grid] = {
    "popularity": {"days": (7, 14, 28, 84, 9_999)},
    "own_frequency": {},
    "gp_topfreq": {"days": (14, 28, 9_999)},
    "gp_decayed": {"tau_days": (90, 150, 250, 400), "days": (28, 9_999)},
    "tifu_knn": {"within": (0.9, 1.0), "between": (0.7, 0.9), "neighbours": (100, 300), "own": (0.5, 0.7)},
    "up_cf": {"newest": (25, 100, 9_999), "asymmetry": (0.1, 0.25, 0.5), "locality": (1.0, 5.0, 10.0)},
    "als": {"factors": (128, 256), "regularization": (1.0, 20.0), "alpha": (1.0, 10.0)},
    "bm25": {"neighbours": (5, 20, 100), "k1": (1.2, 50.0)},
    "ease": {"ridge": (300.0, 1_000.0, 3_000.0, 10_000.0), "power": (0.5, 1.0, 1.25), "own": (0.0, 1.0, 2.0)},
    "ease_new": {"ridge": (300.0, 1_000.0, 3_000.0, 10_000.0), "power": (0.0, 0.5, 0.75, 1.0)},
}
GOALS = {"ease_new": "new_ndcg_at_10"}
_CHUNK = 256


def list_items(score: Score, split: Split, known: Known) -> Lists:
    """A peer's lists, some customers at a time."""
    parts = []
    for start in range(0, len(split.customers), _CHUNK):
        some = split.customers[start : start + _CHUNK]
        parts.append(best_of(score(some), known.once[some].toarray() > 0))
    return Lists(np.concatenate([each.every for each in parts]), np.concatenate([each.new for each in parts]))


def tune_peer(name: str, splits: Sequence[Split]) -> Iterator[tuple[dict[str, Any], dict[str, float]]]:
    """Each setting of the grid with its means over the dates."""
    knowns = [Known(split.known, split.day) for split in splits]
    for values in product(*GRIDS[name].values()):
        settings = dict(zip(GRIDS[name], values, strict=True))
        found = [
            means(measure_split(list_items(fit_peer(name, known, settings), split, known), split, is_new(split)))
            for split, known in zip(splits, knowns, strict=True)
        ]
        yield settings, {key: float(np.mean([each[key] for each in found])) for key in found[0]}


def main(words: Sequence[str]) -> None:
    """Print the best of each peer as JSON; by recall and NDCG together, or by what it is tuned for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dates", nargs="+", type=date.fromisoformat, default=[date(2017, 8, 1)])
    parser.add_argument("--only", nargs="*", default=list(FITS))
    told = parser.parse_args(words)
    baskets, _ = read_data(None)
    splits = [split_by_day(baskets, day) for day in told.dates]
    chosen: dict[str, Any] = {}
    for name in told.only:
        tried = list(tune_peer(name, splits))
        for settings, figures in tried:
            print(name, settings, _worth(name, figures), figures["new_ndcg_at_10"], file=sys.stderr, flush=True)
        chosen[name] = max(tried, key=lambda each: _worth(name, each[1]))[0]
    print(json.dumps(chosen))


def _worth(name: str, figures: Mapping[str, float]) -> float:
    return figures[GOALS[name]] if name in GOALS else figures["recall_at_10"] + figures["ndcg_at_10"]


if __name__ == "__main__":
    main(sys.argv[1:])
