"""Stage A0: what customers said, kept until it is answered, in order per sender.

    waiting -> working -> done
       ^          |-> failed        nobody can read it; the customer was told so
       `----------'                 put back, or its worker is gone: the lease ran out

A row may be handed over twice after a crash: Rasa's gateway answers the same message id with the
same replies and runs nothing, and the replies' keys keep them single.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.channels.ordering import lock_sender, note_receiving
from bot.contracts.messages import InboundMessage
from bot.profile.store.engine import UtcDateTime
from bot.profile.store.tables import inbox
from bot.profile.store.upsert import insert_or_ignore

UNANSWERED = ("waiting", "working")
_earlier = inbox.alias("earlier")
_is_blocked = sa.exists().where(
    _earlier.c.sender_id == inbox.c.sender_id,
    _earlier.c.inbox_id < inbox.c.inbox_id,
    _earlier.c.state.in_(UNANSWERED),
)
_now = sa.bindparam("now", type_=UtcDateTime)
_is_free = sa.or_(inbox.c.lease_until.is_(None), inbox.c.lease_until <= _now)
_may_be_claimed = sa.and_(inbox.c.state.in_(UNANSWERED), _is_free, sa.not_(_is_blocked))
_ANYTHING = sa.select(inbox.c.inbox_id).where(_may_be_claimed).limit(1)  # built once, for it is asked all the time
_LEAVE = (
    sa.update(inbox)
    .where(
        inbox.c.inbox_id == sa.bindparam("row_id"), inbox.c.state == "working",
        inbox.c.attempts == sa.bindparam("claim"),
    )
    .values(state=sa.bindparam("to"), lease_until=sa.bindparam("lease", type_=UtcDateTime))
)
_WAIT = _LEAVE.values(attempts=inbox.c.attempts - 1)
_IS_UNANSWERED = (
    sa.select(inbox.c.inbox_id)
    .where(inbox.c.sender_id == sa.bindparam("sender"), inbox.c.state.in_(UNANSWERED))
    .limit(1)
)
_CLAIM = (
    sa.select(inbox)
    .where(_may_be_claimed)
    .order_by(inbox.c.inbox_id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    sa.update(inbox)
    .where(inbox.c.inbox_id.in_(sa.bindparam("ids", expanding=True)))
    .values(
        state="working", attempts=inbox.c.attempts + 1, lease_until=sa.bindparam("lease", type_=UtcDateTime),
    )
)


@dataclass(frozen=True)
class InboxRow:
    """One message as it was claimed. `attempts` is the claim's number: a later claim makes this one void."""

    inbox_id: int
    message: InboundMessage
    attempts: int
    received_at: datetime


def receive(connection: sa.Connection, message: InboundMessage, now: datetime) -> bool:
    """Keep a message, to be answered; False when it is there already (the vendor sent it again). Writes."""
    lock_sender(connection, message.sender_id)
    note_receiving(connection)
    row = {
        "channel": message.channel, "message_id": message.message_id, "sender_id": message.sender_id,
        "payload": message.to_json(), "state": "waiting", "attempts": 0, "received_at": now,
    }
    return bool(insert_or_ignore(connection, inbox, [row], ("channel", "message_id")))


def correct(connection: sa.Connection, channel: str, message_id: str, sender_id: str, text: str) -> bool:
    """Put other words into a message that nobody has answered yet, by its sender; False when it is too late. Writes."""
    mine = sa.and_(
        inbox.c.channel == channel, inbox.c.message_id == message_id, inbox.c.sender_id == sender_id,
        inbox.c.state == "waiting",
    )
    row = connection.execute(sa.select(inbox.c.inbox_id, inbox.c.payload).where(mine).with_for_update()).first()
    if row is None or not text:
        return False
    payload = {**row.payload, "text": text, "payload": ""}
    connection.execute(sa.update(inbox).where(inbox.c.inbox_id == row.inbox_id).values(payload=payload))
    return True


def is_anything_waiting(connection: sa.Connection, now: datetime) -> bool:
    """Whether a claim is worth a writing transaction."""
    return connection.scalar(_ANYTHING, {"now": now}) is not None


def claim_next(connection: sa.Connection, *, lease_seconds: float, now: datetime, limit: int) -> list[InboxRow]:
    """Lease what waits, oldest first, one message a sender: the next only when the last is answered. Writes."""
    found = connection.execute(_CLAIM, {"now": now, "most": limit}).all()
    if not found:
        return []
    lease = now + timedelta(seconds=lease_seconds)
    connection.execute(_LEASE, {"ids": [row.inbox_id for row in found], "lease": lease})
    return [
        InboxRow(row.inbox_id, InboundMessage.from_json(row.payload), row.attempts + 1, row.received_at)
        for row in found
    ]


def finish(connection: sa.Connection, row: InboxRow) -> bool:
    """It is answered. False when the lease ran out and somebody else has it: then its answer counts. Writes."""
    return _leave(connection, row, "done", None)


def fail(connection: sa.Connection, row: InboxRow) -> bool:
    """Nobody will ever answer it; False when somebody else has it. Writes."""
    return _leave(connection, row, "failed", None)


def put_back(connection: sa.Connection, row: InboxRow, retry_at: datetime) -> bool:
    """It waits for another try; what the sender said since waits behind it. Writes."""
    return _leave(connection, row, "waiting", retry_at)


def let_wait(connection: sa.Connection, row: InboxRow, until: datetime) -> bool:
    """Nothing was tried, so that this claim does not count; what the sender said since waits behind it. Writes."""
    mine = {"row_id": row.inbox_id, "claim": row.attempts, "to": "waiting", "lease": until}
    return bool(connection.execute(_WAIT, mine).rowcount)


def keep_longer(connection: sa.Connection, row: InboxRow, until: datetime) -> bool:
    """Its answer takes longer than a lease; False when somebody else has it. Writes."""
    return _leave(connection, row, "working", until)


def amend(connection: sa.Connection, row: InboxRow, message: InboundMessage) -> None:
    """What was found out about a message stays with it, while we have it in hand. Writes."""
    is_mine = sa.and_(inbox.c.inbox_id == row.inbox_id, inbox.c.attempts == row.attempts)
    connection.execute(sa.update(inbox).where(is_mine).values(payload=message.to_json()))


def find_message(connection: sa.Connection, sender_id: str, inbox_id: int) -> InboundMessage | None:
    """One message of this sender, or None."""
    mine = sa.and_(inbox.c.inbox_id == inbox_id, inbox.c.sender_id == sender_id)
    found = connection.scalar(sa.select(inbox.c.payload).where(mine))
    return InboundMessage.from_json(found) if found else None


def is_unanswered(connection: sa.Connection, sender_id: str) -> bool:
    """Whether something that this sender said still waits for its answer."""
    return connection.scalar(_IS_UNANSWERED, {"sender": sender_id}) is not None


def newest_received_at(connection: sa.Connection, sender_id: str) -> datetime | None:
    """When this sender last said something; None when they never did."""
    newest = sa.select(sa.func.max(inbox.c.received_at)).where(inbox.c.sender_id == sender_id)
    moment: datetime | None = connection.scalar(newest)
    return moment


def _leave(connection: sa.Connection, row: InboxRow, state: str, lease_until: datetime | None) -> bool:
    mine = {"row_id": row.inbox_id, "claim": row.attempts, "to": state, "lease": lease_until}
    return bool(connection.execute(_LEAVE, mine).rowcount)
