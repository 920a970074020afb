"""How long the merging of many customers takes, in bulk and one by one, on SQLite and PostgreSQL.

`make bench ONLY=merging`; SIZES= are numbers of customers (10000,100000,300000), each in groups of two to five that
become one person. The peer, `one_by_one`, merges the first pairs of the same world with a statement for each step, a
hundred a transaction, which is what `prevenant identities link` did before. Prints one JSON line:
merges_per_second, growth (the power of n that seconds grew by) and cpu_ms_per_merge, which other work on the machine
does not change on SQLite; on PostgreSQL it is ours alone, without the server's.
"""

import json
import math
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.crash_merging import NOW, Pair, make_round
from benchmarks.segments import new_database
from bot.profile.bulk_merging import MergeRequest, merge_in_batches
from bot.profile.merging import could_be_one_person, merge_customers
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from tests.servers.postgres import find_postgres, run_postgres

_ONE_BY_ONE, _AT_ONCE = 2_000, 100


def main() -> None:
    """Each store, each size."""
    sizes = [int(each) for each in os.environ.get("SIZES", "10000,100000,300000").split(",")]
    with TemporaryDirectory(prefix="prevenant-merging-") as folder:
        figures = measure(lambda name: f"sqlite:///{Path(folder)}/{name}.sqlite", sizes)
    programs = find_postgres()
    if programs:
        with run_postgres(programs) as url:
            figures["postgres"] = measure(lambda name: new_database(url, name), sizes)
    print(json.dumps(figures))


def measure(fresh: Callable[[str], str], sizes: list[int]) -> dict[str, Any]:
    """The figures of one store; `fresh` gives the URL of an empty database."""
    found = [_measure_bulk(fresh(f"bulk{size}"), size) for size in sizes]
    peer = _time(fresh("one"), sizes[0], _merge_one_by_one, most=_ONE_BY_ONE)
    _say(f"one by one: {peer}")
    power = (math.log(found[-1]["seconds"] / found[0]["seconds"]) / math.log(sizes[-1] / sizes[0])
             if len(sizes) > 1 else 1.0)
    return {**found[-1], "growth": round(power, 2), "sizes": found, "peers": {"one_by_one": peer}}


def _measure_bulk(url: str, size: int) -> dict[str, Any]:
    figures = _time(url, size, lambda store, pairs: merge_in_batches(
        store, [MergeRequest(one, other, "linked:0.990") for one, other in pairs], now=NOW))
    _say(f"in bulk: {figures}")
    return figures


def _time(url: str, size: int, merge: Callable[[Store, list[Pair]], object], most: int = 0) -> dict[str, Any]:
    store = Store(url)
    migrate(store)
    _, pairs = make_round(store, 1, size, random.Random(size))
    some = pairs[:most] if most else pairs
    started, cpu = time.perf_counter(), time.process_time()
    merge(store, some)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    store.close()
    return {"customers": size, "merges": len(some), "seconds": round(seconds, 2),
            "merges_per_second": round(len(some) / seconds), "cpu_ms_per_merge": round(1000 * cpu / len(some), 3)}


def _merge_one_by_one(store: Store, pairs: list[Pair]) -> None:
    for start in range(0, len(pairs), _AT_ONCE):
        with store.write() as connection:
            for one, other in pairs[start : start + _AT_ONCE]:
                if could_be_one_person(connection, one, other):
                    merge_customers(connection, one, other, reason="linked:0.990", now=NOW)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
