"""The console: the data's pages: silos and the engine, a silo's refused rows, trying them again with a mapping."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from bot.console.deeds import data as deeds
from bot.console.deeds import fittings, previews
from bot.console.deeds.inputs import MOST_NUMBER, PathName, read_asked
from bot.console.frame import Frame
from bot.console.list_query import Table, choose_from, head_of, lay_out, read_wanted
from bot.console.masking import sees_received, show_received
from bot.console.paging import ALL, Wanted
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.console.silos import RejectRow, SiloRow
from bot.console.words import Words
from bot.errors import FixInput, RateLimited
from bot.intake.importers.quality_page import read_reason

PATH = "/console/data"
_RHYTHMS = {"in_time": "in time", "late": "late", "unknown": "not known so far"}  # to words of the catalogue
_COLUMNS: Mapping[str, Callable[[SiloRow], Any] | None] = {
    "silo": lambda each: each.name, "last heard": lambda each: each.last_at, "rhythm": lambda each: _name_rhythm(each),
    "rows": lambda each: each.rows, "used": lambda each: each.used, "refused rows": lambda each: each.refused,
    "most often because": None,
}
_WHEN = "when"
_REJECT_COLUMNS = ("row", "field", "why", "as it came", _WHEN)
_MOST_FORM_BYTES = 24_000  # a mapping, percent signs included
_MOST_DIGITS = 19
_TOO_OFTEN = "That was tried often enough for now. Please wait five minutes."
_WRONG_FILE = "The file is not understood."
_WRONG_MAPPING = "The rows were not tried."
_LISTED = ("reviews", "letters", "unanswered", "silos")  # what Today tells of that concerns data


def build_data_pages(frame: Frame) -> APIRouter:
    """Every page under /console/data."""
    router = APIRouter(prefix=PATH, include_in_schema=False, route_class=frame.route_class)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token, _MOST_FORM_BYTES)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_data(visit: here, wanted: Annotated[Wanted, Depends(read_wanted)]) -> Response:
        return pages.show(visit, wanted)

    @router.post("/engine")
    def ask_engine(visit: here, form: sent) -> Response:
        return pages.ask_engine(visit)

    @router.post("/preview")
    async def preview_file(visit: here, request: Request) -> Response:
        most = previews.MOST_FILE_BYTES + _MOST_FORM_BYTES
        form, name, content = await frame.read_file_form(request, visit.token, most)
        return await run_in_threadpool(pages.preview, visit, name, content, form.get("mapping", ""))

    @router.get("/{silo}")
    def show_silo(
        silo: PathName, visit: here, wanted: Annotated[Wanted, Depends(read_wanted)],
        run: Annotated[int, Query(ge=0, le=MOST_NUMBER)] = 0,
    ) -> Response:
        return pages.show_silo(visit, silo, run, wanted)

    @router.post("/{silo}/replay")
    def replay(silo: PathName, visit: here, form: sent) -> Response:
        return pages.replay(visit, silo, form)

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show(self, visit: Visit, wanted: Wanted = ALL, *, status: int = 200, **asked: Any) -> Response:
        """A page of the silos, and the engine with what came of asking it."""
        rows, engine = deeds.survey(self._services)
        role = visit.person.role
        words = self._words(visit)
        table = lay_out(PATH, rows, wanted, _COLUMNS, [
            (choose_from(wanted, "state", "rhythm", [(each, words.say(name)) for each, name in _RHYTHMS.items()]),
             lambda each, state: _name_rhythm(each) == state),
            (choose_from(wanted, "text", "Holds the words"),
             lambda each, text: text.casefold() in each.name.casefold()),
        ])
        lists = [each for each in _LISTED if may(role, f"GET /console/lists/{each}")]
        return self._frame.show(
            visit, "data.html", here="data", status=status, table=table, is_empty=not rows, engine=engine, lists=lists,
            may_ask=may(role, "POST /console/data/engine"), kinds=previews.KINDS,
            may_preview=may(role, "POST /console/data/preview"), mapping="", most=deeds.MOST_MAPPING,
            why=self._reader(visit), fittings=fittings.survey(self._services),
            **{"answers": None, "problem": "", **asked},
        )

    def ask_engine(self, visit: Visit) -> Response:
        """The same page, with the engine's answers."""
        try:
            return self.show(visit, answers=deeds.ask_engine(self._services, visit.person))
        except RateLimited:
            return self.show(visit, problem=_TOO_OFTEN, status=429)

    def preview(self, visit: Visit, name: str, content: bytes, mapping: str) -> Response:
        """A file's first rows as a mapping understands them, and that mapping; nothing is kept."""
        mapping, seen, problem, detail, status = mapping.replace("\r\n", "\n"), None, "", "", 200
        try:
            seen = previews.preview(self._services, visit.person, name, content, mapping)
        except RateLimited:
            problem, status = _TOO_OFTEN, 429
        except FixInput as error:
            problem, detail, status = _WRONG_FILE, self._words(visit).refusal(error), 400
        return self._frame.show(
            visit, "data_preview.html", here="data", status=status, seen=seen, problem=problem,
            mapping=seen.mapping if seen else mapping, detail=detail,
            why=self._reader(visit), kinds=previews.KINDS, most=deeds.MOST_MAPPING,
            pairs=lambda told: show_received(visit.person.role, json.loads(told or "{}")),
        )

    def show_silo(
        self, visit: Visit, name: str, run: int = 0, wanted: Wanted = ALL, *, status: int = 200, **tried: Any
    ) -> Response:
        """A silo's imports, their quality, a page of its refused rows; a form to try those of one import again."""
        role = visit.person.role
        silo = deeds.look_at(self._services, visit.person, name, wanted)
        may_replay = may(role, "POST /console/data/{silo}/replay")
        chosen = next((each for each in silo.runs if each.refused and each.records and each.run_id == run), None)
        mapping = tried.pop("mapping", "")
        if may_replay and chosen and not mapping:
            mapping = deeds.propose_mapping(self._services, chosen)
        return self._frame.show(
            visit, "data_silo.html", here="data", status=status, silo=silo, chosen=chosen, may_replay=may_replay,
            mapping=mapping, table=_lay_out(silo, wanted), sees=sees_received(role), why=self._reader(visit),
            received=lambda payload: show_received(role, payload), most=deeds.MOST_MAPPING,
            **{"outcome": None, "problem": "", "detail": "", **tried},
        )

    def replay(self, visit: Visit, name: str, form: dict[str, str]) -> Response:
        """Try them again; what came of it stands above the rows that are left."""
        mapping, number = form.get("mapping", "").replace("\r\n", "\n"), form.get("run", "")
        run = int(number) if number.isdecimal() and len(number) < _MOST_DIGITS else 0
        try:
            asked = read_asked(deeds.Replayed, {**form, "mapping": mapping})
            outcome = deeds.replay(self._services, visit.person, name, asked)
        except RateLimited:
            return self.show_silo(visit, name, run, mapping=mapping, problem=_TOO_OFTEN, status=429)
        except FixInput as error:
            detail = self._words(visit).refusal(error)
            return self.show_silo(
                visit, name, run, mapping=mapping, problem=_WRONG_MAPPING, detail=detail, status=400
            )
        return self.show_silo(visit, name, run, mapping=mapping, outcome=outcome)

    def _reader(self, visit: Visit) -> Any:
        words = self._words(visit)
        return lambda reason: read_reason(reason, words.say)

    def _words(self, visit: Visit) -> Words:
        return Words(visit.person.language, self._services.settings.timezone)


def _lay_out(silo: deeds.Silo, wanted: Wanted) -> Table[RejectRow]:
    """A silo's refused rows."""
    path = f"{PATH}/{quote(silo.name)}"
    heads = [head_of(path, wanted, each, (_WHEN,), _WHEN) for each in _REJECT_COLUMNS]
    filters = [choose_from(wanted, "text", "field")]
    return Table(path, wanted, silo.rejects, heads, filters, str(silo.next_after or ""))


def _name_rhythm(row: SiloRow) -> str:
    return "unknown" if row.usual is None else "late" if row.is_late else "in_time"
