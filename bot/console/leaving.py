"""The console: somebody leaves: what opens for them ends, what they answered for is told, what they did stays."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.charter.agreement import owners_of
from bot.charter.book import Part, PersonName, Subject
from bot.charter.kept import read_owners
from bot.console.deeds.charter import list_subjects
from bot.console.people import Person, find_person
from bot.console.trail import write_trail
from bot.errors import FixInput
from bot.profile.store.tables import (
    console_factors,
    console_people,
    console_recovery_codes,
    console_sessions,
    console_subjects,
    console_tokens,
)

# What is somebody's, and goes with them.
_THEIRS = (console_sessions, console_tokens, console_recovery_codes, console_factors, console_subjects)


@dataclass(frozen=True)
class Gap:
    """A part for which somebody is named who left."""

    subject: Subject
    part: Part
    answers: PersonName  # who may: the delegate, once the deadline is over; the owner, whose delegate left; "" nobody
    is_owner: bool  # who left was the owner, and not the delegate


def remove_person(services: Services, name: str, by: str) -> tuple[Person, Sequence[Gap]]:
    """They sign in no more, nor do their programs; and what they are named for. The trail keeps their name. Writes.

    FixInput where nobody signs in by that name.
    """
    with services.store.write() as connection:
        person = find_person(connection, name)
        if person is None:
            raise FixInput("name", f"nobody signs in as {name}")
        for table in _THEIRS:
            connection.execute(sa.delete(table).where(table.c.person_id == person.id))
        connection.execute(sa.delete(console_people).where(console_people.c.person_id == person.id))
        write_trail(connection, person.name, "removed", note=by, now=services.clock())
        return person, _find_gaps(connection, services, PersonName(person.name))


def _find_gaps(connection: sa.Connection, services: Services, name: PersonName) -> list[Gap]:
    charter = services.charter
    if charter is None:
        return []
    changed = read_owners(connection)
    named = [
        (subject, part, each) for subject in list_subjects(services, charter)
        for part, each in owners_of(charter, changed, subject).items() if name in (each.person, each.delegate)
    ]
    return [
        Gap(subject, part, _still_here(connection, each.delegate if each.person == name else each.person, name),
            each.person == name)
        for subject, part, each in named
    ]


def _still_here(connection: sa.Connection, other: PersonName, left: PersonName) -> PersonName:
    """The other of the two, where they may sign in."""
    return other if other and other != left and find_person(connection, other) else PersonName("")
