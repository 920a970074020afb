"""The console: who answers for what, what waits for whom, and saying yes or no to it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from bot.bootstrap import Services
from bot.charter.agreement import (
    ANSWERS,
    Difference,
    Said,
    is_agreed,
    list_differences,
    newest_of,
    owners_of,
    parts_of,
)
from bot.charter.book import GUARDRAILS, LONGEST_NAME, PARTS, Charter, Owner, Part, Subject, name_person
from bot.charter.kept import (
    AGREED,
    Proposal,
    ProposalId,
    Yield,
    keep_answer,
    keep_owner,
    keep_yield,
    lock_charter,
    propose,
    read_agreed,
    read_owners,
    read_waiting,
    read_yields,
    settle,
)
from bot.console.conflicts import read_conflicts
from bot.console.frame import Frame, go_to
from bot.console.people import Person
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.console.trail import write_trail
from bot.decision.pauses import resume_journey

PATH = "/console/charter"
_LEAST_REASON, _MOST_REASON = 3, 300
_MOST_DIFFERENCES = 30
_NO_REASON = "Please say why, in a few words."


@dataclass(frozen=True)
class Change:
    """A change that waits, as the page shows it."""

    proposal: Proposal
    owners: dict[Part, Owner]
    said: dict[Part, Said]
    differences: list[Difference]
    mine: tuple[Part, ...]  # for which the reader may answer
    is_late: bool
    is_new: bool  # nothing of it was ever agreed on


def build_charter_pages(frame: Frame) -> APIRouter:
    """Every page under /console/charter."""
    router = APIRouter(prefix=PATH, include_in_schema=False)
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

    @router.post("/owners")
    def change_owner(visit: here, form: sent) -> Response:
        return pages.change_owner(visit, form)

    @router.post("/yields")
    def decide_yield(visit: here, form: sent) -> Response:
        return pages.decide_yield(visit, form)

    return router


def propose_resumption(
    connection: sa.Connection, charter: Charter, journey: str, person: Person, reason: str, services: Services
) -> bool:
    """Ask the three parts to let a journey go on; False where it is asked already. Whoever asks has agreed for their
    own parts; where all three are theirs it goes on at once. Writes.
    """
    lock_charter(connection)
    subject, now = Subject(f"resume:{journey}"), services.clock()
    if any(each.subject == subject for each in read_waiting(connection)):
        return False
    due_at = now + charter.deadline
    made = propose(connection, subject, {}, by=person.name, reason=reason, now=now, due_at=due_at)
    write_trail(connection, person.name, "proposed", about=subject, note=reason, now=now)
    asked = Proposal(made, subject, {}, now, person.name, reason, due_at, ())
    parts = parts_of(person.name, owners_of(charter, read_owners(connection), subject), due_at, now)
    if parts:
        _keep_answers(connection, asked, [Said(each, "agree", name_person(person.name), "", now) for each in parts])
    return True


def _keep_answers(connection: sa.Connection, proposal: Proposal, said: list[Said]) -> None:
    """Keep what somebody says for their parts; the last of three yeses lets the change go live. Writes."""
    for each in said:
        keep_answer(connection, proposal.id, each)
    now, person, answer = said[0].at, said[0].person, said[0].answer
    is_live = is_agreed([*proposal.said, *said])
    deed = "objected" if answer == "object" else "live" if is_live else "agreed"
    if is_live:
        settle(connection, proposal.id, AGREED, now)
        kind, _, journey = proposal.subject.partition(":")
        if kind == "resume":
            resume_journey(connection, journey, by=person, now=now)
    parts = ", ".join(each.part for each in said)
    note = f"[{parts}] {said[0].reason}".strip()
    write_trail(connection, person, deed, about=proposal.subject, note=note, now=now)


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show(self, visit: Visit, *, problem: str = "", status: int = 200) -> Response:
        """What waits for whom, who answers for what, and which journeys want the same people."""
        charter = self._services.charter
        if charter is None:
            return self._frame.show(visit, "charter_none.html", here="charter")
        with self._services.store.read() as connection:
            owners, agreed = read_owners(connection), read_agreed(connection)
            changes = [
                self._describe(each, owners_of(charter, owners, each.subject), agreed.get(each.subject), visit)
                for each in read_waiting(connection)
            ]
            conflicts = read_conflicts(connection, read_yields(connection))
        subjects = self._list_subjects(charter)
        role = visit.person.role
        return self._frame.show(
            visit, "charter.html", here="charter", status=status, problem=problem, changes=changes, parts=PARTS,
            conflicts=conflicts, subjects=[(each, owners_of(charter, owners, each)) for each in subjects],
            most=_MOST_DIFFERENCES, deadline_days=charter.deadline / timedelta(days=1),
            may_decide=may(role, f"POST {PATH}/yields"), may_change=may(role, f"POST {PATH}/owners"),
        )

    def answer(self, visit: Visit, form: dict[str, str]) -> Response:
        """Say yes or no for the parts that are one's own. 403 where none is, 404 for what waits no more."""
        reason, says = _tidy(form.get("reason", "")), form.get("answer", "")
        answer = next((each for each in ANSWERS if each == says), None)
        if answer is None:
            raise HTTPException(400)
        if answer == "object" and len(reason) < _LEAST_REASON:
            return self.show(visit, problem=_NO_REASON, status=400)
        charter, now, person = self._require_charter(), self._services.clock(), name_person(visit.person.name)
        with self._services.store.write() as connection:
            lock_charter(connection)
            proposal = _find(read_waiting(connection), form.get("proposal", ""))
            owners = owners_of(charter, read_owners(connection), proposal.subject)
            parts = parts_of(person, owners, proposal.due_at, now)
            if not parts:
                raise HTTPException(403, "you answer for none of the three parts of it")
            _keep_answers(connection, proposal, [Said(each, answer, person, reason, now) for each in parts])
        return go_to(PATH)

    def change_owner(self, visit: Visit, form: dict[str, str]) -> Response:
        """Somebody else answers for a part from now on. 400 for a subject or part that there is not."""
        charter, now = self._require_charter(), self._services.clock()
        subject = next((each for each in self._list_subjects(charter) if each == form.get("subject")), None)
        part = next((each for each in PARTS if each == form.get("part")), None)
        person, delegate = (name_person(form.get(each, "")) for each in ("person", "delegate"))
        if subject is None or part is None or not person or max(len(person), len(delegate)) > LONGEST_NAME:
            raise HTTPException(400)
        with self._services.store.write() as connection:
            keep_owner(connection, subject, part, Owner(person, delegate), visit.person.name, now)
            note = f"[{part}] {person}" + (f" ({delegate})" if delegate else "")
            write_trail(connection, visit.person.name, "owner", about=subject, note=note, now=now)
        return go_to(PATH)

    def decide_yield(self, visit: Visit, form: dict[str, str]) -> Response:
        """Write down which of two journeys yields, and why. 400 for journeys that the shop has not."""
        known = {each.name for each in self._services.triggers}
        pair, reason = (form.get("first", ""), form.get("second", "")), _tidy(form.get("reason", ""))
        yields, now, by = form.get("yields", ""), self._services.clock(), visit.person.name
        if yields not in pair or pair[0] == pair[1] or not set(pair) <= known:
            raise HTTPException(400)
        if len(reason) < _LEAST_REASON:
            return self.show(visit, problem=_NO_REASON, status=400)
        with self._services.store.write() as connection:
            keep_yield(connection, pair, Yield(yields, reason, by, now))
            other = pair[1] if yields == pair[0] else pair[0]
            write_trail(
                connection, by, "yields", about=f"journey:{yields}", note=f"→ {other}: {reason}", now=now
            )
        return go_to(PATH)

    def _describe(
        self, proposal: Proposal, owners: dict[Part, Owner], agreed: object, visit: Visit
    ) -> Change:
        now = self._services.clock()
        before = agreed if isinstance(agreed, dict) else {}
        return Change(
            proposal, owners, newest_of(proposal.said), _without_name(list_differences(before, proposal.content)),
            parts_of(visit.person.name, owners, proposal.due_at, now), now >= proposal.due_at, not before,
        )

    def _list_subjects(self, charter: Charter) -> list[Subject]:
        """Everything that somebody answers for."""
        services = self._services
        silos = (each for each in charter.owners if each.startswith("silo:"))
        return [
            GUARDRAILS, *(Subject(f"goal:{each.key}") for each in services.goals.goals),
            *(Subject(f"journey:{each.name}") for each in services.triggers),
            *(Subject(f"trait:{each}") for each in services.segments.traits), *silos,
        ]

    def _require_charter(self) -> Charter:
        if self._services.charter is None:
            raise HTTPException(404)
        return self._services.charter


def _find(waiting: list[Proposal], number: str) -> Proposal:
    wanted = ProposalId(int(number)) if number.isascii() and number.isdigit() and len(number) < 19 else None
    found = next((each for each in waiting if each.id == wanted), None)
    if found is None:
        raise HTTPException(404, "that waits no more: load the page again")
    return found


def _without_name(differences: list[Difference]) -> list[Difference]:
    """What a content is called changes whenever the content does."""
    return [each for each in differences if each.place != "version"]


def _tidy(reason: str) -> str:
    return " ".join(reason.split())[:_MOST_REASON]
