"""Stage 3: an event -> from when its wait is counted, and whether it is news. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.decision.kinds import KINDS
from bot.decision.yields import LIVE_WAITS
from bot.profile.events import Event

DELIVERED_AT = "delivered_at"  # a property of what shops tell of orders, and kept with a wait


def find_beginning(kind: str, event: Event) -> tuple[datetime, dict[str, str]]:
    """The moment from which a wait is counted, and what is kept of it: of what follows a delivery, its day.

    A browser's clock may be wrong, and so may a property: what they say can only be earlier than when we heard it.
    """
    heard_at = min(event.occurred_at, event.received_at)
    if not KINDS[kind].follows_delivery:
        return heard_at, {}
    delivered_at = _read_moment(event.properties.get(DELIVERED_AT))
    if delivered_at is None:
        return heard_at, {DELIVERED_AT: ""}
    begins_at = min(heard_at, delivered_at)
    return begins_at, {DELIVERED_AT: begins_at.isoformat()}


def is_told_again(kind: str, state: str, before: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether a wait began on the same delivery: each later word of the order would put it off, or begin it anew.

    Where nobody says when that was, the first word of it counts for as long as the wait lives.
    """
    if not KINDS[kind].follows_delivery:
        return False
    known, said = before.get(DELIVERED_AT, ""), facts[DELIVERED_AT]
    return known == said if known and said else state in LIVE_WAITS


def _read_moment(said: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None
