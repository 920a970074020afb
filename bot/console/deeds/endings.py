"""The console's deeds: ask that a journey, an offer, a goal or a segment ends, or begins again. Pages and API alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.charter.book import Subject
from bot.charter.content import Content, goal_subject, journey_subject, offer_subject, segment_subject
from bot.charter.ending import UnderWay, end_subject, list_ended, may_end, say_beginning, say_end
from bot.charter.kept import (
    WITHDRAWN,
    Ended,
    Proposal,
    lock_charter,
    read_agreed,
    read_ended,
    read_waiting,
    settle,
)
from bot.charter.waiting import read_waiting_journeys
from bot.console.deeds.charter import Reason, SubjectName, ask_the_three, require_charter
from bot.console.deeds.inputs import Asked
from bot.console.journeys import select_waiting
from bot.console.needing import list_missing, list_needing, require_in_force, require_unneeded
from bot.console.people import Person
from bot.console.trail import write_trail
from bot.errors import FixInput, NotFound


class EndingDecided(Asked):
    """That something ends or begins again, and why. `under_way`: whoever is in a journey finishes, or hears no more."""

    subject: SubjectName
    state: Literal["ended", "running"] = "ended"
    under_way: UnderWay = "finish"
    reason: Reason


@dataclass(frozen=True)
class EndingSeen:
    """Something that may end or has: what waits for the three, who is in it, and what needs it so that it cannot."""

    subject: Subject
    ended: Ended | None
    asked: Proposal | None
    waiting: int  # people in a journey
    needed_by: Sequence[str]  # journeys by their names, segments by theirs
    missing: Sequence[Subject]  # what it needs to begin again


def look_at_ending(services: Services, subject: str) -> EndingSeen:
    """How it stands. NotFound for what is not in force and has not ended."""
    require_charter(services)
    with services.store.read() as connection:
        ended, waiting = read_ended(connection), read_waiting(connection)
        asked = next((each for each in waiting if each.subject == end_subject(subject)), None)
        people, journeys = _count_waiting(connection, subject), read_waiting_journeys(connection)
        agreed = read_agreed(connection)
    known = Subject(subject)
    if known not in ended and known not in list_endable(services):
        raise NotFound("nothing of that name is in force")
    shop = InForce(services).read()
    missing = list_missing(shop, agreed, end_subject(subject), say_beginning()) if known in ended else []
    return EndingSeen(
        known, ended.get(known), asked, people, list_needing(shop, subject, journeys), missing
    )


def list_endable(services: Services) -> list[Subject]:
    """What is in force and may end."""
    shop = InForce(services).read()
    return [
        *(journey_subject(each.name) for each in shop.triggers), *(offer_subject(each.name) for each in shop.offers),
        *(goal_subject(each.key) for each in shop.goals.goals),
        *(segment_subject(each) for each in shop.segments.segments),
    ]


def decide_ending(services: Services, person: Person, asked: EndingDecided) -> None:
    """Ask the three parts. A later word takes the place of one that waits; what is so already takes it back.

    Whoever asks has agreed for their own parts. FixInput for what cannot be, NotFound without a charter. Writes.
    """
    charter, now = require_charter(services), services.clock()
    content = say_end(asked.subject, asked.under_way) if asked.state == "ended" else say_beginning()
    subject = end_subject(asked.subject)
    with services.store.write() as connection:
        lock_charter(connection)  # before anything is looked at: of two at once the second sees what the first did
        agreed = read_agreed(connection)
        _require_known(services, agreed, asked)
        require_unneeded(connection, services, subject, content)
        require_in_force(connection, services, subject, content)
        mine = [each for each in read_waiting(connection) if each.subject == subject]
        if any(each.content == content for each in mine):
            return
        is_so = agreed.get(subject, say_beginning()) == content
        if is_so and not mine:
            raise FixInput("state", "is so already")
        for each in mine:
            settle(connection, each.id, WITHDRAWN, now)
            write_trail(connection, person.name, "withdrawn", about=subject, now=now)
        if not is_so:
            ask_the_three(connection, charter, subject, content, by=person.name, reason=asked.reason, now=now)


def _require_known(services: Services, agreed: Mapping[Subject, Content], asked: EndingDecided) -> None:
    subject, ended = Subject(asked.subject), list_ended(agreed)
    known = ended if asked.state == "running" else [*list_endable(services), *ended]
    if not may_end(subject) or subject not in known:
        raise FixInput("subject", "is nothing that is in force, or has ended")


def _count_waiting(connection: sa.Connection, subject: str) -> int:
    kind, _, name = subject.partition(":")
    if kind != "journey":
        return 0
    return sum(row[1] for row in connection.execute(select_waiting()) if row[0] == name)
