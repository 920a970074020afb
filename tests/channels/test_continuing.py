"""From the website to WhatsApp and Messenger by a link: one person, one state, the proof no longer than it lasts."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from bot.channels.continuing import CONTINUED
from bot.channels.messenger.receive import build_messenger_router
from bot.channels.outbox import list_rows
from bot.channels.web.receive import WebChannel
from bot.channels.web.routes import build_routes
from bot.channels.web.tokens import make_session, read_session
from bot.channels.whatsapp.receive import build_whatsapp_router
from bot.errors import FixConfiguration
from bot.profile.conversations import (
    Conversation,
    find_conversation,
    open_conversation,
    verify_conversation,
)
from bot.profile.identities import link_identity
from bot.profile.link_codes import LIFE, LINKS_AN_HOUR, find_link_code
from bot.profile.merging import merges_of, unmerge
from bot.profile.state import ConversationState, Shown, read_state, write_state
from bot.profile.store.engine import Store
from bot.profile.store.tables import identities, metadata
from bot.settings import Settings
from tests.channels.web.conftest import Clock

SALT = "a-salt-for-tests-only"
NUMBER, PERSON, OURS, PAGE = "33612345678", "9001", "1122334455667", "777"
FORGED = "go-1-" + "0" * 32
STATE = ConversationState(
    cart_ref="cart-7", last_shown=(Shown("p-1", "Navy jumper"), Shown("p-2", "Linen shirt")),
    last_product=Shown("p-2", "Linen shirt"), last_order="MP204819", language="fr",
)


@dataclass
class House:
    """The website, WhatsApp and Messenger of one shop, and a browser's conversation."""

    store: Store
    settings: Settings
    clock: Clock
    site: TestClient
    session: str = ""
    count: int = 0

    def browse(self, state: ConversationState = STATE, *, verified: str = "", minutes: float = 5) -> Conversation:
        """A new browser, which said something already; `verified` is the shop's customer who is signed in."""
        self.session = make_session(self.settings, self.clock.now)
        address = read_session(self.settings, self.session, self.clock.now)
        with self.store.write() as connection:
            made = open_conversation(connection, "web", address, now=self.clock.now, salt=SALT)
        if verified:
            self.verify(made, verified, minutes)
        made = self.again(made)
        with self.store.write() as connection:
            write_state(connection, made.customer_id, state, self.clock.now)
        return made

    def verify(self, conversation: Conversation, ref: str, minutes: float = 5) -> None:
        with self.store.write() as connection:
            verify_conversation(connection, conversation.sender_id, customer_ref=ref, by="token", now=self.clock.now,
                                until=self.clock.now + timedelta(minutes=minutes), salt=SALT)

    def ask(self, channel: str, session: str = "") -> Any:
        return self.site.post("/widget/continue", json={"session": session or self.session, "channel": channel})

    def link(self, channel: str) -> str:
        answer = self.ask(channel)
        assert answer.status_code == 200
        return str(answer.json()["url"])

    def words(self) -> str:
        """What a link to WhatsApp lets the customer say."""
        return parse_qs(urlsplit(self.link("whatsapp")).query)["text"][0]

    def write(self, words: str, *, sender: str = NUMBER, message_id: str = "") -> Conversation:
        """A signed call of WhatsApp's."""
        self.count += 1
        message = {"from": sender, "id": message_id or f"wamid.{self.count}", "type": "text", "text": {"body": words},
                   "timestamp": str(int(self.clock.now.timestamp()))}
        value = {"metadata": {"phone_number_id": OURS}, "contacts": [{"wa_id": sender}], "messages": [message]}
        self.post("whatsapp", {"object": "whatsapp_business_account", "entry": [
            {"id": "1", "changes": [{"field": "messages", "value": value}]}]})
        return self.talk("whatsapp", sender)

    def arrive(self, **parts: Any) -> None:
        """A signed call of Messenger's."""
        event = {"sender": {"id": PERSON}, "recipient": {"id": PAGE}, **parts,
                 "timestamp": int(self.clock.now.timestamp() * 1000)}
        self.post("messenger", {"object": "page", "entry": [{"id": PAGE, "time": 1, "messaging": [event]}]})

    def post(self, channel: str, batch: dict[str, Any]) -> None:
        body = json.dumps(batch).encode()
        signature = "sha256=" + hmac.new(self.settings.meta_app_secret.encode(), body, hashlib.sha256).hexdigest()
        answer = self.site.post(f"/webhooks/{channel}", content=body, headers={"X-Hub-Signature-256": signature})
        assert answer.status_code == 200

    def talk(self, channel: str, address: str) -> Conversation:
        with self.store.read() as connection:
            found = find_conversation(connection, channel, address)
        assert found
        return found

    def again(self, before: Conversation) -> Conversation:
        return self.talk(before.channel, before.address)

    def state_of(self, conversation: Conversation) -> ConversationState:
        with self.store.read() as connection:
            return read_state(connection, conversation.customer_id)

    def heard(self) -> list[tuple[str, str]]:
        with self.store.read() as connection:
            rows = connection.scalars(sa.select(metadata.tables["inbox"].c.payload).order_by(sa.text("inbox_id")))
            return [(each["text"], each["payload"]) for each in rows]

    def everything(self) -> str:
        """Every row of the store, as text."""
        with self.store.read() as connection:
            return "\n".join(str(tuple(row)) for table in metadata.tables.values()
                             for row in connection.execute(sa.select(table)))


@pytest.fixture
def house(store: Store, settings: Settings, now: datetime) -> Iterator[House]:
    whole = replace(
        settings, meta_app_secret="an-app-secret-of-tests", meta_verify_token="a-verify-token-of-tests",
        whatsapp_phone_number_id=OURS, whatsapp_number="+33198765432", messenger_page_id=PAGE, holdout_salt=SALT,
    )
    clock, app = Clock(now), FastAPI()
    app.include_router(build_routes(WebChannel(store, whole, clock)))
    app.include_router(build_whatsapp_router(store, whole, clock))
    app.include_router(build_messenger_router(store, whole, clock))
    with TestClient(app) as site:
        yield House(store, whole, clock, site)


def _refused(house: House, web: Conversation, words: str) -> None:
    """The words are a message like any other, without the code; nothing else happened."""
    mobile = house.write(words)
    assert mobile.customer_id != house.again(web).customer_id
    assert mobile.verified_ref is None
    assert house.state_of(mobile) == ConversationState()
    text, payload = house.heard()[-1]
    assert (text, payload) == (re.sub(r" \(.*\)", "", words), "")


# -- nobody goes on ---------------------------------------------------------------------------------


def test_joins_nobody_by_a_forged_code(house: House) -> None:
    web = house.browse(verified="camille")
    code = find_link_code(house.words())
    for forged in (FORGED, code[:-1] + ("0" if code[-1] != "0" else "1"), "go-999999999999999999-" + "a" * 32):
        _refused(house, web, f"Hello! ({forged})")


def test_joins_nobody_by_a_code_that_is_too_old(house: House) -> None:
    web = house.browse(verified="camille", minutes=60)
    words = house.words()
    house.clock.forward(seconds=LIFE.total_seconds())
    _refused(house, web, words)


def test_joins_nobody_by_a_code_that_was_used(house: House) -> None:
    web = house.browse(verified="camille")
    words = house.words()
    assert house.write(words, sender="33600000000").customer_id == house.again(web).customer_id
    _refused(house, web, words)


def test_joins_nobody_by_a_code_that_a_later_one_replaced(house: House) -> None:
    web = house.browse()
    words = house.words()
    house.words()
    _refused(house, web, words)


def test_joins_nobody_by_another_channels_code(house: House) -> None:
    web = house.browse()
    _refused(house, web, f"Hello! ({find_link_code(house.link('messenger'))})")


def test_joins_nobody_once_the_first_conversation_is_over(house: House) -> None:
    web = house.browse(verified="camille")
    words = house.words()
    with house.store.write() as connection:
        connection.execute(sa.update(metadata.tables["conversations"]).values(channel="web-ended"))
    mobile = house.write(words)
    assert mobile.verified_ref is None
    assert house.state_of(mobile) == ConversationState()
    assert web.sender_id != mobile.sender_id


def test_takes_along_nobody_who_signed_in_after_the_code_was_made(house: House) -> None:
    web = house.browse()
    words = house.words()
    house.verify(web, "camille")
    _refused(house, web, words)


@pytest.mark.parametrize("minutes_later", [0, 6], ids=["both proven", "one proof is over"])
def test_never_makes_two_customers_one(house: House, minutes_later: int) -> None:
    mobile = house.write("hello")
    house.verify(mobile, "lea")
    mobile = house.again(mobile)
    house.clock.forward(minutes=minutes_later)
    web = house.browse(verified="camille")
    words = house.words()
    after = house.write(words)
    assert replace(after, last_inbound_at=None) == replace(mobile, last_inbound_at=None)
    assert after.customer_id != house.again(web).customer_id
    assert house.state_of(after) == ConversationState()
    assert house.heard()[-1] == (re.sub(r" \(.*\)", "", words), "")
    assert house.write(words, sender="33600000000").verified_ref is None  # it is used up


def test_joins_nobody_whom_a_person_of_the_shop_has_parted(house: House) -> None:
    web = house.browse()
    mobile = house.write(house.words())
    with house.store.write() as connection:
        (merge_id,) = merges_of(connection, mobile.customer_id)
        unmerge(connection, merge_id, now=house.clock.now)
    house.write(house.words())
    assert house.again(mobile).customer_id != house.again(web).customer_id


def test_makes_no_link_for_a_known_customer_whose_proof_is_over(house: House) -> None:
    house.browse(verified="camille")
    house.clock.forward(minutes=6)
    assert house.ask("whatsapp").status_code == 403


def test_makes_no_link_without_a_session_or_a_channel(house: House) -> None:
    house.browse()
    assert house.ask("whatsapp", session="x").status_code == 401
    assert house.ask("whatsapp", session=make_session(house.settings, house.clock.now)).status_code == 404
    assert house.ask("sms").status_code == 404
    assert house.site.post("/widget/continue", content=b"[]").status_code == 422
    assert house.site.post("/widget/continue", content=b"{" * 9_000).status_code == 413


def test_makes_so_many_links_an_hour(house: House) -> None:
    house.browse()
    answers = [house.ask("messenger").status_code for _ in range(LINKS_AN_HOUR + 1)]
    assert answers == [*([200] * LINKS_AN_HOUR), 429]


@pytest.mark.parametrize("number", ["0612345678", "+33 6 12", "+33", "javascript:"])
def test_starts_with_no_number_that_nobody_can_write_to(number: str) -> None:
    secrets = {f"PREVENANT_{each}": "x" * 16 for each in (
        "SESSION_SECRET", "WIDGET_SECRET", "INTERNAL_SECRET", "WRITE_KEY", "HOLDOUT_SALT")}
    with pytest.raises(FixConfiguration, match="WHATSAPP_NUMBER"):
        Settings.from_env({**secrets, "PREVENANT_WHATSAPP_NUMBER": number})


# -- they go on -------------------------------------------------------------------------------------


def test_goes_on_at_whatsapp_with_everything(house: House) -> None:
    web = house.browse(verified="camille", minutes=4)
    url = house.link("whatsapp")
    assert url.startswith("https://wa.me/33198765432?text=Bonjour%20%21%20Je%20continue")
    house.clock.forward(minutes=1)
    mobile = house.write(parse_qs(urlsplit(url).query)["text"][0])
    web = house.again(web)
    assert mobile.customer_id == web.customer_id
    assert (mobile.verified_ref, mobile.verified_by, mobile.verified_until) == ("camille", "link", web.verified_until)
    state = house.state_of(mobile)
    assert (state.cart_ref, state.last_shown, state.last_product) == ("cart-7", STATE.last_shown, STATE.last_product)
    assert (state.language, state.last_order) == ("fr", "MP204819")
    assert house.heard() == [("", CONTINUED)]


def test_tells_the_owner_where_their_account_is_known_now(house: House) -> None:
    web = house.browse(verified="camille")
    with house.store.write() as connection:
        link_identity(connection, web.customer_id, "email", "camille@example.com", source="shop", now=house.clock.now)
        connection.execute(sa.update(identities).where(identities.c.kind == "email").values(is_verified=True))
    house.write(house.words())
    with house.store.read() as connection:
        (letter,) = [row for row in list_rows(connection) if row.kind == "notice"]
    assert (letter.channel, letter.address) == ("email", "camille@example.com")
    assert "WhatsApp" in letter.payload.text and "ce n’était pas vous" in letter.payload.text


def test_tells_nobody_of_a_guests_conversation(house: House) -> None:
    house.browse()
    house.write(house.words())
    with house.store.read() as connection:
        assert [row for row in list_rows(connection) if row.kind == "notice"] == []


def test_goes_on_at_messenger_and_is_one_person_on_three_channels(house: House) -> None:
    web = house.browse(verified="camille")
    mobile = house.write(house.words())
    ref = parse_qs(urlsplit(house.link("messenger")).query)["ref"][0]
    house.arrive(referral={"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD"})
    found = [house.again(web), house.again(mobile), house.talk("messenger", PERSON)]
    assert len({each.customer_id for each in found}) == 1
    assert {each.verified_until for each in found} == {found[0].verified_until}
    assert house.state_of(found[2]).last_shown == STATE.last_shown
    assert house.heard() == [("", CONTINUED)] * 2


@pytest.mark.parametrize("part", ["postback", "message"])
def test_goes_on_at_messenger_by_the_first_tap_or_word(house: House, part: str) -> None:
    web = house.browse()
    ref = house.link("messenger").rpartition("=")[2]
    said = {"postback": {"mid": "m1", "title": "Get started", "payload": "START"},
            "message": {"mid": "m1", "text": "hello"}}[part]
    house.arrive(**{part: {**said, "referral": {"ref": ref, "source": "SHORTLINK"}}})
    assert house.talk("messenger", PERSON).customer_id == house.again(web).customer_id
    assert house.heard() == [("", CONTINUED)]


def test_answers_nobody_who_came_by_a_dead_link_and_said_nothing(house: House) -> None:
    house.browse()
    house.arrive(referral={"ref": FORGED, "source": "SHORTLINK"})
    assert house.heard() == []
    with house.store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(metadata.tables["outbox"])) == 0


def test_goes_on_as_a_guest_who_is_not_proven_to_be_anybody(house: House) -> None:
    web = house.browse()
    mobile = house.write(house.words())
    assert mobile.customer_id == house.again(web).customer_id
    assert mobile.verified_ref is None
    assert house.state_of(mobile).last_shown == STATE.last_shown


def test_goes_on_with_what_the_website_was_about_and_not_with_what_was_said_there_before(house: House) -> None:
    mobile = house.write("hello")
    with house.store.write() as connection:
        write_state(connection, mobile.customer_id, ConversationState(
            last_shown=(Shown("old", "Old coat"),), style={"colours": ["navy"]}), house.clock.now)
    house.clock.forward(minutes=1)
    house.browse(replace(STATE, style={}))
    with house.store.write() as connection:  # the newer state, and yet not the one that they go on with
        write_state(connection, mobile.customer_id, replace(
            read_state(connection, mobile.customer_id), last_order="OLD"), house.clock.now + timedelta(seconds=1))
    state = house.state_of(house.write(house.words()))
    assert (state.last_shown, state.last_order, state.style) == (STATE.last_shown, "MP204819", {"colours": ["navy"]})


@pytest.mark.parametrize(("secret", "expected"), [("", "cart-of-the-page"), ("x" * 32, "cart-7")])
def test_takes_along_the_basket_of_the_page_where_we_signed_it(house: House, secret: str, expected: str) -> None:
    house.browse()
    token = jwt.encode({"cart": "cart-of-the-page"}, secret or house.settings.session_secret, algorithm="HS256")
    answer = house.site.post("/widget/continue", json={
        "session": house.session, "channel": "whatsapp", "cart_token": token})
    mobile = house.write(parse_qs(urlsplit(answer.json()["url"]).query)["text"][0])
    assert house.state_of(mobile).cart_ref == expected


def test_proves_nothing_longer_than_it_was_proven(house: House) -> None:
    web = house.browse(verified="camille", minutes=4)
    words = house.words()
    house.clock.forward(minutes=5)  # the code is still good, the proof is not
    mobile = house.write(words)
    assert mobile.customer_id == house.again(web).customer_id
    assert not mobile.is_verified(house.clock.now)


def test_keeps_a_longer_proof_of_the_same_customer(house: House) -> None:
    mobile = house.write("hello")
    house.verify(mobile, "camille", minutes=30)
    house.browse(verified="camille", minutes=4)
    before = house.again(mobile).verified_until
    assert house.write(house.words()).verified_until == before


def test_goes_on_once_however_often_whatsapp_sends_it(house: House) -> None:
    house.browse()
    words = house.words()
    for _ in range(3):
        house.write(words, message_id="wamid.same")
    assert house.heard() == [("", CONTINUED)]


def test_can_be_undone(house: House) -> None:
    web = house.browse()
    mobile = house.write(house.words())
    with house.store.write() as connection:
        (merge_id,) = merges_of(connection, mobile.customer_id)
        unmerge(connection, merge_id, now=house.clock.now)
    assert house.again(mobile).customer_id != house.again(web).customer_id


def test_keeps_the_code_nowhere(house: House) -> None:
    house.browse(verified="camille")
    with capture_logs() as logs:
        words, link = house.words(), house.link("messenger")
        house.write(words)
        house.write(f"{find_link_code(link)}")  # in the wrong place, alone: greeted, and kept without it
        house.arrive(referral={"ref": find_link_code(link)})
    kept = house.everything() + str(logs)
    for code in (find_link_code(words), find_link_code(link)):
        assert code.rpartition("-")[2] not in kept
    assert [each["event"] for each in logs if "sender_id" in each] == ["conversation_continued"] * 2
    assert NUMBER not in str(logs)


def test_corrects_no_message_into_a_code(house: House) -> None:
    house.browse()
    words = house.words()
    house.write("hello", message_id="wamid.first")
    edit = {"original_message_id": "wamid.first", "message": {"type": "text", "text": {"body": words}}}
    message = {"from": NUMBER, "id": "wamid.edit", "type": "edit", "edit": edit,
               "timestamp": str(int(house.clock.now.timestamp()))}
    value = {"metadata": {"phone_number_id": OURS}, "contacts": [{"wa_id": NUMBER}], "messages": [message]}
    house.post("whatsapp", {"object": "whatsapp_business_account", "entry": [
        {"id": "1", "changes": [{"field": "messages", "value": value}]}]})
    assert house.heard() == [(re.sub(r" \(.*\)", "", words), "")]
