"""Stage A4: what was said in a conversation, both sides, from the store: what a person needs to read on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from bot.contracts.messages import InboundMessage, OutboundMessage, render_plain
from bot.profile.store.tables import inbox, messages, outbox

MOST_MESSAGES = 30
_SPOKEN = ("reply", "nudge")


@dataclass(frozen=True)
class Said:
    """One message. A tapped button is told by its title where the channel kept it, else by its payload."""

    at: datetime
    who: Literal["customer", "bot", "person"]
    text: str
    author: str = ""  # the person's name


def read_transcript(connection: sa.Connection, sender_id: str, *, limit: int = MOST_MESSAGES) -> list[Said]:
    """The last messages of a conversation, oldest first; nothing for a channel that keeps none (the terminal)."""
    heard = connection.execute(
        sa.select(inbox.c.received_at, inbox.c.payload, messages.c.payload.label("shown"))
        .outerjoin(messages, messages.c.message_id == inbox.c.message_id)
        .where(inbox.c.sender_id == sender_id)
        .order_by(inbox.c.inbox_id.desc())
        .limit(limit)
    )
    told = connection.execute(
        sa.select(outbox.c.created_at, outbox.c.payload)
        .where(outbox.c.sender_id == sender_id, outbox.c.kind.in_(_SPOKEN), outbox.c.state != "withdrawn")
        .order_by(outbox.c.outbox_id.desc())
        .limit(limit)
    )
    every = [Said(row.received_at, "customer", _words_of(row.payload, row.shown)) for row in heard][::-1]
    every += [_told(row.created_at, OutboundMessage.from_json(row.payload)) for row in told][::-1]
    return sorted(every, key=lambda each: each.at)[-limit:]


def _words_of(payload: Mapping[str, Any], shown: Mapping[str, Any] | None) -> str:
    message = InboundMessage.from_json(payload)
    return message.text or f"[{(shown or {}).get('text') or message.payload}]"


def _told(at: datetime, message: OutboundMessage) -> Said:
    if message.author:
        return Said(at, "person", message.text, message.author)
    return Said(at, "bot", render_plain(message))
