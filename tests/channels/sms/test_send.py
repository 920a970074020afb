"""Text messages: plain words within three segments, and every answer of the vendor in our own words."""

import pytest
from pytest_httpserver import HTTPServer

from bot.channels.sms.limits import MAX_SEGMENTS, count_segments, render_text
from bot.channels.sms.send import SmsSender
from bot.channels.unsubscribe import read_token
from bot.contracts.messages import OutboundMessage, QuickReply, Timeline
from bot.errors import FixConfiguration, NotAllowed, RateLimited, Unavailable, UnknownFate
from bot.settings import Settings
from tests.channels.rows import make_row

ROW = make_row(channel="sms", address="+33612345678")


def sender(server: HTTPServer) -> SmsSender:
    return SmsSender(make_settings(server.url_for("/send")))


def make_settings(url: str) -> Settings:
    return Settings(sms_url=url, sms_key="key", session_secret="s" * 32, public_url="https://shop.example")


def test_sends_no_way_out_with_what_was_asked_for(httpserver: HTTPServer) -> None:
    httpserver.expect_request(
        "/send", method="POST", headers={"Authorization": "Bearer key"},
        json={"to": "+33612345678", "text": "Hello", "reference": "key-7"},
    ).respond_with_json({"id": "v1"})
    assert sender(httpserver).send(ROW) == "v1"


def test_says_how_to_stop_marketing(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/send").respond_with_json({"message_id": "v1"})
    marketing = make_row(channel="sms", address="+33612345678", purpose="marketing")
    sender(httpserver).send(marketing)
    text = httpserver.log[0][0].json["text"]  # type: ignore[index]  # an object
    found = read_token(make_settings(""), text.rpartition("/")[2])
    assert (found.customer_id, found.channel) == ("c" * 32, "sms")


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, NotAllowed), (422, NotAllowed), (401, FixConfiguration), (404, FixConfiguration), (302, FixConfiguration),
     (429, RateLimited), (503, Unavailable), (500, UnknownFate), (504, UnknownFate)],
)
def test_translates_what_the_vendor_answers(httpserver: HTTPServer, status: int, error: type) -> None:
    httpserver.expect_request("/send").respond_with_data("", status, headers={"Retry-After": "7"})
    with pytest.raises(error) as caught:
        sender(httpserver).send(ROW)
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after_seconds == 7


def test_may_be_tried_again_when_nobody_listens(httpserver: HTTPServer) -> None:
    there = sender(httpserver)
    httpserver.stop()
    try:
        with pytest.raises(Unavailable):
            there.send(ROW)
    finally:
        httpserver.start()


def test_takes_an_answer_without_an_id_for_sent(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/send").respond_with_data("fine")
    assert sender(httpserver).send(ROW) == ""


def test_refuses_a_number_that_nobody_can_call(httpserver: HTTPServer) -> None:
    with pytest.raises(NotAllowed):
        sender(httpserver).send(make_row(channel="sms", address="0612345678"))


def test_keeps_to_the_networks_alphabet() -> None:
    text = render_text(OutboundMessage("C’est prêt — à bientôt… 49,90\u00a0€"))
    assert text == "C'est prêt - à bientôt... 49,90 €"
    assert count_segments("C'est l'été €") == 1


def test_cuts_what_is_too_long_but_never_the_way_out() -> None:
    text = render_text(OutboundMessage("long " * 300), stop_link="https://shop.example/u/x")
    assert count_segments(text) <= MAX_SEGMENTS
    assert text.endswith("https://shop.example/u/x")


def test_says_what_is_wrong_with_a_parcel_and_where_to_look() -> None:
    message = OutboundMessage(
        "Bonjour.", timeline=Timeline("MP1", alert="Retard", tracking_url="https://t/1"),
        quick_replies=(QuickReply("Boutique", url="https://shop.example"), QuickReply("Non", "/deny")),
    )
    assert render_text(message) == "Bonjour.\nRetard\nhttps://t/1\nhttps://shop.example"
