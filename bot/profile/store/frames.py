"""Whole columns out of the store: a statement -> a polars frame, without a Python object for each row.

The database packs each column into one JSON array, which is read in one go: several times faster than rows that are
fetched, and on PostgreSQL than COPY, whose client hands rows on one by one. The memory it takes is the columns'.
"""

from collections.abc import Mapping
from typing import Any

import orjson
import polars as pl
import sqlalchemy as sa

MOMENT = pl.Datetime("us", "UTC")
Schema = Mapping[str, Any]  # a column's name -> its polars type: String, Boolean, Int64 or MOMENT
_SECONDS = "%Y-%m-%d %H:%M:%S"  # as SQLAlchemy writes them into SQLite, six digits of a second behind


def read_frame(connection: sa.Connection, statement: sa.Select[Any], schema: Schema) -> pl.DataFrame:
    """The rows of a statement whose columns are named as in `schema`, in any order. JSON comes as its text.

    A text that is null comes as "".
    """
    rows = statement.subquery()
    pack = _pack_sqlite if connection.dialect.name == "sqlite" else _pack_postgres
    packed = sa.select(*(pack(rows.c[name], dtype) for name, dtype in schema.items()))
    columns = zip(schema.items(), connection.execute(packed).one(), strict=True)
    frame = pl.DataFrame([_unpack(name, orjson.loads(text or "[]"), dtype) for (name, dtype), text in columns])
    return frame.with_columns(pl.col(pl.String).fill_null(""))


def _pack_sqlite(column: sa.ColumnElement[Any], _dtype: Any) -> sa.ColumnElement[Any]:
    # JSON as text: SQLite keeps a lone number as one.
    plain = sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else column
    return sa.func.json_group_array(plain)


def _pack_postgres(column: sa.ColumnElement[Any], dtype: Any) -> sa.ColumnElement[Any]:
    plain = sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else column
    if dtype == MOMENT:
        plain = sa.cast(sa.extract("epoch", column) * 1_000_000, sa.BigInteger)
    return sa.cast(sa.func.json_agg(plain), sa.Text)


def _unpack(name: str, values: list[Any], dtype: Any) -> pl.Series:
    if dtype == MOMENT:
        return _read_moments(pl.Series(name, values))
    if dtype == pl.Boolean:
        return pl.Series(name, [None if each is None else bool(each) for each in values], pl.Boolean)
    return pl.Series(name, values, dtype)


def _read_moments(values: pl.Series) -> pl.Series:
    """Microseconds, or SQLite's texts in two parts: polars reads whole seconds several times faster than fractions."""
    if values.dtype != pl.String:
        return values.cast(pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    seconds = values.str.slice(0, 19).str.to_datetime(_SECONDS, time_unit="us", time_zone="UTC", cache=False)
    return seconds + values.str.slice(20, 6).cast(pl.Int64).cast(pl.Duration("us"))
