"""The collector's answers: what is stored, what is refused and where, and who is believed."""

import asyncio
import gzip
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.errors import FixConfiguration
from bot.intake.proof import WriteKeys
from bot.profile.customers import find_customer, identities_of, root_of
from bot.profile.events import events_after, events_of
from bot.profile.store.tables import rejects, traits
from bot.settings import Settings

SERVER_KEY = "server-key-0123456789"
WRITE_KEY = "page-key-0123456789"


def _track(**changes):
    return {"anonymousId": "visitor-1", "event": "Product Added", "messageId": "m1",
            "properties": {"product_id": "p1"}, **changes}


def _stored(collector):
    with collector.store.read() as connection:
        return events_after(connection, 0, 1_000)


def test_stores_nothing_when_the_write_key_is_wrong(collector):
    answer = collector.post("/v1/track", _track(), key="guess")
    assert (answer.status, answer.body["field"]) == (401, "writeKey")
    assert _stored(collector) == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/track", _track(event=""), "event"),
        ("/v1/track", _track(event=7), "event"),
        ("/v1/track", _track(anonymousId=None), "anonymousId"),
        ("/v1/track", _track(anonymousId=["x"]), "anonymousId"),
        ("/v1/track", _track(properties=[1]), "properties"),
        ("/v1/track", _track(timestamp="yesterday"), "timestamp"),
        ("/v1/track", _track(sentAt=12), "sentAt"),
        ("/v1/track", _track(messageId="m" * 101), "messageId"),
        ("/v1/track", _track(event="Pickup Item Missing"), "event"),
        ("/v1/track", [1], "body"),
        ("/v1/alias", {"userId": "u"}, "previousId"),
        ("/v1/batch", {}, "batch"),
        ("/v1/batch", {"batch": [3]}, "batch[0]"),
        ("/v1/batch", {"batch": [{"type": "track", **_track()}, {"type": "track", "anonymousId": "a"}]},
         "batch[1].event"),
        ("/v1/batch", {"batch": [{"type": "dance", **_track()}]}, "batch[0].type"),
        ("/v1/batch", {"batch": [{"type": "track", **_track(event="Stock Changed")}]}, "batch[0].event"),
        ("/v1/batch", {"batch": [{"type": "track", **_track()}], "sentAt": "soon"}, "sentAt"),
    ],
)
def test_names_the_field_that_is_wrong_and_stores_nothing(collector, path, body, field):
    answer = collector.post(path, body)
    assert (answer.status, answer.body["field"]) == (400, field)
    assert _stored(collector) == []


@pytest.mark.parametrize("raw", [b"", b"{", b'"text"', b'{"event": "\\u0000"}', b"\xff\xfe"])
def test_refuses_what_is_no_json_object(collector, raw):
    answer = collector.send("POST", "/v1/t", [raw], {})
    assert (answer.status, answer.body["field"]) == (400, "body")


def test_keeps_what_it_refused_with_the_reason_and_without_the_key(collector):
    collector.post("/v1/track", {**_track(event=""), "writeKey": WRITE_KEY})
    with collector.store.read() as connection:
        kept = connection.execute(sa.select(rejects)).one()
    assert kept.reason == "event: must be a non-empty string"
    assert kept.payload["anonymousId"] == "visitor-1"
    assert "writeKey" not in kept.payload


def test_refuses_a_declared_length_that_is_too_large_before_reading_it(collector):
    answer = collector.send("POST", "/v1/t", [b"{}"], {"content-length": "900000000"})
    assert answer.status == 413


def test_refuses_an_undeclared_length_as_soon_as_it_is_too_large(collector):
    answer = collector.send("POST", "/v1/t", [b" " * 100_000] * 6, {})
    assert answer.status == 413


def test_refuses_a_small_body_that_unpacks_to_a_huge_one(collector):
    bomb = gzip.compress(b" " * 50_000_000)
    assert collector.send("POST", "/v1/b", [bomb], {"content-encoding": "gzip"}).status == 413


def test_refuses_gzip_that_is_cut_short(collector):
    half = gzip.compress(json.dumps(_track()).encode())[:-9]
    answer = collector.send("POST", "/v1/t", [half], {"content-encoding": "gzip"})
    assert (answer.status, answer.body["field"]) == (400, "body")


def test_knows_no_other_call_and_no_other_method(collector):
    assert collector.post("/v1/flush", _track()).status == 404
    answer = collector.send("GET", "/v1/track", [], {})
    assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")


def test_says_nothing_to_a_client_that_went_away_before_the_end(collector):
    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/track", "headers": [], "client": ("192.0.2.1", 4711)}
    asyncio.run(collector.app(scope, receive, send))
    assert _stored(collector) == []


def test_drops_a_message_id_that_was_stored_before(collector):
    assert [collector.post("/v1/track", _track()).status for _ in range(2)] == [200, 200]
    assert len(_stored(collector)) == 1


def test_stores_what_a_page_sends_as_plain_text_with_the_key_in_the_body(collector):
    body = {**_track(), "writeKey": WRITE_KEY, "timestamp": "2026-11-24T09:59:00.000Z"}
    answer = collector.send("POST", "/v1/t", [json.dumps(body).encode()], {"content-type": "text/plain"})
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    (event,) = _stored(collector)
    assert (event.silo, event.type, event.name) == ("web", "track", "Product Added")
    assert event.properties == {"product_id": "p1"}


def test_answers_a_preflight_so_that_another_origin_may_post(collector):
    answer = collector.send("OPTIONS", "/v1/t", [], {"origin": "https://shop.example"})
    assert answer.status == 204
    assert "content-type" in answer.headers["access-control-allow-headers"]


def test_stores_a_gzipped_batch_of_every_type(collector):
    batch = [
        {"type": "track", **_track()},
        {"type": "page", "anonymousId": "visitor-1", "name": "Order Completed", "messageId": "m2"},
        {"type": "identify", "anonymousId": "visitor-1", "traits": {"firstName": "Ada"}, "messageId": "m3"},
        {"type": "alias", "previousId": "visitor-1", "userId": "c1", "messageId": "m4"},
        {"type": "screen", "anonymousId": "visitor-1", "messageId": "m5"},
        {"type": "group", "anonymousId": "visitor-1", "groupId": "g", "messageId": "m6"},
    ]
    packed = gzip.compress(json.dumps({"batch": batch, "writeKey": WRITE_KEY}).encode())
    assert collector.send("POST", "/v1/b", [packed], {"content-encoding": "gzip"}).status == 200
    assert [event.name for event in _stored(collector)] == [
        "Product Added", "Page Viewed", "Identified", "Aliased", "Screen Viewed", "Grouped"
    ]


def test_counts_a_wrong_clock_of_the_sender_only_between_happening_and_sending(collector, now):
    wrong = now + timedelta(days=400)
    body = _track(timestamp=wrong.isoformat(), sentAt=(wrong + timedelta(seconds=30)).isoformat())
    collector.post("/v1/track", body)
    collector.post("/v1/track", _track(messageId="m2", timestamp=wrong.isoformat()))
    assert [event.occurred_at for event in _stored(collector)] == [now - timedelta(seconds=30), now]


def test_slows_down_an_address_that_sends_too_much(make_collector):
    collector = make_collector(calls_a_minute=2)
    statuses = [collector.post("/v1/track", _track(messageId=f"m{n}")).status for n in range(3)]
    assert statuses == [200, 200, 429]
    collector.now += timedelta(seconds=61)
    assert collector.post("/v1/track", _track(messageId="m9")).status == 200


def test_does_not_give_a_visitor_the_profile_that_a_page_only_claims(collector):
    collector.post("/v1/track", {**_track(messageId="s1"), "anonymousId": None, "userId": "c1"}, key=SERVER_KEY)
    collector.post("/v1/identify", {"anonymousId": "thief", "userId": "c1", "messageId": "i1",
                                    "traits": {"email": "victim@example.org"}})
    collector.post("/v1/alias", {"anonymousId": "thief", "previousId": "thief", "userId": "c1", "messageId": "a1"})
    collector.post("/v1/track", {"userId": "c1", "event": "Product Added", "messageId": "t1"})
    with collector.store.read() as connection:
        person = find_customer(connection, "customer_id", "c1")
        thief = find_customer(connection, "anonymous_id", "thief")
        assert person != thief
        assert find_customer(connection, "email", "victim@example.org") is None
        assert [event.message_id for event in events_of(connection, person)] == ["server:s1"]
        claimed = events_of(connection, thief, names=["Identified"])[0].properties
        assert claimed["claimed_user_id"] == "c1"
        silos = connection.scalars(sa.select(traits.c.silo).where(traits.c.customer_id == thief)).all()
        assert silos == ["web_claim"]


@pytest.mark.parametrize(
    "options", [{"secret": "another-secret-0123456789-0123456789"}, {"lasts": timedelta(seconds=-60)}]
)
def test_does_not_believe_a_token_that_is_forged_or_old(collector, options):
    context = {"widget_token": collector.token("c1", **options)}
    collector.post("/v1/identify", {"anonymousId": "thief", "userId": "c1", "context": context})
    with collector.store.read() as connection:
        assert find_customer(connection, "customer_id", "c1") is None


def test_makes_visitor_and_account_one_person_on_the_shops_signed_word(collector):
    collector.post("/v1/track", _track())
    collector.post("/v1/identify", {"anonymousId": "visitor-1", "userId": "c1", "messageId": "i1",
                                    "context": {"widget_token": collector.token("c1")}})
    with collector.store.read() as connection:
        person = find_customer(connection, "customer_id", "c1")
        assert person == find_customer(connection, "anonymous_id", "visitor-1")
        assert len(events_of(connection, person)) == 2
        assert {each.kind: each.is_verified for each in identities_of(connection, person)} == {
            "anonymous_id": False, "customer_id": True
        }


def test_keeps_two_people_apart_who_sign_in_from_one_browser(collector):
    for person, message in (("c1", "i1"), ("c2", "i2")):
        collector.post("/v1/identify", {"anonymousId": "shared", "userId": person, "messageId": message,
                                        "context": {"widget_token": collector.token(person)}})
    collector.post("/v1/track", _track(anonymousId="shared", messageId="t1"))
    with collector.store.read() as connection:
        first, second = (find_customer(connection, "customer_id", each) for each in ("c1", "c2"))
        assert first != second
        assert {event.message_id for event in events_of(connection, first)} == {"web:i1"}
        assert {event.message_id for event in events_of(connection, second)} == {"web:i2", "web:t1"}
        assert root_of(connection, second) == second


def test_lets_no_page_use_up_the_message_id_of_a_servers_event(collector):
    collector.post("/v1/track", _track(messageId="order-9"))
    collector.post("/v1/track", {"userId": "c1", "event": "Order Completed", "messageId": "order-9"}, key=SERVER_KEY)
    assert [event.message_id for event in _stored(collector)] == ["web:order-9", "server:order-9"]


@pytest.mark.parametrize("key", ["short", WRITE_KEY])
def test_refuses_to_start_with_a_server_key_that_others_know(key):
    with pytest.raises(FixConfiguration, match="PREVENANT_SERVER_WRITE_KEY"):
        WriteKeys.from_settings(Settings(write_key=WRITE_KEY, server_write_key=key))


def test_takes_an_alias_without_a_previous_id_for_the_visitors_own(collector):
    body = {"anonymousId": "visitor-1", "userId": "c1", "context": {"widget_token": collector.token("c1")}}
    assert collector.post("/v1/alias", body).status == 200
    with collector.store.read() as connection:
        assert find_customer(connection, "customer_id", "c1") == find_customer(connection, "anonymous_id", "visitor-1")
