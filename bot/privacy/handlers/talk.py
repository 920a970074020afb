"""Conversations: whom we talked to, what was said, who of the shop's people took over, codes on the way."""

import hashlib
from base64 import b64encode
from typing import Any

import sqlalchemy as sa

from bot.channels.outbox import SECRET_KINDS
from bot.privacy.handlers.base import Exported, StoreHandler
from bot.privacy.subject import Subject
from bot.profile.photo_wishes import lend_unsettled, unname_lent
from bot.profile.store.tables import (
    codes,
    conversation_states,
    conversations,
    handoffs,
    inbox,
    lent_media,
    messages,
    outbox,
    photo_wishes,
    pictures,
    rate_limits,
    suppressions,
)

# What tries are counted under, by sender or address.
_COUNTED = (
    "codes:{}", "lookups:{}", "web:say:{}", "web:rate:{}", "web:picture:{}", "web:pictures:{}", "pictures:{}",
    "link:{}", "sms:{}", "whatsapp:to:{}", "messenger:to:{}", "whatsapp:today:{}",
)


class ConversationsPrivacyHandler(StoreHandler):
    """Channel identities, and what follows the person from one to the next."""

    name = "conversations"
    title = "Your conversations"
    tables = (conversation_states, conversations)

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By member."""
        return table.c.customer_id.in_(subject.members)


class MessagesPrivacyHandler(StoreHandler):
    """What was said on either side, on every channel, and what we wrote first."""

    name = "messages"
    title = "What was said"
    tables = (inbox, outbox, messages)
    hidden = frozenset({"idempotency_key", "lease_until", "attempts"})

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By conversation; what left, by member and by address too: a code somebody else asked for is theirs."""
        said = table.c.sender_id.in_(subject.sender_ids)
        if table is not outbox:
            return said
        reached = sa.func.lower(outbox.c.address).in_([each.lower() for each in subject.addresses])
        return sa.or_(said, outbox.c.customer_id.in_(subject.members), reached)

    def erase(self, connection: sa.Connection, subject: Subject) -> int:
        """Delete all of it, but for the ids of photos that a channel still has to delete. Writes."""
        lend_unsettled(connection, subject.sender_ids)  # while the wishes are there
        return super().erase(connection, subject)

    def export(self, connection: sa.Connection, subject: Subject) -> Exported:
        """As it was said; a code or link that is still on its way is for the letter alone."""
        found = dict(super().export(connection, subject))
        found["outbox"] = [
            {**row, "payload": {"text": "••••••"}} if row["kind"] in SECRET_KINDS else row for row in found["outbox"]
        ]
        return found


class PicturesPrivacyHandler(StoreHandler):
    """Pictures that the person sent."""

    name = "pictures"
    title = "Pictures you sent"
    tables = (pictures,)

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By conversation."""
        return table.c.sender_id.in_(subject.sender_ids)

    def read(self, connection: sa.Connection, table: sa.Table, subject: Subject) -> list[dict[str, Any]]:
        """As addresses that hold the whole picture: a browser shows them."""
        return [
            {**row, "content": f"data:{row['content_type']};base64,{b64encode(row['content']).decode()}"}
            for row in super().read(connection, table, subject)
        ]


class PhotoWishesPrivacyHandler(StoreHandler):
    """What the person agreed to be shown on their next photo, and what a channel still has to delete. No photo.

    Erased, those rows name nobody any more; without them the pictures would stay with the channel.
    """

    name = "photo_wishes"
    title = "What you agreed to try on"
    tables = (photo_wishes, lent_media)

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By conversation."""
        return table.c.sender_id.in_(subject.sender_ids)

    def erase(self, connection: sa.Connection, subject: Subject) -> int:
        """Delete the wish; of what a channel has to delete forget whose it is. Writes."""
        wished = sa.delete(photo_wishes).where(self.rows_of(photo_wishes, subject))
        return int(connection.execute(wished).rowcount) + unname_lent(connection, subject.sender_ids)


class HandoffsPrivacyHandler(StoreHandler):
    """Conversations that a person of the shop took; who that was is theirs, and stays out."""

    name = "handoffs"
    title = "When you asked for a person"
    tables = (handoffs,)
    hidden = frozenset({"taken_by", "turn_key", "outside_seen"})

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By member, conversation, and the address an answer was to reach."""
        return sa.or_(
            handoffs.c.customer_id.in_(subject.members),
            handoffs.c.sender_id.in_(subject.sender_ids),
            sa.func.lower(handoffs.c.email).in_([each.lower() for each in subject.emails]),
        )


class SuppressionsPrivacyHandler(StoreHandler):
    """Addresses of the person that messages do not reach."""

    name = "suppressions"
    title = "Addresses that nothing reaches"
    tables = (suppressions,)

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By address, and by the channel's own id of the person."""
        named = {*(each.lower() for each in subject.addresses), *subject.other_ids}
        return table.c.address.in_(sorted(named))


class CodesPrivacyHandler(StoreHandler):
    """Codes that prove an address, and counters of tries: hashes, kept for hours. Nothing to show."""

    name = "codes"
    title = "Codes and tries"
    tables = (codes, rate_limits)

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """Codes by the conversation in their subject; counters by the hash of what they count."""
        if table is codes:
            mine = [codes.c.subject.endswith(f":{each}", autoescape=True) for each in subject.sender_ids]
            return sa.or_(sa.false(), *mine)
        named = (*subject.sender_ids, *subject.other_ids, *(each.lower() for each in subject.addresses))
        keys = [pattern.format(each) for each in named for pattern in _COUNTED]
        return rate_limits.c.key.in_([hashlib.sha256(key.encode()).hexdigest() for key in keys])

    def export(self, connection: sa.Connection, subject: Subject) -> Exported:
        """How many there are: a hash says nothing to its owner, and much to whoever found the file."""
        counted = {
            table.name: connection.scalar(
                sa.select(sa.func.count()).select_from(table).where(self.rows_of(table, subject))
            )
            for table in self.tables
        }
        return {"counts": [counted]}
