"""Stage A0: WhatsApp's webhook -> what customers said, what became of our messages, who wants no more marketing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from fastapi import APIRouter

from bot.channels.continuing import take_up
from bot.channels.inbox import correct
from bot.channels.meta.choices import Choice
from bot.channels.meta.keeping import (
    Unread,
    find_meant,
    keep_message,
    keep_receipt,
    keep_unread,
    owner_of_row,
    page_of,
)
from bot.channels.meta.reading import Skipped
from bot.channels.meta.webhook import build_meta_router, keep_by_owner
from bot.channels.unsubscribe import allow_marketing, stop_marketing
from bot.channels.whatsapp.limits import choose_by_number, fit_content
from bot.channels.whatsapp.send import REFUSALS
from bot.channels.whatsapp.updates import Heard, Preference, Receipt, Update, read_batch
from bot.contracts.messages import InboundMessage, MessageId, OutboundMessage
from bot.errors import ForeignPayload
from bot.profile.conversations import Conversation, conversations_of, find_conversation, open_conversation
from bot.profile.identities import find_customer, link_identity
from bot.profile.link_codes import cut_link_code
from bot.profile.store.engine import Store
from bot.settings import Settings

log = structlog.get_logger()
CHANNEL = "whatsapp"
_OPTED_OUT = "opted_out"


def build_whatsapp_router(store: Store, settings: Settings, clock: Callable[[], datetime]) -> APIRouter:
    """`/webhooks/whatsapp`: see `build_meta_router`."""
    return build_meta_router(
        CHANNEL, app_secret=settings.meta_app_secret, verify_token=settings.meta_verify_token,
        keep=lambda batch: keep_batch(store, settings, batch, clock()),
    )


def keep_batch(store: Store, settings: Settings, batch: dict[str, Any], now: datetime) -> None:
    """Keep every update of a batch: a transaction a person, for two of them could wait for each other. Writes."""
    try:
        updates = read_batch(batch, settings.whatsapp_phone_number_id)
    except ForeignPayload as error:
        updates = [Skipped(str(error), batch, is_known=False)]
    keep_by_owner(store, updates, _owner_of, lambda connection, update: _keep(connection, settings, update, now))


def _owner_of(update: Update) -> str:
    match update:
        case Heard() | Preference():
            return f"person:{update.wa_id or update.user_id}"
        case Receipt():
            return f"receipt:{update.tracker or update.message_id}"
        case _:
            return "skipped"


def _keep(connection: sa.Connection, settings: Settings, update: Update, now: datetime) -> None:
    match update:
        case Heard():
            _keep_heard(connection, settings, update, now)
        case Receipt():
            _keep_receipt(connection, update, now)
        case Preference():
            _keep_preference(connection, settings, update, now)
        case Skipped(is_known=True):
            log.info("webhook_part_ignored", channel=CHANNEL, why=update.reason)
        case Skipped():
            log.warning("webhook_part_unread", channel=CHANNEL, why=update.reason)
            keep_unread(connection, CHANNEL, [Unread(update.reason, update.raw)], now)


def _keep_heard(connection: sa.Connection, settings: Settings, heard: Heard, now: datetime) -> None:
    conversation = _find_conversation(connection, settings, heard.wa_id, heard.user_id, now)
    if heard.edits:
        # Answered already, a correction changes nothing that was done; the customer sees the answer and says so.
        correct(connection, CHANNEL, heard.edits, conversation.sender_id, cut_link_code(heard.text))
        return
    said = take_up(connection, settings, conversation, heard.text, now)
    message = InboundMessage(
        MessageId(heard.message_id), CHANNEL, conversation.sender_id, text=said.text,
        payload=said.payload or heard.payload, sent_at=heard.at.isoformat(),
        page=page_of(heard.media, heard.sent),
    )
    if said.text and (choice := find_meant(connection, conversation.sender_id, said.text, _choose)):
        message = replace(message, text="", payload=choice.payload)
    keep_message(connection, message, heard.at, now)


def _choose(message: OutboundMessage, text: str) -> Choice | None:
    """Only what we showed with numbers is answered by a number."""
    return choose_by_number(message, text) if fit_content(message)["type"] == "text" else None


def _find_conversation(
    connection: sa.Connection, settings: Settings, wa_id: str, user_id: str, now: datetime
) -> Conversation:
    """A person is known by a phone number, by WhatsApp's id of them, or by both: one conversation."""
    ids = [each for each in (wa_id, user_id) if each]
    known = (find(connection, each) for find in (_by_address, _by_identity) for each in ids)
    conversation = next((each for each in known if each), None) or open_conversation(
        connection, CHANNEL, ids[0], now=now, salt=settings.holdout_salt
    )
    for each in ids:
        if each != conversation.address:
            link_identity(connection, conversation.customer_id, f"{CHANNEL}_id", each, source=CHANNEL, now=now)
    return conversation


def _by_address(connection: sa.Connection, address: str) -> Conversation | None:
    return find_conversation(connection, CHANNEL, address)


def _by_identity(connection: sa.Connection, value: str) -> Conversation | None:
    """The conversation of whom the id was seen with before; None where that person has several."""
    owner = find_customer(connection, f"{CHANNEL}_id", value)
    theirs = [each for each in conversations_of(connection, owner) if each.channel == CHANNEL] if owner else []
    return theirs[0] if len(theirs) == 1 else None


def _keep_receipt(connection: sa.Connection, receipt: Receipt, now: datetime) -> None:
    outbox_id = int(receipt.tracker) if receipt.tracker.isdecimal() else 0
    reason = REFUSALS.get(receipt.code) or f"meta_{receipt.code}"
    is_news = keep_receipt(
        connection, CHANNEL, outbox_id=outbox_id, message_id=receipt.message_id, state=receipt.state, reason=reason,
        now=now,
    )
    if is_news and receipt.state == "failed" and reason == _OPTED_OUT:
        owner = owner_of_row(connection, CHANNEL, outbox_id, receipt.message_id)
        stop_marketing(connection, owner, CHANNEL, source=CHANNEL, wording="131050", now=now)


def _keep_preference(connection: sa.Connection, settings: Settings, preference: Preference, now: datetime) -> None:
    conversation = _find_conversation(connection, settings, preference.wa_id, preference.user_id, now)
    change = allow_marketing if preference.wants else stop_marketing
    wording = "marketing_messages: " + ("resume" if preference.wants else "stop")
    change(connection, conversation.customer_id, CHANNEL, source=CHANNEL, wording=wording, now=now)

