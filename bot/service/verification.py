"""Stage A4: codes that prove an address: six digits, kept as a keyed hash, for one use, some minutes and few tries.

Whether the thing asked for exists or not, the same is written, said and limited; only then is nothing sent.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

import sqlalchemy as sa

from bot.channels.outbox import enqueue
from bot.contracts.messages import OutboundMessage
from bot.errors import NotAllowed
from bot.profile.rate_limits import give_back, take
from bot.profile.store.tables import codes
from bot.service.policy import VerificationPart
from bot.texts.catalogue import translate

CodeCheck = Literal["ok", "wrong", "expired", "too_many"]
HOUR_SECONDS = 3600


@dataclass(frozen=True)
class CodeRequest:
    """Who wants to prove what. Without `target` nothing that exists is meant: no code leaves, none is ever right."""

    purpose: str  # order | account | change_email | ...
    target: str  # what the code opens; "" when there is no such thing
    address: str  # an e-mail address
    sender_id: str
    customer_id: str
    turn_key: str  # of the message that asks: it makes one code, however often it is processed
    language: str
    shop_name: str

    @property
    def subject(self) -> str:
        """Whose code, and for what."""
        return f"{self.purpose}:{self.sender_id}"


def issue_code(
    connection: sa.Connection, request: CodeRequest, *, rules: VerificationPart, secret: str, rng: Random, now: datetime
) -> None:
    """Make a code, end the subject's earlier ones, and queue it by e-mail. Writes.

    The same message makes one code only. Codes count until the right one is typed (`return_code`):
    NotAllowed("too_many_codes") when this conversation asked too often; an address that was written to too often is
    written to no more, and nobody is told.
    """
    if not take(
        connection, _counter(request.sender_id), limit=rules.codes_per_hour, window_seconds=HOUR_SECONDS, now=now
    ):
        raise NotAllowed("too_many_codes")
    may_send = take(
        connection,
        _counter(request.address or request.subject),
        limit=rules.codes_per_hour,
        window_seconds=HOUR_SECONDS,
        now=now,
    )
    code = f"{rng.randrange(1_000_000):06d}"
    expires_at = now + timedelta(minutes=rules.code_minutes)
    if request.target and may_send and not _queue(connection, request, code, rules, expires_at, now):
        return  # the same message again: its code is on its way
    connection.execute(
        sa.update(codes).where(codes.c.subject == request.subject, codes.c.used_at.is_(None)).values(used_at=now)
    )
    connection.execute(
        sa.insert(codes).values(
            subject=request.subject,
            code_hash=hash_code(secret, request.subject, request.target, code),
            attempts=0,
            created_at=now,
            expires_at=expires_at,
        )
    )


def check_code(
    connection: sa.Connection,
    *,
    purpose: str,
    sender_id: str,
    target: str,
    code: str,
    rules: VerificationPart,
    secret: str,
    now: datetime,
) -> CodeCheck:
    """Whether the code opens the target; a right one is used up, every try is counted. Writes."""
    subject = f"{purpose}:{sender_id}"
    row = _open_code(connection, subject)
    if row is None:
        return "expired"
    counted = connection.execute(
        sa.update(codes)
        .where(codes.c.code_id == row.code_id, codes.c.attempts < rules.code_tries)
        .values(attempts=codes.c.attempts + 1)
    )
    if not counted.rowcount:
        return "too_many"
    is_right = hmac.compare_digest(row.code_hash, hash_code(secret, subject, target, code))
    if now >= row.expires_at:
        return "expired"
    if not (is_right and target):
        return "too_many" if row.attempts + 1 >= rules.code_tries else "wrong"
    return "ok" if _use_up(connection, row.code_id, now) else "expired"


def return_code(connection: sa.Connection, sender_id: str, address: str) -> None:
    """A code that was typed rightly no longer counts against its conversation and its address. Writes."""
    for who in (sender_id, address):
        give_back(connection, _counter(who))


def _counter(who: str) -> str:
    return f"codes:{who.lower()}"


def may_look_up(connection: sa.Connection, sender_id: str, rules: VerificationPart, now: datetime) -> bool:
    """Count one try at an order number or an account; False when this conversation tried too often. Writes."""
    return take(connection, f"lookups:{sender_id}", limit=rules.lookups_per_hour, window_seconds=HOUR_SECONDS, now=now)


def hash_code(secret: str, subject: str, target: str, code: str) -> str:
    """The keyed hash a code is kept as; it holds for one subject and target only."""
    return hmac.new(secret.encode(), f"{subject}\n{target}\n{code}".encode(), hashlib.sha256).hexdigest()


def mask_email(email: str) -> str:
    """An address that its owner recognises and nobody else learns: `c•••@example.com`."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}" if domain else ""


def _queue(
    connection: sa.Connection,
    request: CodeRequest,
    code: str,
    rules: VerificationPart,
    expires_at: datetime,
    now: datetime,
) -> bool:
    text = translate(
        request.language,
        "Your code for {shop} is {code}. It is good for {minutes} minutes and for one use. "
        "Give it only in the chat that asked for it. If that was not you, ignore this message.",
        shop=request.shop_name,
        code=code,
        minutes=rules.code_minutes,
    )
    queued = enqueue(
        connection,
        idempotency_key=f"code:{request.purpose}:{request.turn_key}",
        kind="code",
        customer_id=request.customer_id,
        sender_id=request.sender_id,
        channel="email",
        address=request.address,
        purpose="service",
        payload=OutboundMessage(text, language=request.language),
        expires_at=expires_at,
        now=now,
    )
    return queued is not None


def _open_code(connection: sa.Connection, subject: str) -> sa.Row[Any] | None:
    return connection.execute(
        sa.select(codes)
        .where(codes.c.subject == subject, codes.c.used_at.is_(None))
        .order_by(codes.c.code_id.desc())
        .limit(1)
    ).first()


def _use_up(connection: sa.Connection, code_id: int, now: datetime) -> bool:
    used = connection.execute(
        sa.update(codes).where(codes.c.code_id == code_id, codes.c.used_at.is_(None)).values(used_at=now)
    )
    return bool(used.rowcount)
