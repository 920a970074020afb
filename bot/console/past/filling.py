"""The console, demo only: a made-up past -> the store's own tables, and out of them again.

It lies before everything that is there: keys below one, with which a table's own begin, so that no reader's cursor
comes by and nothing of it begins a journey. A filling that was broken off is taken out and begun anew.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import batched
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.console.assistant.proposing import look
from bot.console.figures import count_figures
from bot.console.lift_figures import measure_lift
from bot.console.past.people import PREFIX, SOURCE, invent_people
from bot.console.past.state import STEPS, as_measured, hold_past, is_sandbox, let_past_go, note_past, read_past
from bot.console.past.story import Piece, Rows, Story, see_yesterday, tell
from bot.console.result_figures import count_results
from bot.decision.demo_consents import SOURCE as DEMO
from bot.decision.versions import keep_versions
from bot.errors import Conflict, NotAllowed
from bot.profile.computed import refresh_buyers
from bot.profile.customers import CustomerId
from bot.profile.events import Event, lock_events
from bot.profile.segments.book import SegmentBook
from bot.profile.segments.members import evaluate
from bot.profile.store.engine import Store
from bot.profile.store.tables import (
    assistant_proposals,
    console_figures,
    conversations,
    customers,
    events,
    identities,
    metadata,
    segment_members,
    traits,
)
from bot.profile.store.upsert import insert_many

PEOPLE, DAYS, SEED = 3_000, 42, 7
_AT_ONCE = 400  # people of one transaction
_MOST_PIECES = 10_000
_PASSES = 1  # of `count_results`, some days each
Progress = Callable[[int, int], object]
# Each step's tables, in the order in which they point at each other, with the column by which a row's time is known.
_TABLES: Sequence[Mapping[str, str]] = (
    {"customers": "created_at", "identities": "first_seen_at", "consents": "changed_at", "conversations": "created_at"},
    {"events": "occurred_at"},
    {"messages": "at", "inbox": "received_at", "handoffs": "asked_at"},
    {"decisions": "decided_at", "outbox": "created_at"},
)
_TEXT_KEYS = ("customers", "identities", "conversations", "consents")  # consents: their last row counts


def work_on_past(services: Services) -> int:
    """What the worker does: fill, or take out, what a page asked for; 0: nothing to do, or another is at it. Writes."""
    if not is_sandbox(services):
        return 0
    with services.store.read() as connection:
        state = read_past(connection).state
    try:
        if state in ("wanted", "filling"):
            fill(services)
        elif state == "leaving":
            remove(services)
    except Conflict:
        return 0
    return int(state in ("wanted", "filling", "leaving"))


def fill(
    services: Services, *, people: int = PEOPLE, days: int = DAYS, seed: int = SEED, progress: Progress | None = None
) -> bool:
    """Make it; False where it is there already. NotAllowed outside the demo, Conflict while another process changes
    it. Writes.
    """
    require_sandbox(services)
    with _alone(services) as holder:
        with services.store.read() as connection:
            state = read_past(connection).state
        if state == "there":
            return False
        _take_out(services.store, services.clock())
        rows = _invent(services, people, days, seed)
        for step, tables in enumerate(_TABLES, 1):
            _note(services, holder, "filling", step, progress)
            if "events" in tables:
                _keep_deeds(services, [each["customer_id"] for each in rows["customers"]], rows["events"])
                continue
            with services.store.write() as connection:
                for table, time in tables.items():
                    _insert(connection, metadata.tables[table], time, rows[table])
        _note(services, holder, "filling", STEPS, progress)
        _count(services)
        _note(services, holder, "there", 0, None)
        return True


def remove(services: Services) -> bool:
    """Take it out, and what was counted of it; False where none is there. NotAllowed and Conflict likewise. Writes."""
    require_sandbox(services)
    with _alone(services):
        with services.store.read() as connection:
            if read_past(connection).state == "none":
                return False
        _take_out(services.store, services.clock())
        with services.store.write() as connection:
            note_past(connection, "none")
        count_figures(services)
        return True


def require_sandbox(services: Services) -> None:
    """NotAllowed where the shop is a real one."""
    if not is_sandbox(services):
        raise NotAllowed("not_a_demo", "only the demo's own shop has a made-up past")


@contextmanager
def _alone(services: Services) -> Iterator[str]:
    """Worker and command never fill or take out at once: each would take out what the other just made."""
    holder = token_hex(8)
    with services.store.write() as connection:
        _hold(connection, services, holder)
    try:
        yield holder
    finally:
        with services.store.write() as connection:
            let_past_go(connection, holder)


def _hold(connection: sa.Connection, services: Services, holder: str) -> None:
    if not hold_past(connection, holder, services.clock()):
        raise Conflict("another process fills the made-up past or takes it out: wait until it is done")


def _note(services: Services, holder: str, state: Any, step: int, progress: Progress | None) -> None:
    with services.store.write() as connection:
        _hold(connection, services, holder)
        note_past(connection, state, step)
    if progress:
        progress(step, STEPS)


def _invent(services: Services, people: int, days: int, seed: int) -> Rows:
    zone, rng = ZoneInfo(services.settings.timezone), np.random.default_rng(seed)
    pieces: list[Piece] = [
        (product, variant)
        for product in services.commerce.search_products(limit=_MOST_PIECES).items for variant in product.variants
    ]
    story = Story(rng, services.clock(), zone, days, pieces)
    journeys = InForce(services).read().triggers
    with services.store.write() as connection:
        keep_versions(connection, [each for each in journeys if each.purpose == "marketing"], services.clock())
        theirs = sa.select(identities.c.customer_id).where(
            identities.c.kind == "customer_id", identities.c.source == DEMO
        )
        demo_people = connection.scalars(theirs.order_by(identities.c.value)).all()
    tell(story, invent_people(rng, people), journeys)
    return see_yesterday(story, demo_people)


def _insert(connection: sa.Connection, table: sa.Table, time: str, rows: list[dict[str, Any]]) -> None:
    """In the order of their times, under keys below one, and below those of a past that are there already."""
    ordered = sorted(rows, key=lambda row: row[time])
    if table.name not in _TEXT_KEYS:
        lock_events(connection)
        [key] = table.primary_key.columns
        lowest = connection.scalar(sa.select(sa.func.min(key)))
        first = min(1, 1 if lowest is None else lowest) - len(ordered)
        ordered = [{key.name: first + n, **row} for n, row in enumerate(ordered)]
    insert_many(connection, table, ordered)


def _keep_deeds(services: Services, ids: Sequence[str], deeds: Sequence[Mapping[str, Any]]) -> None:
    """What people did, what the system reads out of it (purchases, traits), and the segments whose rules then hold.

    Some people a transaction, each whole: whoever looks for newcomers to a segment meanwhile finds none, so that nobody
    enters it and is written to because of it.
    """
    book, now = InForce(services).read().segments, services.clock()
    of_whom: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in deeds:
        of_whom[each["customer_id"]].append(dict(each))
    own = sorted(of_whom.keys() - set(ids))  # the demo's customers: they are in their segments
    for some in (*batched(ids, _AT_ONCE), *batched(own, _AT_ONCE)):
        mine = [row for each in some for row in of_whom[each]]
        with services.store.write() as connection:
            _insert(connection, events, "occurred_at", mine)
            refresh_buyers(connection, _as_if_bought(some, now), now)
            if some[0] not in own:
                _join_segments(connection, book, some, now)


def _join_segments(connection: sa.Connection, book: SegmentBook, ids: Sequence[str], now: datetime) -> None:
    since = now - timedelta(days=DAYS)
    insert_many(connection, segment_members, [
        {"segment": name, "customer_id": root, "entered_at": since, "left_at": None}
        for root, names in evaluate(connection, book, ids, now=now).items() for name in sorted(names)
    ])


def _count(services: Services) -> None:
    """As the worker counts: every day of Today, the newest of the results; it goes on with those before by itself."""
    with services.store.write() as connection:
        connection.execute(sa.delete(console_figures))
    measured = as_measured(services)
    count_figures(measured)
    for _ in range(_PASSES):
        count_results(measured)
    measure_lift(measured)
    look(InForce(measured).read())


def _take_out(store: Store, now: datetime) -> None:
    """Every row of a made-up person, of whatever table, and what was counted. Writes, a table a transaction."""
    persons = sa.select(identities.c.customer_id).where(identities.c.source == SOURCE)
    talks = sa.select(conversations.c.sender_id).where(conversations.c.customer_id.in_(persons))
    _take_deeds_out(store, persons, now)
    for table, mine in _list_theirs(persons, talks):
        with store.write() as connection:
            connection.execute(sa.delete(table).where(mine))
    with store.write() as connection:  # identities point at customers, and name them
        found = connection.scalars(persons).all()
        connection.execute(sa.delete(identities).where(identities.c.source == SOURCE))
        for some in batched(found, _AT_ONCE):
            connection.execute(sa.delete(customers).where(customers.c.customer_id.in_(some)))
        connection.execute(sa.delete(console_figures))
        connection.execute(sa.delete(assistant_proposals).where(assistant_proposals.c.state.in_(("open", "gone"))))


def _take_deeds_out(store: Store, persons: sa.Select[Any], now: datetime) -> None:
    """With what was read out of those of the demo's own customers, who stay."""
    made_up = events.c.message_id.startswith(PREFIX, autoescape=True)
    own = sa.select(events.c.customer_id).where(made_up, events.c.customer_id.not_in(persons)).distinct()
    with store.write() as connection:
        found = connection.scalars(own).all()
        connection.execute(sa.delete(events).where(made_up))
        connection.execute(sa.delete(traits).where(
            traits.c.customer_id.in_(found), traits.c.silo.startswith("computed:", autoescape=True)))
        refresh_buyers(connection, _as_if_bought(found, now), now)


def _as_if_bought(customer_ids: Sequence[str], now: datetime) -> list[Event]:
    """Whose purchases and traits are to be read anew."""
    return [Event("", CustomerId(each), "shop", "track", "Order Completed", {}, now, now) for each in customer_ids]


def _list_theirs(
    persons: sa.Select[Any], talks: sa.Select[Any]
) -> Iterator[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Conversations last: others are found by them."""
    later = (conversations, identities, customers)
    for table in reversed(metadata.sorted_tables):
        if table in later:
            continue
        if "customer_id" in table.c:
            yield table, table.c.customer_id.in_(persons)
        if "sender_id" in table.c:
            yield table, table.c.sender_id.in_(talks)
    yield conversations, conversations.c.customer_id.in_(persons)
