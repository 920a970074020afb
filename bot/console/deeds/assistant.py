"""The console's deeds: look at what the assistant proposes, dismiss it or draft it. For pages and the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from pydantic import Field

from bot.bootstrap import InForce, Services
from bot.charter.agreement import owners_of
from bot.charter.book import Owner, Part, Subject
from bot.charter.drafts import Draft, list_drafts
from bot.charter.kept import lock_charter, read_owners
from bot.console.assistant.drafting import Wanted, list_wanted
from bot.console.assistant.kept import KeptProposal, answer, find_open, looked_at, read_proposals
from bot.console.assistant.proposal import Kind, Proposal
from bot.console.assistant.wording import Names, Told, tell
from bot.console.deeds.drafts import DraftMade, find_wrong, make_within
from bot.console.deeds.inputs import Asked, Reason, Text
from bot.console.people import Person
from bot.console.shop_goals import goals_in_force
from bot.console.trail import write_trail
from bot.console.words import Words
from bot.errors import Conflict, FixInput, NotFound
from bot.profile.segments.describe import describe_rule

_MOST_WHY = 300
REPAIRS: tuple[Kind, ...] = ("mapping", "late")  # are done on the page of the data
_ORDER: tuple[Kind, ...] = ("late", "mapping", "audience", "journey", "channel", "hour")  # all else leans on the data
Key = Annotated[Text, Field(min_length=1, max_length=24, description="Of a proposal, as the list names it.")]


class Dismissed(Asked):
    """Which proposal nobody wants, and why. It comes again only once its evidence has become another one."""

    key: Key
    reason: Reason


class Chosen(Asked):
    """Which proposal is made a draft of."""

    key: Key


@dataclass(frozen=True)
class Card:
    """A proposal as somebody reads it. `owners`: who will be asked once there is a draft; empty where nobody is."""

    kept: KeptProposal
    told: Told
    owners: Mapping[Part, Owner]
    unknown: str = ""  # what it rests on, and the shop has no more: nothing can be drafted


@dataclass(frozen=True)
class Board:
    """What waits for an answer, what was answered, and when the assistant looked last."""

    open: Sequence[Card]
    answered: Sequence[Card]
    looked_at: datetime | None


def look_at_board(services: Services, person: Person) -> Board:
    """Everything that is proposed, in the reader's words. Reads."""
    with services.store.read() as connection:
        kept, looked, changed = read_proposals(connection), looked_at(connection), read_owners(connection)
    words, names = Words(person.language, services.settings.timezone), _name_all(services, person)
    shop = InForce(services).read()

    def describe(each: KeptProposal) -> Card:
        subject = subject_of(each.proposal)
        owners = owners_of(services.charter, changed, subject) if services.charter and subject else {}
        unknown = find_unknown(services, shop, each.proposal) if each.state == "open" else ""
        return Card(each, tell(each.proposal, words, names), owners, unknown)

    waiting = sorted((each for each in kept if each.state == "open"), key=lambda each: _ORDER.index(each.proposal.kind))
    return Board(
        [describe(each) for each in waiting],
        [describe(each) for each in kept if each.state in ("dismissed", "drafted")], looked,
    )


def dismiss(services: Services, person: Person, asked: Dismissed) -> None:
    """Say no. NotFound for what waits no more. Writes."""
    now = services.clock()
    with services.store.write() as connection:
        found = find_open(connection, asked.key)
        if found is None:
            raise NotFound("that waits no more: load the page again")
        answer(connection, asked.key, "dismissed", person.name, asked.reason, now)
        about = f"assistant:{found.proposal.kind}"
        write_trail(connection, person.name, "dismissed", about=about, note=asked.reason, now=now)


def make_drafts(services: Services, person: Person, asked: Chosen) -> list[Draft]:
    """Draft what is proposed; nobody is asked by that. Who presses twice gets the drafts of the first time.

    NotFound for what waits no more, FixInput where nothing can be drafted, or what it names is there no more, Conflict
    beside another open draft. Writes.
    """
    now, shop = services.clock(), InForce(services).read()
    with services.store.read() as connection:
        found = _find(connection, asked.key)
    wanted, why = _list_wanted(shop, found.proposal), _say_why(services, person, found.proposal)
    if problem := find_unknown(services, shop, found.proposal):
        raise FixInput("key", f"cannot be drafted any more: {problem}")
    with services.store.write() as connection:
        lock_charter(connection)  # one after the other, so that the second finds what the first made
        is_first = _find(connection, asked.key).state == "open"
        known = {(each.kind, each.name): each for each in list_drafts(connection)}
        if not is_first:
            return [draft for each in wanted if (draft := known.get((each.kind, each.name)))]
        if any((other := known.get((each.kind, each.name))) and dict(other.body) != dict(each.body) for each in wanted):
            raise Conflict("another draft of it is open: it is proposed, or dropped, first")
        made = [
            known.get((each.kind, each.name)) or make_within(connection, services, person, DraftMade(
                kind=each.kind, name=each.name, body=dict(each.body), why=why))
            for each in wanted
        ]
        answer(connection, asked.key, "drafted", person.name, ", ".join(each.name for each in made), now)
    return made


def find_unknown(services: Services, shop: Services, proposal: Proposal) -> str:
    """What a proposal rests on and the shop has no more, in the parser's words; "" where it can be drafted."""
    if proposal.kind in REPAIRS:
        return ""
    try:
        wanted = _list_wanted(shop, proposal)
        for each in wanted:
            if each.kind == "segment":
                shop.segments.read(str(each.body["rule"]))
    except FixInput as error:
        return error.message
    problems = (find_wrong(services, each.kind, each.name, each.body) for each in wanted)
    return next((each.message for each in problems if each), "")


def _list_wanted(shop: Services, proposal: Proposal) -> list[Wanted]:
    return list_wanted(proposal, shop.triggers, {name: each.titles for name, each in shop.segments.segments.items()})


def _find(connection: sa.Connection, key: str) -> KeptProposal:
    """One that waits for an answer, or was drafted."""
    kept = (each for each in read_proposals(connection) if each.proposal.key == key)
    found = next((each for each in kept if each.state in ("open", "drafted")), None)
    if found is None:
        raise NotFound("that waits no more: load the page again")
    return found


def _say_why(services: Services, person: Person, proposal: Proposal) -> str:
    words, names = Words(person.language, services.settings.timezone), _name_all(services, person)
    return tell(proposal, words, names).title[:_MOST_WHY]


def subject_of(proposal: Proposal) -> Subject | None:
    """What the charter would be asked about; None for a repair, which is done on the data's page."""
    if proposal.kind in ("channel", "hour"):
        return Subject(f"journey:{proposal.told['journey']}")
    return Subject(f"{proposal.kind}:new") if proposal.kind in ("audience", "journey") else None


def _name_all(services: Services, person: Person) -> Names:
    language, book = person.language, InForce(services).read().segments

    def describe(rule: str) -> str:
        try:
            return describe_rule(book.read(rule), language)
        except FixInput:  # a rule that an older file could read
            return rule

    return Names(
        {each.key: each.names.get(language, each.key) for each in goals_in_force(services).goals},
        {name: each.titles.get(language, name) for name, each in book.segments.items()}, describe,
    )
