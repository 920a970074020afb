"""How good each silo's data is: completeness, validity, duplicates, freshness, per silo and field. Reads only."""

from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.profile.store.engine import Store
from bot.profile.store.tables import events, import_runs, rejects, traits

SAMPLED_EVENTS = 5_000  # of a silo that is no import: its newest
MAX_FIELDS = 60


def measure_quality(store: Store, now: datetime) -> dict[str, Any]:
    """Every silo with its fields, as JSON has it; shares are of 1, ages in hours."""
    with store.read() as connection:
        runs = _read_runs(connection)
        newest = _read_newest(connection)
        said = _read_traits(connection)
        names = sorted({*runs, *newest, *said, *_silos_of_rejects(connection)})
        silos = [_silo(connection, name, runs.get(name, []), newest.get(name), said.get(name, []), now)
                 for name in names]
    told = [each for each in silos if each["rows"] or each["customers"]]  # a run that read nothing says nothing
    return {"measured_at": now.isoformat(), "silos": told}


def measure_imports(connection: sa.Connection, silo: str, now: datetime) -> dict[str, Any]:
    """One silo's entry of the above by what its imports counted alone: no event is looked at. Ages are None."""
    runs = list(connection.execute(
        sa.select(import_runs).where(import_runs.c.silo == silo).order_by(import_runs.c.run_id)
    ))
    return _silo(connection, silo, runs, None, [], now) if runs else {}


def _read_runs(connection: sa.Connection) -> dict[str, list[sa.Row[Any]]]:
    found: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    for row in connection.execute(sa.select(import_runs).order_by(import_runs.c.run_id)):
        found[row.silo].append(row)
    return found


def _read_newest(connection: sa.Connection) -> dict[str, sa.Row[Any]]:
    table = events.c
    rows = connection.execute(
        sa.select(
            table.silo, sa.func.count().label("events"), sa.func.count(table.customer_id.distinct()).label("people"),
            sa.func.max(table.occurred_at).label("occurred_at"), sa.func.max(table.received_at).label("received_at"),
        ).group_by(table.silo)
    )
    return {row.silo: row for row in rows}


def _read_traits(connection: sa.Connection) -> dict[str, list[sa.Row[Any]]]:
    table, found = traits.c, defaultdict(list)
    rows = connection.execute(
        sa.select(table.silo, table.name, sa.func.count().label("filled"), sa.func.max(table.set_at).label("newest"))
        .group_by(table.silo, table.name).order_by(table.name)
    )
    for row in rows:
        if not row.silo.startswith("computed:"):
            found[row.silo].append(row)
    return found


def _silos_of_rejects(connection: sa.Connection) -> list[str]:
    return list(connection.scalars(sa.select(rejects.c.silo).distinct()))


def _silo(
    connection: sa.Connection, name: str, runs: list[sa.Row[Any]], newest: Any, said: list[sa.Row[Any]], now: datetime
) -> dict[str, Any]:
    counts: dict[str, int] = defaultdict(int)
    for run in runs:
        for key, number in run.counts.items():
            counts[key] += number
    refused = {key.removeprefix("rejected:"): number for key, number in counts.items() if key.startswith("rejected:")}
    if not runs:
        refused = _count_rejects(connection, name)
    rows = sum(run.position for run in runs)
    stored = newest.events if newest else 0
    total = rows or stored + sum(refused.values())
    repeated = counts["known"]  # used, but stored before or told twice
    return {
        "silo": name,
        "rows": total, "used": counts["used"] if runs else stored, "rejected": dict(sorted(
            refused.items(), key=lambda each: -each[1])),
        "events": stored, "customers": newest.people if newest else max((row.filled for row in said), default=0),
        "validity": _share(total - sum(refused.values()), total),
        "duplicates": repeated, "duplicate_share": _share(repeated, total) if total else 0.0,
        "newest_event": _iso(newest.occurred_at if newest else None),
        "age_hours": _age(newest.occurred_at if newest else None, now),
        "received_at": _iso(newest.received_at if newest else None),
        "runs": [_run(run) for run in runs],
        "fields": _fields(connection, name, counts, rows, newest, said, now),
    }


def _run(run: sa.Row[Any]) -> dict[str, Any]:
    return {"run_id": run.run_id, "source": run.source, "rows": run.position, "used": run.counts.get("used", 0),
            "state": run.state, "finished_at": _iso(run.finished_at)}


def _fields(
    connection: sa.Connection, silo: str, counts: dict[str, int], rows: int, newest: Any, said: list[sa.Row[Any]],
    now: datetime,
) -> list[dict[str, Any]]:
    """An import's as its rows had them; another silo's by its newest events and its traits."""
    times = {f"traits.{row.name}": row.newest for row in said}
    last = newest.occurred_at if newest else None
    fields = [
        _field(name, filled, counts.get(f"invalid:{name}", 0), rows, times.get(name, last), now)
        for key, filled in counts.items() if key.startswith("filled:") and (name := key.removeprefix("filled:"))
    ]
    if fields:
        return fields[:MAX_FIELDS]
    people = newest.people if newest else max((row.filled for row in said), default=0)
    fields = [_field(f"traits.{row.name}", row.filled, 0, max(people, row.filled), row.newest, now) for row in said]
    sampled = _sampled_fields(connection, silo, last, now) if newest else []
    return [*fields, *sampled][:MAX_FIELDS]


def _sampled_fields(connection: sa.Connection, silo: str, last: Any, now: datetime) -> list[dict[str, Any]]:
    """What properties the newest events have, by the name of the event: an order has others than a visit."""
    table = events.c
    query = sa.select(table.name, table.properties).where(table.silo == silo).order_by(table.event_id.desc())
    seen: dict[str, int] = defaultdict(int)
    filled: dict[tuple[str, str], int] = defaultdict(int)
    for row in connection.execute(query.limit(SAMPLED_EVENTS)):
        seen[row.name] += 1
        for key, value in row.properties.items():
            filled[(row.name, key)] += value not in (None, "", [], {})
    ordered = sorted(filled.items(), key=lambda each: (-seen[each[0][0]], each[0]))
    return [_field(f"{name}: {key}", number, 0, seen[name], last, now) for (name, key), number in ordered]


def _field(name: str, filled: int, invalid: int, rows: int, newest: Any, now: datetime) -> dict[str, Any]:
    return {
        "field": name, "filled": filled, "invalid": invalid, "completeness": _share(filled, rows),
        "validity": _share(filled - invalid, filled), "newest": _iso(newest), "age_hours": _age(newest, now),
    }


def _count_rejects(connection: sa.Connection, silo: str) -> dict[str, int]:
    rows = connection.execute(
        sa.select(rejects.c.reason, sa.func.count()).where(rejects.c.silo == silo).group_by(rejects.c.reason)
    )
    return {row[0]: row[1] for row in rows}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _age(moment: datetime | None, now: datetime) -> float | None:
    return round(max((now - moment).total_seconds(), 0) / 3600, 2) if moment else None
