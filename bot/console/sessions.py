"""The console: who is signed in. The browser holds a random token, the store only its hash."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from starlette.responses import Response

from bot.bootstrap import Services
from bot.console.people import DEMO_NAME, Person, PersonId, get_person
from bot.console.roles import Missing
from bot.profile.store.tables import console_sessions
from bot.settings import Settings

COOKIE, DOOR_COOKIE, PATH = "prevenant_console", "prevenant_console_door", "/console"
IDLE, LIFE = timedelta(minutes=60), timedelta(hours=12)
_NOTED_EVERY = timedelta(minutes=1)  # reading pages should not write at each of them


@dataclass(frozen=True)
class Visit:
    """A person who is signed in, by this token."""

    person: Person
    token: str
    path: str = ""  # of the page that is asked for: where a change of language leads back to


def open_session(connection: sa.Connection, person_id: PersonId, *, replaces: str, now: datetime) -> str:
    """A new session's token, never one that the browser brought; what it brought opens nothing any more. Writes."""
    close_session(connection, replaces)
    over = sa.or_(console_sessions.c.created_at <= now - LIFE, console_sessions.c.seen_at <= now - IDLE)
    connection.execute(sa.delete(console_sessions).where(over))
    token = secrets.token_urlsafe(32)
    connection.execute(sa.insert(console_sessions).values(
        token_hash=_hash(token), person_id=person_id, created_at=now, seen_at=now,
    ))
    return token


def read_session(connection: sa.Connection, token: str, now: datetime) -> tuple[Visit | None, bool]:
    """Whose the token is, None once it was idle or open for too long; and whether to note that it was seen."""
    row = connection.execute(
        sa.select(console_sessions).where(console_sessions.c.token_hash == _hash(token))
    ).first() if token else None
    if row is None or row.created_at <= now - LIFE or row.seen_at <= now - IDLE:
        return None, False
    person = get_person(connection, PersonId(row.person_id))
    return (Visit(person, token), row.seen_at <= now - _NOTED_EVERY) if person else (None, False)


def find_visit(services: Services, token: str) -> Visit | None:
    """Who is signed in by it, which is noted; the demo's person is nobody outside the demo."""
    now, store = services.clock(), services.store
    with store.read() as connection:
        visit, is_to_note = read_session(connection, token, now)
    if visit and is_left_over(visit.person, services.settings):
        return None
    if visit and is_to_note:
        with store.write() as connection:
            note_seen(connection, token, now)
    return visit


def is_left_over(person: Person, settings: Settings) -> bool:
    """Whether it is the demo's person, in a store that serves a shop now."""
    return person.name == DEMO_NAME and not settings.is_demo


def missing_of(person: Person, settings: Settings) -> Missing | None:
    """What somebody has to do before anything else opens: choose a password, or add a second factor."""
    if person.must_change:
        return "password"
    needs_factor = settings.console_require_totp and person.has_password and not person.has_factor
    return "factor" if needs_factor else None


def note_seen(connection: sa.Connection, token: str, now: datetime) -> None:
    """It was used now. Writes."""
    mine = console_sessions.c.token_hash == _hash(token)
    connection.execute(sa.update(console_sessions).where(mine).values(seen_at=now))


def close_session(connection: sa.Connection, token: str) -> None:
    """The token opens nothing any more. Writes."""
    if token:
        connection.execute(sa.delete(console_sessions).where(console_sessions.c.token_hash == _hash(token)))


def close_others(connection: sa.Connection, visit: Visit) -> None:
    """Whoever else is signed in as the visitor is so no longer. Writes."""
    table = console_sessions.c
    others = sa.and_(table.person_id == visit.person.id, table.token_hash != _hash(visit.token))
    connection.execute(sa.delete(console_sessions).where(others))


def form_token(token: str, settings: Settings) -> str:
    """What every form of this session carries: nobody who does not know the cookie can make it."""
    return hmac.new(settings.session_secret.encode(), f"console-form:{token}".encode(), hashlib.sha256).hexdigest()


def is_form_token(given: str, token: str, settings: Settings) -> bool:
    """Whether a form came from one of our pages; takes the same time always."""
    return bool(token) and hmac.compare_digest(given.encode(), form_token(token, settings).encode())


def send_cookie(response: Response, name: str, token: str, settings: Settings) -> None:
    """HttpOnly, SameSite=Lax, Secure outside the demo; the browser forgets it when the session would be over."""
    response.set_cookie(
        name, token, max_age=int(LIFE.total_seconds()), httponly=True, samesite="lax", path=PATH,
        secure=not settings.is_demo or settings.public_url.startswith("https:"),
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
