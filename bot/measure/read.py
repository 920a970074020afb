"""Measurement: the store -> columns, in a fixed number of statements however many persons there are.

Who is measured by a journey: everybody for whom it was decided and whom nothing held but the holdout, or what a
nudge itself brings about (a cap that is reached, a conversation, a cooldown). That is the same question in both
arms; whether something was really sent is not, and would compare the lucky with everybody. A person enters once,
at the first such decision, with the customers they were made of at that moment: those whom the merges of until then,
but for what was undone by then, connect with the one it was decided for.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from bot.decision.guardrails import OCCASIONAL, name_reasons
from bot.decision.holdouts import draw
from bot.decision.person_queries import GONE_STATES
from bot.intake.names import MARKED_AS_SPAM
from bot.profile.candidate_sets import candidates_of, unfold_held
from bot.profile.purchases import is_counted, is_refund, is_sale
from bot.profile.satisfaction import COMPLAINED
from bot.profile.store.tables import (
    consents,
    customers,
    decisions,
    events,
    merges,
    outbox,
    purchases,
    segment_members,
)

NOT_ASKED = tuple(name_reasons(OCCASIONAL))
_NOT_REFUSED = ("gave_up", "FixConfiguration", "FixInput")  # our failures, nobody's wish
_TIME = pl.Datetime("us", "UTC")
_ENTRY = {"root": pl.String, "entered_at": _TIME, "customer_id": pl.String, "is_holdout": pl.Boolean}


def read_entries(
    connection: sa.Connection, journeys: Sequence[str], *, since: datetime, until: datetime, draws_for: str = ""
) -> pl.DataFrame:
    """One row a person who had the occasion first between the two moments: root, entered_at, parts, is_holdout, draw.

    `parts` is of how many customers they were made; `draw` is the lowest draw of `draws_for` among these.
    """
    part = _parts_at_entry(connection, journeys, since, until).c
    statement = sa.select(part.root, part.entered_at, customers.c.customer_id, customers.c.is_holdout).join(
        customers, customers.c.customer_id == part.customer_id)
    members = _frame(connection, statement, _ENTRY)
    dealt = draw(draws_for, members["customer_id"].to_list()) if draws_for and members.height else None
    drawn = pl.lit(1.0).alias("draw") if dealt is None else pl.Series("draw", dealt, pl.Float64)
    return members.with_columns(drawn).group_by("root").agg(
        pl.col("entered_at").first(), pl.len().cast(pl.Int64).alias("parts"), pl.col("is_holdout").any(),
        pl.col("draw").min(),
    ).sort("entered_at", "root")


def read_purchases(connection: sa.Connection, journeys: Sequence[str], currency: str, since: datetime) -> pl.DataFrame:
    """What those persons bought since: root, at, amount_minor, is_order (one line an order)."""
    entered = _entered(connection, journeys)
    lines = (
        sa.select(
            entered.c.root, purchases.c.sold_at, purchases.c.amount_minor, purchases.c.silo, purchases.c.order_id,
            is_sale().label("is_sale"),
        )
        .join(customers, customers.c.root_id == entered.c.root)
        .join(purchases, purchases.c.customer_id == customers.c.customer_id)
        .where(
            is_counted(currency), purchases.c.sold_at >= since, sa.or_(is_sale(), is_refund()),
        )
        .subquery("lines")
    )
    orders = (lines.c.root, lines.c.silo, lines.c.order_id, lines.c.is_sale)
    at, amount = sa.func.min(lines.c.sold_at), sa.cast(sa.func.sum(lines.c.amount_minor), sa.BigInteger)
    statement = sa.select(lines.c.root, at, amount, lines.c.is_sale).group_by(*orders)
    schema = {"root": pl.String, "at": _TIME, "amount_minor": pl.Int64, "is_order": pl.Boolean}
    return _frame(connection, statement, schema)


def read_happenings(
    connection: sa.Connection, journeys: Sequence[str], names: Sequence[str], since: datetime
) -> pl.DataFrame:
    """Events of these names by those persons: root, at."""
    entered = _entered(connection, journeys)
    statement = (
        sa.select(entered.c.root, events.c.occurred_at)
        .join(customers, customers.c.root_id == entered.c.root)
        .join(events, events.c.customer_id == customers.c.customer_id)
        .where(events.c.name.in_(names), events.c.occurred_at >= since)
    )
    return _frame(connection, statement, {"root": pl.String, "at": _TIME})


def read_messages(connection: sa.Connection, journeys: Sequence[str], since: datetime) -> pl.DataFrame:
    """Nudges that left or were refused: root, journey, at, channel, purpose, is_refused."""
    statement = (
        sa.select(
            customers.c.root_id, outbox.c.nudge, _left_at(), outbox.c.channel, outbox.c.purpose,
            outbox.c.state == "failed",
        )
        .join(customers, customers.c.customer_id == outbox.c.customer_id)
        .where(outbox.c.kind == "nudge", _is_of(outbox.c.nudge, journeys), _left_at() >= since, _has_left())
    )
    schema = {
        "root": pl.String, "nudge": pl.String, "at": _TIME, "channel": pl.String, "purpose": pl.String,
        "is_refused": pl.Boolean,
    }
    return _frame(connection, statement, schema).with_columns(
        pl.col("nudge").str.split(":").list.first().alias("journey")
    )


def read_objections(connection: sa.Connection, metric: str, since: datetime) -> pl.DataFrame:
    """Who said no, or complained, and when: root, at, about (a purpose; "" all).

    A complaint about a late parcel is none about the news of it: what is said in the chat counts against advertising.
    """
    if metric == "opt_outs":
        statement = (
            sa.select(customers.c.root_id, consents.c.changed_at, consents.c.purpose)
            .join(customers, customers.c.customer_id == consents.c.customer_id)
            .where(consents.c.state == "withdrawn", consents.c.changed_at >= since)
        )
    else:
        about = sa.case((events.c.name == COMPLAINED, "marketing"), else_="")
        statement = (
            sa.select(customers.c.root_id, events.c.occurred_at, about)
            .join(customers, customers.c.customer_id == events.c.customer_id)
            .where(events.c.name.in_((MARKED_AS_SPAM, COMPLAINED)), events.c.occurred_at >= since)
        )
    return _frame(connection, statement, {"root": pl.String, "said_at": _TIME, "about": pl.String})


def read_first_candidates(
    connection: sa.Connection, journeys: Sequence[str], since: datetime
) -> dict[str, list[dict[str, Any]]]:
    """What each person's first occasion since chose among, as `decisions` keeps it, by root."""
    entered = _entered(connection, journeys)
    statement = (
        sa.select(entered.c.root, candidates_of())
        .join(customers, customers.c.root_id == entered.c.root)
        .join(decisions, decisions.c.customer_id == customers.c.customer_id)
        .where(
            entered.c.entered_at >= since, decisions.c.decided_at == entered.c.entered_at,
            _is_of(decisions.c.trigger, journeys),
        )
        .order_by(decisions.c.decision_id.desc())
    )
    return {row.root: row.candidates for row in connection.execute(statement)}


def read_first_versions(connection: sa.Connection, journey: str, since: datetime) -> pl.DataFrame:
    """The version of a journey that each person's first occasion since was decided by: root, group."""
    entered = _entered(connection, (journey,))
    statement = (
        sa.select(entered.c.root, sa.func.max(decisions.c.version))
        .join(customers, customers.c.root_id == entered.c.root)
        .join(decisions, decisions.c.customer_id == customers.c.customer_id)
        .where(
            entered.c.entered_at >= since, decisions.c.decided_at == entered.c.entered_at,
            _is_of(decisions.c.trigger, (journey,)),
        )
        .group_by(entered.c.root)
    )
    return _frame(connection, statement, {"root": pl.String, "group": pl.String})


def read_members(connection: sa.Connection, journeys: Sequence[str], since: datetime) -> pl.DataFrame:
    """In which segments each person was at their first occasion since: root, group."""
    entered, member = _entered(connection, journeys), segment_members.c
    statement = (
        sa.select(entered.c.root, member.segment).distinct()
        .join(customers, customers.c.root_id == entered.c.root)
        .join(segment_members, member.customer_id == customers.c.customer_id)
        .where(
            entered.c.entered_at >= since, member.entered_at <= entered.c.entered_at,
            sa.or_(member.left_at.is_(None), member.left_at > entered.c.entered_at),
        )
    )
    return _frame(connection, statement, {"root": pl.String, "group": pl.String})


def _parts_at_entry(connection: sa.Connection, journeys: Sequence[str], since: datetime, until: datetime) -> sa.CTE:
    """Of whom each person was made who entered between the two moments: root, entered_at, customer_id."""
    first, edge = _first_decisions(connection, journeys, since, until), _edges().c
    part = (
        sa.select(first.c.root, decisions.c.decided_at.label("entered_at"), decisions.c.customer_id)
        .join(first, first.c.decision_id == decisions.c.decision_id)
        .cte("part", recursive=True)
    )
    return part.union(
        sa.select(part.c.root, part.c.entered_at, edge.there)
        .join(part, edge.here == part.c.customer_id)
        .where(
            edge.merged_at <= part.c.entered_at,
            sa.or_(edge.undone_at.is_(None), edge.undone_at > part.c.entered_at),
        )
    )


def _first_decisions(
    connection: sa.Connection, journeys: Sequence[str], since: datetime, until: datetime
) -> sa.Subquery:
    """The decision by which each person entered, of two at one moment (a campaign's) the first: root, decision_id."""
    entered = _entered(connection, journeys)
    return (
        sa.select(entered.c.root, sa.func.min(decisions.c.decision_id).label("decision_id"))
        .join(customers, customers.c.root_id == entered.c.root)
        .join(decisions, decisions.c.customer_id == customers.c.customer_id)
        .where(
            entered.c.entered_at >= since, entered.c.entered_at < until,
            decisions.c.decided_at == entered.c.entered_at, _is_occasion(connection, journeys),
        )
        .group_by(entered.c.root)
        .subquery("first")
    )


def _edges() -> sa.Subquery:
    """Every merge there ever was, from both of its ends."""
    times = (merges.c.merged_at, merges.c.undone_at)
    ends = (merges.c.left_id, merges.c.right_id), (merges.c.right_id, merges.c.left_id)
    return sa.union_all(*(
        sa.select(here.label("here"), there.label("there"), *times) for here, there in ends)).subquery("edge")


def _entered(connection: sa.Connection, journeys: Sequence[str]) -> sa.Subquery:
    """Each person's first occasion."""
    return (
        sa.select(customers.c.root_id.label("root"), sa.func.min(decisions.c.decided_at).label("entered_at"))
        .join(customers, customers.c.customer_id == decisions.c.customer_id)
        .where(_is_occasion(connection, journeys))
        .group_by(customers.c.root_id)
        .subquery("entered")
    )


def _is_occasion(connection: sa.Connection, journeys: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.and_(
        _is_of(decisions.c.trigger, journeys), sa.or_(decisions.c.chosen != "", _had_occasion(connection)))


def _had_occasion(connection: sa.Connection) -> sa.ColumnElement[bool]:
    """Some candidate of the decision was held by nothing but `NOT_ASKED`."""
    candidate, word = unfold_held(connection)
    reasons = sa.select(sa.literal(1)).select_from(word).where(word.c.value.not_in(NOT_ASKED))
    return sa.select(sa.literal(1)).select_from(candidate).where(~reasons.exists()).exists()


def _is_of(column: sa.ColumnElement[str], journeys: Sequence[str]) -> sa.ColumnElement[bool]:
    """A journey's own name, or one of its steps: `winter_offers:MAILLE15`."""
    return sa.or_(column.in_(journeys), *(column.startswith(f"{each}:", autoescape=True) for each in journeys))


def _left_at() -> sa.ColumnElement[datetime]:
    return sa.func.coalesce(outbox.c.sent_at, outbox.c.created_at)


def _has_left() -> sa.ColumnElement[bool]:
    refused = sa.and_(outbox.c.state == "failed", outbox.c.reason.not_in(_NOT_REFUSED))
    return sa.or_(outbox.c.state.in_(GONE_STATES), refused)


def _frame(connection: sa.Connection, statement: sa.Select[Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    rows = [tuple(row) for row in connection.execute(statement)]
    return pl.DataFrame(rows, dict(schema), orient="row")
