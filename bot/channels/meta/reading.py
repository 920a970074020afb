"""Stage A0: what reading WhatsApp's and Messenger's updates has in common. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.contracts.messages import MAX_TEXT_CHARACTERS
from bot.errors import UnsupportedPayload

_LONGEST_PAYLOAD = 2_000


@dataclass(frozen=True)
class Skipped:
    """What was not read, as received; `is_known` when that is on purpose."""

    reason: str
    raw: Mapping[str, Any]
    is_known: bool


def guard[Update](raw: Any, read: Callable[[], Update]) -> Update | Skipped:
    """What `read` makes of it; what it cannot read is skipped with the reason, and stops nothing beside it."""
    as_received = raw if isinstance(raw, dict) else {"raw": raw}
    try:
        return read()
    except UnsupportedPayload as known:
        return Skipped(str(known), as_received, is_known=True)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        return Skipped(f"unreadable_{type(error).__name__}", as_received, is_known=False)


def clean(text: Any) -> str:
    """The text without what no database keeps, at most as long as a message may be."""
    whole = str(text).replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole[:MAX_TEXT_CHARACTERS].strip()


def tapped(payload: Any, title: Any) -> dict[str, Any]:
    """A button's payload and title. Only what we put there begins with a slash; anything else is told by its title."""
    words = clean(title or "")
    if isinstance(payload, str) and payload.startswith("/"):
        return {"payload": payload[:_LONGEST_PAYLOAD], "title": words}
    return {"text": words}
