"""Stage A0: a code that takes a person to another channel: kept as a keyed hash, for one use and some minutes.

Who brings the code to the other channel was in the first conversation: nothing that is typed or claimed joins two.
The code holds for one channel, and for whom the first conversation was proven to be when it was made: who signs in
there afterwards is not taken along by it.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import fields, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.errors import NotAllowed
from bot.profile.conversations import Conversation, get_conversation, join_conversations
from bot.profile.identities import is_known_customer
from bot.profile.rate_limits import take
from bot.profile.state import ConversationState, read_state, write_state
from bot.profile.store.tables import codes

LIFE = timedelta(minutes=10)
LINKS_AN_HOUR = 10
_WINDOW_SECONDS = 3_600.0
_CODE = re.compile(r"\bgo-(\d{1,18})-([0-9a-f]{32})\b", re.IGNORECASE)  # 128 random bits behind the row's number
_AROUND = re.compile(rf"\s*\(?{_CODE.pattern}\)?", re.IGNORECASE)
# What goes on elsewhere. A guest's proved orders do not: their proof is good in one conversation only.
_CARRIED = frozenset(
    ("language", "cart_ref", "last_shown", "last_product", "search", "open_question", "request", "nudge", "last_order")
)


def issue_link_code(
    connection: sa.Connection, conversation: Conversation, channel: str, *, secret: str, now: datetime
) -> str:
    """A code that takes this conversation's person to a channel; the earlier one for it ends. Writes.

    NotAllowed("rate_limited") when it was asked for too often, NotAllowed("not_verified") where a known customer's
    proof has run out: whoever sits there now is nobody's account.
    """
    key = f"link:{conversation.sender_id}"
    if not take(connection, key, limit=LINKS_AN_HOUR, window_seconds=_WINDOW_SECONDS, now=now):
        raise NotAllowed("rate_limited")
    if not conversation.is_verified(now) and is_known_customer(connection, conversation.customer_id):
        raise NotAllowed("not_verified")
    subject, token = _subject(channel, conversation.sender_id), secrets.token_hex(16)
    earlier = sa.and_(codes.c.subject == subject, codes.c.used_at.is_(None))
    connection.execute(sa.update(codes).where(earlier).values(used_at=now))
    made = connection.execute(
        sa.insert(codes).values(
            subject=subject, code_hash=_hash(secret, subject, conversation, token), attempts=0, created_at=now,
            expires_at=now + LIFE,
        )
    ).inserted_primary_key
    return f"go-{made[0] if made else 0}-{token}"


def find_link_code(text: str) -> str:
    """The code in a text, "" for none."""
    found = _CODE.search(text)
    return found.group().lower() if found else ""


def cut_link_code(text: str) -> str:
    """The text without any code."""
    return _AROUND.sub("", text).strip()


def use_link_code(
    connection: sa.Connection, code: str, arrived: Conversation, *, secret: str, now: datetime, salt: str
) -> bool:
    """Go on in `arrived` where the code's conversation is; False, and nothing changed, for a code that opens nothing.

    The two become one person, whose state is the first conversation's, and the first one's proof holds here until it
    runs out there. False as well where the two are different customers: then the code is used up. Writes.
    """
    left = _use_up(connection, code, arrived.channel, secret, now)
    if left is None:
        return False
    before = read_state(connection, left.customer_id)
    if not join_conversations(connection, arrived, left, by="link", now=now, salt=salt):
        return False
    joined = get_conversation(connection, arrived.sender_id) or arrived
    _carry_state(connection, joined.customer_id, before, now)
    return True


def _use_up(
    connection: sa.Connection, code: str, channel: str, secret: str, now: datetime
) -> Conversation | None:
    """Where a good code was made; None for one that is forged, used, too old or another channel's."""
    found = _CODE.fullmatch(code)
    row = connection.execute(sa.select(codes).where(codes.c.code_id == int(found.group(1)))).first() if found else None
    if found is None or row is None:
        return None
    sender_id = row.subject.removeprefix(_subject(channel, ""))
    left = get_conversation(connection, sender_id) if sender_id != row.subject else None
    if left is None or not hmac.compare_digest(row.code_hash, _hash(secret, row.subject, left, found.group(2).lower())):
        return None
    is_good = sa.and_(codes.c.code_id == row.code_id, codes.c.used_at.is_(None), codes.c.expires_at > now)
    used = connection.execute(sa.update(codes).where(is_good).values(used_at=now))
    return left if used.rowcount else None


def _carry_state(connection: sa.Connection, customer_id: str, before: ConversationState, now: datetime) -> None:
    """Lay what the first conversation was about over the person's state: it is what they want to go on with."""
    current = read_state(connection, customer_id)
    names = [each.name for each in fields(ConversationState) if each.name in _CARRIED]
    carried = replace(current, **{name: getattr(before, name) for name in names if getattr(before, name)})
    if carried != current:
        write_state(connection, customer_id, carried, now)


def _subject(channel: str, sender_id: str) -> str:
    return f"link_{channel}:{sender_id}"


def _hash(secret: str, subject: str, conversation: Conversation, token: str) -> str:
    """Bound to the conversation's channel too: one that ended meanwhile opens nothing."""
    bound = "\n".join((subject, conversation.channel, conversation.verified_ref or "", token))
    return hmac.new(secret.encode(), bound.encode(), hashlib.sha256).hexdigest()
