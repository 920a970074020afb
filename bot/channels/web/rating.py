"""Stage A8: what a customer thinks of a conversation that is over -> an event of theirs, once a day."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.errors import FixInput, NotAllowed
from bot.profile.conversations import Conversation
from bot.profile.events import Event, append_events
from bot.profile.rate_limits import take
from bot.profile.satisfaction import CONVERSATION_RATED

MOST_STARS = 5
TRIES_A_MINUTE = 10


def read_stars(data: Any) -> int:
    """The stars given, from 1 to 5; FixInput for anything else. Pure."""
    given: Mapping[str, Any] = data if isinstance(data, dict) else {}
    stars = given.get("stars")
    if not isinstance(stars, int) or isinstance(stars, bool) or not 1 <= stars <= MOST_STARS:
        raise FixInput("stars", f"must be a whole number from 1 to {MOST_STARS}")
    return stars


def keep_rating(connection: sa.Connection, conversation: Conversation, stars: int, now: datetime) -> bool:
    """Keep it as an event that the trait `satisfaction` counts; False when this day has one already. Writes.

    NotAllowed for too many tries, and for a conversation in which the customer said nothing.
    """
    if conversation.last_inbound_at is None:
        raise NotAllowed("nothing_said")
    key = f"web:rate:{conversation.sender_id}"
    if not take(connection, key, limit=TRIES_A_MINUTE, window_seconds=60, now=now):
        raise NotAllowed("rate_limited")
    event = Event(
        message_id=f"web:rating:{conversation.sender_id}:{now.date().isoformat()}",
        customer_id=conversation.customer_id, silo="chat", type="track", name=CONVERSATION_RATED,
        properties={"rating": stars, "channel": conversation.channel}, occurred_at=now, received_at=now,
    )
    return append_events(connection, [event]) == 1
