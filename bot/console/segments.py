"""The console: segments of the store and of the shop's file -> what their page shows; a form's clauses -> a rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

import sqlalchemy as sa

from bot.console.segment_figures import read_segment_figures, shared_by
from bot.errors import FixInput
from bot.profile.segments.book import SegmentBook
from bot.profile.segments.describe import quote
from bot.profile.segments.query import select_persons, values_for
from bot.profile.segments.scope import Scope
from bot.profile.segments.tree import Tree
from bot.profile.store.tables import customers

COUNTED, SAMPLED = 20_000, 4_000  # persons: up to there each is looked at
_AT_ONCE = 400  # persons of one statement
_MOST_NUMBER, _MOST_DAYS = 1_000_000, 3_650
JOINS: Mapping[str, str] = {"and": "and", "or": "or", "and not": "and not"}  # as the rule language has them
CLAUSES: Mapping[str, str] = {  # of the form -> its English sentence
    "bought": "bought (what, so many times, in so many days)",
    "spent": "spent over (so much, in so many days)",
    "seen": "was here (in so many days)",
    "did": "did (which event, so many times, in so many days)",
    "consents": "agrees to advertising (on which channel)",
    "segment": "is in the segment (its name)",
}


@dataclass(frozen=True)
class SegmentRow:
    """A segment with how many persons are in it as kept, and who came and went lately; None: fewer than are told."""

    name: str
    persons: int | None
    entered: int | None
    left: int | None


@dataclass(frozen=True)
class Overlap:
    """How many persons are in one segment, in another, and in both; None: fewer than are told."""

    one: int | None
    other: int | None
    both: int | None


def list_segments(
    connection: sa.Connection, book: SegmentBook, now: datetime
) -> tuple[list[SegmentRow], int, datetime | None]:
    """Those of the shop's file in its order, then look-alike ones; how many persons there are; when that was counted,
    None: just now. Reads.
    """
    told, at = read_segment_figures(connection, now)
    names = [*book.segments, *sorted(told.inside.keys() - book.segments.keys())]
    rows = [SegmentRow(each, told.inside.get(each, 0), told.entered.get(each, 0), told.left.get(each, 0))
            for each in names]
    return rows, told.persons, at


def find_overlap(connection: sa.Connection, one: str, other: str, now: datetime) -> Overlap:
    """Of two segments, as counted last. Reads."""
    told, _ = read_segment_figures(connection, now)
    return Overlap(told.inside.get(one, 0), told.inside.get(other, 0), shared_by(told, one, other))


def count_matching(
    connection: sa.Connection, book: SegmentBook, tree: Tree, persons: int, now: datetime
) -> tuple[int, bool]:
    """How many persons a rule holds for at this moment, and whether that is a sample's word.

    Among more than `COUNTED` persons it looks at `SAMPLED` of them, drawn by their ids, which are random.
    """
    if persons <= COUNTED:
        found = select_persons(tree, Scope(connection.dialect.name, book.traits)).subquery()
        return connection.scalar(sa.select(sa.func.count()).select_from(found), values_for([tree], now)) or 0, False
    is_root = customers.c.customer_id == customers.c.root_id
    drawn = connection.scalars(
        sa.select(customers.c.customer_id).where(is_root).order_by(customers.c.customer_id).limit(SAMPLED)
    ).all()
    statement = select_persons(tree, Scope(connection.dialect.name, book.traits, is_some=True))
    hits = sum(len(connection.scalars(statement, values_for([tree], now, some)).all())
               for some in batched(drawn, _AT_ONCE))
    return round(hits * persons / len(drawn)), True


def add_clause(rule: str, form: Mapping[str, str], currency: str) -> str:
    """The rule with the form's clause behind it, in the rule language; the rule alone where no clause is chosen.
    FixInput for a number that is none, or a clause or a join that nobody knows. Pure.
    """
    kind, join = form.get("kind", ""), form.get("join", "and")
    if not kind:
        return rule
    if join not in JOINS:
        raise FixInput("join", "must be and, or, and not")
    clause = _write_clause(kind, " ".join(form.get("value", "").split()), form, currency)
    if not rule:
        return f"not {clause}" if join == "and not" else clause
    return f"({rule}) {join} {clause}"


def _write_clause(kind: str, value: str, form: Mapping[str, str], currency: str) -> str:
    number = _read_number("number", form.get("number") or "1", _MOST_NUMBER)
    days = _read_number("days", form.get("days") or "30", _MOST_DAYS)
    often, within = f"at least {number} times", f"in {days} days"
    clauses = {
        "bought": f"bought {quote(value) if value else ''} {often} {within}", "seen": f"seen {within}",
        "spent": f"spent over {number} {currency} {within}", "did": f"did {quote(value)} {often} {within}",
        "consents": f"consents to marketing on {value or 'email'}", "segment": f"in segment {quote(value)}",
    }
    if kind not in clauses:
        raise FixInput("kind", "is no clause")
    return clauses[kind]


def _read_number(field: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise FixInput(field, "must be a number from 1 to {most}", most=most)
    return int(text)
