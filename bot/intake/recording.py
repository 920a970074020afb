"""Stage B1 -> B2: checked calls -> identities, traits and events, in one transaction.

The security rule lives here: a page's `identify("someone")` is a claim that anybody can type into a
console. It is kept with the event, and nothing is done about it. Only the shop's signed word, or the
secret key of its servers, makes a visitor and an account one person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from bot.intake.segment import Call
from bot.profile.computed import refresh_buyers
from bot.profile.conversations import adopt
from bot.profile.customers import CustomerId, resolve_owners, roots_of
from bot.profile.events import Event, append_events
from bot.profile.identities import IdentityKey, move_identity, normalise
from bot.profile.store.tables import rejects
from bot.profile.traits import set_traits

MAX_TRAITS = 50
_TRAIT_NAME_CHARACTERS = 64
_TRAIT_VALUE_CHARACTERS = 1_000


@dataclass(frozen=True)
class Received:
    """One call with what we know of its sender. `proven_ref` is the shop's customer it provably is, or ""."""

    call: Call
    silo: str
    proven_ref: str
    received_at: datetime

    @cached_property
    def visitor_keys(self) -> tuple[IdentityKey, ...]:
        """The anonymous ids that the call speaks of; a page that gives only a userId is a visitor named by it."""
        call = self.call
        ids = [call.anonymous_id] if call.anonymous_id else []
        if call.previous_id and self.proven_ref:
            ids.append(call.previous_id)
        if not ids and not self.proven_ref:
            return (normalise("claimed_id", call.user_id),)
        return tuple(normalise("anonymous_id", each) for each in ids)


@dataclass(frozen=True)
class Reject:
    """Something that could not be used, with the reason, kept as received."""

    silo: str
    row: int
    reason: str
    payload: Any
    received_at: datetime


def record_calls(connection: sa.Connection, batch: Sequence[Received], *, now: datetime, salt: str) -> int:
    """Store calls; the number of new events, known message ids dropped. Writes."""
    owners = _find_owners(connection, batch, now=now, salt=salt)
    _join_proven(connection, batch, owners, now)
    events = [_to_event(each, _owner_of(each, owners)) for each in batch]
    fresh = append_events(connection, events)
    _keep_traits(connection, batch, events)
    refresh_buyers(connection, events, now)
    return fresh


def record_rejects(connection: sa.Connection, found: Sequence[Reject]) -> None:
    """Keep what could not be used. Writes."""
    rows = [
        {"silo": each.silo, "row": each.row, "reason": each.reason[:200], "payload": each.payload,
         "received_at": each.received_at}
        for each in found
    ]
    if rows:
        connection.execute(sa.insert(rejects), rows)


def _find_owners(
    connection: sa.Connection, batch: Sequence[Received], *, now: datetime, salt: str
) -> dict[IdentityKey, CustomerId]:
    visitors = {key for each in batch for key in each.visitor_keys}
    accounts = {_account_key(each) for each in batch if each.proven_ref}
    source = batch[0].silo if batch else ""
    found = resolve_owners(connection, visitors, source=source, is_verified=False, now=now, salt=salt)
    if accounts:
        found |= resolve_owners(connection, accounts, source=source, is_verified=True, now=now, salt=salt)
    return found


def _account_key(each: Received) -> IdentityKey:
    return normalise("customer_id", each.proven_ref)


def _join_proven(
    connection: sa.Connection, batch: Sequence[Received], owners: dict[IdentityKey, CustomerId], now: datetime
) -> None:
    pairs = {(key, _account_key(each)) for each in batch if each.proven_ref for key in each.visitor_keys}
    roots = roots_of(connection, sorted({owners[key] for pair in pairs for key in pair}))
    for visitor, account in sorted(pairs):
        if roots[owners[visitor]] == roots[owners[account]]:
            continue
        owner = adopt(connection, owners[visitor], owners[account], reason="identify", now=now)
        if owner != owners[visitor]:  # a browser that two people share: from here on it is the second one's
            move_identity(connection, *visitor, owner)
            owners[visitor] = owner


def _owner_of(each: Received, owners: dict[IdentityKey, CustomerId]) -> CustomerId:
    keys = each.visitor_keys
    return owners[keys[0] if keys else _account_key(each)]


def _to_event(each: Received, owner: CustomerId) -> Event:
    call = each.call
    properties = dict(call.properties)
    if call.traits:
        properties["traits"] = dict(call.traits)
    if call.user_id and call.user_id != each.proven_ref:
        properties["claimed_user_id"] = call.user_id
    return Event(
        # With the silo before it: no page can use up the message id of another silo's event.
        message_id=f"{each.silo}:{call.message_id}",
        customer_id=owner,
        silo=each.silo,
        type=call.type,
        name=call.name,
        properties=properties,
        occurred_at=call.occurred_at,
        received_at=each.received_at,
    )


def _keep_traits(connection: sa.Connection, batch: Sequence[Received], events: Sequence[Event]) -> None:
    latest: dict[tuple[str, str, str], dict[str, Any]] = {}
    for each, event in zip(batch, events, strict=True):
        if each.call.type != "identify":
            continue
        silo = each.silo if each.proven_ref else f"{each.silo}_claim"
        for name, value in list(each.call.traits.items())[:MAX_TRAITS]:
            if len(name) <= _TRAIT_NAME_CHARACTERS and len(str(value)) <= _TRAIT_VALUE_CHARACTERS:
                latest[(event.customer_id, name, silo)] = {
                    "customer_id": event.customer_id, "name": name, "silo": silo, "value": value,
                    "set_at": event.occurred_at,
                }
    set_traits(connection, list(latest.values()))
