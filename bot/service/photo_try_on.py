"""Stages A0 to A7 of a photo sent on WhatsApp or Messenger after a yes: fetched, tried on, answered; kept nowhere.

    inbox row -> the vendor's file in memory -> `tryon` -> the vendor has the picture -> outbox row -> deleted there

The photo is in this process's memory and nowhere else. The outbox has the vendor's id of the picture. Where the process
dies on the way, the wish still says "working": nothing was answered, and the customer is asked for the photo again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from threading import BoundedSemaphore

import sqlalchemy as sa
import structlog

from bot.channels.handover import LEASE_SECONDS, MOST_ATTEMPTS, Settled, TellRead, reply_key
from bot.channels.inbox import InboxRow, amend, finish, keep_longer, let_wait
from bot.channels.sent_files import THERE_AND_BACK_SECONDS, MediaSource, Sources, is_sent_picture
from bot.contracts.messages import OutboundMessage
from bot.errors import FixConfiguration, NotAllowed, NotFound, RetryLater, UnknownFate
from bot.profile.conversations import get_conversation
from bot.profile.handoffs import person_in
from bot.profile.photo_wishes import (
    MOST_TRIES,
    PhotoWish,
    change_wish,
    drop_old_wishes,
    drop_wish,
    find_wish,
    forget_lent,
    lend,
    list_lent,
    put_off_lent,
)
from bot.profile.rate_limits import take
from bot.profile.store.engine import Store
from bot.service.try_on import PHOTOS_A_LINK, REASONS, Fitting
from bot.service.wearing import MOST_PHOTO_BYTES, PICTURE_TYPE, most_seconds, put_on
from bot.settings import Settings
from bot.texts.catalogue import translate

log = structlog.get_logger()
Wear = Callable[[Settings, Fitting, str, bytes], bytes]
_SPARE_SECONDS = 10.0  # to write
_AT_ONCE = 2  # photos in this process: whoever only writes is answered meanwhile
_MOST_WAIT = timedelta(minutes=5)  # for room: what its sender writes meanwhile waits behind it
_LOOKS_AGAIN = timedelta(seconds=2)
_NOT_KEPT = "photo, not kept"  # what the conversation says of it from now on
_AGAIN = "Your photo did not come through, and I am sorry. Nothing of it is kept: please send it again."
_ONE_IS_ENOUGH = "One photo is enough: I deleted this one without looking at it."
_IN_CHAT: Mapping[str, str] = {  # what the page's sentences say of links, and of trying again
    "busy": (
        "Many people are trying things on right now, and I did not get to your photo; it is deleted. Please send it "
        "again in a moment, or ask me again later."
    ),
    "rate_limited": "That was many photos for one product. Ask me again, and I look at more.",
    "link_invalid": "This cannot be tried on any more. Show me something else, and I try.",
}


class PhotoTryOn:
    """Answers the photos that somebody agreed to be shown on."""

    def __init__(
        self, store: Store, settings: Settings, sources: Sources, tell_read: TellRead | None = None, wear: Wear = put_on
    ) -> None:
        """Opens nothing."""
        self._store, self._settings, self._sources = store, settings, sources
        self._tell_read, self._wear = tell_read, wear
        self._room = BoundedSemaphore(_AT_ONCE)
        self._waits: dict[int, datetime] = {}  # since when, by row; of what another process takes up, a number stays

    def __call__(self, row: InboxRow, clock: Callable[[], datetime]) -> Settled | None:
        """What is answered to a photo that was agreed on; None for everything else. RetryLater: nothing was done."""
        source = self._sources.get(row.message.channel)
        if source is None or not _is_photo(row):
            return None
        wish = self._find(row)
        if wish is None:
            return None
        if wish.state == "done":
            return _settle(wish, source, clock(), _say(wish, _ONE_IS_ENOUGH), "done")
        if wish.state == "working":  # whoever worked on it is gone
            return _settle(wish, source, clock(), _say(wish, _AGAIN), "waiting")
        if not self._room.acquire(blocking=False):
            return self._wait(row, wish, source, clock())
        self._waits.pop(row.inbox_id, None)
        try:
            return self._try_on(row, wish, source, clock)
        except RetryLater:
            if row.attempts < MOST_ATTEMPTS and self._is_known(row):
                raise
            return _settle(wish, source, clock(), _say(wish, _AGAIN), "waiting")  # left lying, people could open it
        finally:
            self._room.release()

    def _wait(self, row: InboxRow, wish: PhotoWish, source: MediaSource, now: datetime) -> Settled:
        """It waits for room, which is no try; where that takes too long, it is said why. What it lay before any worker
        looked is no wait for room: with the worker back, there is soon some.
        """
        since = self._waits.setdefault(row.inbox_id, now)
        if now < since + _MOST_WAIT and self._is_known(row):
            return Settled([], lambda connection, mine: let_wait(connection, mine, now + _LOOKS_AGAIN))
        self._waits.pop(row.inbox_id, None)
        log.info("photo_refused", inbox_id=row.inbox_id, why="busy")
        return _settle(wish, source, now, _refuse(wish, "busy"), "waiting")

    def _find(self, row: InboxRow) -> PhotoWish | None:
        """The wish that this photo is for; none once a person of the shop has the conversation: the photo is theirs."""
        sender_id, sent_at = row.message.sender_id, _sent_at(row)
        with self._store.read() as connection:
            wish = find_wish(connection, sender_id)
            is_with_person = wish is not None and person_in(connection, sender_id) is not None
        if wish is None or sent_at > wish.until or (wish.state == "done" and sent_at > wish.changed_at):
            return None
        if is_with_person:
            with self._store.write() as connection:
                drop_wish(connection, sender_id)
            return None
        return wish

    def _is_known(self, row: InboxRow) -> bool:
        """Whether the sender was not erased meanwhile: then this is the last time that we know where the photo lies."""
        with self._store.read() as connection:
            return get_conversation(connection, row.message.sender_id) is not None

    def _try_on(
        self, row: InboxRow, wish: PhotoWish, source: MediaSource, clock: Callable[[], datetime]
    ) -> Settled:
        """The answer to a photo, counted once however often it is tried. RetryLater as `_make` has it."""
        message_id = row.message.message_id
        with self._store.write() as connection:
            until = clock() + timedelta(seconds=_lease_seconds(Fitting(**wish.fitting)))
            if not keep_longer(connection, row, until):  # another worker has it, and answers
                return Settled([], lambda *_: False)
            if wish.message_id != message_id and not _is_granted(connection, wish, clock()):
                return _settle(wish, source, clock(), _refuse(wish, "rate_limited"), "waiting")
            change_wish(connection, wish.sender_id, "working", clock(), message_id=message_id)
        if self._tell_read:
            self._tell_read(row.message)
        try:
            media_id = self._make(row, wish, source)
        except NotAllowed as refusal:
            log.info("photo_refused", inbox_id=row.inbox_id, why=refusal.reason)
            return _settle(wish, source, clock(), _refuse(wish, refusal.reason), "waiting")
        except RetryLater:
            with self._store.write() as connection:
                change_wish(connection, wish.sender_id, "waiting", clock(), message_id=message_id)
            raise
        except (NotFound, UnknownFate, FixConfiguration) as error:
            log.error("photo_lost", inbox_id=row.inbox_id, error=type(error).__name__)
            return _settle(wish, source, clock(), _say(wish, _AGAIN), "waiting")
        if source.deletes:
            with self._store.write() as connection:
                lend(connection, row.message.channel, media_id, wish.sender_id, clock(),
                     shown_by=reply_key(row.message, 0))
        first, *others = [OutboundMessage.from_json(each) for each in wish.answer]
        return _settle(wish, source, clock(), [replace(first, image_id=media_id), *others], "done")

    def _make(self, row: InboxRow, wish: PhotoWish, source: MediaSource) -> str:
        """The vendor's id of the picture. The photo and the picture are gone when this returns."""
        photo = source.fetch(row.message.page["media"], MOST_PHOTO_BYTES).content
        picture = self._wear(self._settings, Fitting(**wish.fitting), wish.language, photo)
        return source.upload(picture, PICTURE_TYPE)


def delete_lent(store: Store, sources: Sources, now: datetime) -> int:
    """Have vendors delete what they were given or gave us for one picture; how much there was. Writes."""
    with store.read() as connection:
        due = list_lent(connection, now)
    if not due:
        return 0
    for media in due:
        source = sources.get(media.channel)
        try:
            if source:
                source.delete(media.media_id)
            is_over = True
        except (NotFound, NotAllowed):  # gone already
            is_over = True
        except (RetryLater, UnknownFate, FixConfiguration) as error:
            log.warning("media_not_deleted", channel=media.channel, error=type(error).__name__)
            is_over = media.attempts >= MOST_TRIES
        with store.write() as connection:
            if is_over:
                forget_lent(connection, media)
            else:
                put_off_lent(connection, media, now)
    return len(due)


def forget_wishes(store: Store, now: datetime) -> int:
    """Wishes whose time is long over; how many. Writes."""
    with store.write() as connection:
        return drop_old_wishes(connection, now)


def _lease_seconds(fitting: Fitting) -> float:
    """How long a photo is in hand at most: nobody else takes it up meanwhile, and asks for it again."""
    return max(LEASE_SECONDS, THERE_AND_BACK_SECONDS + most_seconds(fitting) + _SPARE_SECONDS)


def _settle(
    wish: PhotoWish, source: MediaSource, now: datetime, replies: list[OutboundMessage], state: str
) -> Settled:
    """The photo's end: the inbox forgets where it lies, and its vendor is to delete it; of somebody erased, too."""

    def close(connection: sa.Connection, row: InboxRow) -> bool:
        is_ours = finish(connection, row)
        media = row.message.page.get("media") or {}
        if is_ours:
            amend(connection, row, replace(row.message, page={"sent": _NOT_KEPT}))
            change_wish(connection, wish.sender_id, "done" if state == "done" else "waiting", now)
        is_erased = get_conversation(connection, wish.sender_id) is None
        if source.deletes and media.get("id") and (is_ours or is_erased):
            lend(connection, row.message.channel, media["id"], wish.sender_id, now)
        return is_ours

    return Settled(replies, close)


def _is_photo(row: InboxRow) -> bool:
    media = row.message.page.get("media") or {}
    is_image = media.get("kind") == "document" and media.get("mime_type", "").startswith("image/")  # HEIC, too
    return not row.message.page.get("picture") and (is_image or is_sent_picture(media))


def _sent_at(row: InboxRow) -> datetime:
    """When it was sent, by the channel; never later than it came."""
    said = row.message.sent_at
    return min(datetime.fromisoformat(said), row.received_at) if said else row.received_at


def _is_granted(connection: sa.Connection, wish: PhotoWish, now: datetime) -> bool:
    return take(connection, f"try_on:{wish.wish_id}", limit=PHOTOS_A_LINK, window_seconds=86_400, now=now)


def _refuse(wish: PhotoWish, reason: str) -> list[OutboundMessage]:
    return _say(wish, _IN_CHAT.get(reason) or REASONS.get(reason, REASONS["unavailable"]))


def _say(wish: PhotoWish, sentence: str) -> list[OutboundMessage]:
    return [OutboundMessage(translate(wish.language, sentence), language=wish.language)]
