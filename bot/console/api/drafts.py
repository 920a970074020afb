"""The console's API: what is drafted: begin, change, propose, take back, drop, try on yesterday."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.charter.agreement import Difference
from bot.charter.drafted import print_draft
from bot.charter.drafts import Draft, DraftId, State
from bot.console.api.admission import Here
from bot.console.api.journeys import TrialView, view_trial
from bot.console.deeds import drafts as deeds
from bot.console.deeds.inputs import MOST_NUMBER, Text
from bot.console.pressure_trial import PressureTrial

Number = Annotated[int, Path(ge=1, le=MOST_NUMBER)]


class DraftLine(BaseModel):
    """A draft of the list. `revision`: what a change or a deed on it says that it was read at."""

    draft: int
    kind: str
    name: str
    state: State
    why: str
    made_by: str
    made_at: datetime
    changed_by: str
    changed_at: datetime
    revision: int


class ProblemView(BaseModel):
    """Why it cannot be proposed: the place in its table, counted from one; "" of it as a whole."""

    place: str
    message: str


class Checked(BaseModel):
    """What the file's parser says of a table; null: it could be proposed."""

    problem: ProblemView | None


class DraftView(DraftLine):
    """A draft with its table. `is_behind`: something else was agreed on since it was saved."""

    body: Mapping[str, Any]
    toml: str
    problem: ProblemView | None
    differences: Sequence[Difference]
    is_new: bool
    is_behind: bool


def add_draft_calls(router: APIRouter, services: Services) -> None:
    """Every call under /drafts. What changes one answers with the draft as it stands then."""

    @router.get("/drafts")
    def list_drafts(
        here: Here, kind: Annotated[Text, Query(max_length=32)] = "", name: Annotated[Text, Query(max_length=64)] = ""
    ) -> Sequence[DraftLine]:
        return [DraftLine(**_line(each)) for each in deeds.list_open(services, kind, name)]

    @router.post("/drafts/check", description="Nothing is kept.")
    def check(here: Here, asked: deeds.DraftChecked) -> Checked:
        found = deeds.check(services, asked)
        return Checked(problem=ProblemView(place=found.place, message=found.message) if found else None)

    @router.get("/drafts/{draft}")
    def show_draft(draft: Number, here: Here) -> DraftView:
        return _view(deeds.look_at(services, DraftId(draft)))

    @router.post("/drafts")
    def make(here: Here, asked: deeds.DraftMade) -> DraftView:
        return _view(deeds.look_at(services, deeds.make(services, here.person, asked).id))

    @router.put("/drafts/{draft}")
    def change(draft: Number, here: Here, asked: deeds.DraftChanged) -> DraftView:
        deeds.change(services, here.person, DraftId(draft), asked)
        return _view(deeds.look_at(services, DraftId(draft)))

    @router.post("/drafts/{draft}/propose", description="The charter’s three parts are asked.")
    def propose(draft: Number, here: Here, asked: deeds.DraftMoved) -> DraftView:
        deeds.propose_it(services, here.person, DraftId(draft), asked)
        return _view(deeds.look_at(services, DraftId(draft)))

    @router.post("/drafts/{draft}/take-back")
    def take_back(draft: Number, here: Here, asked: deeds.DraftMoved) -> DraftView:
        deeds.take_back(services, here.person, DraftId(draft), asked)
        return _view(deeds.look_at(services, DraftId(draft)))

    @router.post("/drafts/{draft}/drop")
    def drop(draft: Number, here: Here, asked: deeds.DraftMoved) -> DraftView:
        deeds.drop(services, here.person, DraftId(draft), asked)
        return _view(deeds.look_at(services, DraftId(draft)))

    @router.post("/drafts/{draft}/trial", description="At most ten in five minutes. Nothing is sent.")
    def try_it(draft: Number, here: Here) -> TrialView:
        return view_trial(*deeds.try_draft(services, here.person, DraftId(draft)))


    @router.post("/drafts/{draft}/held", description="Of caps alone; at most ten in five minutes. Nothing changes.")
    def try_caps(draft: Number, here: Here) -> PressureTrial:
        return deeds.try_pressure(services, here.person, DraftId(draft))


def _line(draft: Draft) -> dict[str, Any]:
    return {
        "draft": draft.id, "kind": draft.kind, "name": draft.name, "state": draft.state, "why": draft.why,
        "made_by": draft.made_by, "made_at": draft.made_at, "changed_by": draft.changed_by,
        "changed_at": draft.changed_at, "revision": draft.revision,
    }


def _view(seen: deeds.DraftSeen) -> DraftView:
    draft, problem = seen.draft, seen.problem
    return DraftView(
        **_line(draft), body=draft.body, toml=print_draft(draft.kind, draft.name, draft.body),
        problem=ProblemView(place=problem.place, message=problem.message) if problem else None,
        differences=seen.differences, is_new=seen.is_new, is_behind=seen.is_behind,
    )
