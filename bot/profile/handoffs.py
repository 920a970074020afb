"""Customers who asked for a person: who waits, who talks to whom. The bot is silent where a person has taken over.

    waiting -> taken -> ended
       ^---------'            the person said nothing for long, and the customer waits for an answer
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from bot.profile.store.tables import handoffs
from bot.profile.store.upsert import insert_or_ignore

HandoffState = Literal["waiting", "taken", "ended"]
TAKEN_OVER = "taken over"  # what such a row is about where the team was first, and nobody asked


@dataclass(frozen=True)
class HandoffRow:
    """One request for a person, as it is kept."""

    handoff_id: int
    reference: str
    sender_id: str
    customer_id: str
    name: str
    channel: str
    language: str
    about: str
    order_number: str
    email: str
    summary: str
    state: HandoffState
    taken_by: str
    asked_at: datetime
    spoke_at: datetime | None
    ended_at: datetime | None
    outside_ref: str
    outside_state: str
    outside_heard: int
    outside_told: int


_NEWEST = sa.select(*(handoffs.c[each.name] for each in fields(HandoffRow))).order_by(handoffs.c.handoff_id.desc())
_PERSON_IN = (  # built once: asked of every message
    _NEWEST.where(handoffs.c.sender_id == sa.bindparam("sender"), handoffs.c.state == "taken").limit(1)
)


def add_handoff(
    connection: sa.Connection, *, turn_key: str, reference: str, sender_id: str, customer_id: str, channel: str,
    language: str, about: str, order_number: str, email: str, summary: str, now: datetime, name: str = "",
) -> int | None:
    """Keep that somebody asks for a person; its id, None when this message did so already. Writes."""
    row = {
        "turn_key": turn_key, "reference": reference, "sender_id": sender_id, "customer_id": customer_id,
        "name": name[:120],
        "channel": channel, "language": language, "about": about[:200], "order_number": order_number[:64],
        "email": email, "summary": summary, "state": "waiting", "taken_by": "", "asked_at": now,
        "outside_ref": "", "outside_state": "", "outside_heard": 0, "outside_told": 0,
    }
    if not insert_or_ignore(connection, handoffs, [row], ("turn_key",)):
        return None
    return connection.scalar(sa.select(handoffs.c.handoff_id).where(handoffs.c.turn_key == turn_key))


def find_handoff(connection: sa.Connection, handoff_id: int) -> HandoffRow | None:
    """The request with that id, or None."""
    return next(iter(_read(connection, handoffs.c.handoff_id == handoff_id)), None)


def find_outside(connection: sa.Connection, outside_ref: str) -> HandoffRow | None:
    """The request that a support desk knows under its own id, or None; the newest of several."""
    return next(iter(_read(connection, handoffs.c.outside_ref == outside_ref)), None)


def find_twin(connection: sa.Connection, row: HandoffRow) -> HandoffRow | None:
    """Another request of the same conversation that goes on and that a support desk has before it, or None."""
    goes_on = sa.and_(handoffs.c.state.in_(("waiting", "taken")), handoffs.c.outside_state == "open")
    same = sa.and_(handoffs.c.sender_id == row.sender_id, handoffs.c.handoff_id != row.handoff_id)
    return next(iter(_read(connection, goes_on, same)), None)


def person_in(connection: sa.Connection, sender_id: str) -> HandoffRow | None:
    """The request that a person of the shop has taken in this conversation: while there is one, the bot is silent."""
    row = connection.execute(_PERSON_IN, {"sender": sender_id}).mappings().first()
    return HandoffRow(**row) if row else None


def list_handoffs(connection: sa.Connection, states: Sequence[HandoffState], *, limit: int = 100) -> list[HandoffRow]:
    """The requests in these states, newest first."""
    return _read(connection, handoffs.c.state.in_(states), limit=limit)


def list_silent(connection: sa.Connection, since: datetime) -> list[HandoffRow]:
    """Requests that were taken by somebody who has done nothing since that moment."""
    return _read(connection, handoffs.c.state == "taken", handoffs.c.spoke_at < since)


def take_handoff(connection: sa.Connection, row: HandoffRow, by: str, now: datetime) -> bool:
    """A person takes the conversation, with everything that waits in it, or again after its end. False when somebody
    was quicker. Writes.
    """
    if person_in(connection, row.sender_id):
        return False
    waits = sa.and_(handoffs.c.sender_id == row.sender_id, handoffs.c.state == "waiting")
    again = sa.and_(handoffs.c.handoff_id == row.handoff_id, handoffs.c.state == "ended")
    return bool(_set(connection, sa.or_(waits, again), state="taken", taken_by=by[:64], spoke_at=now, ended_at=None))


def note_spoken(connection: sa.Connection, row: HandoffRow, now: datetime) -> None:
    """The person did something in the conversation. Writes."""
    _set(connection, _in_hand(row), spoke_at=now)


def end_handoff(connection: sa.Connection, row: HandoffRow, now: datetime) -> bool:
    """It is settled, or given back to the bot. False when it was before. Writes."""
    mine = sa.and_(handoffs.c.sender_id == row.sender_id, handoffs.c.state.in_(("waiting", "taken")))
    return bool(_set(connection, mine, state="ended", ended_at=now))


def put_back(connection: sa.Connection, row: HandoffRow) -> bool:
    """It waits for a person again. False when nobody had it. Writes."""
    return bool(_set(connection, _in_hand(row), state="waiting", taken_by="", spoke_at=None))


def hand_on(connection: sa.Connection, row: HandoffRow, by: str) -> None:
    """Somebody else has the conversation from here on. Writes."""
    _set(connection, _in_hand(row), taken_by=by[:64])


def list_for_desk(connection: sa.Connection) -> list[HandoffRow]:
    """What a support desk is still to be told of: requests that go on, and ended ones that are open over there."""
    goes_on = sa.and_(handoffs.c.state.in_(("waiting", "taken")), handoffs.c.outside_state.notin_(("gone", "closed")))
    is_over = sa.and_(handoffs.c.state == "ended", handoffs.c.outside_state == "open")
    return _read(connection, sa.or_(goes_on, is_over), limit=1_000)[::-1]


def note_outside(connection: sa.Connection, row: HandoffRow, ref: str, state: str) -> None:
    """How a support desk knows it, and how it stands over there. Writes."""
    _set(connection, handoffs.c.handoff_id == row.handoff_id, outside_ref=ref, outside_state=state)


def note_told(connection: sa.Connection, row: HandoffRow, *, heard: int, told: int) -> None:
    """Up to which messages of both sides the support desk was told. Writes."""
    same = sa.and_(handoffs.c.sender_id == row.sender_id, handoffs.c.outside_ref == row.outside_ref)
    _set(connection, same, outside_heard=heard, outside_told=told)


def _in_hand(row: HandoffRow) -> sa.ColumnElement[bool]:
    return sa.and_(handoffs.c.sender_id == row.sender_id, handoffs.c.state == "taken")


def _set(connection: sa.Connection, which: sa.ColumnElement[bool], **values: Any) -> int:
    return connection.execute(sa.update(handoffs).where(which).values(**values)).rowcount


def _read(connection: sa.Connection, *conditions: sa.ColumnElement[bool], limit: int = 100) -> list[HandoffRow]:
    rows = connection.execute(_NEWEST.where(*conditions).limit(limit))
    return [HandoffRow(**row) for row in rows.mappings()]
