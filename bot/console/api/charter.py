"""The console's API: the charter: what waits for whom, who answers for what, who yields."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.charter.agreement import Difference, Said
from bot.charter.book import Owner, Part
from bot.charter.ending import UnderWay, is_end
from bot.charter.kept import Ended
from bot.console.api.admission import Here
from bot.console.conflicts import Conflict
from bot.console.deeds import charter as deeds
from bot.console.deeds import endings, resumptions, yields
from bot.console.people import Person


class ChangeView(BaseModel):
    """A change that waits. `mine`: the parts for which the caller may answer."""

    proposal: int
    subject: str
    proposed_at: datetime
    proposed_by: str
    reason: str
    due_at: datetime
    is_late: bool
    is_new: bool
    owners: Mapping[Part, Owner]
    said: Mapping[Part, Said]
    differences: Sequence[Difference]
    mine: Sequence[Part]
    draft: int | None  # that it was written in
    yields: str | None  # of a change of who yields: which one, "" neither; null of any other
    has_ended: bool | None  # of an end: whether it ends or begins again; null of any other
    missing: Sequence[str]  # what has to be in force before it can go live
    under_way: UnderWay | None  # of a journey's end: whether whoever is in it finishes, or hears no more


class SubjectView(BaseModel):
    """Who answers for something."""

    subject: str
    owners: Mapping[Part, Owner]


class CharterView(BaseModel):
    """The charter as it stands."""

    changes: Sequence[ChangeView]
    subjects: Sequence[SubjectView]
    conflicts: Sequence[Conflict]
    ended: Sequence[Ended]


def add_charter_calls(router: APIRouter, services: Services) -> None:
    """Every call under /charter. What changes something answers with the charter as it stands then."""

    @router.get("/charter")
    def show_charter(here: Here) -> CharterView:
        return _read(services, here.person)

    @router.post("/charter/answers")
    def answer(here: Here, asked: deeds.ChangeAnswered) -> CharterView:
        deeds.answer_change(services, here.person, asked)
        return _read(services, here.person)

    @router.post("/charter/owners")
    def change_owner(here: Here, asked: deeds.OwnerChosen) -> CharterView:
        deeds.change_owner(services, here.person, asked)
        return _read(services, here.person)

    @router.post("/charter/take-back", description="That a journey goes on, or that something ends, is asked no more.")
    def take_back(here: Here, asked: resumptions.ResumptionTakenBack) -> CharterView:
        resumptions.take_back_resumption(services, here.person, asked)
        return _read(services, here.person)

    @router.post("/charter/endings", description=(
        "A journey, an offer, a goal or a segment ends, or begins again, once the three have agreed."
    ))
    def decide_ending(here: Here, asked: endings.EndingDecided) -> CharterView:
        endings.decide_ending(services, here.person, asked)
        return _read(services, here.person)

    @router.post("/charter/yields")
    def decide_yield(here: Here, asked: yields.YieldDecided) -> CharterView:
        yields.decide_yield(services, here.person, asked)
        return _read(services, here.person)


def _read(services: Services, person: Person) -> CharterView:
    state = deeds.look_at_charter(services, person)
    return CharterView(
        changes=[_view(each) for each in state.changes], conflicts=state.conflicts,
        ended=state.ended,
        subjects=[SubjectView(subject=subject, owners=owners) for subject, owners in state.subjects],
    )


def _view(change: deeds.Change) -> ChangeView:
    asked = change.proposal
    return ChangeView(
        proposal=asked.id, subject=asked.subject, proposed_at=asked.proposed_at, proposed_by=asked.proposed_by,
        reason=asked.reason, due_at=asked.due_at, is_late=change.is_late, is_new=change.is_new, owners=change.owners,
        said=change.said, differences=change.differences, mine=change.mine,
        missing=change.missing, draft=change.draft, yields=asked.content["yields"] if change.pair else None,
        has_ended=asked.content["has_ended"] if is_end(asked.subject) else None,
        under_way=(asked.content["under_way"] or None) if is_end(asked.subject) else None,
    )
