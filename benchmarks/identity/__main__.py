"""`make evaluate-identity [DATA=file.parquet TRUTH=column]`: how well records are told to be one person's.

Half of the people, by a seeded hash of who they are, teach: thresholds, and the scorer. The other half is
measured: a pair counts half for each of its two records that is theirs, so a stranger of either half in a
measured person's cluster costs. All records are linked together, as in a store. Peers are measured on the same
records; their automatic band is the threshold that holds .99 on the teaching half. Progress on stderr; the last line
on stdout is one JSON object.
"""

import argparse
import hashlib
import importlib.util
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.identity.peers import (
    connect,
    find_columns,
    link_by_exact_key,
    link_by_recordlinkage,
    link_by_splink_example,
    timed,
)
from bot.errors import FixConfiguration, FixInput, PrevenantError
from bot.profile.resolution.clusters import Pairs
from bot.profile.resolution.learn import PRECISION
from bot.profile.resolution.link import Linked, link_records
from bot.profile.resolution.measures import Quality, measure_clusters
from bot.profile.resolution.records import normalise_records

PROJECT = Path(__file__).parent.parent.parent
DEFAULT = PROJECT.parent / "shared/data/splink_people/historical_figures_with_errors_50k.parquet"
SEED = 20_261_124
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Figures = dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    """Link, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("truth", nargs="?", default="cluster", help="the column that says who it is")
    parser.add_argument("--n", type=int, default=0, help="about so many records, whole people")
    parser.add_argument("--no-peers", action="store_true")
    chosen = parser.parse_args(arguments)
    try:
        table = read_table(chosen.data, chosen.truth, chosen.n)
        print(json.dumps(evaluate(table, chosen.truth, with_peers=not chosen.no_peers)))
    except PrevenantError as error:
        say(str(error))
        return 2
    return 0


def read_table(path: Path, truth: str, n: int = 0) -> pl.DataFrame:
    """The records in an order that tells nothing, without their own ids. FixConfiguration, FixInput."""
    if not path.is_file():
        raise FixConfiguration(f"DATA: there is no {path.name}; give a .parquet with a column of who it is (TRUTH=)")
    table = pl.read_parquet(path)
    if truth not in table.columns:
        raise FixInput("TRUTH", f"{path.name} has no column {truth}; it has {', '.join(table.columns)}")
    table = table.drop("unique_id", strict=False).drop_nulls(truth).sample(fraction=1, shuffle=True, seed=SEED)
    if n and n < table.height:
        order = {person: digest(person, "sample") for person in table[truth].unique().to_list()}
        share = n / table.height
        table = table.filter(pl.col(truth).is_in([each for each, at in order.items() if at < share]))
    return table


def evaluate(table: pl.DataFrame, truth: str, *, with_peers: bool = True) -> Figures:
    """Every figure, by key."""
    people = table[truth].to_list()
    person = np.unique(np.array([str(each) for each in people]), return_inverse=True)[1].astype(np.int64)
    measured: Mask = np.array([digest(each, "half") >= 0.5 for each in people])
    given = table.drop(truth)
    say(f"{table.height:,} records of {person.max() + 1:,} people; {len(set(person[measured])):,} people are measured")
    figures = measure_ours(given, person, measured, taught=True)
    figures["unlabelled"] = measure_ours(given, person, measured, taught=False)
    figures["peers"] = measure_peers(given, person, measured) if with_peers else {}
    return figures


def measure_ours(table: pl.DataFrame, person: Ints, measured: Mask, *, taught: bool) -> Figures:
    """Taught by the other half, or by nobody; seconds from the file's rows to the bands."""
    started = time.monotonic()
    sample = np.where(measured, -1, person) if taught else None
    linked = link_records(normalise_records(table, region="GB"), seed=SEED, person=sample, say=say)
    automatic, proposals = linked.bands()
    best = linked.best_clusters()
    seconds = time.monotonic() - started
    figures = to_figures(
        measure_clusters(best, person, measured), measure_clusters(automatic, person, measured), seconds, len(person)
    )
    return {**figures, "review_pairs": len(proposals), "reached_by_blocking": reached(linked, person, measured)}


def reached(linked: Linked, person: Ints, measured: Mask) -> float:
    """The share of true pairs that some blocking rule compares; clusters reach the rest."""
    pairs = linked.pairs
    weight = (measured[pairs.left].astype(float) + measured[pairs.right]) / 2
    found = (weight * (person[pairs.left] == person[pairs.right])).sum()
    sizes = np.bincount(person[measured])
    return round(float(found / (sizes * (sizes - 1) / 2).sum()), 4)


def measure_peers(table: pl.DataFrame, person: Ints, measured: Mask) -> Figures:
    """Each by name; one that cannot run on these columns says why."""
    figures: Figures = {}
    has_all = len(find_columns(table)) == 6
    peers = {"splink_example": link_by_splink_example, "recordlinkage": link_by_recordlinkage}
    for name, link in peers.items():
        if not has_all:
            figures[name] = {"left_out": "its documented settings want the columns of splink's historical figures"}
        elif name == "recordlinkage" and importlib.util.find_spec("recordlinkage") is None:
            figures[name] = {"left_out": "recordlinkage is not installed (make setup-bench)"}
        else:
            say(f"{name} …")
            pairs, labels, seconds = timed(link, table)
            automatic = connect(pairs, len(person), hold_precision(pairs, person, ~measured))
            figures[name] = to_figures(
                measure_clusters(labels, person, measured), measure_clusters(automatic, person, measured), seconds,
                len(person),
            )
    _, labels, seconds = timed(link_by_exact_key, table)
    quality = measure_clusters(labels, person, measured)
    figures["exact_key"] = to_figures(quality, quality, seconds, len(person))
    return figures


def hold_precision(pairs: Pairs, person: Ints, taught: Mask) -> float:
    """The lowest chance whose components keep the precision on the teaching half: a peer's automatic band."""
    odds = np.concatenate([np.arange(0, 14, 0.25), [30.0]])
    for threshold in 1 / (1 + np.exp(-odds)):
        if measure_clusters(connect(pairs, len(person), threshold), person, taught).precision >= PRECISION:
            return float(threshold)
    return 1.1


def to_figures(best: Quality, automatic: Quality, seconds: float, n: int) -> Figures:
    """The keys that every evaluation of identities prints."""
    values = {
        "pairwise_precision": best.precision, "pairwise_recall": best.recall, "pairwise_f1": best.f1,
        "automatic_precision": automatic.precision, "automatic_recall": automatic.recall,
        "cluster_precision": best.cluster_precision, "cluster_recall": best.cluster_recall,
        "cluster_f1": best.cluster_f1,
    }
    return {**{name: round(value, 4) for name, value in values.items()}, "seconds": round(seconds, 1), "n": n}


def digest(person: object, salt: str) -> float:
    """A number between 0 and 1 that a person always has."""
    return int.from_bytes(hashlib.sha256(f"{SEED}:{salt}:{person}".encode()).digest()[:8], "big") / 2**64


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
