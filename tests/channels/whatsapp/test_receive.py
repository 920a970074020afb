"""WhatsApp's webhook -> the store: each message once, in order, receipts in any order, preferences kept."""

import copy
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.handover import work_inbox
from bot.channels.inbox import claim_next
from bot.channels.outbox import enqueue, list_rows, mark_all_sending, mark_sent, mark_unknown
from bot.channels.whatsapp.receive import keep_batch
from bot.contracts.messages import InboundMessage, OutboundMessage, QuickReply
from bot.profile.consent import consent_state
from bot.profile.conversations import find_conversation
from bot.profile.handoffs import add_handoff, find_handoff, take_handoff
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversations, inbox, rejects
from bot.profile.suppressions import list_suppressions, suppress
from bot.service.transcript import read_transcript
from bot.settings import Settings
from bot.texts.catalogue import load_catalogue

NUMBER, OURS = "33612345678", "1122334455667"
SETTINGS = Settings(whatsapp_phone_number_id=OURS, holdout_salt="a salt of sixteen")
Batch = dict[str, Any]


def batch(*messages: Batch, wa_id: str = NUMBER, user_id: str = "", number: str = OURS, **parts: Any) -> Batch:
    person = {"profile": {"name": "Camille"}, "wa_id": wa_id} | ({"user_id": user_id} if user_id else {})
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": number}, "contacts": [person],
             "messages": list(messages), **parts}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [
        {"field": "messages", "value": value}]}]}


def text(words: str, at: datetime, *, message_id: str = "", sender: str = NUMBER) -> Batch:
    return {"from": sender, "id": message_id or f"wamid.{words}", "timestamp": str(int(at.timestamp())),
            "type": "text", "text": {"body": words}}


def status(state: str, at: datetime, *, tracker: str = "", message_id: str = "wamid.ours", code: int = 0) -> Batch:
    errors = [{"code": code, "title": "no"}] if code else []
    return batch(statuses=[{"id": message_id, "status": state, "timestamp": str(int(at.timestamp())),
                            "recipient_id": NUMBER, "biz_opaque_callback_data": tracker, "errors": errors}])


@pytest.fixture
def keep(store: Store, now: datetime) -> Callable[[Batch], None]:
    return lambda received: keep_batch(store, SETTINGS, received, now)


def _heard(store: Store) -> list[Any]:
    with store.read() as connection:
        return [row.payload for row in connection.execute(sa.select(inbox).order_by(inbox.c.inbox_id))]


def _ours(store: Store, now: datetime, message: OutboundMessage, *, purpose: str = "service") -> int:
    """A message of ours that was taken by WhatsApp."""
    with store.write() as connection:
        talk = find_conversation(connection, "whatsapp", NUMBER)
        assert talk
        made = enqueue(
            connection, idempotency_key=f"k-{message.text}", kind="reply", customer_id=talk.customer_id,
            sender_id=talk.sender_id, channel="whatsapp", address=talk.address, purpose=purpose, payload=message,
            now=now,
        )
        assert made
        mark_all_sending(connection, [made], now)
        return made


def test_keeps_nothing_of_another_number(store: Store, keep: Callable[[Batch], None], now: datetime) -> None:
    keep(batch(text("hello", now), number="999"))
    assert _heard(store) == []


@pytest.mark.parametrize("received", [
    {}, {"object": "page"}, {"object": "whatsapp_business_account"},
    {"object": "whatsapp_business_account", "entry": [1]},
    batch({"type": "text"}), batch({"id": "x", "from": NUMBER, "timestamp": "never", "type": "text"}),
    batch(1), batch(statuses=[{}]),  # type: ignore[arg-type]
    batch({"id": "", "from": "", "timestamp": "1", "type": "text", "text": {"body": "x"}}),
])
def test_stops_at_nothing_that_cannot_be_read(store: Store, keep: Callable[[Batch], None], received: Batch) -> None:
    keep(received)
    assert _heard(store) == []


def test_keeps_what_stands_beside_the_unreadable_and_the_unreadable_too(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    keep(batch({"type": "text", "id": "broken", "from": NUMBER}, text("hello", now)))
    assert [each["text"] for each in _heard(store)] == ["hello"]
    with store.read() as connection:
        (row,) = connection.execute(sa.select(rejects))
    assert (row.silo, row.payload["id"]) == ("whatsapp", "broken")


def test_keeps_each_message_once_whatever_is_sent_again(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    received = batch(text("one", now), text("two", now))
    for _ in range(3):
        keep(copy.deepcopy(received))
    assert [each["text"] for each in _heard(store)] == ["one", "two"]


def test_keeps_a_batch_in_the_order_it_was_said(store: Store, keep: Callable[[Batch], None], now: datetime) -> None:
    keep(batch(text("second", now), text("first", now - timedelta(seconds=9))))
    assert [each["text"] for each in _heard(store)] == ["first", "second"]


def test_hands_out_one_persons_messages_one_by_one(store: Store, keep: Callable[[Batch], None], now: datetime) -> None:
    keep(batch(text("one", now), text("two", now), text("other", now, sender="33600000000")))
    with store.write() as connection:
        claimed = claim_next(connection, lease_seconds=60, now=now, limit=10)
    assert sorted(each.message.text for each in claimed) == ["one", "other"]


def test_opens_the_window_by_when_it_was_said_and_never_backwards(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    keep(batch(text("late", now - timedelta(hours=2))))
    keep(batch(text("older", now - timedelta(hours=5))))
    keep(batch(text("ahead", now + timedelta(hours=3))))
    with store.read() as connection:
        (row,) = connection.execute(sa.select(conversations))
    assert row.last_inbound_at == now


def test_takes_a_tapped_button_for_what_it_carries(store: Store, keep: Callable[[Batch], None], now: datetime) -> None:
    said = {"from": NUMBER, "id": "w1", "timestamp": str(int(now.timestamp())), "type": "interactive",
            "interactive": {"type": "button_reply", "button_reply": {"id": "/affirm", "title": "Yes"}}}
    keep(batch(said))
    assert _heard(store)[0]["payload"] == "/affirm"


def test_believes_no_payload_that_we_did_not_make(store: Store, keep: Callable[[Batch], None], now: datetime) -> None:
    said = {"from": NUMBER, "id": "w1", "timestamp": str(int(now.timestamp())), "type": "button",
            "button": {"payload": "callback_data", "text": "Yes please"}}
    keep(batch(said))
    assert (_heard(store)[0]["payload"], _heard(store)[0]["text"]) == ("", "Yes please")


def test_understands_the_number_of_what_was_numbered(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    keep(batch(text("hello", now)))
    many = tuple(QuickReply(f"Order {number}", f"/track_order{number}") for number in range(11))
    _ours(store, now, OutboundMessage("Which order?", quick_replies=many))
    keep(batch(text("3", now, message_id="w-3"), text("three", now, message_id="w-three")))
    said = [(each["text"], each["payload"]) for each in _heard(store)]
    assert said[1:] == [("", "/track_order2"), ("three", "")]


def test_takes_a_number_for_a_number_where_nothing_was_numbered(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    keep(batch(text("hello", now)))
    _ours(store, now, OutboundMessage("How many?", quick_replies=(QuickReply("One", "/one"),)))
    keep(batch(text("1", now)))
    assert _heard(store)[-1]["text"] == "1"


class Unasked:
    """Rasa that must hear nothing."""

    def hand_over(self, message: InboundMessage) -> list[OutboundMessage]:
        raise AssertionError(message)


WORDLESS = [
    ({"type": "contacts", "contacts": []}, "contacts"), ({"type": "unsupported"}, "unsupported"),
    ({"type": "location", "location": {"latitude": 1.0, "longitude": 2.0}}, "location: 1.000000, 2.000000"),
    ({"type": "audio", "audio": {"id": "9", "mime_type": "audio/ogg"}}, "audio"),
    ({"type": "order", "order": {}}, "order"),
    ({"type": "document", "document": {"id": "9", "filename": "bill.pdf"}}, "document: bill.pdf"),
    ({"type": "sticker", "sticker": {"id": "9", "mime_type": "image/webp"}}, "sticker"),
]


@pytest.mark.parametrize(("content", "told"), WORDLESS, ids=[told for _, told in WORDLESS])
def test_says_that_it_reads_only_words(
    store: Store, keep: Callable[[Batch], None], now: datetime, content: dict[str, Any], told: str
) -> None:
    said = {"from": NUMBER, "id": "w1", "timestamp": str(int(now.timestamp())), **content}
    for _ in range(2):
        keep(batch(said))
    work_inbox(store, Unasked(), lambda: now, limit=10)
    with store.read() as connection:
        (row,) = list_rows(connection)
        heard = read_transcript(connection, row.sender_id)[0]
    assert "lis que les mots" in row.payload.text
    assert heard.text == f"[{told}]"  # the people who read along


def test_keeps_quiet_about_what_it_cannot_read_while_a_person_has_the_conversation(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    keep(batch(text("hello", now)))
    with store.write() as connection:
        talk = find_conversation(connection, "whatsapp", NUMBER)
        assert talk
        asked = add_handoff(
            connection, turn_key="t", reference="P-1", sender_id=talk.sender_id, customer_id=talk.customer_id,
            channel="whatsapp", language="fr", about="", order_number="", email="", summary="", now=now,
        )
        row = find_handoff(connection, asked or 0)
        assert row and take_handoff(connection, row, "Léa", now)
    keep(batch({"from": NUMBER, "id": "w1", "timestamp": str(int(now.timestamp())), **WORDLESS[3][0]}))
    assert work_inbox(store, Unasked(), lambda: now) + work_inbox(store, Unasked(), lambda: now) == 2
    with store.read() as connection:
        assert list_rows(connection) == []


def test_reads_the_words_of_a_picture_and_keeps_where_it_is(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    picture = {"id": "9", "mime_type": "image/jpeg", "caption": "is this in stock?"}
    keep(batch({"from": NUMBER, "id": "w1", "timestamp": str(int(now.timestamp())), "type": "image", "image": picture}))
    (said,) = _heard(store)
    assert said["text"] == "is this in stock?"
    assert said["page"]["media"] == {"id": "9", "mime_type": "image/jpeg", "kind": "image"}


@pytest.mark.parametrize("kind", ["reaction", "revoke", "system"])
def test_leaves_alone_what_asks_nothing(store: Store, keep: Callable[[Batch], None], now: datetime, kind: str) -> None:
    keep(batch({"from": NUMBER, "id": "w1", "timestamp": str(int(now.timestamp())), "type": kind, kind: {}}))
    with store.read() as connection:
        assert (list_rows(connection), list(connection.execute(sa.select(rejects)))) == ([], [])


def test_corrects_what_nobody_has_answered_and_nothing_else(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    keep(batch(text("size S", now, message_id="w1"), text("hello", now, message_id="w2", sender="33600000000")))
    for number, original in ((1, "w1"), (2, "w2")):  # the second is somebody else's
        edit = {"original_message_id": original, "message": {"type": "text", "text": {"body": "size M"}}}
        keep(batch({"from": NUMBER, "id": f"e{number}", "timestamp": str(int(now.timestamp())), "type": "edit",
                    "edit": edit}))
    assert sorted(each["text"] for each in _heard(store)) == ["hello", "size M"]


def test_knows_a_person_by_number_by_id_and_by_both(store: Store, keep: Callable[[Batch], None], now: datetime) -> None:
    keep(batch(text("one", now)))
    keep(batch(text("two", now), user_id="FR.1"))
    hidden = text("three", now)
    del hidden["from"]
    keep(batch({**hidden, "from_user_id": "FR.1"}, wa_id="", user_id="FR.1"))
    assert len({each["sender_id"] for each in _heard(store)}) == 1
    keep(batch({**hidden, "id": "w-other", "from_user_id": "FR.2"}, wa_id="", user_id="FR.2"))
    assert len({each["sender_id"] for each in _heard(store)}) == 2


@pytest.mark.parametrize("order", [
    ["sent", "delivered", "read"], ["read", "delivered", "sent"], ["delivered", "sent", "read", "delivered"],
])
def test_settles_a_message_whatever_order_its_receipts_come_in(
    store: Store, keep: Callable[[Batch], None], now: datetime, order: list[str]
) -> None:
    keep(batch(text("hello", now)))
    ours = _ours(store, now, OutboundMessage("Hello!"))
    for state in order:
        keep(status(state, now, tracker=str(ours)))
    with store.read() as connection:
        (row,) = list_rows(connection)
    assert (row.state, row.vendor_message_id) == ("seen", "wamid.ours")


def test_settles_what_a_crash_left_unknown(store: Store, keep: Callable[[Batch], None], now: datetime) -> None:
    keep(batch(text("hello", now)))
    ours = _ours(store, now, OutboundMessage("Hello!"))
    with store.write() as connection:
        mark_unknown(connection, ours, now)
    keep(status("delivered", now, tracker=str(ours)))
    with store.read() as connection:
        assert list_rows(connection)[0].state == "delivered"


def test_settles_nothing_of_another_channel(store: Store, keep: Callable[[Batch], None], now: datetime) -> None:
    with store.write() as connection:
        made = enqueue(connection, idempotency_key="k", kind="code", customer_id="", sender_id="", channel="email",
                       address="a@example.com", purpose="service", payload=OutboundMessage("1"), now=now)
        assert made
        mark_all_sending(connection, [made], now)
    keep(status("failed", now, tracker=str(made)))
    with store.read() as connection:
        assert list_rows(connection)[0].state == "sending"


def test_keeps_why_a_message_failed_and_hears_who_opted_out(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    keep(batch(text("hello", now)))
    ours = _ours(store, now, OutboundMessage("An offer"), purpose="marketing")
    with store.write() as connection:
        mark_sent(connection, ours, "wamid.ours", now)
    keep(status("failed", now, message_id="wamid.ours", code=131050))
    with store.read() as connection:
        (row,) = list_rows(connection)
        consent = consent_state(connection, row.customer_id, "marketing", "whatsapp")
    assert (row.state, row.reason, consent) == ("failed", "opted_out", "withdrawn")


@pytest.mark.parametrize(("code", "scope", "hours"), [
    (131049, "marketing", 24), (131026, "nudges", 168), (130472, "marketing", 168), (131047, "", 0), (131056, "", 0),
])
def test_leaves_alone_whom_whatsapp_says_not_to_write_to(
    store: Store, keep: Callable[[Batch], None], now: datetime, code: int, scope: str, hours: int
) -> None:
    """Meta's cap is not tried again soon, nor somebody who cannot be reached; what is about the words holds nobody."""
    keep(batch(text("hello", now)))
    ours = _ours(store, now, OutboundMessage("An offer"), purpose="marketing")
    with store.write() as connection:
        mark_sent(connection, ours, "wamid.ours", now)
    for _ in range(3):  # however often it is told
        keep(status("failed", now, tracker=str(ours), code=code))
    with store.read() as connection:
        kept = [(each.address, each.scope, each.until) for each in list_suppressions(connection)]
    assert kept == ([(NUMBER, scope, now + timedelta(hours=hours))] if scope else [])


def test_reaches_again_who_writes(store: Store, keep: Callable[[Batch], None], now: datetime) -> None:
    with store.write() as connection:
        suppress(connection, "whatsapp", NUMBER, scope="nudges", reason="x", until=None, now=now)
        suppress(connection, "whatsapp", NUMBER, scope="marketing", reason="x", until=None, now=now)
    keep(batch(text("I am here", now)))
    with store.read() as connection:
        assert [each.scope for each in list_suppressions(connection)] == ["marketing"]


def test_keeps_the_no_of_somebody_who_shows_no_number(
    store: Store, keep: Callable[[Batch], None], now: datetime
) -> None:
    hidden = text("one", now)
    del hidden["from"]
    keep(batch({**hidden, "from_user_id": "FR.1"}, wa_id="", user_id="FR.1"))
    told = batch(user_preferences=[{"user_id": "FR.1", "category": "marketing_messages", "value": "stop",
                                    "timestamp": int(now.timestamp())}], wa_id="", user_id="FR.1")
    told["entry"][0]["changes"][0]["field"] = "user_preferences"
    keep(told)
    with store.read() as connection:
        talk = find_conversation(connection, "whatsapp", "FR.1")
        assert talk and consent_state(connection, talk.customer_id, "marketing", "whatsapp") == "withdrawn"


@pytest.mark.parametrize("preference", [
    {"category": "marketing_messages", "value": "maybe"}, {"category": "weather", "value": "stop"}, {"value": "stop"},
])
def test_takes_no_other_word_for_a_preference(
    store: Store, keep: Callable[[Batch], None], now: datetime, preference: dict[str, Any]
) -> None:
    keep(batch(text("hello", now)))
    told = batch(user_preferences=[{"wa_id": NUMBER, "timestamp": int(now.timestamp()), **preference}])
    told["entry"][0]["changes"][0]["field"] = "user_preferences"
    keep(told)
    with store.read() as connection:
        talk = find_conversation(connection, "whatsapp", NUMBER)
        assert talk and consent_state(connection, talk.customer_id, "marketing", "whatsapp") == "unknown"


@pytest.mark.parametrize(("value", "wanted"), [("stop", "withdrawn"), ("resume", "granted"), ("signup", "granted")])
def test_keeps_what_people_tell_whatsapp_of_marketing(
    store: Store, keep: Callable[[Batch], None], now: datetime, value: str, wanted: str
) -> None:
    keep(batch(text("hello", now)))
    told = batch(user_preferences=[{"wa_id": NUMBER, "category": "marketing_messages", "value": value,
                                    "timestamp": int(now.timestamp())}])
    told["entry"][0]["changes"][0]["field"] = "user_preferences"
    keep(told)
    with store.read() as connection:
        talk = find_conversation(connection, "whatsapp", NUMBER)
        assert talk and consent_state(connection, talk.customer_id, "marketing", "whatsapp") == wanted


def test_reads_every_recorded_update(store: Store, now: datetime, shared_data: Path) -> None:
    """Recorded by pywa's authors: none is unreadable, whatever its kind."""
    files = sorted((shared_data / "fixtures" / "pywa").glob("*.json"))
    assert files
    for file in files:
        for recorded in json.loads(file.read_text()).values():
            value = recorded["entry"][0]["changes"][0]["value"]
            number = str((value.get("metadata") or {}).get("phone_number_id", OURS))
            keep_batch(store, Settings(whatsapp_phone_number_id=number, holdout_salt="s" * 16), recorded, now)
    with store.read() as connection:
        unread = list(connection.execute(sa.select(rejects.c.reason, rejects.c.payload)))
    assert unread == []


def test_says_everything_in_french_too() -> None:
    catalogue = load_catalogue("fr")
    for sentence in ("Choose", "Answer with the number."):
        assert catalogue[sentence] != sentence
