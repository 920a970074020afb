"""What every part of a segment's statement shares: whom it asks about, in which dialect, since when."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.profile.segments.tree import Comparison, Operator
from bot.profile.store.engine import UtcDateTime
from bot.profile.traits import TraitRule

Root = sa.ColumnElement[str]
Holds = sa.ColumnElement[bool]
NOW, ROOTS, SINCE = "now", "roots", "since_"
_COMPARE: Mapping[Operator, Callable[[Any, Any], Any]] = {
    ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "=": operator.eq,
}


@dataclass(frozen=True)
class Scope:
    """Whom a statement asks about, in which dialect, and what the traits go by."""

    dialect: str  # SQLAlchemy's name
    rules: Mapping[str, TraitRule] = field(default_factory=dict)
    is_some: bool = False  # only the persons given as the parameter `roots`

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite's; PostgreSQL's otherwise."""
        return self.dialect == "sqlite"

    def only(self, root: Root) -> tuple[Holds, ...]:
        """What each part of the statement adds to stay with those persons."""
        return (root.in_(sa.bindparam(ROOTS, expanding=True)),) if self.is_some else ()

    def plain(self, column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        """A text column as conditions compare it.

        Asked about some persons, SQLite must go in by their ids: without statistics it takes any index of an
        equality for the best one, and would read every event of a name for one person's.
        """
        return column.concat("") if self.is_some and self.is_sqlite else column

    def within(self, moment: sa.ColumnElement[datetime], window_seconds: int) -> tuple[Holds, ...]:
        """That a moment lies in the last so many seconds; nothing for 0."""
        if not window_seconds:
            return ()
        since = sa.bindparam(f"{SINCE}{window_seconds}", type_=UtcDateTime())
        return moment > since, moment <= sa.bindparam(NOW, type_=UtcDateTime())


def compare(value: sa.ColumnElement[Any], comparison: Comparison) -> Holds:
    """That a number of the database stands so to the rule's."""
    number = comparison.number
    bound = int(number) if number == number.to_integral_value() else float(number)
    holds: Holds = _COMPARE[comparison.operator](value, bound)
    return holds


def among(person: Root, grouped: sa.Select[Any], number: sa.ColumnElement[Any], comparison: Comparison) -> Holds:
    """That a person's number compares; `grouped` gives roots, and a person whom it does not give has 0."""
    if comparison.holds(0):
        return person.not_in(grouped.having(sa.not_(compare(number, comparison))))
    return person.in_(grouped.having(compare(number, comparison)))
