"""Stage A0: letters that come back, by HTTP from a mail server or out of a mailbox -> outbox, suppressions, consent."""

import hmac
import imaplib
from collections.abc import Callable
from datetime import datetime
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from bot.channels.email.bounces import Bounce, read_bounce
from bot.channels.outbox import has_vendor_id, mark_bounced
from bot.channels.refusals import note_refusal
from bot.channels.unsubscribe import stop_marketing
from bot.errors import FixConfiguration, ForeignPayload, Unavailable, UnsupportedPayload
from bot.profile.store.engine import Store
from bot.profile.store.tables import outbox
from bot.settings import Settings
from bot.webhook import read_body

log = structlog.get_logger()
DEADLINE_SECONDS = 10.0
LETTERS_A_LOOK = 100
_MOST_BYTES = 512_000


def build_returned_router(store: Store, settings: Settings, clock: Callable[[], datetime]) -> APIRouter:
    """`POST /webhooks/email`: a mail server pipes a whole letter here, with the shop's secret as bearer token."""
    router = APIRouter(include_in_schema=False)
    wanted = f"Bearer {settings.bounce_secret}".encode()

    @router.post("/webhooks/email")
    async def take(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), wanted):
            log.warning("webhook_refused", webhook="email")
            return Response(status_code=401)
        body = await read_body(request, _MOST_BYTES)
        if body is None:
            return Response(status_code=413)
        await run_in_threadpool(keep_returned, store, body, clock())
        return Response(status_code=200)

    return router


def keep_returned(store: Store, raw: bytes, now: datetime) -> bool:
    """Note what a letter to the mailbox says of one of ours; False where it says nothing. Writes."""
    try:
        bounce = read_bounce(raw)
    except (ForeignPayload, UnsupportedPayload) as error:
        log.info("returned_letter_ignored", why=str(error))
        return False
    with store.write() as connection:
        return keep_bounce(connection, bounce, now)


def keep_bounce(connection: sa.Connection, bounce: Bounce, now: datetime) -> bool:
    """The row did not arrive, and its address is left alone as long as the reason asks; False for no letter of ours.
    Writes.
    """
    ours = sa.and_(outbox.c.channel == "email", has_vendor_id(bounce.message_id))
    row = connection.execute(sa.select(outbox).where(ours).limit(1)).first()
    if row is None:
        log.info("returned_letter_of_a_stranger")
        return False
    if bounce.reason != "complaint":
        if not mark_bounced(connection, row.outbox_id, bounce.reason):
            return True  # told before
    elif row.customer_id:
        stop_marketing(connection, row.customer_id, "email", source="complaint", wording="feedback report", now=now)
    note_refusal(connection, "email", row.address, bounce.reason, now)
    log.warning("letter_came_back", outbox_id=row.outbox_id, reason=bounce.reason)
    return True


def look_into_mailbox(store: Store, settings: Settings, now: datetime) -> int:
    """Read what is new in the mailbox that letters come back to; how many letters. Each is marked as read once it is
    kept, and none is deleted. Unavailable when the mailbox is away. Writes.
    """
    address = urlsplit(settings.bounce_mailbox)
    try:
        with imaplib.IMAP4_SSL(address.hostname or "", address.port or 993, timeout=DEADLINE_SECONDS) as box:
            box.login(unquote(address.username or ""), unquote(address.password or ""))
            box.select(address.path.strip("/") or "INBOX")
            numbers = box.search(None, "UNSEEN")[1][0].split()[:LETTERS_A_LOOK]
            for number in numbers:
                _take_letter(store, box, number, now)
            return len(numbers)
    except (OSError, imaplib.IMAP4.abort) as error:
        raise Unavailable("the mailbox that letters come back to cannot be reached") from error
    except imaplib.IMAP4.error as error:
        raise FixConfiguration("PREVENANT_BOUNCE_MAILBOX: the mailbox refuses us, or has no such folder") from error


def _take_letter(store: Store, box: imaplib.IMAP4, number: bytes, now: datetime) -> None:
    _, found = box.fetch(number.decode(), f"(BODY.PEEK[]<0.{_MOST_BYTES}>)")
    raw = next((part[1] for part in found if isinstance(part, tuple)), b"")
    keep_returned(store, raw, now)
    box.store(number.decode(), "+FLAGS", "\\Seen")
