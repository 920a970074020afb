"""Stage A4: what was said in a conversation, both sides, from the store: what a person needs to read on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from bot.contracts.messages import InboundMessage, OutboundMessage, is_wordless, render_plain
from bot.profile.store.tables import inbox, messages, outbox

MOST_MESSAGES = 30
_SPOKEN = ("reply", "nudge")
_PICTURE = "[image]"  # in both languages


@dataclass(frozen=True)
class Said:
    """One message. A tapped button is told by its title where the channel kept it, else by its payload."""

    at: datetime
    who: Literal["customer", "bot", "person"]
    text: str
    author: str = ""  # the person's name
    position: int = 0  # the inbox_id of what the customer said, the outbox_id of the rest
    key: str = ""  # the idempotency key of what we said
    picture_id: str = ""  # what the customer sent, with words or without
    file: str = ""  # what else they sent, in a word: its vendor still has it


def read_transcript(
    connection: sa.Connection, sender_id: str, *, limit: int = MOST_MESSAGES, heard_after: int | None = None,
    told_after: int | None = None,
) -> list[Said]:
    """The last messages of a conversation, oldest first; nothing for a channel that keeps none (the terminal).
    With positions, only what came after them.
    """
    heard = connection.execute(
        sa.select(inbox.c.inbox_id, inbox.c.received_at, inbox.c.payload, messages.c.payload.label("shown"))
        .outerjoin(messages, messages.c.message_id == inbox.c.message_id)
        .where(inbox.c.sender_id == sender_id, _after(inbox.c.inbox_id, heard_after))
        .order_by(inbox.c.inbox_id.desc())
        .limit(limit)
    )
    told = connection.execute(
        sa.select(outbox.c.outbox_id, outbox.c.idempotency_key, outbox.c.created_at, outbox.c.payload)
        .where(outbox.c.sender_id == sender_id, _after(outbox.c.outbox_id, told_after))
        .where(outbox.c.kind.in_(_SPOKEN), outbox.c.state != "withdrawn")
        .order_by(outbox.c.outbox_id.desc())
        .limit(limit)
    )
    every = [_heard(row) for row in heard.mappings()][::-1] + [_told(row) for row in told.mappings()][::-1]
    return sorted(every, key=lambda each: each.at)[-limit:]


def _after(key: sa.Column[int], position: int | None) -> sa.ColumnElement[bool]:
    return sa.true() if position is None else key > position


def _heard(row: sa.RowMapping) -> Said:
    message = InboundMessage.from_json(row["payload"])
    picture_id, media = str(message.page.get("picture") or ""), message.page.get("media")
    return Said(
        row["received_at"], "customer", _words_of(message, row["shown"]), position=row["inbox_id"],
        picture_id=picture_id, file=str(message.page.get("sent") or "") if media and not picture_id else "",
    )


def _words_of(message: InboundMessage, shown: Mapping[str, Any] | None) -> str:
    sent = _PICTURE if message.page.get("picture") else f"[{message.page['sent']}]" if message.page.get("sent") else ""
    if message.text or is_wordless(message):
        return " ".join(part for part in (sent, message.text) if part)
    return f"[{(shown or {}).get('text') or message.payload}]"


def _told(row: sa.RowMapping) -> Said:
    message = OutboundMessage.from_json(row["payload"])
    text = message.text if message.author else render_plain(message)
    return Said(
        row["created_at"], "person" if message.author else "bot", text, message.author, row["outbox_id"],
        row["idempotency_key"],
    )
