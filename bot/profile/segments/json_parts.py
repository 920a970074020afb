"""JSON values in SQL, on SQLite and PostgreSQL alike: what kind they are, what they say, what they hold.

Each reading is guarded by the value's kind: a database may look at any row before it has looked at the name.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.profile.segments.scope import Holds, Scope


@dataclass(frozen=True)
class JsonValue:
    """A column that holds JSON."""

    column: sa.ColumnElement[Any]
    scope: Scope

    @property
    def kind(self) -> sa.ColumnElement[str]:
        """The database's own word for it; "null" too where there is none."""
        read = sa.func.json_type if self.scope.is_sqlite else sa.func.json_typeof
        return sa.func.coalesce(read(self.column), "null")

    @property
    def is_text(self) -> Holds:
        """Whether it is a string."""
        return self.kind == ("text" if self.scope.is_sqlite else "string")

    @property
    def is_number(self) -> Holds:
        """Whether it is a number."""
        return self.kind.in_(("integer", "real")) if self.scope.is_sqlite else self.kind == "number"

    @property
    def is_blank(self) -> Holds:
        """Whether it says nothing: null, or a text of no letters."""
        return sa.or_(self.kind == "null", sa.and_(self.is_text, self.said == ""))

    @property
    def is_empty(self) -> Holds:
        """Whether it is a list or table of nothing."""
        return sa.cast(self.column, sa.Text).in_(("[]", "{}"))

    @property
    def said(self) -> sa.ColumnElement[str]:
        """A string's own text, anything else as JSON writes it."""
        if self.scope.is_sqlite:
            return sa.cast(sa.func.json_extract(self.column, "$"), sa.Text)
        return self.column.op("#>>", return_type=sa.Text())(sa.literal_column("'{}'"))

    @property
    def number(self) -> sa.ColumnElement[float | None]:
        """The number it is, null for anything else."""
        return sa.case((self.is_number, sa.cast(self.said, sa.Double)), else_=None)

    def entries(self) -> "Entries":
        """What a table holds, by key; nothing of anything else."""
        guarded = sa.case((self.kind == "object", sa.cast(self.column, sa.Text)), else_="{}")
        return Entries(_function("json_each", guarded, self.scope), self.scope)

    def elements(self) -> "Entries":
        """What a list holds; nothing of anything else."""
        guarded = sa.case((self.kind == "array", sa.cast(self.column, sa.Text)), else_="[]")
        name = "json_each" if self.scope.is_sqlite else "json_array_elements"
        return Entries(_function(name, guarded, self.scope), self.scope)

    def size(self) -> sa.ColumnElement[int]:
        """A text's letters, a list's or table's entries, 0 of anything else."""
        held = [
            sa.select(sa.func.count()).select_from(each.table).scalar_subquery()
            for each in (self.entries(), self.elements())
        ]
        return sa.case((self.is_text, sa.func.length(self.said)), else_=held[0] + held[1])


@dataclass(frozen=True)
class Entries:
    """The rows that a JSON table or list is made of, to be selected from."""

    table: Any
    scope: Scope

    @property
    def key(self) -> sa.ColumnElement[str]:
        """The entry's key."""
        key: sa.ColumnElement[str] = self.table.c.key
        return key

    @property
    def number(self) -> sa.ColumnElement[float | None]:
        """The entry's number, null for anything else."""
        if self.scope.is_sqlite:
            is_number = self.table.c.type.in_(("integer", "real"))
            return sa.case((is_number, sa.cast(self.table.c.value, sa.Double)), else_=None)
        return JsonValue(self.table.c.value, self.scope).number

    def is_text(self, text: str) -> Holds:
        """Whether the entry is just this text."""
        if self.scope.is_sqlite:
            return sa.and_(self.table.c.type == "text", self.table.c.value == text)
        value = JsonValue(self.table.c.value, self.scope)
        return sa.and_(value.is_text, value.said == text)


def _function(name: str, guarded: sa.ColumnElement[str], scope: Scope) -> Any:
    """A function of the database that gives rows; it belongs to the row before it in the statement."""
    if scope.is_sqlite:
        return getattr(sa.func, name)(guarded).table_valued("key", "value", "type", joins_implicitly=True)
    value = sa.column("value", sa.JSON())
    columns: tuple[Any, ...] = (sa.column("key", sa.Text()), value) if name == "json_each" else (value,)
    return getattr(sa.func, name)(sa.cast(guarded, sa.JSON())).table_valued(*columns, joins_implicitly=True)
