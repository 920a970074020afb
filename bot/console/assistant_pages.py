"""The console: what the assistant proposes to the team: what, on which evidence, with which doubt; and saying no."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.console.deeds import assistant as deeds
from bot.console.deeds.inputs import read_asked
from bot.console.frame import Frame, go_to
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.errors import Conflict, FixInput

PATH = "/console/assistant"
_TAKEN = "Another draft of it is open: it is proposed, or dropped, first."
_NO_REASON = "Please say why, in a few words."


def build_assistant_pages(frame: Frame) -> APIRouter:
    """Every page under /console/assistant."""
    router = APIRouter(prefix=PATH, include_in_schema=False, route_class=frame.route_class)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_board(visit: here) -> Response:
        return _show(frame, visit)

    @router.post("/dismiss")
    def dismiss(visit: here, form: sent) -> Response:
        return _dismiss(frame, visit, form)

    @router.post("/draft")
    def make_drafts(visit: here, form: sent) -> Response:
        return _draft(frame, visit, form)

    return router


def _show(frame: Frame, visit: Visit, *, problem: str = "", status: int = 200) -> Response:
    board = deeds.look_at_board(frame.services, visit.person)
    return frame.show(
        visit, "assistant.html", here="assistant", status=status, problem=problem, board=board,
        may_answer=may(visit.person.role, f"POST {PATH}/dismiss"),
    )


def _draft(frame: Frame, visit: Visit, form: dict[str, str]) -> Response:
    try:
        deeds.make_drafts(frame.services, visit.person, read_asked(deeds.Chosen, form))
    except Conflict:
        return _show(frame, visit, problem=_TAKEN, status=409)
    return go_to(PATH)


def _dismiss(frame: Frame, visit: Visit, form: dict[str, str]) -> Response:
    try:
        deeds.dismiss(frame.services, visit.person, read_asked(deeds.Dismissed, form))
    except FixInput as error:
        if error.field != "reason":
            raise
        return _show(frame, visit, problem=_NO_REASON, status=400)
    return go_to(PATH)
