"""Stage A4: what was said in a conversation, both sides, from the store: what a person needs to read on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from bot.contracts.messages import InboundMessage, OutboundMessage, render_plain
from bot.profile.store.tables import inbox, outbox

MOST_MESSAGES = 30
_SPOKEN = ("reply", "nudge")


@dataclass(frozen=True)
class Said:
    """One message. A tapped button is told by its payload."""

    at: datetime
    who: Literal["customer", "bot"]
    text: str


def read_transcript(connection: sa.Connection, sender_id: str, *, limit: int = MOST_MESSAGES) -> list[Said]:
    """The last messages of a conversation, oldest first; nothing for a channel that keeps none (the terminal)."""
    heard = connection.execute(
        sa.select(inbox.c.received_at, inbox.c.payload)
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
    every = [Said(row.received_at, "customer", _words_of(InboundMessage.from_json(row.payload))) for row in heard]
    every += [Said(row.created_at, "bot", render_plain(OutboundMessage.from_json(row.payload))) for row in told]
    return sorted(every, key=lambda each: each.at)[-limit:]


def _words_of(message: InboundMessage) -> str:
    return message.text or f"[{message.payload}]"
