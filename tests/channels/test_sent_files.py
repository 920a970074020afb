"""What customers send beside words: a picture is kept and shown to people, never to Rasa; the rest is not."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.handover import MOST_ATTEMPTS, Around, work_inbox
from bot.channels.inbox import receive
from bot.channels.meta.files import File
from bot.channels.outbox import list_rows
from bot.channels.sent_files import PICTURES_A_DAY, open_sources
from bot.contracts.messages import InboundMessage, MessageId, OutboundMessage
from bot.errors import FixConfiguration, NotAllowed, NotFound, PrevenantError, Unavailable
from bot.profile.conversations import open_conversation
from bot.profile.store.engine import Store
from bot.profile.store.tables import inbox, pictures
from bot.service.transcript import read_transcript
from bot.settings import Settings
from tests.channels.test_picture_bytes import read

IMAGE = {"id": "9", "mime_type": "image/jpeg", "kind": "image"}


class Shelf:
    """A channel's files: one picture, or an error, every time."""

    def __init__(self, content: bytes = b"", error: PrevenantError | None = None) -> None:
        self.content, self.error, self.asked = content, error, 0

    def fetch(self, media: Mapping[str, str], most_bytes: int) -> File:
        self.asked += 1
        if self.error:
            raise self.error
        return File(self.content, "image/jpeg")


class Listening:
    """Rasa that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[InboundMessage] = []

    def hand_over(self, message: InboundMessage) -> list[OutboundMessage]:
        self.heard.append(message)
        return [OutboundMessage("I see.", language="en")]


@pytest.fixture
def sender(store: Store, now: datetime) -> str:
    with store.write() as connection:
        return open_conversation(connection, "whatsapp", "33612345678", now=now, salt="s" * 16).sender_id


def _send(store: Store, sender: str, now: datetime, message_id: str = "w1", text: str = "", **media: str) -> None:
    page = {"media": {**IMAGE, **media}, "sent": media.get("kind", "image")}
    message = InboundMessage(MessageId(message_id), "whatsapp", sender, text=text, page=page)  # type: ignore[arg-type]
    with store.write() as connection:
        receive(connection, message, now)


def _work(store: Store, shelf: Shelf, rasa: Listening, at: datetime, times: int = 1) -> None:
    for number in range(times):
        moment = at + timedelta(minutes=number)
        work_inbox(store, rasa, lambda moment=moment: moment, limit=50, around=Around({"whatsapp": shelf}))  # type: ignore[misc]


def _kept(store: Store) -> list[Any]:
    with store.read() as connection:
        return list(connection.execute(sa.select(pictures)))


def _said(store: Store) -> list[str]:
    with store.read() as connection:
        return [row.payload.text for row in list_rows(connection)]


def test_keeps_a_picture_without_what_lay_in_it_and_shows_it_to_people(
    store: Store, sender: str, now: datetime
) -> None:
    raw, rasa = read("picture.jpg"), Listening()
    _send(store, sender, now)
    _work(store, Shelf(raw), rasa, now)
    (picture,) = _kept(store)
    assert picture.sender_id == sender and b"SECRET" in raw and b"SECRET" not in picture.content
    with store.read() as connection:
        first, second = read_transcript(connection, sender)
    assert (first.text, first.picture_id, first.file) == ("[image]", picture.picture_id, "")
    assert "Je ne sais pas juger une image" in second.text and rasa.heard == []


def test_tells_rasa_the_words_and_nothing_of_where_the_picture_lies(store: Store, sender: str, now: datetime) -> None:
    rasa = Listening()
    _send(store, sender, now, text="do you have this in blue?")
    _work(store, Shelf(read("picture.png")), rasa, now)
    ((picture,), (heard,)) = _kept(store), rasa.heard
    assert (heard.text, heard.page) == ("do you have this in blue?", {"picture": picture.picture_id})
    with store.read() as connection:
        assert read_transcript(connection, sender)[0].text == "[image] do you have this in blue?"


def test_takes_a_picture_sent_as_a_document_for_a_picture(store: Store, sender: str, now: datetime) -> None:
    _send(store, sender, now, kind="document", mime_type="image/png")
    _work(store, Shelf(read("picture.png")), Listening(), now)
    assert len(_kept(store)) == 1


@pytest.mark.parametrize("kind", ["audio", "video", "document", "sticker", "file"])
def test_leaves_every_other_file_where_it_lies(store: Store, sender: str, now: datetime, kind: str) -> None:
    shelf = Shelf(b"%PDF")
    _send(store, sender, now, kind=kind, mime_type="application/pdf")
    _work(store, shelf, Listening(), now)
    assert (shelf.asked, _kept(store)) == (0, [])
    with store.read() as connection:
        assert read_transcript(connection, sender)[0].file == kind


@pytest.mark.parametrize("shelf", [
    Shelf(b"<svg onload=alert(1)>"), Shelf(error=NotAllowed("too_large")), Shelf(error=NotFound("gone")),
    Shelf(error=FixConfiguration("token")),
])
def test_answers_all_the_same_where_the_picture_cannot_be_had(
    store: Store, sender: str, now: datetime, shelf: Shelf
) -> None:
    _send(store, sender, now)
    _work(store, shelf, Listening(), now)
    assert _kept(store) == [] and ["lis que les mots" in each for each in _said(store)] == [True]


def test_tries_again_while_the_vendor_is_away_and_answers_in_the_end(
    store: Store, sender: str, now: datetime
) -> None:
    shelf, rasa = Shelf(error=Unavailable("away")), Listening()
    _send(store, sender, now, text="look")
    _work(store, shelf, rasa, now)
    assert (rasa.heard, _said(store)) == ([], [])
    _work(store, shelf, rasa, now + timedelta(minutes=1), MOST_ATTEMPTS)
    assert [each.text for each in rasa.heard] == ["look"] and shelf.asked == MOST_ATTEMPTS


def test_fetches_a_picture_once_whatever_happens_to_its_answer(store: Store, sender: str, now: datetime) -> None:
    class Away(Listening):
        def hand_over(self, message: InboundMessage) -> list[OutboundMessage]:
            raise Unavailable("Rasa")

    shelf = Shelf(read("picture.jpg"))
    _send(store, sender, now, text="look")
    _work(store, shelf, Away(), now)
    _work(store, shelf, Listening(), now + timedelta(minutes=1))
    assert shelf.asked == len(_kept(store)) == 1 and _said(store)[0] == "I see."


def test_answers_an_album_once(store: Store, sender: str, now: datetime) -> None:
    for number in range(3):
        _send(store, sender, now, f"w{number}")
    for _ in range(3):
        _work(store, Shelf(read("picture.jpg")), Listening(), now)
    assert len(_kept(store)) == 3 and len(_said(store)) == 1


def test_keeps_no_more_than_so_many_a_day(store: Store, sender: str, now: datetime) -> None:
    shelf = Shelf(read("picture.png"))
    for number in range(PICTURES_A_DAY + 1):
        _send(store, sender, now, f"w{number}")
        work_inbox(store, Listening(), lambda: now, limit=50, around=Around({"whatsapp": shelf}))
    assert len(_kept(store)) == PICTURES_A_DAY
    with store.read() as connection:
        states = set(connection.scalars(sa.select(inbox.c.state)))
    assert states == {"done"}


def test_opens_the_shelves_of_the_channels_that_are_there() -> None:
    assert set(open_sources(Settings())) == set()
    there = Settings(whatsapp_phone_number_id="1", messenger_page_id="2")
    assert set(open_sources(there)) == {"whatsapp", "messenger"}
