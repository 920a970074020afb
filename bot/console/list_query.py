"""The console: what an address asks of a table <-> the rows that are wanted; what its filters offer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from fastapi import Query

from bot.bootstrap import Services
from bot.console.deeds.inputs import Text
from bot.console.figures import DAYS_KEPT, read_days
from bot.console.lists import Listing
from bot.console.overview import CHART_DAYS, PERIODS
from bot.console.paging import CURSOR, Wanted, name_column, pick
from bot.console.shop_goals import goals_in_force
from bot.console.shop_journeys import list_shop_journeys
from bot.console.words import Words
from bot.decision.triggers import CHANNELS

SPANS = (0, *PERIODS)  # 0: whatever there is
LABELS: Mapping[str, str] = {
    "goal": "goal", "journey": "journey", "channel": "channel", "state": "state", "because": "why",
    "text": "Holds the words",
}
_Word = Annotated[Text, Query(max_length=80)]


def read_wanted(
    days: Annotated[int, Query(ge=0, le=DAYS_KEPT, description="Of so many days, today among them; 0 of all.")] = 0,
    sort: Annotated[Text, Query(max_length=40, description="A column, `-` before it the other way.")] = "",
    after: Annotated[str, Query(pattern=CURSOR, max_length=40, description="Where the last page ended.")] = "",
    goal: _Word = "", journey: _Word = "", channel: _Word = "", state: _Word = "", because: _Word = "",
    text: _Word = "",
) -> Wanted:
    """What an address asks of a list; a list passes over what it does not have."""
    asked = {
        "goal": goal, "journey": journey, "channel": channel, "state": state, "because": because, "text": text,
    }
    return Wanted(days, sort, after, {name: value for name, value in asked.items() if value})


@dataclass(frozen=True)
class Head:
    """A column's head: where it leads, "" nowhere, and how the rows stand by it: ascending, descending, none."""

    name: str
    href: str
    order: str


@dataclass(frozen=True)
class Filter:
    """One of a list's filters, what is chosen, and what it offers; nothing: words are typed."""

    name: str
    label: str
    chosen: str
    options: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table[T]:
    """A page of a table that a page of its own shows, with what `tables.html` shows around it."""

    path: str
    wanted: Wanted
    rows: Sequence[T]
    heads: Sequence[Head]
    filters: Sequence[Filter]
    after: str  # the next page's cursor; "" at the end

    @property
    def first(self) -> str:
        """The address of its first page."""
        return link_to(self.path, self.wanted)

    @property
    def later(self) -> str:
        """The address of the next page; "" for none."""
        return link_to(self.path, self.wanted, after=self.after) if self.after else ""


def lay_out[T](
    path: str, rows: Sequence[T], wanted: Wanted, columns: Mapping[str, Callable[[T], Any] | None],
    filters: Sequence[tuple[Filter, Callable[[T, str], bool]]],
) -> Table[T]:
    """A page of a small table of anything. `columns`: each with what it is sorted by, None for one that is not;
    `filters`: each with whether it lets a row through.
    """
    sorts = {name_column(each): key for each, key in columns.items() if key}
    shown, after = pick(rows, wanted, sorts, {each.name: lets for each, lets in filters})
    sorted_by = [each for each, key in columns.items() if key]
    heads = [head_of(path, wanted, each, sorted_by) for each in columns]
    return Table(path, wanted, shown, heads, [each for each, _ in filters], after)


def link_to(path: str, wanted: Wanted, **changes: object) -> str:
    """The address of the same rows but for what changes; a page anew begins at the first row."""
    asked = {"days": wanted.days, "sort": wanted.sort, **wanted.by, **changes}
    told = {name: value for name, value in asked.items() if value}
    return f"{path}?{urlencode(told)}" if told else path


def list_heads(path: str, listing: Listing, wanted: Wanted) -> list[Head]:
    """The columns; choosing one sorts by it, choosing it again the other way."""
    return [head_of(path, wanted, each, listing.sorts, listing.begins) for each in listing.columns]


def head_of(path: str, wanted: Wanted, column: str, sorts: Sequence[str], begins: str = "") -> Head:
    """One column."""
    if column not in sorts:
        return Head(column, "", "")
    name, now = name_column(column), wanted.sort or begins
    order = {name: "ascending", f"-{name}": "descending"}.get(now, "none")
    return Head(column, link_to(path, wanted, sort=f"-{name}" if now == name else name), order)


def list_filters(
    connection: sa.Connection, services: Services, words: Words, listing: Listing, wanted: Wanted
) -> list[Filter]:
    """A list's filters with what is chosen."""
    offers: Mapping[str, Callable[[], Sequence[tuple[str, str]]]] = {
        "goal": lambda: [(each.key, each.names[words.language]) for each in goals_in_force(services).goals],
        "journey": lambda: [(each.name, words.journey(each.name)) for each in list_shop_journeys(services)],
        "channel": lambda: [(each, words.name("channel", each)) for each in CHANNELS],
        "state": lambda: [(each, words.name("state", each)) for each in listing.states],
        "because": lambda: [(each, words.why_held(each)) for each in _list_reasons(connection, services)],
        "text": list,
    }
    return [
        Filter(name, LABELS[name], wanted.by.get(name, ""), _with(wanted.by.get(name, ""), offers[name](), words))
        for name in listing.filters
    ]


def choose_from(wanted: Wanted, name: str, label: str, options: Sequence[tuple[str, str]] = ()) -> Filter:
    """A filter of a page of its own. `label`: in English; without options words are typed."""
    return Filter(name, label, wanted.by.get(name, ""), options)


def _with(chosen: str, options: Sequence[tuple[str, str]], words: Words) -> Sequence[tuple[str, str]]:
    """A number of Today may open to what is offered no more."""
    if not options or not chosen or chosen in [value for value, _ in options]:
        return options
    return [*options, (chosen, words.why_held(chosen))]


def _list_reasons(connection: sa.Connection, services: Services) -> list[str]:
    """Why messages were held lately, as counted."""
    today = services.clock().astimezone(ZoneInfo(services.settings.timezone)).date()
    counted = read_days(connection, today - timedelta(days=CHART_DAYS - 1), today)
    return sorted({reason for figures in counted.values() for reason in figures.because})
