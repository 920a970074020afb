"""What every importer of a silo's file shares: its report, its place in the file, its rejects."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.errors import Conflict, NotFound
from bot.profile.store.engine import Store
from bot.profile.store.tables import import_runs, rejects
from bot.profile.store.upsert import insert_many, insert_or_ignore

ShowProgress = Callable[[int, int], None]  # rows done, rows in all


@dataclass(frozen=True)
class ImportReport:
    """What became of every row: `rows` = `used` + all of `rejected`."""

    silo: str
    source: str
    rows: int
    used: int
    rejected: dict[str, int]  # reason -> rows; the rows themselves lie in the table `rejects`
    events: int
    customers: int
    rows_this_time: int  # 0: the file was imported before, and nothing was changed
    seconds: float
    run_id: int = 0


@dataclass(frozen=True)
class Run:
    """One file's import, over all its attempts."""

    run_id: int
    position: int
    is_done: bool
    counts: dict[str, int] = field(default_factory=dict)


def begin_run(store: Store, silo: str, source: str, now: datetime) -> Run:
    """The run of a file, begun or found where a former attempt left it. Writes."""
    row = {"silo": silo, "source": source, "position": 0, "counts": {}, "state": "running", "started_at": now}
    with store.write() as connection:
        insert_or_ignore(connection, import_runs, [row], ("silo", "source"))
        found = connection.execute(
            sa.select(import_runs).where(import_runs.c.silo == silo, import_runs.c.source == source)
        ).one()
    return Run(found.run_id, found.position, found.state == "done", dict(found.counts))


def advance_run(connection: sa.Connection, run: Run, position: int, counts: Counter[str]) -> Run:
    """Note how far it came, in the transaction of the rows. Conflict when another import does the same file. Writes."""
    total = dict(Counter(run.counts) + counts)
    moved = connection.execute(
        sa.update(import_runs)
        .where(import_runs.c.run_id == run.run_id, import_runs.c.position == run.position)
        .values(position=position, counts=total)
    )
    if not moved.rowcount:
        raise Conflict("another import of the same file is running")
    return Run(run.run_id, position, False, total)


def finish_run(store: Store, run: Run, now: datetime) -> None:
    """Note that every row is done. Writes."""
    with store.write() as connection:
        connection.execute(
            sa.update(import_runs)
            .where(import_runs.c.run_id == run.run_id)
            .values(state="done", finished_at=now)
        )


def keep_rejects(
    connection: sa.Connection, run: Run, silo: str, found: Sequence[tuple[int, str, Any]], now: datetime
) -> None:
    """Keep (row, reason, row as received). Writes."""
    rows = [
        {"silo": silo, "run_id": run.run_id, "row": row, "reason": reason, "payload": payload, "received_at": now}
        for row, reason, payload in found
    ]
    insert_many(connection, rejects, rows)


@dataclass(frozen=True)
class Rejected:
    """What could not be used, as received. `row` counts from 0; `run_id` is None outside of an import."""

    silo: str
    run_id: int | None
    row: int
    reason: str
    payload: Any


def list_rejects(store: Store, silo: str = "", *, limit: int = 100, reason: str = "") -> list[Rejected]:
    """What could not be used, oldest first; silo and reason narrow it."""
    table = rejects.c
    query = sa.select(table.silo, table.run_id, table.row, table.reason, table.payload)
    for column, wanted in ((table.silo, silo), (table.reason, reason)):
        query = query.where(column == wanted) if wanted else query
    with store.read() as connection:
        rows = connection.execute(query.order_by(table.reject_id).limit(limit)).all()
    return [Rejected(*row) for row in rows]


@dataclass(frozen=True)
class RunTold:
    """An import as it is listed."""

    run_id: int
    silo: str
    source: str
    state: str
    rows: int
    used: int
    rejected: int
    started_at: datetime
    finished_at: datetime | None


def list_runs(store: Store, *, limit: int = 50) -> list[RunTold]:
    """The imports, newest first."""
    with store.read() as connection:
        found = connection.execute(sa.select(import_runs).order_by(import_runs.c.run_id.desc()).limit(limit)).all()
    return [
        RunTold(
            row.run_id, row.silo, row.source, row.state, row.position, row.counts.get("used", 0),
            sum(number for key, number in row.counts.items() if key.startswith("rejected:")),
            row.started_at, row.finished_at,
        )
        for row in found
    ]


def report_of(run: Run, silo: str, source: str, *, rows_this_time: int, seconds: float) -> ImportReport:
    """The report over all attempts."""
    counts = run.counts
    rejected = {name.removeprefix("rejected:"): n for name, n in counts.items() if name.startswith("rejected:")}
    return ImportReport(
        silo=silo, source=source, rows=run.position, used=counts.get("used", 0), rejected=rejected,
        events=counts.get("events", 0), customers=counts.get("customers", 0), rows_this_time=rows_this_time,
        seconds=seconds, run_id=run.run_id,
    )


def name_source(path: Path) -> str:
    """A file by name and content: moved, it is the same import; changed, it is another. NotFound without it."""
    if not path.is_file():
        raise NotFound(f"there is no file {path.name}")
    with path.open("rb") as file:
        return f"{path.name}@{hashlib.file_digest(file, 'sha256').hexdigest()[:32]}"


@contextmanager
def show_progress(title: str, *, after_seconds: float = 0.0) -> Iterator[ShowProgress]:
    """A progress bar on stderr, as a function to call with rows done and rows in all (0: nobody knows)."""
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True))
    task, started = bar.add_task(title, total=None), time.monotonic()

    def show(done: int, total: int) -> None:
        if not bar.live.is_started and time.monotonic() - started >= after_seconds:
            bar.start()
        bar.update(task, completed=done, total=total or None)

    try:
        yield show
    finally:
        if bar.live.is_started:
            bar.stop()
