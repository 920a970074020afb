"""The console: the second factor: codes of a phone (TOTP, RFC 6238), and codes on paper for when it is gone."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno
import sqlalchemy as sa
from markupsafe import Markup

from bot.console.people import Person, PersonId
from bot.console.sealing import seal, unseal
from bot.errors import Conflict, RateLimited
from bot.profile.rate_limits import give_back, take
from bot.profile.store.engine import Store
from bot.profile.store.tables import console_factors, console_recovery_codes
from bot.profile.store.upsert import insert_or_ignore
from bot.settings import Settings

RECOVERY_CODES = 10
TRIES, TRIES_SECONDS = 5, 900  # codes of one person
STEP_SECONDS = 30
_STEPS_OFF = (-1, 0, 1)  # clocks differ, and typing takes time
_ISSUER = "Prévenant"
_ALPHABET, _GROUPS, _GROUP = "abcdefghjkmnpqrstuvwxyz23456789", 4, 4  # 79 bits; nothing that looks like another


@dataclass(frozen=True)
class NewFactor:
    """What is shown once: a secret for the phone, as text and as a picture to hold the phone before."""

    secret: str
    picture: Markup


def begin_factor(connection: sa.Connection, person: Person, settings: Settings, now: datetime) -> NewFactor:
    """A new secret, which counts once a code of it was typed. Conflict where a factor counts already. Writes."""
    mine = console_factors.c.person_id == person.id
    connection.execute(sa.delete(console_factors).where(mine, console_factors.c.confirmed_at.is_(None)))
    secret = pyotp.random_base32()
    row = {"person_id": person.id, "sealed": seal(secret, _purpose(person.id), settings, now),
           "made_at": now, "confirmed_at": None, "last_step": 0}
    if not insert_or_ignore(connection, console_factors, [row], ("person_id",)):
        raise Conflict("there is a second factor already")
    address = pyotp.TOTP(secret).provisioning_uri(name=person.name, issuer_name=_ISSUER)
    # Black on white in the dark too: most cameras read nothing else.
    picture = segno.make(address, error="m", micro=False).svg_inline(
        border=4, light="#fff", dark="#000", omitsize=True, svgclass="qr", lineclass=None, title=_ISSUER,
    )
    return NewFactor(" ".join(secret[n:n + 4] for n in range(0, len(secret), 4)), Markup(picture))  # noqa: S704 - segno escapes it


def confirm_factor(connection: sa.Connection, person: Person, now: datetime) -> list[str]:
    """The factor counts from now on; its recovery codes, which are shown once and kept hashed. Writes."""
    mine = console_factors.c.person_id == person.id
    connection.execute(sa.update(console_factors).where(mine).values(confirmed_at=now))
    return renew_recovery_codes(connection, person.id)


def renew_recovery_codes(connection: sa.Connection, person_id: PersonId) -> list[str]:
    """Ten new ones; the former open nothing any more. Writes."""
    _forget_codes(connection, person_id)
    codes = [_make_code() for _ in range(RECOVERY_CODES)]
    connection.execute(sa.insert(console_recovery_codes), [
        {"code_hash": _hash(person_id, each), "person_id": person_id} for each in codes
    ])
    return codes


def remove_factor(connection: sa.Connection, person_id: PersonId) -> bool:
    """The password alone opens the door again; whether there was a factor. Writes."""
    _forget_codes(connection, person_id)
    mine = console_factors.c.person_id == person_id
    return bool(connection.execute(sa.delete(console_factors).where(mine)).rowcount)


def count_recovery_codes(connection: sa.Connection, person_id: PersonId) -> int:
    """How many are left."""
    mine = console_recovery_codes.c.person_id == person_id
    return connection.scalar(sa.select(sa.func.count()).where(mine)) or 0


def use_code(store: Store, person: Person, typed: str, settings: Settings, now: datetime) -> str:
    """Which code it was, `code` or `recovery`, now used up; "" for a wrong one. RateLimited after too many. Writes."""
    key = f"console:code:{person.id}"
    with store.write() as connection:
        if not take(connection, key, limit=TRIES, window_seconds=TRIES_SECONDS, now=now):
            raise RateLimited("too many codes", TRIES_SECONDS)
        tidy = "".join(typed.split()).replace("-", "").casefold()[:32]
        used = _use(connection, person, tidy, settings, now)
        if used:
            give_back(connection, key)
    return used


def _use(connection: sa.Connection, person: Person, tidy: str, settings: Settings, now: datetime) -> str:
    row = connection.execute(sa.select(console_factors).where(console_factors.c.person_id == person.id)).first()
    secret = unseal(row.sealed, _purpose(person.id), settings) if row else None
    step = find_step(secret, tidy, now) if secret else 0
    if step:
        fresh = sa.and_(console_factors.c.person_id == person.id, console_factors.c.last_step < step)
        return "code" if connection.execute(
            sa.update(console_factors).where(fresh).values(last_step=step)
        ).rowcount else ""
    if row is None or row.confirmed_at is None:  # codes on paper are of a factor that counts
        return ""
    paper = console_recovery_codes.c.code_hash == _hash(person.id, tidy)
    return "recovery" if connection.execute(sa.delete(console_recovery_codes).where(paper)).rowcount else ""


def find_step(secret: str, code: str, now: datetime) -> int:
    """The step of time whose code it is, 0 for none. Looks at each of them, whichever it is. Pure."""
    present, totp = int(now.timestamp()) // STEP_SECONDS, pyotp.TOTP(secret)
    steps: Sequence[int] = [present + each for each in _STEPS_OFF]
    right = [hmac.compare_digest(totp.generate_otp(each).encode(), code.encode()) for each in steps]
    return max((step for step, is_right in zip(steps, right, strict=True) if is_right), default=0)


def _make_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP))
    return "-".join(letters[n:n + _GROUP] for n in range(0, len(letters), _GROUP))


def _hash(person_id: PersonId, code: str) -> str:
    """Random words of 79 bits need no slow hash."""
    return hashlib.sha256(f"{person_id}:{code.replace('-', '')}".encode()).hexdigest()


def _forget_codes(connection: sa.Connection, person_id: PersonId) -> None:
    connection.execute(sa.delete(console_recovery_codes).where(console_recovery_codes.c.person_id == person_id))


def _purpose(person_id: PersonId) -> str:
    return f"factor:{person_id}"
