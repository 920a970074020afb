"""Insert, insert-or-ignore and insert-or-update of many rows, in one statement, on SQLite and PostgreSQL alike.

SQLite takes the rows one by one through a prepared statement, as tuples: SQLAlchemy would prepare each
value of each row anew, which takes longer than to store it. PostgreSQL gets them all as one JSON
parameter: its driver would else build and parse thousands of placeholders.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeDecorator

from bot.profile.store.engine import UtcDateTime

_FEW = 20  # up to here a name for each costs less
Rows = Sequence[Mapping[str, Any]]  # every row has the same columns


def insert_many(connection: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """Insert rows. Writes."""
    if rows:
        _insert(connection, table, rows, "")


def insert_or_ignore(connection: sa.Connection, table: sa.Table, rows: Rows, keys: Sequence[str]) -> int:
    """Insert rows, leaving alone those whose `keys` are there already; the number inserted. Writes."""
    return _insert(connection, table, rows, f"ON CONFLICT ({', '.join(keys)}) DO NOTHING") if rows else 0


def insert_or_update(
    connection: sa.Connection, table: sa.Table, rows: Rows, keys: Sequence[str], changes: Sequence[str]
) -> None:
    """Insert rows, no two with the same `keys`; where those are there already, overwrite `changes`. Writes."""
    if rows:
        new = ", ".join(f'"{name}" = excluded."{name}"' for name in changes)
        _insert(connection, table, rows, f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {new}")


def update_many(connection: sa.Connection, table: sa.Table, key: str, column: str, values: Mapping[str, str]) -> None:
    """Set a text column of many rows, each found by its text key, each to its own value. Writes."""
    if not values:
        return
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        statement = f'UPDATE {table.name} SET "{column}" = ? WHERE "{key}" = ?'  # noqa: S608
        driver.executemany(statement, ((value, each) for each, value in values.items()))
        return
    statement = (f'UPDATE {table.name} AS t SET "{column}" = n.v FROM '  # noqa: S608
                 f'unnest(CAST(:keys AS text[]), CAST(:values AS text[])) AS n (k, v) WHERE t."{key}" = n.k')
    connection.execute(sa.text(statement), {"keys": list(values), "values": list(values.values())})


def update_rows(connection: sa.Connection, table: sa.Table, key: str, rows: Rows, *, where: str) -> int:
    """Set the columns of many rows, each found by its `key`, where `where` holds: a condition in SQL that begins
    with a column of the table. How many. Writes.
    """
    if not rows:
        return 0
    names = [name for name in rows[0] if name != key]
    if connection.dialect.name == "sqlite":
        lists = [_prepare(table.columns[name], [row[name] for row in rows]) for name in (*names, key)]
        changes = ", ".join(f'"{name}" = ?' for name in names)
        driver: Any = connection.connection.driver_connection
        statement = f'UPDATE {table.name} SET {changes} WHERE "{key}" = ? AND {where}'  # noqa: S608
        return int(driver.executemany(statement, zip(*lists, strict=True)).rowcount)
    changes = ", ".join(f'"{name}" = n."{name}"' for name in names)
    source = f"json_populate_recordset(CAST(NULL AS {table.name}), CAST(:rows AS json)) AS n"
    statement = f'UPDATE {table.name} AS t SET {changes} FROM {source} WHERE t."{key}" = n."{key}" AND t.{where}'  # noqa: S608
    return connection.execute(sa.text(statement), {"rows": orjson.dumps(list(rows)).decode()}).rowcount


def is_one_of(
    connection: sa.Connection, column: sa.ColumnElement[Any], values: Sequence[str] | Sequence[int]
) -> sa.ColumnElement[bool]:
    """The condition that a column of texts, or of numbers, holds one of many values, which travel as one parameter."""
    if len(values) < _FEW:
        return column.in_(values)
    if connection.dialect.name == "sqlite":  # SQLAlchemy would write out a name for each
        return column.in_(sa.select(sa.func.json_each(to_list("sqlite", values)).table_valued("value").c.value))
    kind = sa.BigInteger() if isinstance(values[0], int) else sa.Text()
    # Joined, not compared one by one: the planner knows nothing of a table that was just made.
    return column.in_(sa.select(sa.func.unnest(sa.literal(to_list("postgresql", values), _Written(kind)))))


def is_listed(dialect: str, column: sa.ColumnElement[Any], parameter: str) -> sa.ColumnElement[bool]:
    """The condition of a statement that is made once: a column of texts, or of numbers, holds one of the parameter's
    `to_list(values)`.

    For the column that alone finds the rows: SQLite's planner takes the list for a short one, and would rather
    use the index of a further condition.
    """
    if dialect == "sqlite":
        return column.in_(sa.select(sa.func.json_each(sa.bindparam(parameter)).table_valued("value").c.value))
    kind = sa.BigInteger() if isinstance(column.type, sa.Integer) else sa.Text()
    return column.in_(sa.select(sa.func.unnest(sa.bindparam(parameter, type_=_Written(kind)))))


def is_either(column: sa.ColumnElement[str], words: Sequence[str]) -> sa.ColumnElement[bool]:
    """The condition of a statement that is made once: a text column holds one of a few fixed words.

    SQLAlchemy writes the words of its own `in_` into the statement anew each time it runs.
    """
    return sa.or_(*(column == each for each in words))


def to_list(dialect: str, values: Sequence[str] | Sequence[int]) -> str:
    """Values as the parameter of `is_listed`: in JSON on SQLite, as an array is written on PostgreSQL."""
    text = orjson.dumps(list(values)).decode()
    if dialect == "sqlite":
        return text
    if "\\" in text:  # JSON's own ways to write a line break and such are none of an array's
        text = f"[{','.join(_quote(str(each)) for each in values)}]"
    return f"{{{text[1:-1]}}}"


def _quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Written(TypeDecorator[Any]):
    """An array that `to_list` has written already: the driver takes as long over the values as the database does."""

    impl = ARRAY
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> None:
        """As it is."""


def _insert(connection: sa.Connection, table: sa.Table, rows: Rows, on_conflict: str) -> int:
    """Names come from tables.py, values travel as parameters alone."""
    insert = _insert_sqlite if connection.dialect.name == "sqlite" else _insert_postgres
    return insert(connection, table, rows, on_conflict)


def _insert_sqlite(connection: sa.Connection, table: sa.Table, rows: Rows, on_conflict: str) -> int:
    defaults = _defaults_of(table, rows[0])
    names = (*rows[0], *defaults)
    marks, columns = ", ".join("?" * len(names)), ", ".join(f'"{name}"' for name in names)
    statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks}) {on_conflict}"  # noqa: S608
    lists = [_prepare(table.columns[name], [row[name] for row in rows]) for name in rows[0]]
    lists += [[value] * len(rows) for value in defaults.values()]
    driver: Any = connection.connection.driver_connection
    try:
        return int(driver.executemany(statement, zip(*lists, strict=True)).rowcount)
    except driver.IntegrityError as error:  # as SQLAlchemy would raise it
        raise sa.exc.IntegrityError(statement, None, error) from error


def _prepare(column: sa.Column[Any], values: list[Any]) -> list[Any]:
    """What SQLAlchemy does with the values of this column before SQLite gets them. Moments come many times alike."""
    if isinstance(column.type, UtcDateTime):
        texts = {value: _to_moment(value) for value in set(values)}
        return [texts[value] for value in values]
    return [_to_json(value) for value in values] if isinstance(column.type, sa.JSON) else values


def _to_moment(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment without a zone cannot be stored")
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _to_json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _insert_postgres(connection: sa.Connection, table: sa.Table, rows: Rows, on_conflict: str) -> int:
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
