"""What an action and a decision read of one customer, through the product's own functions, timed."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from bot.bootstrap import PROJECT
from bot.decision.persons import read_persons
from bot.profile.consent import has_consent
from bot.profile.customers import find_customer, identities_of, is_holdout
from bot.profile.events import events_of
from bot.profile.state import read_state
from bot.profile.store.engine import Store
from bot.profile.store.tables import customers, identities
from bot.profile.trait_rules import load_trait_rules
from bot.profile.traits import TraitRule, chosen_traits

RECENT = 50  # events
PASSES = 5
Key = tuple[str, str]
Percentiles = tuple[float, float]  # the 50th and the 99th


def read_profile(connection: sa.Connection, kind: str, value: str, rules: dict[str, TraitRule]) -> int:
    """Who it is, every identity and chosen trait, both consents, the state, the newest events; how many facts."""
    person = find_customer(connection, kind, value)
    assert person
    found = [*identities_of(connection, person), *chosen_traits(connection, person, rules),
             *events_of(connection, person, limit=RECENT)]
    allowed = [has_consent(connection, person, "marketing", "email"),
               has_consent(connection, person, "personalisation", "web")]
    return len(found) + sum(allowed) + is_holdout(connection, person) + read_state(connection, person).version


def pick_keys(store: Store, number: int, seed: int) -> list[Key]:
    """Identities of random customers, by place in the index: no order, no locality."""
    rng = np.random.default_rng(seed)
    with store.read() as connection:
        columns = (identities.c.kind, identities.c.value)
        if store.is_sqlite:
            last = connection.scalar(sa.text("SELECT max(rowid) FROM identities")) or 0
            rows = rng.integers(1, last + 1, number).tolist()
            found = [connection.execute(sa.select(*columns).where(sa.text("rowid = :row")), {"row": row}).one()
                     for row in rows]
        else:
            there = connection.scalar(sa.select(sa.func.count()).select_from(identities)) or 1
            share = min(100.0, 400.0 * number / there)
            sampled = identities.tablesample(sa.func.bernoulli(share), seed=sa.literal(seed))
            found = list(connection.execute(sa.select(sampled.c.kind, sampled.c.value)).all())
            found = [found[each] for each in rng.permutation(len(found))[:number]]
    return [(row[0], row[1]) for row in found]


def measure_reads(store: Store, number: int, now: datetime, forget: Callable[[], None]) -> dict[str, Any]:
    """p50 and p99 of reading a profile and of a decision's facts: first from the disk, then from memory."""
    rules = load_trait_rules(PROJECT / "data" / "shops" / "demo" / "traits.toml")
    keys, others = pick_keys(store, number, 1), pick_keys(store, number, 2)
    with store.read() as connection:
        people = list(connection.scalars(sa.select(customers.c.root_id).where(
            customers.c.customer_id.in_(sa.select(identities.c.customer_id).where(
                sa.tuple_(identities.c.kind, identities.c.value).in_(keys[:500]))))))
    def profile(connection: sa.Connection, key: Key) -> object:
        return read_profile(connection, *key, rules)

    forget()
    cold, _ = _time(store, others, profile)
    first, _ = _time(store, keys, profile)
    again, cpu = _time(store, keys, profile, PASSES)
    facts, _ = _time(store, people, lambda connection, root: read_persons(connection, [root], "marketing", now), PASSES)
    bare, _ = _time(store, people, lambda connection, each: connection.execute(
        sa.select(customers).where(customers.c.customer_id == each)).first(), PASSES)
    return {
        "read_p50_ms": again[0], "read_p99_ms": again[1], "read_cpu_p50_ms": cpu[0], "read_cpu_p99_ms": cpu[1],
        "read_first_p50_ms": first[0],
        "read_first_p99_ms": first[1],
        "read_cold_p50_ms": cold[0], "read_cold_p99_ms": cold[1],
        "decision_p50_ms": facts[0], "decision_p99_ms": facts[1],
        "peers": {"primary_key": {"read_p50_ms": bare[0], "read_p99_ms": bare[1]}},
    }


def _time(
    store: Store, keys: Sequence[Any], read: Callable[[sa.Connection, Any], object], passes: int = 1
) -> tuple[Percentiles, Percentiles]:
    """p50 and p99 in milliseconds, and those of our own processor time, which the load of others hardly changes.

    Each key's quickest of so many passes counts; the first key does not: the statements are prepared there.
    """
    took, cpu = [np.inf] * (len(keys) - 1), [np.inf] * (len(keys) - 1)
    for _ in range(passes):
        with store.read() as connection:
            read(connection, keys[0])
            for at, key in enumerate(keys[1:]):
                started, own = time.perf_counter(), time.thread_time()
                read(connection, key)
                cpu[at] = min(cpu[at], 1000 * (time.thread_time() - own))
                took[at] = min(took[at], 1000 * (time.perf_counter() - started))
    return _percentiles(took), _percentiles(cpu)


def _percentiles(took: Sequence[float]) -> Percentiles:
    return round(float(np.percentile(took, 50)), 3), round(float(np.percentile(took, 99)), 3)
