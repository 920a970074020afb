"""The console: the store's rows of a day -> frames that results are counted from, a few statements however many."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

import polars as pl
import sqlalchemy as sa

from bot.console.key_times import Rows
from bot.decision.person_queries import GONE_STATES
from bot.decision.rewards import OUTCOME_OF_EVENT
from bot.intake.names import MARKED_AS_SPAM
from bot.profile.purchases import is_counted, is_in, is_sale, is_trusted
from bot.profile.satisfaction import COMPLAINED, RATED
from bot.profile.store.tables import (
    consents,
    conversations,
    customers,
    events,
    handoffs,
    inbox,
    outbox,
    purchases,
    segment_members,
)

OUTCOMES = ("clicked", "replied", "bought", "opted_out", "complained")  # what a message is followed by
EVERY = "*"  # a no to all channels
LEFT_OUT = "orders_left_out"  # their amounts cannot be added to the others
_CLICKS = tuple(name for name, outcome in OUTCOME_OF_EVENT.items() if outcome == "clicked")
_COMPLAINTS = (COMPLAINED, MARKED_AS_SPAM)
HAPPENINGS = (*_CLICKS, *_COMPLAINTS, *RATED)  # events that are counted here
_MOST_STARS = 5
_TIME = pl.Datetime("us", "UTC")
_SENT: Mapping[str, Any] = {
    "outbox_id": pl.Int64, "root": pl.String, "sender_id": pl.String, "nudge": pl.String, "channel": pl.String,
    "state": pl.String, "at": _TIME, "variant": pl.String, "version": pl.String, "language": pl.String,
}
_DEED: Mapping[str, Any] = {"root": pl.String, "outcome": pl.String, "did_at": _TIME, "amount": pl.Int64}
_DID: Mapping[str, Any] = {
    "what": pl.String, "root": pl.String, "channel": pl.String, "at": _TIME, "times": pl.Int64, "amount": pl.Int64,
}
_MEMBER: Mapping[str, Any] = {"root": pl.String, "segment": pl.String, "entered_at": _TIME, "left_at": _TIME}


def read_sent(connection: sa.Connection, since: datetime, until: datetime) -> pl.DataFrame:
    """The nudges that left in a time, a row each, with 1 where they `arrived` and were `seen`, as far as is known."""
    query = (
        sa.select(outbox.c.outbox_id, customers.c.root_id, outbox.c.sender_id, outbox.c.nudge, outbox.c.channel,
                  outbox.c.state, outbox.c.not_before, *_words_of())
        .join(customers, customers.c.customer_id == outbox.c.customer_id).where(left_between(since, until))
    )
    return _frame(connection, query, _SENT).with_columns(
        pl.col("nudge").str.split(":").list.first().alias("journey"), pl.lit(1, pl.Int64).alias("sent"),
        pl.col("state").is_in(["delivered", "seen"]).cast(pl.Int64).alias("arrived"),
        (pl.col("state") == "seen").cast(pl.Int64).alias("seen"),
    )


def read_deeds_after(
    connection: sa.Connection, since: datetime, until: datetime, window: timedelta, currency: str
) -> pl.DataFrame:
    """What the receivers of those nudges did until the last one's window: root (of an answer the conversation),
    outcome, did_at, amount. Orders in another currency are left out.
    """
    ends = until + window
    heard = sa.select(customers.c.root_id).distinct().join(
        outbox, outbox.c.customer_id == customers.c.customer_id
    ).where(left_between(since, until)).subquery("heard")
    member = customers.alias("member")
    persons = heard.join(member, member.c.root_id == heard.c.root_id)
    outcome = sa.case((events.c.name.in_(_COMPLAINTS), "complained"), else_="clicked")
    happened = sa.select(heard.c.root_id, outcome, events.c.occurred_at, sa.literal(0)).select_from(
        persons.join(events, events.c.customer_id == member.c.customer_id)
    ).where(events.c.occurred_at >= since, events.c.occurred_at < ends, events.c.name.in_((*_CLICKS, *_COMPLAINTS)))
    paid = sa.cast(sa.func.sum(purchases.c.amount_minor), sa.BigInteger)
    bought = sa.select(heard.c.root_id, sa.literal("bought"), sa.func.min(purchases.c.sold_at), paid).select_from(
        persons.join(purchases, purchases.c.customer_id == member.c.customer_id)
    ).where(
        purchases.c.sold_at >= since, purchases.c.sold_at < ends, is_sale(), is_counted(currency),
    ).group_by(heard.c.root_id, purchases.c.silo, purchases.c.order_id)
    left = sa.select(heard.c.root_id, sa.literal("opted_out"), consents.c.changed_at, sa.literal(0)).select_from(
        persons.join(consents, consents.c.customer_id == member.c.customer_id)
    ).where(consents.c.state == "withdrawn", consents.c.changed_at >= since, consents.c.changed_at < ends)
    talks = sa.select(outbox.c.sender_id).distinct().where(
        left_between(since, until), outbox.c.sender_id != "").subquery("talks")
    wrote = sa.select(inbox.c.sender_id, sa.literal("replied"), inbox.c.received_at, sa.literal(0)).join(
        talks, talks.c.sender_id == inbox.c.sender_id
    ).where(inbox.c.received_at >= since, inbox.c.received_at < ends)
    return pl.concat([_frame(connection, each, _DEED) for each in (happened, bought, left, wrote)])


def read_did(connection: sa.Connection, rows: Rows, since: datetime, until: datetime, currency: str) -> pl.DataFrame:
    """What customers did in a time by themselves: what, root, channel, at, times, amount.

    `conversations` (of each conversation the first message of the day), `handoffs`, `orders` (amount in minor units,
    what was sent back below zero and no times), `LEFT_OUT` (orders in another currency), `opt_outs`, `complaints`,
    `ratings` (amount in hundredths of a star).
    """
    ours = is_in(currency)
    return pl.concat([
        _frame(connection, each, _DID)
        for each in (_conversations(rows, since, until), _handoffs(rows, since, until),
                     _orders("orders", since, until, ours), _orders(LEFT_OUT, since, until, ~ours),
                     _opt_outs(since, until), _complaints(since, until))
    ] + [_ratings(connection, since, until)])


def read_memberships(
    connection: sa.Connection, roots: Iterable[str], since: datetime, until: datetime
) -> pl.DataFrame:
    """In which segments persons were at some moment of a time: root, segment, entered_at, left_at."""
    member = segment_members.c
    parts = [pl.DataFrame(schema=dict(_MEMBER))]
    for some in batched(sorted(set(roots)), 500):
        query = sa.select(member.customer_id, member.segment, member.entered_at, member.left_at).where(
            member.customer_id.in_(some), member.entered_at < until,
            sa.or_(member.left_at.is_(None), member.left_at > since),
        )
        parts.append(_frame(connection, query, _MEMBER))
    return pl.concat(parts)


def left_between(since: datetime, until: datetime) -> sa.ColumnElement[bool]:
    """By the index that begins with the state; `not_before` is when a message left, once it did."""
    return sa.and_(outbox.c.state.in_(GONE_STATES), outbox.c.kind == "nudge", outbox.c.not_before >= since,
                   outbox.c.not_before < until)


def _words_of() -> list[sa.ColumnElement[str]]:
    """Which words a message had: variant and version of its journey, and its language; "" where it does not say."""
    told = (outbox.c.facts["variant"], outbox.c.facts["version"], outbox.c.payload["language"])
    return [sa.func.coalesce(each.as_string(), "") for each in told]


def _conversations(rows: Rows, since: datetime, until: datetime) -> sa.Select[Any]:
    wrote = rows.between(inbox.c.inbox_id, inbox.c.received_at, since, until)
    said = sa.select(inbox.c.sender_id, inbox.c.channel, sa.func.min(inbox.c.received_at).label("at")).where(
        wrote).group_by(inbox.c.sender_id, inbox.c.channel).subquery("said")
    root = sa.func.coalesce(customers.c.root_id, said.c.sender_id)
    return sa.select(sa.literal("conversations"), root, said.c.channel, said.c.at, sa.literal(1), sa.literal(0)
                     ).select_from(
        said.outerjoin(conversations, conversations.c.sender_id == said.c.sender_id)
        .outerjoin(customers, customers.c.customer_id == conversations.c.customer_id))


def _handoffs(rows: Rows, since: datetime, until: datetime) -> sa.Select[Any]:
    asked = rows.between(handoffs.c.handoff_id, handoffs.c.asked_at, since, until)
    root = sa.func.coalesce(customers.c.root_id, handoffs.c.customer_id)
    return sa.select(sa.literal("handoffs"), root, handoffs.c.channel, handoffs.c.asked_at, sa.literal(1),
                     sa.literal(0)).select_from(
        handoffs.outerjoin(customers, customers.c.customer_id == handoffs.c.customer_id)).where(asked)


def _orders(what: str, since: datetime, until: datetime, which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    has_sale = sa.func.max(sa.case((is_sale(), 1), else_=0))
    paid = sa.cast(sa.func.sum(purchases.c.amount_minor), sa.BigInteger)
    return sa.select(sa.literal(what), customers.c.root_id, sa.literal(""), sa.func.min(purchases.c.sold_at),
                     has_sale, paid).join(
        customers, customers.c.customer_id == purchases.c.customer_id
    ).where(purchases.c.sold_at >= since, purchases.c.sold_at < until, is_trusted(), which).group_by(
        customers.c.root_id, purchases.c.silo, purchases.c.order_id)


def _opt_outs(since: datetime, until: datetime) -> sa.Select[Any]:
    return sa.select(sa.literal("opt_outs"), customers.c.root_id, consents.c.channel,
                     sa.func.min(consents.c.changed_at), sa.literal(1), sa.literal(0)).join(
        customers, customers.c.customer_id == consents.c.customer_id
    ).where(consents.c.changed_at >= since, consents.c.changed_at < until, consents.c.state == "withdrawn").group_by(
        customers.c.root_id, consents.c.channel)


def _complaints(since: datetime, until: datetime) -> sa.Select[Any]:
    return sa.select(sa.literal("complaints"), customers.c.root_id, sa.literal(""), events.c.occurred_at,
                     sa.literal(1), sa.literal(0)).join(
        customers, customers.c.customer_id == events.c.customer_id
    ).where(events.c.name.in_(_COMPLAINTS), events.c.occurred_at >= since, events.c.occurred_at < until)


def _ratings(connection: sa.Connection, since: datetime, until: datetime) -> pl.DataFrame:
    query = sa.select(customers.c.root_id, events.c.occurred_at, events.c.properties).join(
        customers, customers.c.customer_id == events.c.customer_id
    ).where(events.c.name.in_(RATED), events.c.occurred_at >= since, events.c.occurred_at < until)
    rows = [
        ("ratings", row.root_id, "", row.occurred_at, 1, stars) for row in connection.execute(query)
        if (stars := _hundredths(row.properties.get("rating")))
    ]
    return pl.DataFrame(rows, dict(_DID), orient="row")


def _hundredths(rating: object) -> int:
    """Of a star; 0 for what is no rating from 1 to 5."""
    if isinstance(rating, bool) or not isinstance(rating, int | float) or not math.isfinite(rating):
        return 0
    return round(rating * 100) if 1 <= rating <= _MOST_STARS else 0


def _frame(connection: sa.Connection, query: sa.Select[Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([tuple(row) for row in connection.execute(query)], dict(schema), orient="row")
