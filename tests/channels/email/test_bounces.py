"""Letters that come back, as mail servers write them: what each says, and that nothing else is believed."""

import pytest

from bot.channels.email.bounces import Bounce, classify, read_bounce
from bot.errors import ForeignPayload, UnsupportedPayload

OURS = "<0123456789abcdef@shop.example>"


def report(
    status: str, diagnostic: str, *, action: str = "failed", message_id: str = OURS, whole: bool = True
) -> bytes:
    """As Postfix writes it."""
    head = f"From: bonjour@shop.example\nTo: ada@example.org\nSubject: Hello\nMessage-ID: {message_id}\n"
    original = f"Content-Type: message/rfc822\n\n{head}\nThe words.\n" if whole else (
        f"Content-Type: text/rfc822-headers\n\n{head}\n"
    )
    return f"""From: MAILER-DAEMON@mx.shop.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bonjour@shop.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

This is a MIME-encapsulated message.

--B
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.shop.example. <ada@example.org>: {diagnostic}

--B
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.shop.example
Arrival-Date: Tue, 24 Nov 2026 10:00:00 +0100 (CET)

Final-Recipient: rfc822; ada@example.org
Original-Recipient: rfc822;ada@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; {diagnostic}

--B
Content-Description: Undelivered Message
{original}
--B--
""".encode()


COMPLAINT = f"""From: <abuse@mail.example>
Subject: FW: Hello
To: <bonjour@shop.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part"

--part
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--part
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <ada@example.org>

--part
Content-Type: message/rfc822

From: <bonjour@shop.example>
Message-ID: {OURS}
Subject: Hello

Spam.
--part--
""".encode()


@pytest.mark.parametrize("raw", [
    b"", b"\xff\xfe", b"Subject: hello\n\nI am on holiday.", b"Content-Type: multipart/report\n\nnothing in it",
    report("5.1.1", "550 5.1.1 unknown", message_id=""), b"Content-Type: multipart/report; boundary=B\n\n--B\n--B--",
])
def test_believes_nothing_that_names_no_letter(raw: bytes) -> None:
    with pytest.raises(ForeignPayload):
        read_bounce(raw)


@pytest.mark.parametrize("raw", [
    report("4.4.1", "connection timed out", action="delayed"), report("2.0.0", "250 ok", action="delivered"),
    report("5.1.1", "x", action=""), COMPLAINT.replace(b"Feedback-Type: abuse", b"Feedback-Type: not-spam"),
])
def test_leaves_alone_what_is_no_failure(raw: bytes) -> None:
    with pytest.raises(UnsupportedPayload):
        read_bounce(raw)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("status", "diagnostic", "reason"), [
    ("5.1.1", "550 5.1.1 <ada@example.org>: Recipient address rejected: User unknown", "no_such_address"),
    ("5.0.0", "550 no such user here", "not_delivered"), ("5.2.2", "552 5.2.2 mailbox is full", "mailbox_full"),
    ("5.7.1", "554 5.7.1 blocked by a list", "blocked"), ("5.4.4", "host not found", "no_such_address"),
    ("4.4.7", "delivery time expired", "not_delivered"), ("5.2.1", "550 5.2.1 disabled", "no_such_address"),
])
def test_tells_who_is_gone_from_who_is_full_and_what_was_not_liked(
    status: str, diagnostic: str, reason: str, whole: bool
) -> None:
    assert read_bounce(report(status, diagnostic, whole=whole)) == Bounce(OURS, reason)  # type: ignore[arg-type]
    assert read_bounce(report(status, diagnostic, whole=whole).replace(b"\n", b"\r\n")).reason == reason


def test_hears_a_complaint() -> None:
    assert read_bounce(COMPLAINT) == Bounce(OURS, "complaint")


@pytest.mark.parametrize(("code", "words", "reason"), [
    (550, "no such person", "no_such_address"), (553, "", "no_such_address"), (552, "full", "mailbox_full"),
    (554, "spam", "blocked"), (550, "5.7.26 DMARC", "blocked"), (550, "5.1.1 unknown", "no_such_address"),
    (550, "5.3.4 too big", "not_delivered"),
])
def test_reads_what_the_server_says_at_once(code: int, words: str, reason: str) -> None:
    assert classify(code, words) == reason
