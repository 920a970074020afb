"""The console: which rows of a table are wanted -> a page of them, sorted and filtered where the rows are.

A small table is arranged as a whole. A large one is read along a key that an index holds: a page looks at so many keys
and no more, so that a filter which finds little costs no more than one that finds much; the next page goes on there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

ROWS = 50
LOOKED = 12_000  # keys that one page looks at: what takes 0.2 s where none of them is in memory
CURSOR = r"^(-?[0-9]{1,18}(\.-?[0-9]{1,18})?)?$"
_NO_KEY = 10**17  # that no row has
_BEFORE = {True: -_NO_KEY, False: _NO_KEY}  # before the first in either order
Cells = tuple[str, ...]


class Shown(NamedTuple):
    """A cell whose rows are not sorted by its words."""

    text: str
    key: Any


Row = tuple[str | Shown, ...]


@dataclass(frozen=True)
class Wanted:
    """What somebody asks of a table. `sort`: a column, "-" before it the other way; `after`: the last page's end."""

    days: int = 0  # that end today; 0: whatever there is
    sort: str = ""
    after: str = ""
    by: Mapping[str, str] = field(default_factory=dict)  # filter -> what it lets through

    def cursors(self, count: int) -> list[int | None]:
        """Where the last page ended in each of so many tables; None: at no key."""
        found = [int(each) for each in self.after.split(".") if each]
        return [*found, *[None] * count][:count] if len(found) in (0, count) else [None] * count

    def days_until(self, today: date) -> list[date]:
        """The days that are meant, the last of them today; none: all."""
        return [today - timedelta(days=n) for n in range(self.days)]

    def span(self, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """From when until when, in the shop's zone; None: whenever."""
        if not self.days:
            return None
        today = now.astimezone(zone).date()
        first, end = today - timedelta(days=self.days - 1), today + timedelta(days=1)
        return datetime.combine(first, time(), zone), datetime.combine(end, time(), zone)


ALL = Wanted()


@dataclass(frozen=True)
class Page:
    """Rows in the reader's words, and the cursor of the next page; "" at the end."""

    rows: Sequence[Cells]
    after: str = ""


def name_column(column: str) -> str:
    """A column as it is named where rows are sorted: `messages sent` -> `messages_sent`."""
    return column.replace(" ", "_")


def arrange(rows: Sequence[Row], columns: Sequence[str], wanted: Wanted) -> Page:
    """A page of a small table: the rows that hold the words, by a column where one is named, else in their order."""
    text = wanted.by.get("text", "").casefold()
    found = [row for row in rows if text in " ".join(_text(cell) for cell in row).casefold()]
    names = [name_column(each) for each in columns]
    name = wanted.sort.removeprefix("-")
    if name in names:
        place = names.index(name)
        found.sort(key=lambda row: _key(row[place]), reverse=wanted.sort.startswith("-"))
    begin = max(0, wanted.cursors(1)[0] or 0)
    shown = found[begin:begin + ROWS]
    after = str(begin + ROWS) if begin + ROWS < len(found) else ""
    return Page([tuple(_text(cell) for cell in row) for row in shown], after)


def _text(cell: str | Shown) -> str:
    return cell.text if isinstance(cell, Shown) else cell


def _key(cell: str | Shown) -> Any:
    return cell.key if isinstance(cell, Shown) else cell.casefold()


@dataclass(frozen=True)
class Source:
    """A large table along its key. `holds`: what an index of its keys answers, or nothing but the key itself where it
    `is_dense`; `lets`: what is looked at in each row.
    """

    key: sa.Column[int]
    at: sa.Column[datetime]
    columns: Sequence[sa.ColumnElement[Any]]
    holds: Sequence[sa.ColumnElement[bool] | sa.TextClause]
    lets: Sequence[sa.ColumnElement[bool]] = ()
    looked: int = LOOKED
    is_dense: bool = False


@dataclass(frozen=True)
class Part:
    """What was found in one source beyond a key, and how far it was looked: `edge` None to its end."""

    after: int | None
    rows: Sequence[Any]  # each with `page_key` and `page_at`
    edge: tuple[int, datetime] | None


def look(connection: sa.Connection, source: Source, after: int | None, is_rising: bool) -> Part:
    """The next rows along a source's key, one more than a page has."""
    key, is_first = source.key, after is None or abs(after) >= _NO_KEY
    along = key.asc() if is_rising else key.desc()
    holds = list(source.holds) if is_first else [*source.holds, _beyond(key, after or 0, is_rising)]
    keys = sa.select(key).where(*holds).order_by(along)
    edge = _find_dense(connection, source, keys, is_rising) if source.is_dense else connection.scalar(
        keys.offset(source.looked - 1).limit(1))
    among = [*holds, *([~_beyond(key, edge, is_rising)] if edge is not None else [])]
    rows = connection.execute(
        sa.select(key.label("page_key"), source.at.label("page_at"), *source.columns)
        .where(*among, *source.lets).order_by(along).limit(ROWS + 1)
    ).all()
    if edge is None or len(rows) > ROWS:
        return Part(after, rows, None)
    behind = sa.select(source.at).where(*source.holds, _beyond(key, edge, is_rising)).order_by(along).limit(1)
    at = connection.scalar(behind)
    return Part(after, rows, None if at is None else (edge, at))


def _find_dense(connection: sa.Connection, source: Source, keys: sa.Select[int], is_rising: bool) -> int | None:
    """Where to stop by the numbers alone: nothing between is counted. None for a table with no row beyond."""
    begin = connection.scalar(keys.limit(1))
    if begin is None:
        return None
    return int(begin) + (source.looked - 1) * (1 if is_rising else -1)


def _beyond(key: sa.Column[int], bound: int, is_rising: bool) -> sa.ColumnElement[bool]:
    return key > bound if is_rising else key < bound


def read_page(
    connection: sa.Connection, sources: Sequence[Source], wanted: Wanted, is_rising: bool
) -> tuple[list[tuple[int, Any]], str]:
    """A page of what several sources hold, in the order of time: each row with its source's place; the next cursor."""
    parts = [look(connection, source, after, is_rising)
             for source, after in zip(sources, wanted.cursors(len(sources)), strict=True)]
    return merge(parts, is_rising)


def merge(parts: Sequence[Part], is_rising: bool) -> tuple[list[tuple[int, Any]], str]:
    """The next rows of all parts by time, each part in the order of its key; the cursor of the next page. Pure.

    Where a part was looked at up to some time alone, what another has beyond that time waits for the next page.
    """
    taken: list[tuple[int, Any]] = []
    used = [0] * len(parts)
    while len(taken) < ROWS:
        heads = [(part.rows[count].page_at, place) for place, (part, count) in enumerate(zip(parts, used, strict=True))
                 if count < len(part.rows)]
        if not heads:
            break
        at, place = min(heads) if is_rising else max(heads)
        ends = [part.edge[1] for part, count in zip(parts, used, strict=True) if part.edge and count == len(part.rows)]
        if any(at > end if is_rising else at < end for end in ends):
            break
        taken.append((place, parts[place].rows[used[place]]))
        used[place] += 1
    is_over = all(count == len(part.rows) and not part.edge for part, count in zip(parts, used, strict=True))
    afters = [_end_of(part, count) for part, count in zip(parts, used, strict=True)]
    return taken, "" if is_over else ".".join(str(_BEFORE[is_rising] if each is None else each) for each in afters)


def _end_of(part: Part, used: int) -> int | None:
    """Where the next page goes on: behind what was looked at where all of that was taken, else behind the last row."""
    if used == len(part.rows) and part.edge:
        return part.edge[0]
    return part.rows[used - 1].page_key if used else part.after


def pick[T](
    rows: Sequence[T], wanted: Wanted, sorts: Mapping[str, Callable[[T], Any]],
    lets: Mapping[str, Callable[[T, str], bool]],
) -> tuple[list[T], str]:
    """A page of a small table of anything by a named column and what filters let through; the next page's cursor."""
    tests = [(lets[name], value) for name, value in wanted.by.items() if name in lets]
    found = [row for row in rows if all(test(row, value) for test, value in tests)]
    key = sorts.get(wanted.sort.removeprefix("-"))
    if key:
        found.sort(key=key, reverse=wanted.sort.startswith("-"))
    begin = max(0, wanted.cursors(1)[0] or 0)
    return found[begin:begin + ROWS], str(begin + ROWS) if begin + ROWS < len(found) else ""
