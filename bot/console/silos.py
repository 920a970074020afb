"""The console: imports and what came in by itself -> each silo: how old, late or not, what was refused and why. Reads.

No query here looks at more than the newest of a table, by its key or by an index that begins with the silo.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import polars as pl
import sqlalchemy as sa

from bot.console.paging import ALL, Source, Wanted, read_page
from bot.console.silo_figures import LiveSilo, read_live_silos
from bot.intake.importers.preview import guess_mapping
from bot.intake.silos.jsonl_file import to_frame
from bot.profile.store.tables import import_runs, rejects

_RUNS = 20
NEWEST_RUNS, NEWEST_REJECTS = 1_000, 500
_RHYTHM_RUNS = 8  # of which the usual time between two is taken
_LATE_TIMES = 2.0  # so many times the usual is late
_FEW, _SOUND_SPAN = 3, timedelta(days=2)  # events of less time say nothing of nights
_REJECTED = "rejected:"


@dataclass(frozen=True)
class SiloRow:
    """A silo as it stands. `usual` is None where too little was seen to tell its rhythm."""

    name: str
    kind: str  # import | live: what comes in by itself
    last_at: datetime
    state: str  # of the newest import: running | done; "" of what comes in by itself
    rows: int  # of the newest import
    used: int
    refused: int  # of it; of what comes in by itself, of the newest rejects
    reasons: Mapping[str, int]  # over all its imports that are looked at
    usual: timedelta | None
    is_late: bool


@dataclass(frozen=True)
class RunRow:
    """An import of a silo, with what is needed to try its rejects again."""

    run_id: int
    source: str
    records: str  # "" where no mapping was used
    state: str
    at: datetime
    rows: int
    used: int
    refused: int


@dataclass(frozen=True)
class RejectRow:
    """A row that could not be used. `row` counts from 1; `payload` is as received, for `bot.console.masking`."""

    reject_id: int
    run_id: int | None
    row: int
    reason: str
    payload: Any
    received_at: datetime


def list_silos(connection: sa.Connection, now: datetime) -> list[SiloRow]:
    """All of them by name: what is imported, then what comes in by itself."""
    imported = _group_runs(connection)
    live = {name: told for name, told in read_live_silos(connection, now).items() if name not in imported}
    return [
        *(_import_row(name, runs, now) for name, runs in sorted(imported.items())),
        *(_live_row(connection, name, told, now) for name, told in sorted(live.items())),
    ]


def list_runs(connection: sa.Connection, silo: str) -> list[RunRow]:
    """The imports of a silo, newest first."""
    rows = connection.execute(
        sa.select(import_runs).where(import_runs.c.silo == silo).order_by(import_runs.c.run_id.desc()).limit(_RUNS)
    )
    return [
        RunRow(row.run_id, row.source.partition("@")[0].partition("#")[0], row.source.rpartition("#")[2]
               if "#" in row.source else "", row.state, _last_of(row), row.position, row.counts.get("used", 0),
               sum(refused_of(row.counts).values()))
        for row in rows
    ]


def list_rejects(connection: sa.Connection, silo: str, wanted: Wanted = ALL) -> tuple[list[RejectRow], int]:
    """A page of a silo's rejects, oldest first unless `-when` is asked for, whose reason holds the words; the number
    behind which the next goes on, 0 at the end.
    """
    text = wanted.by.get("text", "")
    lets = [rejects.c.reason.icontains(text, autoescape=True)] if text else []
    columns = (rejects.c.run_id, rejects.c.row, rejects.c.reason, rejects.c.payload)
    source = Source(rejects.c.reject_id, rejects.c.received_at, columns, [rejects.c.silo == silo], lets)
    found, after = read_page(connection, [source], wanted, is_rising=wanted.sort != "-when")
    return [
        RejectRow(row.page_key, row.run_id, row.row + 1, row.reason, row.payload, row.page_at) for _, row in found
    ], int(after or 0)


def guess_for(connection: sa.Connection, run: RunRow, most: int) -> tuple[str, pl.DataFrame]:
    """A mapping guessed by an import's refused rows, and these rows; "" where nothing can be guessed."""
    sample = connection.scalars(
        sa.select(rejects.c.payload).where(rejects.c.run_id == run.run_id).order_by(rejects.c.row).limit(most)
    ).all()
    rows = [each for each in sample if isinstance(each, dict) and set(each) != {"line"}]
    frame = to_frame(rows, range(len(rows)))
    return (guess_mapping(frame, run.records) if rows and run.records else ""), frame


def is_known(connection: sa.Connection, silo: str, now: datetime) -> bool:
    """Whether anything was imported, or refused, under this name; or came in lately."""
    asked = (sa.select(table.c.silo).where(table.c.silo == silo).limit(1) for table in (import_runs, rejects))
    return any(connection.scalar(each) for each in asked) or silo in read_live_silos(connection, now)


def refused_of(counts: Mapping[str, int]) -> dict[str, int]:
    """Of an import's counts: reason -> rows."""
    return {key.removeprefix(_REJECTED): n for key, n in counts.items() if key.startswith(_REJECTED)}


def judge_rhythm(times: Sequence[datetime], now: datetime) -> tuple[timedelta | None, bool]:
    """(the usual time between two files, whether the next is late), of times in any order."""
    ordered = sorted(times)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(ordered)]
    if len(gaps) < 2:
        return None, False
    usual = timedelta(seconds=median(gaps))
    return usual, bool(usual) and now - ordered[-1] > usual * _LATE_TIMES


def judge_silence(told: LiveSilo, now: datetime) -> tuple[timedelta | None, bool]:
    """(the longest silence of what comes in by itself, whether it is silent too long now): nights are quiet."""
    if told.events < _FEW or told.last_at.date() - told.first_day < _SOUND_SPAN:
        return None, False
    return told.longest, bool(told.longest) and now - told.last_at > told.longest * _LATE_TIMES


def _group_runs(connection: sa.Connection) -> dict[str, list[sa.Row[Any]]]:
    found: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    query = sa.select(import_runs).order_by(import_runs.c.run_id.desc()).limit(NEWEST_RUNS)
    for row in connection.execute(query):
        found[row.silo].append(row)
    return found


def _import_row(name: str, runs: Sequence[sa.Row[Any]], now: datetime) -> SiloRow:
    newest, reasons = runs[0], Counter[str]()
    for run in runs:
        reasons.update(refused_of(run.counts))
    usual, is_late = judge_rhythm([_last_of(run) for run in runs[:_RHYTHM_RUNS]], now)
    return SiloRow(
        name, "import", _last_of(newest), newest.state, newest.position, newest.counts.get("used", 0),
        sum(refused_of(newest.counts).values()), dict(reasons.most_common()), usual, is_late,
    )


def _live_row(connection: sa.Connection, name: str, told: LiveSilo, now: datetime) -> SiloRow:
    newest = (
        sa.select(rejects.c.reason).where(rejects.c.silo == name).order_by(rejects.c.reject_id.desc())
        .limit(NEWEST_REJECTS)
    )
    reasons = Counter(connection.scalars(newest))
    usual, is_late = judge_silence(told, now)
    refused = sum(reasons.values())
    return SiloRow(name, "live", told.last_at, "", told.events, told.events, refused, dict(reasons.most_common()),
                   usual, is_late)


def _last_of(run: sa.Row[Any]) -> datetime:
    at: datetime = run.finished_at or run.started_at
    return at
