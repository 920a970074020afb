"""Stage A0: a letter that comes back -> whose letter of ours it was, and why it did not arrive. Pure.

Delivery reports (RFC 3464) and complaints (RFC 5965) as mail servers write them, and the codes of RFC 3463. Nothing is
believed but what names a letter of ours by its Message-ID: nobody can silence an address by writing to the mailbox.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from typing import Literal

from bot.errors import ForeignPayload, UnsupportedPayload

Reason = Literal["no_such_address", "mailbox_full", "not_delivered", "blocked", "complaint"]
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_GONE = frozenset({"1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "2.1", "4.4"})  # no such box or domain, or it is closed
_FULL = frozenset({"2.2", "3.1"})
_NO_SUCH_BOX = (550, 551, 553)


@dataclass(frozen=True)
class Bounce:
    """One letter of ours that came back."""

    message_id: str
    reason: Reason


def classify(code: int, words: str) -> Reason:
    """What a refusal for good says: the enhanced code where there is one, else the plain one."""
    found = _ENHANCED.search(words)
    if found is None:
        return "no_such_address" if code in _NO_SUCH_BOX else "mailbox_full" if code == 552 else "blocked"
    subject, detail = found[2], f"{found[2]}.{found[3]}"
    if detail in _GONE:
        return "no_such_address"
    if detail in _FULL:
        return "mailbox_full"
    return "blocked" if subject == "7" else "not_delivered"


def has_enhanced_code(words: str) -> bool:
    """Whether the server says by RFC 3463 what it means."""
    return _ENHANCED.search(words) is not None


def read_bounce(raw: bytes) -> Bounce:
    """What a letter to the bounce mailbox tells. ForeignPayload for one that is no report, UnsupportedPayload for a
    report of no interest: that a letter arrived, or is late.
    """
    letter = message_from_bytes(raw, policy=default)
    if letter.get_content_type() != "multipart/report":
        raise ForeignPayload("no report of a mail server")
    parts = {each.get_content_type(): each for each in letter.iter_parts()} if isinstance(letter, EmailMessage) else {}
    message_id = _find_original(letter)
    if not message_id:
        raise ForeignPayload("the report names no letter")
    if "message/feedback-report" in parts:
        return _read_complaint(parts["message/feedback-report"], message_id)
    if "message/delivery-status" in parts:
        return _read_status(parts["message/delivery-status"], message_id)
    raise UnsupportedPayload("a report of another kind")


def _read_complaint(part: Message, message_id: str) -> Bounce:
    fields = _fields(part)
    if fields.get("feedback-type", "").strip().lower() not in ("abuse", "fraud", "opt-out"):
        raise UnsupportedPayload("feedback that is no complaint")
    return Bounce(message_id, "complaint")


def _read_status(part: Message, message_id: str) -> Bounce:
    """The blocks after the first are one a recipient; ours have one."""
    fields = _fields(part)
    if fields.get("action", "").strip().lower() != "failed":
        raise UnsupportedPayload(f"action_{fields.get('action', '')[:40]}")
    words = f"{fields.get('status', '')} {fields.get('diagnostic-code', '')}"
    code = re.search(r"\b([45]\d\d)\b", fields.get("diagnostic-code", ""))
    return Bounce(message_id, classify(int(code[1]) if code else 0, words))


def _fields(part: Message) -> dict[str, str]:
    """Every header of the part's blocks: one name stands in one of them only."""
    text = "\n".join(_texts(part))
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n"))
    found: dict[str, str] = {}
    for block in blocks:
        unfolded = re.sub(r"\n[ \t]+", " ", block)
        for name, _, value in (line.partition(":") for line in unfolded.splitlines()):
            found.setdefault(name.strip().lower(), value.strip())
    return found


def _texts(part: Message) -> Iterator[str]:
    """As text, whether the parser took it for messages or for words."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (each.as_string() for each in payload if isinstance(each, Message))
    else:
        raw = part.get_payload(decode=True)
        yield raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(payload)


def _find_original(letter: Message) -> str:
    """The Message-ID of the letter that came back, whole or by its headers."""
    for part in letter.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822" and isinstance(part.get_payload(), list):
            return str(part.get_payload()[0].get("Message-ID") or "").strip()  # type: ignore[index,union-attr]  # a list
        if kind in ("text/rfc822-headers", "message/rfc822-headers"):
            return _fields(part).get("message-id", "").strip()
    return ""
