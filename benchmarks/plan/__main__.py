"""A campaign for everybody at once: from the store's columns to committed outbox rows, ten candidates each.

`make bench ONLY=plan`; SIZES= (100000, several with commas), STORES= (sqlite,postgresql), SAMPLE= (2000) are settings.
What is timed is `launch_campaign` as the command `prevenant plan` calls it, into a store where the disk is waited for:
a first launch, which reads tables (`first`), and one more after what it wrote was taken away, which on SQLite reads the
columns that the first kept and decides one stretch while it writes the other. What each part costs is seen in a third,
in which nothing overlaps (`parts`). Beside it the floor: the store's own reading of these columns, and its own insert
of the very rows that were written, in hand (`times_floor`: reading and writing over theirs, by the processor).
Beside it in the same run: DuckDB answers the same question in one statement over a copy in memory
(`times_duckdb`: our deciding, reading and writing apart, over its time), and the functions that decide for one go
through a sample row by row. Every answer is compared (`agree`). Prints one JSON line.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
import sqlalchemy as sa

from benchmarks.plan.duck import Duck
from benchmarks.plan.world import ABOUT, CHANNELS, GUARDRAILS, NAME, NOW, NUDGE, make_shop, make_trigger
from benchmarks.profile.loading import load
from bot.decision import crowd, crowd_reader, plan_rows
from bot.decision.crowd_basis import unpack
from bot.decision.decide import Decided, decide
from bot.decision.facts_for import Wish
from bot.decision.guardrails import name_reasons
from bot.decision.plan import Plan
from bot.nudges import campaign, launching
from bot.nudges.campaign import Launch, launch_campaign
from bot.nudges.reading import open_facts
from bot.nudges.schedule import list_candidates, moment_of
from bot.profile.bulk_alike import Alike
from bot.profile.store.compact import truncate_log
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from tests.nudges.world import World
from tests.servers.postgres import find_postgres, run_postgres

Figures = dict[str, Any]
_CLOCKS = {"reading": (crowd_reader, "read_frame"), "told": (launching, "read_told"),
           "columns": (crowd, "find_block"), "keeping": (crowd, "keep_block"),
           "crowd": (launching, "read_crowds"), "matter": (launching, "plan_matter")}
_WRITTEN = ("DELETE FROM outbox WHERE idempotency_key LIKE 'nudge:%'", "DELETE FROM decisions",
            "DELETE FROM candidate_sets", "DELETE FROM plan_blocks")
_TEN_MILLION = 10_000_000
_PERSONS = 200  # read together where rows become objects


@dataclass
class Spent:
    """Seconds by the clock, and of the processor (this process's, all threads)."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @contextmanager
    def clock(self) -> Iterator[None]:
        """Add what is spent inside."""
        began, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began
            self.cpu_seconds += time.process_time() - cpu

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.seconds + other.seconds, self.cpu_seconds + other.cpu_seconds)

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.seconds - other.seconds, self.cpu_seconds - other.cpu_seconds)


def main() -> int:
    """Print the figures."""
    sizes = [int(each) for each in os.environ.get("SIZES", "100000").split(",")]
    stores = os.environ.get("STORES", "sqlite,postgresql").split(",")
    sample = int(os.environ.get("SAMPLE", "2000"))
    with ExitStack() as stack:
        url_of = {}
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="prevenant-plan-")))
        if "sqlite" in stores:
            url_of["sqlite"] = lambda size: f"sqlite:///{folder}/plan-{size}.sqlite"
        programs = find_postgres() if "postgresql" in stores else None
        if programs:
            server = stack.enter_context(run_postgres(programs, durable=True))
            url_of["postgres"] = lambda size: _create_database(server, f"plan_{size}")
        found = {name: [measure(url(size), size, sample) for size in sizes] for name, url in url_of.items()}
    print(json.dumps(tell(found)))
    return 0


def tell(found: dict[str, list[Figures]]) -> Figures:
    """The first database's figures at the largest size, and under `postgres` the other's."""
    told: Figures = {}
    for name, sizes in found.items():
        last = sizes[-1]
        figures = {
            **last, "seconds_for_10_million": round(last["seconds"] * _TEN_MILLION / last["customers"], 1),
            "is_extrapolated": last["customers"] != _TEN_MILLION, "growth": growth(sizes),
            "agree": all(each["agree"] for each in sizes), "sizes": sizes,
        }
        told = {**told, name: figures} if told else figures
    return told


def growth(sizes: list[Figures]) -> float | None:
    """The power of n by which the seconds grew; None for one size."""
    if len(sizes) < 2:
        return None
    number, seconds = (np.log([each[key] for each in sizes]) for key in ("customers", "seconds"))
    return round(float(np.polyfit(number, seconds, 1)[0]), 2)


def measure(url: str, customers: int, sample: int, at_once: int = campaign.AT_ONCE) -> Figures:
    """One database of one size."""
    store = Store(url)
    migrate(store)
    shop = make_shop(customers)
    what = f"{store.engine.dialect.name}, {customers:,} customers"
    _say(f"{what}: loading …")
    load(store, shop, lambda _page: None)
    database = Duck(shop)
    del shop  # gigabytes
    duck, answer = _ask_duck(database)
    _say(f"{what}: DuckDB {duck}")
    world = World(store, NOW, guardrails=GUARDRAILS)
    world.promote()
    world.triggers = tuple(make_trigger(each) for each in world.triggers if each.name == NAME)
    one_by_one, decided = _decide_sample(world, answer["root_id"].head(sample).to_list())
    written: list[tuple[Any, Alike]] = []
    with _kept_rows(written), _one_after_the_other():
        first, first_spent, first_ours = _launch(world, at_once)
    floor = {"writing": _write_again(store, written)}
    written.clear()
    if blocks := _count_blocks(store):
        floor["reading"] = _read_again(store)
    with _one_after_the_other():
        _, spent, parts_ours = _launch(world, at_once)
    _take_away(store)
    launch, whole, ours = _launch(world, at_once)
    agree = all(_agrees(each, answer) and _agrees_one_by_one(each, decided) for each in (first_ours, parts_ours, ours))
    with store.read() as connection:
        count = connection.scalar(sa.text("SELECT count(*) FROM outbox WHERE idempotency_key LIKE 'nudge:%'"))
    agree = agree and count == sum(launch.planned.values()) == sum(first.planned.values())
    store.close()
    _say(f"{what}: first {first_spent}, parts {spent}, then {whole}, floor {floor}, agree: {agree}")
    seconds, deciding = whole["all"].seconds, spent["deciding"]
    return {
        "customers": customers, "people": launch.people, "outbox_rows": count, "candidates": 2 * len(CHANNELS),
        "seconds": round(seconds, 2), "customers_per_second": round(customers / seconds),
        "times_duckdb": round(deciding.seconds / duck.seconds, 2),
        "times_duckdb_cpu": round(deciding.cpu_seconds / duck.cpu_seconds, 2), "agree": agree,
        "cpu_seconds": round(whole["all"].cpu_seconds, 2),
        "parts": {"cpu_seconds": {name: round(each.cpu_seconds, 2) for name, each in spent.items()},
                  "clock_seconds": {name: round(each.seconds, 2) for name, each in spent.items()}},
        "first": {"seconds": round(first_spent["all"].seconds, 2),
                  "cpu_seconds": {name: round(each.cpu_seconds, 2) for name, each in first_spent.items()}},
        "blocks": blocks,  # 0: none was kept, and both launches read tables
        "times_floor": {name: round(spent[name].cpu_seconds / each.cpu_seconds, 2) for name, each in floor.items()},
        "peers": {
            "floor": {name: {"seconds": round(each.seconds, 2), "cpu_seconds": round(each.cpu_seconds, 2)}
                      for name, each in floor.items()},
            "duckdb": {"seconds": round(duck.seconds, 2), "cpu_seconds": round(duck.cpu_seconds, 2),
                       "customers_per_second": round(customers / duck.seconds)},
            "row_by_row": {"customers_per_second": round(one_by_one), "n": len(decided)},
        },
    }


def _ask_duck(duck: Duck) -> tuple[Spent, pl.DataFrame]:
    """What its second asking took, and its answer. It is gone afterwards."""
    try:
        duck.ask()
        spent = Spent()
        with spent.clock():
            duck.ask()
        return spent, duck.read()
    finally:
        duck.close()


def _decide_sample(world: World, roots: list[str]) -> tuple[float, list[Decided]]:
    """The same rules over objects, a person a time: how many a second, and what they decided."""
    trigger = world.triggers[0]
    step = trigger.steps[0]
    facts = open_facts(world).read("offer", {"offer": step.offer})
    candidates = list_candidates(trigger, "offer", trigger.channels_of(step), step.offer)
    expires_at = NOW + timedelta(seconds=trigger.expires_seconds)
    moment, rng = moment_of(world, NOW, NOW), np.random.default_rng(1)
    decided = []
    began = time.perf_counter()
    for start in range(0, len(roots), _PERSONS):
        some = roots[start : start + _PERSONS]
        wishes = [Wish(root, ABOUT, facts.refs, "offer", expires_at, reason=facts.reason) for root in some]
        with world.store.read() as connection:
            decided += decide(connection, trigger, NUDGE, wishes, candidates, moment, rng)
    return len(roots) / (time.perf_counter() - began), decided


def _launch(world: World, at_once: int) -> tuple[Launch, dict[str, Spent], pl.DataFrame]:
    """The launch, its seconds by what they went into, and what it decided: root_id, bits by channel, chosen."""
    kept: list[pl.DataFrame] = []
    decide_matter = launching.plan_matter

    def keep(*given: Any) -> Plan:
        made = decide_matter(*given)
        names = pl.Series(["", *(each.channel for each in made.matter.candidates)])
        bits = {each: made.choice.held[:, 2 * number].astype(np.int32) for number, each in enumerate(CHANNELS)}
        kept.append(pl.DataFrame({"root_id": made.roots, **bits, "chosen": names.gather(made.choice.chosen + 1)}))
        return made

    spent = {kind: Spent() for kind in (*_CLOCKS, "all")}
    with patch.object(launching, "plan_matter", keep), _clocked(spent), spent["all"].clock():
        launch = launch_campaign(world, NAME, NOW, np.random.default_rng(2), at_once=at_once, progress=_tell_progress)
    reading = spent["reading"] = spent["reading"] + spent.pop("columns")
    deciding = spent.pop("crowd") + spent.pop("matter") - reading - spent.pop("keeping")
    reading = spent["reading"] = reading + spent.pop("told")
    spent |= {"deciding": deciding, "writing": spent["all"] - reading - deciding}  # locks, commits, what is kept too
    return launch, spent, pl.concat(kept)


@contextmanager
def _kept_rows(kept: list[tuple[Any, Alike]]) -> Iterator[None]:
    """Keep what is appended, with the function of the store that appends it."""

    def keep(module: Any, name: str) -> Any:
        real = getattr(module, name)

        def append(connection: sa.Connection, rows: Alike) -> Any:
            kept.append((real, rows))
            return real(connection, rows)

        return patch.object(module, name, append)

    with keep(plan_rows, "append_decisions"), keep(launching, "append_outbox"):
        yield


def _one_after_the_other() -> Any:
    """Nothing is decided ahead."""
    return patch.object(launching, "look_at_others", lambda _connection: None)


def _count_blocks(store: Store) -> int:
    with store.read() as connection:
        return int(connection.scalar(sa.text("SELECT count(*) FROM crowd_blocks")) or 0)


def _read_again(store: Store) -> Spent:
    """What the store's bulk read of all that is kept as columns takes."""
    spent = Spent()
    with store.read() as connection, spent.clock():
        for columns in connection.scalars(sa.text("SELECT columns FROM crowd_blocks")):
            unpack(columns)
    return spent


def _write_again(store: Store, written: list[tuple[Any, Alike]]) -> Spent:
    """What the store's bulk insert of the same rows takes, as many in a transaction. The rows are gone afterwards."""
    _take_away(store)
    spent = Spent()
    for start in range(0, len(written), 2):
        with spent.clock(), store.write() as connection:
            for append, rows in written[start : start + 2]:
                append(connection, rows)
    _take_away(store)
    return spent


def _take_away(store: Store) -> None:
    with store.write() as connection:
        for statement in _WRITTEN:
            connection.execute(sa.text(statement))
    if store.is_sqlite:
        truncate_log(store)


@contextmanager
def _clocked(spent: dict[str, Spent]) -> Iterator[None]:
    """A clock around each part."""

    def clock(kind: str, module: Any, name: str) -> Any:
        real = getattr(module, name)

        def timed(*given: Any, **named: Any) -> Any:
            with spent[kind].clock():
                return real(*given, **named)

        return patch.object(module, name, timed)

    with ExitStack() as stack:
        for kind, (module, name) in _CLOCKS.items():
            stack.enter_context(clock(kind, module, name))
        yield


def _agrees(ours: pl.DataFrame, theirs: pl.DataFrame) -> bool:
    """Whether everybody has the same bits and the same choice."""
    columns = ["root_id", *CHANNELS, "chosen"]
    both = [each.select(columns).with_columns(pl.col(CHANNELS).cast(pl.Int64)).sort("root_id")
            for each in (ours, theirs)]
    if both[0].equals(both[1]):
        return True
    differing = both[0].join(both[1], on="root_id", how="full", suffix="_duck").filter(
        pl.any_horizontal(pl.col(each).ne_missing(pl.col(f"{each}_duck")) for each in columns))
    _say(f"differs for {differing.height:,}: {differing.head(3).to_dicts()}")
    return False


def _agrees_one_by_one(ours: pl.DataFrame, decided: list[Decided]) -> bool:
    mine = {root: rest for root, *rest in ours.filter(
        pl.col("root_id").is_in([each.wish.root for each in decided])).iter_rows()}
    for each in decided:
        *bits, chosen = mine[each.wish.root]
        theirs = [candidate["held"] for candidate in each.candidates[::2]]
        channel = each.candidate.channel if each.candidate else ""
        if channel != chosen or theirs != [name_reasons(each_bits) for each_bits in bits]:
            _say(f"differs from one by one: {each.wish.root} {chosen} {bits} {theirs}")
            return False
    return True


def _create_database(server: str, name: str) -> str:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def _tell_progress(people: int) -> None:
    if people % 1_000_000 < 50_000:
        _say(f"{people:,} decided …")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
