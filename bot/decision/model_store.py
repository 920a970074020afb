"""Stage 3: the value model's versions in the store, each with the outcomes that came in while it was in force.

A writer holds one lock from reading the sums to writing them, so that no outcome is lost between two workers.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from bot.decision.features import PRIOR, SIZE
from bot.decision.learning_rules import Learning
from bot.decision.value_model import Evidence, Floats, ValueModel, count_errors, fit, has_drifted
from bot.errors import NotFound
from bot.profile.store.tables import traits, value_models

_MODEL_LOCK = 7_301_131  # PostgreSQL's advisory lock
_HOURS_OF = 5_000  # customers whose hours stand for everybody's
_LITTLE_ENDIAN = "<f8"


@dataclass(frozen=True)
class Known:
    """The model in force, and at which hours everybody answers."""

    model: ValueModel
    everybody: dict[str, float]


@dataclass(frozen=True)
class Drift:
    """A version whose expectations no longer fitted what came in."""

    version: int
    drifted_at: datetime
    errors_off: float  # standard errors, below 0 where messages brought less than expected
    is_over: bool  # a later version is in force; until then decisions go by the shop's file


def read_drifts(connection: sa.Connection, since: datetime) -> list[Drift]:
    """Every drift that began since a moment, newest first."""
    row = _newest(connection)
    t = value_models.c
    drifted = sa.select(value_models).where(t.size == SIZE, t.drifted_at >= since).order_by(t.version.desc())
    return [
        Drift(each.version, each.drifted_at, count_errors(evidence_of(each)), row is None or each.version < row.version)
        for each in connection.execute(drifted)
    ]


def read_model(connection: sa.Connection, learning: Learning) -> Known | None:
    """What decisions go by; None while the shop's own values do: too little is learned, or it has drifted."""
    row = _newest(connection)
    if row is None or row.outcomes < learning.least_outcomes or row.drifted_at is not None:
        return None
    return Known(model_of(row), row.everybody)


def read_everybodys_hours(connection: sa.Connection) -> dict[str, float]:
    """At which hours people answer ("web 14h" -> times), as it was counted last; nothing before the first version."""
    row = _newest(connection)
    return row.everybody if row is not None else {}


def lock_model(connection: sa.Connection, now: datetime) -> sa.Row[Any]:
    """The version in force, nobody else's to change until the transaction ends; the prior becomes the first. Writes."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MODEL_LOCK)))
    row = _newest(connection)
    if row is not None:
        return row
    last = connection.scalar(sa.select(sa.func.max(value_models.c.version))) or 0
    _insert(connection, fit(Evidence.none(SIZE), PRIOR, version=last + 1), now)
    return lock_model(connection, now)


def add_evidence(connection: sa.Connection, row: sa.Row[Any], more: Evidence, now: datetime) -> Evidence:
    """Add outcomes to a locked version's; the sum. Notes a drift where it begins. Writes."""
    total = evidence_of(row) + more
    values: dict[str, Any] = {
        "learned": total.count, "squares": _pack(total.squares), "products": _pack(total.products),
        "missed": total.missed, "missed_squares": total.missed_squares,
    }
    if begins_drift(row, total):
        values["drifted_at"] = now
    connection.execute(sa.update(value_models).where(value_models.c.version == row.version).values(**values))
    return total


def begins_drift(row: sa.Row[Any], total: Evidence) -> bool:
    """Whether a version that held until now is off with these outcomes."""
    return bool(row.outcomes) and row.drifted_at is None and has_drifted(total)


def is_refit_due(connection: sa.Connection, learning: Learning, now: datetime) -> bool:
    """Whether `refit` would make a new version; locks nothing."""
    row = _newest(connection)
    return row is not None and _is_old(row, learning, now)


def _is_old(row: sa.Row[Any], learning: Learning, now: datetime) -> bool:
    return bool(row.learned) and now - row.fitted_at >= timedelta(seconds=learning.refit_seconds)


def refit(connection: sa.Connection, learning: Learning, now: datetime) -> ValueModel | None:
    """A new version from all outcomes remembered, when it is time and there are new ones; None else. Writes.

    What has drifted is followed by a version of what came in since it was fitted: what was true before is not any more.
    """
    row = lock_model(connection, now)
    if not _is_old(row, learning, now):
        return None
    known = sa.select(value_models).where(
        value_models.c.size == SIZE, ~value_models.c.is_left_out, value_models.c.learned > 0,
        value_models.c.fitted_at > now - timedelta(days=learning.memory_days),
    )
    if row.drifted_at is not None:
        connection.execute(
            sa.update(value_models).where(value_models.c.version < row.version).values(is_left_out=True)
        )
    total = Evidence.none(SIZE)
    for each in connection.execute(known.order_by(value_models.c.version)):
        total += evidence_of(each)
    model = fit(total, PRIOR, version=row.version + 1)
    _insert(connection, model, now)
    return model


def roll_back(connection: sa.Connection, version: int, now: datetime) -> ValueModel:
    """Put an earlier version in force again, as a new one; what came in since it is left out for good. Writes.

    NotFound for a version that is not there.
    """
    row = lock_model(connection, now)
    found = connection.execute(
        sa.select(value_models).where(value_models.c.version == version, value_models.c.size == SIZE)
    ).one_or_none()
    if found is None:
        raise NotFound(f"version {version} of the value model")
    connection.execute(sa.update(value_models).where(value_models.c.version >= version).values(is_left_out=True))
    old = model_of(found)
    model = replace(old, version=row.version + 1)
    _insert(connection, model, now, copied_from=version)
    return model


def evidence_of(row: sa.Row[Any]) -> Evidence:
    """The outcomes that came in under a version."""
    return Evidence(
        row.learned, _unpack(row.squares).reshape(SIZE, SIZE), _unpack(row.products), row.missed, row.missed_squares
    )


def model_of(row: sa.Row[Any]) -> ValueModel:
    """What a version knows."""
    spread = _unpack(row.spread).reshape(SIZE, SIZE)
    return ValueModel(_unpack(row.weights), spread, row.outcomes, row.version, row.noise)


def _newest(connection: sa.Connection) -> sa.Row[Any] | None:
    query = sa.select(value_models).where(value_models.c.size == SIZE)
    return connection.execute(query.order_by(value_models.c.version.desc()).limit(1)).one_or_none()


def _insert(connection: sa.Connection, model: ValueModel, now: datetime, copied_from: int | None = None) -> None:
    none = Evidence.none(SIZE)
    connection.execute(sa.insert(value_models).values(
        version=model.version, size=SIZE, fitted_at=now, outcomes=model.outcomes, noise=model.noise,
        weights=_pack(model.weights), spread=_pack(model.spread), everybody=_read_everybody(connection),
        copied_from=copied_from, learned=0, squares=_pack(none.squares), products=_pack(none.products),
        missed=0.0, missed_squares=0.0, is_left_out=False,
    ))


def _read_everybody(connection: sa.Connection) -> dict[str, float]:
    counts: Counter[str] = Counter()
    hours = sa.select(traits.c.value).where(traits.c.name == "answer_hours").limit(_HOURS_OF)
    for value in connection.scalars(hours):
        if isinstance(value, dict):
            counts.update({name: times for name, times in value.items() if isinstance(times, int | float)})
    return dict(counts)


def _pack(values: Floats) -> bytes:
    return values.astype(_LITTLE_ENDIAN).tobytes()


def _unpack(packed: bytes) -> Floats:
    return np.frombuffer(packed, dtype=_LITTLE_ENDIAN).astype(np.float64)
