"""No byte of a deleted row stays in a SQLite file, in its log, its free pages, or the unused part of a page."""

import random
import sqlite3

import pytest
import sqlalchemy as sa

from bot.errors import RetryLater
from bot.profile.store import compact as compacting
from bot.profile.store.compact import compact, find_marks, list_files, truncate_log
from bot.profile.store.engine import Store
from bot.profile.store.tables import customers, identities


@pytest.fixture
def file_store(tmp_path):
    from bot.profile.store.migrate import migrate

    store = Store(f"sqlite:///{tmp_path}/s.sqlite")
    migrate(store)
    yield store
    store.close()


def _fill(store, now, marks):
    """Many rows in a random order, so that pages are split again and again; some of them marked."""
    values = [f"{random.Random(n).random()}@example.com" for n in range(4_000)] + marks
    random.Random(1).shuffle(values)
    with store.write() as connection:
        connection.execute(sa.insert(customers).values(
            customer_id="c", root_id="c", is_holdout=False, created_at=now
        ))
        for value in values:
            connection.execute(sa.insert(identities).values(
                kind="email", value=value, customer_id="c", is_verified=True, source="t", first_seen_at=now
            ))


def test_nothing_is_left_after_pages_were_split(file_store, now):
    marks = [f"marked.{n}.person@example.com" for n in range(300)]
    _fill(file_store, now, marks)
    assert len(find_marks(file_store, marks)) == 300
    with file_store.write() as connection:
        connection.execute(sa.delete(identities).where(identities.c.value.in_(marks)))
    compact(file_store, marks)
    assert find_marks(file_store, marks) == []
    assert all(b"marked." not in path.read_bytes() for path in list_files(file_store))
    with file_store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(identities)) == 4_000
        assert connection.scalar(sa.text("PRAGMA integrity_check")) == "ok"


def test_rewrites_what_another_program_left_behind(file_store, now):
    """Rasa deletes and moves rows in its own file without overwriting them."""
    marks = [f"marked.{n}.person@example.com" for n in range(300)]
    other = sqlite3.connect(file_store.url.database)
    other.execute("PRAGMA secure_delete=OFF")
    other.execute("CREATE TABLE said (id INTEGER PRIMARY KEY, text TEXT)")
    other.executemany("INSERT INTO said (text) VALUES (?)", [(mark,) for mark in marks])
    other.execute("DELETE FROM said")
    other.commit()
    other.close()
    truncate_log(file_store)
    assert find_marks(file_store, marks)
    assert compact(file_store, marks) is True
    assert find_marks(file_store, marks) == []


def test_rewrites_only_what_still_holds_something(file_store, now):
    assert compact(file_store, ["nowhere-to-be-found"]) is False
    assert compact(file_store, None) is True


def test_says_later_while_somebody_reads_an_older_state(file_store, now, monkeypatch):
    monkeypatch.setattr(compacting, "_TRIES", 1)
    with file_store.read() as reader:
        reader.execute(sa.select(customers)).all()
        with file_store.write() as connection:
            connection.execute(sa.insert(customers).values(
                customer_id="d", root_id="d", is_holdout=False, created_at=now
            ))
        raw = file_store.engine.raw_connection()
        raw.cursor().execute("PRAGMA busy_timeout=50")
        raw.close()
        with pytest.raises(RetryLater):
            compact(file_store, [])
    assert compact(file_store, []) is False


def test_does_nothing_on_postgresql():
    assert compact(Store("postgresql+psycopg://nobody@localhost/none"), None) is False
