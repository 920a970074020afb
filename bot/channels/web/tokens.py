"""Who speaks through a socket: our own signed session, and the shop's signed word on who is signed in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt

from bot.errors import NotAllowed
from bot.settings import Settings

ALGORITHM = "HS256"  # pinned: a token does not choose how it is checked
SESSION_LIFE = timedelta(days=180)
CUSTOMER_TOKEN_LIFE = timedelta(minutes=5)
CUSTOMER_ISSUER, CUSTOMER_AUDIENCE = "prevenant-shop", "prevenant-widget"
_SESSION_AUDIENCE = "prevenant-widget-session"
_CLOCKS_APART = timedelta(seconds=10)
_LONGEST_TOKEN = 4_096


@dataclass(frozen=True)
class SignedIn:
    """The shop's customer, on the shop's word, until a moment; `token_id` is good for one use."""

    ref: str
    email: str
    token_id: str
    until: datetime


def make_session(settings: Settings, now: datetime) -> str:
    """A new browser's session: it alone opens its conversation."""
    claims = {"sid": uuid4().hex, "aud": _SESSION_AUDIENCE, "iat": now, "exp": now + SESSION_LIFE}
    return jwt.encode(claims, settings.session_secret, algorithm=ALGORITHM)


def read_session(settings: Settings, token: Any, now: datetime) -> str:
    """The session's id; NotAllowed("session_invalid") when we did not sign it or it is too old."""
    claims = _read(token, settings.session_secret, ["sid", "exp"], audience=_SESSION_AUDIENCE)
    if claims is None or _moment(claims["exp"]) <= now:
        raise NotAllowed("session_invalid")
    return str(claims["sid"])


def read_customer(settings: Settings, token: Any, now: datetime) -> SignedIn:
    """Who is signed in; NotAllowed("token_invalid") for a token that is false, old, or good for too long."""
    claims = _read(
        token, settings.widget_secret, ["sub", "exp", "iat", "jti"], audience=CUSTOMER_AUDIENCE, issuer=CUSTOMER_ISSUER
    )
    if claims is None:
        raise NotAllowed("token_invalid")
    issued_at, until = _moment(claims["iat"]), _moment(claims["exp"])
    is_short = until - issued_at <= CUSTOMER_TOKEN_LIFE
    if not is_short or issued_at > now + _CLOCKS_APART or until <= now or not claims["sub"] or not claims["jti"]:
        raise NotAllowed("token_invalid")
    return SignedIn(str(claims["sub"])[:128], str(claims.get("email") or "")[:320], str(claims["jti"]), until)


def read_cart_token(token: str, secret: str) -> str:
    """The basket a page's token names; "" for a token that we did not sign or that ran out."""
    try:
        claims = jwt.decode(token, secret, algorithms=[ALGORITHM])
    except jwt.InvalidTokenError:
        return ""
    return str(claims.get("cart") or "")


def _read(token: Any, secret: str, required: list[str], **checks: Any) -> dict[str, Any] | None:
    """The claims of a token that is signed and addressed rightly; its times are checked by our own clock."""
    if not isinstance(token, str) or not token or len(token) > _LONGEST_TOKEN:
        return None
    options: Any = {"require": required, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    try:
        claims: dict[str, Any] = jwt.decode(token, secret, algorithms=[ALGORITHM], options=options, **checks)
    except (jwt.InvalidTokenError, UnicodeError):
        return None
    is_dated = all(isinstance(claims.get(name, 0), int | float) for name in ("exp", "iat"))
    return claims if is_dated else None


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise NotAllowed("token_invalid") from error
