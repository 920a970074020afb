"""Insert, insert-or-ignore and insert-or-update of many rows, in one statement, on SQLite and PostgreSQL alike.

SQLite takes the rows one by one through a prepared statement. PostgreSQL gets them all as one JSON
parameter: its driver would else build and parse thousands of placeholders.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

Rows = Sequence[Mapping[str, Any]]  # every row has the same columns


def insert_many(connection: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """Insert rows. Writes."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(sa.insert(table), list(rows))
    else:
        _insert_postgres(connection, table, rows, "")


def insert_or_ignore(connection: sa.Connection, table: sa.Table, rows: Rows, keys: Sequence[str]) -> int:
    """Insert rows, leaving alone those whose `keys` are there already; the number inserted. Writes."""
    if not rows:
        return 0
    if connection.dialect.name == "sqlite":
        return connection.execute(insert_sqlite(table).on_conflict_do_nothing(keys), list(rows)).rowcount
    return _insert_postgres(connection, table, rows, f"ON CONFLICT ({', '.join(keys)}) DO NOTHING")


def insert_or_update(
    connection: sa.Connection, table: sa.Table, rows: Rows, keys: Sequence[str], changes: Sequence[str]
) -> None:
    """Insert rows, no two with the same `keys`; where those are there already, overwrite `changes`. Writes."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(_update_on_conflict(insert_sqlite(table), keys, changes), list(rows))
        return
    new = ", ".join(f'"{name}" = excluded."{name}"' for name in changes)
    _insert_postgres(connection, table, rows, f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {new}")


def is_one_of(
    connection: sa.Connection, column: sa.ColumnElement[str], values: Sequence[str]
) -> sa.ColumnElement[bool]:
    """The condition that a text column holds one of many values; one parameter where the database has arrays."""
    if connection.dialect.name == "sqlite":
        return column.in_(values)
    # Joined, not compared one by one: the planner knows nothing of a table that was just made.
    return column.in_(sa.select(sa.func.unnest(sa.literal(list(values), ARRAY(sa.Text)))))


def _update_on_conflict(statement: SqliteInsert, keys: Sequence[str], changes: Sequence[str]) -> SqliteInsert:
    new = {name: statement.excluded[name] for name in changes}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=new)


def _insert_postgres(connection: sa.Connection, table: sa.Table, rows: Rows, on_conflict: str) -> int:
    """Names come from tables.py, values travel as the parameter alone."""
    defaults = _defaults_of(table, rows[0])
    columns = ", ".join(f'"{name}"' for name in (*rows[0], *defaults))
    source = f"json_populate_recordset(CAST(NULL AS {table.name}), CAST(:rows AS json))"
    statement = f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {source} {on_conflict}"  # noqa: S608
    # Not str() for whatever JSON lacks: a value that cannot be stored is an error here as on SQLite.
    text = orjson.dumps([{**defaults, **row} for row in rows], option=orjson.OPT_NON_STR_KEYS).decode()
    return connection.execute(sa.text(statement), {"rows": text}).rowcount


def _defaults_of(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        column.name: column.default.arg
        for column in table.columns
        if column.name not in row and isinstance(column.default, sa.ColumnDefault) and column.default.is_scalar
    }
