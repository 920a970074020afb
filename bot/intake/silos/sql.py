"""A table of any SQL database that SQLAlchemy speaks to: read only, behind a cursor column."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import sqlalchemy as sa

from bot.errors import FixConfiguration, FixInput, NotFound, Unavailable
from bot.intake.silos.jsonl_file import to_frame
from bot.intake.silos.protocol import Page

_READ_ONLY = {
    "postgresql": "SET default_transaction_read_only = on",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}
_DECODE: dict[str, Any] = {"int": int, "text": str, "moment": datetime.fromisoformat, "day": date.fromisoformat,
                           "number": float, "decimal": Decimal}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?")


@dataclass(frozen=True)
class SqlTable:
    """A silo that is a table or view. `cursor_column` grows with every new or changed row: an id, updated_at.

    Rows that share the cursor's last value are read together, so that none falls between two pages; a
    row that is committed later under a value that was passed already is not seen: an id from a
    sequence, or a time that the table's own triggers set, is safe.
    """

    url: str = field(repr=False)
    table: str
    cursor_column: str
    is_growing: bool = field(default=True, init=False)
    has_fixed_columns: bool = field(default=True, init=False)

    @property
    def source(self) -> str:
        """The kind of database, its name and the table; no host, no user, no password."""
        url = _parse(self.url)
        return f"{url.get_backend_name()}:{Path(url.database or '').name}/{self.table}"

    def count_rows(self) -> int | None:
        """Not asked: it may take as long as reading."""
        return None

    def read_pages(self, cursor: str, page_rows: int) -> Iterator[Page]:
        """Pages by the cursor column. NotFound without the table or column, Unavailable when it does not answer."""
        with self._open() as connection:
            table, column = self._reflect(connection)
            after = _decode(cursor) if cursor else None
            while rows := self._read_page(connection, table, column, after, page_rows):
                after = rows[-1][self.cursor_column]
                frame = to_frame([{key: _plain(value) for key, value in row.items()} for row in rows],
                                 list(range(len(rows))))
                yield Page(self.prepare(frame), len(rows), _encode(after))

    def prepare(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows as the mapping sees them: as they are."""
        return frame

    def narrow(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """Which rows are wanted: all."""
        return sa.true()

    @contextmanager
    def _open(self) -> Iterator[sa.Connection]:
        engine = open_read_only(self.url)
        try:
            with engine.connect() as connection:
                yield connection
                connection.rollback()
        except sa.exc.OperationalError as error:
            # The driver's message may name the host: it goes to the person at the terminal, not to a log.
            raise Unavailable(f"{self.source} does not answer: {str(error.orig)[:200]}") from None
        finally:
            engine.dispose()

    def _reflect(self, connection: sa.Connection) -> tuple[sa.Table, sa.ColumnElement[Any]]:
        if not _NAME.fullmatch(self.table):
            raise FixInput("table", "must be a table's name, or schema.name")
        schema, _, name = self.table.rpartition(".")
        try:
            table = sa.Table(name, sa.MetaData(), schema=schema or None, autoload_with=connection)
        except sa.exc.NoSuchTableError as error:
            raise NotFound(f"{self.source}: there is no such table") from error
        if self.cursor_column not in table.columns:
            known = ", ".join(table.columns.keys())
            raise NotFound(f"{self.source} has no column {self.cursor_column}; it has {known}")
        return table, table.columns[self.cursor_column]

    def _read_page(
        self, connection: sa.Connection, table: sa.Table, column: sa.ColumnElement[Any], after: Any, page_rows: int
    ) -> list[dict[str, Any]]:
        """The rows behind `after`, those that share the last value together."""
        query = sa.select(table).where(self.narrow(table), column.is_not(None)).order_by(column)
        behind = query if after is None else query.where(column > after)
        rows = [dict(row) for row in connection.execute(behind.limit(page_rows)).mappings()]
        if len(rows) < page_rows:
            return rows
        last = rows[-1][column.key]
        whole = [row for row in rows if row[column.key] != last]
        return whole or [dict(row) for row in connection.execute(query.where(column == last)).mappings()]


def open_read_only(url: str) -> sa.Engine:
    """An engine that cannot write. FixConfiguration for a URL that is none, or a database that cannot promise it.

    TLS parameters of the URL go to the driver as they are (`?sslmode=verify-full&sslrootcert=...`).
    """
    parsed = _parse(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        path = Path(parsed.database or "")
        if not path.is_file():
            raise NotFound(f"there is no file {path.name}")
        parsed = sa.make_url("sqlite://").set(database=f"file:{path}", query={"mode": "ro", "uri": "true"})
        return sa.create_engine(parsed)
    if backend not in _READ_ONLY:
        raise FixConfiguration(f"{backend}: only SQLite, PostgreSQL and MySQL can promise to be read only")
    try:
        engine = sa.create_engine(parsed, pool_pre_ping=True)
    except (ImportError, sa.exc.ArgumentError) as error:
        raise FixConfiguration(f"{backend}: its driver is not installed") from error
    sa.event.listen(engine, "connect", lambda connection, _: _order(connection, _READ_ONLY[backend]))
    return engine


def _order(connection: Any, statement: str) -> None:
    cursor = connection.cursor()
    cursor.execute(statement)
    cursor.close()
    connection.commit()


def _parse(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except sa.exc.ArgumentError:
        # Not the message: it holds the URL, and that a password.
        example = "postgresql+psycopg://user:password@host/name"
        raise FixConfiguration(f"this is no SQLAlchemy URL; as in {example}") from None


def _plain(value: Any) -> Any:
    """In JSON's words; money in decimals stays exact, as text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value.hex() if isinstance(value, bytes) else value


def _encode(value: Any) -> str:
    kinds = {bool: "int", int: "int", str: "text", datetime: "moment", date: "day", float: "number", Decimal: "decimal"}
    if type(value) not in kinds:
        raise FixInput("cursor", f"a column of {type(value).__name__} cannot be a cursor")
    text = value.isoformat() if isinstance(value, date) else str(value)
    return orjson.dumps([kinds[type(value)], text]).decode()


def _decode(cursor: str) -> Any:
    kind, text = orjson.loads(cursor)
    return _DECODE[kind](text)
