"""Stage A0: what Meta's channels told -> inbox, outbox, consents. Each once, whatever is sent again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.channels.inbox import receive
from bot.channels.outbox import has_vendor_id, mark_bounced, mark_delivered, mark_seen, mark_sent
from bot.channels.refusals import note_refusal
from bot.contracts.messages import InboundMessage, OutboundMessage
from bot.profile.conversations import get_conversation, note_inbound
from bot.profile.store.tables import outbox, rejects
from bot.profile.suppressions import lift


@dataclass(frozen=True)
class Unread:
    """What could not be read, as received."""

    reason: str
    raw: Mapping[str, Any]


def keep_message(connection: sa.Connection, message: InboundMessage, said_at: datetime, now: datetime) -> bool:
    """Keep what a customer said, and when. False when it came before. Writes."""
    if not receive(connection, message, now):
        return False
    if conversation := get_conversation(connection, message.sender_id):
        lift(connection, message.channel, conversation.address)  # who writes from there is reached there
    _note_said(connection, message.sender_id, said_at, now)
    return True


def page_of(media: Mapping[str, str] | None, sent: str) -> dict[str, Any]:
    """What came beside words, as the inbox keeps it: the vendor's id or address of a file, never its bytes. Pure."""
    return {name: value for name, value in (("media", dict(media or {})), ("sent", sent)) if value}


def find_meant(
    connection: sa.Connection, sender_id: str, text: str, choose: Callable[[OutboundMessage, str], Any]
) -> Any:
    """What `choose` makes of an answer to what we said last; None when it makes nothing of it."""
    left = sa.and_(outbox.c.sender_id == sender_id, outbox.c.state.not_in(("pending", "withdrawn", "held", "failed")))
    newest = sa.select(sa.func.max(outbox.c.created_at)).where(left).scalar_subquery()
    turn = sa.and_(left, outbox.c.created_at == newest)  # the replies of one turn are written at one moment
    rows = connection.scalars(sa.select(outbox.c.payload).where(turn).order_by(outbox.c.outbox_id.desc()))
    found = (choose(OutboundMessage.from_json(each), text) for each in rows)
    return next((each for each in found if each is not None), None)


def keep_receipt(
    connection: sa.Connection, channel: str, *, outbox_id: int, message_id: str, state: str, reason: str, now: datetime
) -> bool:
    """What became of a message of ours, by the row's number or the vendor's id; whether it was news. Writes."""
    row_id = _find_row(connection, channel, outbox_id, message_id)
    if row_id is None:
        return False
    match state:
        case "sent":
            mark_sent(connection, row_id, message_id, now)
            return True
        case "delivered":
            return mark_delivered(connection, row_id, message_id, now)
        case "read":
            return mark_seen(connection, row_id, message_id, now)
        case _:
            is_news = mark_bounced(connection, row_id, reason)
            if is_news:
                note_refusal(connection, channel, _address_of(connection, row_id), reason, now)
            return is_news


def keep_read_until(connection: sa.Connection, channel: str, address: str, until: datetime, now: datetime) -> int:
    """Everything that left for this address until a moment was read; how much of it was news. Writes."""
    left = sa.and_(
        outbox.c.channel == channel, outbox.c.address == address, outbox.c.sent_at <= until,
        outbox.c.state.in_(("sent", "delivered")),
    )
    rows = connection.execute(sa.select(outbox.c.outbox_id, outbox.c.vendor_message_id).where(left)).all()
    return sum([mark_seen(connection, row.outbox_id, row.vendor_message_id, now) for row in rows])


def owner_of_row(connection: sa.Connection, channel: str, outbox_id: int, message_id: str) -> str:
    """Whose message of ours it was; "" when we know none."""
    row_id = _find_row(connection, channel, outbox_id, message_id)
    owner = connection.scalar(sa.select(outbox.c.customer_id).where(outbox.c.outbox_id == row_id)) if row_id else None
    return str(owner or "")


def keep_unread(connection: sa.Connection, channel: str, unread: Sequence[Unread], now: datetime) -> None:
    """Keep what could not be read, to be looked at. Writes."""
    rows = [
        {"silo": channel, "row": number, "reason": each.reason[:200], "payload": dict(each.raw), "received_at": now}
        for number, each in enumerate(unread)
    ]
    if rows:
        connection.execute(sa.insert(rejects), rows)


def _find_row(connection: sa.Connection, channel: str, outbox_id: int, message_id: str) -> int | None:
    mine = outbox.c.outbox_id == outbox_id if outbox_id else has_vendor_id(message_id)
    found: int | None = connection.scalar(
        sa.select(outbox.c.outbox_id).where(outbox.c.channel == channel, mine).order_by(outbox.c.outbox_id).limit(1)
    )
    return found


def _address_of(connection: sa.Connection, row_id: int) -> str:
    return str(connection.scalar(sa.select(outbox.c.address).where(outbox.c.outbox_id == row_id)) or "")


def _note_said(connection: sa.Connection, sender_id: str, said_at: datetime, now: datetime) -> None:
    """The window counts from the newest message: one that comes late does not shorten it."""
    conversation = get_conversation(connection, sender_id)
    moment = min(said_at, now)
    if conversation and (conversation.last_inbound_at is None or conversation.last_inbound_at < moment):
        note_inbound(connection, sender_id, now=moment)
