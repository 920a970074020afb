"""The conversation as the widget shows it: both sides, in order, so that no tab and no reload misses a word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.channels.inbox import UNANSWERED
from bot.channels.ordering import lock_sender
from bot.channels.outbox import mark_arrived
from bot.profile.conversations import get_conversation
from bot.profile.store.tables import inbox, messages, outbox
from bot.profile.store.upsert import insert_or_ignore

MOST_AT_ONCE = 100
_REPLY_ON_ITS_WAY = (
    outbox.c.kind == "reply", outbox.c.channel == "web", outbox.c.state.in_(("pending", "sending"))
)


_senders: sa.BindParameter[str] = sa.bindparam("senders", expanding=True)
_besides: sa.BindParameter[int] = sa.bindparam("besides", expanding=True)
_BUSY = sa.union(  # built once, as the next: asked at every message
    sa.select(inbox.c.sender_id).where(inbox.c.sender_id.in_(_senders), inbox.c.state.in_(UNANSWERED)),
    sa.select(outbox.c.sender_id)
    .where(outbox.c.sender_id.in_(_senders), outbox.c.outbox_id.not_in(_besides), *_REPLY_ON_ITS_WAY),
)
_BY_ID = sa.select(messages).where(messages.c.message_id == sa.bindparam("id"))


@dataclass(frozen=True)
class Said:
    """One message of either side, at its place in the conversation."""

    position: int
    message_id: str
    direction: str  # in: the customer's | out: ours
    payload: Mapping[str, Any]
    at: datetime
    is_seen: bool

    def to_json(self) -> dict[str, Any]:
        """As the widget reads it. A customer's own id of a message comes back without what made it unique."""
        return {
            **self.payload, "position": self.position, "id": self.message_id.partition(":")[2] or self.message_id,
            "direction": self.direction, "at": self.at.isoformat(), "is_seen": self.is_seen,
        }


@dataclass(frozen=True)
class Ours:
    """A message of ours for a conversation. `payload` is what the widget shows."""

    sender_id: str
    outbox_id: int
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Kept:
    """A message of ours at its place; None where there is no such conversation."""

    said: Said | None
    is_new: bool


@dataclass(frozen=True)
class Receipt:
    """What a tab of a conversation got, and what it showed, by position."""

    sender_id: str
    delivered: Sequence[int] = ()
    seen: Sequence[int] = ()


def append(
    connection: sa.Connection, *, sender_id: str, message_id: str, direction: str, payload: Mapping[str, Any],
    now: datetime,
) -> tuple[Said, bool]:
    """Add to the conversation; what is kept under the id, and whether it is new. Writes."""
    lock_sender(connection, sender_id)
    row = {
        "sender_id": sender_id, "message_id": message_id, "direction": direction, "payload": dict(payload), "at": now,
    }
    is_new = bool(insert_or_ignore(connection, messages, [row], ("message_id",)))
    kept = connection.execute(_BY_ID, {"id": message_id}).one()
    return _said(kept), is_new


def append_ours(connection: sa.Connection, messages: Sequence[Ours], now: datetime) -> list[Kept]:
    """Add ours, each once by its outbox id; what is kept of each, in their order. Writes."""
    senders = sorted({each.sender_id for each in messages})
    known = {sender_id for sender_id in senders if get_conversation(connection, sender_id)}
    for sender_id in senders:  # in one order, or two transactions could wait for each other
        lock_sender(connection, sender_id)
    return [_append_one(connection, each, now) if each.sender_id in known else Kept(None, False) for each in messages]


def find(connection: sa.Connection, message_id: str) -> Said | None:
    """What is kept under an id, or None."""
    row = connection.execute(sa.select(messages).where(messages.c.message_id == message_id)).first()
    return _said(row) if row else None


def read_after(
    connection: sa.Connection, sender_id: str, after: int, limit: int = MOST_AT_ONCE
) -> tuple[list[Said], bool]:
    """What was said after a position, oldest first, and whether there is more before it.

    Of a long silence only the newest are given: `limit` of them.
    """
    rows = connection.execute(
        sa.select(messages)
        .where(messages.c.sender_id == sender_id, messages.c.position > after)
        .order_by(messages.c.position.desc())
        .limit(limit + 1)
    ).all()
    return [_said(row) for row in reversed(rows[:limit])], len(rows) > limit


def read_before(
    connection: sa.Connection, sender_id: str, before: int, limit: int = MOST_AT_ONCE
) -> tuple[list[Said], bool]:
    """What was said before a position, oldest first, and whether there is more."""
    rows = connection.execute(
        sa.select(messages)
        .where(messages.c.sender_id == sender_id, messages.c.position < before)
        .order_by(messages.c.position.desc())
        .limit(limit + 1)
    ).all()
    return [_said(row) for row in reversed(rows[:limit])], len(rows) > limit


def note_receipts(connection: sa.Connection, receipts: Sequence[Receipt], now: datetime) -> None:
    """What widgets got, or showed: the outbox rows say so from here on. Others' positions are left alone. Writes."""
    got = {(each.sender_id, position) for each in receipts for position in (*each.delivered, *each.seen)}
    seen = {(each.sender_id, position) for each in receipts for position in each.seen}
    rows = connection.execute(
        sa.select(messages.c.sender_id, messages.c.position, messages.c.payload)
        .where(messages.c.position.in_({position for _, position in got}), messages.c.direction == "out")
    ).all()
    mine = [row for row in rows if (row.sender_id, row.position) in got]
    shown = [row.position for row in mine if (row.sender_id, row.position) in seen]
    arrived = {row.position: int(row.payload.get("outbox_id") or 0) for row in mine}
    names = {arrived[each]: vendor_id(each) for each in arrived.keys() - shown}
    mark_arrived(connection, names, "delivered", now)
    mark_arrived(connection, {arrived[each]: vendor_id(each) for each in shown}, "seen", now)
    if shown:
        was_unseen = sa.and_(messages.c.position.in_(shown), messages.c.seen_at.is_(None))
        connection.execute(sa.update(messages).where(was_unseen).values(seen_at=now))


def find_busy(connection: sa.Connection, sender_ids: Sequence[str], *, besides: Sequence[int] = ()) -> set[str]:
    """Those of the conversations in which an answer is being made: something waits in the inbox, or a reply is on its
    way that is not among `besides`.
    """
    return set(connection.scalars(_BUSY, {"senders": list(sender_ids), "besides": list(besides)}))


def vendor_id(position: int) -> str:
    """The web channel's own id of a message that it showed."""
    return f"web-{position}"


def _append_one(connection: sa.Connection, ours: Ours, now: datetime) -> Kept:
    said, is_new = append(
        connection, sender_id=ours.sender_id, message_id=f"out:{ours.outbox_id}", direction="out",
        payload=ours.payload, now=now,
    )
    return Kept(said, is_new)


def _said(row: sa.Row[Any]) -> Said:
    return Said(row.position, row.message_id, row.direction, row.payload, row.at, row.seen_at is not None)
