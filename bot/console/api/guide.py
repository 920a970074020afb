"""The console's API: the guide to a first journey: where it stands, and what its buttons do."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.console.api.admission import Here
from bot.console.api.journeys import TrialView, view_trial
from bot.console.deeds import guide as deeds
from bot.console.guide import State, look_at_guide
from bot.console.people import Person


class GuideView(BaseModel):
    """The steps as they stand. `draft`: its number, 0 before there is one; `live`: what came of the last event."""

    is_sandbox: bool
    past: str
    steps: Mapping[str, State]
    journey: str
    draft: int
    live: str
    reasons: Sequence[str]
    letter: str


def add_guide_calls(router: APIRouter, services: Services) -> None:
    """Every call under /guide. What changes something answers with the guide as it stands then."""

    @router.get("/guide")
    def show_guide(here: Here) -> GuideView:
        return _read(services, here.person)

    @router.post("/guide/begin")
    def begin(here: Here, asked: deeds.OccasionChosen) -> GuideView:
        deeds.begin(services, here.person, asked)
        return _read(services, here.person)

    @router.post("/guide/trial", description="Nothing is sent.")
    def try_it(here: Here) -> TrialView:
        return view_trial(*deeds.try_it(services, here.person))

    @router.post("/guide/play", description="In the demo alone, once the three parts have agreed.")
    def play(here: Here, asked: deeds.PlayAsked) -> GuideView:
        deeds.play(services, here.person, asked)
        return _read(services, here.person)

    @router.post("/guide/past", description="In the demo alone.")
    def ask_for_past(here: Here, asked: deeds.PastAsked) -> GuideView:
        deeds.ask_for_past(services, here.person, asked)
        return _read(services, here.person)

    @router.post("/guide/count", description="In the demo alone: today is counted at once.")
    def count_now(here: Here) -> GuideView:
        deeds.count_now(services)
        return _read(services, here.person)


def _read(services: Services, person: Person) -> GuideView:
    today = services.clock().astimezone(ZoneInfo(services.settings.timezone)).date()
    guide = look_at_guide(services, person, today)
    letter = guide.live.letter
    return GuideView(
        is_sandbox=guide.is_sandbox, past=guide.past.state, steps=guide.steps,
        journey=guide.draft.name if guide.draft else "", draft=guide.draft.id if guide.draft else 0,
        live=guide.live.state, reasons=guide.live.reasons, letter=letter.text if letter else "",
    )
