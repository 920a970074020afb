"""Stage A0: Messenger's webhook -> what customers said, and what became of our messages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from fastapi import APIRouter

from bot.channels.continuing import take_up
from bot.channels.inbox import correct
from bot.channels.messenger.limits import choose_by_number
from bot.channels.messenger.updates import Arrived, Echo, Heard, Read, Update, read_batch
from bot.channels.meta.keeping import (
    Unread,
    find_meant,
    keep_message,
    keep_read_until,
    keep_receipt,
    keep_unread,
    page_of,
)
from bot.channels.meta.reading import Skipped
from bot.channels.meta.webhook import build_meta_router, keep_by_owner
from bot.contracts.messages import InboundMessage, MessageId
from bot.errors import ForeignPayload
from bot.profile.conversations import open_conversation
from bot.profile.link_codes import cut_link_code
from bot.profile.store.engine import Store
from bot.settings import Settings

log = structlog.get_logger()
CHANNEL = "messenger"


def build_messenger_router(store: Store, settings: Settings, clock: Callable[[], datetime]) -> APIRouter:
    """`/webhooks/messenger`: see `build_meta_router`."""
    return build_meta_router(
        CHANNEL, app_secret=settings.meta_app_secret, verify_token=settings.meta_verify_token,
        keep=lambda batch: keep_batch(store, settings, batch, clock()),
    )


def keep_batch(store: Store, settings: Settings, batch: dict[str, Any], now: datetime) -> None:
    """Keep every update of a batch: a transaction a person, for two of them could wait for each other. Writes."""
    try:
        updates = read_batch(batch, settings.messenger_page_id)
    except ForeignPayload as error:
        updates = [Skipped(str(error), batch, is_known=False)]
    keep_by_owner(store, updates, _owner_of, lambda connection, update: _keep(connection, settings, update, now))


def _owner_of(update: Update) -> str:
    match update:
        case Heard() | Arrived() | Read():
            return f"person:{update.person}"
        case Echo():
            return f"echo:{update.tracker or update.message_id}"
        case _:
            return "skipped"


def _keep(connection: sa.Connection, settings: Settings, update: Update, now: datetime) -> None:
    match update:
        case Heard():
            _keep_heard(connection, settings, update, now)
        case Echo():
            outbox_id = int(update.tracker) if update.tracker.isdecimal() else 0
            keep_receipt(connection, CHANNEL, outbox_id=outbox_id, message_id=update.message_id, state="sent",
                         reason="", now=now)
        case Arrived():
            for each in update.message_ids:
                keep_receipt(connection, CHANNEL, outbox_id=0, message_id=each, state="delivered", reason="", now=now)
        case Read():
            keep_read_until(connection, CHANNEL, update.person, update.until, now)
        case Skipped(is_known=True):
            log.info("webhook_part_ignored", channel=CHANNEL, why=update.reason)
        case Skipped():
            log.warning("webhook_part_unread", channel=CHANNEL, why=update.reason)
            keep_unread(connection, CHANNEL, [Unread(update.reason, update.raw)], now)


def _keep_heard(connection: sa.Connection, settings: Settings, heard: Heard, now: datetime) -> None:
    conversation = open_conversation(connection, CHANNEL, heard.person, now=now, salt=settings.holdout_salt)
    if heard.edits:
        # Answered already, a correction changes nothing that was done; the customer sees the answer and says so.
        correct(connection, CHANNEL, heard.edits, conversation.sender_id, cut_link_code(heard.text))
        return
    said = take_up(connection, settings, conversation, heard.text, now, ref=heard.ref)
    if heard.is_arrival and not said.payload:
        return  # they came by a link that opens nothing, and have said nothing
    message = InboundMessage(
        MessageId(heard.message_id), CHANNEL, conversation.sender_id, text=said.text,
        payload=said.payload or heard.payload, sent_at=heard.at.isoformat(),
        page=page_of(heard.media, str((heard.media or {}).get("kind", ""))),
    )
    if said.text and (choice := find_meant(connection, conversation.sender_id, said.text, choose_by_number)):
        message = replace(message, text="", payload=choice.payload)
    keep_message(connection, message, heard.at, now)
