"""The console's deeds: begin a draft, change it, propose it to the charter, take it back, drop it.

For pages and the API alike. Each is one transaction with its line in the trail. A draft may hold what
its file could not: it is told with the place, and proposed only once it is mended.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from bot.bootstrap import InForce, Services
from bot.charter import drafts
from bot.charter.agreement import Difference, list_differences
from bot.charter.book import GUARDRAILS
from bot.charter.content import Content, agree_guardrails, name_content, name_in_force
from bot.charter.drafted import STANDS_IN_FILE, Beside, Problem, find_problem, kind_of, require_name, require_plain
from bot.charter.drafts import MOST_OPEN, Draft, DraftId, TooManyDrafts, keep_draft, list_drafts, make_draft, read_draft
from bot.charter.ending import list_ended
from bot.charter.kept import WITHDRAWN, lock_charter, propose, read_agreed, read_waiting, settle
from bot.charter.waiting import read_waiting_journeys, read_waiting_offers
from bot.console.deeds.charter import require_charter
from bot.console.deeds.inputs import LEAST_REASON, Asked, Number, Text
from bot.console.deeds.journeys import count_trial, try_on_yesterday
from bot.console.deeds.yields import withdraw_of_gone
from bot.console.people import Person
from bot.console.pressure_trial import PressureTrial, try_caps
from bot.console.shop_journeys import list_shop_journeys
from bot.console.trail import write_trail
from bot.content.offers import EVERY_JOURNEY, ToldOffer, find_left_out, find_offer, parse_offer
from bot.decision.guardrails import Guardrails, find_unlawful
from bot.decision.tables import read_table
from bot.decision.triggers import Trigger
from bot.errors import Conflict, FixInput
from bot.nudges.trial import Trial

_MOST_WHY = 300
Sentence = Annotated[Text, Field(min_length=LEAST_REASON, max_length=_MOST_WHY, description="One sentence.")]
Table = Annotated[dict[str, Any], Field(description="The table that the shop's file would hold.")]


class DraftMade(Asked):
    """A new draft of a kind, about a subject."""

    kind: Annotated[Text, Field(max_length=32)]
    name: Annotated[Text, Field(max_length=64)]
    body: Table
    why: Sentence


class DraftChecked(Asked):
    """A table that is to be looked at, not kept."""

    kind: Annotated[Text, Field(max_length=32)]
    name: Annotated[Text, Field(max_length=64)]
    body: Table


class DraftChanged(Asked):
    """Another content of a draft, written over the revision that was read."""

    body: Table
    why: Sentence
    revision: Number


class DraftMoved(Asked):
    """A deed on a draft as it was read."""

    revision: Number


@dataclass(frozen=True)
class DraftSeen:
    """A draft, what is wrong with it, and what it changes of what is in force."""

    draft: Draft
    problem: Problem | None
    differences: Sequence[Difference]
    is_new: bool  # nothing of the subject was ever agreed on
    is_behind: bool  # something else was agreed on since it was saved


def check(services: Services, asked: DraftChecked) -> Problem | None:
    """What the file's parser says of a table; None: it could be proposed. Keeps nothing. FixInput for no such kind."""
    kind_of(asked.kind)
    try:
        require_plain(asked.body)
    except FixInput as error:
        return Problem(error.field if error.field != "body" else "", error.message)
    return find_wrong(services, asked.kind, require_name(asked.name), asked.body)


def make(services: Services, person: Person, asked: DraftMade) -> Draft:
    """Begin it. FixInput for a kind, a name or a table that cannot be, TooManyDrafts once no more may be. Writes."""
    with services.store.write() as connection:
        return make_within(connection, services, person, asked)


def make_within(connection: sa.Connection, services: Services, person: Person, asked: DraftMade) -> Draft:
    """The same in a transaction of somebody's. Writes."""
    made, name, now = kind_of(asked.kind), require_name(asked.name), services.clock()
    require_plain(asked.body)
    if len(list_drafts(connection)) >= MOST_OPEN:
        raise TooManyDrafts(f"{MOST_OPEN} drafts are open: drop some first")
    base = name_in_force(read_agreed(connection), made.subject(name))
    draft = make_draft(connection, asked.kind, name, asked.body, base=base, why=asked.why, by=person.name, now=now)
    write_trail(connection, person.name, "drafted", about=made.subject(name), note=asked.why, now=now)
    return draft


def change(
    services: Services, person: Person, draft: DraftId, asked: DraftChanged, *, is_compared: bool = True
) -> Draft:
    """Write over it. Conflict where somebody else did since it was read, or once it is proposed. Writes.

    `is_compared`: whoever did saw all of it, beside what is in force; else it stays as stale as it was.
    """
    with services.store.write() as connection:
        return change_within(connection, services, person, draft, asked, is_compared=is_compared)


def change_within(
    connection: sa.Connection, services: Services, person: Person, draft: DraftId, asked: DraftChanged,
    *, is_compared: bool = True,
) -> Draft:
    """The same in a transaction of somebody's. Writes."""
    require_plain(asked.body)

    def write(connection: sa.Connection, old: Draft) -> Draft:
        subject = kind_of(old.kind).subject(old.name)
        base = name_in_force(read_agreed(connection), subject) if is_compared else old.base
        new = drafts.change(old, asked.revision, asked.body, asked.why, base)
        _withdraw(connection, services, person, old)
        return new

    return _do_within(connection, services, person, draft, "redrafted", write, asked.why)


def propose_it(services: Services, person: Person, draft: DraftId, asked: DraftMoved) -> Draft:
    """Ask the three parts. FixInput names what its file could not hold; Conflict for another change that waits. Writes.

    Whoever proposes has agreed to nothing yet: that is said on the charter's page, as for a change of a file.
    """
    charter, now = require_charter(services), services.clock()

    def write(connection: sa.Connection, old: Draft) -> Draft:
        content = _read(services, old)
        subject, agreed = kind_of(old.kind).subject(old.name), read_agreed(connection)
        if old.base != name_in_force(agreed, subject):
            raise Conflict("something else was agreed on since: compare the two, and save the draft again")
        if old.base == name_content(subject, content):
            raise FixInput("body", "says what is in force already")
        if subject in list_ended(agreed):
            raise Conflict("it has ended: ask first that it begins again")
        if any(each.subject == subject for each in read_waiting(connection)):
            raise Conflict("another change of it waits for agreement: that one is answered, or taken back, first")
        proposal = propose(
            connection, subject, content, by=person.name, reason=old.why, now=now, due_at=now + charter.deadline
        )
        return drafts.propose(old, asked.revision, proposal)

    return _do(services, person, draft, "proposed", write)


def take_back(services: Services, person: Person, draft: DraftId, asked: DraftMoved) -> Draft:
    """Ask nobody any more; it may be changed. Writes."""

    def write(connection: sa.Connection, old: Draft) -> Draft:
        new = drafts.take_back(old, asked.revision)
        _withdraw(connection, services, person, old)
        return new

    return _do(services, person, draft, "took_back", write)


def drop(services: Services, person: Person, draft: DraftId, asked: DraftMoved) -> Draft:
    """Let nothing come of it. Writes."""

    def write(connection: sa.Connection, old: Draft) -> Draft:
        new = drafts.drop(old, asked.revision)
        _withdraw(connection, services, person, old)
        return new

    return _do(services, person, draft, "dropped", write)


def look_at(services: Services, draft: DraftId) -> DraftSeen:
    """One of them as it stands. NotFound for a number that there is not."""
    with services.store.read() as connection:
        found, agreed = read_draft(connection, draft), read_agreed(connection)
    return describe(services, found, agreed)


def list_open(services: Services, kind: str = "", name: str = "") -> list[Draft]:
    """Of which something may still come, newest change first; of one kind, of one subject, where they are given."""
    with services.store.read() as connection:
        return list_drafts(connection, kind=kind, name=name)


def try_draft(services: Services, person: Person, draft: DraftId) -> tuple[date, Trial]:
    """Whom a journey would have written to yesterday. FixInput for what is none, or cannot be read yet."""
    seen = look_at(services, draft)
    if seen.draft.kind != "journey":
        raise FixInput("draft", "is no journey")
    _read(services, seen.draft)
    trigger = read_table(seen.draft.name, seen.draft.body)
    return try_on_yesterday(services, person, trigger, "tried_draft")


def try_pressure(services: Services, person: Person, draft: DraftId) -> PressureTrial:
    """What the draft's caps would have held last week. FixInput for what is no caps, or cannot be read yet. Writes."""
    seen = look_at(services, draft)
    if seen.draft.kind != "pressure":
        raise FixInput("draft", "is no caps")
    _read(services, seen.draft)
    count_trial(services, person, "tried_draft", "guardrails")
    with services.store.read() as connection:
        return try_caps(connection, services, _read_caps(services, seen.draft.body).caps)


def describe(services: Services, draft: Draft, agreed: Mapping[Any, Content]) -> DraftSeen:
    """What is wrong with it, and what it changes."""
    problem = find_wrong(services, draft.kind, draft.name, draft.body)
    before = agreed.get(kind_of(draft.kind).subject(draft.name))
    after = {} if problem else _read(services, draft)
    differs = [] if problem else list_differences(before or {}, after)
    return DraftSeen(
        draft, problem, [each for each in differs if each.place != "version"], before is None,
        draft.base != name_in_force(agreed, kind_of(draft.kind).subject(draft.name)),
    )


def find_wrong(services: Services, kind: str, name: str, body: Mapping[str, Any]) -> Problem | None:
    """What the file's parser says of a table, and a picture that is not uploaded; None: it may be proposed."""
    problem = find_problem(kind, name, body, _beside(services, kind))
    if problem or kind not in _FIND:
        return problem
    return _FIND[kind](services, name, body)


def _find_in_journey(services: Services, name: str, body: Mapping[str, Any]) -> Problem | None:
    pictures = ((n, each.get("picture")) for n, each in enumerate(body.get("messages", []), 1))
    missing = (n for n, key in pictures if key and services.pictures.find(key) is None)
    for n in missing:
        return Problem(f"messages.{n}.picture", "names a picture that is not uploaded")
    shop, waiting = InForce(services).read(), _read_waiting(services)
    for n, each in enumerate(body.get("steps", []), 1):
        for offers, sentence in ((shop.offers, "is told of in other journeys alone"),
                                 (waiting.offers, "is told of in other journeys alone by an offer that waits")):
            told = find_offer(offers, str(each.get("offer", "")))
            if told and not told.is_for(name):
                return Problem(f"steps.{n}.offer", sentence)
    return None


@dataclass(frozen=True)
class _Waiting:
    offers: Sequence[ToldOffer]
    journeys: Sequence[Trigger]


def _read_waiting(services: Services) -> _Waiting:
    """What may be agreed on any moment: a draft that cannot stand beside it is not proposed."""
    with services.store.read() as connection:
        return _Waiting(read_waiting_offers(connection), read_waiting_journeys(connection))


def _find_in_offer(services: Services, name: str, body: Mapping[str, Any]) -> Problem | None:
    shop, waiting = InForce(services).read(), _read_waiting(services)
    for offers, sentence in ((shop.offers, "is told of by another offer"),
                             (waiting.offers, "is told of by another offer, which waits for agreement")):
        if any(each.name != name and each.is_code(body["code"]) for each in offers):
            return Problem("code", sentence)
    told = parse_offer(kind_of("offer").read(name, body, _beside(services, "offer")))
    for journeys, sentence in (
        (shop.triggers, "leaves out {journey}, which names its code"),
        (waiting.journeys, "leaves out {journey}, which waits for agreement and names its code"),
    ):
        if journey := find_left_out(told, {each.name: each.codes for each in journeys}):
            return Problem("journeys", sentence, {"journey": journey})
    return _find_journeys(services, body)


def _find_in_goal(services: Services, name: str, body: Mapping[str, Any]) -> Problem | None:
    return _find_journeys(services, body)


def _find_in_pressure(services: Services, name: str, body: Mapping[str, Any]) -> Problem | None:
    lawful, wanted = services.guardrails.lawful_quiet, _read_caps(services, body)
    broken = find_unlawful(lawful, wanted.quiet_hours, wanted.quiet_channels) if lawful else None
    return Problem(f"{broken.path}.{broken.key}", broken.sentence, broken.values) if broken else None


def _find_in_segment(services: Services, name: str, body: Mapping[str, Any]) -> Problem | None:
    """Also where the file's is not in force."""
    return Problem("name", STANDS_IN_FILE) if name in services.segments.segments else None


def _read_caps(services: Services, body: Mapping[str, Any]) -> Guardrails:
    content = kind_of("pressure").read("pressure", body, _beside(services, "pressure"))
    return agree_guardrails({GUARDRAILS: content}, replace(services.guardrails, lawful_quiet=None))


def _find_journeys(services: Services, body: Mapping[str, Any]) -> Problem | None:
    """One that has ended may stand there still: it may begin again; one that waits for agreement comes with it."""
    journeys = (*list_shop_journeys(services), *_read_waiting(services).journeys)
    known = {EVERY_JOURNEY, *(each.name for each in journeys)}
    missing = [each for each in body.get("journeys", ()) if each not in known]
    if missing:
        return Problem("journeys", "names {journey}, which triggers.toml does not have", {"journey": missing[0]})
    return None


# What only the rest of the shop tells, behind the file's parser.
_FIND: Mapping[str, Callable[[Services, str, Mapping[str, Any]], Problem | None]] = {
    "journey": _find_in_journey, "offer": _find_in_offer, "goal": _find_in_goal, "pressure": _find_in_pressure,
    "segment": _find_in_segment,
}


def _beside(services: Services, kind: str) -> Beside:
    """A draft may name segments in force, drafted ones too; a segment's rule goes by the file's alone."""
    in_force, currency = InForce(services).read().segments.segments, services.goals.currency
    written = services.segments.segments
    return Beside([each for each in in_force if kind != "segment" or each in written], currency)


def _do(
    services: Services, person: Person, draft: DraftId, deed: str,
    write: Callable[[sa.Connection, Draft], Draft],
) -> Draft:
    with services.store.write() as connection:
        return _do_within(connection, services, person, draft, deed, write)


def _do_within(
    connection: sa.Connection, services: Services, person: Person, draft: DraftId, deed: str,
    write: Callable[[sa.Connection, Draft], Draft], note: str = "",
) -> Draft:
    now = services.clock()
    lock_charter(connection)
    old = read_draft(connection, draft)
    new = keep_draft(connection, write(connection, old), person.name, now)
    subject = kind_of(old.kind).subject(old.name)
    write_trail(connection, person.name, deed, about=subject, note=note or old.why, now=now)
    return new


def _read(services: Services, draft: Draft) -> Content:
    problem = find_wrong(services, draft.kind, draft.name, draft.body)
    if problem:
        raise FixInput(problem.place or "body", problem.sentence, **problem.values)
    return kind_of(draft.kind).read(draft.name, draft.body, _beside(services, draft.kind))


def _withdraw(connection: sa.Connection, services: Services, person: Person, draft: Draft) -> None:
    if draft.proposal is None:
        return
    now = services.clock()
    settle(connection, draft.proposal, WITHDRAWN, now)
    if draft.kind == "journey":
        withdraw_of_gone(connection, services, draft.name, person.name, now)
