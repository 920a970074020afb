"""Stage B2: a merge is undone -> what waits for the person, and what reached them, goes back to whom it belongs to.

    a wait       to the customer whose event began it
    a message    to the customer whose conversation or address it is for: so each side's caps count what it got
    an accepted  to every side: nobody can tell who took it, and neither is offered it again
    offer
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa

from bot.profile.events import OFFER_ACCEPTED, Event, append_events
from bot.profile.identities import CustomerId
from bot.profile.store.tables import conversations, events, identities, outbox, waits

_AT_ONCE = 400
_LIVE = ("waiting", "following")  # something may still come of it
_ADDRESS_KINDS = {"email": "email", "phone": "sms"}  # identity -> the channel that it is an address of


def give_back(connection: sa.Connection, new_roots: Mapping[str, str], *, since: datetime, now: datetime) -> None:
    """File everything under the persons that the customers are from here on. `since`: when they were merged. Writes."""
    _give_back_waits(connection, new_roots, now)
    _give_back_messages(connection, new_roots)
    _share_acceptances(connection, new_roots, since)


def _give_back_waits(connection: sa.Connection, new_roots: Mapping[str, str], now: datetime) -> None:
    """One that the other side has already, of its own, is cancelled; of which nothing comes any more there makes room,
    as for any new beginning.
    """
    rows = connection.execute(sa.select(waits).where(waits.c.customer_id.in_(list(new_roots)))).all()
    there = {(row.trigger, row.subject, row.customer_id): row for row in rows}
    for row in rows:
        root = new_roots.get(row.facts.get("member", ""), row.customer_id)
        if row.state not in _LIVE or root == new_roots[row.customer_id]:
            continue
        other = there.get((row.trigger, row.subject, root))
        is_taken = other is not None and other.state in _LIVE
        if other is not None and not is_taken:
            connection.execute(sa.delete(waits).where(waits.c.wait_id == other.wait_id))
        values = {"state": "cancelled"} if is_taken else {"customer_id": root}
        connection.execute(sa.update(waits).where(waits.c.wait_id == row.wait_id).values(updated_at=now, **values))
        if not is_taken:
            there[row.trigger, row.subject, root] = row


def _give_back_messages(connection: sa.Connection, new_roots: Mapping[str, str]) -> None:
    members = list(new_roots)
    talks = sa.select(conversations.c.sender_id, conversations.c.customer_id)
    owners = connection.execute(talks.where(conversations.c.customer_id.in_(members)))
    senders = {row.sender_id: row.customer_id for row in owners}
    known = sa.select(identities.c.kind, identities.c.value, identities.c.customer_id).where(
        identities.c.customer_id.in_(members), identities.c.kind.in_(list(_ADDRESS_KINDS))
    )
    addresses = {(_ADDRESS_KINDS[row.kind], row.value): row.customer_id for row in connection.execute(known)}
    moving: dict[str, list[int]] = defaultdict(list)
    columns = (outbox.c.outbox_id, outbox.c.customer_id, outbox.c.sender_id, outbox.c.channel, outbox.c.address)
    for row in connection.execute(sa.select(*columns).where(outbox.c.customer_id.in_(members))):
        owner = senders.get(row.sender_id) if row.sender_id else addresses.get((row.channel, row.address.lower()))
        root = new_roots[owner or row.customer_id]
        if root != new_roots[row.customer_id]:
            moving[root].append(row.outbox_id)
    for root, ids in moving.items():
        for start in range(0, len(ids), _AT_ONCE):
            some = outbox.c.outbox_id.in_(ids[start : start + _AT_ONCE])
            connection.execute(sa.update(outbox).where(some).values(customer_id=root))


def _share_acceptances(connection: sa.Connection, new_roots: Mapping[str, str], since: datetime) -> None:
    accepted = sa.select(events).where(
        events.c.customer_id.in_(list(new_roots)), events.c.name == OFFER_ACCEPTED, events.c.silo == "prevenant",
        events.c.occurred_at >= since,
    )
    append_events(connection, [
        Event(f"accept:{uuid4().hex}", CustomerId(root), row.silo, row.type, row.name, row.properties,
              row.occurred_at, row.received_at)
        for row in connection.execute(accepted).all()
        for root in sorted(set(new_roots.values()) - {new_roots[row.customer_id]})
    ])
