"""The console: try-on's pages: which products wait for somebody, one with its points, a correction kept."""

from itertools import islice
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse, Response

from bot.console.deeds import fittings as deeds
from bot.console.deeds.inputs import read_asked
from bot.console.fitting_words import CATEGORY_WORDS, FLAT_WORDS, NECKLINE_WORDS, POINT_WORDS
from bot.console.fittings import FittingView
from bot.console.frame import Frame, go_to
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.errors import Conflict, FixInput
from bot.tryon.points import OUTLINES, OUTSIDE
from bot.tryon.record import DOUBTS, NECKLINES

PAGE = 24
_PATH = "/console/try-on"
_MOST_FIELDS, _MOST_FORM_BYTES = 2 * deeds.MOST_POINTS + 8, 8_000
_NO_NUMBERS = "needs two numbers"
_NO_LENGTH = "is no length between 0 and 300 cm"
_MEANWHILE = "Somebody changed this meanwhile. Here is how it is now."
_WRONG = "This was not kept."
_PICTURE_HEADERS = {
    "Cache-Control": "private, no-store", "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
}


def build_fitting_pages(frame: Frame) -> APIRouter:
    """Every page under /console/try-on."""
    router = APIRouter(prefix=_PATH, include_in_schema=False, route_class=frame.route_class)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token, _MOST_FORM_BYTES, _MOST_FIELDS)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_all(visit: here, page: Annotated[int, Query(ge=1, le=9_999)] = 1, saved: bool = False) -> Response:
        return pages.show_all(visit, page, saved)

    @router.get("/{record}")
    def show_one(record: str, visit: here, saved: bool = False) -> Response:
        return pages.show_one(visit, deeds.look_at(frame.services, record), saved=saved)

    @router.get("/{record}/picture")
    def give_picture(record: str, visit: here) -> Response:
        path = deeds.picture_of(frame.services, record)
        return FileResponse(path, media_type="image/png", headers=_PICTURE_HEADERS)

    @router.post("/{record}")
    def correct(record: str, visit: here, form: sent) -> Response:
        return pages.correct(visit, record, form)

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show_all(self, visit: Visit, page: int, saved: bool) -> Response:
        """A page of them, those that wait first."""
        found = deeds.survey(self._services)
        first = (page - 1) * PAGE
        return self._frame.show(
            visit, "fittings.html", here="data", found=found, rows=found.rows[first : first + PAGE], page=page,
            has_more=len(found.rows) > first + PAGE, saved=saved, doubts=DOUBTS, categories=CATEGORY_WORDS,
        )

    def show_one(
        self, visit: Visit, view: FittingView, form: dict[str, str] | None = None, *, status: int = 200,
        saved: bool = False, **told: Any,
    ) -> Response:
        """One, with what was typed where a form came back."""
        may_correct = view.has_picture and may(visit.person.role, f"POST {_PATH}/{{record}}")
        return self._frame.show(
            visit, "fitting.html", here="data", status=status, script=may_correct, view=view, saved=saved,
            may_correct=may_correct, fields=form or _fields_of(view), outline=OUTLINES[view.category],
            point_words=POINT_WORDS, doubts=DOUBTS, categories=CATEGORY_WORDS, necklines=NECKLINE_WORDS,
            neckline_names=NECKLINES, flats=FLAT_WORDS, **{"problem": "", "wrong": "", "why": "", **told},
        )

    def correct(self, visit: Visit, name: str, form: dict[str, str]) -> Response:
        """Keep it, and go to the next that waits; else the page again, with what is wrong."""
        try:
            asked = read_asked(deeds.Corrected, _read_form(form))
            deeds.correct(self._services, visit.person, name, asked)
        except Conflict:
            view = deeds.look_at(self._services, name)
            return self.show_one(visit, view, problem=_MEANWHILE, status=409)
        except FixInput as error:
            view = deeds.look_at(self._services, name)
            typed = {**_fields_of(view), **form}
            return self.show_one(visit, view, typed, problem=_WRONG, wrong=error.field, why=error.message, status=400)
        waiting = (each.name for each in deeds.survey(self._services).rows if each.waits and each.has_picture)
        path = "/".join((_PATH, *(quote(each, safe="") for each in islice(waiting, 1))))
        return go_to(f"{path}?saved=1")


def _fields_of(view: FittingView) -> dict[str, str]:
    """The form's fields as the record fills them; a point or measure that it has not is empty."""
    fields: dict[str, str] = {"neckline": view.neckline}
    for name in OUTLINES[view.category]:
        x, y = view.points.get(name, (None, None))
        fields |= {f"x_{name}": _plain(x), f"y_{name}": _plain(y)}
    return fields | {f"cm_{name}": _plain(view.flat_cm.get(name)) for name in FLAT_WORDS}


def _read_form(form: dict[str, str]) -> dict[str, Any]:
    """What the deed asks for. FixInput names a point or a measure that is no number."""
    points = {
        name: (_read_pixels(name, form.get(f"x_{name}", "")), _read_pixels(name, form.get(f"y_{name}", "")))
        for name in POINT_WORDS if form.get(f"x_{name}", "").strip() or form.get(f"y_{name}", "").strip()
    }
    measures = {name: form.get(f"cm_{name}", "").strip() for name in FLAT_WORDS}
    flat = {name: _read_centimetres(name, said) for name, said in measures.items() if said}
    neckline = form.get("neckline") or "unknown"
    return {"version": form.get("version", ""), "points": points, "neckline": neckline, "flat_cm": flat}


def _read_pixels(name: str, said: str) -> float:
    pixels = _read_number(name, said, _NO_NUMBERS)
    if not abs(pixels) <= deeds.MOST_PIXELS:  # neither is NaN
        raise FixInput(name, OUTSIDE)
    return pixels


def _read_centimetres(name: str, said: str) -> float:
    centimetres = _read_number(name, said, _NO_LENGTH)
    if not 0 < centimetres <= deeds.MOST_CENTIMETRES:
        raise FixInput(name, _NO_LENGTH)
    return centimetres


def _read_number(name: str, said: str, otherwise: str) -> float:
    try:
        return float(said.strip().replace(",", "."))
    except ValueError as error:
        raise FixInput(name, otherwise) from error


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}".removesuffix(".0")
