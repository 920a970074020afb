"""The console: a table and a time -> which of its rows are of it, where keys rise as time goes on.

The rows of a day lie between two keys, found by halving: no index is kept for it, and nothing older is read. A demo's
made-up past lies under keys below one, whatever its times: halving passes it over, and a table that has one, which is
small, is asked by the times alone.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

_SLACK = timedelta(hours=1)  # two writers at once may number their rows against the clock


class Rows:
    """Which rows of tables whose keys rise as time goes on are of a time. Knows each table's ends: a look-up each."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._ends: dict[str, tuple[int, int, datetime, datetime] | None] = {}
        self._has_past: dict[str, bool] = {}

    def between(
        self, key: sa.Column[int], at: sa.Column[datetime], since: datetime, until: datetime
    ) -> sa.ColumnElement[bool]:
        """The condition that a row is of a time."""
        if self._find_past(key):
            return sa.and_(at >= since, at < until)
        first, last = self.first_key_at(key, at, since - _SLACK), self.first_key_at(key, at, until + _SLACK)
        return sa.and_(key >= first, key < last, at >= since, at < until) if first < last else sa.false()

    def first_key_at(self, key: sa.Column[int], at: sa.Column[datetime], moment: datetime) -> int:
        """A key that no row of before the moment has or exceeds, and none after it is below, of those from one on.

        Some twenty look-ups.
        """
        ends = self._find_ends(key, at)
        if ends is None:
            return 0
        low, high, first_at, last_at = ends
        if moment <= first_at:
            return low
        if moment > last_at:
            return high + 1
        while low < high:
            middle = (low + high) // 2
            found = self._connection.execute(_from(key, at, middle)).one()
            low, high = (low, middle) if found[1] >= moment else (found[0] + 1, high)
        return low

    def _find_ends(self, key: sa.Column[int], at: sa.Column[datetime]) -> tuple[int, int, datetime, datetime] | None:
        name = str(key)
        if name not in self._ends:
            first = self._connection.execute(_from(key, at, 1)).first()
            newest = sa.select(key, at).where(key > 0).order_by(key.desc()).limit(1)
            last = self._connection.execute(newest).first()
            self._ends[name] = (first[0], last[0], first[1], last[1]) if first and last else None
        return self._ends[name]

    def _find_past(self, key: sa.Column[int]) -> bool:
        name = str(key)
        if name not in self._has_past:
            found = self._connection.scalar(sa.select(key).where(key < 1).limit(1))
            self._has_past[name] = found is not None
        return self._has_past[name]


def _from(key: sa.Column[int], at: sa.Column[datetime], lowest: int) -> sa.Select[int, datetime]:
    return sa.select(key, at).where(key >= lowest).order_by(key).limit(1)
