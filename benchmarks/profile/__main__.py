"""The profile of a million customers with fifty events each: sizes, reads, segments, and how each grows with n.

`make bench ONLY=profile`; SIZES= are numbers of customers (10000,100000,300000,1000000), POSTGRES_SIZES= those of
PostgreSQL (the same, up to 300000: none leaves it out), READS= how many profiles are read. Each size is a database of
its own, loaded into the migrated tables (benchmarks/profile/loading.py); computed traits, segments and reads are the
product's own functions. Prints one JSON line: read_p99_ms, customers and events of the largest size, the rest by
size under `sizes`, and under `growth` the power of n that each grew by (n log n is `n_log_n`). Peers in the same run:
a bare SELECT by primary key for reads, DuckDB for the segments (and whether it finds the same persons), bare
prepared statements or COPY for what arrives.
"""

import json
import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import sqlalchemy as sa

from benchmarks.profile.duck import Duck
from benchmarks.profile.loading import drop_caches, load, size_by_table
from benchmarks.profile.reading import measure_reads
from benchmarks.profile.world import NOW, World, make_world
from benchmarks.segments import RULES, TRAITS, new_database, timed
from bot.profile.bulk import append_event_frame
from bot.profile.computed import refresh_computed_traits
from bot.profile.segments.book import Segment, SegmentBook
from bot.profile.segments.members import refresh_changed, refresh_segment
from bot.profile.segments.query import select_persons, values_for
from bot.profile.segments.scope import Scope
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from tests.servers.postgres import find_postgres, run_postgres

_DAYS = 730  # of the world
_MOST_HEARD = 20_000  # events that the segments are brought up to date with
Figures = dict[str, Any]


def main() -> None:
    """Every size on every database, the smallest first."""
    sizes = _numbers("SIZES", "10000,100000,300000,1000000")
    postgres_sizes = _numbers("POSTGRES_SIZES", ",".join(str(each) for each in sizes if each <= 300_000))
    figures = measure(sizes, postgres_sizes, reads=int(os.environ.get("READS", "2000")))
    print(json.dumps(figures))


def measure(sizes: list[int], postgres_sizes: list[int], *, reads: int) -> Figures:
    """The figures of the largest size, all sizes, and the growth from the smallest."""
    with TemporaryDirectory(prefix="prevenant-profile-") as folder:
        found = [_measure_sqlite(Path(folder), size, reads) for size in sizes]
    told = _tell(found)
    programs = find_postgres() if postgres_sizes else None
    if programs:
        told["postgres"] = _tell([_measure_postgres(programs, size, reads) for size in postgres_sizes])
    return told


def _measure_sqlite(folder: Path, size: int, reads: int) -> Figures:
    path = folder / f"{size}.sqlite"
    figures = measure_store(Store(f"sqlite:///{path}"), size, reads)
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    return figures


def _measure_postgres(programs: Path, size: int, reads: int) -> Figures:
    with run_postgres(programs) as url:
        return measure_store(Store(new_database(url, "world")), size, reads)


def measure_store(store: Store, size: int, reads: int) -> Figures:
    """One size on one empty database."""
    what = f"{store.engine.dialect.name}, {size:,} customers"
    migrate(store)
    world = make_world(size)
    told: Figures = {"customers": size, "events": world.event_count}
    with TemporaryDirectory(prefix="prevenant-duck-") as folder:
        duck = Duck(world, Path(folder))
        told["load_seconds"] = round(load(store, world, duck.take_events), 1)
        _say(f"{what}: loaded in {told['load_seconds']} s")
        told |= measure_loaded(store, world, duck, reads)
        duck.close()
    store.close()
    return told


def measure_loaded(store: Store, world: World, duck: Duck, reads: int) -> Figures:
    """What follows the loading."""
    what = f"{store.engine.dialect.name}, {world.customers:,} customers"
    told: Figures = {"computed_seconds": round(timed(lambda: _compute(store)), 1)}
    _say(f"{what}: traits computed in {told['computed_seconds']} s")
    _settle(store)
    told["bytes"] = size_by_table(store)
    told |= _measure_segments(store, duck, what)
    reading = measure_reads(store, reads, NOW, lambda: drop_caches(store, _folder_of(store)))
    told["peers"] = {**told["peers"], **reading.pop("peers")}
    told |= reading
    _say(f"{what}: read p99 {told['read_p99_ms']} ms, from the disk {told['read_cold_p99_ms']} ms")
    return told | _measure_day(store, world, what)


def _compute(store: Store) -> None:
    while refresh_computed_traits(store, now=NOW):
        pass


def _measure_segments(store: Store, duck: Duck, what: str) -> Figures:
    """Every segment for everybody: when nobody is in yet, and when nothing changed since."""
    book = _book()
    first = sum(timed(lambda each=each: refresh_segment(store, book, each, now=NOW)) for each in book.segments.values())
    seconds, agree = {}, True
    duck.take_computed(store)
    theirs = {}
    for name, each in book.segments.items():
        seconds[name] = round(timed(lambda each=each: refresh_segment(store, book, each, now=NOW)), 3)
        with store.read() as connection:
            statement = select_persons(each.tree, Scope(connection.dialect.name, TRAITS))
            found = frozenset(connection.scalars(statement, values_for([each.tree], NOW)))
        theirs[name], same = duck.ask(name)
        agree = agree and found == same
    total, peer = round(sum(seconds.values()), 2), round(sum(theirs.values()), 2)
    _say(f"{what}: segments {total} s, duckdb {peer} s, agree: {agree}")
    return {"segments_first_seconds": round(first, 2), "segments_seconds": total, "segment_seconds": seconds,
            "agree": agree, "peers": {"duckdb": {"segments_seconds": peer, "segment_seconds": theirs}}}


def _measure_day(store: Store, world: World, what: str) -> Figures:
    """A day's events on top: appended, traits and segments brought up to date for those whom they concern."""
    number = max(world.event_count // _DAYS, 100)
    page = world.happen(number, (NOW - timedelta(days=1), NOW), seed=2**40)
    page = page.with_columns(properties=pl.col("properties"), message_id=pl.lit("day:") + pl.col("message_id"))
    heard = page.head(_MOST_HEARD)
    book = _book()
    refresh_changed(store, book, now=NOW)  # the first call only notes where it stands

    def append() -> None:
        with store.write() as connection:
            append_event_frame(connection, heard)

    seconds = timed(append)
    computed = timed(lambda: _compute(store))
    started = time.perf_counter()
    while refresh_changed(store, book, now=NOW):
        pass
    changed = time.perf_counter() - started
    _say(f"{what}: {heard.height:,} new events in {seconds:.1f} s, traits {computed:.1f} s, segments {changed:.1f} s")
    return {"day_events": heard.height, "day_append_per_second": round(heard.height / seconds),
            "day_computed_seconds": round(computed, 2), "day_segments_per_second": round(heard.height / changed)}


def _book() -> SegmentBook:
    return SegmentBook(
        {name: Segment(name, rule, SegmentBook({}, TRAITS).read(rule)) for name, rule in RULES.items()}, TRAITS)


def _settle(store: Store) -> None:
    """What each database does by itself in the night."""
    if store.is_sqlite:
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    engine = sa.create_engine(store.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def _folder_of(store: Store) -> Path | None:
    if store.is_sqlite:
        return None
    with store.read() as connection:
        return Path(connection.exec_driver_sql("SHOW data_directory").scalar() or "")


def _tell(found: list[Figures]) -> Figures:
    last = found[-1]
    return {"read_p99_ms": last["read_p99_ms"], "customers": last["customers"], "events": last["events"],
            "growth": growth(found), "peers": last["peers"], "sizes": found}


def growth(found: list[Figures]) -> dict[str, float]:
    """The power of n by which each grew, fitted over all sizes; `n_log_n` is what n log n would be there."""
    if len(found) < 2:
        return {}
    sizes = np.array([each["customers"] for each in found], dtype=float)
    grown: dict[str, list[float]] = {
        name: [each[name] for each in found]
        for name in ("load_seconds", "computed_seconds", "segments_seconds", "read_p99_ms", "read_cold_p99_ms")
    }
    grown["bytes"] = [each["bytes"]["all"] for each in found]
    grown["n_log_n"] = (sizes * np.log(sizes)).tolist()
    grown["duckdb_segments_seconds"] = [each["peers"]["duckdb"]["segments_seconds"] for each in found]
    return {name: round(float(np.polyfit(np.log(sizes), np.log(np.maximum(each, 1e-3)), 1)[0]), 2)
            for name, each in grown.items()}


def _numbers(name: str, default: str) -> list[int]:
    return sorted(int(each) for each in os.environ.get(name, default).split(",") if each.strip() and each != "none")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
