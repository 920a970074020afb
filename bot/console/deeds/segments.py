"""The console's deeds: count whom a rule finds, compare two segments. Pages and the API do them by these alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from bot.bootstrap import InForce, Services
from bot.charter.kept import read_waiting
from bot.console.deeds.inputs import Asked, Text
from bot.console.people import Person
from bot.console.segments import Overlap, SegmentRow, add_clause, count_matching, find_overlap, list_segments
from bot.errors import NotFound, RateLimited
from bot.profile.rate_limits import take
from bot.profile.segments.book import SegmentBook
from bot.profile.segments.describe import describe_rule

TRIES, TRY_SECONDS = 30, 300  # of one person: a rule that is tried looks at everybody
MOST_RULE = 600
LEAST_COUNTED = 10  # persons: of fewer nothing is told, as on the page of results


class RuleTried(Asked):
    """A rule in the rule language, and a clause that is added to it where `kind` names one."""

    rule: Annotated[Text, Field(max_length=MOST_RULE)] = ""
    join: Annotated[Text, Field(max_length=10)] = "and"
    kind: Annotated[Text, Field(max_length=20)] = ""
    value: Annotated[Text, Field(max_length=80)] = ""
    number: Annotated[Text, Field(max_length=7)] = ""
    days: Annotated[Text, Field(max_length=4)] = ""


@dataclass(frozen=True)
class Counted:
    """How many persons a rule finds at this moment, and the rule in the reader's words.

    `persons`: None of fewer than ten: a rule could be narrowed until it tells of one. `is_about`: of a sample, where
    there are many persons.
    """

    rule: str
    persons: int | None
    is_about: bool


def survey(services: Services) -> tuple[Sequence[SegmentRow], int, datetime]:
    """All of them, how many persons there are, and when that was counted. No number of fewer than ten is told."""
    book = book_in_force(services)
    with services.store.read() as connection:
        rows, persons, at = list_segments(connection, book, services.clock())
    told = [SegmentRow(each.name, *map(tell, (each.persons, each.entered, each.left))) for each in rows]
    return told, persons, at or services.clock()


def list_waiting(services: Services) -> list[str]:
    """Segments of which the shop's file says something that is not agreed on yet."""
    with services.store.read() as connection:
        waiting = read_waiting(connection)
    kinds = (each.subject.partition(":") for each in waiting if not each.is_drafted)
    return [name for kind, _, name in kinds if kind == "segment"]


def tell(count: int | None) -> int | None:
    """A number of people as it is told: None of fewer than ten, none at all among them."""
    return count if count is not None and count >= LEAST_COUNTED else None


def book_in_force(services: Services) -> SegmentBook:
    """The file's segments, and those that were drafted and agreed on."""
    return InForce(services).read().segments


def compare(services: Services, one: str, other: str) -> Overlap:
    """What two of them share, likewise. NotFound for a segment that there is not."""
    book = book_in_force(services)
    with services.store.read() as connection:
        now = services.clock()
        names = {each.name for each in list_segments(connection, book, now)[0]}
        if not {one, other} <= names:
            raise NotFound("there is no such segment")
        found = find_overlap(connection, one, other, now)
    return Overlap(*map(tell, (found.one, found.other, found.both)))


def count_rule(services: Services, person: Person, asked: RuleTried) -> Counted:
    """Count it; nothing is kept. FixInput for a rule that is not understood, RateLimited after so many."""
    now, key = services.clock(), f"console:rule:{person.name}"
    with services.store.write() as connection:
        if not take(connection, key, limit=TRIES, window_seconds=TRY_SECONDS, now=now):
            raise RateLimited("tried often enough for now", TRY_SECONDS)
    clause = asked.model_dump(exclude={"rule"})
    book = book_in_force(services)
    tree = book.read(add_clause(asked.rule, clause, services.goals.currency))
    with services.store.read() as connection:
        persons = list_segments(connection, book, now)[1]
        found, is_about = count_matching(connection, book, tree, persons, now)
    return Counted(describe_rule(tree, person.language), tell(found), is_about)
