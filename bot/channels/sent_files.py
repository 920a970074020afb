"""Stage A0: what a customer sent beside words -> a picture in the store; any other file when a person opens it.

    picture                 fetched once, by the worker, before anybody answers: kept in `pictures`, shown to people
    voice, video, document  stays with its vendor: fetched each time that one of the shop's people opens it

The inbox holds the vendor's id or address of it. Neither the bytes nor that address go on to Rasa or into a log.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import structlog

from bot.channels.inbox import InboxRow, amend
from bot.channels.messenger.media import MessengerMedia
from bot.channels.meta.files import FETCH_SECONDS, File
from bot.channels.meta.graph import UPLOAD_SECONDS
from bot.channels.picture_bytes import MOST_BYTES, Picture, clean_picture
from bot.channels.whatsapp.media import WhatsAppMedia
from bot.contracts.messages import InboundMessage
from bot.errors import FixInput, NotAllowed, NotFound
from bot.profile.pictures import keep_picture
from bot.profile.rate_limits import take
from bot.profile.store.engine import Store
from bot.settings import Settings

log = structlog.get_logger()
PICTURES_A_DAY = 30
THERE_AND_BACK_SECONDS = 2 * FETCH_SECONDS + UPLOAD_SECONDS  # a file's address, the file, and another one given
MOST_FILE_BYTES = 16_000_000  # what WhatsApp takes of a voice message or a video
_PICTURES = ("image/jpeg", "image/png", "image/webp")  # sent as a document, too, it is a picture
_OWN = ("media", "sent")  # what of `page` is the channels' own


class MediaSource(Protocol):
    """Where one channel's files lie."""

    deletes: bool  # whether its vendor deletes a file for us

    def fetch(self, media: Mapping[str, str], most_bytes: int) -> File:
        """The file that `media` names; raises what `bot.channels.meta.files.fetch` does."""

    def upload(self, picture: bytes, content_type: str) -> str:
        """Give the vendor a picture to be shown in a message; its id. Raises what `bot.channels.base` says."""

    def delete(self, media_id: str) -> None:
        """Have the vendor delete a file. Raises what `bot.channels.base` says."""


Sources = Mapping[str, MediaSource]


def open_sources(settings: Settings) -> Sources:
    """Where the files of each channel lie that this installation has. Opens no connection."""
    sources: dict[str, MediaSource] = {}
    if settings.whatsapp_phone_number_id:
        sources["whatsapp"] = WhatsAppMedia(settings)
    if settings.messenger_page_id:
        sources["messenger"] = MessengerMedia(settings)
    return sources


def keep_sent_picture(store: Store, sources: Sources, row: InboxRow, now: datetime) -> InboundMessage:
    """The message, with the picture that came with it kept and named; as it was where there is none that can be shown.

    RetryLater when its vendor is away. Writes.
    """
    message, media = row.message, row.message.page.get("media") or {}
    source = sources.get(message.channel)
    if source is None or not is_sent_picture(media) or message.page.get("picture"):
        return message
    try:
        picture = clean_picture(source.fetch(media, MOST_BYTES).content)
    except (NotAllowed, NotFound, FixInput) as error:
        log.info("picture_refused", inbox_id=row.inbox_id, why=getattr(error, "reason", type(error).__name__))
        return message
    return _keep(store, row, picture, now)


def for_rasa(message: InboundMessage) -> InboundMessage:
    """The message as Rasa may have it: without where its files lie. Pure."""
    return replace(message, page={name: value for name, value in message.page.items() if name not in _OWN})


def is_sent_picture(media: Mapping[str, str]) -> bool:
    """Whether a file is a picture that people are shown. Pure."""
    kind, mime_type = media.get("kind"), media.get("mime_type", "").partition(";")[0]
    return kind == "image" or (kind == "document" and mime_type in _PICTURES)


def _keep(store: Store, row: InboxRow, picture: Picture, now: datetime) -> InboundMessage:
    key = f"pictures:{row.message.sender_id}"
    with store.write() as connection:
        if not take(connection, key, limit=PICTURES_A_DAY, window_seconds=86_400, now=now):
            log.info("picture_refused", inbox_id=row.inbox_id, why="too_many")
            return row.message
        picture_id = keep_picture(
            connection, sender_id=row.message.sender_id, content_type=picture.content_type, content=picture.content,
            width_px=picture.width_px, height_px=picture.height_px, now=now,
        )
        message = replace(row.message, page={**row.message.page, "picture": picture_id})
        amend(connection, row, message)
    return message
