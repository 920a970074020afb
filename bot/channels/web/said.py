"""What a widget sends -> an inbound message: every field checked, nothing believed."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels.web.limits import MAX_TITLE_CHARACTERS
from bot.contracts.messages import MAX_TEXT_CHARACTERS, InboundMessage, MessageId, SenderId
from bot.errors import FixInput

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_MOST_PAYLOAD_CHARACTERS = 2_000
_MOST_PAGE_BYTES = 6_000


def read_said(sender_id: str, data: Any, now: datetime) -> tuple[InboundMessage, dict[str, Any]]:
    """The message for the inbox, and what the conversation shows of it. FixInput names the field that is wrong.

    The widget makes the id, so that it may send again until it is answered; the sender in front keeps
    anybody from using up somebody else's.
    """
    if not isinstance(data, dict):
        raise FixInput("body", "must be an object")
    client_id = read_client_id(data.get("id"))
    text = _read_text(data, "text", MAX_TEXT_CHARACTERS)
    payload = _read_text(data, "payload", _MOST_PAYLOAD_CHARACTERS)
    if bool(text) == bool(payload):
        raise FixInput("text", "must be set, or `payload`, and not both")
    if payload and not payload.startswith("/"):
        raise FixInput("payload", "must begin with /")
    title = _read_text(data, "title", MAX_TITLE_CHARACTERS)
    message = InboundMessage(
        MessageId(f"{sender_id}:{client_id}"), "web", SenderId(sender_id), text=text, payload=payload,
        sent_at=now.isoformat(), page=_read_page(data.get("page")),
    )
    return message, {"text": text or title or "…"}


def read_client_id(value: Any) -> str:
    """The widget's id of a message; FixInput for anything else."""
    if not isinstance(value, str) or not _CLIENT_ID.fullmatch(value):
        raise FixInput("id", "must be 8 to 64 letters, digits, - or _")
    return value


def read_positions(value: Any) -> list[int]:
    """Places in the conversation; whatever is none is left out."""
    return [each for each in value[:200] if read_natural(each)] if isinstance(value, list) else []


def read_natural(value: Any) -> int:
    """A whole number from 0; 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else 0


def _read_text(data: Mapping[str, Any], name: str, longest: int) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise FixInput(name, "must be a string")
    text = _clean(value).strip()
    if len(text) > longest:
        raise FixInput(name, f"must be at most {longest} characters")
    return text


def _read_page(value: Any) -> dict[str, str]:
    """What the customer looks at: short texts by name."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FixInput("page", "must be an object")
    page = {_clean(name): _clean(each) for name, each in value.items() if isinstance(each, str) and each}
    if len(json.dumps(page)) > _MOST_PAGE_BYTES:
        raise FixInput("page", f"must be at most {_MOST_PAGE_BYTES} bytes")
    return page


def _clean(text: str) -> str:
    """The text without what no database keeps: NUL, and halves of signs (an emoji that was cut)."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
