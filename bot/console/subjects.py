"""The console: who of the people a company's own sign-in means, and the role that its groups give them."""

from datetime import datetime

import sqlalchemy as sa

from bot.console.company import Comer
from bot.console.people import DEMO_NAME, LONGEST_NAME, Person, PersonId, find_person, get_person, insert_person
from bot.console.roles import Role
from bot.console.trail import write_trail
from bot.contracts.messages import Language
from bot.errors import FixInput
from bot.profile.store.tables import console_people, console_sessions, console_subjects, console_tokens


def settle_subject(connection: sa.Connection, comer: Comer, role: Role, language: Language, now: datetime) -> Person:
    """The person, made at the first sign-in, with the role of now. Writes.

    FixInput where somebody else has the name: a name that is chosen at the provider opens nobody's account here.
    """
    known = _find(connection, comer)
    if known is None:
        if not comer.name.strip() or comer.name.casefold().strip() == DEMO_NAME:
            raise FixInput("name", f"must have 1 to {LONGEST_NAME} characters, and not be {DEMO_NAME!r}")
        if find_person(connection, comer.name):
            raise FixInput("name", "is somebody's who signs in by a password: see `prevenant console link`")
        insert_person(connection, comer.name, role, "", must_change=False, language=language, now=now)
        known = link_subject(connection, comer.name, comer.issuer, comer.subject)
        write_trail(connection, known.name, "added", note=f"{role}: {comer.issuer}", now=now)
    elif known.role != role:
        mine = console_people.c.person_id == known.id
        connection.execute(sa.update(console_people).where(mine).values(role=role))
    return get_person(connection, known.id) or known


def shut_out(connection: sa.Connection, comer: Comer, now: datetime) -> None:
    """Whoever left the groups is signed out, and their programs with them; they may come back. Writes."""
    known = _find(connection, comer)
    if known:
        for table in (console_sessions, console_tokens):
            connection.execute(sa.delete(table).where(table.c.person_id == known.id))
        write_trail(connection, known.name, "refused", note=comer.issuer, now=now)


def link_subject(connection: sa.Connection, name: str, issuer: str, subject: str) -> Person:
    """The provider's number means this person from now on. FixInput for nobody, or a number that is taken. Writes."""
    person = find_person(connection, name)
    if person is None:
        raise FixInput("name", f"nobody signs in as {name}: see `prevenant console add-person`")
    mine = sa.and_(console_subjects.c.issuer == issuer, console_subjects.c.subject == subject)
    if connection.execute(sa.select(console_subjects).where(mine)).first():
        raise FixInput("subject", "is linked to somebody already")
    connection.execute(sa.insert(console_subjects).values(issuer=issuer, subject=subject, person_id=person.id))
    return person


def _find(connection: sa.Connection, comer: Comer) -> Person | None:
    mine = sa.and_(console_subjects.c.issuer == comer.issuer, console_subjects.c.subject == comer.subject)
    person_id = connection.scalar(sa.select(console_subjects.c.person_id).where(mine))
    return get_person(connection, PersonId(person_id)) if person_id else None
