"""Twilio: what leaves as it takes it, every error in our own words, and signatures as its own library makes them."""


import pytest
from pytest_httpserver import HTTPServer

from bot.channels.sms.twilio import TwilioSender, is_signed
from bot.contracts.messages import OutboundMessage, QuickReply
from bot.errors import FixConfiguration, NotAllowed, RateLimited, Unavailable, UnknownFate
from bot.settings import Settings
from tests.channels.rows import make_row

TOKEN = "an-auth-token-of-tests"
URL = "https://shop.example/webhooks/sms"
FORM = [("From", "+33612345678"), ("To", "+33755500000"), ("Body", "Où est mon colis ? été"), ("MessageSid", "SM1"),
        ("NumMedia", "0"), ("MediaUrl", "")]
SIGNATURE = "dAQP9pJ0yErgHQd6juzoHbA269E="  # by twilio 8.2.2, RequestValidator.compute_signature
MESSAGES = "/2010-04-01/Accounts/AC1/Messages.json"


def _settings(server: HTTPServer, **changes: str) -> Settings:
    given = {"twilio_account_sid": "AC1", "twilio_auth_token": TOKEN, "twilio_from": "+33755500000", **changes}
    where = {"twilio_url": server.url_for("/2010-04-01"), "public_url": "https://shop.example"}
    return Settings(session_secret="s" * 32, **where, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("url", "form", "signature", "token"), [
    (URL, FORM, "", TOKEN), (URL, FORM, "é", TOKEN), (URL, FORM, SIGNATURE[:-1], TOKEN),
    (URL, FORM, SIGNATURE, "other"),
    (URL + "/", FORM, SIGNATURE, TOKEN), (URL, FORM[:-1], SIGNATURE, TOKEN), (URL, [], SIGNATURE, TOKEN),
    (URL, [*FORM, ("Body", "more")], SIGNATURE, TOKEN),
])
def test_believes_no_signature_that_does_not_hold(
    url: str, form: list[tuple[str, str]], signature: str, token: str
) -> None:
    assert not is_signed(url, form, signature, token)


def test_believes_what_twilios_own_library_signed() -> None:
    assert is_signed(URL, FORM, SIGNATURE, TOKEN)
    assert is_signed(URL, FORM[::-1], SIGNATURE, TOKEN)


@pytest.mark.parametrize(("sender", "field"), [("+33755500000", "From"), ("MG1", "MessagingServiceSid")])
def test_sends_the_text_and_where_its_status_is_to_be_told(httpserver: HTTPServer, sender: str, field: str) -> None:
    httpserver.expect_request(
        MESSAGES, "POST", headers={"Authorization": "Basic QUMxOmFuLWF1dGgtdG9rZW4tb2YtdGVzdHM="}
    ).respond_with_json({"sid": "SM9", "status": "queued"}, 201)
    row = make_row(channel="sms", address="+33612345678")
    assert TwilioSender(_settings(httpserver, twilio_from=sender)).send(row) == "SM9"
    ((request, _),) = httpserver.log
    assert request.form.to_dict() == {
        "To": "+33612345678", field: sender, "Body": "Hello",
        "StatusCallback": "https://shop.example/webhooks/sms/status/7",
    }


def test_numbers_what_can_be_answered(httpserver: HTTPServer) -> None:
    httpserver.expect_request(MESSAGES).respond_with_json({"sid": "SM9"}, 201)
    asked = OutboundMessage("Cancel it?", quick_replies=(QuickReply("Yes", "/affirm"), QuickReply("No", "/deny")))
    TwilioSender(_settings(httpserver)).send(make_row(channel="sms", address="+33612345678", payload=asked))
    ((request, _),) = httpserver.log
    assert request.form["Body"] == "Cancel it?\n1 Yes\n2 No"


@pytest.mark.parametrize(("code", "status", "reason"), [
    (21211, 400, "no_such_number"), (21614, 400, "no_such_number"), (21610, 400, "opted_out"),
    (21617, 400, "parameters"), (99999, 400, "refused"),
])
def test_tells_why_twilio_refused_for_good(httpserver: HTTPServer, code: int, status: int, reason: str) -> None:
    httpserver.expect_request(MESSAGES).respond_with_json({"code": code, "status": status}, status)
    with pytest.raises(NotAllowed) as refused:
        TwilioSender(_settings(httpserver)).send(make_row(channel="sms", address="+33612345678"))
    assert refused.value.reason == reason


@pytest.mark.parametrize(("code", "status", "error"), [
    (20003, 401, FixConfiguration), (21606, 400, FixConfiguration), (21408, 403, FixConfiguration),
    (20429, 429, RateLimited), (21611, 429, RateLimited), (0, 503, Unavailable), (0, 500, UnknownFate),
])
def test_tells_what_to_do_about_the_rest(httpserver: HTTPServer, code: int, status: int, error: type) -> None:
    httpserver.expect_request(MESSAGES).respond_with_json({"code": code} if code else [], status)
    with pytest.raises(error):
        TwilioSender(_settings(httpserver)).send(make_row(channel="sms", address="+33612345678"))


def test_refuses_a_number_that_nobody_can_call(httpserver: HTTPServer) -> None:
    with pytest.raises(NotAllowed):
        TwilioSender(_settings(httpserver)).send(make_row(channel="sms", address="0612345678"))
    assert httpserver.log == []


@pytest.mark.parametrize("changes", [
    {"twilio_auth_token": ""}, {"twilio_auth_token": "short"}, {"twilio_from": "Prevenant"}, {"twilio_from": ""},
])
def test_does_not_start_without_what_it_needs(changes: dict[str, str]) -> None:
    given = {"twilio_account_sid": "AC1", "twilio_auth_token": TOKEN, "twilio_from": "+33755500000", **changes}
    secrets = {name: f"{name}-{'x' * 20}" for name in
               ("session_secret", "widget_secret", "internal_secret", "write_key", "holdout_salt")}
    environ = {f"PREVENANT_{name.upper()}": value for name, value in {**secrets, **given}.items()}
    with pytest.raises(FixConfiguration, match="TWILIO"):
        Settings.from_env(environ)
