"""The console: the segments' page: who is in which, what came and went, the overlap of two, a rule tried by a form."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.charter.drafts import TooManyDrafts
from bot.console.deeds import lookalikes
from bot.console.deeds import segments as deeds
from bot.console.deeds.endings import list_endable
from bot.console.deeds.inputs import read_asked
from bot.console.frame import Frame, go_to
from bot.console.list_query import choose_from, lay_out, read_wanted
from bot.console.paging import ALL, Wanted
from bot.console.roles import may
from bot.console.segments import CLAUSES, JOINS, SegmentRow
from bot.console.sessions import Visit
from bot.console.words import Words
from bot.errors import Conflict, FixInput, RateLimited
from bot.profile.segments.book import Segment
from bot.profile.segments.describe import describe_rule

PATH = "/console/segments"
_WANTED = 1_000
_COLUMNS: Mapping[str, Callable[[SegmentRow], Any] | None] = {  # beside its name; fewer than are told come first
    "rule": None, "persons": lambda each: each.persons or 0, "share": lambda each: each.persons or 0,
    "came": lambda each: each.entered or 0, "went": lambda each: each.left or 0,
}
_TAKEN = "Another draft of it is open: it is proposed, or dropped, first."
_TOO_MANY = "Too many drafts are open. Drop some first."
_NOT_UNDERSTOOD = "The rule is not understood."
_NOT_DRAFTED = "That could not be drafted."
_NOT_SEARCHED = "Who is like them could not be looked for."
_TOO_OFTEN = "That was tried often enough for now. Please wait five minutes."


def build_segment_pages(frame: Frame) -> APIRouter:
    """Every page under /console/segments."""
    router = APIRouter(prefix=PATH, include_in_schema=False, route_class=frame.route_class)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_segments(
        visit: here, wanted: Annotated[Wanted, Depends(read_wanted)], one: str = "", other: str = ""
    ) -> Response:
        return pages.show(visit, one, other, wanted=wanted)

    @router.post("")
    def try_rule(visit: here, form: sent) -> Response:
        return pages.try_rule(visit, form)

    @router.post("/alike")
    def find_alike(visit: here, form: sent) -> Response:
        return pages.find_alike(visit, form)

    @router.post("/draft")
    def draft_rule(visit: here, form: sent) -> Response:
        return pages.draft_rule(visit, form)

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show(
        self, visit: Visit, one: str = "", other: str = "", *, wanted: Wanted = ALL, status: int = 200, **tried: Any
    ) -> Response:
        """A page of them, with the overlap of two where they are named, and what came of a rule."""
        services, language = self._services, visit.person.language
        rows, persons, counted_at = deeds.survey(services)
        overlap = deeds.compare(services, one, other) if one or other else None
        book = deeds.book_in_force(services).segments
        said = {name: describe_rule(each.tree, language) for name, each in book.items()}
        titles = {name: each.titles.get(language, name) for name, each in book.items()}
        called = {each.name: titles.get(each.name, each.name) for each in rows}
        table = lay_out(PATH, rows, wanted, {"segment": lambda each: called[each.name].casefold(), **_COLUMNS}, [
            (choose_from(wanted, "text", "Holds the words"), lambda each, text: text.casefold() in " ".join(
                (each.name, called[each.name], said.get(each.name, ""))).casefold()),
        ])
        return self._frame.show(
            visit, "segments.html", here="segments", status=status, table=table, called=called, persons=persons,
            said=said, titles=titles, overlap=overlap, one=one, other=other, clauses=CLAUSES, joins=JOINS,
            most=deeds.MOST_RULE, counted_at=counted_at, waiting=deeds.list_waiting(services),
            drafted=lookalikes.list_drafted(services), may_draft=may(visit.person.role, f"POST {PATH}/draft"),
            may_open=may(visit.person.role, "GET /console/drafts/{draft}"), titles_by=_titles(book),
            endable=self._endable(visit),
            **{"rule": "", "count": None, "is_few": False, "is_about": False, "problem": "", "detail": "", "typed": {},
               "drafting": None, "alike": None, "segment": "", "size": _WANTED, **tried},
        )

    def _words(self, visit: Visit) -> Words:
        return Words(visit.person.language, self._services.settings.timezone)

    def _endable(self, visit: Visit) -> frozenset[str]:
        """The segments of which somebody may ask that they end."""
        if not self._services.charter or not may(visit.person.role, "POST /console/charter/endings"):
            return frozenset()
        kinds = (each.partition(":") for each in list_endable(self._services))
        return frozenset(name for kind, _, name in kinds if kind == "segment")

    def try_rule(self, visit: Visit, form: dict[str, str]) -> Response:
        """How many persons a rule finds, and the rule in words."""
        typed: dict[str, Any] = {"rule": " ".join(form.get("rule", "").split())[: deeds.MOST_RULE], "typed": form}
        try:
            counted = deeds.count_rule(self._services, visit.person, read_asked(deeds.RuleTried, form))
        except RateLimited:
            return self.show(visit, **typed, problem=_TOO_OFTEN, status=429)
        except FixInput as error:
            detail = self._words(visit).refusal(error)
            return self.show(visit, **typed, problem=_NOT_UNDERSTOOD, detail=detail, status=400)
        return self.show(visit, rule=counted.rule, count=counted.persons, is_few=counted.persons is None,
                         is_about=counted.is_about)

    def find_alike(self, visit: Visit, form: dict[str, str]) -> Response:
        """A rule for people who are like a segment's, and how well that could be told."""
        typed: dict[str, Any] = {"segment": form.get("segment", ""), "size": form.get("size", "")}
        try:
            asked = read_asked(lookalikes.AlikeAsked, form)
            answer = lookalikes.find_alike(self._services, visit.person, asked)
        except RateLimited:
            return self.show(visit, **typed, problem=_TOO_OFTEN, status=429)
        except FixInput as error:
            detail = self._words(visit).refusal(error)
            return self.show(visit, **typed, problem=_NOT_SEARCHED, detail=detail, status=400)
        return self.show(visit, alike=answer, segment=asked.segment, size=asked.size)

    def draft_rule(self, visit: Visit, form: dict[str, str]) -> Response:
        """The rule as a draft of a segment; else the form as it was filled in, with what is wrong."""
        typed: dict[str, Any] = {"rule": form.get("rule", "")[: lookalikes.MOST_RULE], "drafting": form}
        try:
            lookalikes.draft_rule(self._services, visit.person, read_asked(lookalikes.RuleDrafted, form))
        except TooManyDrafts:
            return self.show(visit, **typed, problem=_TOO_MANY, status=409)
        except Conflict:
            return self.show(visit, **typed, problem=_TAKEN, status=409)
        except FixInput as error:
            detail = self._words(visit).refusal(error)
            return self.show(visit, **typed, problem=_NOT_DRAFTED, detail=detail, status=400)
        return go_to(f"{PATH}#drafts")


def _titles(book: Mapping[str, Segment]) -> dict[str, dict[str, str]]:
    """What each segment is called, in both languages: a draft of another names it in both."""
    return {name: {each: segment.titles.get(each, name) for each in ("en", "fr")} for name, segment in book.items()}
