"""The console: the journeys' list, one drawn with its words, its versions compared, stopping it, trying it out."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.charter.content import journey_subject
from bot.charter.kept import read_ended
from bot.console.content import COUNTS
from bot.console.deeds import journey_versions as versions
from bot.console.deeds import journeys as deeds
from bot.console.deeds.endings import list_endable
from bot.console.deeds.inputs import Why, read_asked
from bot.console.deeds.results import speak_results
from bot.console.flow import draw_flow, list_nodes
from bot.console.frame import Frame, go_to
from bot.console.journeys import STATES, JourneyRow, list_messages, mark_facts
from bot.console.list_query import choose_from, lay_out, read_wanted
from bot.console.overview import CHART_DAYS
from bot.console.paging import Wanted
from bot.console.result_view import STEPS, LiftLine, Results
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.console.shop_goals import goals_in_force
from bot.console.words import Words
from bot.decision.triggers import CHANNELS, Trigger
from bot.errors import FixInput, RateLimited, Unsupported

PATH = "/console/journeys"
_COLUMNS: Mapping[str, Callable[[JourneyRow], Any]] = {  # beside its name
    "state": lambda each: each.state, "channels": lambda each: each.trigger.channels,
    "versions": lambda each: each.versions, "on the way": lambda each: each.waiting,
    "sent": lambda each: each.sent, "held": lambda each: each.held,
}
NEW = "GET /console/journeys/new"
SHOWN = 10  # of a trial's messages
_NO_REASON = "Please say why, in a few words."
_TOO_OFTEN = "That was tried often enough for now. Please wait five minutes."
_CAMPAIGN = "A campaign begins by hand, not on events: there is no day to try it on."


def build_journey_pages(frame: Frame) -> APIRouter:
    """Every page under /console/journeys."""
    router = APIRouter(prefix=PATH, include_in_schema=False, route_class=frame.route_class)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_journeys(visit: here, wanted: Annotated[Wanted, Depends(read_wanted)]) -> Response:
        return pages.list(visit, wanted)

    @router.get("/{journey}")
    def show_journey(journey: str, visit: here) -> Response:
        return pages.show(visit, pages.find(journey))

    @router.get("/{journey}/versions")
    def compare_versions(journey: str, visit: here, one: str = "", other: str = "") -> Response:
        return pages.compare(visit, pages.find(journey), one, other)

    @router.post("/{journey}/pause")
    def pause(journey: str, visit: here, form: sent) -> Response:
        return pages.change(visit, pages.find(journey), form, deeds.pause)

    @router.post("/{journey}/resume")
    def resume(journey: str, visit: here, form: sent) -> Response:
        return pages.change(visit, pages.find(journey), form, deeds.resume)

    @router.post("/{journey}/trial")
    def try_it(journey: str, visit: here, form: sent) -> Response:
        return pages.try_it(visit, pages.find(journey))

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def find(self, name: str) -> Trigger:
        """A journey of the shop's file."""
        return deeds.find_journey(self._services, name)

    def list(self, visit: Visit, wanted: Wanted) -> Response:
        """All of them that are wanted, a page at a time."""
        words = Words(visit.person.language, self._services.settings.timezone)
        rows = deeds.survey(self._services)
        names = {each.trigger.name: words.journey(each.trigger.name).casefold() for each in rows}
        table = lay_out(PATH, rows, wanted, {"journey": lambda each: names[each.trigger.name], **_COLUMNS}, [
            (choose_from(wanted, "state", "state", [(each, words.say(name)) for each, name in STATES.items()]),
             lambda each, state: each.state == state),
            (choose_from(wanted, "channel", "channel", [(each, words.name("channel", each)) for each in CHANNELS]),
             lambda each, channel: channel in each.trigger.channels),
            (choose_from(wanted, "text", "Holds the words"),
             lambda each, text: text.casefold() in f"{each.trigger.name} {names[each.trigger.name]}"),
        ])
        return self._frame.show(
            visit, "journeys.html", here="journeys", table=table, days=CHART_DAYS, is_empty=not rows,
            may_draft=may(visit.person.role, NEW),
        )

    def show(self, visit: Visit, trigger: Trigger, *, problem: str = "", status: int = 200, **more: Any) -> Response:
        """One of them, with what came of a trial where there was one."""
        words = Words(visit.person.language, self._services.settings.timezone)
        journey = deeds.look_at(self._services, trigger)
        book = goals_in_force(self._services)
        goals = [each.names[visit.person.language] for each in book.goals if each.serves(trigger.name)]
        allowed = {
            deed: may(visit.person.role, f"POST /console/journeys/{{journey}}/{deed}")
            for deed in ("pause", "resume", "trial")
        }
        return self._frame.show(
            visit, "journey.html", here="journeys", status=status, trigger=trigger, pause=journey.pause,
            versions=journey.versions, goals=goals, deeds=allowed, messages=list_messages(trigger),
            flow=draw_flow(list_nodes(trigger, words), words.journey(trigger.name)), waits=journey.waits,
            mark_facts=mark_facts, problem=problem, drafts=deeds.list_open_drafts(self._services, trigger),
            may_draft=may(visit.person.role, NEW), may_compare=len(versions.list_known(self._services, trigger)) > 1,
            yields_to=journey.yields_to, before=journey.before,
            ended=journey.ended, state=journey.state, may_end=self._may_end(visit, trigger),
            **{"trial": None, "tried_on": None, "shown": SHOWN, **more},
        )

    def _may_end(self, visit: Visit, trigger: Trigger) -> bool:
        """Whether somebody may ask that it ends: it was agreed on, and their role may."""
        if not self._services.charter or not may(visit.person.role, "POST /console/charter/endings"):
            return False
        subject = journey_subject(trigger.name)
        with self._services.store.read() as connection:
            has_ended = subject in read_ended(connection)
        return has_ended or subject in list_endable(self._services)

    def compare(self, visit: Visit, trigger: Trigger, one: str, other: str) -> Response:
        """Two of its versions side by side, and what came of each."""
        services, language = self._services, visit.person.language
        found = versions.compare_versions(services, trigger, one, other)
        goals = [each for each in goals_in_force(services).goals if each.serves(trigger.name)]
        results = speak_results(services, language)
        return self._frame.show(
            visit, "journey_versions.html", here="journeys", trigger=trigger, found=found,
            known=versions.list_known(services, trigger), counts=COUNTS, steps=STEPS, goals=goals if found else [],
            lifts={each.key: _line_up(results, found, each.key) for each in goals} if found else {},
        )

    def change(self, visit: Visit, trigger: Trigger, form: dict[str, str], deed: Callable[..., object]) -> Response:
        """Stop it or let it go on, with the reason."""
        try:
            asked = read_asked(Why, form)
        except FixInput:
            return self.show(visit, trigger, problem=_NO_REASON, status=400)
        deed(self._services, visit.person, trigger, asked)
        return go_to(f"/console/journeys/{trigger.name}")

    def try_it(self, visit: Visit, trigger: Trigger) -> Response:
        """Whom it would have written to yesterday."""
        try:
            day, trial = deeds.try_on_yesterday(self._services, visit.person, trigger)
        except Unsupported:
            return self.show(visit, trigger, problem=_CAMPAIGN, status=400)
        except RateLimited:
            return self.show(visit, trigger, problem=_TOO_OFTEN, status=429)
        return self.show(visit, trigger, trial=trial, tried_on=day)


def _line_up(results: Results, found: versions.Comparison, goal: str) -> list[LiftLine | None]:
    """What the two versions brought towards a goal, drawn on one scale; None where nothing is told of it."""
    lifts = {each.version: lift for each in found.outcomes if (lift := each.lifts.get(goal))}
    lines = {each.key: each for each in results.lift_lines(lifts, "version")}
    return [lines.get(each.version) for each in found.outcomes]
