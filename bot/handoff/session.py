"""Who of the shop's people is signed in: one signed cookie, good for a working day and for this password alone."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import jwt
from starlette.responses import Response

from bot.contracts.messages import Language
from bot.settings import Settings

COOKIE = "prevenant_people"
LIFE = timedelta(hours=12)
DEMO_NAME = "Léa"
_PATH = "/people"


@dataclass(frozen=True)
class Member:
    """One of the shop's people, signed in."""

    id: str
    name: str
    language: Language


def new_member(name: str, language: Language) -> Member:
    """Somebody who just signed in."""
    return Member(uuid4().hex, name, language)


def read_member(cookie: str, settings: Settings, now: datetime) -> Member | None:
    """Who the cookie says it is; None when it is missing, false or old, or the password was changed since."""
    try:
        claims = jwt.decode(cookie, _key(settings), algorithms=["HS256"], audience=COOKIE,
                            options={"require": ["exp", "sid", "name"], "verify_exp": False})  # by our clock, below
    except jwt.InvalidTokenError:
        return None
    if claims["exp"] <= now.timestamp():
        return None
    return Member(str(claims["sid"]), str(claims["name"]), "en" if claims.get("lang") == "en" else "fr")


def keep_member(response: Response, member: Member, settings: Settings, now: datetime) -> None:
    """Send the cookie: HttpOnly, SameSite=Strict, Secure where the site is served over TLS."""
    claims = {"sid": member.id, "name": member.name, "lang": member.language, "aud": COOKIE, "exp": now + LIFE}
    response.set_cookie(
        COOKIE, jwt.encode(claims, _key(settings), algorithm="HS256"), max_age=int(LIFE.total_seconds()),
        httponly=True, samesite="strict", secure=settings.public_url.startswith("https:"), path=_PATH,
    )


def forget_member(response: Response) -> None:
    """Sign out."""
    response.delete_cookie(COOKIE, path=_PATH)


def is_password(given: str, settings: Settings) -> bool:
    """Whether it opens the door; takes the same time always."""
    wanted = settings.people_password
    return bool(wanted) and hmac.compare_digest(_hash(given), _hash(wanted))


def form_token(member: Member, settings: Settings) -> str:
    """What every form of this member carries."""
    return hmac.new(_key(settings).encode(), f"form:{member.id}".encode(), hashlib.sha256).hexdigest()


def is_form_token(given: str, member: Member, settings: Settings) -> bool:
    """Whether the form came from one of our pages; takes the same time always."""
    return hmac.compare_digest(given.encode(), form_token(member, settings).encode())


def _key(settings: Settings) -> str:
    """A new password signs everybody out."""
    secret = settings.session_secret.encode()
    return hmac.new(secret, f"people:{settings.people_password}".encode(), hashlib.sha256).hexdigest()


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
