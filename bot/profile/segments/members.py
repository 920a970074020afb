"""Who is in which segment since when: kept for everybody by one query a segment, and at once as events arrive.

Reading happens outside the writing transaction; what is written is only what changed. A person whom a
merge gave another root stays in without leaving and entering again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from bot.profile.computed import refresh_computed_traits
from bot.profile.customers import CustomerId, root_of, roots_of
from bot.profile.events import Event, append_events
from bot.profile.segments.book import LOOKALIKE, Segment, SegmentBook
from bot.profile.segments.query import select_persons, select_truths, values_for
from bot.profile.segments.scope import Scope
from bot.profile.store.engine import Store
from bot.profile.store.tables import cursors, customers, events, segment_members
from bot.profile.store.upsert import insert_many, insert_or_update, is_one_of

SILO = "segments"
ENTERED, LEFT = "Segment Entered", "Segment Left"
REFRESH_EVERY = timedelta(minutes=5)  # time passes for those who do nothing
_CURSOR, _REFRESHED = "segments", "segments_refreshed"
_KNOWN = "seg:"  # before the name of a segment that was refreshed for everybody; alone: the store notes that at all
_LOCK = 7_301_128  # PostgreSQL's advisory lock: one writer of members at a time
_AT_ONCE = 400  # persons of one statement
_PAGE = 2_000  # ids of one statement
_EVENTS = 400  # of one writing transaction, which evaluates whom they concern


@dataclass(frozen=True)
class Change:
    """Who came into a segment and who left it."""

    entered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many persons."""
        return len(self.entered) + len(self.left)


def keep_segments_current(store: Store, book: SegmentBook, *, now: datetime) -> int:
    """What the worker does: those of whom something was heard at once, everybody when it is time. Writes.

    How many events were looked at, plus how many came or went.
    """
    done = refresh_changed(store, book, now=now) if book.segments else 0
    with store.read() as connection:
        last = connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == _REFRESHED))
    if last is None or now - datetime.fromisoformat(last) >= REFRESH_EVERY:
        done += sum(each.count for each in refresh_segments(store, book, now=now).values())
    return done


def refresh_segments(store: Store, book: SegmentBook, *, now: datetime) -> dict[str, Change]:
    """Every segment for everybody, by one query each; who came and went, by segment. Writes."""
    while book.segments and refresh_computed_traits(store, now=now):
        pass
    changes = {name: refresh_segment(store, book, segment, now=now) for name, segment in book.segments.items()}
    with store.write() as connection:
        _close_undeclared(connection, book, now)
        _note_known(connection, book)
        _note(connection, _REFRESHED, now.isoformat())
    return changes


def refresh_segment(store: Store, book: SegmentBook, segment: Segment, *, now: datetime) -> Change:
    """One segment for everybody. Writes what changed."""
    with store.read() as connection:
        change = _find_changes(connection, book, segment, now)
    if not change.count:
        return change
    with store.write() as connection:
        return apply_change(connection, segment, change, now=now)


def refresh_changed(store: Store, book: SegmentBook, *, now: datetime) -> int:
    """Every segment for the persons of the next events behind the cursor; how many events. Writes."""
    with store.read() as connection:
        position = connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == _CURSOR))
        newest = connection.scalar(sa.select(sa.func.max(events.c.event_id))) or 0
        if position is None or int(position) >= newest:
            page: list[sa.Row[Any]] = []
        else:
            after = sa.select(events.c.event_id, events.c.customer_id, events.c.silo)
            after = after.where(events.c.event_id > int(position)).order_by(events.c.event_id).limit(_EVENTS)
            page = list(connection.execute(after))
    if position is None:  # the first refresh for everybody stands for all that was before
        with store.write() as connection:
            _note(connection, _CURSOR, str(newest))
        return 0
    if not page:
        return 0
    while refresh_computed_traits(store, now=now):
        pass
    heard = sorted({row.customer_id for row in page if row.silo != SILO})
    with store.write() as connection:
        refresh_persons(connection, book, heard, now=now)
        _note(connection, _CURSOR, str(page[-1].event_id))
    return len(page)


def refresh_persons(
    connection: sa.Connection, book: SegmentBook, customer_ids: Sequence[str], *, now: datetime
) -> dict[str, Change]:
    """Every segment for the persons of these customers; who came and went, by segment. Writes."""
    roots = sorted(set(roots_of(connection, customer_ids).values()))
    if not roots or not book.segments:
        return {}
    true = evaluate(connection, book, roots, now=now)
    members = kept_segments(connection, roots)
    changes = {}
    for name, segment in book.segments.items():
        entered = tuple(root for root in roots if name in true[root] and name not in members[root])
        left = tuple(root for root in roots if name not in true[root] and name in members[root])
        changes[name] = apply_change(connection, segment, Change(entered, left), now=now)
    return changes


def evaluate(
    connection: sa.Connection, book: SegmentBook, roots: Sequence[str], *, now: datetime
) -> dict[str, frozenset[str]]:
    """The segments whose rules hold, by person, by one statement over all segments. Roots only."""
    names = list(book.segments)
    trees = tuple(segment.tree for segment in book.segments.values())
    statement = _truths(trees, connection.dialect.name, tuple(sorted(book.traits.items())))
    found: dict[str, frozenset[str]] = {root: frozenset() for root in roots}
    for start in range(0, len(roots), _AT_ONCE):
        values = values_for(trees, now, roots[start : start + _AT_ONCE])
        for root, *truths in connection.execute(statement, values):
            found[root] = frozenset(name for name, truth in zip(names, truths, strict=True) if truth)
    return found


def segments_of(
    connection: sa.Connection, book: SegmentBook, customer_id: str, *, now: datetime
) -> tuple[str, ...]:
    """The segments that a customer's person is in at this moment, asked of the rules; look-alike ones as kept."""
    root = root_of(connection, customer_id)
    true = evaluate(connection, book, [root], now=now)[root] if book.segments else frozenset()
    kept = kept_segments(connection, [root])[root]
    return (*(name for name in book.segments if name in true), *sorted(kept - book.segments.keys()))


def is_in_audience(connection: sa.Connection, name: str, root: str) -> bool:
    """Whether a person, or anybody they were merged from, is in a segment now, as kept; "" is everybody."""
    return root in find_in_audience(connection, name, [root])


def find_in_audience(connection: sa.Connection, name: str, roots: Sequence[str]) -> set[str]:
    """Of persons, those who are in a segment now, or anybody they were merged from, as kept; "" is everybody."""
    if not name:
        return {*roots}
    is_in = sa.exists().where(
        segment_members.c.segment == name, segment_members.c.left_at.is_(None),
        segment_members.c.customer_id == customers.c.customer_id,
    )
    return {*connection.scalars(sa.select(customers.c.root_id).where(customers.c.root_id.in_(roots), is_in))}


def count_members(connection: sa.Connection) -> dict[str, int]:
    """How many persons are in each segment that has any, as kept."""
    rows = connection.execute(
        sa.select(segment_members.c.segment, sa.func.count())
        .where(segment_members.c.left_at.is_(None)).group_by(segment_members.c.segment)
    )
    return {row[0]: row[1] for row in rows}


def count_persons(connection: sa.Connection) -> int:
    """How many persons there are."""
    is_root = customers.c.customer_id == customers.c.root_id
    return connection.scalar(sa.select(sa.func.count()).select_from(customers).where(is_root)) or 0


def apply_change(connection: sa.Connection, segment: Segment, change: Change, *, now: datetime) -> Change:
    """Write who came and who left, and say so where the segment has events; what was new of it. Writes."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    is_told = segment.has_events and not _is_new(connection, segment.name)
    inside = _members_in(connection, segment.name, [*change.entered, *change.left])
    entered = [each for each in change.entered if each not in inside]
    left = [each for each in change.left if each in inside]
    moved = _carry_over(connection, left, entered, inside)
    _close(connection, segment.name, left, now)
    insert_many(connection, segment_members, [
        {"segment": segment.name, "customer_id": each, "entered_at": moved.get(each, now), "left_at": None}
        for each in entered
    ])
    gone = set(roots_of(connection, left).values()) if left else set()
    if is_told:
        came = [each for each in entered if each not in moved]
        went = [each for each in left if each in gone]
        append_events(connection, [_event(segment, ENTERED, each, now) for each in came]
                      + [_event(segment, LEFT, each, now) for each in went])
    return Change(tuple(entered), tuple(left))


def _find_changes(connection: sa.Connection, book: SegmentBook, segment: Segment, now: datetime) -> Change:
    """Who matches and is not in (1), who is in and does not match (2): both from one pass over either side."""
    scope = Scope(connection.dialect.name, book.traits)
    matching = select_persons(segment.tree, scope).add_columns(sa.literal(1).label("side"))
    inside = sa.select(segment_members.c.customer_id, sa.literal(2).label("side")).where(
        segment_members.c.segment == segment.name, segment_members.c.left_at.is_(None)
    )
    both = sa.union_all(matching, inside).subquery()
    side = sa.func.sum(both.c.side)
    rows = connection.execute(
        sa.select(both.c.customer_id, side).group_by(both.c.customer_id).having(side != 3),
        values_for([segment.tree], now),
    ).all()
    return Change(tuple(row[0] for row in rows if row[1] == 1), tuple(row[0] for row in rows if row[1] == 2))


@lru_cache(maxsize=8)
def _truths(trees: tuple[Any, ...], dialect: str, rules: tuple[Any, ...]) -> sa.Select[Any]:
    return select_truths(trees, Scope(dialect, dict(rules), is_some=True))


def kept_segments(connection: sa.Connection, roots: Sequence[str]) -> dict[str, set[str]]:
    """The segments that each of these persons is in, as kept."""
    found: dict[str, set[str]] = {root: set() for root in roots}
    rows = connection.execute(
        sa.select(segment_members.c.customer_id, segment_members.c.segment).where(
            segment_members.c.left_at.is_(None), is_one_of(connection, segment_members.c.customer_id, roots)
        )
    )
    for root, name in rows:
        found[root].add(name)
    return found


def _members_in(connection: sa.Connection, name: str, roots: Sequence[str]) -> dict[str, datetime]:
    """Since when those of these persons who are in the segment are."""
    found: dict[str, datetime] = {}
    for start in range(0, len(roots), _PAGE):
        some = roots[start : start + _PAGE]
        rows = connection.execute(
            sa.select(segment_members.c.customer_id, segment_members.c.entered_at).where(
                segment_members.c.segment == name, segment_members.c.left_at.is_(None),
                is_one_of(connection, segment_members.c.customer_id, some),
            )
        )
        found.update({row.customer_id: row.entered_at for row in rows})
    return found


def _carry_over(
    connection: sa.Connection, left: Sequence[str], entered: Sequence[str], inside: Mapping[str, datetime]
) -> dict[str, datetime]:
    """Those who come in for a part of themselves that was in under another root, and since when that was."""
    coming = set(entered)
    found: dict[str, datetime] = {}
    for old, root in roots_of(connection, left).items() if left else ():
        if root != old and root in coming:
            found[root] = min(inside[old], found.get(root, inside[old]))
    return found


def _close(connection: sa.Connection, name: str, roots: Sequence[str], now: datetime) -> None:
    for start in range(0, len(roots), _PAGE):
        connection.execute(
            sa.update(segment_members).where(
                segment_members.c.segment == name, segment_members.c.left_at.is_(None),
                is_one_of(connection, segment_members.c.customer_id, roots[start : start + _PAGE]),
            ).values(left_at=now)
        )


def _is_new(connection: sa.Connection, name: str) -> bool:
    """Whether a segment begins, or begins again: those whom it begins with did nothing just now."""
    names = connection.scalars(sa.select(cursors.c.name).where(cursors.c.name.in_((_KNOWN, f"{_KNOWN}{name}")))).all()
    if not names:  # a store of an earlier program, before its next refresh
        return connection.scalar(sa.select(sa.exists().where(segment_members.c.segment == name))) is False
    return f"{_KNOWN}{name}" not in names


def _note_known(connection: sa.Connection, book: SegmentBook) -> None:
    """Everybody who was to be in these is. What ended, or was taken out of the file, is new when it comes again."""
    mine = cursors.c.name.startswith(_KNOWN, autoescape=True)
    kept = set(connection.scalars(sa.select(cursors.c.name).where(mine)))
    wanted = {_KNOWN, *(f"{_KNOWN}{name}" for name in book.segments)}
    if gone := kept - wanted:
        connection.execute(sa.delete(cursors).where(cursors.c.name.in_(gone)))
    insert_many(connection, cursors, [{"name": each, "value": ""} for each in sorted(wanted - kept)])


def _close_undeclared(connection: sa.Connection, book: SegmentBook, now: datetime) -> None:
    """Nobody is in a segment that the file has no more; look-alike ones are not in the file."""
    connection.execute(
        sa.update(segment_members).where(
            segment_members.c.left_at.is_(None), segment_members.c.segment.not_in(list(book.segments)),
            segment_members.c.segment.not_like(f"{LOOKALIKE}%"),
        ).values(left_at=now)
    )


def _event(segment: Segment, name: str, root: str, now: datetime) -> Event:
    return Event(
        message_id=f"{SILO}:{segment.name}:{root[:32]}:{int(now.timestamp() * 1000)}:{name[8]}",
        customer_id=CustomerId(root), silo=SILO, type="track", name=name, properties={"segment": segment.name},
        occurred_at=now, received_at=now,
    )


def _note(connection: sa.Connection, name: str, value: str) -> None:
    insert_or_update(connection, cursors, [{"name": name, "value": value}], ("name",), ("value",))
