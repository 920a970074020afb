"""Where Rasa keeps its trackers and its locks: chosen by environment variables, embedded by default.

`PREVENANT_TRACKER_DATABASE_URL` is an SQLAlchemy URL; `PREVENANT_REDIS_URL` moves the locks to Redis.
"""

import os
from pathlib import Path
from typing import Any, Mapping, Optional
from urllib.parse import urlsplit

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.lock_store import InMemoryLockStore, LockStore, RedisLockStore
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain

DEFAULT_TRACKER_URL = "sqlite:///var/rasa-trackers.sqlite"
REDIS_PORT = 6379


def read_tracker_url(environ: Mapping[str, str]) -> sa.engine.url.URL:
    """Where the trackers are. The driver of this environment is psycopg2, whichever the setting names: erasure and
    retention reach the same database from the other environment, by psycopg.
    """
    url = sa.engine.url.make_url(environ.get("PREVENANT_TRACKER_DATABASE_URL") or DEFAULT_TRACKER_URL)
    return url.set(drivername="postgresql") if url.get_backend_name() == "postgresql" else url


class TrackerStore(SQLTrackerStore):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """Rasa's SQL tracker store, configured by one URL; SQLite runs in WAL mode on its own file."""

    def __init__(self, domain: Optional[Domain] = None, event_broker: Optional[EventBroker] = None, **_: Any) -> None:
        """Opens the database and makes its table where it is missing."""
        url = read_tracker_url(os.environ)
        if url.drivername.startswith("sqlite") and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        super().__init__(
            domain,
            dialect=url.drivername,
            host=url.host,
            port=url.port,
            db=url.database or "",
            username=url.username,
            password=url.password,
            event_broker=event_broker,
            query=dict(url.query) or None,
        )
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _tune_sqlite)


def _tune_sqlite(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA busy_timeout=5000")


class ChosenLockStore(LockStore):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """One turn at a time per conversation: in memory for one Rasa process, in Redis for several."""

    def __new__(cls, *_: Any, **__: Any) -> LockStore:
        """The store that the environment asks for: Rasa wants a class to call here."""
        url = urlsplit(os.environ.get("PREVENANT_REDIS_URL", ""))
        if not url.hostname:
            return InMemoryLockStore()
        return RedisLockStore(
            host=url.hostname,
            port=url.port or REDIS_PORT,
            db=int(url.path.strip("/") or 1),
            username=url.username,
            password=url.password,
            use_ssl=url.scheme == "rediss",
            key_prefix="prevenant",
        )
