"""The assistant: the store -> those of a segment and others, which clauses hold of them now; a likeness -> a rule.

Only people who agreed to suggestions from what they did are looked at, on either side, and the rule asks for it too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.console.assistant.audience_reading import Clause
from bot.console.assistant.lookalikes import Likeness
from bot.profile.segments.book import Segment, SegmentBook
from bot.profile.segments.describe import describe_rule, quote
from bot.profile.segments.lookalike import AGREED
from bot.profile.segments.query import select_truths, values_for
from bot.profile.segments.scope import Scope
from bot.profile.segments.tree import Bought, Condition, Did, Seen, Spent, conditions_of
from bot.profile.store.tables import customers, segment_members

INSIDE, OUTSIDE = 1_500, 3_000  # persons that are looked at, drawn by their ids, which are random
_AT_ONCE = 400


@dataclass(frozen=True)
class Looked:
    """N persons who agreed, who of them is in the segment, M clauses; and how many others were asked for that."""

    persons: Sequence[str]
    is_seed: NDArray[np.bool_]
    holds: NDArray[np.bool_]
    outside: int  # with those who did not agree


def list_apart(clauses: Sequence[Clause], segment: Segment) -> list[Clause]:
    """The clauses that are about something else than the segment's own rule: they would only tell it again."""
    own = {_about(each) for each in conditions_of(segment.tree)}
    return [each for each in clauses if not own & {_about(one) for one in conditions_of(each.tree)}]


def read_looked(
    connection: sa.Connection, book: SegmentBook, segment: str, clauses: Sequence[Clause], now: datetime
) -> Looked:
    """Look at some of either side as they stand now. Reads; bounded, however many there are."""
    is_member = sa.exists().where(
        segment_members.c.segment == segment, segment_members.c.left_at.is_(None),
        segment_members.c.customer_id == customers.c.customer_id,
    )
    drawn = sa.select(customers.c.customer_id).where(customers.c.customer_id == customers.c.root_id)
    drawn = drawn.order_by(customers.c.customer_id)
    inside = connection.scalars(drawn.where(is_member).limit(INSIDE)).all()
    outside = connection.scalars(drawn.where(~is_member).limit(OUTSIDE)).all()
    trees = [AGREED, *(each.tree for each in clauses)]
    statement = select_truths(trees, Scope(connection.dialect.name, book.traits, is_some=True))
    truths = {
        root: holds for some in batched([*inside, *outside], _AT_ONCE)
        for root, agreed, *holds in connection.execute(statement, values_for(trees, now, some)) if agreed
    }
    members = set(inside)
    persons = sorted(truths)
    holds = np.array([truths[each] for each in persons], dtype=np.bool_).reshape(len(persons), len(clauses))
    return Looked(persons, np.array([each in members for each in persons], dtype=np.bool_), holds, len(outside))


def write_rule(found: Likeness, clauses: Sequence[Clause], segment: str) -> str:
    """The rule in the rule language: nobody of the segment itself, and only who agreed."""
    said = list_said(found, clauses)
    ways = [" and ".join(said[place] for place in way) for way in found.ways]
    either = f"({' or '.join(f'({each})' for each in ways)})" if len(ways) > 1 else ways[0]
    return f"not in segment {quote(segment)} and {describe_rule(AGREED, "en")} and {either}"


def list_said(found: Likeness, clauses: Sequence[Clause]) -> list[str]:
    """What each literal says, in the rule language; the strongest first."""
    rules = [(clauses[each.clause].rule, each.holds) for each in found.literals]
    return [rule if holds else _negate(rule) for rule, holds in rules]


def _negate(rule: str) -> str:
    return rule.removeprefix("not ") if rule.startswith("not ") else f"not {rule}"


def _about(condition: Condition) -> tuple[str, ...]:
    """What a condition is about, whatever its number and its time."""
    match condition:
        case Bought():
            return ("bought", condition.field, condition.value)
        case Did():
            return ("did", condition.event)
        case Seen() | Spent():
            return (type(condition).__name__,)
        case _:
            return ("", repr(condition))
