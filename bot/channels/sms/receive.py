"""Stage A0: Twilio's calls -> what customers answer to a text, who wants no more, what became of our texts."""

import unicodedata
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl

import sqlalchemy as sa
import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from bot.channels.meta.keeping import find_meant, keep_message, keep_receipt, owner_of_row, page_of
from bot.channels.outbox import enqueue
from bot.channels.sms.limits import choose_by_number
from bot.channels.sms.twilio import REFUSALS, STATUS_PATH, is_signed
from bot.channels.unsubscribe import resume_channel, stop_channel, stop_marketing
from bot.contracts.messages import MAX_TEXT_CHARACTERS, InboundMessage, MessageId, OutboundMessage
from bot.profile.conversations import Conversation, open_conversation
from bot.profile.rate_limits import take
from bot.profile.store.engine import Store
from bot.settings import Settings
from bot.texts.catalogue import translate
from bot.webhook import read_body

log = structlog.get_logger()
CHANNEL = "sms"
TEXTS_AN_HOUR = 30
# Twilio's own words, and the French ones that it does not know (2026-11).
STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "arret", "stop sms"}
)
START_WORDS = frozenset({"start", "unstop", "reprendre"})
_STOPPED = "It is done: no more texts will leave for you. Answer START to receive them again."
_STARTED = "It is done: you receive our texts again. Answer STOP to receive no more."
_STATES = {"sent": "sent", "delivered": "delivered", "undelivered": "failed", "failed": "failed"}
_EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'  # nothing is answered within the call


def build_sms_router(store: Store, settings: Settings, clock: Callable[[], datetime]) -> APIRouter:
    """`POST /webhooks/sms` for texts, `POST /webhooks/sms/status/<row>` for receipts: 401 for a forged signature."""
    router = APIRouter(include_in_schema=False)

    async def verify(request: Request, path: str) -> dict[str, str] | int:
        body = await read_body(request)
        if body is None:
            return 413
        form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        url, signature = f"{settings.public_url.rstrip('/')}{path}", request.headers.get("x-twilio-signature", "")
        if not is_signed(url, form, signature, settings.twilio_auth_token):
            log.warning("webhook_refused", webhook=CHANNEL)
            return 401
        return dict(form)

    @router.post("/webhooks/sms")
    async def hear(request: Request) -> Response:
        form = await verify(request, "/webhooks/sms")
        if isinstance(form, int):
            return Response(status_code=form)
        await run_in_threadpool(keep_text, store, settings, form, clock())
        return Response(_EMPTY, media_type="text/xml")

    @router.post(STATUS_PATH + "/{outbox_id}")
    async def note(request: Request, outbox_id: int) -> Response:
        form = await verify(request, f"{STATUS_PATH}/{outbox_id}")
        if isinstance(form, int):
            return Response(status_code=form)
        await run_in_threadpool(keep_status, store, outbox_id, form, clock())
        return Response(status_code=204)

    return router


def keep_text(store: Store, settings: Settings, form: dict[str, str], now: datetime) -> None:
    """Keep what somebody texted, once: STOP and START at once, everything else to be answered. Writes."""
    number, message_id = form.get("From", ""), form.get("MessageSid", "")
    if not message_id or not number.startswith("+") or not number[1:].isdigit():
        log.info("webhook_part_ignored", channel=CHANNEL, why="no_number")  # a shop's name, or a short code
        return
    words = form.get("Body", "").replace("\x00", "").strip()[:MAX_TEXT_CHARACTERS]
    with store.write() as connection:
        talk = open_conversation(connection, CHANNEL, number, now=now, salt=settings.holdout_salt)
        wish = form.get("OptOutType", "").lower() or _simplify(words)
        if wish in STOP_WORDS:
            stop_channel(connection, talk.customer_id, CHANNEL, source=CHANNEL, wording=words or "STOP", now=now)
            _confirm(connection, talk, message_id, _STOPPED, now, is_told="OptOutType" in form)
        elif wish in START_WORDS:
            resume_channel(connection, talk.customer_id, CHANNEL, source=CHANNEL, wording=words or "START", now=now)
            _confirm(connection, talk, message_id, _STARTED, now, is_told="OptOutType" in form)
        elif take(connection, f"sms:{talk.sender_id}", limit=TEXTS_AN_HOUR, window_seconds=3_600, now=now):
            _keep_words(connection, talk, message_id, words, form, now)
        else:
            log.info("text_refused", why="too_many", sender_id=talk.sender_id)


def keep_status(store: Store, outbox_id: int, form: dict[str, str], now: datetime) -> None:
    """Note what became of a text of ours, in whatever order it is told. Writes."""
    state = _STATES.get(form.get("MessageStatus", ""))
    if state is None:
        return  # queued, sending: nothing that we do not know
    code = int(form["ErrorCode"]) if form.get("ErrorCode", "").isdecimal() else 0
    reason, message_id = REFUSALS.get(code, f"twilio_{code}"), form.get("MessageSid", "")
    with store.write() as connection:
        is_news = keep_receipt(
            connection, CHANNEL, outbox_id=outbox_id, message_id=message_id, state=state, reason=reason, now=now
        )
        if is_news and state == "failed" and reason == "opted_out":
            owner = owner_of_row(connection, CHANNEL, outbox_id, message_id)
            stop_marketing(connection, owner, CHANNEL, source=CHANNEL, wording=str(code), now=now)


def _keep_words(
    connection: sa.Connection, talk: Conversation, message_id: str, words: str, form: dict[str, str], now: datetime
) -> None:
    choice = find_meant(connection, talk.sender_id, words, choose_by_number) if words else None
    has_files = form.get("NumMedia", "0") not in ("", "0")
    message = InboundMessage(
        MessageId(message_id), CHANNEL, talk.sender_id, text="" if choice else words,
        payload=choice.payload if choice else "", sent_at=now.isoformat(),
        page=page_of(None, "file" if has_files else "" if words else "nothing"),
    )
    keep_message(connection, message, now, now)


def _confirm(
    connection: sa.Connection, talk: Conversation, message_id: str, sentence: str, now: datetime, *, is_told: bool
) -> None:
    """Twilio has told them where it knows the word itself."""
    if is_told:
        return
    language = talk.language or "fr"
    enqueue(
        connection, idempotency_key=f"sms-wish:{message_id}"[:200], kind="reply", customer_id=talk.customer_id,
        sender_id=talk.sender_id, channel=CHANNEL, address=talk.address, purpose="service",
        payload=OutboundMessage(translate(language, sentence), language=language), now=now,
    )


def _simplify(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return " ".join("".join(sign if sign.isalnum() else " " for sign in plain).split())
