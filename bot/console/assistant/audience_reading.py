"""The assistant: the store -> clauses that might hold of people, who fulfilled them when, and who reached a goal since.

Clauses go by what people did and bought: never by what they are, so no trait, and nothing that the shop calls
sensitive (`[assistant] never` of privacy.toml). They are looked at as they stood when the goal's window opened.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.measure.goals import ORDERS, Goal
from bot.profile.purchases import UNTRUSTED_SILOS, is_sale
from bot.profile.segments.book import SegmentBook
from bot.profile.segments.describe import quote
from bot.profile.segments.query import NOT_DONE, NOT_THEIRS, select_truths, values_for
from bot.profile.segments.scope import Scope
from bot.profile.segments.tree import Tree
from bot.profile.store.tables import customers, events, purchases

MOST_PERSONS = 40_000  # a sample by chance: more would tell little more, and take long
_AT_ONCE = 400
_MOST_TYPES, _MOST_BRANDS, _MOST_EVENTS = 12, 6, 10
_LONGEST, _QUOTES = 80, frozenset("'\"”’")
_NEWEST = 200_000  # rows among which the most frequent values are looked for


@dataclass(frozen=True)
class Clause:
    """A rule of one condition, in the rule language, and its tree."""

    rule: str
    tree: Tree


@dataclass(frozen=True)
class Sample:
    """N persons who were known when the window opened, M clauses that held of them then, and who did it since."""

    persons: Sequence[str]
    holds: NDArray[np.bool_]  # N x M
    reached: NDArray[np.float64]  # N
    population: int  # of whom they are a sample


def list_clauses(
    connection: sa.Connection, book: SegmentBook, goal: Goal | None, never: Collection[str]
) -> list[Clause]:
    """What may be asked of this shop's people, by what its newest rows tell of; none that its segments are already.

    Nor what the goal counts, where there is one.
    """
    banned = {each.casefold() for each in never}

    def may(values: Sequence[str]) -> list[str]:
        return [each for each in values if each.casefold() not in banned and _is_sayable(each)]

    rules = [
        "seen in 7 days", "not seen for 30 days", "bought in 30 days", "bought at least 2 times in 90 days",
        *(f"bought type {quote(each)} in 90 days" for each in may(_top(connection, "product_type", _MOST_TYPES))),
        *(f"bought brand {quote(each)} in 90 days" for each in may(_top(connection, "brand", _MOST_BRANDS))),
        *(f"did {quote(each)} {often}in 30 days" for each in may(_events(connection, goal))
          for often in ("", "at least 3 times ")),
    ]
    known = {segment.tree for segment in book.segments.values()}
    clauses = (Clause(each, book.read(each)) for each in rules)
    return [each for each in clauses if each.tree not in known]


def read_sample(
    connection: sa.Connection, book: SegmentBook, goal: Goal, clauses: Sequence[Clause], now: datetime,
    rng: np.random.Generator, currency: str,
) -> Sample:
    """Look at a sample of everybody who was known when the goal's last whole window opened. Reads.

    Orders in another currency than this one are left out, as measuring does.
    """
    opened = now - goal.window
    everybody = connection.scalars(
        sa.select(customers.c.customer_id)
        .where(customers.c.customer_id == customers.c.root_id, customers.c.created_at <= opened)
        .order_by(customers.c.customer_id)
    ).all()
    few = len(everybody) <= MOST_PERSONS
    persons = list(everybody) if few else rng.choice(everybody, MOST_PERSONS, replace=False).tolist()
    trees = [each.tree for each in clauses]
    statement = select_truths(trees, Scope(connection.dialect.name, book.traits, is_some=True))
    holds = np.zeros((len(persons), len(clauses)), dtype=np.bool_)
    reached = np.zeros(len(persons))
    for start in range(0, len(persons), _AT_ONCE):
        some = persons[start : start + _AT_ONCE]
        place = {each: start + n for n, each in enumerate(some)}
        for root, *truths in connection.execute(statement, values_for(trees, opened, some)):
            holds[place[root]] = truths
        for root in connection.scalars(_reaching(goal, some, opened, now, currency)):
            reached[place[root]] = 1.0
    return Sample(persons, holds, reached, len(everybody))


def _reaching(
    goal: Goal, roots: Sequence[str], since: datetime, until: datetime, currency: str
) -> sa.Select[str]:
    """Those of some persons who reached it between two moments, as measuring counts it."""
    mine = sa.select(customers.c.root_id).distinct().where(customers.c.root_id.in_(roots))
    if goal.counts == ORDERS:
        return mine.join(purchases, purchases.c.customer_id == customers.c.customer_id).where(
            purchases.c.silo.not_in(UNTRUSTED_SILOS), is_sale(), purchases.c.currency.in_((currency, "")),
            purchases.c.sold_at > since, purchases.c.sold_at <= until,
        )
    return mine.join(events, events.c.customer_id == customers.c.customer_id).where(
        events.c.name.concat("") == goal.counts, events.c.occurred_at > since, events.c.occurred_at <= until,
    )


def _is_sayable(value: str) -> bool:
    """Whether a rule can hold it between quotes: pages may call an event anything."""
    return len(value) <= _LONGEST and value.isprintable() and not set(value) >= _QUOTES


def _top(connection: sa.Connection, column: str, most: int) -> list[str]:
    """The values that most of the newest purchases have."""
    value = purchases.c[column]
    newest = sa.select(value).order_by(purchases.c.sold_at.desc()).limit(_NEWEST).subquery()
    return _most_frequent(connection, newest, column, most)


def _events(connection: sa.Connection, goal: Goal | None) -> list[str]:
    """What people of this shop do most; not what the goal counts, nor what is done to them."""
    newest = (
        sa.select(events.c.name, events.c.silo).order_by(events.c.event_id.desc()).limit(_NEWEST).subquery()
    )
    theirs = sa.select(newest.c.name).where(newest.c.silo.not_in(NOT_THEIRS)).subquery()
    beside = {*([goal.counts] if goal else []), "Order Completed", *NOT_DONE}
    found = _most_frequent(connection, theirs, "name", _MOST_EVENTS + len(beside))
    return [each for each in found if each not in beside][:_MOST_EVENTS]


def _most_frequent(connection: sa.Connection, rows: sa.Subquery, column: str, most: int) -> list[str]:
    value = rows.c[column]
    counted = (
        sa.select(value).where(value != "").group_by(value).order_by(sa.func.count().desc(), value).limit(most)
    )
    return [str(each) for each in connection.scalars(counted)]
