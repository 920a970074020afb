"""Baskets -> how well the next one is foretold: ours beside ten peers, in one JSON object.

    python -m benchmarks.recommender [baskets.parquet] [--dates 2017-09-01 ...] [--out folder] [--jobs 2] [--no-last]

What the folder holds of a split already is not measured again.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.recommender.data import EPOCH, Split, is_new, read_data, split_by_day, split_by_last
from benchmarks.recommender.metrics import compare, means, measure_split
from benchmarks.recommender.ours import run_ours
from benchmarks.recommender.peers import FITS, Known, fit_peer
from benchmarks.recommender.tune import list_items
from bot.recommend.learned.baskets import Baskets
from bot.recommend.types import Floats, Rows

OURS = "ours"
LAST = "last"
_STARTS = 4  # month starts that are pooled
_DAYS_AFTER = 14  # that a month start needs behind it
_GOALS = ("recall_at_10", "ndcg_at_10", "new_recall_at_10", "new_ndcg_at_10")


@dataclass(frozen=True)
class Measured:
    """One split: each method's metrics of each customer, and what each took."""

    name: str
    customers: Rows
    values: dict[str, dict[str, Floats]]
    fit_seconds: dict[str, float]
    ms_per_customer: dict[str, float]


def measure(path: Path | None, folder: Path | None, name: str) -> Measured:
    """Everything about one split, named by its day or `last`; read where it was kept, else kept in the folder."""
    table = folder / f"{name}.parquet" if folder else None
    if table and table.is_file():
        return from_table(pl.read_parquet(table))
    found = measure_one(make_split(read_data(path)[0], name), tuple(FITS))
    if table:
        table.parent.mkdir(parents=True, exist_ok=True)
        to_table(found).write_parquet(table)
    return found


def measure_all(path: Path | None, folder: Path | None, names: Sequence[str], jobs: int) -> list[Measured]:
    """Every split, some beside each other where there are processors for it."""
    one = partial(measure, path, folder)
    if jobs == 1:
        return [one(name) for name in names]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pools:
        return list(pools.map(one, names))


def make_split(baskets: Baskets, name: str) -> Split:
    """A split by its name."""
    return split_by_last(baskets) if name == LAST else split_by_day(baskets, date.fromisoformat(name))


def measure_one(split: Split, peers: Sequence[str]) -> Measured:
    """Ours and the peers on one split."""
    new, known = is_new(split), Known(split.known, split.day)
    outcome = run_ours(split)
    values = {OURS: measure_split(outcome.lists, split, new)}
    fit_seconds, milliseconds = {OURS: outcome.fit_seconds}, {OURS: outcome.ms_per_customer}
    say(f"{split.name} ours {means(values[OURS])} {outcome.fit_seconds:.0f} s")
    for name in peers:
        began = time.process_time()
        score = fit_peer(name, known)
        fitted = time.process_time()
        values[name] = measure_split(list_items(score, split, known), split, new)
        fit_seconds[name] = fitted - began
        milliseconds[name] = 1000 * (time.process_time() - fitted) / max(len(split.customers), 1)
        say(f"{split.name} {name} {means(values[name])}")
    return Measured(split.name, split.customers, values, fit_seconds, milliseconds)


def pool(found: Sequence[Measured]) -> dict[str, Any]:
    """Ours, each peer, and ours over the best peer of each goal, all splits together."""
    customers = np.concatenate([each.customers for each in found])
    pooled = {
        method: {key: np.concatenate([each.values[method][key] for each in found]) for key in found[0].values[method]}
        for method in found[0].values
    }
    rows = {method: _row(method, values, found, len(customers)) for method, values in pooled.items()}
    peers = {method: row for method, row in rows.items() if method != OURS}
    ratios = {key: _over_best(key, pooled, peers, customers) for key in _GOALS if peers}
    return {**rows[OURS], "peers": peers, "over_best_peer": ratios}


def _row(method: str, values: Mapping[str, Floats], found: Sequence[Measured], count: int) -> dict[str, Any]:
    return {
        **means(dict(values)),
        "fit_seconds": round(float(np.mean([each.fit_seconds[method] for each in found])), 1),
        "ms_per_customer": round(float(np.mean([each.ms_per_customer[method] for each in found])), 2),
        "n": count,
    }


def _over_best(
    key: str, pooled: Mapping[str, Mapping[str, Floats]], peers: Mapping[str, Any], customers: Rows
) -> dict[str, Any]:
    best = max(peers, key=lambda method: peers[method][key])
    return {"peer": best, **compare(pooled[OURS][key], pooled[best][key], customers)}


def choose_days(baskets: Baskets) -> list[str]:
    """The last month starts with a fortnight behind them; of less than two months, the day before the last fifth."""
    first, last = (date.fromordinal(int(day) + EPOCH) for day in (baskets.day.min(), baskets.day.max()))
    days = [first + timedelta(days=number) for number in range(60, (last - first).days - _DAYS_AFTER + 2)]
    starts = [str(day) for day in days if day.day == 1][-_STARTS:]
    return starts or [str(first + (last - first) * 4 // 5)]


def to_table(found: Measured) -> pl.DataFrame:
    """Every customer's figures of every method, one row each."""
    return pl.concat([
        pl.DataFrame({
            "split": found.name, "method": method, "customer": found.customers, **values,
            "fit_seconds": found.fit_seconds[method], "ms_per_customer": found.ms_per_customer[method],
        })
        for method, values in found.values.items()
    ])


def from_table(table: pl.DataFrame) -> Measured:
    """The same, read again."""
    methods = {str(key[0]): rows for key, rows in table.group_by("method", maintain_order=True)}
    costs = ("fit_seconds", "ms_per_customer")
    fit_seconds, milliseconds = ({name: float(rows[cost][0]) for name, rows in methods.items()} for cost in costs)
    metrics = [name for name in table.columns if name.endswith("_at_10")]
    values = {name: {each: rows[each].to_numpy() for each in metrics} for name, rows in methods.items()}
    return Measured(table["split"][0], methods[OURS]["customer"].to_numpy(), values, fit_seconds, milliseconds)


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)


def main(words: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--dates", nargs="*", default=[])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--no-last", action="store_true")
    told = parser.parse_args(words)
    names = told.dates or choose_days(read_data(told.data)[0])
    found = measure_all(told.data, told.out, [*names, *([] if told.no_last else [LAST])], told.jobs)
    result = pool([each for each in found if each.name != LAST])
    last = [each for each in found if each.name == LAST]
    print(json.dumps({**result, "dates": names, **({LAST: pool(last)} if last else {})}))


if __name__ == "__main__":
    main(sys.argv[1:])
