"""The console: tokens with which a program speaks for somebody: shown once, kept hashed, for so many days."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import BeforeValidator, Field

from bot.console.deeds.inputs import Asked, Text
from bot.console.people import Person, PersonId, get_person
from bot.console.roles import ROLES, Role
from bot.console.trail import write_trail
from bot.errors import Conflict
from bot.profile.store.tables import console_tokens

PREFIX = "pvt_"  # so that those who look for secrets in code find it
DAYS = (30, 90, 365)
MOST_TOKENS = 20  # of one person
_NOTED_EVERY = timedelta(minutes=1)


class TokenAsked(Asked):
    """A token by its name, whose rights it has, and for how long."""

    name: Annotated[Text, Field(min_length=1, max_length=64)]
    role: Role
    days: Annotated[Literal[30, 90, 365], BeforeValidator(int)]


@dataclass(frozen=True)
class Token:
    """One of somebody's tokens, without what opens."""

    token_id: int
    name: str
    role: str
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Bearer:
    """Who speaks by a token: the person, and the role that the token has at most."""

    person: Person
    role: Role
    token_id: int
    is_to_note: bool


def roles_for(role: Role) -> tuple[Role, ...]:
    """Those that a token of somebody may have: their own, or one that sees less."""
    return ROLES if role == "admin" else tuple(dict.fromkeys((role, "analyst")))


def make_token(connection: sa.Connection, person: Person, asked: TokenAsked, now: datetime) -> str:
    """What opens, this one time. Conflict for one too many. Writes, with the trail."""
    if len(list_tokens(connection, person.id, now)) >= MOST_TOKENS:
        raise Conflict(f"there are {MOST_TOKENS} tokens already")
    token = PREFIX + secrets.token_urlsafe(32)
    connection.execute(sa.insert(console_tokens).values(
        person_id=person.id, token_hash=_hash(token), name=asked.name, role=asked.role, made_at=now,
        ends_at=now + timedelta(days=asked.days),
    ))
    write_trail(connection, person.name, "token_made", note=f"{asked.name} ({asked.role})", now=now)
    return token


def list_tokens(connection: sa.Connection, person_id: PersonId, now: datetime) -> Sequence[Token]:
    """Those that open still, newest first."""
    table = console_tokens.c
    mine = sa.select(console_tokens).where(table.person_id == person_id, table.ends_at > now)
    return [
        Token(row.token_id, row.name, row.role, row.made_at, row.ends_at, row.used_at)
        for row in connection.execute(mine.order_by(table.token_id.desc()))
    ]


def revoke_token(connection: sa.Connection, person: Person, token_id: int, now: datetime) -> bool:
    """It opens nothing any more; False where it is not theirs. Writes, with the trail."""
    mine = sa.and_(console_tokens.c.token_id == token_id, console_tokens.c.person_id == person.id)
    name = connection.scalar(sa.select(console_tokens.c.name).where(mine))
    if name is None:
        return False
    connection.execute(sa.delete(console_tokens).where(mine))
    write_trail(connection, person.name, "token_revoked", note=name, now=now)
    return True


def read_token(connection: sa.Connection, token: str, now: datetime) -> Bearer | None:
    """Who speaks by it; nobody once it ended, or where it had a role that the person may not give any more."""
    if not token.startswith(PREFIX):
        return None
    row = connection.execute(
        sa.select(console_tokens).where(console_tokens.c.token_hash == _hash(token), console_tokens.c.ends_at > now)
    ).first()
    person = get_person(connection, PersonId(row.person_id)) if row else None
    if row is None or person is None or row.role not in roles_for(person.role):
        return None
    return Bearer(person, row.role, row.token_id, row.used_at is None or row.used_at <= now - _NOTED_EVERY)


def note_used(connection: sa.Connection, token_id: int, now: datetime) -> None:
    """It was used now. Writes."""
    connection.execute(
        sa.update(console_tokens).where(console_tokens.c.token_id == token_id).values(used_at=now)
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
