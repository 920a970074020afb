"""Stage B5: the one list of everything that leaves, and the states a row goes through.

    pending -> sending -> sent -> delivered -> seen
       |          |-> failed            the vendor refused
       |          `-> unknown           a crash or a silence: kept, reported, never sent again blindly;
       |                                a late receipt makes it delivered or seen
       |-> withdrawn                    no longer wanted
       `-> held                         a nudge that stays home, with its reasons
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.contracts.messages import OutboundMessage
from bot.profile.store.engine import UtcDateTime
from bot.profile.store.tables import outbox
from bot.profile.store.upsert import insert_or_ignore

SENDING_SECONDS = 60.0  # longer than any sender's deadline: after it nobody is still sending
SECRET_KINDS = ("code", "data_link", "consent_link")  # for their receiver alone: what left is forgotten here
ANSWERS = ("reply", *SECRET_KINDS, "notice")  # said in the order they were written; a waiting nudge lets them pass


@dataclass(frozen=True)
class OutboxRow:
    """One message on its way, as it was claimed."""

    outbox_id: int
    idempotency_key: str
    kind: str
    customer_id: str
    sender_id: str
    channel: str
    address: str
    purpose: str
    nudge: str
    about: str
    facts: Mapping[str, Any]
    payload: OutboundMessage
    state: str
    reason: str
    vendor_message_id: str
    attempts: int
    not_before: datetime
    expires_at: datetime | None
    lease_until: datetime | None
    created_at: datetime
    sent_at: datetime | None


def enqueue(
    connection: sa.Connection,
    *,
    idempotency_key: str,
    kind: str,
    customer_id: str,
    sender_id: str,
    channel: str,
    address: str,
    purpose: str,
    payload: OutboundMessage,
    nudge: str = "",
    about: str = "",
    facts: Mapping[str, Any] | None = None,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
    now: datetime,
) -> int | None:
    """Put a message on the list; its id, None when the key is there already. Writes."""
    row = {
        "idempotency_key": idempotency_key, "kind": kind, "customer_id": customer_id, "sender_id": sender_id,
        "channel": channel, "address": address, "purpose": purpose, "nudge": nudge, "about": about,
        "facts": dict(facts or {}), "payload": payload.to_json(), "state": "pending", "reason": "",
        "vendor_message_id": "", "attempts": 0, "not_before": not_before or now, "expires_at": expires_at,
        "created_at": now,
    }
    if not insert_or_ignore(connection, outbox, [row], ("idempotency_key",)):
        return None
    found = connection.scalar(sa.select(outbox.c.outbox_id).where(outbox.c.idempotency_key == idempotency_key))
    return int(found) if found is not None else None


def is_queued(connection: sa.Connection, idempotency_key: str) -> bool:
    """Whether a message with that key was ever put on the list."""
    found = sa.select(outbox.c.outbox_id).where(outbox.c.idempotency_key == idempotency_key)
    return connection.scalar(found) is not None


def find_last_reply(connection: sa.Connection, sender_id: str, since: datetime) -> OutboundMessage | None:
    """What was last answered in a conversation since a moment, sent or on its way; None for nothing."""
    newest = (
        sa.select(outbox.c.payload)
        .where(outbox.c.sender_id == sender_id, outbox.c.kind == "reply", outbox.c.created_at > since)
        .order_by(outbox.c.outbox_id.desc()).limit(1)
    )
    found = connection.scalar(newest)
    return OutboundMessage.from_json(found) if found else None


def claim_due(
    connection: sa.Connection, *, kinds: Sequence[str], limit: int, lease_seconds: float, now: datetime
) -> list[OutboxRow]:
    """Lease what is due, oldest first, at most one row a sender so that their order holds. Writes.

    What is nobody's any more in `sending` becomes `unknown` first.
    """
    settle_lapsed(connection, now)
    earlier = outbox.alias("earlier")
    is_blocked = sa.exists().where(
        earlier.c.sender_id == outbox.c.sender_id,
        earlier.c.outbox_id < outbox.c.outbox_id,
        sa.or_(
            earlier.c.state == "sending",
            sa.and_(earlier.c.state == "pending", earlier.c.kind.in_(ANSWERS)),
        ),
    )
    due = (
        sa.select(outbox)
        .where(
            outbox.c.state == "pending", outbox.c.not_before <= now, outbox.c.kind.in_(tuple(kinds)),
            sa.or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < now),
            sa.or_(outbox.c.sender_id == "", sa.not_(is_blocked)),
        )
        .order_by(outbox.c.outbox_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = _first_of_each_sender(connection.execute(due).mappings().all())
    if rows:
        ids = [row["outbox_id"] for row in rows]
        lease = now + timedelta(seconds=lease_seconds)
        connection.execute(sa.update(outbox).where(outbox.c.outbox_id.in_(ids)).values(lease_until=lease))
    return [_row(each) for each in rows]


def is_anything_on_its_way(connection: sa.Connection) -> bool:
    """Whether a look at what is due, or has lapsed, is worth a writing transaction."""
    found = sa.select(outbox.c.outbox_id).where(outbox.c.state.in_(("pending", "sending"))).limit(1)
    return connection.scalar(found) is not None


def settle_lapsed(connection: sa.Connection, now: datetime) -> int:
    """Rows whose sender is gone: their fate is unknown. How many. Writes."""
    lapsed = sa.and_(outbox.c.state == "sending", outbox.c.lease_until < now)
    changed = connection.execute(sa.update(outbox).where(lapsed).values(state="unknown", reason="crashed"))
    if changed.rowcount:
        _forget_codes(connection, outbox.c.state == "unknown")
    return changed.rowcount


def mark_sending(connection: sa.Connection, outbox_id: int, now: datetime) -> bool:
    """From here on a crash leaves it unknown. False when it was withdrawn or somebody else has it. Writes.

    `not_before` becomes the moment it leaves: of one whose fate stays unknown, caps know no other.
    """
    lease = now + timedelta(seconds=SENDING_SECONDS)
    changed = connection.execute(
        sa.update(outbox)
        .where(outbox.c.outbox_id == outbox_id, outbox.c.state == "pending")
        .values(state="sending", attempts=outbox.c.attempts + 1, lease_until=lease, reason="", not_before=now)
    )
    return bool(changed.rowcount)


def mark_sent(connection: sa.Connection, outbox_id: int, vendor_message_id: str, now: datetime) -> None:
    """The vendor took it; an answer that comes late settles an unknown one too. Writes."""
    _leave(connection, outbox_id, ("sending", "unknown"), state="sent", vendor_message_id=vendor_message_id,
           sent_at=now, reason="")


def mark_delivered(connection: sa.Connection, outbox_id: int, vendor_message_id: str, now: datetime) -> bool:
    """A receipt says that it arrived, however late: an unknown row is settled by it. Whether it was news. Writes."""
    return _note_receipt(connection, outbox_id, ("sending", "sent", "unknown"), "delivered", vendor_message_id, now)


def mark_seen(connection: sa.Connection, outbox_id: int, vendor_message_id: str, now: datetime) -> bool:
    """A receipt says that the customer saw it. Whether it was news. Writes."""
    arrived = ("sending", "sent", "unknown", "delivered")
    return _note_receipt(connection, outbox_id, arrived, "seen", vendor_message_id, now)


def mark_failed(connection: sa.Connection, outbox_id: int, reason: str, now: datetime) -> None:
    """The vendor refused it for good. Writes."""
    _leave(connection, outbox_id, ("pending", "sending", "unknown"), state="failed", reason=reason)


def mark_bounced(connection: sa.Connection, outbox_id: int, reason: str) -> bool:
    """A receipt says that it never arrived, after the vendor took it. Whether it was news. Writes."""
    on_its_way = sa.and_(outbox.c.outbox_id == outbox_id, outbox.c.state.in_(("sending", "sent", "unknown")))
    changed = connection.execute(
        sa.update(outbox).where(on_its_way).values(state="failed", reason=reason[:200], lease_until=None)
    )
    _forget_codes(connection, outbox.c.outbox_id == outbox_id)
    return bool(changed.rowcount)


def mark_unknown(connection: sa.Connection, outbox_id: int, now: datetime, reason: str = "no_answer") -> None:
    """It may have left: kept and reported, never sent again. Writes."""
    _leave(connection, outbox_id, ("sending",), state="unknown", reason=reason)


def mark_held(connection: sa.Connection, outbox_id: int, reason: str, now: datetime) -> None:
    """A nudge stays home. Writes."""
    _leave(connection, outbox_id, ("pending",), state="held", reason=reason[:200])


def withdraw(
    connection: sa.Connection, *, outbox_ids: Sequence[int] = (), about: str = "", customer_id: str = "",
    reason: str, now: datetime,
) -> int:
    """Take back what is pending, by ids, or all about something to somebody; how many. Writes."""
    mine = outbox.c.outbox_id.in_(outbox_ids) if outbox_ids else sa.and_(
        outbox.c.about == about, outbox.c.customer_id == customer_id
    )
    changed = connection.execute(
        sa.update(outbox).where(mine, outbox.c.state == "pending").values(state="withdrawn", reason=reason)
    )
    _forget_codes(connection, mine)
    return changed.rowcount


def list_rows(connection: sa.Connection, *, state: str = "", limit: int = 200) -> list[OutboxRow]:
    """The newest rows, of one state or all."""
    query = sa.select(outbox).order_by(outbox.c.outbox_id.desc()).limit(limit)
    if state:
        query = query.where(outbox.c.state == state)
    return [_row(each) for each in connection.execute(query).mappings()]


def _leave(connection: sa.Connection, outbox_id: int, states: tuple[str, ...], **values: Any) -> None:
    connection.execute(
        sa.update(outbox)
        .where(outbox.c.outbox_id == outbox_id, outbox.c.state.in_(states))
        .values(lease_until=None, **values)
    )
    _forget_codes(connection, outbox.c.outbox_id == outbox_id)


def _forget_codes(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """A code or link that left, or never will, is nobody's to read here any more."""
    is_over = sa.and_(which, outbox.c.kind.in_(SECRET_KINDS), outbox.c.state.not_in(("pending", "sending")))
    connection.execute(sa.update(outbox).where(is_over).values(payload=OutboundMessage("••••••").to_json()))


def _note_receipt(
    connection: sa.Connection, outbox_id: int, states: tuple[str, ...], state: str, vendor_message_id: str,
    now: datetime,
) -> bool:
    """A receipt may be quicker than the vendor's own answer: it says everything that the answer would."""
    changed = connection.execute(
        sa.update(outbox)
        .where(outbox.c.outbox_id == outbox_id, outbox.c.state.in_(states))
        .values(
            state=state, reason="", lease_until=None, vendor_message_id=vendor_message_id,
            sent_at=sa.func.coalesce(outbox.c.sent_at, sa.literal(now, UtcDateTime)),
        )
    )
    _forget_codes(connection, outbox.c.outbox_id == outbox_id)
    return bool(changed.rowcount)


def _first_of_each_sender(rows: Sequence[sa.RowMapping]) -> list[sa.RowMapping]:
    seen: set[str] = set()
    kept = []
    for row in rows:
        if not row["sender_id"] or row["sender_id"] not in seen:
            kept.append(row)
        seen.add(row["sender_id"])
    return kept


def _row(values: sa.RowMapping) -> OutboxRow:
    return OutboxRow(**{**values, "payload": OutboundMessage.from_json(values["payload"])})
