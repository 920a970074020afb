"""Erasures as they are kept: which are due, who works on one, how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.channels.inbox import UNANSWERED
from bot.errors import Conflict
from bot.privacy.subject import Subject
from bot.profile.identities import members_of
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversations, erasures, inbox, outbox

LEASE = timedelta(minutes=1)  # what was killed goes on after it; two at once would only do the same twice
REST = timedelta(seconds=10)  # after a step that failed
LONGEST_WAIT = timedelta(minutes=10)  # for the last answer of the chat to leave


@dataclass(frozen=True)
class Erasure:
    """One erasure as it is kept."""

    erasure_id: int
    root_id: str
    source: str
    keeps_account: bool
    state: str
    subject: Subject
    steps: dict[str, int]
    asked_at: datetime


def find_erasure(store: Store, erasure_id: int) -> Erasure | None:
    """The erasure with that number, or None."""
    with store.read() as connection:
        row = connection.execute(sa.select(erasures).where(erasures.c.erasure_id == erasure_id)).first()
    return _from_row(row) if row else None


def list_due(store: Store, now: datetime) -> list[int]:
    """Erasures that may begin or go on and that nobody works on, the oldest first."""
    is_free = sa.or_(erasures.c.lease_until.is_(None), erasures.c.lease_until <= now)
    with store.read() as connection:
        rows = connection.execute(
            sa.select(erasures.c.erasure_id, erasures.c.root_id, erasures.c.state, erasures.c.asked_at)
            .where(erasures.c.state.in_(("waiting", "running", "erased")), is_free)
            .order_by(erasures.c.erasure_id)
        ).all()
        return [
            row.erasure_id for row in rows
            if row.state != "waiting" or row.asked_at + LONGEST_WAIT <= now or _is_quiet(connection, row.root_id)
        ]


def _is_quiet(connection: sa.Connection, root: str) -> bool:
    """Whether the person's last message is answered, and the answer has left."""
    members = members_of(connection, root)
    senders = sa.select(conversations.c.sender_id).where(conversations.c.customer_id.in_(members))
    waits = sa.select(inbox.c.inbox_id).where(inbox.c.sender_id.in_(senders), inbox.c.state.in_(UNANSWERED))
    leaves = sa.select(outbox.c.outbox_id).where(
        sa.or_(outbox.c.customer_id.in_(members), outbox.c.sender_id.in_(senders)),
        outbox.c.kind != "nudge", outbox.c.state.in_(("pending", "sending")),
    )
    return not any(connection.execute(each.limit(1)).first() for each in (waits, leaves))


def take_up(store: Store, erasure_id: int, now: datetime) -> Erasure | None:
    """The erasure, for nobody else for a lease; None when another process has it or it is done. Writes."""
    with store.write() as connection:
        mine = sa.and_(
            erasures.c.erasure_id == erasure_id, erasures.c.state != "done",
            sa.or_(erasures.c.lease_until.is_(None), erasures.c.lease_until <= now),
        )
        if not connection.execute(sa.update(erasures).where(mine).values(lease_until=now + LEASE)).rowcount:
            return None
        return _from_row(connection.execute(
            sa.select(erasures).where(erasures.c.erasure_id == erasure_id)
        ).one())


def put_down(store: Store, erasure_id: int, until: datetime | None) -> None:
    """Leave it to whoever looks next, or not before a moment. Writes."""
    with store.write() as connection:
        connection.execute(
            sa.update(erasures).where(erasures.c.erasure_id == erasure_id, erasures.c.state != "done")
            .values(lease_until=until)
        )


def keep_going(connection: sa.Connection, erasure: Erasure, now: datetime, **values: Any) -> None:
    """Keep how far a running erasure is, and its lease. Conflict when another process brought it to its end: what
    it blanked stays blank. Writes.
    """
    mine = sa.and_(erasures.c.erasure_id == erasure.erasure_id, erasures.c.state.in_(("waiting", "running")))
    if not connection.execute(sa.update(erasures).where(mine).values(lease_until=now + LEASE, **values)).rowcount:
        raise Conflict("another process went on with this erasure")


def note_step(connection: sa.Connection, erasure: Erasure, counts: Mapping[str, int], now: datetime) -> Erasure:
    """The erasure with what handlers took. Conflict. Writes."""
    steps = {**erasure.steps, **counts}
    keep_going(connection, erasure, now, steps=steps)
    return replace(erasure, steps=steps)


def close(store: Store, erasure_id: int, now: datetime) -> None:
    """It is done. Writes."""
    with store.write() as connection:
        connection.execute(
            sa.update(erasures).where(erasures.c.erasure_id == erasure_id)
            .values(state="done", lease_until=None, finished_at=now)
        )


def _from_row(row: sa.Row[Any]) -> Erasure:
    return Erasure(
        erasure_id=row.erasure_id, root_id=row.root_id, source=row.source, keeps_account=row.keeps_account,
        state=row.state, subject=Subject.from_json(row.subject), steps=dict(row.steps), asked_at=row.asked_at,
    )
