"""The console: what was not understood, in groups; each line read, kept or left out, and taken as training lines."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.console.deeds import training as deeds
from bot.console.deeds.inputs import Text, read_asked
from bot.console.frame import HEADERS, Frame
from bot.console.misunderstood import INTENTS, LINES, SHOWN
from bot.console.sessions import Visit
from bot.contracts.messages import LANGUAGES, Language
from bot.errors import FixInput, NotFound

_NONE_CHOSEN = "Please tick at least one line, and say what it means."
_GONE = "A line is gone since. Here is what there is now."
_PATH = "/console/misunderstood"
_FIELDS = 2 * SHOWN + 2


def build_misunderstood_pages(frame: Frame) -> APIRouter:
    """Every page under /console/misunderstood."""
    router = APIRouter(prefix=_PATH, include_in_schema=False, route_class=frame.route_class)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token, most_fields=_FIELDS)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show(visit: here, language: Text = "") -> Response:
        return _show(frame, visit, _language(visit, language))

    @router.post("")
    def take(visit: here, form: sent) -> Response:
        return _take(frame, visit, form)

    return router


def _show(frame: Frame, visit: Visit, language: Language, *, problem: str = "", status: int = 200) -> Response:
    groups = deeds.look(frame.services, visit.person, language)
    return frame.show(
        visit, "misunderstood.html", here="conversations", status=status, groups=groups, chosen=language,
        tongues=LANGUAGES, intents=INTENTS, problem=problem, most=LINES,
    )


def _take(frame: Frame, visit: Visit, form: dict[str, str]) -> Response:
    ticked = [name.removeprefix("line_") for name in form if name.startswith("line_")]
    language = _language(visit, form.get("language", ""))
    try:
        asked = read_asked(deeds.LinesChosen, {"language": language, "lines": [
            {"line": each, "intent": form.get(f"intent_{each}", "")} for each in ticked
        ]})
        made = deeds.make_training(frame.services, visit.person, asked)
    except FixInput:
        return _show(frame, visit, language, problem=_NONE_CHOSEN, status=400)
    except NotFound:
        return _show(frame, visit, language, problem=_GONE, status=404)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.content, media_type="application/yaml", headers=headers)


def _language(visit: Visit, asked: str) -> Language:
    return next((each for each in LANGUAGES if each == asked), visit.person.language)
