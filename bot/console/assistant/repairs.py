"""The assistant: silos as they stand -> what of the data could be mended, with a trial of it. Reads."""

from datetime import datetime

import polars as pl
import sqlalchemy as sa

from bot.console.assistant.proposal import Proposal
from bot.console.silos import SiloRow, guess_for, list_runs, list_silos
from bot.errors import FixConfiguration
from bot.intake.importers.checking import check_rows
from bot.intake.importers.mapping import parse_mapping

LEAST_REFUSED = 20
TRIED = 500  # refused rows that a mended mapping is tried on
_LEAST_USED = 0.5  # of them: a mapping that takes fewer is no repair
_REASONS_TOLD = 3


def find_repairs(connection: sa.Connection, now: datetime) -> list[Proposal]:
    """Silos that are late, and imports whose refused rows another mapping would take."""
    rows = list_silos(connection, now)
    late = [_tell_late(each, now) for each in rows if each.is_late and each.usual is not None]
    mended = (_try_mapping(connection, each, now) for each in rows if each.kind == "import")
    return [*late, *(each for each in mended if each is not None)]


def _tell_late(silo: SiloRow, now: datetime) -> Proposal:
    usual = silo.usual.total_seconds() if silo.usual else 0.0
    return Proposal(
        "late", silo.name, "", silo.rows,
        told={"last_at": silo.last_at.isoformat(), "usual_seconds": round(usual),
              "late_by_seconds": round((now - silo.last_at).total_seconds() - usual)},
    )


def _try_mapping(connection: sa.Connection, silo: SiloRow, now: datetime) -> Proposal | None:
    run = next((each for each in list_runs(connection, silo.name) if each.refused >= LEAST_REFUSED), None)
    if run is None:
        return None
    text, frame = guess_for(connection, run, TRIED)
    used = _count_used(text, frame, silo.name, now) if text else 0
    if not frame.height or used < _LEAST_USED * frame.height:
        return None
    reasons = dict(list(silo.reasons.items())[:_REASONS_TOLD])
    return Proposal(
        "mapping", f"{silo.name}:{run.records}", "", run.refused, trial={"tried": frame.height, "used": used},
        told={"silo": silo.name, "records": run.records, "run": run.run_id, "refused": run.refused,
              "rows": run.rows, "reasons": reasons},
    )


def _count_used(text: str, frame: pl.DataFrame, silo: str, now: datetime) -> int:
    """How many of the rows would be taken; 0 for a mapping that guesses wrong."""
    try:
        return frame.height - check_rows(frame, parse_mapping(text, "mapping"), silo, now).rejects.height
    except (FixConfiguration, pl.exceptions.PolarsError):
        return 0
