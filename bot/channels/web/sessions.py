"""Stage A0: a browser that connects -> its conversation, and whom the shop says it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa

from bot.channels.web.tokens import SignedIn, read_customer, read_session
from bot.contracts.messages import LANGUAGES
from bot.errors import NotAllowed
from bot.profile.conversations import (
    Conversation,
    adopt,
    end_verification,
    get_conversation,
    open_conversation,
    verify_conversation,
)
from bot.profile.identities import is_known_customer, resolve_identity
from bot.profile.rate_limits import take
from bot.profile.store.tables import conversations
from bot.settings import Settings

CHANNEL = "web"
ENDED = "web-ended"  # a conversation whose person signed out: nobody comes back to it, no nudge finds it
_TOKEN_MEMORY_SECONDS = 600.0  # longer than a token lives


@dataclass(frozen=True)
class Visitor:
    """What a browser says of itself when it connects; everything but the tokens is its own word."""

    session_id: str
    customer: SignedIn | None = None
    anonymous_id: str = ""
    language: str = ""
    timezone: str = ""


def read_visitor(settings: Settings, auth: Any, now: datetime) -> Visitor:
    """The visitor behind a socket's `auth`. NotAllowed with the word the widget goes by."""
    said: Mapping[str, Any] = auth if isinstance(auth, dict) else {}
    token = said.get("customer_token")
    timezone = _short_text(said, "timezone", 64)
    language = _short_text(said, "language", 8)
    return Visitor(
        session_id=read_session(settings, said.get("session"), now),
        customer=read_customer(settings, token, now) if token else None,
        anonymous_id=_short_text(said, "anonymous_id", 128),
        language=language if language in LANGUAGES else "",
        timezone=timezone if timezone in _timezones() else "",
    )


@cache
def _timezones() -> frozenset[str]:
    """The zones there are: zoneinfo reads its whole folder to tell."""
    return frozenset(available_timezones())


def enter(connection: sa.Connection, settings: Settings, visitor: Visitor, now: datetime) -> Conversation:
    """The visitor's conversation; an ended one when they signed out or somebody else signed in. Writes.

    NotAllowed("token_invalid") for a token that was used before.
    """
    salt = settings.holdout_salt
    ended = _find_ended(connection, visitor.session_id)
    if ended:
        return ended
    conversation = open_conversation(connection, CHANNEL, visitor.session_id, now=now, salt=salt)
    if _is_left(conversation, visitor.customer):
        return end_session(connection, conversation)
    if visitor.customer:
        conversation = confirm(connection, settings, conversation, visitor.customer, now)
    if visitor.anonymous_id:
        _join_browser(connection, conversation, visitor.anonymous_id, now, salt)
    _note_visit(connection, conversation, visitor)
    return _read(connection, conversation)


def is_ended(conversation: Conversation) -> bool:
    """Whether nobody speaks here any more."""
    return conversation.channel == ENDED


def confirm(
    connection: sa.Connection, settings: Settings, conversation: Conversation, customer: SignedIn, now: datetime
) -> Conversation:
    """Note who is signed in, for as long as the token is good. NotAllowed when it was used before. Writes."""
    key = f"widget-token:{customer.token_id}"
    if not take(connection, key, limit=1, window_seconds=_TOKEN_MEMORY_SECONDS, now=now):
        raise NotAllowed("token_invalid")
    return verify_conversation(
        connection, conversation.sender_id, customer_ref=customer.ref, by="token", until=customer.until, now=now,
        salt=settings.holdout_salt, email=customer.email,
    )


def end_session(connection: sa.Connection, conversation: Conversation) -> Conversation:
    """The person signed out: the proof is forgotten, and what was said is nobody's to read from here on. Writes."""
    end_verification(connection, conversation.sender_id)
    _update(connection, conversation, channel=ENDED)
    return _read(connection, conversation)


def is_somebody_elses(conversation: Conversation, customer: SignedIn) -> bool:
    """Whether another customer proved to be the one who speaks here."""
    return bool(conversation.verified_ref) and conversation.verified_ref != customer.ref


def _is_left(conversation: Conversation, customer: SignedIn | None) -> bool:
    if customer is None:  # the page knows nobody: whom the page vouched for has signed out
        return conversation.verified_by == "token"
    return is_somebody_elses(conversation, customer)


def _find_ended(connection: sa.Connection, session_id: str) -> Conversation | None:
    ended = sa.select(conversations.c.sender_id).where(
        conversations.c.channel == ENDED, conversations.c.address == session_id
    )
    sender_id = connection.scalar(ended)
    return get_conversation(connection, sender_id) if sender_id else None


def _read(connection: sa.Connection, conversation: Conversation) -> Conversation:
    return get_conversation(connection, conversation.sender_id) or conversation


def _join_browser(
    connection: sa.Connection, conversation: Conversation, anonymous_id: str, now: datetime, salt: str
) -> None:
    """What this browser did in the shop is the same person's: its basket, what it looked at.

    A browser's id is only its own word. It opens nobody's profile: who is proven to be a customer
    is joined by the shop's token alone.
    """
    browser = resolve_identity(
        connection, "anonymous_id", anonymous_id, source=CHANNEL, is_verified=False, now=now, salt=salt
    )
    if browser == conversation.customer_id:
        return
    if conversation.is_verified(now) or not is_known_customer(connection, browser):
        adopt(connection, browser, conversation.customer_id, reason="same browser", now=now)


def _note_visit(connection: sa.Connection, conversation: Conversation, visitor: Visitor) -> None:
    said = {"language": visitor.language, "timezone": visitor.timezone}
    news = {name: value for name, value in said.items() if value and value != getattr(conversation, name)}
    if news:
        _update(connection, conversation, **news)


def _update(connection: sa.Connection, conversation: Conversation, **values: str) -> None:
    connection.execute(
        sa.update(conversations).where(conversations.c.sender_id == conversation.sender_id).values(**values)
    )


def _short_text(said: Mapping[str, Any], name: str, longest: int) -> str:
    value = said.get(name)
    return value if isinstance(value, str) and len(value) <= longest and value.isprintable() else ""
