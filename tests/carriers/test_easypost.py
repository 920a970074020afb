"""EasyPost's answers and webhooks in our words: its own recordings, and what must be refused."""

from datetime import UTC, datetime

import pytest

from bot.carriers.easypost import EasyPost, read_tracker
from bot.errors import FixConfiguration, ForeignPayload, NotFound, RateLimited, Unavailable, UnsupportedPayload
from tests.carriers.conftest import KEY, SECRET, event_of, sign


def test_watches_a_parcel_as_recorded(easypost, play, httpserver):
    play("test_tracker_create")
    found = easypost.watch("EZ1000000001")
    httpserver.check_assertions()
    assert (found.state, found.carrier_name, found.is_final) == ("pre_transit", "USPS", True)
    assert found.eta == datetime(2025, 3, 6, 19, 48, 26, tzinfo=UTC)
    assert [(each.place, each.text) for each in found.events] == [
        ("", "Pre-Shipment Info Sent to USPS"), ("HOUSTON, TX", "Shipping Label Created"),
    ]
    assert httpserver.log[0][0].headers["Authorization"] == f"Bearer {KEY}"


def test_reads_the_recorded_webhook(shared_data):
    body = (shared_data / "fixtures" / "easypost" / "event-body.json").read_bytes()
    found = EasyPost(KEY, SECRET, "http://x", 1).read_webhook(body, {"x-hmac-signature": sign(body)})
    assert (found.tracking_number, found.state, found.carrier_name) == ("1", "in_transit", "FedEx")
    assert found.eta == datetime(2024, 8, 5, 12, tzinfo=UTC)
    assert (found.events[-1].place, len(found.events)) == ("EDISON, NJ", 7)
    assert found.updated_at == datetime(2024, 8, 2, 19, 26, 51, tzinfo=UTC)


def test_refuses_what_is_not_signed_with_the_secret(easypost, tracker):
    body = event_of(tracker)
    tampered = body.replace(b"in_transit", b"delivered!")
    for sent, signature in (
        (body, ""), (body, "hmac-sha256-hex=00"), (body, sign(body, "another secret")), (body, "é"),
        (tampered, sign(body)),
    ):
        with pytest.raises(ForeignPayload):
            easypost.read_webhook(sent, {"X-Hmac-Signature": signature} if signature else {})
    assert easypost.read_webhook(body, {"X-Hmac-Signature": sign(body)}).tracking_number == "EZ1"


def test_knows_news_of_other_things_and_refuses_what_cannot_be_read(easypost, tracker):
    batch = b'{"description": "batch.created", "result": {"object": "Batch"}}'
    with pytest.raises(UnsupportedPayload):
        easypost.read_webhook(batch, {"X-Hmac-Signature": sign(batch)})
    for body in (b"[]", b"{}", b"\xff", event_of({**tracker, "updated_at": "yesterday"})):
        with pytest.raises(ForeignPayload):
            easypost.read_webhook(body, {"X-Hmac-Signature": sign(body)})


@pytest.mark.parametrize(("status", "detail", "state"), [
    ("delivered", "arrived_at_destination", "delivered"), ("available_for_pickup", "", "ready_for_pickup"),
    ("return_to_sender", "return", "returned"), ("failure", "failure", "exception"),
    ("in_transit", "delayed", "delayed"), ("pre_transit", "label_created", "label_created"),
    ("a new word", "", "unknown"),
])
def test_has_a_word_for_every_status(tracker, status, detail, state):
    assert read_tracker({**tracker, "status": status, "status_detail": detail}).state == state


def test_a_day_without_an_hour_stays_that_day_everywhere(tracker):
    assert read_tracker(tracker).eta == datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert read_tracker({**tracker, "est_delivery_date": "soon"}).eta is None


@pytest.mark.parametrize(("status", "error"), [
    (401, FixConfiguration), (403, FixConfiguration), (404, NotFound), (422, NotFound), (429, RateLimited),
    (500, Unavailable), (503, Unavailable),
])
def test_errors_say_what_to_do(easypost, httpserver, status, error):
    httpserver.expect_request("/v2/trackers").respond_with_json({"error": {"code": "X", "message": "no"}}, status)
    with pytest.raises(error):
        easypost.watch("EZ1")


def test_a_service_that_is_down_or_talks_nonsense_is_unavailable(easypost, httpserver):
    httpserver.expect_request("/v2/trackers").respond_with_data("<html>")
    with pytest.raises(Unavailable):
        easypost.watch("EZ1")
    with pytest.raises(Unavailable):
        EasyPost(KEY, SECRET, "http://127.0.0.1:9", 1).watch("EZ1")
