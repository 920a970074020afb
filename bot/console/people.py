"""The console: who of the shop's people may sign in, as the store keeps them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

import sqlalchemy as sa

from bot.console.passwords import hash_password, make_password, require_password
from bot.console.roles import ROLES, Role
from bot.contracts.messages import Language
from bot.errors import FixInput
from bot.profile.store.tables import console_factors, console_people, console_sessions

PersonId = NewType("PersonId", int)
DEMO_NAME = "demo"
LONGEST_NAME = 64


@dataclass(frozen=True)
class Person:
    """Somebody of the shop's."""

    id: PersonId
    name: str
    role: Role
    password_hash: str
    must_change: bool
    language: Language
    has_factor: bool = False  # a second one, which the door asks for

    @property
    def has_password(self) -> bool:
        """Whether they may come in by one; whoever comes by the company's sign-in has none."""
        return bool(self.password_hash)


def add_person(
    connection: sa.Connection, name: str, role: str, password: str, *, must_change: bool, language: Language,
    now: datetime,
) -> None:
    """Let somebody in from now on. FixInput for a name that is taken, a role that is none, a weak password. Writes."""
    known = tidy_name(name)
    if not known or known == DEMO_NAME:
        raise FixInput("name", f"must have 1 to {LONGEST_NAME} characters, and not be {DEMO_NAME!r}")
    if role not in ROLES:
        raise FixInput("role", f"must be one of {', '.join(ROLES)}")
    if find_person(connection, known):
        raise FixInput("name", f"{known} may sign in already")
    hashed = hash_password(require_password(password, known))
    insert_person(connection, known, role, hashed, must_change=must_change, language=language, now=now)


def insert_person(
    connection: sa.Connection, name: str, role: Role, password_hash: str, *, must_change: bool, language: Language,
    now: datetime,
) -> None:
    """Somebody, by a name that is free; "" as the hash: no password opens. FixInput for a name that is none. Writes."""
    known = tidy_name(name)
    if not known:
        raise FixInput("name", f"must have 1 to {LONGEST_NAME} characters")
    connection.execute(sa.insert(console_people).values(
        name=known, role=role, password_hash=password_hash, must_change=must_change, language=language, created_at=now,
    ))


def renew_demo_person(connection: sa.Connection, *, now: datetime) -> str:
    """The demo's person, who may open everything, with a new random password: the former opens nothing. Writes."""
    password = make_password()
    person = find_person(connection, DEMO_NAME)
    if person is None:
        hashed = hash_password(password)
        insert_person(connection, DEMO_NAME, "admin", hashed, must_change=False, language="fr", now=now)
    else:
        set_password(connection, person.id, password)
    return password


def find_person(connection: sa.Connection, name: str) -> Person | None:
    """Who signs in by a name, however it is written."""
    return _one(connection, console_people.c.name == tidy_name(name))


def get_person(connection: sa.Connection, person_id: PersonId) -> Person | None:
    """Whose a session is."""
    return _one(connection, console_people.c.person_id == person_id)


def set_password(connection: sa.Connection, person_id: PersonId, password: str) -> None:
    """Another password; whoever is signed in by the former is so no longer. Writes."""
    mine = console_people.c.person_id == person_id
    values = {"password_hash": hash_password(password), "must_change": False}
    connection.execute(sa.update(console_people).where(mine).values(values))
    connection.execute(sa.delete(console_sessions).where(console_sessions.c.person_id == person_id))


def set_language(connection: sa.Connection, person_id: PersonId, language: Language) -> None:
    """What the person reads. Writes."""
    mine = console_people.c.person_id == person_id
    connection.execute(sa.update(console_people).where(mine).values(language=language))


def tidy_name(name: str) -> str:
    """A name as it is kept: one space between words, lower case; "" for one too long, or that nobody can read."""
    known = " ".join(name.split()).casefold()
    return known if len(known) <= LONGEST_NAME and known.isprintable() else ""


def _one(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Person | None:
    factor = sa.select(console_factors.c.person_id).where(
        console_factors.c.person_id == console_people.c.person_id, console_factors.c.confirmed_at.is_not(None)
    ).exists()
    row = connection.execute(sa.select(console_people, factor.label("has_factor")).where(condition)).first()
    if row is None:
        return None
    language: Language = "en" if row.language == "en" else "fr"
    return Person(
        PersonId(row.person_id), row.name, row.role, row.password_hash, row.must_change, language, row.has_factor
    )
