"""The embedded shop's database: transactions whose failures speak the errors of `bot.errors`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.commerce.demo import schema
from bot.errors import FixConfiguration, NotAllowed, Unavailable
from bot.profile.store.engine import Store

_WRITER_LOCK = 7_301_226  # PostgreSQL's advisory lock: one writer at a time, so that changes commit in cursor order
_EMPTY_SHOP = "the embedded shop's database is empty; `make run` fills it, or `prevenant seed`"


class ShopDatabase:
    """Reading and writing transactions over the shop's own tables."""

    def __init__(self, url: str) -> None:
        """`url` is SQLAlchemy's. Opens nothing yet."""
        self.store = Store(url)

    def create(self) -> None:
        """Make the tables that are not there yet. Writes."""
        with self.write() as connection:
            schema.metadata.create_all(connection)

    def drop(self) -> None:
        """Drop every table of the shop. Writes."""
        with self.write() as connection:
            schema.metadata.drop_all(connection)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A reading transaction. Unavailable when the database is down, FixConfiguration when it is empty."""
        with _translated(), self.store.read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A short writing transaction, one at a time on either database; same errors as `read`."""
        with _translated(), self.store.write() as connection:
            if not self.store.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITER_LOCK)))
            yield connection


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.ProgrammingError) as error:
        reason = str(error.orig)
        if "no such table" in reason or "does not exist" in reason:
            raise FixConfiguration(_EMPTY_SHOP) from error
        if isinstance(error, sa.exc.OperationalError):
            raise Unavailable("the embedded shop's database does not answer") from error
        raise


def emit(connection: sa.Connection, kind: str, now: datetime, **refs: str | None) -> None:
    """Append to the change log what `poll_changes` tells; `refs` are order_ref, customer_ref and so on. Writes."""
    connection.execute(sa.insert(schema.changes).values(type=kind, at=now, **refs))


def remembered(connection: sa.Connection, key: str, operation: str) -> str | None:
    """What an earlier write under this key made, or None. NotAllowed when the key served another operation."""
    row = connection.execute(
        sa.select(schema.idempotency_keys).where(schema.idempotency_keys.c.key == key)
    ).first()
    if row is None:
        return None
    if row.operation != operation:
        raise NotAllowed("idempotency_key_reused")
    return str(row.result_ref)


def remember(connection: sa.Connection, key: str, operation: str, result_ref: str, now: datetime) -> None:
    """Keep what a write made under its key. Writes."""
    connection.execute(
        sa.insert(schema.idempotency_keys).values(key=key, operation=operation, result_ref=result_ref, at=now)
    )


def read_meta(connection: sa.Connection) -> dict[str, Any]:
    """Everything the seed wrote about the shop itself; FixConfiguration when nothing was seeded."""
    rows = connection.execute(sa.select(schema.meta)).all()
    if not rows:
        raise FixConfiguration(_EMPTY_SHOP)
    return {row.name: row.value for row in rows}


def write_meta(connection: sa.Connection, name: str, value: Any) -> None:
    """Set one value about the shop itself. Writes."""
    connection.execute(sa.delete(schema.meta).where(schema.meta.c.name == name))
    connection.execute(sa.insert(schema.meta).values(name=name, value=value))
