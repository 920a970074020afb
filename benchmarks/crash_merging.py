"""kill -9 at random points of merging: each merge is there whole or not at all, once, and can still be undone.

Rounds of new customers, some with accounts, events and a conversation state. A process merges them in its batches and
is killed; what it left is looked at; it is begun again until it is through. Then everybody must be whom the
pairs connect, and half of the merges are undone one after the other: what belongs to each must be theirs again.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from benchmarks.killing import run_and_kill
from bot.profile.bulk_merging import MergeRequest, merge_in_batches
from bot.profile.events import Event, append_events
from bot.profile.identities import CustomerId
from bot.profile.merging import unmerge
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversation_states, customers, events, identities, merges
from bot.profile.store.upsert import insert_many

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MERGE = """
import sys
from pathlib import Path
from benchmarks.crash_merging import merge_file
from bot.profile.store.engine import Store
store = Store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
merge_file(store, Path(sys.argv[2]))
"""
_UNDONE_EACH = 40  # merges of a round
Pair = tuple[str, str]
Figures = dict[str, int]


def kill_merges(
    store: Store, folder: Path, *, times: int, customers_each: int, say: Callable[[str], None], seed: int = 7
) -> Figures:
    """Kill so many merging processes, over as many rounds as it takes. Needs an empty, migrated store."""
    chance, seconds, number = random.Random(seed), 0.0, 0
    figures = dict.fromkeys(("kills", "merges", "lost", "doubled", "half", "not_restored"), 0)
    while figures["kills"] < times:
        number += 1
        people, pairs = make_round(store, number, customers_each, chance)
        file = folder / f"pairs-{number}.json"
        file.write_bytes(orjson.dumps(pairs))
        if not seconds:  # how long an undisturbed run takes, on another round of the same shape
            seconds = _time_one(store, folder, customers_each, chance)
        before = _belongings(store, people)
        killed = True
        while killed:
            left = 1 - len(_edges(store, people)) / len(pairs)  # of the work: kills fall into what is still to do
            wait = chance.random() * seconds * left if figures["kills"] < times else None
            killed = merge_and_kill(store, file, wait)
            figures["kills"] += killed
            figures["half"] += count_half_merges(store, people)
            say(f"merging: {figures['kills']} of {times} killed")
        lost, doubled = compare(store, people, pairs)
        figures["lost"] += lost
        figures["doubled"] += doubled
        figures["merges"] += len(_edges(store, people))
        figures["not_restored"] += undo_some(store, people, before, chance)
    return figures


def merge_file(store: Store, file: Path) -> None:
    """The run that is killed."""
    wanted = [MergeRequest(one, other, "linked:0.990") for one, other in orjson.loads(file.read_bytes())]
    merge_in_batches(store, wanted, now=NOW)


def make_round(store: Store, number: int, size: int, chance: random.Random) -> tuple[list[str], list[Pair]]:
    """Customers of their own, an event and an identity each, a state some; pairs that make groups of 2 to 5."""
    people, born = [f"{number:06x}{at:026x}" for at in range(size)], NOW - timedelta(hours=9)
    with store.write() as connection:
        insert_many(connection, customers, [
            {"customer_id": each, "root_id": each, "is_holdout": False, "created_at": born + timedelta(seconds=at)}
            for at, each in enumerate(people)
        ])
        insert_many(connection, identities, [
            {"kind": "email", "value": f"{each}@example.org", "customer_id": each, "is_verified": True,
             "source": "test", "first_seen_at": NOW} for each in people
        ])
        insert_many(connection, conversation_states, [
            {"customer_id": each, "state": {"cart_ref": f"cart-{each}"}, "version": 1, "updated_at": born}
            for each in people[::3]
        ])
        append_events(connection, [
            Event(f"m-{each}", CustomerId(each), "web", "track", "Product Viewed", {}, NOW, NOW) for each in people
        ])
    shuffled = people[:]
    chance.shuffle(shuffled)
    pairs, at = [], 0
    while at < len(shuffled):
        group = shuffled[at : at + chance.randint(2, 5)]
        pairs += [(each, chance.choice(group[:place])) for place, each in enumerate(group) if place]
        at += len(group)
    chance.shuffle(pairs)
    return people, pairs


def merge_and_kill(store: Store, file: Path, after_seconds: float | None) -> bool:
    """Merge in a process of its own, killed after so long; whether it was killed before its end."""
    url = store.url.render_as_string(hide_password=False)
    code = run_and_kill(MERGE, url, str(file), after_seconds=after_seconds)
    if code > 0:
        raise RuntimeError("merging failed by itself")
    return code < 0


def count_half_merges(store: Store, people: list[str]) -> int:
    """Customers whose person is not what the merges that are there connect."""
    wanted = connect(people, _edges(store, people))
    return sum(wanted[each] != root for each, root in _roots(store, people).items())


def compare(store: Store, people: list[str], pairs: list[Pair]) -> tuple[int, int]:
    """How many customers are not where the pairs put them; how many merges are there beyond one for each joining."""
    wanted, roots, made = connect(people, pairs), _roots(store, people), _edges(store, people)
    lost = sum(wanted[each] != roots[each] for each in people)
    return lost, len(made) - (len(people) - len(set(wanted.values())))


def undo_some(store: Store, people: list[str], before: Any, chance: random.Random) -> int:
    """Undo merges in any order; how many customers are then not what is left connects, or lost what is theirs."""
    with store.write() as connection:
        numbers = list(connection.scalars(
            sa.select(merges.c.merge_id).where(merges.c.left_id.in_(people), merges.c.undone_at.is_(None))))
        for number in chance.sample(numbers, min(_UNDONE_EACH, len(numbers))):
            unmerge(connection, number, now=NOW + timedelta(minutes=1))
    wrong = count_half_merges(store, people)
    return wrong + sum(one != other for one, other in zip(_belongings(store, people), before, strict=True))


def connect(people: list[str], pairs: list[Pair]) -> dict[str, str]:
    """The root of each: the oldest of its group. People are in the order of their age."""
    root = {each: each for each in people}
    for one, other in pairs:
        low, high = sorted((_find(root, one), _find(root, other)))
        root[high] = low
    return {each: _find(root, each) for each in people}


def _find(root: dict[str, str], each: str) -> str:
    while root[each] != each:
        each = root[each]
    return each


def _time_one(store: Store, folder: Path, size: int, chance: random.Random) -> float:
    _, pairs = make_round(store, 0, size, chance)
    file = folder / "pairs-0.json"
    file.write_bytes(orjson.dumps(pairs))
    started = time.monotonic()
    merge_file(store, file)
    return time.monotonic() - started


def _edges(store: Store, people: list[str]) -> list[Pair]:
    query = sa.select(merges.c.left_id, merges.c.right_id).where(
        merges.c.left_id.between(people[0], people[-1]), merges.c.undone_at.is_(None))
    with store.read() as connection:
        return [(row.left_id, row.right_id) for row in connection.execute(query)]


def _roots(store: Store, people: list[str]) -> dict[str, str]:
    query = sa.select(customers.c.customer_id, customers.c.root_id).where(
        customers.c.customer_id.between(people[0], people[-1]))
    with store.read() as connection:
        return {row.customer_id: row.root_id for row in connection.execute(query)}


def _belongings(store: Store, people: list[str]) -> list[tuple[str, str]]:
    """Identities and events, each with the customer it is kept under."""
    found = []
    with store.read() as connection:
        for table, name in ((identities, identities.c.value), (events, events.c.message_id)):
            query = sa.select(name, table.c.customer_id).where(table.c.customer_id.between(people[0], people[-1]))
            found += [tuple(row) for row in connection.execute(query.order_by(name))]
    return found
