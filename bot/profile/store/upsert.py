"""Insert-or-ignore and insert-or-update, in one statement, on SQLite and PostgreSQL alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

Rows = Sequence[Mapping[str, Any]]


def insert_or_ignore(connection: sa.Connection, table: sa.Table, rows: Rows, keys: Sequence[str]) -> int:
    """Insert rows, leaving alone those whose `keys` are there already; the number inserted. Writes."""
    if not rows:
        return 0
    statement = _insert(connection, table).on_conflict_do_nothing(index_elements=list(keys))
    if connection.dialect.name == "postgresql":  # its driver tells no row count of many rows
        return len(connection.execute(statement.returning(table.c[keys[0]]), list(rows)).all())
    return connection.execute(statement, list(rows)).rowcount


def insert_or_update(
    connection: sa.Connection, table: sa.Table, rows: Rows, keys: Sequence[str], changes: Sequence[str]
) -> None:
    """Insert rows; where `keys` are there already, overwrite the columns `changes`. Writes."""
    if not rows:
        return
    statement = _insert(connection, table)
    new = {name: statement.excluded[name] for name in changes}
    connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=new), list(rows))


def _insert(connection: sa.Connection, table: sa.Table) -> SqliteInsert | PostgresInsert:
    return insert_sqlite(table) if connection.dialect.name == "sqlite" else insert_postgres(table)
