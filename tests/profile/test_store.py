"""The store's file, as SQLite keeps it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.profile.store.engine import Store


def _ask_page_size(path: Path) -> int:
    store = Store(f"sqlite:///{path}")
    with store.write() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS t (x)")
        size = int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
    store.close()
    return size


def test_leaves_the_pages_of_a_file_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA page_size = 4096")
        connection.execute("CREATE TABLE t (x)")
    assert _ask_page_size(path) == 4096


def test_makes_a_new_file_with_pages_of_eight_kibibytes(tmp_path: Path) -> None:
    assert _ask_page_size(tmp_path / "new.sqlite") == 8192
