"""The console: the data's pages: silos and the engine, a silo's refused rows, trying them again with a mapping."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from bot.console.deeds import data as deeds
from bot.console.deeds import fittings, previews
from bot.console.deeds.inputs import MOST_NUMBER, read_asked
from bot.console.frame import Frame, PageRoute
from bot.console.masking import sees_received, show_received
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.console.words import Words
from bot.errors import FixInput, RateLimited
from bot.intake.importers.quality_page import read_reason

_MOST_FORM_BYTES = 24_000  # a mapping, percent signs included
_MOST_DIGITS = 19
_TOO_OFTEN = "That was tried often enough for now. Please wait five minutes."
_WRONG_FILE = "The file is not understood."
_WRONG_MAPPING = "The rows were not tried."
_LISTED = ("reviews", "letters", "unanswered", "silos")  # what Today tells of that concerns data


def build_data_pages(frame: Frame) -> APIRouter:
    """Every page under /console/data."""
    router = APIRouter(prefix="/console/data", include_in_schema=False, route_class=PageRoute)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token, _MOST_FORM_BYTES)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_data(visit: here) -> Response:
        return pages.show(visit)

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
        silo: str, visit: here, after: Annotated[int, Query(ge=0, le=MOST_NUMBER)] = 0,
        run: Annotated[int, Query(ge=0, le=MOST_NUMBER)] = 0,
    ) -> Response:
        return pages.show_silo(visit, silo, after, run)

    @router.post("/{silo}/replay")
    def replay(silo: str, visit: here, form: sent) -> Response:
        return pages.replay(visit, silo, form)

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show(self, visit: Visit, *, status: int = 200, **asked: Any) -> Response:
        """Every silo and the engine, with what came of asking it."""
        rows, engine = deeds.survey(self._services)
        role = visit.person.role
        lists = [each for each in _LISTED if may(role, f"GET /console/lists/{each}")]
        return self._frame.show(
            visit, "data.html", here="data", status=status, rows=rows, engine=engine, lists=lists,
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
            problem, detail, status = _WRONG_FILE, f"{error.field}: {error.message}", 400
        return self._frame.show(
            visit, "data_preview.html", here="data", status=status, seen=seen, problem=problem,
            mapping=seen.mapping if seen else mapping, detail=detail,
            why=self._reader(visit), kinds=previews.KINDS, most=deeds.MOST_MAPPING,
            pairs=lambda told: show_received(visit.person.role, json.loads(told or "{}")),
        )

    def show_silo(
        self, visit: Visit, name: str, after: int = 0, run: int = 0, *, status: int = 200, **tried: Any
    ) -> Response:
        """A silo's imports, their quality, a page of its refused rows; a form to try those of one import again."""
        role = visit.person.role
        silo = deeds.look_at(self._services, visit.person, name, after)
        may_replay = may(role, "POST /console/data/{silo}/replay")
        chosen = next((each for each in silo.runs if each.refused and each.records and each.run_id == run), None)
        mapping = tried.pop("mapping", "")
        if may_replay and chosen and not mapping:
            mapping = deeds.propose_mapping(self._services, chosen)
        return self._frame.show(
            visit, "data_silo.html", here="data", status=status, silo=silo, chosen=chosen, may_replay=may_replay,
            mapping=mapping, after=after, sees=sees_received(role), why=self._reader(visit),
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
            return self.show_silo(visit, name, run=run, mapping=mapping, problem=_TOO_OFTEN, status=429)
        except FixInput as error:
            detail = f"{error.field}: {error.message}"
            return self.show_silo(
                visit, name, run=run, mapping=mapping, problem=_WRONG_MAPPING, detail=detail, status=400
            )
        return self.show_silo(visit, name, run=run, mapping=mapping, outcome=outcome)

    def _reader(self, visit: Visit) -> Any:
        words = Words(visit.person.language, self._services.settings.timezone)
        return lambda reason: read_reason(reason, words.say)
