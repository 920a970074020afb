"""A photo sent after a yes: answered with a picture, kept nowhere, asked for again where a process died on the way."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs
from werkzeug import Request, Response

from bot.bootstrap import Services
from bot.channels.deliver import open_senders
from bot.channels.handover import MOST_ATTEMPTS, Around, Settled, work_inbox
from bot.channels.inbox import claim_next, receive
from bot.channels.outbox import ANSWERS, OutboxRow, list_rows, mark_delivered
from bot.channels.sent_files import open_sources
from bot.contracts.messages import InboundMessage, MessageId, OutboundMessage, QuickReply, SenderId
from bot.errors import NotAllowed, RateLimited
from bot.nudges.dispatch import dispatch_once
from bot.privacy.handlers.talk import MessagesPrivacyHandler, PhotoWishesPrivacyHandler
from bot.privacy.subject import Subject
from bot.profile.conversations import open_conversation
from bot.profile.handoffs import add_handoff
from bot.profile.photo_wishes import WISH_LIFE, PhotoWish, find_wish, keep_wish
from bot.profile.store.tables import conversations, handoffs, inbox, lent_media, photo_wishes, pictures
from bot.service.photo_try_on import PhotoTryOn, delete_lent, forget_wishes
from bot.service.transcript import read_transcript
from bot.service.try_on import PHOTOS_A_LINK, Fitting
from bot.service.wearing import put_on
from bot.settings import Settings
from tests.channels.test_picture_bytes import read
from tests.servers.tryon import PHOTOS, TryOn, find_in_files, find_in_open_files

JUMPER = Fitting("pull-col-rond-contrepoint", "sweater", "navy", "plain", "merino", "Pull Contrepoint")
WORN = b"the picture that was made"
ADDRESS = {"whatsapp": "33612345678", "messenger": "24680"}
SHOWN = OutboundMessage("On you: a simulation.", image_alt="Pull Contrepoint")
SIZE = OutboundMessage("You usually keep M.", quick_replies=(QuickReply("Add in M", '/add_to_cart{"size": "M"}'),))


class Silent:
    """Rasa that must not be asked."""

    def hand_over(self, message: InboundMessage) -> list[OutboundMessage]:
        raise AssertionError(message.message_id)


class Full(PhotoTryOn):
    """Others' photos are being worked on."""

    def __init__(self, *asked: Any, **named: Any) -> None:
        super().__init__(*asked, **named)
        while self._room.acquire(blocking=False):
            pass


class Limited(PhotoTryOn):
    """Meta wants to be asked less often."""

    def _try_on(self, *_: Any) -> Settled:
        raise RateLimited("less often")


@dataclass
class Meta:
    """Meta's side: one photo, what it was given, asked to send and to delete."""

    server: HTTPServer
    photo: bytes
    away: bool = False
    given: list[bytes] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = {"url": self.server.url_for("/file"), "mime_type": "image/jpeg", "id": "9"}
        self._on("/v25.0/9", "GET", lambda _: Response(json.dumps(known)))
        self._on("/file", "GET", lambda _: Response(self.photo, content_type="image/jpeg"))
        self._on("/v25.0/555/media", "POST", lambda asked: self._take(asked, "file", "id"))
        self._on("/v25.0/777/message_attachments", "POST", lambda asked: self._take(asked, "filedata", "attachment_id"))
        for number in ("555", "777"):
            self._on(f"/v25.0/{number}/messages", "POST", self._send)
        for media_id in ("9", "M1"):
            self._on(f"/v25.0/{media_id}", "DELETE", self._delete)

    def _on(self, path: str, method: str, answer: Callable[[Request], Response]) -> None:
        self.server.expect_request(path, method=method).respond_with_handler(
            lambda asked: Response(status=503) if self.away else answer(asked)
        )

    def _take(self, asked: Request, name: str, answer: str) -> Response:
        self.given.append(asked.files[name].read())
        return Response(json.dumps({answer: "M1"}))

    def _send(self, asked: Request) -> Response:
        self.sent.append(json.loads(asked.data))
        return Response(json.dumps({"messages": [{"id": f"wamid.{len(self.sent)}"}], "message_id": "mid.1"}))

    def _delete(self, asked: Request) -> Response:
        self.deleted.append(asked.path.rpartition("/")[2])
        return Response('{"success": true}')


@dataclass
class Chat:
    """One conversation, a worker and a clock."""

    services: Services
    meta: Meta
    channel: str
    now: datetime
    sender: SenderId | None = None
    worn: list[bytes] = field(default_factory=list)
    refusal: str = ""
    full: Full | None = None

    def begin(self) -> None:
        with self.services.store.write() as connection:
            made = open_conversation(connection, self.channel, ADDRESS[self.channel], now=self.now, salt="s" * 16)
        self.sender = made.sender_id

    def agree(self) -> None:
        with self.services.store.write() as connection:
            keep_wish(connection, PhotoWish(
                self.sender, f"yes-{self.now}", asdict(JUMPER), [SHOWN.to_json(), SIZE.to_json()], "en",
                self.now + WISH_LIFE, self.now,
            ))

    def show(self, message_id: str = "w1", sent_at: datetime | None = None, **media: str) -> None:
        named = {"url": self.meta.server.url_for("/file")} if self.channel == "messenger" else {"id": "9"}
        page = {"media": {**named, "mime_type": "image/jpeg", "kind": "image", **media}, "sent": "image"}
        message = InboundMessage(MessageId(message_id), self.channel, self.sender, page=page,
                                 sent_at=(sent_at or self.now).isoformat())
        with self.services.store.write() as connection:
            receive(connection, message, self.now)

    def wear(self, settings: Settings, fitting: Fitting, language: str, photo: bytes) -> bytes:
        self.worn.append(photo)
        if self.refusal:
            raise NotAllowed(self.refusal)
        return WORN

    def work(self, gateway: Any = None, wear: Any = None, taker: Callable[..., PhotoTryOn] = PhotoTryOn) -> None:
        store, settings = self.services.store, self.services.settings
        sources = open_sources(settings)
        take_photo = taker(store, settings, sources, wear=wear or self.wear)
        work_inbox(store, gateway or Silent(), lambda: self.now, limit=20, around=Around(sources, None, take_photo))

    def work_without_room(self) -> None:
        """The same worker each time."""
        if self.full is None:
            settings = self.services.settings
            self.full = Full(self.services.store, settings, open_sources(settings), wear=self.wear)
        self.work(taker=lambda *_, **__: self.full)

    def leave(self) -> None:
        """Everything that waits leaves, then the vendor is asked to delete."""
        senders = open_senders(self.services.settings)
        try:
            while dispatch_once(replace(self.services, clock=lambda: self.now), senders, kinds=ANSWERS):
                pass
        finally:
            senders.close()
        delete_lent(self.services.store, open_sources(self.services.settings), self.now)

    def wish(self) -> PhotoWish | None:
        with self.services.store.read() as connection:
            return find_wish(connection, self.sender)

    def replies(self) -> list[OutboundMessage]:
        with self.services.store.read() as connection:
            return [row.payload for row in _oldest_first(connection)]

    def count(self, table: sa.Table) -> int:
        with self.services.store.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _oldest_first(connection: sa.Connection) -> list[OutboxRow]:
    return list_rows(connection)[::-1]


@pytest.fixture
def settings(settings: Settings, httpserver: HTTPServer) -> Settings:
    return replace(
        settings, graph_url=httpserver.url_for("/v25.0"), whatsapp_phone_number_id="555", whatsapp_token="wa-token",
        messenger_page_id="777", messenger_token="ms-token",
    )


@pytest.fixture
def open_chat(services: Services, httpserver: HTTPServer, now: datetime) -> Callable[..., Chat]:
    def make(channel: str = "whatsapp", photo: bytes = b"a photo") -> Chat:
        chat = Chat(services, Meta(httpserver, photo), channel, now)
        chat.begin()
        return chat

    return make


@pytest.fixture
def chat(open_chat: Callable[..., Chat]) -> Chat:
    return open_chat()


def test_without_a_yes_a_photo_is_kept_as_ever(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat(photo=read("picture.jpg"))
    chat.show()
    chat.work()
    assert (chat.worn, chat.count(pictures), chat.meta.deleted) == ([], 1, [])


def test_a_photo_after_the_quarter_of_an_hour_is_kept_as_ever(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat(photo=read("picture.jpg"))
    chat.agree()
    chat.now += WISH_LIFE + timedelta(seconds=1)
    chat.show()
    chat.work()
    assert (chat.worn, chat.count(pictures)) == ([], 1)


def test_a_photo_is_the_persons_who_took_over(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat(photo=read("picture.jpg"))
    chat.agree()
    with chat.services.store.write() as connection:
        add_handoff(connection, turn_key="t", reference="P-1", sender_id=chat.sender, customer_id="c",
                    channel="whatsapp", language="fr", about="", order_number="", email="", summary="", now=chat.now)
        connection.execute(sa.update(handoffs).values(state="taken"))
    chat.show()
    chat.work()
    assert (chat.worn, chat.count(pictures), chat.count(photo_wishes)) == ([], 1, 0)


def test_on_whatsapp_the_picture_is_shown_with_the_size_and_everything_is_deleted(chat: Chat) -> None:
    chat.agree()
    chat.show()
    chat.work()
    assert (chat.worn, chat.meta.given, chat.count(pictures)) == ([b"a photo"], [WORN], 0)
    chat.leave()
    picture, size = chat.meta.sent
    assert picture["image"] == {"id": "M1", "caption": "On you: a simulation."}
    assert size["interactive"]["action"]["buttons"][0]["reply"]["title"] == "Add in M"
    assert chat.meta.deleted == ["9"]  # the photo at once; what is shown, when it was
    with chat.services.store.write() as connection:
        shown = _oldest_first(connection)[0]
        mark_delivered(connection, shown.outbox_id, shown.vendor_message_id, chat.now)
    chat.leave()
    assert chat.meta.deleted == ["9", "M1"] and chat.count(lent_media) == 0


def test_on_messenger_the_picture_comes_first_then_the_words(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat("messenger")
    chat.agree()
    chat.show()
    chat.work()
    chat.leave()
    picture, words, size = (each["message"] for each in chat.meta.sent)
    assert picture["attachment"] == {"type": "image", "payload": {"attachment_id": "M1"}}
    assert words["text"] == "On you: a simulation."
    assert size["quick_replies"][0]["title"] == "Add in M"
    assert chat.count(lent_media) == 0  # Messenger deletes nothing for us


def test_the_conversation_says_that_a_photo_came_and_no_longer_where_it_lies(chat: Chat) -> None:
    chat.agree()
    chat.show()
    chat.work()
    with chat.services.store.read() as connection:
        said = read_transcript(connection, chat.sender)
        (payload,) = connection.scalars(sa.select(inbox.c.payload))
    assert (said[0].text, said[0].file, said[0].picture_id) == ("[photo, not kept]", "", "")
    assert payload["page"] == {"sent": "photo, not kept"}


def test_a_photo_that_will_not_do_is_told_why_and_another_may_come(chat: Chat) -> None:
    chat.agree()
    chat.refusal = "too_dark"
    chat.show()
    chat.work()
    chat.refusal = ""
    chat.show("w2")
    chat.work()
    assert "too dark" in chat.replies()[0].text and chat.replies()[1].image_id == "M1"


def test_of_several_photos_sent_together_one_is_shown_and_none_kept(chat: Chat) -> None:
    chat.agree()
    chat.show("w1")
    chat.show("w2")
    chat.work()
    chat.work()
    assert (len(chat.worn), chat.count(pictures)) == (1, 0)
    assert "One photo is enough" in chat.replies()[-1].text


def test_where_its_process_died_the_photo_is_asked_for_again(chat: Chat) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> bytes:
        raise Killed

    chat.agree()
    chat.show()
    with pytest.raises(Killed):
        chat.work(wear=die)
    chat.now += timedelta(minutes=3)
    chat.work()
    assert (chat.worn, [each.text[:30] for each in chat.replies()]) == ([], ["Your photo did not come through"[:30]])
    chat.show("w2")
    chat.work()
    assert [each.image_id for each in chat.replies()[1:]] == ["M1", ""]


def test_tries_again_while_meta_is_away_and_asks_again_in_the_end(chat: Chat) -> None:
    chat.agree()
    chat.show()
    chat.meta.away = True
    for _ in range(MOST_ATTEMPTS):
        chat.work()
        chat.now += timedelta(minutes=1)
    assert "send it again" in chat.replies()[-1].text and len(chat.replies()) == 1
    wish = chat.wish()
    assert wish and wish.state == "waiting"


def test_a_yes_is_kept_while_its_photo_waits_for_a_worker_that_was_away(chat: Chat) -> None:
    chat.agree()
    chat.show()
    chat.now += timedelta(hours=2)
    assert forget_wishes(chat.services.store, chat.now) == 0
    chat.work()
    assert (chat.worn, chat.count(pictures)) == ([b"a photo"], 0)
    assert forget_wishes(chat.services.store, chat.now) == 1


def test_a_photo_waits_for_room_and_is_tried_as_often_as_any_other_then(chat: Chat) -> None:
    chat.agree()
    chat.show()
    for _ in range(4 * MOST_ATTEMPTS):
        chat.work_without_room()
        chat.now += timedelta(seconds=10)
    assert (chat.replies(), chat.worn) == ([], [])
    with chat.services.store.read() as connection:
        assert list(connection.execute(sa.select(inbox.c.state, inbox.c.attempts))) == [("waiting", 0)]
    for _ in range(MOST_ATTEMPTS - 1):
        chat.work(taker=Limited)
        chat.now += timedelta(minutes=1)
    chat.work()
    assert [each.image_id for each in chat.replies()] == ["M1", ""]


def test_a_photo_that_finds_no_room_for_minutes_is_told_why_and_left_for_nobody_to_open(chat: Chat) -> None:
    chat.agree()
    chat.show()
    for _ in range(7):
        chat.work_without_room()
        chat.now += timedelta(minutes=1)
    assert ["Many people" in each.text and "it is deleted" in each.text for each in chat.replies()] == [True]
    with chat.services.store.read() as connection:
        (payload,) = connection.scalars(sa.select(inbox.c.payload))
    assert "media" not in payload["page"]
    chat.show("w2")
    chat.work()
    assert [each.image_id for each in chat.replies()[1:]] == ["M1", ""]


def test_a_photo_that_lay_while_the_worker_was_away_waits_for_room_like_any_other(chat: Chat) -> None:
    chat.agree()
    chat.show()
    chat.now += timedelta(minutes=6)
    for _ in range(5):
        chat.work_without_room()
        chat.now += timedelta(seconds=50)
    assert chat.replies() == []
    chat.work()
    assert [each.image_id for each in chat.replies()] == ["M1", ""]


def test_a_photo_is_counted_once_however_often_it_is_tried(chat: Chat) -> None:
    chat.agree()
    chat.refusal = "blurred"
    for number in range(PHOTOS_A_LINK):
        chat.show(f"w{number}")
        chat.work_without_room()
        chat.now += timedelta(seconds=30)
        chat.work()
    assert len(chat.worn) == PHOTOS_A_LINK
    chat.show("one more")
    chat.work()
    assert len(chat.worn) == PHOTOS_A_LINK and "many photos" in chat.replies()[-1].text


def test_an_answer_that_comes_after_its_lease_is_not_said_twice(chat: Chat) -> None:
    chat.agree()
    chat.show()

    def slow(*_: object) -> bytes:
        chat.now += timedelta(minutes=5)
        with chat.services.store.write() as connection:
            claim_next(connection, lease_seconds=60, now=chat.now, limit=1)
        return WORN

    chat.work(wear=slow)
    assert chat.replies() == []


def test_a_photo_is_in_hand_for_as_long_as_an_engine_elsewhere_may_take(chat: Chat) -> None:
    chat.agree()
    with chat.services.store.write() as connection:
        connection.execute(sa.update(photo_wishes).values(fitting=asdict(replace(JUMPER, engine="fashn"))))
    chat.show()

    def slow(*_: object) -> bytes:
        chat.now += timedelta(seconds=150)
        with chat.services.store.write() as connection:
            assert claim_next(connection, lease_seconds=60, now=chat.now, limit=1) == []
        return WORN

    chat.work(wear=slow)
    assert [each.image_id for each in chat.replies()] == ["M1", ""]


@pytest.mark.parametrize("is_away", [False, True])
def test_whoever_is_erased_meanwhile_leaves_the_files_ids_alone(chat: Chat, is_away: bool) -> None:
    def erase(*_: object) -> bytes:
        with chat.services.store.write() as connection:
            for table in (conversations, inbox, photo_wishes):
                connection.execute(sa.delete(table))
        if is_away:
            raise RateLimited("the picture was not taken")
        return WORN

    chat.agree()
    chat.show()
    chat.work(wear=erase)
    with chat.services.store.read() as connection:
        lent = connection.execute(sa.select(lent_media)).all()
    assert {each.media_id for each in lent} == ({"9"} if is_away else {"9", "M1"})
    assert {(each.sender_id, each.reply_key) for each in lent} == {("", "")}
    chat.leave()
    assert (set(chat.meta.deleted), chat.count(lent_media), chat.replies()) == ({each.media_id for each in lent}, 0, [])


def test_whoever_is_erased_between_two_tries_leaves_the_photos_id_alone(chat: Chat) -> None:
    chat.agree()
    chat.show()
    chat.meta.away = True
    chat.work()
    subject = Subject(members=(), sender_ids=(str(chat.sender),))
    with chat.services.store.write() as connection:
        for handler in (MessagesPrivacyHandler(), PhotoWishesPrivacyHandler()):
            handler.erase(connection, subject)
    with chat.services.store.read() as connection:
        (lent,) = connection.execute(sa.select(lent_media)).all()
    assert (lent.media_id, lent.sender_id, chat.count(inbox)) == ("9", "", 0)
    chat.meta.away = False
    chat.leave()
    assert (chat.meta.deleted, chat.count(lent_media)) == (["9"], 0)


def test_a_photo_that_another_worker_has_is_not_tried_on(chat: Chat) -> None:
    class Late(PhotoTryOn):
        def _try_on(self, *given: Any) -> Settled:
            chat.now += timedelta(minutes=5)
            with chat.services.store.write() as connection:
                claim_next(connection, lease_seconds=60, now=chat.now, limit=1)
            return super()._try_on(*given)

    chat.agree()
    chat.show()
    chat.work(taker=Late)
    wish = chat.wish()
    assert wish and (chat.worn, chat.replies(), wish.state) == ([], [], "waiting")


def test_a_yes_is_good_for_some_photos(chat: Chat) -> None:
    chat.agree()
    chat.refusal = "blurred"
    for number in range(PHOTOS_A_LINK + 1):
        chat.show(f"w{number}")
        chat.work()
    assert len(chat.worn) == PHOTOS_A_LINK and "many photos" in chat.replies()[-1].text


def test_what_whatsapp_does_not_delete_at_once_is_tried_again(chat: Chat) -> None:
    chat.agree()
    chat.show()
    chat.work()
    chat.meta.away = True
    delete_lent(chat.services.store, open_sources(chat.services.settings), chat.now)
    chat.meta.away = False
    chat.now += timedelta(minutes=2)
    delete_lent(chat.services.store, open_sources(chat.services.settings), chat.now)
    assert chat.meta.deleted == ["9"]


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with capture_logs() as said:
        yield said


def test_the_photos_bytes_are_nowhere_afterwards(
    open_chat: Callable[..., Chat], tryon: TryOn, tmp_path_factory: pytest.TempPathFactory, logged: list[Any],
) -> None:
    word = b"a-word-that-stands-in-the-photo-alone"
    chat = open_chat(photo=_photo_with(word))
    chat.services = replace(chat.services, settings=replace(chat.services.settings, try_on_url=tryon.url))
    chat.agree()
    chat.show()
    chat.work(wear=put_on)
    chat.leave()
    assert [each["type"] for each in chat.meta.sent] == ["image", "interactive"]
    inside = chat.meta.photo[len(chat.meta.photo) // 2:][:64]
    for each in (word, inside):
        assert find_in_files(each, tryon.tmp.parent, tmp_path_factory.getbasetemp()) == []
        assert find_in_open_files(each, tryon.process.pid, os.getpid()) == []
    assert word not in chat.meta.given[0]
    assert "wa-token" not in str(logged) and ADDRESS["whatsapp"] not in str(logged) and "'9'" not in str(logged)


def _photo_with(word: bytes) -> bytes:
    """More than a megabyte, where frameworks begin to write to the disk; with a word nobody else says."""
    out = BytesIO()
    Image.open(PHOTOS / "astronaut.png").convert("RGB").resize((2600, 2600)).save(out, "JPEG", quality=97, comment=word)
    assert len(out.getvalue()) > 1_000_000
    return out.getvalue()
