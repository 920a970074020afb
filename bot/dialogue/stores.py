"""Where Rasa keeps its trackers and its locks: chosen by environment variables, embedded by default.

`PREVENANT_TRACKER_DATABASE_URL` is an SQLAlchemy URL; `PREVENANT_REDIS_URL` moves the locks to Redis.
"""

import json
import os
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping, Optional
from urllib.parse import urlsplit

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.lock_store import InMemoryLockStore, LockStore, RedisLockStore
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

DEFAULT_TRACKER_URL = "sqlite:///var/rasa-trackers.sqlite"
REDIS_PORT = 6379
MOST_HELD = 500  # trackers
HELD_SECONDS = 300.0  # what was erased is in no memory either, some minutes later


def read_tracker_url(environ: Mapping[str, str]) -> sa.engine.url.URL:
    """Where the trackers are. The driver of this environment is psycopg2, whichever the setting names: erasure and
    retention reach the same database from the other environment, by psycopg.
    """
    url = sa.engine.url.make_url(environ.get("PREVENANT_TRACKER_DATABASE_URL") or DEFAULT_TRACKER_URL)
    return url.set(drivername="postgresql") if url.get_backend_name() == "postgresql" else url


@dataclass
class Held:
    """A tracker in memory, how many of its events the database has, and when the newest of these happened."""

    tracker: DialogueStateTracker
    kept: int
    newest: Optional[float]
    used_at: float


class TrackerStore(SQLTrackerStore):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """Rasa's SQL tracker store, configured by one URL; SQLite runs in WAL mode on its own file.

    A tracker that was lately used stays in memory, and is good as long as the database's newest event is its own:
    another process of Rasa's may have gone on with it, or its person may have been erased. Rasa's store reads the
    whole tracker three times a turn, and counts it once.
    """

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
        if url.drivername.startswith("sqlite") and url.database:
            self._keep_open(url)
        self._held: "OrderedDict[str, Held]" = OrderedDict()

    def _keep_open(self, url: sa.engine.url.URL) -> None:
        """Rasa opens the file for each look, and closing it writes its log back: a fifth of what a turn cost."""
        self.engine.dispose()
        self.engine: Any = sa.create_engine(url, poolclass=sa.pool.QueuePool, connect_args={"check_same_thread": False})
        sa.event.listen(self.engine, "connect", _tune_sqlite)
        self.sessionmaker = sa.orm.session.sessionmaker(bind=self.engine)

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """The tracker since its last session began, None where there is none. Who saves it holds its lock."""
        self._let_go()
        with self.engine.connect() as connection:
            newest = connection.execute(_NEWEST, {"sender_id": sender_id}).scalar()
        held = self._held.get(sender_id)
        if held and newest is not None and held.newest == newest and len(held.tracker.events) == held.kept:
            self._hold(held.tracker)
            return held.tracker
        self._held.pop(sender_id, None)
        tracker: Optional[DialogueStateTracker] = await super().retrieve(sender_id)
        if tracker is not None:
            self._hold(tracker)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Add the events that the database has not. Writes."""
        held = self._held.get(tracker.sender_id)
        if held is None or held.tracker is not tracker or self.event_broker is not None or not self._add(held):
            await super().save(tracker)
        self._hold(tracker)

    def _add(self, held: Held) -> bool:
        """Whether the new events could be added: not where the database holds another past. Writes."""
        sender_id, new = held.tracker.sender_id, list(held.tracker.events)[held.kept :]
        with self.engine.begin() as connection:
            if connection.execute(_NEWEST, {"sender_id": sender_id}).scalar() != held.newest:
                return False
            if new:
                connection.execute(_events.insert(), [_to_row(sender_id, event.as_dict()) for event in new])
        return True

    def _hold(self, tracker: DialogueStateTracker) -> None:
        """Every event of the tracker is in the database."""
        newest = tracker.events[-1].timestamp if tracker.events else None
        self._held[tracker.sender_id] = Held(tracker, len(tracker.events), newest, time.monotonic())
        self._held.move_to_end(tracker.sender_id)

    def _let_go(self) -> None:
        """Trackers that were not used for long, and the oldest of too many."""
        before = time.monotonic() - HELD_SECONDS
        while self._held:
            oldest = next(iter(self._held.values()))
            if len(self._held) <= MOST_HELD and oldest.used_at >= before:
                return
            self._held.popitem(last=False)


_events = SQLTrackerStore.SQLEvent.__table__
_NEWEST = (
    sa.select(_events.c.timestamp)
    .where(_events.c.sender_id == sa.bindparam("sender_id"))
    .order_by(_events.c.id.desc())
    .limit(1)
)


def _to_row(sender_id: str, event: Dict[str, Any]) -> Dict[str, Any]:
    """As Rasa's own store keeps an event."""
    return {
        "sender_id": sender_id,
        "type_name": event["event"],
        "timestamp": event.get("timestamp"),
        "intent_name": event.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": event.get("name"),
        "data": json.dumps(event),
    }


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
