"""Stage B2, set-based: many rows that say mostly the same, appended in one statement.

What is alike travels once a case, what is a row's own side by side in one blob (SQLite) or by COPY (PostgreSQL), and
the database puts them together. On SQLite that costs half of a row after the other, and other threads go on meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import orjson
import polars as pl
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.profile.bulk import copy_frame, driver_of, write_moments

GAP = "\x1f"  # in a case's text: here stands the row's own
_PAD, _NULL = 0xFF, 0xFE  # bytes that no text of UTF-8 holds


@dataclass(frozen=True)
class Alike:
    """N rows of a table: the columns of both frames, named as the table's."""

    cases: pl.DataFrame  # a row for each different case
    case: pl.Series  # N: which of them each row is, UInt32
    own: pl.DataFrame  # N: texts and moments that are the row's own, null allowed
    filled: Mapping[str, str] = field(default_factory=dict)  # a column of `cases` with a GAP -> the own one to fill it


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
    texts, own = _lay_out(mine)
    told = {**own, **{each: f"c.{each}" for each in cases.columns},
            **{name: f"replace(c.{name}, '{GAP}', {own[by]})" for name, by in rows.filled.items()}}
    kept, names = f"cases_of_{table}", ", ".join(cases.columns)
    cursor = driver_of(connection).cursor()
    try:
        cursor.execute(f"CREATE TEMPORARY TABLE {kept} (n INTEGER PRIMARY KEY, {names})")
        marks = ", ".join("?" * (cases.width + 1))
        cursor.executemany(f"INSERT INTO {kept} VALUES ({marks})", cases.with_row_index("n").iter_rows())  # noqa: S608
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(told)}) SELECT {', '.join(told.values())} "  # noqa: S608
            f"FROM json_each(:cases) AS o CROSS JOIN {kept} AS c ON c.n = o.value WHERE true {on_conflict}",
            {"texts": texts, "cases": orjson.dumps(rows.case.to_list()).decode()})
        added = int(cursor.rowcount)
        cursor.execute(f"DROP TABLE {kept}")
        return added
    finally:
        cursor.close()


def _lay_out(own: pl.DataFrame) -> tuple[NDArray[np.uint8], dict[str, str]]:
    """The texts of N rows side by side, all rows of one width, and how SQL cuts each column out of row `o.key`.

    SQLite reads it in half the time of a JSON array a row.
    """
    laid = [_pad(each) for each in own.iter_columns()]
    ends = np.cumsum([each.shape[1] for each in laid]).tolist()
    cut = {
        name: f"rtrim(substr(:texts, o.key * {ends[-1]} + {end - each.shape[1] + 1}, {each.shape[1]}), "
              f"CAST(x'{_PAD:x}' AS TEXT))"
        for name, each, end in zip(own.columns, laid, ends, strict=True)
    }
    return np.hstack(laid), {
        name: f"nullif({each}, CAST(x'{_NULL:x}' AS TEXT))" if own[name].null_count() else each
        for name, each in cut.items()
    }


def _pad(texts: pl.Series) -> NDArray[np.uint8]:
    """N texts as the bytes of one matrix, as wide as the longest."""
    lengths = texts.str.len_bytes().fill_null(0).to_numpy()
    laid = np.full((len(texts), max(1, int(lengths.max()))), _PAD, dtype=np.uint8)
    laid[np.arange(laid.shape[1]) < lengths[:, None]] = np.frombuffer("".join(texts.drop_nulls()).encode(), np.uint8)
    laid[texts.is_null().to_numpy(), 0] = _NULL
    return laid


def _append_postgres(connection: sa.Connection, table: str, rows: Alike, on_conflict: str) -> int:
    cases, mine = (write_moments(each, "postgresql") for each in (rows.cases, rows.own))
    own = mine.columns
    copy_frame(connection, "import_cases", table, cases)
    copy_frame(connection, f"import_{table}", table, mine.with_columns(rows.case.alias("in_case")), "in_case")
    told = {**{each: f"o.{each}" for each in own}, **{each: f"c.{each}" for each in cases.columns},
            **{name: f"replace(c.{name}, '{GAP}', o.{by})" for name, by in rows.filled.items()}}
    return connection.exec_driver_sql(
        f"INSERT INTO {table} ({', '.join(told)}) SELECT {', '.join(told.values())} FROM import_{table} AS o "  # noqa: S608
        f"JOIN import_cases AS c ON c.n = o.in_case ORDER BY o.n {on_conflict}").rowcount
