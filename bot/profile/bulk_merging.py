"""Stage B2: many merges at once: what merging.py does one by one, in some ten statements a batch.

What a batch speaks of is read under the lock of merges, the merges are played in memory in their order, and what
they come to is written: a row a merge, a root a customer, a state a person. The tests compare the two ways.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog

from bot.profile.merging import lock_known_roots
from bot.profile.state import join_states
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversation_states, customers, identities, link_reviews, merges
from bot.profile.store.upsert import insert_many, insert_or_update, is_one_of, update_many

log = structlog.get_logger(__name__)
MERGES_AT_ONCE = 500  # of one transaction: other writers wait for it, about a tenth of a second
_TELL_EACH = 10_000
_AT_ONCE = 1_000  # values of one statement


@dataclass(frozen=True)
class MergeRequest:
    """Two customers taken for one person, and on what evidence."""

    left_id: str
    right_id: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """How many persons became part of another, and what was left alone because somebody or something forbids it."""

    merged: int
    held: tuple[MergeRequest, ...] = ()


@dataclass(frozen=True)
class _State:
    state: dict[str, Any]
    version: int
    updated_at: datetime


@dataclass
class _Scene:
    """The persons that a batch is about, as they are once the merges so far are made."""

    root: dict[str, str] = field(default_factory=dict)  # of each customer
    members: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)  # of each root, oldest first
    accounts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # of each root
    apart: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # customers, on somebody's word
    states: dict[str, _State] = field(default_factory=dict)  # of each root


def merge_many(connection: sa.Connection, wanted: Sequence[MergeRequest], *, now: datetime) -> Outcome:
    """Merge each pair that could be one person, in this order; who is one already is passed over. Writes.

    Held are: two accounts of one shop, a pair whose merge was undone or whose review was refused, a customer who
    was erased meanwhile.
    """
    scene = _read_scene(connection, wanted)
    rows, held = [], []
    for each in wanted:
        one, other = scene.root.get(each.left_id), scene.root.get(each.right_id)
        if one is None or other is None or not _could_be_one(scene, one, other):
            held.append(each)
        elif one != other:
            rows.append(_merge(scene, each, one, other, now))
    if rows:
        _write(connection, scene, rows, now)
    return Outcome(len(rows), tuple(held))


def merge_in_batches(
    store: Store, wanted: Sequence[MergeRequest], *, now: datetime, say: Callable[[str], None] = lambda _: None
) -> int:
    """`merge_many` in short transactions; how many persons became part of another. Writes.

    A killed run leaves whole merges, and may be begun again.
    What forbids a merge is asked under each batch's lock: somebody may have spoken since the pairs were found.
    """
    merged = 0
    for start in range(0, len(wanted), MERGES_AT_ONCE):
        with store.write() as connection:
            outcome = merge_many(connection, wanted[start : start + MERGES_AT_ONCE], now=now)
        merged += outcome.merged
        for each in outcome.held:
            log.info("link_held", left_id=each.left_id, right_id=each.right_id)
        done = min(start + MERGES_AT_ONCE, len(wanted))
        if done == len(wanted) or done % _TELL_EACH < MERGES_AT_ONCE:
            say(f"{merged:,} of {len(wanted):,} merged")
    return merged


def _could_be_one(scene: _Scene, one: str, other: str) -> bool:
    """As `could_be_one_person`, and no refused review either; of what is one person already nothing is asked."""
    if one == other:
        return True
    shops = Counter(value.rpartition(":")[0] for value in scene.accounts[one] | scene.accounts[other])
    if any(number > 1 for number in shops.values()):
        return False
    fewer, rest = sorted((one, other), key=lambda root: len(scene.members[root]))
    return not any(scene.root.get(each) == rest
                   for _, member in scene.members[fewer] for each in scene.apart.get(member, ()))


def _merge(scene: _Scene, wanted: MergeRequest, one: str, other: str, now: datetime) -> dict[str, Any]:
    """Play one merge; its row."""
    into, gone = sorted((one, other), key=lambda root: scene.members[root][0])
    moved = scene.members.pop(gone)
    before = dict(scene.states[into].state) if into in scene.states else {}
    scene.members[into] = sorted([*scene.members[into], *moved])
    scene.root.update({member: into for _, member in moved})
    scene.accounts[into] |= scene.accounts.pop(gone, set())
    if gone in scene.states:
        scene.states[into] = _join_states(scene.states[gone], scene.states.get(into), now)
    return {
        "from_root": gone, "into_root": into, "left_id": wanted.left_id, "right_id": wanted.right_id,
        "moved": [member for _, member in moved], "state_before": before, "reason": wanted.reason, "merged_at": now,
    }


def _join_states(gone: _State, into: _State | None, now: datetime) -> _State:
    """The state of both, see `join_states`; that of the one who has any."""
    if into is None:
        return _State(dict(gone.state), 1, now)
    older, newer = sorted((into, gone), key=lambda each: each.updated_at)
    return _State(join_states(older.state, newer.state), into.version + 1, now)


def _read_scene(connection: sa.Connection, wanted: Sequence[MergeRequest]) -> _Scene:
    roots = lock_known_roots(connection, [name for each in wanted for name in (each.left_id, each.right_id)])
    scene = _Scene()
    for row in _rows(connection, sa.select(customers), customers.c.root_id, roots):
        scene.root[row.customer_id] = row.root_id
        scene.members.setdefault(row.root_id, []).append((row.created_at, row.customer_id))
    for some in scene.members.values():
        some.sort()
    for row in _rows(connection, sa.select(conversation_states), conversation_states.c.customer_id, roots):
        scene.states[row.customer_id] = _State(row.state, row.version, row.updated_at)
    members = sorted(scene.root)
    accounts = sa.select(identities.c.customer_id, identities.c.value).where(identities.c.kind == "customer_id")
    for row in _rows(connection, accounts, identities.c.customer_id, members):
        scene.accounts[scene.root[row.customer_id]].add(row.value)
    for table, said in ((merges, merges.c.undone_at.is_not(None)), (link_reviews, link_reviews.c.state == "refused")):
        pairs = sa.select(table.c.left_id, table.c.right_id).where(said)
        for row in _rows(connection, pairs, table.c.left_id, members):
            scene.apart[row.left_id].add(row.right_id)
            scene.apart[row.right_id].add(row.left_id)
    return scene


def _rows(
    connection: sa.Connection, query: sa.Select[Any], column: sa.ColumnElement[str], values: Sequence[str]
) -> Iterable[sa.Row[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        some = is_one_of(connection, column, values[start : start + _AT_ONCE])
        yield from connection.execute(query.where(some))


def _write(connection: sa.Connection, scene: _Scene, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    insert_many(connection, merges, rows)
    moved = {member: scene.root[member] for row in rows for member in row["moved"]}
    update_many(connection, customers, "customer_id", "root_id", moved)
    states = [
        {"customer_id": root, "state": each.state, "version": each.version, "updated_at": now}
        for root in {row["into_root"] for row in rows} if (each := scene.states.get(root)) and each.updated_at == now
    ]
    insert_or_update(connection, conversation_states, states, ("customer_id",), ("state", "version", "updated_at"))
