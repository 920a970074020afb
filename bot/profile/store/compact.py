"""After an erasure: nothing of it stays in a SQLite database's files.

`secure_delete` overwrites deleted rows and freed pages with zeros. Two places are left. The write-ahead log keeps
older versions of pages until it is checkpointed and truncated. And a page that SQLite split or put in order keeps
copies of cells in its unused part, which no longer belong to any row: only VACUUM, which writes every page anew,
takes those. It costs as much time as the database is long, so the file is searched first and it is done when needed.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from time import sleep

from bot.errors import RetryLater
from bot.profile.store.engine import Store

_SUFFIXES = ("", "-wal", "-shm", "-journal")
_BLOCK_BYTES = 8_000_000
_TRIES, _PAUSE_SECONDS = 4, 0.1


def compact(store: Store, marks: Sequence[str] | None) -> bool:
    """Empty the log; rewrite the database if one of the marks still stands in its files, or always for None.

    Whether it was rewritten. Does nothing on PostgreSQL (docs/privacy.md). RetryLater while readers keep the log.
    """
    if not store.is_sqlite:
        return False
    truncate_log(store)
    if marks is not None and not find_marks(store, marks):
        return False
    _order(store, "VACUUM")
    truncate_log(store)
    return True


def truncate_log(store: Store) -> None:
    """Write the log into the database and cut it to nothing. RetryLater while somebody reads an older state."""
    for _ in range(_TRIES):
        if not _order(store, "PRAGMA wal_checkpoint(TRUNCATE)"):
            return
        sleep(_PAUSE_SECONDS)
    raise RetryLater("readers keep the write-ahead log")


def find_marks(store: Store, marks: Sequence[str]) -> list[str]:
    """Which of the marks stand anywhere in the database's files, rows or not."""
    wanted = {each: each.encode() for each in marks}
    found: set[str] = set()
    overlap = max((len(each) for each in wanted.values()), default=0)
    for path in list_files(store):
        with path.open("rb") as file:
            tail = b""
            while block := file.read(_BLOCK_BYTES):
                window = tail + block
                found |= {mark for mark, text in wanted.items() if text in window}
                tail = window[-overlap:]
    return sorted(found)


def list_files(store: Store) -> list[Path]:
    """The files of a SQLite database that are there."""
    paths = [Path(f"{store.url.database}{suffix}") for suffix in _SUFFIXES]
    return [path for path in paths if path.is_file()]


def _order(store: Store, statement: str) -> int:
    """Outside of any transaction; the first number of the answer (1: busy)."""
    raw = store.engine.raw_connection()
    try:
        row = raw.cursor().execute(statement).fetchone()
        return int(row[0]) if row else 0
    except sqlite3.OperationalError as error:
        raise RetryLater("somebody else works on the database") from error
    finally:
        raw.close()
