"""One handler for each kind of personal data: it exports, then erases. Both may be done again without harm."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa

from bot.privacy.services import PrivacyServices
from bot.privacy.subject import Subject

Exported = Mapping[str, Sequence[Mapping[str, Any]]]  # table or topic -> rows, as JSON can hold them


class PrivacyHandler(ABC):
    """A kind of personal data. `name` stands in exports and in the progress of erasures: it never changes."""

    name: ClassVar[str]
    title: ClassVar[str]  # an English sentence of the catalogues


class OutsideHandler(PrivacyHandler):
    """Data that lie elsewhere than in the store: a file, another database, the shop."""

    @abstractmethod
    def export(self, services: PrivacyServices, subject: Subject) -> Exported:
        """What is kept of the person there."""

    @abstractmethod
    def erase(self, services: PrivacyServices, subject: Subject, *, keeps_account: bool) -> int:
        """Take it away; how many things. Done twice, it takes nothing the second time. Writes."""


class StoreHandler(PrivacyHandler):
    """Rows of the store's tables. The default takes and shows every row that `rows_of` says is the person's."""

    tables: ClassVar[tuple[sa.Table, ...]]
    hidden: ClassVar[frozenset[str]] = frozenset()  # columns that tell the person nothing, or belong to others

    @abstractmethod
    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """The condition that a row of a table is the person's."""

    def columns_of(self, table: sa.Table) -> list[sa.ColumnElement[Any]]:
        """What is shown of a table's rows."""
        return [each for each in table.columns if each.name not in self.hidden]

    def export(self, connection: sa.Connection, subject: Subject) -> Exported:
        """Every row of the person, by table, oldest first."""
        return {table.name: self.read(connection, table, subject) for table in self.tables}

    def read(self, connection: sa.Connection, table: sa.Table, subject: Subject) -> list[dict[str, Any]]:
        """The person's rows of one table, without what is hidden."""
        rows = connection.execute(
            sa.select(*self.columns_of(table)).where(self.rows_of(table, subject)).order_by(*table.primary_key.columns)
        )
        return [to_plain(row) for row in rows.mappings()]

    def erase(self, connection: sa.Connection, subject: Subject) -> int:
        """Delete every row of the person; how many. Writes."""
        return sum(
            connection.execute(sa.delete(table).where(self.rows_of(table, subject))).rowcount
            for table in self.tables
        )


def to_plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row as JSON can hold it: moments in ISO 8601 with their zone."""
    return {
        str(name): value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()
    }
