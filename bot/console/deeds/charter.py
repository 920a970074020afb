"""The console's deeds: ask the three parts, say yes or no to a change, change an owner. For pages and the API alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Self

import sqlalchemy as sa
from pydantic import Field, model_validator

from bot.bootstrap import InForce, Services
from bot.charter.agreement import (
    Answer,
    Difference,
    Said,
    is_agreed,
    list_differences,
    newest_of,
    owners_of,
    parts_of,
)
from bot.charter.book import (
    EVERYTHING,
    GUARDRAILS,
    LONGEST_NAME,
    LONGEST_SUBJECT,
    TONE,
    Charter,
    Owner,
    Part,
    PersonName,
    Subject,
    name_person,
)
from bot.charter.content import Content, goal_subject, name_in_force, offer_subject, segment_subject
from bot.charter.drafts import DraftId, State, find_drafts_of, note_answer, require_fresh
from bot.charter.ending import ending_of, is_end
from bot.charter.kept import (
    AGREED,
    Ended,
    Proposal,
    keep_answer,
    keep_owner,
    lock_charter,
    propose,
    read_agreed,
    read_ended,
    read_owners,
    read_waiting,
    settle,
)
from bot.charter.yielding import Pair, find_circle_with, is_yield, pair_of
from bot.console.conflicts import Conflict, read_conflicts
from bot.console.deeds.inputs import LEAST_REASON, Asked, Number, Text
from bot.console.needing import list_missing, require_in_force, require_unneeded
from bot.console.people import Person, find_person
from bot.console.roles import may
from bot.console.shop_journeys import list_shop_journeys
from bot.console.trail import write_trail
from bot.decision.pauses import resume_journey
from bot.decision.yields import tell
from bot.errors import FixInput, NotAllowed, NotFound

_MOST_REASON = 300
_ANSWERING = "POST /console/charter/answers"
Name = Annotated[Text, Field(min_length=1, max_length=LONGEST_NAME)]
SubjectName = Annotated[Text, Field(min_length=1, max_length=LONGEST_SUBJECT)]
Reason = Annotated[Text, Field(min_length=LEAST_REASON, max_length=_MOST_REASON)]


class ChangeAnswered(Asked):
    """Yes or no to a change that waits, for the parts that are one's own. To object takes a reason."""

    proposal: Number
    answer: Answer
    reason: Annotated[Text, Field(max_length=_MOST_REASON)] = ""

    @model_validator(mode="after")
    def _require_reason(self) -> Self:
        if self.answer == "object" and len(self.reason) < LEAST_REASON:
            raise FixInput("reason", "is needed by whoever objects")
        return self


class OwnerChosen(Asked):
    """Who answers for a part of a subject, and who does once the deadline is over."""

    subject: SubjectName
    part: Part
    person: Name
    delegate: Annotated[Text, Field(max_length=LONGEST_NAME)] = ""


@dataclass(frozen=True)
class Change:
    """A change that waits, as somebody sees it."""

    proposal: Proposal
    owners: Mapping[Part, Owner]
    said: Mapping[Part, Said]
    differences: Sequence[Difference]
    mine: tuple[Part, ...]  # for which the reader may answer
    is_late: bool
    is_new: bool  # nothing of it was ever agreed on
    pair: Pair | None = None  # of two journeys, where it is who yields
    draft: DraftId | None = None  # that it was written in
    ending: Subject | None = None  # what ends by it, or begins again
    missing: Sequence[Subject] = ()  # what it needs that is not in force


@dataclass(frozen=True)
class CharterState:
    """What waits for whom, who answers for what, which journeys want the same people, what has ended, newest first."""

    changes: Sequence[Change]
    subjects: Sequence[tuple[Subject, Mapping[Part, Owner]]]
    conflicts: Sequence[Conflict]
    ended: Sequence[Ended]


def look_at_charter(services: Services, person: Person) -> CharterState:
    """As it stands for somebody. NotFound where the shop has none."""
    charter = require_charter(services)
    with services.store.read() as connection:
        owners, agreed = read_owners(connection), read_agreed(connection)
        waiting, conflicts = read_waiting(connection), read_conflicts(connection)
        ended = list(read_ended(connection).values())[::-1]
        written = find_drafts_of(connection, [each.id for each in waiting])
    shop = InForce(services).read()
    changes = [
        replace(
            _describe(services, person, each, owners_of(charter, owners, each.subject), agreed.get(each.subject)),
            draft=written.get(each.id), missing=list_missing(shop, agreed, each.subject, each.content),
        )
        for each in waiting
    ]
    subjects = [(each, owners_of(charter, owners, each)) for each in list_subjects(services, charter)]
    return CharterState(changes, subjects, conflicts, ended)


def answer_change(services: Services, person: Person, asked: ChangeAnswered) -> None:
    """Keep what somebody says. NotAllowed where no part is theirs, NotFound for what waits no more.

    Conflict where something else was agreed on since it was drafted, FixInput where it would end what is needed, or go
    live without what it needs. Writes.
    """
    charter, now, name = require_charter(services), services.clock(), name_person(person.name)
    with services.store.write() as connection:
        lock_charter(connection)
        proposal = next((each for each in read_waiting(connection) if each.id == asked.proposal), None)
        if proposal is None:
            raise NotFound("that waits no more: load the page again")
        owners = owners_of(charter, read_owners(connection), proposal.subject)
        parts = parts_of(name, owners, proposal.due_at, now, proposal.said)
        if not parts:
            raise NotAllowed("not_yours", "you answer for none of the three parts of it, or for one that has answered")
        said = [Said(each, asked.answer, name, asked.reason, now) for each in parts]
        if asked.answer == "agree":
            require_unneeded(connection, services, proposal.subject, proposal.content)
        if is_agreed([*proposal.said, *said], owners):  # the first two may agree to what needs each other in any order
            require_in_force(connection, services, proposal.subject, proposal.content)
        _keep_answers(connection, proposal, owners, said)


def change_owner(services: Services, person: Person, asked: OwnerChosen) -> None:
    """Somebody else answers for a part from now on; what waits for it waits for them. Writes.

    FixInput for a subject that there is not, or for somebody who could not answer.
    """
    charter, now = require_charter(services), services.clock()
    subject = next((each for each in list_subjects(services, charter) if each == asked.subject), None)
    if subject is None:
        raise FixInput("subject", "is nothing that anybody answers for")
    owner = Owner(name_person(asked.person), name_person(asked.delegate))
    with services.store.write() as connection:
        lock_charter(connection)
        for field, name in (("person", owner.person), ("delegate", owner.delegate)):
            _require_answerer(connection, charter, field, name)
        keep_owner(connection, subject, asked.part, owner, person.name, now)
        note = f"[{asked.part}] {owner.person}" + (f" ({owner.delegate})" if owner.delegate else "")
        write_trail(connection, person.name, "owner", about=subject, note=note, now=now)
        _ask_anew(connection, charter, now)


def _ask_anew(connection: sa.Connection, charter: Charter, now: datetime) -> None:
    """A draft that somebody objected to who answers for it no more is objected to no more. Writes."""
    owners = read_owners(connection)
    for each in read_waiting(connection):
        state = _name_state(each.said, owners_of(charter, owners, each.subject))
        if state != "agreed":  # that takes another yes
            note_answer(connection, each.id, state, now)


def _require_answerer(connection: sa.Connection, charter: Charter, field: str, name: PersonName) -> None:
    """A change waits for ever for whoever cannot answer. Whom the file names may sign in for the first time later."""
    if not name:
        return
    somebody = find_person(connection, name)
    if somebody is None and name not in _names_in(charter):
        raise FixInput(field, "is nobody who signs in to the console")
    if somebody and not may(somebody.role, _ANSWERING):
        raise FixInput(field, "has a role that may not answer")


def _names_in(charter: Charter) -> set[PersonName]:
    owners = [*charter.everything.values(), *(each for part in charter.owners.values() for each in part.values())]
    return {name for each in owners for name in (each.person, each.delegate)}


def ask_the_three(
    connection: sa.Connection, charter: Charter, subject: Subject, content: Content, *, by: str, reason: str,
    now: datetime, is_signed_in: bool = True,
) -> None:
    """Propose a change. Whoever is signed in has agreed for their own parts by asking; where all three are theirs it
    comes into force at once. A name alone agrees to nothing. The charter is locked. Writes.
    """
    due_at = now + charter.deadline
    made = propose(connection, subject, content, by=by, reason=reason, now=now, due_at=due_at)
    write_trail(connection, by, "proposed", about=subject, note=reason, now=now)
    asked = Proposal(made, subject, content, now, by, reason, due_at, ())
    owners = owners_of(charter, read_owners(connection), subject)
    parts = parts_of(by, owners, due_at, now)
    if parts and is_signed_in:
        _keep_answers(connection, asked, owners, [Said(each, "agree", name_person(by), "", now) for each in parts])


def _keep_answers(
    connection: sa.Connection, proposal: Proposal, owners: Mapping[Part, Owner], said: list[Said]
) -> None:
    """Keep what somebody says for their parts; the last of three yeses lets the change go live. Writes."""
    for each in said:
        keep_answer(connection, proposal.id, each)
    now, person, answer = said[0].at, said[0].person, said[0].answer
    is_live = is_agreed([*proposal.said, *said], owners)
    deed = "objected" if answer == "object" else "live" if is_live else "agreed"
    if is_live:
        _refuse_circle(connection, proposal)
        require_fresh(connection, proposal.id, name_in_force(read_agreed(connection), proposal.subject))
        settle(connection, proposal.id, AGREED, now)
        kind, _, journey = proposal.subject.partition(":")
        if kind == "resume":
            resume_journey(connection, journey, by=person, now=now)
    note_answer(connection, proposal.id, _name_state([*proposal.said, *said], owners), now)
    parts = ", ".join(each.part for each in said)
    note = f"[{parts}] {said[0].reason}".strip()
    write_trail(connection, person, deed, about=proposal.subject, note=note, now=now)


def _refuse_circle(connection: sa.Connection, proposal: Proposal) -> None:
    """What was agreed on since it was proposed may leave no room for it: another has to be taken back first."""
    if not is_yield(proposal.subject):
        return
    if circle := find_circle_with(read_agreed(connection), proposal.subject, proposal.content):
        raise FixInput("yields", f"would close a circle now: {tell(circle)}")


def _name_state(said: Sequence[Said], owners: Mapping[Part, Owner]) -> State:
    """How a draft stands by what was said of it."""
    if is_agreed(said, owners):
        return "agreed"
    return "objected" if any(each.answer == "object" for each in newest_of(said, owners).values()) else "proposed"


def _describe(
    services: Services, person: Person, proposal: Proposal, owners: dict[Part, Owner], agreed: object
) -> Change:
    now = services.clock()
    before = agreed if isinstance(agreed, dict) else {}
    ending = ending_of(proposal.subject) if is_end(proposal.subject) else None
    # What a content is called changes whenever the content does; an end is told in a sentence.
    differs = [] if ending else [each for each in list_differences(before, proposal.content) if each.place != "version"]
    return Change(
        proposal, owners, newest_of(proposal.said, owners), differs,
        parts_of(person.name, owners, proposal.due_at, now, proposal.said), now >= proposal.due_at,
        not before and ending is None, pair_of(proposal.subject) if is_yield(proposal.subject) else None, ending=ending,
    )


def list_subjects(services: Services, charter: Charter) -> list[Subject]:
    """Everything that somebody answers for."""
    silos = (each for each in charter.owners if each.startswith("silo:"))
    shop = InForce(services).read()
    segments = dict.fromkeys((*services.segments.segments, *shop.segments.segments))
    return [
        EVERYTHING, GUARDRAILS, TONE, *(goal_subject(each.key) for each in shop.goals.goals),
        *(offer_subject(each.name) for each in shop.offers),
        *(Subject(f"journey:{each.name}") for each in list_shop_journeys(services)),
        *(segment_subject(each) for each in segments),
        *(Subject(f"trait:{each}") for each in services.segments.traits), *silos,
    ]


def require_charter(services: Services) -> Charter:
    """The shop's; NotFound for a shop that has none."""
    if services.charter is None:
        raise NotFound("this shop has no charter")
    return services.charter
