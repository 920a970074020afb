"""A world into the store's own tables, the quickest way each database has; then the indexes of its migrations."""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from benchmarks.profile.world import World
from bot.profile.store.engine import Store

_MOMENTS = {"sqlite": "%Y-%m-%d %H:%M:%S%.6f", "postgresql": "%Y-%m-%d %H:%M:%S%.6f+00"}


def load(store: Store, world: World, take_also: Callable[[pl.DataFrame], None]) -> float:
    """Everything but what the product computes itself, into an empty, migrated store; `take_also` gets the events too.

    The seconds that the database took, without those that the world and its copy did.
    """
    began, elsewhere = time.perf_counter(), 0.0
    with _bulk(store) as write:
        for name, frame in world.people.items():
            write(name, frame)
        pages = world.events()
        while True:
            paused = time.perf_counter()
            page = next(pages, None)
            if page is None:
                break
            take_also(page)
            elsewhere += time.perf_counter() - paused
            write("events", page)
    return time.perf_counter() - began - elsewhere


def size_by_table(store: Store) -> dict[str, int]:
    """Bytes on disk of the larger tables, indexes included, and of `all`."""
    with store.read() as connection:
        if store.is_sqlite:
            rows = connection.exec_driver_sql(
                # Pages, not `pgsize`: that sum overflows at 2 GB (SQLite 3.40).
                "SELECT m.tbl_name, sum(s.pageno) * (SELECT page_size FROM pragma_page_size) "
                "FROM dbstat s JOIN sqlite_master m ON m.name = s.name "
                "WHERE s.aggregate = TRUE GROUP BY 1"
            ).all()
            whole = Path(store.url.database or "").stat().st_size
        else:
            rows = connection.exec_driver_sql(
                "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables").all()
            whole = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar() or 0
    large = {name: int(size) for name, size in sorted(rows, key=lambda row: -row[1]) if size * 500 > whole}
    return {**large, "all": int(whole)}


@contextmanager
def _bulk(store: Store) -> Iterator[Any]:
    """Indexes put aside and nothing waits for the disk meanwhile: this is not what is measured."""
    if store.is_sqlite:
        raw = store.engine.raw_connection()
        driver: Any = raw.driver_connection
        for pragma in ("wal_checkpoint(TRUNCATE)", "journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF",
                       "cache_size=-1000000"):
            driver.execute(f"PRAGMA {pragma}").fetchall()
        kept = driver.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
        _run(driver, [f"DROP INDEX {name}" for name, _ in kept])
        driver.execute("BEGIN")
        yield lambda name, frame: _write_sqlite(driver, name, frame)
        driver.execute("COMMIT")
        _run(driver, [statement for _, statement in kept])
        driver.execute("PRAGMA journal_mode=WAL").fetchall()
        raw.close()
        store.engine.dispose()
        return
    engine = sa.create_engine(store.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        kept = driver.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'ix%'"
        ).fetchall()
        unique = driver.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'events'::regclass AND contype = 'u'").fetchone()[0]
        _run(driver, [f"DROP INDEX {name}" for name, _ in kept])
        _run(driver, [f"ALTER TABLE events DROP CONSTRAINT {unique}", "SET session_replication_role = replica",
                      "SET maintenance_work_mem = '1GB'"])
        yield lambda name, frame: _write_postgres(driver, name, frame)
        _run(driver, [f"ALTER TABLE events ADD CONSTRAINT {unique} UNIQUE (message_id)"])
        _run(driver, [statement for _, statement in kept])
        _run(driver, ["VACUUM ANALYZE"])
    engine.dispose()


def _run(driver: Any, statements: list[str]) -> None:
    for each in statements:
        driver.execute(each)


def _write_sqlite(driver: Any, name: str, frame: pl.DataFrame) -> None:
    columns, marks = ", ".join(f'"{column}"' for column in frame.columns), ", ".join("?" * frame.width)
    texts = frame.with_columns(pl.col(pl.Datetime).dt.strftime(_MOMENTS["sqlite"]))
    driver.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", texts.iter_rows())


def _write_postgres(driver: Any, name: str, frame: pl.DataFrame) -> None:
    columns = ", ".join(f'"{column}"' for column in frame.columns)
    texts = frame.with_columns(pl.col(pl.Datetime).dt.strftime(_MOMENTS["postgresql"]))
    with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN WITH (FORMAT csv)") as copy:
        copy.write(texts.write_csv(include_header=False, quote_style="non_numeric"))


def drop_caches(store: Store, server_folder: Path | None = None) -> None:
    """Take the database's files out of the system's memory, so that the next reads come from the disk."""
    store.engine.dispose()
    files = [Path(store.url.database or "")] if store.is_sqlite else []
    if server_folder:
        files = [each for each in server_folder.rglob("*") if each.is_file() and re.match(r"^\d", each.name)]
    for each in files:
        handle = os.open(each, os.O_RDONLY)
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)
