"""The console's API: what the assistant proposes, and saying no to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.charter.book import Owner, Part
from bot.console.api.admission import Here
from bot.console.assistant.proposal import Effect, Kind
from bot.console.assistant.wording import Told
from bot.console.deeds import assistant as deeds
from bot.console.people import Person


class ProposalView(BaseModel):
    """A proposal. `expected` is null where nothing was measured; `told` has its sentences in the caller's language."""

    key: str
    kind: Kind
    subject: str
    goal: str
    state: str
    proposed_at: datetime
    rests_on: int
    evidence: Effect | None
    expected: Effect | None
    trial: Mapping[str, int]
    told: Told
    owners: Mapping[Part, Owner]
    answered_by: str
    reason: str


class BoardView(BaseModel):
    """All of them, and when the assistant looked last: it does once a day."""

    looked_at: datetime | None
    open: Sequence[ProposalView]
    answered: Sequence[ProposalView]


def add_assistant_calls(router: APIRouter, services: Services) -> None:
    """Every call under /assistant. What changes something answers with the board as it stands then."""

    @router.get("/assistant")
    def show_board(here: Here) -> BoardView:
        return _read(services, here.person)

    @router.post("/assistant/dismiss")
    def dismiss(here: Here, asked: deeds.Dismissed) -> BoardView:
        deeds.dismiss(services, here.person, asked)
        return _read(services, here.person)

    @router.post("/assistant/draft", description="Nobody is asked yet: a draft is proposed by itself.")
    def make_drafts(here: Here, asked: deeds.Chosen) -> BoardView:
        deeds.make_drafts(services, here.person, asked)
        return _read(services, here.person)


def _read(services: Services, person: Person) -> BoardView:
    board = deeds.look_at_board(services, person)
    return BoardView(
        looked_at=board.looked_at, open=[_view(each) for each in board.open],
        answered=[_view(each) for each in board.answered],
    )


def _view(card: deeds.Card) -> ProposalView:
    kept, one = card.kept, card.kept.proposal
    return ProposalView(
        key=one.key, kind=one.kind, subject=one.subject, goal=one.goal, state=kept.state, proposed_at=kept.proposed_at,
        rests_on=one.rests_on, evidence=one.evidence, expected=one.expected, trial=one.trial, told=card.told,
        owners=card.owners, answered_by=kept.answered_by, reason=kept.reason,
    )
