"""Stage B2: two customers are one person, or were taken for one by mistake.

A merge is an edge between the two customers that its evidence spoke of. A person is what the edges
that still hold connect, and its root is its oldest customer: so merges can be undone in any order.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.errors import NotFound
from bot.profile.consent import forget_shared_consents
from bot.profile.identities import CustomerId, roots_of
from bot.profile.parting import give_back
from bot.profile.state import join_states
from bot.profile.store.tables import conversation_states, customers, identities, merges
from bot.profile.store.upsert import insert_or_update, is_one_of

# PostgreSQL's advisory lock. Taken before the one of the events, wherever both are.
_MERGE_LOCK = 7_301_127
_LOCKED_AT_ONCE = 1_000
# What belongs to one of the two, and nobody can tell to which.
_PERSONAL = ("request", "open_question", "cart_ref", "last_shown", "last_product", "search", "nudge")


def merge_customers(connection: sa.Connection, a: str, b: str, *, reason: str, now: datetime) -> int | None:
    """Take two customers for one person; the merge's id, None when they are one already. Writes."""
    roots = _lock_roots(connection, (a, b))
    if len(roots) < 2:
        return None
    into, from_root = roots
    moved = _customers_of_root(connection, from_root)
    state_before = _merge_states(connection, from_root, into, now)
    merge_id = connection.execute(
        sa.insert(merges).values(
            from_root=from_root, into_root=into, left_id=a, right_id=b, moved=moved, state_before=state_before,
            reason=reason, merged_at=now,
        )
    ).inserted_primary_key
    connection.execute(sa.update(customers).where(customers.c.root_id == from_root).values(root_id=into))
    return int(merge_id[0]) if merge_id else None


def unmerge(connection: sa.Connection, merge_id: int, *, now: datetime) -> None:
    """Undo a merge, whatever happened since: identities, events and traits go back with their customers.

    So does what waits for them, and what reached them (`bot.profile.parting`). The conversation state
    returns to what each had before; a consent given in between binds neither, a withdrawal both.
    Undoing twice changes nothing. NotFound without such a merge. Writes.
    """
    merge = connection.execute(sa.select(merges).where(merges.c.merge_id == merge_id)).first()
    if merge is None:
        raise NotFound(f"there is no merge {merge_id}")
    root = _lock_roots(connection, (merge.left_id,))[0]  # into_root may have been parted from the two since
    closed = sa.update(merges).where(merges.c.merge_id == merge_id, merges.c.undone_at.is_(None))
    if not connection.execute(closed.values(undone_at=now)).rowcount:
        return
    members = _customers_of_root(connection, root)
    new_roots = _find_components(members, _edges_among(connection, members))
    for member in members:
        if new_roots[member] != root:
            connection.execute(
                sa.update(customers).where(customers.c.customer_id == member).values(root_id=new_roots[member])
            )
    parted = sorted(set(new_roots.values()))
    if len(parted) > 1:
        _part_states(connection, root, merge, now)
        give_back(connection, new_roots, since=merge.merged_at, now=now)
        forget_shared_consents(connection, members, parted, since=merge.merged_at, now=now)


def was_unmerged(connection: sa.Connection, a: str, b: str) -> bool:
    """Whether somebody undid a merge of these two persons: no rule may repeat it by itself."""
    left, right = (_customers_of_root(connection, root) for root in _read_roots(connection, (a, b)))
    undone = sa.select(sa.func.count()).select_from(merges).where(merges.c.undone_at.is_not(None))
    either = sa.or_(
        sa.and_(merges.c.left_id.in_(left), merges.c.right_id.in_(right)),
        sa.and_(merges.c.left_id.in_(right), merges.c.right_id.in_(left)),
    )
    return bool(connection.scalar(undone.where(either)))


def could_be_one_person(connection: sa.Connection, a: str, b: str) -> bool:
    """Whether nothing speaks against it: no two accounts of the same silo, and no merge that was undone.

    The silo of an account stands before its id (`uci:17850`); the shop's own have none.
    A browser shared by two people who sign in one after the other must not make them one.
    """
    accounts = (
        sa.select(identities.c.value)
        .join(customers, customers.c.customer_id == identities.c.customer_id)
        .where(identities.c.kind == "customer_id", customers.c.root_id.in_(_read_roots(connection, (a, b))))
    )
    if a == b:
        return True
    shops = Counter(value.rpartition(":")[0] for value in set(connection.scalars(accounts)))
    return all(number < 2 for number in shops.values()) and not was_unmerged(connection, a, b)


def lock_persons(connection: sa.Connection, customer_ids: Iterable[str]) -> None:
    """Keep everybody else from merging these persons until the transaction ends. NotFound for an unknown one."""
    _lock_roots(connection, customer_ids)


def merges_of(connection: sa.Connection, customer_id: str) -> list[int]:
    """The merges that still hold within the person, oldest first."""
    members = _customers_of_root(connection, _read_roots(connection, (customer_id,))[0])
    rows = connection.scalars(
        sa.select(merges.c.merge_id)
        .where(merges.c.undone_at.is_(None), merges.c.left_id.in_(members))
        .order_by(merges.c.merge_id)
    )
    return list(rows)


def _read_roots(connection: sa.Connection, customer_ids: Iterable[str]) -> list[str]:
    asked = list(customer_ids)
    known = roots_of(connection, asked)
    return [known.get(each) or CustomerId(each) for each in asked]


def lock_known_roots(connection: sa.Connection, customer_ids: Iterable[str]) -> list[str]:
    """The distinct roots, oldest first, while nobody else merges or counts caps for them; unknown ones are left out."""
    if connection.dialect.name == "postgresql":  # one merging at a time cannot deadlock on another's roots
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MERGE_LOCK)))
    wanted = sorted(set(roots_of(connection, list(customer_ids)).values()))
    rows: list[sa.Row[Any]] = []
    for start in range(0, len(wanted), _LOCKED_AT_ONCE):  # in one order, as whoever counts caps locks them too
        rows += connection.execute(
            sa.select(customers.c.customer_id, customers.c.created_at)
            .where(is_one_of(connection, customers.c.customer_id, wanted[start : start + _LOCKED_AT_ONCE]))
            .order_by(customers.c.customer_id)
            .with_for_update(key_share=True)
        )
    return [row.customer_id for row in sorted(rows, key=lambda row: (row.created_at, row.customer_id))]


def _lock_roots(connection: sa.Connection, customer_ids: Iterable[str]) -> list[str]:
    """The same; NotFound for an unknown customer."""
    asked = list(customer_ids)
    roots = lock_known_roots(connection, asked)
    if len(roots) < len(set(_read_roots(connection, asked))):
        raise NotFound("there is no such customer")
    return roots


def _customers_of_root(connection: sa.Connection, root: str) -> list[str]:
    rows = connection.scalars(
        sa.select(customers.c.customer_id)
        .where(customers.c.root_id == root)
        .order_by(customers.c.created_at, customers.c.customer_id)
    )
    return list(rows)


def _edges_among(connection: sa.Connection, members: list[str]) -> list[tuple[str, str]]:
    rows = connection.execute(
        sa.select(merges.c.left_id, merges.c.right_id).where(
            merges.c.undone_at.is_(None), merges.c.left_id.in_(members), merges.c.right_id.in_(members)
        )
    )
    return [(row.left_id, row.right_id) for row in rows]


def _find_components(members: list[str], edges: list[tuple[str, str]]) -> dict[str, str]:
    """The root of each member: the first (oldest) of all that edges connect it with."""
    group = {member: position for position, member in enumerate(members)}
    changed = True
    while changed:
        changed = False
        for left, right in edges:
            low = min(group[left], group[right])
            changed = changed or group[left] != group[right]
            group[left] = group[right] = low
    return {member: members[position] for member, position in group.items()}


def _merge_states(connection: sa.Connection, from_root: str, into: str, now: datetime) -> dict[str, Any]:
    """Fill the surviving person's state, see `join_states`. What `into` had before, to give back."""
    rows = connection.execute(
        sa.select(conversation_states)
        .where(conversation_states.c.customer_id.in_((from_root, into)))
        .order_by(conversation_states.c.updated_at, conversation_states.c.customer_id != into)
    ).all()
    by_customer = {row.customer_id: row for row in rows}
    before = dict(by_customer[into].state) if into in by_customer else {}
    if from_root in by_customer:
        older, newer = rows[0], rows[-1]
        version = by_customer[into].version if into in by_customer else 0
        joined = join_states(older.state, newer.state) if older is not newer else dict(newer.state)
        _put_state(connection, into, joined, version + 1, now)
    return before


def _part_states(connection: sa.Connection, root: str, merge: sa.Row[Any], now: datetime) -> None:
    """Give `into` its state of before the merge; the other side's row was never touched.

    When `into` has become part of an older person meanwhile, only what is half done is dropped there.
    """
    current = connection.execute(
        sa.select(conversation_states.c.version, conversation_states.c.state).where(
            conversation_states.c.customer_id == root
        )
    ).first()
    if current:
        rest = {name: value for name, value in current.state.items() if name not in _PERSONAL}
        state = dict(merge.state_before) if root == merge.into_root else rest
        _put_state(connection, root, state, current.version + 1, now)


def _put_state(connection: sa.Connection, customer_id: str, state: dict[str, Any], version: int, now: datetime) -> None:
    row = {"customer_id": customer_id, "state": state, "version": version, "updated_at": now}
    insert_or_update(connection, conversation_states, [row], ("customer_id",), ("state", "version", "updated_at"))
