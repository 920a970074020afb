"""The profile: who somebody is, what each silo said of them, what they allowed, what happened."""

import sqlalchemy as sa

from bot.decision.crowd_blocks import forget_blocks
from bot.privacy.handlers.base import Exported, StoreHandler
from bot.privacy.subject import Subject
from bot.profile.store.tables import (
    consent_requests,
    consents,
    crowd_blocks,
    crowd_changes,
    customers,
    events,
    identities,
    link_reviews,
    merges,
    privacy_links,
    purchases,
    segment_members,
    shop_hints,
    traits,
)

_COPIES = (crowd_blocks, crowd_changes)  # many persons' at once


class CustomersPrivacyHandler(StoreHandler):
    """Customers, what they go by, merges, done or in question, and the copy that campaigns read. The last of all:
    others point at it.
    """

    name = "customers"
    title = "Who you are to us"
    tables = (link_reviews, merges, identities, customers, *_COPIES)
    hidden = frozenset({"state_before", "moved", "root_id"})

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By member; of merges and questions of one, those that spoke of one."""
        if table in _COPIES:
            return sa.false()
        if table in (link_reviews, merges):
            return sa.or_(table.c.left_id.in_(subject.members), table.c.right_id.in_(subject.members))
        return table.c.customer_id.in_(subject.members)

    def export(self, connection: sa.Connection, subject: Subject) -> Exported:
        """Everything but the copy."""
        return {each.name: self.read(connection, each, subject) for each in self.tables if each not in _COPIES}

    def erase(self, connection: sa.Connection, subject: Subject) -> int:
        """Delete; a merge of others, made while they were one with this person, keeps its ids and forgets the state.
        The copy goes whole: others' parts of it are made anew. Writes.
        """
        touched = sa.or_(merges.c.into_root.in_(subject.members), merges.c.from_root.in_(subject.members))
        others = sa.and_(touched, sa.not_(self.rows_of(merges, subject)))
        connection.execute(sa.update(merges).where(others).values(state_before={}))
        gone = super().erase(connection, subject)
        forget_blocks(connection)
        return gone


class TraitsPrivacyHandler(StoreHandler):
    """What each silo said, what was computed from purchases, and the segments that follow from it."""

    name = "traits"
    title = "What we know of you, and from whom"
    tables = (traits, purchases, segment_members)

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By member."""
        return table.c.customer_id.in_(subject.members)


class ConsentsPrivacyHandler(StoreHandler):
    """What was allowed, asked for, and waits to be confirmed."""

    name = "consents"
    title = "What you allowed, in which words"
    tables = (consents, consent_requests, privacy_links)
    hidden = frozenset({"token_hash"})

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By member."""
        return table.c.customer_id.in_(subject.members)


class EventsPrivacyHandler(StoreHandler):
    """What happened: visits, baskets, orders, news of parcels; and what the shop told and nobody has read yet."""

    name = "events"
    title = "What you did, and what happened to your orders"
    tables = (events, shop_hints)

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By member; what is not read yet by order and account."""
        if table is shop_hints:
            return sa.or_(table.c.order_ref.in_(subject.order_refs), table.c.customer_ref.in_(subject.customer_refs))
        return table.c.customer_id.in_(subject.members)

    def export(self, connection: sa.Connection, subject: Subject) -> Exported:
        """The events: what waits to be read is one of them in a moment."""
        return {events.name: self.read(connection, events, subject)}
