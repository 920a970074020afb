"""Answers to a text: STOP at once, START gives back what STOP took, a number picks, the rest is answered once."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.channels.inbox import claim_next
from bot.channels.outbox import enqueue, list_rows, mark_all_sending, mark_unknown
from bot.channels.sms.receive import TEXTS_AN_HOUR, build_sms_router, keep_status, keep_text
from bot.contracts.messages import OutboundMessage, QuickReply
from bot.profile.consent import consent_state, record_consent
from bot.profile.conversations import find_conversation
from bot.profile.customers import resolve_identity
from bot.profile.store.engine import Store
from bot.profile.store.tables import inbox
from bot.profile.suppressions import list_suppressions
from bot.settings import Settings
from bot.texts.catalogue import load_catalogue
from tests.channels.sms.test_twilio import FORM, SIGNATURE, TOKEN

NUMBER = "+33612345678"
SETTINGS = Settings(twilio_account_sid="AC1", twilio_auth_token=TOKEN, twilio_from="+33755500000",
                    public_url="https://shop.example", holdout_salt="a salt of sixteen")
Text = Callable[..., None]


@pytest.fixture
def text(store: Store, now: datetime) -> Text:
    def text(body: str, sid: str = "", **changes: str) -> None:
        form = {"From": NUMBER, "To": "+33755500000", "Body": body, "MessageSid": sid or f"SM-{body}", **changes}
        keep_text(store, SETTINGS, form, now)

    return text


@pytest.fixture
def owner(store: Store, now: datetime) -> str:
    """Whose number it is: they said yes to both purposes."""
    with store.write() as connection:
        person = resolve_identity(connection, "phone", NUMBER, source="shop", is_verified=True, now=now, salt="s" * 16)
        for purpose in ("service", "marketing"):
            record_consent(
                connection, person, purpose=purpose, channel="sms", state="granted", source="web", wording="", now=now
            )
    return person


def _queue(store: Store, owner: str, now: datetime, kind: str = "nudge", **changes: Any) -> int:
    with store.write() as connection:
        made = enqueue(connection, **{
            "idempotency_key": f"k-{kind}-{changes}", "kind": kind, "customer_id": owner, "sender_id": "",
            "channel": "sms", "address": NUMBER, "purpose": "marketing", "payload": OutboundMessage("Offer"),
            "now": now, **changes,
        })
    assert made
    return made


def _consents(store: Store, owner: str) -> list[str]:
    with store.read() as connection:
        return [consent_state(connection, owner, each, "sms") for each in ("service", "marketing")]


def _heard(store: Store) -> list[tuple[str, str]]:
    with store.read() as connection:
        rows = connection.scalars(sa.select(inbox.c.payload).order_by(inbox.c.inbox_id))
        return [(each["text"], each["payload"]) for each in rows]


def _states(store: Store) -> list[tuple[str, str]]:
    with store.read() as connection:
        return [(row.state, row.reason) for row in list_rows(connection)[::-1]]


@pytest.mark.parametrize("changes", [
    {"From": "Prevenant"}, {"From": "36111"}, {"From": ""}, {"MessageSid": ""}, {"From": "+33abc"},
])
def test_keeps_nothing_that_nobody_can_be_answered(store: Store, now: datetime, changes: dict[str, str]) -> None:
    keep_text(store, SETTINGS, {"From": NUMBER, "Body": "hello", "MessageSid": "SM1", **changes}, now)
    assert _heard(store) == []


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop. ", "ARRÊT", "arret", "STOPALL", "unsubscribe", "STOP SMS"])
def test_stops_at_once_whatever_waits(store: Store, now: datetime, owner: str, text: Text, word: str) -> None:
    _queue(store, owner, now)
    _queue(store, owner, now, kind="code", purpose="service")
    text(word)
    assert _consents(store, owner) == ["withdrawn", "withdrawn"]
    assert _states(store)[:2] == [("withdrawn", "consent_withdrawn"), ("pending", "")]
    with store.read() as connection:
        told = list_rows(connection)[0].payload.text
    assert "vous ne recevrez plus de SMS" in told and _heard(store) == []


def test_does_not_repeat_what_twilio_told_already(store: Store, owner: str, text: Text) -> None:
    text("STOP", OptOutType="STOP")
    text("plus de messages svp", OptOutType="STOP")
    assert (_consents(store, owner), _states(store)) == (["withdrawn", "withdrawn"], [])


@pytest.mark.parametrize("words", ["stop sending it to the old address", "please cancel my order", "the end is torn"])
def test_takes_no_sentence_for_a_stop(store: Store, owner: str, text: Text, words: str) -> None:
    text(words)
    assert (_consents(store, owner), _heard(store)) == (["granted", "granted"], [(words, "")])


def test_gives_back_what_the_stop_took_and_no_more(store: Store, now: datetime, text: Text) -> None:
    with store.write() as connection:
        person = resolve_identity(connection, "phone", NUMBER, source="shop", is_verified=True, now=now, salt="s" * 16)
        record_consent(connection, person, purpose="service", channel="sms", state="granted", source="web", wording="",
                       now=now)
    for word in ("STOP", "STOP", "START"):
        text(word, f"SM-{word}-{now}")
    assert _consents(store, person) == ["granted", "withdrawn"]


def test_resumes_nothing_that_was_withdrawn_elsewhere(store: Store, now: datetime, owner: str, text: Text) -> None:
    with store.write() as connection:
        record_consent(
            connection, owner, purpose="marketing", channel="sms", state="withdrawn", source="link", wording="", now=now
        )
    text("START")
    assert _consents(store, owner) == ["granted", "withdrawn"]


def test_keeps_what_is_answered_once_and_in_one_conversation(
    store: Store, now: datetime, owner: str, text: Text
) -> None:
    for _ in range(2):
        text("where is my parcel?")
    assert _heard(store) == [("where is my parcel?", "")]
    with store.write() as connection:
        talk = find_conversation(connection, "sms", NUMBER)
        assert talk and talk.customer_id == owner and not talk.is_verified(now)
        assert len(claim_next(connection, lease_seconds=60, now=now, limit=5)) == 1


def test_understands_the_number_of_what_was_numbered(store: Store, now: datetime, text: Text) -> None:
    text("hello")
    with store.write() as connection:
        talk = find_conversation(connection, "sms", NUMBER)
        assert talk
        asked = OutboundMessage("Which?", quick_replies=(QuickReply("Yes", "/affirm"), QuickReply("No", "/deny")))
        made = enqueue(connection, idempotency_key="r", kind="reply", customer_id=talk.customer_id,
                       sender_id=talk.sender_id, channel="sms", address=NUMBER, purpose="service", payload=asked,
                       now=now)
        mark_all_sending(connection, [made or 0], now)
    text("2")
    text("7", "SM-seven")
    assert _heard(store)[1:] == [("", "/deny"), ("7", "")]


def test_answers_no_flood(store: Store, text: Text) -> None:
    for number in range(TEXTS_AN_HOUR + 5):
        text(f"hello {number}")
    assert len(_heard(store)) == TEXTS_AN_HOUR
    text("STOP")  # counted by nothing
    with store.read() as connection:
        talk = find_conversation(connection, "sms", NUMBER)
        assert talk and consent_state(connection, talk.customer_id, "marketing", "sms") == "withdrawn"


@pytest.mark.parametrize(("status", "code", "state"), [
    ("queued", "", ("unknown", "no_answer")), ("sent", "", ("sent", "")), ("delivered", "", ("delivered", "")),
    ("undelivered", "30003", ("failed", "undeliverable")), ("failed", "30006", ("failed", "no_such_number")),
    ("undelivered", "31000", ("failed", "twilio_31000")),
])
def test_settles_what_is_unknown_by_its_status(
    store: Store, now: datetime, owner: str, status: str, code: str, state: tuple[str, str]
) -> None:
    made = _queue(store, owner, now)
    with store.write() as connection:
        mark_all_sending(connection, [made], now)
        mark_unknown(connection, made, now)
    keep_status(store, made, {"MessageSid": "SM9", "MessageStatus": status, "ErrorCode": code}, now)
    assert _states(store) == [state]
    with store.read() as connection:
        kept = [(each.scope, each.reason) for each in list_suppressions(connection)]
    wanted = {"30003": [("nudges", "undeliverable")], "30006": [("all", "no_such_number")]}
    assert kept == wanted.get(code, [])


@pytest.fixture
def site(store: Store, now: datetime) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(build_sms_router(store, SETTINGS, lambda: now))
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("signature", ["", "AAAA", SIGNATURE.lower()])
def test_keeps_nothing_of_a_forged_call(site: TestClient, store: Store, signature: str) -> None:
    for path in ("/webhooks/sms", "/webhooks/sms/status/1"):
        answer = site.post(path, data=dict(FORM), headers={"X-Twilio-Signature": signature})
        assert answer.status_code == 401
    assert _heard(store) == []


def test_hears_a_signed_call_and_says_nothing_in_it(site: TestClient, store: Store) -> None:
    answer = site.post("/webhooks/sms", data=dict(FORM), headers={"X-Twilio-Signature": SIGNATURE})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/xml")
    assert answer.text.endswith("<Response/>") and _heard(store) == [("Où est mon colis ? été", "")]


def test_notes_a_signed_status(site: TestClient, store: Store) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    signature = "KvC9OBlDrs96VcYBw0EkQZq5YNw="  # by twilio 8.2.2
    assert site.post("/webhooks/sms/status/7", data=form, headers={"X-Twilio-Signature": signature}).status_code == 204
    assert site.post("/webhooks/sms/status/8", data=form, headers={"X-Twilio-Signature": signature}).status_code == 401


def test_speaks_french_to_the_french() -> None:
    catalogue = load_catalogue("fr")
    said = [catalogue[each] for each in catalogue if "our texts again" in each or "no more texts will" in each]
    assert len(said) == 2 and all("SMS" in each for each in said)
