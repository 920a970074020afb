"""The console: conversations, newest word first: where each stands, in few look-ups by their own rows. Reads only.

What was said is no part of it: that is a page of its own, for whom the roles allow.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

import sqlalchemy as sa

from bot.profile.handoffs import HandoffState
from bot.profile.said_words import find_senders
from bot.profile.satisfaction import CONVERSATION_RATED
from bot.profile.store.tables import conversations, events, handoffs, inbox

PAGE = 25
LIVE = timedelta(minutes=15)  # who wrote within so long is taken to be there
CURSOR = r"^[0-9]{1,16}\.[A-Za-z0-9_-]{1,64}$"
Stand = Literal["live", "waiting", "taken", "over"]
STANDS: tuple[Stand, ...] = get_args(Stand)
_GOES_ON: tuple[HandoffState, ...] = ("waiting", "taken")
_BREAK = timedelta(minutes=30)  # a longer silence ends a sitting
_MOST_COUNTED = 50  # messages of a sitting


@dataclass(frozen=True)
class Talk:
    """A conversation. `messages` and `lasted` are of its last sitting, of what the customer wrote; `stars` newest."""

    sender_id: str
    channel: str
    language: str
    wrote_at: datetime
    stand: Stand
    taken_by: str
    handoff_id: int  # 0 where nobody asked for a person
    messages: int
    lasted: timedelta
    stars: int


def list_talks(
    connection: sa.Connection, now: datetime, *, stand: str = "", channel: str = "", language: str = "",
    before: str = "", is_rising: bool = False,
) -> tuple[list[Talk], str]:
    """A page of them, and the cursor of the next one; "" at the end. `is_rising`: the longest silence first."""
    talk = conversations.c
    query = sa.select(conversations).where(talk.last_inbound_at.is_not(None))
    if channel:
        query = query.where(talk.channel == channel)
    if language:
        query = query.where(talk.language == language)
    if stand in ("waiting", "taken"):
        query = query.where(talk.sender_id.in_(sa.select(handoffs.c.sender_id).where(handoffs.c.state == stand)))
    elif stand in ("live", "over"):  # whoever has a person, or waits for one, is neither
        query = query.where(~sa.exists().where(handoffs.c.sender_id == talk.sender_id, handoffs.c.state.in_(_GOES_ON)))
    if stand == "live":
        query = query.where(talk.last_inbound_at > now - LIVE)
    until = [now - LIVE] if stand == "over" else []
    if re.match(CURSOR, before):
        at, _, sender = before.partition(".")
        moment = datetime.fromtimestamp(int(at) / 1_000_000, UTC)
        if is_rising:
            beyond = sa.or_(talk.last_inbound_at > moment, talk.sender_id > sender)
            query = query.where(talk.last_inbound_at >= moment, beyond)
        else:
            query = query.where(sa.or_(talk.last_inbound_at < moment, talk.sender_id < sender))
            until.append(moment)
    if until:  # one bound alone finds the place in the index
        query = query.where(talk.last_inbound_at <= min(until))
    keys = (talk.last_inbound_at, talk.sender_id)
    newest = query.order_by(*(key.asc() if is_rising else key.desc() for key in keys)).limit(PAGE + 1)
    rows = connection.execute(newest).all()
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    cursor = f"{_micros(last.last_inbound_at)}.{last.sender_id}" if last else ""
    return _describe(connection, rows[:PAGE], now), cursor


def read_talk(connection: sa.Connection, sender_id: str, now: datetime) -> Talk | None:
    """One of them; None for one that there is not, or in which the customer said nothing."""
    query = sa.select(conversations).where(
        conversations.c.sender_id == sender_id, conversations.c.last_inbound_at.is_not(None)
    )
    return next(iter(_describe(connection, connection.execute(query).all(), now)), None)


def find_said(connection: sa.Connection, text: str, now: datetime) -> list[Talk]:
    """In which customers wrote these words, the newest first, whatever their case and accents; a page at most."""
    senders = find_senders(connection, text, PAGE)
    rows = connection.execute(sa.select(conversations).where(
        conversations.c.sender_id.in_(senders), conversations.c.last_inbound_at.is_not(None)
    )).all()
    talks = {each.sender_id: each for each in _describe(connection, rows, now)}
    return [talks[each] for each in senders if each in talks]


def _describe(connection: sa.Connection, rows: Sequence[sa.Row[Any]], now: datetime) -> list[Talk]:
    asked = connection.execute(sa.select(handoffs).where(
        handoffs.c.sender_id.in_([row.sender_id for row in rows]), handoffs.c.state.in_(_GOES_ON),
    ).order_by(handoffs.c.state.desc(), handoffs.c.handoff_id))  # who is taken stands over who waits
    persons = {each.sender_id: each for each in asked}
    return [_describe_one(connection, row, persons.get(row.sender_id), now) for row in rows]


def _describe_one(
    connection: sa.Connection, row: sa.Row[Any], person: sa.Row[Any] | None, now: datetime
) -> Talk:
    messages, lasted = _read_sitting(connection, row.sender_id)
    stand: Stand = person.state if person else "live" if row.last_inbound_at > now - LIVE else "over"
    return Talk(
        row.sender_id, row.channel, row.language, row.last_inbound_at, stand, person.taken_by if person else "",
        person.handoff_id if person else 0, messages, lasted, _read_stars(connection, row),
    )


def _read_sitting(connection: sa.Connection, sender_id: str) -> tuple[int, timedelta]:
    newest = sa.select(inbox.c.received_at).where(inbox.c.sender_id == sender_id)
    found = connection.scalars(newest.order_by(inbox.c.inbox_id.desc()).limit(_MOST_COUNTED)).all()
    count = next((n for n in range(1, len(found)) if found[n - 1] - found[n] > _BREAK), len(found))
    return count, found[0] - found[count - 1] if found else timedelta()


def _read_stars(connection: sa.Connection, row: sa.Row[Any]) -> int:
    """0 where they said nothing of it. A rating is named after its conversation."""
    given = connection.scalar(
        sa.select(events.c.properties).where(
            events.c.customer_id == row.customer_id, events.c.name == CONVERSATION_RATED,
            events.c.message_id.startswith(f"web:rating:{row.sender_id}:", autoescape=True),
        ).order_by(events.c.occurred_at.desc()).limit(1)
    )
    stars = (given or {}).get("rating")
    return stars if isinstance(stars, int) else 0


def _micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
