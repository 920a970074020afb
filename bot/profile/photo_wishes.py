"""Stage A0: who agreed to be shown something on their next photo in a conversation, and what a vendor still has to
delete for us. No photo, and nothing that was seen on one.

    waiting -> working -> done
       ^----------'         refused with a reason, or its process died: another photo is asked for
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from bot.contracts.messages import InboundMessage
from bot.profile.conversations import get_conversation
from bot.profile.store.tables import inbox, lent_media, outbox, photo_wishes
from bot.profile.store.upsert import insert_or_ignore, insert_or_update

WishState = Literal["waiting", "working", "done"]
WISH_LIFE = timedelta(minutes=15)
_SHOWN_BY_THEN = timedelta(days=1)  # a telephone that is off has fetched nothing yet
_SHOWN = ("delivered", "seen", "failed", "withdrawn")
_UNSETTLED = ("waiting", "working")  # of the inbox
_TRIES_APART = timedelta(minutes=1)
MOST_TRIES = 12  # doubled each time: for three days
_CHANGED = ("wish_id", "fitting", "answer", "language", "state", "message_id", "until", "changed_at")


@dataclass(frozen=True)
class PhotoWish:
    """A yes, and what is to be done with the photo that follows it. `answer`: messages as `to_json` writes them."""

    sender_id: str
    wish_id: str
    fitting: Mapping[str, Any]
    answer: list[dict[str, Any]]
    language: str
    until: datetime
    changed_at: datetime
    state: WishState = "waiting"
    message_id: str = ""


@dataclass(frozen=True)
class LentMedia:
    """A file at a vendor's that was given for one purpose, which is over."""

    channel: str
    media_id: str
    attempts: int


def keep_wish(connection: sa.Connection, wish: PhotoWish) -> None:
    """Keep a wish; one that the conversation had before is over. Writes."""
    insert_or_update(connection, photo_wishes, [asdict(wish)], ("sender_id",), _CHANGED)


def find_wish(connection: sa.Connection, sender_id: str) -> PhotoWish | None:
    """The conversation's wish, however old; None for none."""
    row = connection.execute(sa.select(photo_wishes).where(photo_wishes.c.sender_id == sender_id)).mappings().first()
    return PhotoWish(**row) if row else None


def change_wish(
    connection: sa.Connection, sender_id: str, state: WishState, now: datetime, *, message_id: str = ""
) -> None:
    """Note how far a wish has come. Writes."""
    mine = photo_wishes.c.sender_id == sender_id
    connection.execute(
        sa.update(photo_wishes).where(mine).values(state=state, message_id=message_id, changed_at=now)
    )


def drop_wish(connection: sa.Connection, sender_id: str) -> None:
    """It is over: a photo that comes now is one like any other. Writes."""
    connection.execute(sa.delete(photo_wishes).where(photo_wishes.c.sender_id == sender_id))


def is_spoken_for(connection: sa.Connection, sender_id: str, inbox_id: int) -> bool:
    """Whether a message may hold the photo that a wish waits for: until it is settled nobody opens what it brought."""
    unsettled = sa.select(inbox.c.inbox_id).where(
        photo_wishes.c.sender_id == sender_id, inbox.c.inbox_id == inbox_id, inbox.c.state.in_(_UNSETTLED)
    )
    return connection.scalar(unsettled.join(photo_wishes, photo_wishes.c.sender_id == inbox.c.sender_id)) is not None


def drop_old_wishes(connection: sa.Connection, now: datetime) -> int:
    """Forget wishes whose time is over; how many. Not while a message that came in time may wait for one. Writes."""
    waits = sa.exists().where(inbox.c.sender_id == photo_wishes.c.sender_id, inbox.c.state.in_(_UNSETTLED))
    return connection.execute(sa.delete(photo_wishes).where(photo_wishes.c.until < now - WISH_LIFE, ~waits)).rowcount


def lend(
    connection: sa.Connection, channel: str, media_id: str, sender_id: str, now: datetime, *, shown_by: str = ""
) -> None:
    """Note that the vendor is to delete a file: now, or once the message with that key was shown. Writes.

    Of somebody who was erased meanwhile nothing is written but the file's id, and nothing is shown any more.
    """
    if get_conversation(connection, sender_id) is None:
        sender_id = shown_by = ""
    row = {
        "channel": channel, "media_id": media_id, "sender_id": sender_id, "reply_key": shown_by, "attempts": 0,
        "delete_at": now + _SHOWN_BY_THEN if shown_by else now,
    }
    insert_or_ignore(connection, lent_media, [row], ("channel", "media_id"))


def lend_unsettled(connection: sa.Connection, sender_ids: Sequence[str]) -> None:
    """Note, under nobody's name, what people who are about to be erased sent for a wish and nobody settled. Writes.

    Between two tries of a photo nobody else would know any more where it lies.
    """
    sent = sa.select(inbox.c.channel, inbox.c.payload, inbox.c.received_at).where(
        inbox.c.sender_id.in_(sender_ids), inbox.c.state.in_(_UNSETTLED),
        inbox.c.sender_id.in_(sa.select(photo_wishes.c.sender_id)),
    )
    for row in connection.execute(sent).all():
        media_id = (InboundMessage.from_json(row.payload).page.get("media") or {}).get("id")
        if media_id:
            lend(connection, row.channel, media_id, "", row.received_at)


def list_lent(connection: sa.Connection, now: datetime, limit: int = 50) -> list[LentMedia]:
    """What is to be deleted now, longest due first."""
    is_shown = sa.exists().where(outbox.c.idempotency_key == lent_media.c.reply_key, outbox.c.state.in_(_SHOWN))
    due = sa.or_(lent_media.c.delete_at <= now, sa.and_(lent_media.c.attempts == 0, is_shown))
    found = sa.select(lent_media.c.channel, lent_media.c.media_id, lent_media.c.attempts).where(due)
    return [LentMedia(*row) for row in connection.execute(found.order_by(lent_media.c.delete_at).limit(limit))]


def forget_lent(connection: sa.Connection, media: LentMedia) -> None:
    """The vendor has deleted it, or never will. Writes."""
    connection.execute(sa.delete(lent_media).where(*_is(media)))


def unname_lent(connection: sa.Connection, sender_ids: Sequence[str]) -> int:
    """Forget whose files they are, so that they can still be deleted, and at once; how many. Writes."""
    mine = sa.select(lent_media).where(lent_media.c.sender_id.in_(sender_ids))
    rows = connection.execute(mine).all()
    for row in rows:
        is_it = (lent_media.c.channel == row.channel, lent_media.c.media_id == row.media_id)
        due_at = row.delete_at - _SHOWN_BY_THEN if row.reply_key else row.delete_at
        connection.execute(sa.update(lent_media).where(*is_it).values(sender_id="", reply_key="", delete_at=due_at))
    return len(rows)


def put_off_lent(connection: sa.Connection, media: LentMedia, now: datetime) -> None:
    """The vendor was away: later again. Writes."""
    wait = _TRIES_APART * 2**media.attempts
    values = {"attempts": media.attempts + 1, "delete_at": now + wait}
    connection.execute(sa.update(lent_media).where(*_is(media)).values(values))


def _is(media: LentMedia) -> tuple[sa.ColumnElement[bool], ...]:
    return lent_media.c.channel == media.channel, lent_media.c.media_id == media.media_id
