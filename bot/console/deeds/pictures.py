"""The console's deeds: the shop's pictures: uploaded, an earlier version kept again, shown by a message of a draft."""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from bot.bootstrap import InForce, Services
from bot.charter.agreement import flatten
from bot.charter.drafts import Draft, list_drafts
from bot.charter.kept import lock_charter, read_waiting
from bot.console.content import Piece, list_pieces
from bot.console.deeds.content import Place, find_journey, find_piece
from bot.console.deeds.drafts import Sentence
from bot.console.deeds.inputs import Asked, Number, Text
from bot.console.deeds.journey_drafts import Messages, change_messages
from bot.console.people import Person
from bot.console.trail import write_trail
from bot.content.picture_files import MOST_FILE_BYTES, draw_anew
from bot.content.pictures import (
    MOST_ALT_CHARACTERS,
    Picture,
    find_picture,
    keep_again,
    keep_picture,
    list_pictures,
    remove_version,
)
from bot.decision.messages import PICTURE_CHANNELS
from bot.decision.tables import write_table
from bot.decision.triggers import Trigger
from bot.errors import Conflict, FixInput, NotFound, RateLimited
from bot.profile.rate_limits import take
from bot.profile.store.tables import journeys, outbox, waits

UPLOADS, UPLOAD_SECONDS = 30, 300  # of one person: each is drawn anew, which takes a processor
_TO_LEAVE = ("pending", "sending")  # states of a message that somebody will get
_MOST_BASE64 = MOST_FILE_BYTES * 4 // 3 + 4
Name = Annotated[Text, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", description="Lower-case letters, digits, _.")]
Alt = Annotated[Text, Field(min_length=3, max_length=MOST_ALT_CHARACTERS, description="What it shows.")]


class PictureDescribed(Asked):
    """A picture's name and what it shows, in both languages. Of a name that is taken it is another version."""

    name: Name
    alt_fr: Alt
    alt_en: Alt
    why: Sentence


class PictureSent(PictureDescribed):
    """The same with the file, a JPEG, PNG or WebP, in base64."""

    content: Annotated[str, Field(max_length=_MOST_BASE64)]


class PictureRestored(Asked):
    """An earlier version, which becomes the newest one."""

    version: Number
    why: Sentence


class PictureRemoved(Asked):
    """A version that nothing uses. Letters that showed it show its description in its place."""

    version: Number
    why: Sentence


class PictureShown(Asked):
    """A message in force that is to show a version of the picture."""

    version: Number
    journey: Annotated[Text, Field(max_length=64)]
    message: Place
    why: Sentence


@dataclass(frozen=True)
class Use:
    """A message in force, and the picture that it shows; "" none."""

    trigger: Trigger
    piece: Piece

    @property
    def key(self) -> str:
        """As messages name pictures."""
        return self.piece.message.picture


@dataclass(frozen=True)
class PictureVersions:
    """A picture: its versions, newest first, and which messages in force show one of them, or could."""

    name: str
    versions: Sequence[Picture]
    shown_by: Sequence[Use]
    could_show: Sequence[Use]


def read_picture(asked: PictureSent) -> bytes:
    """The bytes of a call. FixInput for what is no base64."""
    try:
        return base64.b64decode(asked.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FixInput("content", "is no base64") from error


def survey_pictures(services: Services) -> list[PictureVersions]:
    """Every picture, the newest first."""
    with services.store.read() as connection:
        versions = list_pictures(connection)
    uses = list(_list_uses(services))
    return [
        _describe(name, [each for each in versions if each.name == name], uses)
        for name in dict.fromkeys(each.name for each in versions)
    ]


def look_at_picture(services: Services, name: str) -> PictureVersions:
    """One of them; NotFound for a name that none has."""
    with services.store.read() as connection:
        versions = list_pictures(connection, name)
    if not versions:
        raise NotFound("there is no picture of that name")
    return _describe(name, versions, list(_list_uses(services)))


def add_picture(services: Services, person: Person, asked: PictureDescribed, data: bytes) -> Picture:
    """Keep a picture, drawn anew. FixInput for a file that is none, Conflict for what is the newest already. Writes."""
    now = services.clock()
    _count_upload(services, person)
    drawn = draw_anew(data)
    alts = {"fr": asked.alt_fr, "en": asked.alt_en}
    with services.store.write() as connection:
        newest = next(iter(list_pictures(connection, asked.name)), None)
        if newest and (newest.digest, newest.alts) == (drawn.digest, alts):
            raise Conflict("the newest version is this very picture")
        made = keep_picture(connection, asked.name, drawn, alts, why=asked.why, by=person.name, now=now)
        write_trail(connection, person.name, "kept_picture", about=f"picture:{made.key}", note=asked.why, now=now)
    return made


def restore_picture(services: Services, person: Person, name: str, asked: PictureRestored) -> Picture:
    """An earlier version as the newest. NotFound where there is none, Conflict for the newest itself. Writes."""
    now = services.clock()
    with services.store.write() as connection:
        newest = next(iter(list_pictures(connection, name)), None)
        if newest and newest.version == asked.version:
            raise Conflict("it is the newest version already")
        made = keep_again(connection, name, asked.version, why=asked.why, by=person.name, now=now)
        write_trail(connection, person.name, "restored_picture", about=f"picture:{made.key}", note=asked.why, now=now)
    return made


def remove_picture(services: Services, person: Person, name: str, asked: PictureRemoved) -> None:
    """Take a version away. NotFound for one that there is not, Conflict for one that something uses. Writes."""
    key, now = f"{name}-{asked.version}", services.clock()
    with services.store.write() as connection:
        lock_charter(connection)  # nobody proposes it meanwhile
        if user := _find_user(services, connection, key):
            raise Conflict(f"it is in use: {user}")
        remove_version(connection, name, asked.version)
        write_trail(connection, person.name, "removed_picture", about=f"picture:{key}", note=asked.why, now=now)
    services.pictures.forget(key)


def _find_user(services: Services, connection: sa.Connection, key: str) -> str:
    """What shows a version, or may yet: journeys in force and in files, what people are on the way with, what leaves
    soon, drafts, what waits; "" nothing does.
    """
    in_force = (*InForce(services).read().triggers, *services.triggers)
    on_way = connection.execute(
        sa.select(journeys.c.journey, journeys.c.definition).where(sa.exists().where(
            waits.c.trigger == journeys.c.journey, waits.c.version == journeys.c.version,
            waits.c.state.in_(("waiting", "following")),
        ))
    )
    names = [
        *(each.name for each in in_force if key in {one.message.picture for one in list_pieces(each)}),
        *(row.journey for row in on_way if _names(row.definition, key)),
        *(f"draft {each.id}" for each in list_drafts(connection, kind="journey") if _names(each.body, key)),
        *(each.subject for each in read_waiting(connection) if _names(each.content, key)),
        *_list_leaving(connection, key),
    ]
    return next(iter(names), "")


def _list_leaving(connection: sa.Connection, key: str) -> list[str]:
    """Messages that are to leave, and were composed with it."""
    picture = find_picture(connection, key)
    if picture is None:
        return []
    image = outbox.c.payload["image_url"].as_string()
    shows = sa.and_(outbox.c.state.in_(_TO_LEAVE), image.endswith(picture.path, autoescape=True))
    return [f"message {each}" for each in connection.scalars(sa.select(outbox.c.outbox_id).where(shows).limit(1))]


def _names(table: Mapping[str, Any], key: str) -> bool:
    """Whether a journey names a picture, at whatever depth."""
    return any(value == key for place, value in flatten(table) if place.rpartition(".")[2] == "picture")


def draft_picture(services: Services, person: Person, name: str, asked: PictureShown) -> Draft:
    """A draft of the journey in which the message shows it: the one that the person is writing, else a new one. Writes.

    NotFound for a version, a journey or a message that there is not, FixInput for a message that no channel of its own
    shows a picture with, Conflict where the person's draft has the message no more.
    """
    found, trigger = look_at_picture(services, name), find_journey(services, asked.journey)
    if asked.version not in (each.version for each in found.versions):
        raise NotFound("there is no such version of the picture")
    piece = find_piece(trigger, asked.message)
    if not _may_show(piece):
        raise FixInput("message", "is sent by no channel that shows a picture")
    written, key = _write_message(trigger, piece), f"{name}-{asked.version}"

    def show(known: Messages) -> Messages:
        messages = [_show(each, key) if _show(each, "") == _show(written, "") else each for each in known]
        if messages == known:
            raise Conflict("nothing would change: the message shows it already, or your draft has other words there")
        return messages

    return change_messages(services, person, trigger, asked.why, show)


def _count_upload(services: Services, person: Person) -> None:
    with services.store.write() as connection:
        key = f"console:picture:{person.name}"
        if not take(connection, key, limit=UPLOADS, window_seconds=UPLOAD_SECONDS, now=services.clock()):
            raise RateLimited("uploaded often enough for now", UPLOAD_SECONDS)


def _describe(name: str, versions: Sequence[Picture], uses: Sequence[Use]) -> PictureVersions:
    keys = {each.key for each in versions}
    return PictureVersions(
        name, versions, [each for each in uses if each.key in keys],
        [each for each in uses if each.key != versions[0].key and _may_show(each.piece)],
    )


def _list_uses(services: Services) -> Iterator[Use]:
    for trigger in InForce(services).read().triggers:
        yield from (Use(trigger, piece) for piece in list_pieces(trigger))


def _may_show(piece: Piece) -> bool:
    return bool(PICTURE_CHANNELS & set(piece.message.channels))


def _write_message(trigger: Trigger, piece: Piece) -> dict[str, Any]:
    """The message as the shop's file would hold it: those of follow-ups come behind the first ones, as pieces do."""
    messages: list[dict[str, Any]] = write_table(trigger)["messages"]
    return messages[piece.number]


def _show(message: dict[str, Any], key: str) -> dict[str, Any]:
    rest = {name: value for name, value in message.items() if name != "picture"}
    return {**rest, "picture": key} if key else rest
