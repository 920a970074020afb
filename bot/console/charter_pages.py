"""The console: who answers for what, what waits for whom, and saying yes or no to it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.charter.book import PARTS
from bot.console.deeds.charter import (
    ChangeAnswered,
    OwnerChosen,
    answer_change,
    change_owner,
    look_at_charter,
)
from bot.console.deeds.endings import EndingDecided, decide_ending, look_at_ending
from bot.console.deeds.inputs import PathSubject, read_asked
from bot.console.deeds.resumptions import ASKED, ResumptionTakenBack, take_back_resumption
from bot.console.deeds.yields import YieldDecided, decide_yield
from bot.console.frame import GUIDE, Frame, go_to
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.errors import Conflict, FixInput

PATH = "/console/charter"
_MOST_DIFFERENCES = 30
_NOBODY = "Nobody signs in by that name whose role may answer. Nothing was changed."
_NEEDED = "Something in force still needs it: change that, or end it at once, first. Nothing was changed."
_WRONG = {
    "reason": "Please say why, in a few words.",
    "person": _NOBODY, "delegate": _NOBODY,
    "under_way": _NEEDED,
    "needs": "It needs what is not in force: that is agreed on, or begins again, first. Nothing was changed.",
    "state": "It is so already. Nothing was changed.",
    "yields": "That would close a circle, in which each waits for the other, or it is so already. Nothing was changed.",
}

_STALE = (
    "Something else was agreed on since this was drafted, and would be undone. Take the draft back, compare the two, "
    "save it and propose it again."
)


def build_charter_pages(frame: Frame) -> APIRouter:
    """Every page under /console/charter."""
    router = APIRouter(prefix=PATH, include_in_schema=False, route_class=frame.route_class)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_charter(visit: here) -> Response:
        return pages.show(visit)

    @router.post("/answers")
    def answer(visit: here, form: sent) -> Response:
        return pages.answer(visit, form)

    @router.post("/take-back")
    def take_back(visit: here, form: sent) -> Response:
        return pages.take_back(visit, form)

    @router.post("/owners")
    def change_owner(visit: here, form: sent) -> Response:
        return pages.change_owner(visit, form)

    @router.get("/endings/{subject}")
    def show_ending(subject: PathSubject, visit: here) -> Response:
        return pages.show_ending(visit, subject)

    @router.post("/endings")
    def decide_ending(visit: here, form: sent) -> Response:
        return pages.decide_ending(visit, form)

    @router.post("/yields")
    def decide_yield(visit: here, form: sent) -> Response:
        return pages.decide_yield(visit, form)

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show(
        self, visit: Visit, *, problem: str = "", typed: Mapping[str, str] | None = None, status: int = 200
    ) -> Response:
        """What waits for whom, who answers for what, and which journeys want the same people."""
        charter = self._services.charter
        if charter is None:
            return self._frame.show(visit, "charter_none.html", here="charter")
        state, role = look_at_charter(self._services, visit.person), visit.person.role
        return self._frame.show(
            visit, "charter.html", here="charter", goal_names=self._frame.name_goals(visit), status=status,
            problem=problem, typed=typed or {},
            changes=state.changes, parts=PARTS, conflicts=state.conflicts, subjects=state.subjects,
            most=_MOST_DIFFERENCES,
            deadline_days=charter.deadline / timedelta(days=1),
            may_decide=may(role, f"POST {PATH}/yields"), may_change=may(role, f"POST {PATH}/owners"),
            may_take_back=may(role, f"POST {PATH}/take-back"), asked=ASKED, ended=state.ended,
            may_end=may(role, f"POST {PATH}/endings"),
        )

    def answer(self, visit: Visit, form: dict[str, str]) -> Response:
        """Say yes or no for the parts that are one's own."""
        try:
            answer_change(self._services, visit.person, read_asked(ChangeAnswered, form))
        except FixInput as error:
            return self._ask_why(visit, error, form)
        except Conflict:
            return self.show(visit, problem=_STALE, typed=form, status=409)
        return go_to(f"{GUIDE}#live" if form.get("back") == "guide" else PATH)

    def take_back(self, visit: Visit, form: dict[str, str]) -> Response:
        """Ask no more that a journey goes on."""
        take_back_resumption(self._services, visit.person, read_asked(ResumptionTakenBack, form))
        return go_to(PATH)

    def change_owner(self, visit: Visit, form: dict[str, str]) -> Response:
        """Somebody else answers for a part from now on."""
        try:
            change_owner(self._services, visit.person, read_asked(OwnerChosen, form))
        except FixInput as error:
            return self._ask_why(visit, error, form)
        return go_to(PATH)

    def show_ending(
        self, visit: Visit, subject: str, *, problem: str = "", typed: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        """How something stands that may end, or has."""
        seen = look_at_ending(self._services, subject)
        return self._frame.show(
            visit, "ending.html", here="charter", goal_names=self._frame.name_goals(visit), status=status,
            seen=seen, problem=problem, typed=typed or {},
        )

    def decide_ending(self, visit: Visit, form: dict[str, str]) -> Response:
        """Ask the three that something ends, or begins again."""
        subject = form.get("subject", "")
        try:
            decide_ending(self._services, visit.person, read_asked(EndingDecided, form))
        except FixInput as error:
            if error.field not in _WRONG:
                raise
            return self.show_ending(visit, subject, problem=_WRONG[error.field], typed=form, status=400)
        return go_to(f"{PATH}#waits")

    def decide_yield(self, visit: Visit, form: dict[str, str]) -> Response:
        """Ask the three which of two journeys yields, and why."""
        try:
            decide_yield(self._services, visit.person, read_asked(YieldDecided, form))
        except FixInput as error:
            return self._ask_why(visit, error, form)
        return go_to(PATH)

    def _ask_why(self, visit: Visit, error: FixInput, form: dict[str, str]) -> Response:
        """What may be wrong by mistake; anything else that is wrong was not sent by our form."""
        if error.field not in _WRONG:
            raise error
        return self.show(visit, problem=_WRONG[error.field], typed=form, status=400)
