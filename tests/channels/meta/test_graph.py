"""The Graph API's refusals become what we should do; silence stays silence."""

import pytest
from pytest_httpserver import HTTPServer

from bot.channels.messenger.send import MessengerSender
from bot.channels.whatsapp.send import WhatsAppSender
from bot.contracts.messages import OutboundMessage, Template
from bot.errors import FixConfiguration, NotAllowed, RateLimited, Unavailable, UnknownFate
from bot.settings import Settings
from tests.channels.rows import make_row


def _settings(server: HTTPServer) -> Settings:
    return Settings(
        graph_url=server.url_for("/v25.0"), whatsapp_phone_number_id="555", whatsapp_token="wa-token",
        messenger_page_id="777", messenger_token="ms-token",
    )


def _refuse(server: HTTPServer, code: int, *, subcode: int = 0, status: int = 400) -> None:
    error = {"message": "no", "type": "OAuthException", "code": code, "error_subcode": subcode}
    server.expect_request("/v25.0/555/messages").respond_with_json({"error": error}, status)
    server.expect_request("/v25.0/777/messages").respond_with_json({"error": error}, status)


@pytest.mark.parametrize(("code", "word"), [
    (131047, "window_closed"), (131026, "undeliverable"), (131049, "marketing_cap"), (131050, "opted_out"),
    (131051, "unsupported"), (132000, "template"), (131009, "parameters"), (987654, "meta_987654"),
])
def test_tells_why_whatsapp_refused_for_good(httpserver: HTTPServer, code: int, word: str) -> None:
    _refuse(httpserver, code)
    with pytest.raises(NotAllowed) as refused:
        WhatsAppSender(_settings(httpserver)).send(make_row(channel="whatsapp", address="33612345678"))
    assert refused.value.reason == word


@pytest.mark.parametrize(("code", "seconds"), [(131056, 6), (131048, 3600), (80007, 60), (130429, 1)])
def test_waits_as_long_as_whatsapp_needs(httpserver: HTTPServer, code: int, seconds: float) -> None:
    _refuse(httpserver, code, status=429)
    with pytest.raises(RateLimited) as waits:
        WhatsAppSender(_settings(httpserver)).send(make_row(channel="whatsapp", address="33612345678"))
    assert waits.value.retry_after_seconds == seconds


@pytest.mark.parametrize("code", [1, 2, 131000, 131016])
def test_tries_again_when_it_went_wrong_over_there(httpserver: HTTPServer, code: int) -> None:
    _refuse(httpserver, code, status=500)
    with pytest.raises(Unavailable):
        WhatsAppSender(_settings(httpserver)).send(make_row(channel="whatsapp", address="33612345678"))


@pytest.mark.parametrize(("code", "status"), [(190, 401), (10, 403), (230, 403), (131031, 400), (131042, 400)])
def test_names_the_setting_that_is_wrong(httpserver: HTTPServer, code: int, status: int) -> None:
    _refuse(httpserver, code, status=status)
    with pytest.raises(FixConfiguration, match="PREVENANT_WHATSAPP_TOKEN"):
        WhatsAppSender(_settings(httpserver)).send(make_row(channel="whatsapp", address="33612345678"))


@pytest.mark.parametrize(("code", "subcode", "word"), [
    (10, 2018278, "window_closed"), (551, 1545041, "undeliverable"), (100, 2018001, "undeliverable"),
    (100, 0, "parameters"),
])
def test_tells_why_messenger_refused_for_good(httpserver: HTTPServer, code: int, subcode: int, word: str) -> None:
    _refuse(httpserver, code, subcode=subcode)
    with pytest.raises(NotAllowed) as refused:
        MessengerSender(_settings(httpserver)).send(make_row(channel="messenger", address="9001"))
    assert refused.value.reason == word


def test_does_not_know_what_became_of_a_call_that_fails_without_a_word(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v25.0/777/messages").respond_with_data("<html>", 500)
    with pytest.raises(UnknownFate):
        MessengerSender(_settings(httpserver)).send(make_row(channel="messenger", address="9001"))


def test_sends_the_rows_number_along_and_keeps_whatsapps_id(httpserver: HTTPServer) -> None:
    httpserver.expect_request(
        "/v25.0/555/messages", "POST", headers={"Authorization": "Bearer wa-token"},
        json={"messaging_product": "whatsapp", "recipient_type": "individual", "to": "33612345678",
              "biz_opaque_callback_data": "7", "type": "text", "text": {"body": "Hello", "preview_url": False}},
    ).respond_with_json({"messages": [{"id": "wamid.1"}]})
    row = make_row(channel="whatsapp", address="33612345678")
    assert WhatsAppSender(_settings(httpserver)).send(row) == "wamid.1"


def test_writes_to_somebody_who_shows_no_number(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v25.0/555/messages", "POST").respond_with_json({"messages": [{"id": "wamid.2"}]})
    WhatsAppSender(_settings(httpserver)).send(make_row(channel="whatsapp", address="FR.13491208655302741918"))
    ((request, _),) = httpserver.log
    assert request.json["recipient"] == "FR.13491208655302741918" and "to" not in request.json


@pytest.mark.parametrize(("kind", "author", "wanted"), [
    ("reply", "", {"messaging_type": "RESPONSE"}), ("nudge", "", {"messaging_type": "UPDATE"}),
    ("reply", "Léa", {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
])
def test_gives_messenger_the_reason(httpserver: HTTPServer, kind: str, author: str, wanted: dict[str, str]) -> None:
    httpserver.expect_request("/v25.0/777/messages", "POST").respond_with_json({"message_id": "m_1"})
    row = make_row(channel="messenger", address="9001", kind=kind, payload=OutboundMessage("Hello", author=author))
    assert MessengerSender(_settings(httpserver)).send(row) == "m_1"
    ((request, _),) = httpserver.log
    assert {name: request.json[name] for name in wanted} == wanted
    assert ("tag" in request.json) == bool(author)
    assert request.json["message"] == {"text": "Hello", "metadata": "7"} or author


def test_says_approved_words_on_messenger_as_what_they_are(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v25.0/777/messages", "POST").respond_with_json({"message_id": "m_1"})
    late = OutboundMessage("Your order MP1 is late.", template=Template("parcel_late", "en", ("MP1",)))
    row = make_row(channel="messenger", address="9001", kind="nudge", payload=late)
    MessengerSender(_settings(httpserver)).send(row)
    ((request, _),) = httpserver.log
    assert request.json == {
        "recipient": {"id": "9001"}, "messaging_type": "UTILITY", "message": {"metadata": "7", "template": {
            "name": "parcel_late", "language": {"code": "en"},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": "MP1"}]}],
        }},
    }


@pytest.mark.parametrize("sender", [WhatsAppSender, MessengerSender])
@pytest.mark.parametrize("fact", ["", "two\nlines"])
def test_sends_no_template_with_a_bad_fact(httpserver: HTTPServer, sender: type, fact: str) -> None:
    late = OutboundMessage("Your order is late.", template=Template("parcel_late", "en", (fact,)))
    with pytest.raises(NotAllowed):
        sender(_settings(httpserver)).send(make_row(address="9001", payload=late))
    assert httpserver.log == []


@pytest.mark.parametrize("sender", [WhatsAppSender, MessengerSender])
def test_writes_to_nobody_without_an_address(httpserver: HTTPServer, sender: type) -> None:
    with pytest.raises(NotAllowed):
        sender(_settings(httpserver)).send(make_row(address=""))
    assert httpserver.log == []
