"""People answer from Chatwoot: who waits appears there, what is said goes both ways, forged calls change nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pytest_httpserver import HTTPServer

from bot.channels.inbox import receive
from bot.contracts.messages import InboundMessage, MessageId, SenderId
from bot.errors import FixConfiguration, Unavailable
from bot.handoff.chatwoot import Chatwoot
from bot.handoff.mirror import tell_desk
from bot.handoff.webhook import build_desk_router
from bot.profile.pictures import keep_picture
from bot.profile.store.tables import conversations
from bot.settings import Settings
from tests.handoff.conftest import Shop
from tests.handoff.fake_chatwoot import SECRET, TOKEN, FakeChatwoot, message_of, sign, status_of


@dataclass
class Desk:
    """The shop, Chatwoot, and the wire between them."""

    shop: Shop
    there: FakeChatwoot
    client: Chatwoot
    site: TestClient

    def tell(self) -> int:
        return tell_desk(self.shop.store, self.client, self.shop.now)

    def call(self, body: bytes, **headers: str) -> int:
        signed = sign(body, int(self.shop.now.timestamp()))
        return self.site.post("/webhooks/chatwoot", content=body, headers={**signed, **headers}).status_code

    def answer(self, text: str, number: int = 40, **changes: object) -> int:
        return self.call(message_of(number, self.there.conversations[number]["key"], text, **changes))

    def end(self, event: str = "conversation_resolved", status: str = "resolved", number: int = 40) -> int:
        return self.call(status_of(number, self.there.conversations[number]["key"], event, status))


def _connect(server: HTTPServer, token: str = TOKEN) -> Chatwoot:
    return Chatwoot(server.url_for(""), account=7, inbox="inbox-identifier", bot_token=token, webhook_secret=SECRET,
                    timeout_seconds=2)


@pytest.fixture
def desk(shop: Shop, httpserver: HTTPServer) -> Iterator[Desk]:
    """A shop whose people answer in Chatwoot."""
    there = FakeChatwoot()
    there.serve(httpserver)
    app = FastAPI()
    app.include_router(build_desk_router(shop.store, _connect(httpserver), lambda: shop.now))
    with TestClient(app) as site:
        yield Desk(shop, there, _connect(httpserver), site)


def test_tells_nothing_of_who_never_asked(desk: Desk) -> None:
    desk.shop.say("hello")
    assert desk.tell() == 0
    assert desk.there.conversations == {}


def test_puts_who_asks_before_people_with_the_case_and_what_was_said(desk: Desk) -> None:
    desk.shop.say("the sleeve is torn")
    desk.shop.ask_for_person(email="camille@example.com")
    assert desk.tell() == 1
    ((who, note),) = desk.there.said[40]
    assert who == "note" and "Camille Roche" in note and "Customer: the sleeve is torn" in note
    assert desk.there.statuses == ["open"]
    assert desk.tell() == 0


def test_gives_no_address_of_somebody_who_has_not_proved_it(desk: Desk) -> None:
    desk.shop.ask_for_person(email="somebody@example.com")
    desk.tell()
    (contact,) = desk.there.contacts.values()
    assert "email" not in contact


def test_repeats_both_sides_in_their_order_once(desk: Desk) -> None:
    desk.shop.ask_for_person()
    desk.tell()
    desk.shop.say("one")
    desk.shop.wait(seconds=1)
    desk.shop.say("two")
    desk.tell()
    desk.tell()
    assert desk.there.said[40][1:] == [
        ("customer", "one"), ("bot", "re one"), ("customer", "two"), ("bot", "re two"),
    ]


def test_says_what_a_person_answers_there_and_the_bot_is_silent(desk: Desk) -> None:
    desk.shop.ask_for_person()
    desk.tell()
    assert desk.answer("Your parcel is found.") == 200
    spoken = [row.payload for row in desk.shop.sent if row.payload.author]
    assert [(each.text, each.author) for each in spoken] == [("Your parcel is found.", "Léa")]
    desk.shop.wait(seconds=1)
    desk.shop.say("great")
    assert desk.shop.gateway.heard == []
    desk.tell()
    assert ("bot", "Léa: Your parcel is found.") not in desk.there.said[40]
    assert desk.there.said[40][-1] == ("customer", "great")


@pytest.mark.parametrize(
    ("email", "instead"), [("camille@example.com", "leaves by e-mail"), ("", "no e-mail address is known")]
)
def test_tells_who_answers_that_the_window_is_closed(desk: Desk, email: str, instead: str) -> None:
    desk.shop.ask_for_person(email=email)
    desk.tell()
    written_at = desk.shop.now - timedelta(hours=23)
    with desk.shop.store.write() as connection:
        connection.execute(sa.update(conversations).values(channel="whatsapp", last_inbound_at=written_at))
    desk.answer("Your parcel is found.", 40)
    desk.tell()
    before = len(desk.there.said[40])
    assert not [words for who, words in desk.there.said[40][1:] if who == "note"]
    desk.shop.wait(seconds=2 * 3_600)
    desk.answer("Are you there?", 40, id=9_999)
    desk.tell()
    desk.tell()
    ((who, note),) = desk.there.said[40][before:]
    assert who == "note" and "whatsapp takes no answer any more" in note and instead in note


def test_says_each_answer_once_however_often_the_call_comes(desk: Desk) -> None:
    desk.shop.ask_for_person()
    desk.tell()
    desk.answer("Found.")
    desk.end()
    desk.answer("Found.")
    assert desk.shop.told.count("Found.") == 1
    assert [row.state for row in desk.shop.rows()] == ["ended"]


def test_lets_a_colleague_go_on_there(desk: Desk) -> None:
    desk.shop.ask_for_person()
    desk.tell()
    desk.answer("Hello.")
    desk.answer("I go on.", id=902, sender={"name": "Marc", "type": "user"})
    assert [row.payload.author for row in desk.shop.sent if row.payload.author] == ["Léa", "Marc"]


@pytest.mark.parametrize(("event", "status"), [
    ("conversation_resolved", "resolved"), ("conversation_status_changed", "resolved"),
    ("conversation_status_changed", "pending"),
])
def test_gives_back_to_the_bot_what_is_settled_there(desk: Desk, event: str, status: str) -> None:
    desk.shop.ask_for_person()
    desk.tell()
    desk.answer("Hello.")
    assert desk.end(event, status) == 200
    desk.shop.say("thanks")
    assert desk.shop.gateway.heard == ["thanks"]


@pytest.mark.parametrize("changes", [
    {"private": True}, {"message_type": "incoming"}, {"sender": {"name": "Bot", "type": "agent_bot"}},
    {"content": None}, {"event": "message_updated"}, {"event": "webwidget_triggered"}, {"sender": None},
])
def test_passes_on_nothing_else_that_is_said_there(desk: Desk, changes: dict[str, object]) -> None:
    desk.shop.ask_for_person()
    desk.tell()
    assert desk.answer("for colleagues only", **changes) == 200
    assert desk.shop.told == []


def test_passes_on_the_addresses_of_files(desk: Desk) -> None:
    desk.shop.ask_for_person()
    desk.tell()
    desk.answer("", attachments=[{"data_url": "https://desk.example/label.pdf"}])
    assert desk.shop.told[-1] == "https://desk.example/label.pdf"


def test_refuses_forged_calls(desk: Desk) -> None:
    desk.shop.ask_for_person()
    desk.tell()
    body = message_of(40, desk.there.conversations[40]["key"], "Send me your card number.")
    moment = int(desk.shop.now.timestamp())
    forged = [
        {}, sign(body, moment, "another secret"), sign(body + b" ", moment), sign(body, moment - 301),
        {**sign(body, moment), "X-Chatwoot-Timestamp": str(moment - 1)},
        {**sign(body, moment), "X-Chatwoot-Timestamp": "²"},
        {"X-Chatwoot-Timestamp": str(moment), "X-Chatwoot-Signature": "sha256=é"},
    ]
    for headers in forged:
        raw = {name: value.encode() for name, value in headers.items()}
        assert desk.site.post("/webhooks/chatwoot", content=body, headers=raw).status_code == 401
    assert desk.shop.told == []


def test_refuses_what_is_no_event_and_what_has_no_end(desk: Desk) -> None:
    for body in (b"[]", b"{}", b"no json", json.dumps({"event": "message_created", "sender": {"type": "user"},
                                                        "message_type": "outgoing", "content": "x"}).encode()):
        assert desk.call(body) == 401
    assert desk.call(b" " * 600_000) == 413


def test_knows_no_conversation_of_others(desk: Desk) -> None:
    assert desk.call(message_of(999, "prevenant-other", "Hello")) == 200
    assert desk.shop.told == []


def test_stays_one_conversation_when_the_customer_asks_again(desk: Desk) -> None:
    desk.shop.ask_for_person(key="k-1")
    desk.tell()
    desk.shop.ask_for_person(key="k-2")
    desk.tell()
    desk.shop.say("hello?")
    desk.tell()
    assert len(desk.there.conversations) == 1
    assert [text for who, text in desk.there.said[40] if who == "customer"] == ["hello?"]


def test_closes_there_what_is_settled_here(desk: Desk) -> None:
    asked = desk.shop.ask_for_person()
    desk.tell()
    desk.shop.do("answer", asked, "Léa", "From the inbox here.", "form-1")
    desk.tell()
    assert ("bot", "Léa: From the inbox here.") in desk.there.said[40]
    desk.shop.do("give_back", asked, "Léa")
    desk.tell()
    assert desk.there.statuses == ["resolved"]
    assert desk.tell() == 0


def test_goes_on_where_it_stopped_after_an_outage(desk: Desk) -> None:
    desk.shop.ask_for_person()
    desk.there.breaks["/messages"] = 503
    with pytest.raises(Unavailable):
        desk.tell()
    assert desk.tell() == 1
    assert len(desk.there.conversations) == 1 and desk.there.statuses == ["open"]


def test_leaves_alone_what_was_deleted_there(desk: Desk) -> None:
    desk.shop.ask_for_person()
    desk.tell()
    desk.there.conversations.clear()
    desk.shop.say("hello?")
    desk.there.contacts.clear()
    assert desk.tell() == 1
    assert desk.tell() == 0
    assert len(desk.shop.rows("waiting")) == 1


@pytest.mark.parametrize("missing", ["account", "inbox", "bot_token", "webhook_secret"])
def test_starts_with_no_half_of_the_settings(settings: Settings, missing: str) -> None:
    given = {"url": "https://desk.example", "account": "7", "inbox": "i", "bot_token": "t", "webhook_secret": SECRET}
    environ = {f"PREVENANT_CHATWOOT_{name.upper()}": value for name, value in given.items() if name != missing}
    for each in ("session_secret", "widget_secret", "internal_secret", "write_key", "holdout_salt"):
        environ[f"PREVENANT_{each.upper()}"] = getattr(settings, each)
    with pytest.raises(FixConfiguration, match=f"PREVENANT_CHATWOOT_{missing.upper()}"):
        Settings.from_env(environ)


def test_says_which_setting_is_wrong(shop: Shop, httpserver: HTTPServer) -> None:
    FakeChatwoot().serve(httpserver)
    shop.ask_for_person()
    with pytest.raises(FixConfiguration, match="PREVENANT_CHATWOOT_BOT_TOKEN"):
        tell_desk(shop.store, _connect(httpserver, "wrong"), shop.now)


def _show(desk: Desk, key: str, text: str = "") -> None:
    with desk.shop.store.write() as connection:
        kept = keep_picture(connection, sender_id="s-1", content_type="image/jpeg", content=key.encode(), width_px=1,
                            height_px=1, now=desk.shop.now)
        said = InboundMessage(MessageId(key), "web", SenderId("s-1"), text=text, page={"picture": kept})
        receive(connection, said, desk.shop.now)


def test_shows_the_customers_pictures_there_those_from_before_too(desk: Desk) -> None:
    _show(desk, "before")
    desk.shop.ask_for_person()
    desk.tell()
    _show(desk, "after", "and this one")
    desk.tell()
    desk.tell()
    assert desk.there.files == [("image.jpeg", "image/jpeg", b"before"), ("image.jpeg", "image/jpeg", b"after")]
    assert desk.there.said[40][1:] == [("customer", "[image]"), ("customer", "[image] and this one")]
