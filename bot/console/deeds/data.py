"""The console's deeds: silos and their refused rows looked at, rows tried again, the engine asked."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import polars as pl
import sqlalchemy as sa
from pydantic import Field

from bot.bootstrap import Services
from bot.commerce.checking import Ability, Finding, list_abilities, read_public
from bot.console.deeds.inputs import Asked, Number
from bot.console.masking import sees_received
from bot.console.paging import ALL, Wanted
from bot.console.people import Person
from bot.console.silos import RejectRow, RunRow, SiloRow, guess_for, is_known, list_rejects, list_runs, list_silos
from bot.console.trail import write_trail
from bot.errors import FixConfiguration, FixInput, NotFound, RateLimited, Said
from bot.intake.importers.mapping import Mapping as Meaning
from bot.intake.importers.mapping import WrongMapping, parse_mapping
from bot.intake.importers.quality import measure_imports
from bot.intake.importers.running import replay_rejects
from bot.intake.shop_changes import SILO as SHOP
from bot.profile.rate_limits import take
from bot.profile.store.tables import import_runs, rejects, shop_hints

MOST_MAPPING = 5_000  # characters
MOST_REPLAYED = 5_000  # rows that a page waits for: more is a command's affair
REPLAYS, CHECKS, WINDOW_SECONDS = 10, 10, 300  # of one person of the shop's
CHECK_SECONDS = 10.0  # of all questions to the engine together
_GUESSED_FROM = 100


class Replayed(Asked):
    """Which import's refused rows, and the mapping (TOML) by which they are read now."""

    run: Number
    mapping: Annotated[str, Field(min_length=1, max_length=MOST_MAPPING)]


@dataclass(frozen=True)
class Outcome:
    """How many rows are used now, and how many are refused still."""

    used: int
    refused: int


@dataclass(frozen=True)
class Engine:
    """The shop's back end by what is recorded."""

    name: str
    abilities: Sequence[Ability]
    last_at: datetime | None  # when something of the shop came in last
    waiting: int  # calls of the shop that were not read yet
    waiting_since: datetime | None
    refused: int  # of what the shop said, among the newest


@dataclass(frozen=True)
class Silo:
    """One silo: its imports, `measure_imports` of them ({} of what comes in by itself), a page of rejects."""

    name: str
    runs: Sequence[RunRow]
    quality: Mapping[str, Any]
    rejects: Sequence[RejectRow]
    next_after: int  # 0: these are the last


def survey(services: Services) -> tuple[Sequence[SiloRow], Engine]:
    """Every silo, and the engine. Reads what is recorded; the engine is not asked."""
    with services.store.read() as connection:
        rows = list_silos(connection, services.clock())
        waiting, since = connection.execute(
            sa.select(sa.func.count(), sa.func.min(shop_hints.c.received_at)).where(shop_hints.c.read_at.is_(None))
        ).one()
    shop = next((each for each in rows if each.name == SHOP), None)
    return rows, Engine(
        services.settings.engine, list_abilities(services.commerce.capabilities(), ()),
        shop.last_at if shop else None, waiting, since, shop.refused if shop else 0,
    )


def look_at(services: Services, person: Person, silo: str, wanted: Wanted = ALL) -> Silo:
    """A silo with a page of the rejects that are wanted. NotFound for one that there is not.

    Keeps that somebody saw values. Writes.
    """
    now = services.clock()
    with services.store.read() as connection:
        if not is_known(connection, silo, now):
            raise NotFound("there is no such silo")
        found, next_after = list_rejects(connection, silo, wanted)
        seen = Silo(silo, list_runs(connection, silo), measure_imports(connection, silo, now), found, next_after)
    if found and sees_received(person.role):
        with services.store.write() as connection:
            write_trail(connection, person.name, "saw_rejects", about=f"silo:{silo}", now=now)
    return seen


def propose_mapping(services: Services, run: RunRow) -> str:
    """A mapping guessed by the columns of an import's refused rows, to be corrected; "" where none can be."""
    with services.store.read() as connection:
        return guess_for(connection, run, _GUESSED_FROM)[0]


def replay(services: Services, person: Person, silo: str, asked: Replayed) -> Outcome:
    """Try an import's refused rows again. Writes, the trail first.

    NotFound for a run that is not the silo's; FixInput for a mapping that is wrong or of other records, or for
    more rows than a page waits for; RateLimited after so many.
    """
    meaning = _read_mapping(asked.mapping)
    _require_run(services, silo, asked.run, meaning.records)
    now = services.clock()
    with services.store.write() as connection:
        key = f"console:replay:{person.name}"
        if not take(connection, key, limit=REPLAYS, window_seconds=WINDOW_SECONDS, now=now):
            raise RateLimited("tried often enough for now", WINDOW_SECONDS)
        write_trail(connection, person.name, "replayed", about=f"silo:{silo}", note=str(asked.run), now=now)
    salt = services.settings.holdout_salt
    try:
        used, refused = replay_rejects(services.store, asked.run, meaning, now=now, salt=salt)
    except pl.exceptions.PolarsError as error:  # a format of dates that is none
        raise FixInput("mapping", "a format in it cannot be read; as in %d/%m/%Y %H:%M") from error
    return Outcome(used, refused)


def ask_engine(services: Services, person: Person) -> list[Finding]:
    """One question of each kind, until the time is up. RateLimited after so many. Writes the trail."""
    now, key = services.clock(), f"console:engine:{person.name}"
    with services.store.write() as connection:
        if not take(connection, key, limit=CHECKS, window_seconds=WINDOW_SECONDS, now=now):
            raise RateLimited("asked often enough for now", WINDOW_SECONDS)
        write_trail(connection, person.name, "asked_engine", about="engine", now=now)
    until, told = time.monotonic() + CHECK_SECONDS, []
    for found in read_public(services.commerce):
        told.append(found)
        if time.monotonic() > until:
            break
    return told


def wrong_mapping(error: FixConfiguration) -> FixInput:
    """What is wrong with a mapping, as the fault of whoever wrote it."""
    return FixInput("mapping", "{wrong}", wrong=error.said if isinstance(error, WrongMapping) else Said(str(error)))


def _read_mapping(text: str) -> Meaning:
    try:
        return parse_mapping(text, "mapping")
    except FixConfiguration as error:
        raise wrong_mapping(error) from error


def _require_run(services: Services, silo: str, run_id: int, records: str) -> None:
    with services.store.read() as connection:
        source = connection.scalar(
            sa.select(import_runs.c.source).where(import_runs.c.run_id == run_id, import_runs.c.silo == silo)
        )
        if source is None:
            raise NotFound("the silo has no such import")
        some = sa.select(rejects.c.reject_id).where(rejects.c.run_id == run_id).limit(MOST_REPLAYED + 1).subquery()
        waiting = connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0
    named = source.rpartition("#")[2] if "#" in source else ""
    if named != records:
        if named:
            raise FixInput("mapping", "records must be {named}, as it was imported", named=repr(named))
        raise FixInput("mapping", "this import has no mapping: bring it in again")
    if waiting > MOST_REPLAYED:
        sentence = "has more rows than a page waits for: prevenant import replay {run} --mapping FILE"
        raise FixInput("run", sentence, run=run_id)
