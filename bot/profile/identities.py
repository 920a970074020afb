"""Stage B2: identities -> the customers that own them, and the persons (roots) those are part of.

A customer is never rewritten by a merge: every customer keeps its identities, events, traits and
consents, and only points at the root of the person it is part of. So a merge is undone, events
that arrived since included, by pointing back.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import NewType

import sqlalchemy as sa

from bot.profile.store.tables import customers, identities
from bot.profile.store.upsert import insert_many, insert_or_ignore, is_listed, to_list

CustomerId = NewType("CustomerId", str)
IdentityKey = tuple[str, str]  # kind, value

HOLDOUT_SHARE = 0.10
_PROOFS = ("customer_id", "email", "phone", "loyalty_id")
_LOOKUP_SIZE = 1_000  # values in one statement


# What is asked for one customer at every turn is built once: building a statement takes as long as running it.
_CUSTOMER = sa.bindparam("customer", type_=sa.String)
_ROOT = sa.select(customers.c.root_id).where(customers.c.customer_id == _CUSTOMER)
_MEMBERS = (
    sa.select(customers.c.customer_id)
    .where(customers.c.root_id == _ROOT.scalar_subquery())
    .order_by(customers.c.created_at, customers.c.customer_id)
)
OF_PERSON = sa.select(customers.c.customer_id).where(customers.c.root_id == _ROOT.scalar_subquery())
_IDENTITIES = (
    sa.select(identities.c.kind, identities.c.value, identities.c.is_verified, identities.c.source)
    .where(identities.c.customer_id.in_(OF_PERSON))
    .order_by(identities.c.kind, identities.c.value)
)
_HELD = sa.select(sa.exists().where(customers.c.root_id == _ROOT.scalar_subquery(), customers.c.is_holdout))
_OWNER = (
    sa.select(customers.c.root_id)
    .join(identities, identities.c.customer_id == customers.c.customer_id)
    .where(identities.c.kind == sa.bindparam("kind"), identities.c.value == sa.bindparam("value"))
)


@dataclass(frozen=True)
class Identity:
    """A (kind, value) that points at a customer, with the silo that said so."""

    kind: str
    value: str
    is_verified: bool
    source: str


def create_customer(connection: sa.Connection, *, now: datetime, salt: str) -> CustomerId:
    """A new person whom nothing is known about. Writes."""
    return create_customers(connection, 1, now=now, salt=salt)[0]


def create_customers(connection: sa.Connection, number: int, *, now: datetime, salt: str) -> list[CustomerId]:
    """So many new persons, in one statement. Writes."""
    made = [_new_customer_id(now) for _ in range(number)]
    rows = [
        {"customer_id": each, "root_id": each, "is_holdout": _falls_into_holdout(each, salt), "created_at": now}
        for each in made
    ]
    insert_many(connection, customers, rows)
    return made


def resolve_identity(
    connection: sa.Connection, kind: str, value: str, *, source: str, is_verified: bool, now: datetime, salt: str
) -> CustomerId:
    """The person (root) that an identity points at, found or made. Never moves an identity. Writes."""
    owner = resolve_owners(
        connection, [(kind, value)], source=source, is_verified=is_verified, now=now, salt=salt
    )[normalise(kind, value)]
    if is_verified:
        _mark_verified(connection, kind, value)
    return root_of(connection, owner)


def resolve_owners(
    connection: sa.Connection,
    keys: Iterable[IdentityKey],
    *,
    source: str,
    is_verified: bool,
    now: datetime,
    salt: str,
) -> dict[IdentityKey, CustomerId]:
    """The customer that owns each identity itself, not the root: events belong there. Makes the missing. Writes."""
    wanted = {normalise(kind, value) for kind, value in keys}
    found = _find_owners(connection, wanted)
    missing = sorted(wanted - found.keys())
    if not missing:
        return found
    made = dict(zip(missing, create_customers(connection, len(missing), now=now, salt=salt), strict=True))
    rows = [
        {"kind": kind, "value": value, "customer_id": owner, "is_verified": is_verified, "source": source,
         "first_seen_at": now}
        for (kind, value), owner in made.items()
    ]
    if insert_or_ignore(connection, identities, rows, ("kind", "value")) == len(rows):
        return {**found, **made}
    return {**found, **_keep_the_faster_writers(connection, made)}


def find_customer(connection: sa.Connection, kind: str, value: str) -> CustomerId | None:
    """The person (root) that an identity points at, or None."""
    kind, value = normalise(kind, value)
    root = connection.scalar(_OWNER, {"kind": kind, "value": value})
    return CustomerId(root) if root else None


def find_owners(connection: sa.Connection, keys: Iterable[IdentityKey]) -> dict[IdentityKey, CustomerId]:
    """The customer that owns each identity that is known, by its normalised key."""
    return _find_owners(connection, {normalise(*key) for key in keys})



def link_identity(
    connection: sa.Connection, customer_id: str, kind: str, value: str, *, source: str, now: datetime
) -> CustomerId:
    """Give a free identity, proven, to a customer; who owns it then, whoever that is. Merges nothing. Writes."""
    kind, value = normalise(kind, value)
    row = {"kind": kind, "value": value, "customer_id": customer_id, "is_verified": True, "source": source,
           "first_seen_at": now}
    insert_or_ignore(connection, identities, [row], ("kind", "value"))
    _mark_verified(connection, kind, value)
    return find_owners(connection, [(kind, value)])[(kind, value)]


def move_identity(connection: sa.Connection, kind: str, value: str, customer_id: str) -> None:
    """Point an identity at another customer from here on; what it did before stays where it is. Writes."""
    kind, value = normalise(kind, value)
    connection.execute(
        sa.update(identities)
        .where(identities.c.kind == kind, identities.c.value == value)
        .values(customer_id=customer_id)
    )


def root_of(connection: sa.Connection, customer_id: str) -> CustomerId:
    """The person that a customer is part of; an unknown customer is its own."""
    root = connection.scalar(_ROOT, {"customer": customer_id})
    return CustomerId(root or customer_id)


def roots_of(connection: sa.Connection, customer_ids: Sequence[str]) -> dict[str, CustomerId]:
    """The person of each customer, in one statement a thousand."""
    dialect = connection.dialect.name
    roots: dict[str, CustomerId] = {}
    for start in range(0, len(customer_ids), _LOOKUP_SIZE):
        some = to_list(dialect, customer_ids[start : start + _LOOKUP_SIZE])
        rows = connection.execute(_roots_query(dialect), {"listed": some}).all()
        roots.update({customer_id: CustomerId(root_id) for customer_id, root_id in rows})
    return roots


@cache
def _roots_query(dialect: str) -> sa.Select[str, str]:
    table = customers.c
    return sa.select(table.customer_id, table.root_id).where(is_listed(dialect, table.customer_id, "listed"))


def members_of(connection: sa.Connection, customer_id: str) -> list[CustomerId]:
    """Every customer of the person that a customer is part of, oldest first."""
    rows = connection.scalars(_MEMBERS, {"customer": customer_id})
    return [CustomerId(each) for each in rows] or [CustomerId(customer_id)]


def identities_of(connection: sa.Connection, customer_id: str) -> list[Identity]:
    """Every identity of the merged person, by kind and value."""
    rows = connection.execute(_IDENTITIES, {"customer": customer_id})
    return [Identity(row.kind, row.value, row.is_verified, row.source) for row in rows]


def is_holdout(connection: sa.Connection, customer_id: str) -> bool:
    """Whether any part of the person was dealt into the holdout."""
    return bool(connection.scalar(_HELD, {"customer": customer_id}))


def is_kept(connection: sa.Connection, customer_id: str) -> bool:
    """Whether there is such a customer: nobody who was erased is."""
    return connection.scalar(_ROOT, {"customer": customer_id}) is not None


def is_known_customer(connection: sa.Connection, customer_id: str) -> bool:
    """Whether the person is proven to be somebody: an account, an address or a card of the shop's."""
    return any(each.is_verified and each.kind in _PROOFS for each in identities_of(connection, customer_id))


def normalise(kind: str, value: str) -> IdentityKey:
    """An identity's key as it is kept: e-mail addresses compare without case and outer blanks."""
    return (kind, value.strip().lower()) if kind == "email" else (kind, value.strip())


def _mark_verified(connection: sa.Connection, kind: str, value: str) -> None:
    kind, value = normalise(kind, value)
    connection.execute(
        sa.update(identities)
        .where(identities.c.kind == kind, identities.c.value == value, sa.not_(identities.c.is_verified))
        .values(is_verified=True)
    )


def _find_owners(connection: sa.Connection, keys: Iterable[IdentityKey]) -> dict[IdentityKey, CustomerId]:
    by_kind: dict[str, list[str]] = {}
    for kind, value in keys:
        by_kind.setdefault(kind, []).append(value)
    dialect = connection.dialect.name
    found: dict[IdentityKey, CustomerId] = {}
    for kind, values in by_kind.items():
        for start in range(0, len(values), _LOOKUP_SIZE):
            some = to_list(dialect, values[start : start + _LOOKUP_SIZE])
            rows = connection.execute(_owners_query(dialect), {"kind": kind, "listed": some})
            found.update({(kind, value): CustomerId(owner) for value, owner in rows})
    return found


@cache
def _owners_query(dialect: str) -> sa.Select[str, str]:
    """Made once: the collector asks it in each of its transactions, and to build it takes longer than to run it."""
    table = identities.c
    return sa.select(table.value, table.customer_id).where(
        table.kind == sa.bindparam("kind"), is_listed(dialect, table.value, "listed"))


def _keep_the_faster_writers(
    connection: sa.Connection, made: dict[IdentityKey, CustomerId]
) -> dict[IdentityKey, CustomerId]:
    owners = find_owners(connection, made)
    unused = sorted(set(made.values()) - set(owners.values()))
    connection.execute(sa.delete(customers).where(customers.c.customer_id.in_(unused)))
    return owners


def _new_customer_id(now: datetime) -> CustomerId:
    """Time first, then 80 random bits, as UUIDv7 does: new customers lie side by side in the indexes."""
    return CustomerId(f"{int(now.timestamp() * 1000):012x}{os.urandom(10).hex()}")


def _falls_into_holdout(customer_id: str, salt: str) -> bool:
    digest = hashlib.sha256(f"{salt}:{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < HOLDOUT_SHARE
