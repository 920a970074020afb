"""Stage A0: one channel identity -> one conversation under an opaque id, and whom it is verified to be.

A conversation belongs to the customer it began with, until somebody proves who they are in it.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.contracts.messages import SenderId
from bot.errors import NotFound
from bot.profile.identities import (
    CustomerId,
    link_identity,
    move_identity,
    normalise,
    resolve_owners,
    root_of,
)
from bot.profile.merging import could_be_one_person, lock_persons, merge_customers
from bot.profile.store.tables import conversations, customers
from bot.profile.store.upsert import insert_or_ignore


@dataclass(frozen=True)
class Conversation:
    """One channel identity of a person. `customer_id` is the person's root at the moment of reading."""

    sender_id: SenderId
    channel: str
    address: str
    customer_id: CustomerId
    verified_ref: str | None = None  # the shop's customer id
    verified_by: str | None = None  # token | code | policy | whatsapp | link
    verified_until: datetime | None = None
    language: str = ""
    timezone: str = ""
    last_inbound_at: datetime | None = None

    def is_verified(self, now: datetime) -> bool:
        """Whether the person proved who they are, and the proof has not run out."""
        return bool(self.verified_ref and self.verified_until and now < self.verified_until)


def open_conversation(
    connection: sa.Connection, channel: str, address: str, *, now: datetime, salt: str, sender_id: str | None = None
) -> Conversation:
    """The conversation of a channel's address, found or made; a made one gets an opaque id. Writes."""
    found = _read(connection, conversations.c.channel == channel, conversations.c.address == address)
    if found:
        return found
    kind = identity_kind(channel)
    key = normalise(kind, address)
    owner = resolve_owners(connection, [key], source=channel, is_verified=False, now=now, salt=salt)[key]
    row = {
        "sender_id": sender_id or uuid.uuid4().hex, "channel": channel, "address": address, "customer_id": owner,
        "language": "", "timezone": "", "created_at": now,
    }
    insert_or_ignore(connection, conversations, [row], ("channel", "address"))
    made = _read(connection, conversations.c.channel == channel, conversations.c.address == address)
    if made is None:
        raise NotFound("the conversation was erased while it was opened")
    return made


def get_conversation(connection: sa.Connection, sender_id: str) -> Conversation | None:
    """The conversation under an opaque id, or None."""
    row = connection.execute(_BY_SENDER, {"sender": sender_id}).first()
    return _from_row(row) if row else None


def find_conversation(connection: sa.Connection, channel: str, address: str) -> Conversation | None:
    """The conversation of a channel's address, or None."""
    return _read(connection, conversations.c.channel == channel, conversations.c.address == address)


def conversations_of(connection: sa.Connection, customer_id: str) -> list[Conversation]:
    """Every conversation of the merged person, on all channels, the one last used first."""
    rows = connection.execute(
        _select()
        .where(customers.c.root_id == root_of(connection, customer_id))
        .order_by(conversations.c.last_inbound_at.desc().nulls_last(), conversations.c.sender_id)
    )
    return [_from_row(row) for row in rows]


def verify_conversation(
    connection: sa.Connection,
    sender_id: str,
    *,
    customer_ref: str,
    by: str,
    until: datetime,
    now: datetime,
    salt: str,
    email: str = "",
    phone: str = "",
) -> Conversation:
    """Note that the person proved to be the shop's `customer_ref`, and make them one person with it.

    The anonymous customer so far is merged in, unless they are known as somebody else: then only
    the conversation, from here on, is the newcomer's. NotFound without such a conversation. Writes.
    """
    owner = _owner(connection, sender_id)
    key = ("customer_id", customer_ref)
    person = resolve_owners(connection, [key], source="shop", is_verified=True, now=now, salt=salt)[key]
    for kind, value in (("email", email), ("phone", phone)):
        if value:
            claim_proven(connection, person, kind, value, now)
    owner = adopt(connection, owner, person, reason=f"verified by {by}", now=now)
    _update(
        connection, sender_id, customer_id=owner, verified_ref=customer_ref, verified_by=by, verified_until=until
    )
    return _require(connection, sender_id)


def adopt(connection: sa.Connection, anonymous: str, person: str, *, reason: str, now: datetime) -> CustomerId:
    """Take an anonymous customer and a proven person for one; the customer that owns what comes next. Writes."""
    lock_persons(connection, (anonymous, person))
    if could_be_one_person(connection, anonymous, person):
        merge_customers(connection, anonymous, person, reason=reason, now=now)
        return CustomerId(anonymous)
    return CustomerId(person)


def join_conversations(
    connection: sa.Connection, arrived: Conversation, left: Conversation, *, by: str, now: datetime, salt: str
) -> bool:
    """Take the persons of two conversations for one; False, and nothing changed, where they may not be. Writes.

    What was proven in `left` is proven in `arrived` until it runs out there, never longer.
    """
    refs = {each.verified_ref for each in (arrived, left) if each.is_verified(now)}
    lock_persons(connection, (arrived.customer_id, left.customer_id))
    is_one = root_of(connection, arrived.customer_id) == root_of(connection, left.customer_id)
    if len(refs) > 1 or not (is_one or could_be_one_person(connection, arrived.customer_id, left.customer_id)):
        return False
    merge_customers(
        connection, _owner(connection, arrived.sender_id), _owner(connection, left.sender_id),
        reason=f"joined by {by}", now=now,
    )
    known = {name: getattr(arrived, name) or getattr(left, name) for name in ("language", "timezone")}
    _update(connection, arrived.sender_id, **known)
    is_longer = not arrived.is_verified(now) or (left.verified_until or now) > (arrived.verified_until or now)
    if left.verified_ref and left.verified_until and left.is_verified(now) and is_longer:
        verify_conversation(
            connection, arrived.sender_id, customer_ref=left.verified_ref, by=by, until=left.verified_until, now=now,
            salt=salt,
        )
    return True


def end_verification(connection: sa.Connection, sender_id: str) -> None:
    """Forget the proof: the person signed out. Writes."""
    _update(connection, sender_id, verified_ref=None, verified_by=None, verified_until=None)


def note_inbound(
    connection: sa.Connection, sender_id: str, *, now: datetime, language: str = "", timezone: str = ""
) -> None:
    """Note that the person just wrote (channel windows count from here), and what is known of them. Writes."""
    known = {name: value for name, value in (("language", language), ("timezone", timezone)) if value}
    _update(connection, sender_id, last_inbound_at=now, **known)


def identity_kind(channel: str) -> str:
    """The identity kind of a channel's address: the web and the terminal know only anonymous ids."""
    return {"web": "anonymous_id", "email": "email", "sms": "phone"}.get(channel, f"{channel}_id")


def claim_proven(connection: sa.Connection, person: str, kind: str, value: str, now: datetime) -> None:
    """An e-mail address or phone that the shop knows to be a person's: merge whoever else went by it. Writes."""
    holder = link_identity(connection, person, kind, value, source="shop", now=now)
    if adopt(connection, holder, person, reason=f"same proven {kind}", now=now) != holder:
        # The shop says whose it is now: an address given up by one customer may be another's.
        move_identity(connection, kind, value, person)


def _owner(connection: sa.Connection, sender_id: str) -> str:
    owner = connection.scalar(sa.select(conversations.c.customer_id).where(conversations.c.sender_id == sender_id))
    if owner is None:
        raise NotFound("there is no such conversation")
    return str(owner)


def _require(connection: sa.Connection, sender_id: str) -> Conversation:
    found = get_conversation(connection, sender_id)
    if found is None:
        raise NotFound("there is no such conversation")
    return found


def _update(connection: sa.Connection, sender_id: str, **values: Any) -> None:
    connection.execute(sa.update(conversations).where(conversations.c.sender_id == sender_id).values(**values))


def _select() -> sa.Select[Any]:
    return sa.select(conversations, customers.c.root_id).join(
        customers, customers.c.customer_id == conversations.c.customer_id
    )


def _read(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> Conversation | None:
    row = connection.execute(_select().where(*conditions)).first()
    return _from_row(row) if row else None


def _from_row(row: sa.Row[Any]) -> Conversation:
    return Conversation(
        sender_id=SenderId(row.sender_id),
        channel=row.channel,
        address=row.address,
        customer_id=CustomerId(row.root_id),
        verified_ref=row.verified_ref,
        verified_by=row.verified_by,
        verified_until=row.verified_until,
        language=row.language,
        timezone=row.timezone,
        last_inbound_at=row.last_inbound_at,
    )


_BY_SENDER = _select().where(conversations.c.sender_id == sa.bindparam("sender"))  # built once: asked at every step
