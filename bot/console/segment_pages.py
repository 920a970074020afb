"""The console: the segments' page: who is in which, what came and went, the overlap of two, a rule tried by a form."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from bot.console.frame import Frame
from bot.console.segments import CLAUSES, JOINS, add_clause, count_matching, find_overlap, list_segments
from bot.console.sessions import Visit
from bot.errors import FixInput
from bot.profile.rate_limits import take
from bot.profile.segments.describe import describe_rule
from bot.profile.segments.members import count_persons

TRIES, TRY_SECONDS = 30, 300  # of one person: a rule that is tried looks at everybody
_MOST_RULE = 600
_TOO_OFTEN = "That was tried often enough for now. Please wait five minutes."


def build_segment_pages(frame: Frame) -> APIRouter:
    """Every page under /console/segments."""
    router = APIRouter(prefix="/console/segments", include_in_schema=False)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_segments(visit: here, one: str = "", other: str = "") -> Response:
        return pages.show(visit, one, other)

    @router.post("")
    def try_rule(visit: here, form: sent) -> Response:
        return pages.try_rule(visit, form)

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show(self, visit: Visit, one: str = "", other: str = "", *, status: int = 200, **tried: Any) -> Response:
        """All of them, with the overlap of two where they are named, and what came of a rule."""
        services, language = self._services, visit.person.language
        with services.store.read() as connection:
            rows = list_segments(connection, services.segments, services.clock())
            names = {each.name for each in rows}
            if (one or other) and not {one, other} <= names:
                raise HTTPException(404)
            overlap = find_overlap(connection, one, other) if one and other else None
            persons = count_persons(connection)
        book = services.segments.segments
        said = {name: describe_rule(each.tree, language) for name, each in book.items()}
        titles = {name: each.titles.get(language, name) for name, each in book.items()}
        return self._frame.show(
            visit, "segments.html", here="segments", status=status, rows=rows, persons=persons, said=said,
            titles=titles, overlap=overlap, one=one, other=other, clauses=CLAUSES, joins=JOINS, most=_MOST_RULE,
            **{"rule": "", "count": None, "problem": "", "detail": "", **tried},
        )

    def try_rule(self, visit: Visit, form: dict[str, str]) -> Response:
        """How many persons a rule finds, and the rule in words. Nothing is kept."""
        services, now = self._services, self._services.clock()
        rule = " ".join(form.get("rule", "").split())[:_MOST_RULE]
        with services.store.write() as connection:
            may_try = take(connection, f"console:rule:{visit.person.name}", limit=TRIES,
                           window_seconds=TRY_SECONDS, now=now)
        if not may_try:
            return self.show(visit, rule=rule, problem=_TOO_OFTEN, status=429)
        try:
            tree = services.segments.read(add_clause(rule, form, services.goals.currency))
        except FixInput as error:
            return self.show(visit, rule=rule, problem="The rule is not understood.", detail=error.message, status=400)
        with services.store.read() as connection:
            count = count_matching(connection, services.segments, tree, now)
        return self.show(visit, rule=describe_rule(tree, visit.person.language), count=count)
