"""The demo shop's sessions: one signed cookie a browser, and a token that proves a form is ours."""

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
from starlette.responses import Response

from bot.commerce.types import CartRef, CustomerRef
from bot.contracts.messages import Language
from bot.settings import Settings

COOKIE = "prevenant_session"
LIFE = timedelta(days=14)
WIDGET_TOKEN_SECONDS = 300
_MOST_EVENTS = 4  # that wait for the next page: a cookie is small
_ISSUER, _AUDIENCE = "prevenant-shop", "prevenant-widget"


@dataclass(frozen=True)
class Session:
    """What a browser carries. `events` are told to the collector by the next page it sees."""

    id: str
    customer_ref: CustomerRef | None = None
    cart_ref: CartRef | None = None
    language: Language | None = None
    notice: str = ""
    events: tuple[dict[str, Any], ...] = field(default=())

    def with_event(self, name: str, /, **properties: Any) -> "Session":
        """The session with one more event to tell."""
        return replace(self, events=(*self.events, {"name": name, "properties": properties})[-_MOST_EVENTS:])


def new_session(language: Language | None = None) -> Session:
    """A session of nobody yet."""
    return Session(id=uuid4().hex, language=language)


def read_session(cookie: str, settings: Settings) -> Session:
    """The session that a cookie holds; a new one when it is missing, false or old."""
    try:
        claims = jwt.decode(cookie, settings.session_secret, algorithms=["HS256"],
                            audience=COOKIE, options={"require": ["exp", "sid"]})
    except jwt.InvalidTokenError:
        return new_session()
    return Session(
        id=str(claims["sid"]), customer_ref=claims.get("ref"), cart_ref=claims.get("cart"),
        language=claims.get("lang"), notice=str(claims.get("notice") or ""), events=tuple(claims.get("events") or ()),
    )


def keep_session(response: Response, session: Session, settings: Settings, now: datetime) -> None:
    """Send the session along, HttpOnly and SameSite=Lax; Secure where the shop is served over TLS."""
    claims = {
        "sid": session.id, "ref": session.customer_ref, "cart": session.cart_ref, "lang": session.language,
        "notice": session.notice, "events": list(session.events), "aud": COOKIE, "exp": now + LIFE,
    }
    kept = {name: value for name, value in claims.items() if value}
    response.set_cookie(
        COOKIE, jwt.encode(kept, settings.session_secret, algorithm="HS256"), max_age=int(LIFE.total_seconds()),
        httponly=True, samesite="lax", secure=settings.public_url.startswith("https:"), path="/",
    )


def form_token(session: Session, settings: Settings) -> str:
    """What every form of this session carries."""
    return hmac.new(settings.session_secret.encode(), f"form:{session.id}".encode(), hashlib.sha256).hexdigest()


def is_form_token(given: str, session: Session, settings: Settings) -> bool:
    """Whether the form came from one of our pages; takes the same time always."""
    return hmac.compare_digest(given.encode(), form_token(session, settings).encode())


def widget_token(settings: Settings, now: datetime, *, ref: str, email: str, name: str) -> str:
    """A signed word on who is signed in, for five minutes."""
    return jwt.encode(
        {"sub": ref, "email": email, "name": name, "iss": _ISSUER, "aud": _AUDIENCE, "jti": uuid4().hex,
         "iat": now, "exp": now + timedelta(seconds=WIDGET_TOKEN_SECONDS)},
        settings.widget_secret, algorithm="HS256",
    )


def collector_token(settings: Settings, now: datetime, ref: str) -> str:
    """The same word for the event collector; without an audience, so that the widget's channel refuses it."""
    claims = {"sub": ref, "iss": _ISSUER, "jti": uuid4().hex, "exp": now + timedelta(seconds=WIDGET_TOKEN_SECONDS)}
    return jwt.encode(claims, settings.widget_secret, algorithm="HS256")


def cart_token(settings: Settings, now: datetime, cart_ref: str) -> str:
    """A signed word on which basket the page shows, so that the chat fills the same one."""
    return jwt.encode({"cart": cart_ref, "exp": now + timedelta(hours=12)}, settings.session_secret, algorithm="HS256")
