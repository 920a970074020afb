"""E-mail over a real SMTP session: what the letter holds, and how each refusal is told apart."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as email_policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from bot.channels.email.send import WHOLE_LINES, EmailSender, compose_letter
from bot.channels.unsubscribe import read_token
from bot.contracts.messages import Card, OutboundMessage, QuickReply, Timeline, TimelineStep
from bot.errors import FixConfiguration, NotAllowed, Unavailable, UnknownFate
from bot.settings import Settings
from tests.channels.rows import make_row

PORT = 18025


class Server:
    """An SMTP server that answers as the test told it, and keeps the letters."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.rcpt = "250 OK"
        self.data = "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.data == "hang up":
            server.transport.close()
            return "250 OK"
        self.letters.append(message_from_bytes(envelope.content, policy=email_policy))
        return self.data


@pytest.fixture
def server() -> Iterator[Server]:
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=PORT, ready_timeout=10)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def settings() -> Settings:
    return Settings(smtp_url=f"smtp://127.0.0.1:{PORT}", public_url="https://shop.example", session_secret="s" * 32,
                    email_from="Maison Prévenant <bonjour@shop.example>")


@pytest.fixture
def make_letter(settings: Settings) -> Callable[..., EmailMessage]:
    return lambda **changes: compose_letter(
        make_row(**{"channel": "email", "address": "ada@example.org", **changes}), settings
    )


def parts(letter: EmailMessage) -> tuple[str, str]:
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def test_answers_go_where_people_read_them(settings: Settings) -> None:
    row = make_row(channel="email", address="ada@example.org")
    assert compose_letter(row, settings)["Reply-To"] is None
    read_by_people = replace(settings, email_reply_to="Nos conseillers <aide@shop.example>")
    assert str(compose_letter(row, read_by_people)["Reply-To"]) == "Nos conseillers <aide@shop.example>"


def test_offers_no_way_out_of_what_was_asked_for(make_letter: Callable[..., EmailMessage]) -> None:
    assert "List-Unsubscribe" not in make_letter(kind="code")


def test_sends_text_and_html_side_by_side(server: Server, settings: Settings) -> None:
    message = OutboundMessage("Votre colis a du retard.\nIl arrive jeudi.", language="fr", quick_replies=(
        QuickReply("Voir ma commande", url="https://shop.example/o/1"), QuickReply("Non", "/deny")))
    row = make_row(channel="email", address="ada@example.org", payload=message)
    vendor_id = EmailSender(settings).send(row)
    (letter,) = server.letters
    text, html = parts(letter)
    assert letter["To"] == "ada@example.org"
    assert letter["Subject"] == "Votre colis a du retard."
    assert letter["Message-ID"] == vendor_id
    assert "Voir ma commande: https://shop.example/o/1" in text
    assert "/deny" not in text + html
    assert 'href="https://shop.example/o/1"' in html


def test_names_the_same_row_the_same(make_letter: Callable[..., EmailMessage]) -> None:
    assert make_letter()["Message-ID"] == make_letter()["Message-ID"] != make_letter(idempotency_key="x")["Message-ID"]


def test_escapes_every_word_and_refuses_every_address_but_a_web_page(make_letter: Callable[..., EmailMessage]) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    message = OutboundMessage(
        evil, cards=(Card(evil, subtitle=evil, url="javascript:alert(1)", image_url='https://x/"onload="alert(1)'),),
        timeline=Timeline(evil, (TimelineStep(evil, detail=evil),), evil, evil, "data:text/html,x", evil),
        quick_replies=(QuickReply(evil, url="javascript:alert(1)"), QuickReply("ok", url="https://shop.example/")),
        image_url="file:///etc/passwd",
    )
    _, html = parts(make_letter(payload=message))
    assert "<script" not in html
    assert "<img src=x" not in html
    assert "javascript:" not in html
    assert "file:" not in html
    assert "data:text" not in html
    assert 'onload="' not in html


def test_never_puts_a_code_into_the_subject(make_letter: Callable[..., EmailMessage]) -> None:
    letter = make_letter(kind="code", payload=OutboundMessage("123456 est votre code.", language="fr"))
    assert letter["Subject"] == "Votre code"


@pytest.mark.parametrize(("kind", "subject"), [
    ("data_link", "Une copie de vos données"), ("consent_link", "Merci de confirmer votre accord"),
])
def test_says_in_the_subject_what_a_link_is_for_and_not_the_link(
    make_letter: Callable[..., EmailMessage], kind: str, subject: str
) -> None:
    button = QuickReply("Ouvrir", url="https://shop.example/privacy/data/secret")
    letter = make_letter(kind=kind, payload=OutboundMessage("https://x/secret", language="fr", quick_replies=(button,)))
    assert letter["Subject"] == subject


def test_carries_the_one_click_way_out_of_marketing(
    make_letter: Callable[..., EmailMessage], settings: Settings
) -> None:
    letter = make_letter(purpose="marketing", kind="nudge")
    link = letter["List-Unsubscribe"].strip("<>")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = read_token(settings, link.rpartition("/")[2])
    assert (found.customer_id, found.channel) == ("c" * 32, "email")
    text, html = parts(letter)
    assert link in text
    assert link in html


def test_gives_the_way_out_as_rfc_8058_asks(make_letter: Callable[..., EmailMessage]) -> None:
    """One HTTPS address with an opaque part, in a header of its own, whole on one line of the letter as it leaves."""
    letter = make_letter(purpose="marketing", kind="nudge")
    assert letter.get_all("List-Unsubscribe") == [letter["List-Unsubscribe"]]
    assert letter["List-Unsubscribe"].startswith("<https://shop.example/u/") and "?" not in letter["List-Unsubscribe"]
    assert "ada" not in letter["List-Unsubscribe"] and len(letter.get_all("List-Unsubscribe-Post")) == 1
    raw = letter.as_bytes(policy=WHOLE_LINES)
    assert f"List-Unsubscribe: {letter['List-Unsubscribe']}\r\n".encode() in raw


def test_holds_a_line_break_in_a_subject_back(make_letter: Callable[..., EmailMessage]) -> None:
    letter = make_letter(payload=OutboundMessage("Hello\r\nBcc: eve@example.org"))
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Hello"


@pytest.mark.parametrize("address", ["", "nobody", "a@b.c, d@e.f", "a@b.c\nBcc: x@y.z"])
def test_refuses_what_is_no_address(make_letter: Callable[..., EmailMessage], address: str) -> None:
    with pytest.raises(NotAllowed):
        make_letter(address=address)


@pytest.mark.parametrize(
    ("step", "answer", "error"),
    [
        ("rcpt", "550 no such person", NotAllowed), ("rcpt", "450 try later", Unavailable),
        ("rcpt", "530 who are you", FixConfiguration), ("data", "452 full", Unavailable),
        ("data", "554 spam", NotAllowed), ("data", "hang up", UnknownFate),
    ],
)
def test_tells_refusals_apart(server: Server, settings: Settings, step: str, answer: str, error: type) -> None:
    setattr(server, step, answer)
    with pytest.raises(error):
        EmailSender(settings).send(make_row(channel="email", address="ada@example.org"))


@pytest.mark.parametrize(("step", "answer", "reason"), [
    ("rcpt", "550 no such person", "no_such_address"), ("rcpt", "552 5.2.2 full", "mailbox_full"),
    ("rcpt", "550 5.7.1 not from you", "blocked"), ("data", "550 we do not like it", "blocked"),
    ("data", "550 5.1.1 no such person", "no_such_address"), ("data", "554 5.7.1 spam", "blocked"),
])
def test_says_whether_the_address_or_the_letter_was_refused(
    server: Server, settings: Settings, step: str, answer: str, reason: str
) -> None:
    setattr(server, step, answer)
    with pytest.raises(NotAllowed) as refused:
        EmailSender(settings).send(make_row(channel="email", address="ada@example.org"))
    assert refused.value.reason == reason


def test_may_be_tried_again_when_no_server_is_there(settings: Settings) -> None:
    with pytest.raises(Unavailable):
        EmailSender(settings).send(make_row(channel="email", address="ada@example.org"))


@pytest.mark.parametrize("url", ["http://mail", "mail.example.org", "smtp://"])
def test_names_the_setting_that_is_wrong(url: str) -> None:
    with pytest.raises(FixConfiguration, match="PREVENANT_SMTP_URL"):
        EmailSender(Settings(smtp_url=url))
