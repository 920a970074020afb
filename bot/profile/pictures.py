"""Stage A0: pictures that customers sent, as the people who answer and the customers themselves see them again."""

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.profile.store.tables import pictures

_ID_BYTES = 24  # nobody guesses it: whoever has the address may see the picture


@dataclass(frozen=True)
class KeptPicture:
    """A picture, and whose conversation it came in."""

    picture_id: str
    sender_id: str
    content_type: str
    content: bytes


def keep_picture(
    connection: sa.Connection, *, sender_id: str, content_type: str, content: bytes, width_px: int, height_px: int,
    now: datetime,
) -> str:
    """Keep a picture; its id. Writes."""
    picture_id = secrets.token_urlsafe(_ID_BYTES)
    connection.execute(sa.insert(pictures).values(
        picture_id=picture_id, sender_id=sender_id, content_type=content_type, content=content, width_px=width_px,
        height_px=height_px, at=now,
    ))
    return picture_id


def find_picture(connection: sa.Connection, picture_id: str) -> KeptPicture | None:
    """The picture with that id, or None."""
    row = connection.execute(sa.select(pictures).where(pictures.c.picture_id == picture_id)).first()
    return KeptPicture(row.picture_id, row.sender_id, row.content_type, row.content) if row else None
