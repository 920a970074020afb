"""Links in letters: a random token whose hash alone is kept, good for hours and a few uses."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from bot.channels.outbox import enqueue
from bot.contracts.messages import OutboundMessage, QuickReply
from bot.profile.identities import root_of
from bot.profile.store.tables import privacy_links

LinkKind = Literal["export", "consent"]
_WAYS = {"export": ("data", "data_link"), "consent": ("consent", "consent_link")}  # its page, and the letter's kind


@dataclass(frozen=True)
class Link:
    """What a token opens. `customer_id` is the person's root at the moment of reading."""

    kind: str
    customer_id: str
    language: str
    purpose: str = ""
    channel: str = ""
    wording: str = ""
    uses_left: int = 1
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Letter:
    """Where a link is sent, and the words around it."""

    key: str  # the same key makes one link
    sender_id: str
    address: str
    text: str
    button: str
    public_url: str


def send_link(
    connection: sa.Connection, link: Link, letter: Letter, *, life: timedelta, now: datetime
) -> bool:
    """Make a link, end the person's earlier ones of the kind, and queue its letter; False when this key made one.

    It leaves as a code does: once it is on its way, the outbox forgets it. Writes.
    """
    token = secrets.token_urlsafe(32)
    path, kind = _WAYS[link.kind]
    url = f"{letter.public_url.rstrip('/')}/privacy/{path}/{token}"
    message = OutboundMessage(letter.text, language=link.language, quick_replies=(QuickReply(letter.button, url=url),))
    queued = enqueue(
        connection, idempotency_key=f"link:{link.kind}:{letter.key}", kind=kind, customer_id=link.customer_id,
        sender_id=letter.sender_id, channel="email", address=letter.address, purpose="service", payload=message,
        expires_at=now + life, now=now,
    )
    if queued is None:
        return False
    _end_earlier(connection, link)
    connection.execute(sa.insert(privacy_links).values(
        token_hash=hash_token(token), kind=link.kind, customer_id=link.customer_id, language=link.language,
        purpose=link.purpose, channel=link.channel, wording=link.wording, uses_left=link.uses_left, created_at=now,
        expires_at=now + life,
    ))
    return True


def read_link(connection: sa.Connection, kind: LinkKind, token: str, now: datetime) -> Link | None:
    """What a token still opens; None for one that is false, over or used up: they look alike. Uses nothing."""
    row = connection.execute(sa.select(privacy_links).where(*_is_good(kind, token, now))).first()
    if row is None:
        return None
    return Link(
        row.kind, root_of(connection, row.customer_id), row.language, row.purpose, row.channel, row.wording,
        row.uses_left, row.expires_at,
    )


def use_link(connection: sa.Connection, kind: LinkKind, token: str, now: datetime) -> Link | None:
    """What a token opens, used once more; None when it opens nothing any more. Writes."""
    used = connection.execute(
        sa.update(privacy_links).where(*_is_good(kind, token, now)).values(uses_left=privacy_links.c.uses_left - 1)
    )
    if not used.rowcount:
        return None
    row = connection.execute(
        sa.select(privacy_links).where(privacy_links.c.token_hash == hash_token(token))
    ).one()
    return Link(
        row.kind, root_of(connection, row.customer_id), row.language, row.purpose, row.channel, row.wording,
        row.uses_left, row.expires_at,
    )


def hash_token(token: str) -> str:
    """What is kept of a token: 256 random bits need no key and no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def _is_good(kind: str, token: str, now: datetime) -> Sequence[sa.ColumnElement[bool]]:
    links = privacy_links.c
    return (links.token_hash == hash_token(token), links.kind == kind, links.expires_at > now, links.uses_left > 0)


def _end_earlier(connection: sa.Connection, link: Link) -> None:
    links = privacy_links.c
    connection.execute(sa.delete(privacy_links).where(
        links.customer_id == link.customer_id, links.kind == link.kind, links.purpose == link.purpose,
        links.channel == link.channel,
    ))
