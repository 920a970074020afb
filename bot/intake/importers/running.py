"""Stage B1: a silo + a mapping -> customers and events. Goes on where it stopped; a second run changes nothing.

Each page is one transaction that also notes the place: a kill loses and doubles nothing. Rows of the
source = rows used + rows rejected, and every rejected one is kept with its reason.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
import polars as pl
import sqlalchemy as sa

from bot.errors import FixInput, NotFound
from bot.intake.importers.base import (
    ImportReport,
    Run,
    ShowProgress,
    advance_run,
    begin_run,
    finish_run,
    keep_rejects,
    report_of,
)
from bot.intake.importers.checking import check_rows
from bot.intake.importers.mapping import Mapping
from bot.intake.importers.storing import store_rows
from bot.intake.silos.jsonl_file import to_frame
from bot.intake.silos.protocol import ROW, Page, Silo
from bot.intake.silos.whole import WholeOrders
from bot.profile.computed import refresh_computed_traits
from bot.profile.store.engine import Store
from bot.profile.store.tables import cursors, import_runs, rejects
from bot.profile.store.upsert import insert_or_update

PAGE_ROWS = 50_000
_REPLAYED_AT_ONCE = 5_000
_EVENTS_AT_ONCE = 50_000
_RESERVED = ("web", "web_claim", "server", "prevenant")  # what these say comes by other ways
Refused = Sequence[tuple[int, str, Any]]  # row, reason, as received


def run_import(
    store: Store,
    silo: Silo,
    mapping: Mapping,
    name: str,
    *,
    now: datetime,
    salt: str,
    progress: ShowProgress = lambda done, total: None,
    page_rows: int = PAGE_ROWS,
) -> ImportReport:
    """Import what the silo `name` holds behind the place of the last run, to its end.

    FixInput when the source lacks a column of the mapping or cannot be read, RetryLater when it does
    not answer: what was read by then is kept. Conflict when another import of it runs. Writes.
    """
    check_silo_name(name)
    started = time.perf_counter()
    source = f"{silo.source}#{mapping.records}"
    if mapping.lines and mapping.event:
        silo = WholeOrders(silo, mapping.event.key)
    run = begin_run(store, name, source, now)
    begun_at, total = run.position, silo.count_rows() or 0
    if silo.is_growing or not run.is_done:
        for page in silo.read_pages(_read_cursor(store, run), page_rows):
            if silo.has_fixed_columns:
                _require_columns(page, mapping, source)
            run = _store_page(store, run, page, mapping, name, now=now, salt=salt)
            progress(run.position, total)
        if run.position > begun_at or not run.is_done:
            refresh_purchases(store, now)
            finish_run(store, run, now)
    seconds = time.perf_counter() - started
    return report_of(run, name, source, rows_this_time=run.position - begun_at, seconds=seconds)


def replay_rejects(
    store: Store, run_id: int, mapping: Mapping, *, now: datetime, salt: str
) -> tuple[int, int]:
    """Try a run's rejected rows again, with a corrected mapping: (used now, still rejected). NotFound. Writes."""
    used = 0
    last = -1
    while True:
        with store.write() as connection:
            run, name = _find_run(connection, run_id)
            page = connection.execute(
                sa.select(rejects.c.reject_id, rejects.c.row, rejects.c.reason, rejects.c.payload)
                .where(rejects.c.run_id == run_id, rejects.c.row > last).order_by(rejects.c.row)
                .limit(_REPLAYED_AT_ONCE)
            ).all()
            if mapping.lines and len(page) == _REPLAYED_AT_ONCE:
                page = _without_last_order(page, mapping)
            if not page:
                break
            last = page[-1].row
            used += _replay_page(connection, run, page, mapping, name, now=now, salt=salt)
    refresh_purchases(store, now)
    with store.read() as connection:
        still = connection.scalar(sa.select(sa.func.count()).where(rejects.c.run_id == run_id)) or 0
    return used, still


def _without_last_order(
    page: Sequence[sa.Row[Any, Any, Any, Any]], mapping: Mapping
) -> Sequence[sa.Row[Any, Any, Any, Any]]:
    """The rejects before the last order's, which may go on; all of them when they are of one."""
    keys = mapping.event.key if mapping.event else ()

    def key_of(row: sa.Row[Any, Any, Any, Any]) -> list[Any]:
        return [row.payload.get(each) for each in keys]

    last = key_of(page[-1])
    before = next((place for place in range(len(page), 0, -1) if key_of(page[place - 1]) != last), len(page))
    return page[:before]


def check_silo_name(name: str) -> None:
    """FixInput for a name that would be taken for another way in."""
    if not name.isidentifier() or len(name) > 32:
        raise FixInput("silo", "must be a word of letters, digits and underscores, at most 32")
    if name in _RESERVED:
        raise FixInput("silo", f"{name!r} is the name of another way in; as in crm, tills, mailing")


def refresh_purchases(store: Store, now: datetime) -> None:
    """Bring what is computed from orders up to date. Writes."""
    while refresh_computed_traits(store, now=now, limit=_EVENTS_AT_ONCE):
        pass


def _require_columns(page: Page, mapping: Mapping, source: str) -> None:
    known = [each for each in page.rows.columns if each != ROW]
    missing = [each for each in mapping.columns if each not in known]
    if missing and not page.rows.is_empty():
        raise FixInput(missing[0], f"{source.partition('@')[0]} has no such column; it has {', '.join(known)}")


def _store_page(
    store: Store, run: Run, page: Page, mapping: Mapping, name: str, *, now: datetime, salt: str
) -> Run:
    raw = page.rows.with_columns(pl.col(ROW) + run.position)
    checked = check_rows(raw, mapping, name, now)
    with store.write() as connection:
        counts, known_better = store_rows(connection, checked, mapping, name, now=now, salt=salt)
        refused = [
            *((run.position + place, reason, payload) for place, reason, payload in page.broken),
            *_as_received(raw, [*checked.rejects.iter_rows(), *known_better]),
        ]
        keep_rejects(connection, run, name, [(row, reason[:200], payload) for row, reason, payload in refused], now)
        counts.update(checked.counts)
        counts.update(f"rejected:{reason}" for _, reason, _ in refused)
        run_after = advance_run(connection, run, run.position + page.size, counts)
        cursor = {"name": _cursor_name(run), "value": page.cursor}
        insert_or_update(connection, cursors, [cursor], ("name",), ("value",))
        return run_after


def _as_received(raw: pl.DataFrame, found: Iterable[tuple[int, str]]) -> list[tuple[int, str, Any]]:
    reasons = dict(found)
    if not reasons:
        return []
    rows = raw.filter(pl.col(ROW).is_in(list(reasons)))
    return [(row[ROW], reasons[row[ROW]], _payload(row)) for row in rows.iter_rows(named=True)]


def _payload(row: dict[str, Any]) -> dict[str, Any]:
    """As received, in JSON's words."""
    filled = {name: value for name, value in row.items() if name != ROW and value is not None}
    text = orjson.dumps(filled, default=str)
    cleaned: dict[str, Any] = orjson.loads(text.replace(b"\\u0000", b"\\ufffd"))
    return cleaned


def _replay_page(
    connection: sa.Connection, run: Run, page: Sequence[sa.Row[Any, Any, Any, Any]], mapping: Mapping, name: str, *,
    now: datetime, salt: str,
) -> int:
    by_row = {each.row: each for each in page if isinstance(each.payload, dict) and set(each.payload) != {"line"}}
    raw = to_frame([each.payload for each in by_row.values()], list(by_row))
    missing = [pl.lit(None, pl.String).alias(each) for each in mapping.columns if each not in raw.columns]
    checked = check_rows(raw.with_columns(missing), mapping, name, now)
    counts, known_better = store_rows(connection, checked, mapping, name, now=now, salt=salt)
    why = dict([*checked.rejects.iter_rows(), *known_better])
    settled = [row for row in by_row if row not in why]
    counts.subtract(f"rejected:{by_row[row].reason}" for row in settled)
    counts.subtract(f"invalid:{by_row[row].reason.partition(': no ')[0]}" for row in settled)
    for row, reason in why.items():
        if reason[:200] != by_row[row].reason:
            counts.update({f"rejected:{reason[:200]}": 1, f"rejected:{by_row[row].reason}": -1})
            connection.execute(sa.update(rejects).where(rejects.c.reject_id == by_row[row].reject_id)
                               .values(reason=reason[:200]))
    for start in range(0, len(settled), 500):
        connection.execute(sa.delete(rejects).where(
            rejects.c.run_id == run.run_id, rejects.c.row.in_(settled[start : start + 500])))
    total = Counter(run.counts)
    total.update(counts)
    connection.execute(sa.update(import_runs).where(import_runs.c.run_id == run.run_id)
                       .values(counts={key: value for key, value in total.items() if value > 0}))
    return len(settled)


def _find_run(connection: sa.Connection, run_id: int) -> tuple[Run, str]:
    found = connection.execute(
        sa.select(import_runs).where(import_runs.c.run_id == run_id).with_for_update()
    ).first()
    if found is None:
        raise NotFound(f"there is no run {run_id}; `prevenant import runs` lists them")
    return Run(found.run_id, found.position, found.state == "done", dict(found.counts)), found.silo


def _cursor_name(run: Run) -> str:
    return f"import:{run.run_id}"


def _read_cursor(store: Store, run: Run) -> str:
    with store.read() as connection:
        return connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == _cursor_name(run))) or ""
