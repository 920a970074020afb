"""Stage B5: e-mail over SMTP, text and HTML side by side.

smtplib, not aiosmtplib: rows leave from the worker's threads one by one, and its single steps tell
apart what was never taken from what may have been.
"""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from bot.channels.email.bounces import classify, has_enhanced_code
from bot.channels.email.limits import choose_subject, fit_letter, render_html_part, render_text_part
from bot.channels.outbox import OutboxRow
from bot.channels.unsubscribe import make_link
from bot.errors import FixConfiguration, NotAllowed, Unavailable, UnknownFate
from bot.settings import Settings

DEADLINE_SECONDS = 10.0
# RFC 5322's longest line: at the usual 78 a long address becomes encoded words, and no mail program reads the way out.
WHOLE_LINES = SMTP.clone(max_line_length=998)
_SCHEMES = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class EmailSender:
    """One SMTP server; in the demo our own mailbox."""

    def __init__(self, settings: Settings) -> None:
        """Opens nothing; FixConfiguration when the server's address cannot be read."""
        self._settings = settings
        self._server = urlsplit(settings.smtp_url or f"smtp://127.0.0.1:{settings.smtp_demo_port}")
        if self._server.scheme not in _SCHEMES or not self._server.hostname:
            raise FixConfiguration(
                "PREVENANT_SMTP_URL must look like smtp://host:port, smtps://user:password@host or smtp+starttls://..."
            )

    def send(self, row: OutboxRow) -> str:
        """Send once; the letter's Message-ID. NotAllowed for an address that the server refuses."""
        letter = compose_letter(row, self._settings)
        session = self._open()
        try:
            self._hand_over(session, letter, row.address)
        finally:
            session.close()
        return str(letter["Message-ID"])

    def _open(self) -> smtplib.SMTP:
        host, port = self._server.hostname or "", self._server.port or _SCHEMES[self._server.scheme]
        try:
            if self._server.scheme == "smtps":
                session: smtplib.SMTP = smtplib.SMTP_SSL(
                    host, port, timeout=DEADLINE_SECONDS, context=ssl.create_default_context()
                )
            else:
                session = smtplib.SMTP(host, port, timeout=DEADLINE_SECONDS)
            self._introduce(session)
        except smtplib.SMTPAuthenticationError as error:
            raise FixConfiguration("the mail server refuses PREVENANT_SMTP_URL's user and password") from error
        except smtplib.SMTPNotSupportedError as error:
            raise FixConfiguration("the mail server does not offer what PREVENANT_SMTP_URL asks for") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable("the mail server cannot be reached") from error
        return session

    def _introduce(self, session: smtplib.SMTP) -> None:
        if self._server.scheme == "smtp+starttls":
            session.starttls(context=ssl.create_default_context())
        if self._server.username:
            session.login(unquote(self._server.username), unquote(self._server.password or ""))
        session.ehlo_or_helo_if_needed()

    def _hand_over(self, session: smtplib.SMTP, letter: EmailMessage, address: str) -> None:
        sender = parseaddr(self._settings.email_from)[1]
        try:
            _expect(session.mail(sender), "the sender's address", is_recipient=False)
            _expect(session.rcpt(address), "the address", is_recipient=True)
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable("the mail server hung up") from error
        try:
            code, words = session.data(letter.as_bytes(policy=WHOLE_LINES))
        except smtplib.SMTPDataError as error:  # it refused before the letter was said
            raise _refusal(error.smtp_code, error.smtp_error, "the letter", is_recipient=False) from error
        except (smtplib.SMTPException, OSError) as error:
            raise UnknownFate("the mail server hung up on the letter") from error
        if code != 250:
            raise _refusal(code, words, "the letter", is_recipient=False)


def compose_letter(row: OutboxRow, settings: Settings) -> EmailMessage:
    """The row as a letter. The same row makes the same Message-ID. NotAllowed for what is no address."""
    letter = EmailMessage()
    is_marketing = row.purpose == "marketing" and bool(row.customer_id)
    stop = make_link(settings, row.customer_id, "email") if is_marketing else ""
    name, sender = parseaddr(settings.email_from)
    letter["From"] = Address(name, addr_spec=sender)
    letter["To"] = _read_address(row.address)
    if settings.email_reply_to:  # the chat has no ear for letters: people read what is answered
        name, people = parseaddr(settings.email_reply_to)
        letter["Reply-To"] = Address(name, addr_spec=people)
    letter["Subject"] = choose_subject(row.payload, row.kind)
    letter["Date"] = format_datetime(row.created_at)
    letter["Message-ID"] = f"<{sha256(row.idempotency_key.encode()).hexdigest()[:32]}@{sender.partition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    if stop:  # RFC 8058: mail programs show a button that posts here
        letter["List-Unsubscribe"] = f"<{stop}>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = fit_letter(row.payload)
    letter.set_content(render_text_part(message, stop_link=stop))
    letter.add_alternative(render_html_part(message, stop_link=stop), subtype="html")
    letter["Content-Language"] = row.payload.language  # now: the parts would take it with them
    return letter


def _read_address(address: str) -> Address:
    try:
        return Address(addr_spec=address)
    except (ValueError, IndexError) as error:
        raise NotAllowed("bad_address") from error


def _expect(answer: tuple[int, bytes], what: str, *, is_recipient: bool) -> None:
    if answer[0] not in (250, 251):
        raise _refusal(*answer, what, is_recipient=is_recipient)


def _refusal(code: int, words: bytes | str, what: str, *, is_recipient: bool) -> Exception:
    """4xx asks for another try, 5xx is for good, and says whether anybody is there; 53x is about who we are."""
    if code in (530, 534, 535, 538):
        return FixConfiguration(f"the mail server answered {code}: check PREVENANT_SMTP_URL")
    if 400 <= code < 500:
        return Unavailable(f"the mail server answered {code}")
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    reason = classify(code, said)
    # Without an enhanced code only what is said of the recipient is about the recipient.
    is_theirs = is_recipient or has_enhanced_code(said)
    return NotAllowed(reason if is_theirs else "blocked", what)
