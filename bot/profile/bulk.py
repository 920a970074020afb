"""Stage B1 -> B2, set-based: whole frames of checked rows appended, upserted and linked in a few statements.

SQLite takes tuples through one prepared statement each; PostgreSQL gets them by COPY into a temporary
table and moves them with INSERT ... SELECT ... ON CONFLICT. What is stored is what the functions for
single events store: the tests compare the two.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any

import polars as pl
import sqlalchemy as sa

from bot.profile.events import lock_events
from bot.profile.identities import IdentityKey, find_owners, normalise, resolve_owners
from bot.profile.store.tables import conversations
from bot.profile.store.upsert import is_one_of

EVENT_COLUMNS = ("message_id", "customer_id", "silo", "type", "name", "properties", "occurred_at", "received_at")
TRAIT_COLUMNS = ("customer_id", "name", "silo", "value", "set_at")
LINK_COLUMNS = ("kind", "value", "customer_id", "is_verified", "source", "first_seen_at")
_NEWER_TRAITS = (
    "ON CONFLICT (customer_id, name, silo) DO UPDATE SET value = excluded.value, set_at = excluded.set_at "
    "WHERE excluded.set_at >= traits.set_at"
)
_MOMENTS = {"sqlite": "%Y-%m-%d %H:%M:%S%.6f", "postgresql": "%Y-%m-%d %H:%M:%S%.6f+00"}  # as SQLAlchemy writes them
_MANY_NAMES = 400


def resolve_frame(
    connection: sa.Connection, keys: pl.DataFrame, *, proven_kinds: Sequence[str], source: str, now: datetime, salt: str
) -> tuple[pl.DataFrame, int]:
    """The distinct (kind, value) of `keys` with their `customer_id`, and how many customers were made. Writes."""
    distinct = keys.select("kind", "value").unique(maintain_order=True)
    pairs: list[IdentityKey] = [normalise(kind, value) for kind, value in distinct.iter_rows()]
    owners = find_owners(connection, pairs)
    missing = [key for key in dict.fromkeys(pairs) if key not in owners]
    for is_verified in (True, False):
        some = [key for key in missing if (key[0] in proven_kinds) == is_verified]
        if some:
            owners |= resolve_owners(connection, some, source=source, is_verified=is_verified, now=now, salt=salt)
    found = pl.Series("customer_id", [owners[key] for key in pairs], dtype=pl.String)
    return distinct.with_columns(found), len(missing)


def owners_of_senders(connection: sa.Connection, sender_ids: pl.Series) -> pl.DataFrame:
    """The customers that conversations belong to, as (value, customer_id); those that nobody knows are left out."""
    table = conversations.c
    found: list[sa.Row[Any]] = []
    wanted = sender_ids.unique().to_list()
    for start in range(0, len(wanted), _MANY_NAMES):
        some = is_one_of(connection, table.sender_id, wanted[start : start + _MANY_NAMES])
        found.extend(connection.execute(sa.select(table.sender_id, table.customer_id).where(some)))
    return pl.DataFrame([tuple(row) for row in found], schema=["value", "customer_id"], orient="row",
                        schema_overrides={"value": pl.String, "customer_id": pl.String})


def append_event_frame(connection: sa.Connection, frame: pl.DataFrame) -> int:
    """Append events, known message ids dropped; how many were new. `frame` has EVENT_COLUMNS; times in UTC. Writes."""
    if frame.is_empty():
        return 0
    lock_events(connection)
    return _insert(connection, "events", frame.select(EVENT_COLUMNS), "ON CONFLICT (message_id) DO NOTHING")


def upsert_trait_frame(connection: sa.Connection, frame: pl.DataFrame) -> None:
    """Keep each silo's newest word. `frame` has TRAIT_COLUMNS, `value` as JSON. Writes."""
    newest = frame.select(TRAIT_COLUMNS).sort("set_at", maintain_order=True).unique(
        ["customer_id", "name", "silo"], keep="last", maintain_order=True)
    if not newest.is_empty():
        _insert(connection, "traits", newest.sort("customer_id", "name"), _NEWER_TRAITS)


def link_frame(connection: sa.Connection, frame: pl.DataFrame) -> int:
    """Give free identities to customers, the first that asks; how many. Taken ones stay where they are. Writes."""
    first = frame.select(LINK_COLUMNS).unique(["kind", "value"], keep="first", maintain_order=True)
    if first.is_empty():
        return 0
    return _insert(connection, "identities", first.sort("kind", "value"), "ON CONFLICT (kind, value) DO NOTHING")


def differing_messages(connection: sa.Connection, frame: pl.DataFrame) -> list[str]:
    """Message ids of `frame` that are stored with other properties than it says."""
    said = frame.select("message_id", "properties")
    if connection.dialect.name == "sqlite":
        query = ("SELECT e.message_id FROM json_each(?) AS j CROSS JOIN events AS e "
                 "ON e.message_id = j.value ->> 0 WHERE e.properties <> j.value ->> 1")
        pairs = said.select(pl.concat_list("message_id", "properties").alias("p")).select(
            pl.struct("p").struct.json_encode().str.slice(5).str.strip_suffix("}")).to_series()
        rows = connection.exec_driver_sql(query, (f"[{','.join(pairs)}]",))
        return [row[0] for row in rows]
    copy_frame(connection, "import_said", "events", said)
    rows = connection.exec_driver_sql(
        "SELECT e.message_id FROM import_said s JOIN events e USING (message_id) "
        "WHERE e.properties::text <> s.properties::text"
    )
    return [row[0] for row in rows]


def _insert(connection: sa.Connection, table: str, frame: pl.DataFrame, on_conflict: str) -> int:
    """Names come from this file, values travel as parameters or by COPY."""
    names = ", ".join(frame.columns)
    dialect = connection.dialect.name
    frame = write_moments(frame, dialect)
    if dialect == "sqlite":
        marks = ", ".join("?" * frame.width)
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks}) {on_conflict}"  # noqa: S608
        cursor = driver_of(connection).cursor()
        try:
            cursor.executemany(statement, _iter_rows(frame))
            return int(cursor.rowcount)
        finally:
            cursor.close()
    copy_frame(connection, f"import_{table}", table, frame)
    move = f"INSERT INTO {table} ({names}) SELECT {names} FROM import_{table} ORDER BY n {on_conflict}"  # noqa: S608
    return connection.exec_driver_sql(move).rowcount


def _iter_rows(frame: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The rows of a frame. What is the same in all of them is made an object once: most of a campaign's is."""
    first, *others = frame.get_columns()
    yield from zip(first.to_list(), *(_iter_values(each) for each in others), strict=False)


def _iter_values(column: pl.Series) -> Iterable[Any]:
    is_same = column.null_count() in (0, len(column)) and column.min() == column.max()
    return repeat(column[0]) if is_same else column.to_list()


def write_moments(frame: pl.DataFrame, dialect: str) -> pl.DataFrame:
    """Moments as the texts that SQLAlchemy writes."""
    return frame.with_columns(pl.col(pl.Datetime("us", "UTC")).dt.strftime(_MOMENTS[dialect]))


def copy_frame(connection: sa.Connection, name: str, like: str, frame: pl.DataFrame, number: str = "") -> None:
    """Fill a temporary table, gone with the transaction, with a frame's columns and their order `n`.

    Columns are as in the table `like`, but for `number`, which may be one of the frame's that is not there. Writes.
    """
    names = ", ".join(frame.columns)
    columns = [each if each != number else f"CAST(0 AS bigint) AS {each}" for each in frame.columns]
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS "  # noqa: S608
        f"SELECT {', '.join(columns)}, CAST(0 AS bigint) AS n FROM {like} LIMIT 0"
    )
    text = frame.with_row_index("n").select(*frame.columns, "n").write_csv(include_header=False)
    copy = f"COPY {name} ({names}, n) FROM STDIN (FORMAT csv)"
    with driver_of(connection).cursor() as cursor, cursor.copy(copy) as to:
        to.write(text)


def driver_of(connection: sa.Connection) -> Any:
    """The database driver's own connection."""
    return connection.connection.driver_connection
