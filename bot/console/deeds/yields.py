"""The console's deeds: decide which of two journeys yields, once the three agree. For pages and the API alike."""

from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from pydantic import Field

from bot.bootstrap import Services
from bot.charter.book import LONGEST_NAME, Subject
from bot.charter.content import Content
from bot.charter.kept import WITHDRAWN, Proposal, lock_charter, read_agreed, read_waiting, settle
from bot.charter.waiting import read_waiting_journeys
from bot.charter.yielding import NEITHER, find_circle_with, is_yield, pair_of, yield_subject
from bot.console.deeds.charter import Name, Reason, ask_the_three, require_charter
from bot.console.deeds.inputs import Asked, Text
from bot.console.people import Person
from bot.console.shop_journeys import list_shop_journeys
from bot.console.trail import write_trail
from bot.decision.yields import MOST_CHARACTERS, tell
from bot.errors import FixInput


class YieldDecided(Asked):
    """Which of two journeys yields to the other, and why; "" neither: both speak."""

    first: Name
    second: Name
    yields: Annotated[Text, Field(max_length=LONGEST_NAME)]
    reason: Reason


def decide_yield(services: Services, person: Person, asked: YieldDecided) -> None:
    """Ask the three parts. A later word takes the place of one that waits; what is in force already takes it back, and
    so does "neither" of a journey that there is no more.

    Whoever decides has agreed for their own parts. FixInput for what cannot be, NotFound without a charter. Writes.
    """
    charter, now = require_charter(services), services.clock()
    subject, content = yield_subject(asked.first, asked.second), {"yields": asked.yields}
    with services.store.write() as connection:
        lock_charter(connection)
        agreed, waiting = read_agreed(connection), read_waiting(connection)
        mine = [each for each in waiting if each.subject == subject]
        known = _list_advertising(connection, services)
        is_gone = not {asked.first, asked.second} <= known
        if not (is_gone and asked.yields == NEITHER and (mine or subject in agreed)):  # else it was said of them once
            _require_pair(known, asked)
        is_void = is_gone and subject not in agreed
        if any(each.content == content for each in mine) and not is_void:
            return
        is_so = is_void or agreed.get(subject, {}) == content
        if is_so and not mine:
            raise FixInput("yields", "is so already")
        _refuse_circle(agreed, [each for each in waiting if each not in mine], subject, content)
        _withdraw(connection, mine, person.name, now)
        if not is_so:
            ask_the_three(connection, charter, subject, content, by=person.name, reason=asked.reason, now=now)


def withdraw_of_gone(connection: sa.Connection, services: Services, journey: str, by: str, now: datetime) -> None:
    """Ask no more who yields to a journey, or whether it does, once there is no such journey; the charter is locked.

    Writes.
    """
    if journey in _list_advertising(connection, services):
        return
    waiting = [each for each in read_waiting(connection) if is_yield(each.subject)]
    _withdraw(connection, [each for each in waiting if journey in pair_of(each.subject)], by, now)


def _list_advertising(connection: sa.Connection, services: Services) -> set[str]:
    """The shop's journeys of advertising, those too that wait for agreement: it is decided before either speaks."""
    journeys = (*list_shop_journeys(services), *read_waiting_journeys(connection))
    return {each.name for each in journeys if each.purpose == "marketing"}


def _require_pair(known: set[str], asked: YieldDecided) -> None:
    for field, name in (("first", asked.first), ("second", asked.second)):
        if name not in known:
            raise FixInput(field, "is no journey of the shop's advertising")
    if asked.first == asked.second or asked.yields not in (asked.first, asked.second, NEITHER):
        raise FixInput("yields", "must be one of two journeys, or neither")
    if len(asked.first) + len(asked.second) > MOST_CHARACTERS:
        raise FixInput("second", f"is too long beside the other's name: {MOST_CHARACTERS} characters together")


def _refuse_circle(
    agreed: dict[Subject, Content], waiting: list[Proposal], subject: Subject, content: Content
) -> None:
    """Beside what is in force, and beside what may come into force before it."""
    asked = {each.subject: each.content for each in waiting}
    for beside in (agreed, {**agreed, **asked}):
        if circle := find_circle_with(beside, subject, content):
            raise FixInput("yields", f"closes a circle: {tell(circle)}")


def _withdraw(connection: sa.Connection, mine: list[Proposal], by: str, now: datetime) -> None:
    for each in mine:
        settle(connection, each.id, WITHDRAWN, now)
        write_trail(connection, by, "withdrawn", about=each.subject, now=now)
