"""Stage B2, set-based: many rows that say mostly the same, appended in one statement.

What is alike travels once a case, what is a row's own as one JSON text (SQLite) or by COPY (PostgreSQL), and the
database puts them together. On SQLite that costs half of a row after the other, and other threads go on meanwhile.
"""

from dataclasses import dataclass

import orjson
import polars as pl
import sqlalchemy as sa

from bot.profile.bulk import copy_frame, driver_of, write_moments


@dataclass(frozen=True)
class Alike:
    """N rows of a table: the columns of both frames, named as the table's."""

    cases: pl.DataFrame  # a row for each different case
    case: pl.Series  # N: which of them each row is, UInt32
    own: pl.DataFrame  # N: texts and moments that are the row's own, null allowed


def append_decisions(connection: sa.Connection, rows: Alike) -> None:
    """Append decisions. JSON as its text. Writes."""
    _append(connection, "decisions", rows, "")


def append_outbox(connection: sa.Connection, rows: Alike) -> int:
    """Put messages on the list, those whose key is there already dropped; how many were new. All columns that
    `bot.channels.outbox.enqueue` fills, JSON as its text. Writes.
    """
    return _append(connection, "outbox", rows, "ON CONFLICT (idempotency_key) DO NOTHING")


def _append(connection: sa.Connection, table: str, rows: Alike, on_conflict: str) -> int:
    """Names come from this project, values travel as parameters or by COPY. Rows are made in their order."""
    if rows.own.is_empty():
        return 0
    append = _append_sqlite if connection.dialect.name == "sqlite" else _append_postgres
    return append(connection, table, rows, on_conflict)


def _append_sqlite(connection: sa.Connection, table: str, rows: Alike, on_conflict: str) -> int:
    cases, mine = (write_moments(each, "sqlite") for each in (rows.cases, rows.own))
    own = mine.columns
    kept, names = f"cases_of_{table}", ", ".join(cases.columns)
    values = [f"(o.value ->> {number})" for number in range(len(own) + 1)]
    told = ", ".join([*values[:-1], *(f"c.{each}" for each in cases.columns)])
    cursor = driver_of(connection).cursor()
    try:
        cursor.execute(f"CREATE TEMPORARY TABLE {kept} (n INTEGER PRIMARY KEY, {names})")
        marks = ", ".join("?" * (cases.width + 1))
        cursor.executemany(f"INSERT INTO {kept} VALUES ({marks})", cases.with_row_index("n").iter_rows())  # noqa: S608
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(own)}, {names}) SELECT {told} FROM json_each(?) AS o "  # noqa: S608
            f"CROSS JOIN {kept} AS c ON c.n = {values[-1]} WHERE true {on_conflict}",
            (orjson.dumps(mine.with_columns(rows.case.alias("n")).rows()).decode(),))
        added = int(cursor.rowcount)
        cursor.execute(f"DROP TABLE {kept}")
        return added
    finally:
        cursor.close()


def _append_postgres(connection: sa.Connection, table: str, rows: Alike, on_conflict: str) -> int:
    cases, mine = (write_moments(each, "postgresql") for each in (rows.cases, rows.own))
    own = mine.columns
    copy_frame(connection, "import_cases", table, cases)
    copy_frame(connection, f"import_{table}", table, mine.with_columns(rows.case.alias("in_case")), "in_case")
    columns = ", ".join([*own, *cases.columns])
    told = ", ".join([*(f"o.{each}" for each in own), *(f"c.{each}" for each in cases.columns)])
    return connection.exec_driver_sql(
        f"INSERT INTO {table} ({columns}) SELECT {told} FROM import_{table} AS o "  # noqa: S608
        f"JOIN import_cases AS c ON c.n = o.in_case ORDER BY o.n {on_conflict}").rowcount
