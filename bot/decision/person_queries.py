"""Stage 3: what is asked of the store about persons, as statements made once: to build one takes longer than to run it.

Those whom a statement is about travel as one parameter (`to_list`), whether they are one or four hundred.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.decision.kinds import TOLD
from bot.decision.matters import ABOUT_KEYS, MATTER_NAMES
from bot.decision.minors import BIRTH_DATE
from bot.decision.yields import running_waits
from bot.intake.names import EMAIL_SENT, SMS_SENT
from bot.profile.events import OFFER_ACCEPTED
from bot.profile.store.tables import (
    consents,
    conversations,
    customers,
    events,
    identities,
    inbox,
    outbox,
    traits,
    waits,
)
from bot.profile.store.upsert import is_either, is_listed

LIVE_STATES = ("pending", "sending", "sent", "delivered", "seen", "unknown")  # it reached somebody, or may
GONE_STATES = tuple(state for state in LIVE_STATES if state != "pending")


@dataclass(frozen=True)
class PersonQueries:
    """Each takes `listed`, and what else its description says."""

    customers: sa.Select[Any]  # of these roots
    proven: sa.Select[Any]  # identities of these customers, and so on
    traits: sa.Select[Any]
    conversations: sa.Select[Any]  # last used last
    waiting: sa.Select[Any]  # of these senders, those whose message waits
    consents: sa.Select[Any]  # `purpose`; the latest last
    sent: sa.Select[Any]  # `purpose`, `since`
    heard: sa.Select[Any]  # and `until`, `nudges`: those alone
    told: sa.Select[Any]  # `since`: what others sent; `matters_since`: what is not settled; ever: what was accepted
    running: sa.Select[Any]  # `journeys`: their waits


@cache
def queries_for(dialect: str) -> PersonQueries:
    """The statements for a database."""
    return PersonQueries(
        sa.select(customers.c.customer_id, customers.c.root_id, customers.c.is_holdout).where(
            is_listed(dialect, customers.c.root_id, "listed")),
        _proven(dialect), _traits(dialect), _conversations(dialect),
        sa.select(inbox.c.sender_id).where(
            is_listed(dialect, inbox.c.sender_id, "listed"), is_either(inbox.c.state, ("waiting", "working"))),
        _consents(dialect), _sent(dialect), _heard(dialect), _told(dialect), running_waits().where(
            is_listed(dialect, waits.c.customer_id, "listed"), is_listed(dialect, waits.c.trigger, "journeys")),
    )


def _proven(dialect: str) -> sa.Select[Any]:
    table = identities.c
    return sa.select(table.customer_id, table.kind, table.value).where(
        is_listed(dialect, table.customer_id, "listed"), table.is_verified,
        # The kind as an expression, so that SQLite goes by the customers: it would read the addresses of everybody.
        is_either(table.kind.concat(""), ("customer_id", "email", "phone")),
    ).order_by(table.first_seen_at, table.value)


def _traits(dialect: str) -> sa.Select[Any]:
    table = traits.c
    return sa.select(table.customer_id, table.name, table.value).where(
        is_listed(dialect, table.customer_id, "listed"),
        is_either(table.name, ("timezone", "language", "locale", BIRTH_DATE)),
    ).order_by(table.customer_id, table.name, table.silo)


def _conversations(dialect: str) -> sa.Select[Any]:
    table = conversations.c
    return sa.select(*(each for each in table if each.name != "created_at")).where(
        is_listed(dialect, table.customer_id, "listed")
    ).order_by(sa.func.coalesce(table.last_inbound_at, table.created_at), table.sender_id)


def _consents(dialect: str) -> sa.Select[Any]:
    table = consents.c
    return sa.select(table.customer_id, table.channel, table.state, table.source, table.changed_at).where(
        is_listed(dialect, table.customer_id, "listed"), table.purpose == sa.bindparam("purpose"),
    ).order_by(table.changed_at, table.consent_id)


def _sent(dialect: str) -> sa.Select[Any]:
    table = outbox.c
    columns = (table.outbox_id, table.customer_id, table.nudge, table.about, table.state, table.sent_at,
               table.not_before, table.facts[TOLD].as_string().label(TOLD))
    return sa.select(*columns).where(
        # The state as an expression, so that SQLite goes by the customers: it would read everything ever sent.
        is_listed(dialect, table.customer_id, "listed"), table.kind == "nudge",
        table.purpose == sa.bindparam("purpose"), is_either(table.state.concat(""), LIVE_STATES),
        sa.func.coalesce(table.sent_at, table.not_before) > sa.bindparam("since", type_=table.not_before.type),
    )


def _heard(dialect: str) -> sa.Select[Any]:
    table = outbox.c
    at, until = sa.func.coalesce(table.sent_at, table.not_before), sa.bindparam("until", type_=table.not_before.type)
    return _sent(dialect).where(at <= until, is_listed(dialect, table.nudge, "nudges"))


def _told(dialect: str) -> sa.Select[Any]:
    table = events.c
    # The name as an expression, so that SQLite goes by the customer: a mailing has a million of the name.
    name, since = table.name.concat(""), sa.bindparam("since", type_=table.occurred_at.type)
    by_others = sa.and_(is_either(name, (EMAIL_SENT, SMS_SENT)), table.silo != "web", table.silo != "prevenant",
                        table.occurred_at > since)
    matters_since = sa.bindparam("matters_since", type_=table.occurred_at.type)
    unsettled = sa.and_(is_either(name, MATTER_NAMES), table.occurred_at > matters_since)
    return sa.select(
        table.customer_id, table.name, table.occurred_at, table.properties, find_about().label("matter"),
    ).where(
        is_listed(dialect, table.customer_id, "listed"),
        sa.or_(by_others, unsettled, sa.and_(name == OFFER_ACCEPTED, table.silo == "prevenant")),
    )


def find_about() -> sa.ColumnElement[str]:
    """Which thing an event is about that begins or settles something; "" where it names none."""
    told = (events.c.properties[key].as_string() for key in ABOUT_KEYS)
    return sa.func.coalesce(sa.cast(sa.func.coalesce(*told), sa.String), "")
