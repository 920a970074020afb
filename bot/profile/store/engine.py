"""The store's engine: SQLAlchemy over SQLite in WAL mode, or PostgreSQL, by one setting."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.types import TypeDecorator

BUSY_TIMEOUT_SECONDS = 15
TOMBSTONE_KEYS = "prevenant_tombstone_keys"  # the option that carries them to where consent is read


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, with its zone on both sides, whatever the database keeps."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """A zoned moment in, UTC to the database; a naive one is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be stored")
        return value.astimezone(UTC)

    def result_processor(self, dialect: sa.Dialect, coltype: Any) -> Any:
        """How a row's value is read: in one call, as rows hold many moments. SQLite has texts."""
        return _read_moment if dialect.name == "sqlite" else _to_utc


class Store:
    """The database behind profile, inbox and outbox. Opens no connection until it is used."""

    def __init__(self, url: str, tombstone_keys: tuple[bytes, ...] = ()) -> None:
        """`url` is SQLAlchemy's; a SQLite file's folder is made. The keys are those of `bot.profile.tombstones`."""
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer: RLock | None = RLock() if self.is_sqlite else None
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        connect_args = {"timeout": BUSY_TIMEOUT_SECONDS} if self.is_sqlite else {}
        self.engine = sa.create_engine(
            self.url, connect_args=connect_args, execution_options={TOMBSTONE_KEYS: tombstone_keys},
            json_deserializer=_read_json,
        )
        if self.is_sqlite:
            event.listen(self.engine, "connect", _configure_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def write(self, on: sa.Connection | None = None) -> Iterator[sa.Connection]:
        """A short writing transaction: BEGIN IMMEDIATE on SQLite, so that two writers wait, not fail.

        Threads wait for each other here: the next goes on at once, where SQLite itself would sleep and look again.
        `on`: a connection of `connect`, for one transaction after the other.
        """
        # Whoever waits holds no connection meanwhile: there are a few for all, readers too.
        with self._writer or nullcontext(), nullcontext(on) if on else self.connect() as connection, connection.begin():
            yield connection

    def connect(self) -> sa.Connection:
        """A connection for several writing transactions. Close it."""
        return self.engine.connect().execution_options(prevenant_write=True)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A reading transaction that blocks nobody."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def look_at_others(connection: sa.Connection) -> int | None:
    """A number that changes, for this connection, with each commit of another one; None where nothing tells.

    Asked in two writing transactions of one connection, it says whether what was read in between, elsewhere, is as it
    was, but for what the first of the two wrote.
    """
    if connection.dialect.name != "sqlite":
        return None
    return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())


def _read_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def _to_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _read_json(text: str) -> Any:
    """Orjson takes a fifth of the time, and knows neither NaN nor numbers of more than 64 bits, as json writes them."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we send BEGIN ourselves: the driver's own is deferred
    cursor = connection.cursor()
    # Of a new file alone: twice SQLite's own page takes a fifth less to fill with rows that come by the thousand.
    for pragma in ("page_size=8192", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("prevenant_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
