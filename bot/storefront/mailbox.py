"""The demo's mailbox: what left by e-mail and text message, received for real and kept in a small table."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as email_policy
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from bot.bootstrap import Clock
from bot.channels.demo_letters import letters, metadata
from bot.profile.store.engine import Store

log = structlog.get_logger()
MOST_KEPT = 500
MOST_BYTES = 1_000_000

@dataclass(frozen=True)
class Letter:
    """One e-mail or text message that arrived."""

    channel: str
    sender: str
    recipient: str
    subject: str
    text: str
    received_at: datetime


class Mailbox:
    """Keeps what arrives in the shop's database; only the demo has one."""

    def __init__(self, url: str, clock: Clock) -> None:
        """`url` is SQLAlchemy's; the table is made at the first use."""
        self._store = Store(url)
        self._clock = clock
        self._is_ready = False

    def keep(self, *, channel: str, sender: str, recipient: str, subject: str, text: str, vendor_id: str = "") -> str:
        """Keep one message; returns the vendor's id of it. Writes."""
        vendor_id = vendor_id or f"{channel}-{uuid4().hex}"
        self._prepare()
        with self._store.write() as connection:
            connection.execute(sa.insert(letters).values(
                channel=channel, sender=sender[:320], recipient=recipient[:320], subject=subject[:400],
                text=text, vendor_message_id=vendor_id[:256], received_at=self._clock(),
            ))
            newest = connection.execute(sa.select(sa.func.max(letters.c.letter_id))).scalar_one()
            connection.execute(sa.delete(letters).where(letters.c.letter_id <= newest - MOST_KEPT))
        return vendor_id

    def read(self, limit: int = 60) -> list[Letter]:
        """What arrived, newest first."""
        self._prepare()
        with self._store.read() as connection:
            rows = connection.execute(sa.select(letters).order_by(letters.c.letter_id.desc()).limit(limit)).all()
        return [Letter(row.channel, row.sender, row.recipient, row.subject, row.text, row.received_at) for row in rows]

    def close(self) -> None:
        """Give back every connection."""
        self._store.close()

    def _prepare(self) -> None:
        if not self._is_ready:
            with self._store.write() as connection:
                metadata.create_all(connection)
            self._is_ready = True


class _Receiver:
    """aiosmtpd's handler: one e-mail in, one letter kept before the vendor's 250 is said."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        message = message_from_bytes(content, policy=email_policy)
        vendor_id = str(message.get("Message-ID") or "")
        for recipient in envelope.rcpt_tos:
            self._mailbox.keep(
                channel="email", sender=str(message.get("From") or envelope.mail_from or ""), recipient=recipient,
                subject=str(message.get("Subject") or ""), text=_plain_text(message), vendor_id=vendor_id,
            )
        return "250 kept"


def open_smtp(mailbox: Mailbox, port: int) -> Controller:
    """An SMTP server on the loopback for the demo's mail; `start()` and `stop()` belong to the site's lifespan."""
    return Controller(_Receiver(mailbox), hostname="127.0.0.1", port=port, data_size_limit=MOST_BYTES,
                      enable_SMTPUTF8=True, ready_timeout=10)


def _plain_text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    with suppress(LookupError, ValueError):
        return str(body.get_content()).strip() if body is not None else ""
    return ""
