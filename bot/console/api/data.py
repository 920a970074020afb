"""The console's API: data: silos, rows that were refused, trying them again, whether the engine answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.console.api.admission import Here
from bot.console.deeds import data as deeds
from bot.console.deeds.inputs import PathName
from bot.console.deeds.previews import Previewed, Seen, preview, read_content
from bot.console.list_query import read_wanted
from bot.console.masking import sees_received, show_received
from bot.console.paging import Wanted
from bot.console.roles import Role
from bot.console.silos import RunRow, SiloRow


class SiloLine(BaseModel):
    """A silo; `usual_seconds` is None where too little was seen to tell its rhythm."""

    name: str
    kind: Literal["import", "live"]
    last_at: datetime
    state: str
    rows: int
    used: int
    refused: int
    reasons: Mapping[str, int]
    usual_seconds: float | None
    is_late: bool


class EngineView(BaseModel):
    """The shop's back end by what is recorded; `missing`: capabilities that it has not."""

    name: str
    missing: Sequence[str]
    last_at: datetime | None
    waiting: int
    waiting_since: datetime | None
    refused: int


class DataView(BaseModel):
    """Every silo, and the engine."""

    silos: Sequence[SiloLine]
    engine: EngineView


class Refused(BaseModel):
    """A row that could not be used. `received` is as it came; null where the role sees no values."""

    number: int
    run: int | None
    row: int
    reason: str
    received_at: datetime
    received: Sequence[tuple[str, str]] | None


class SiloView(BaseModel):
    """A silo with a page of its refused rows: oldest first, or by `sort=-when`; whose reason holds `text`.

    `next_after` goes on with the next, 0 at the end.
    """

    name: str
    runs: Sequence[RunRow]
    quality: Mapping[str, Any]
    rejects: Sequence[Refused]
    next_after: int


class Answered(BaseModel):
    """What came of one question to the engine."""

    what: str
    state: Literal["ok", "warning", "failed"]
    detail: str


def add_data_calls(router: APIRouter, services: Services) -> None:
    """Every call under /data."""

    @router.get("/data")
    def list_silos(here: Here) -> DataView:
        rows, engine = deeds.survey(services)
        return DataView(silos=[_line(each) for each in rows], engine=EngineView(
            name=engine.name, missing=[each.capability for each in engine.abilities if each.state == "missing"],
            last_at=engine.last_at, waiting=engine.waiting, waiting_since=engine.waiting_since, refused=engine.refused,
        ))

    @router.post("/data/engine", description="At most ten times in five minutes, ten seconds each.")
    def ask_engine(here: Here) -> Sequence[Answered]:
        found = deeds.ask_engine(services, here.person)
        return [Answered(what=each.what, state=each.state, detail=each.detail) for each in found]

    @router.post("/data/preview", description="A file of 1 MB at most, or its beginning, in base64. Nothing is kept.")
    def preview_file(here: Here, asked: Previewed) -> Seen:
        return preview(services, here.person, asked.name, read_content(asked), asked.mapping)

    @router.get("/data/{silo}")
    def show_silo(silo: PathName, here: Here, wanted: Annotated[Wanted, Depends(read_wanted)]) -> SiloView:
        return _view(deeds.look_at(services, here.person, silo, wanted), here.person.role)

    @router.post("/data/{silo}/replay", description="At most ten in five minutes, of 5,000 rows each.")
    def replay(silo: PathName, here: Here, asked: deeds.Replayed) -> deeds.Outcome:
        return deeds.replay(services, here.person, silo, asked)


def _line(row: SiloRow) -> SiloLine:
    return SiloLine(
        name=row.name, kind="import" if row.kind == "import" else "live", last_at=row.last_at, state=row.state,
        rows=row.rows, used=row.used, refused=row.refused, reasons=row.reasons,
        usual_seconds=row.usual.total_seconds() if row.usual else None, is_late=row.is_late,
    )


def _view(silo: deeds.Silo, role: Role) -> SiloView:
    return SiloView(name=silo.name, runs=silo.runs, quality=silo.quality, next_after=silo.next_after, rejects=[
        Refused(
            number=each.reject_id, run=each.run_id, row=each.row, reason=each.reason, received_at=each.received_at,
            received=show_received(role, each.payload) if sees_received(role) else None,
        )
        for each in silo.rejects
    ])
