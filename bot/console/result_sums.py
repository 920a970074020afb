"""The console: counted days -> the answer to a question, the funnel, the heat maps, the tiles. Pure.

A share is a sum over a sum, never a mean of shares. What few people did is not told of a segment.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.console.figures import DayFigures
from bot.console.measures import MEASURES, Question, Source

LEAST_PEOPLE = 10  # of a segment, and of those in it who did something
LEAST_SENT = 10  # below, a share says nothing
_ALL_CHANNELS = "*"
FUNNEL = ("sent", "arrived", "seen", "clicked", "replied", "bought")


@dataclass(frozen=True)
class Counted:
    """What was counted of some days, as `figures` and `result_figures` keep it."""

    results: Mapping[date, Mapping[str, Any]]
    again: Mapping[date, Mapping[str, int]]
    figures: Mapping[date, DayFigures]


@dataclass(frozen=True)
class Point:
    """A value of the answer: under which key, what, and out of how much where it is a share."""

    key: str  # a journey, a channel, a day, an hour; "" the whole
    value: float | None  # None: hidden, or nothing to divide by
    over: float = 0.0
    is_hidden: bool = False  # too few people


@dataclass
class _Sum:
    value: float = 0.0
    over: float = 0.0
    people: int = 0


def answer(question: Question, counted: Counted, sizes: Mapping[str, int]) -> list[Point]:
    """Its points: times in their order, with those of nothing; names by how much. `sizes`: segments' persons."""
    source = question.source
    if source is None:
        return []
    sums: dict[str, _Sum] = defaultdict(_Sum)
    for key in _times(question):
        sums[key]
    if not question.by:
        sums[""]
    for day, row in _rows(question, source, counted):
        key = _key(question.by, day, row)
        sums[key].value += row["value"]
        sums[key].over += row["over"]
        sums[key].people += row["people"]
    is_segment = question.by == "segment" or "segment" in question.only
    points = [
        _point(key, each, source, is_segment, sizes.get(question.only.get("segment", key), 0))
        for key, each in sums.items()
    ]
    points = [_scaled(each, MEASURES[question.measure].unit) for each in points]
    if _times(question):
        return points
    return sorted(points, key=lambda each: (each.value is None, -(each.value or 0), each.key))


def funnel(counted: Counted, journey: str = "", channel: str = "") -> list[tuple[str, int]]:
    """How many messages left, arrived, and were followed by what, of `FUNNEL`."""
    total: dict[str, int] = dict.fromkeys(FUNNEL, 0)
    for _, row in _sent_rows(counted, journey, channel):
        for each in FUNNEL:
            total[each] += row[each]
    return list(total.items())


def heat(
    counted: Counted, across: Callable[[date, Mapping[str, Any]], str], journey: str = "", channel: str = ""
) -> dict[tuple[int, str], tuple[int, int]]:
    """By hour and what `across` says of a row: messages sent, and how many of them were clicked or answered."""
    cells: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for day, row in _sent_rows(counted, journey, channel):
        cell = cells[row["hour"], across(day, row)]
        cell[0] += row["sent"]
        cell[1] += row["reacted"]
    return {key: (sent, told) for key, (sent, told) in cells.items()}


def _sent_rows(counted: Counted, journey: str, channel: str) -> Iterator[tuple[date, dict[str, Any]]]:
    for day, each in counted.results.items():
        for row in _unfold(each["sent"]):
            if journey in ("", row["journey"]) and channel in ("", row["channel"]):
                yield day, row


def _rows(question: Question, source: Source, counted: Counted) -> Iterator[tuple[date, dict[str, Any]]]:
    """Rows of what is asked for: value, over, people, and what they are shown by."""
    days = set(question.days)
    if source.kind == "again":
        for day in days & set(counted.again):
            yield day, {"value": counted.again[day]["again"], "over": counted.again[day]["buyers"], "people": 0}
    elif source.kind == "held":
        yield from _held_rows(question, source, counted, days)
    elif question.by == "segment" or "segment" in question.only:
        yield from _segment_rows(question, source, counted, days)
    else:
        for day in sorted(days & set(counted.results)):
            for row in _unfold(counted.results[day][source.kind]):
                if all(row.get(kind) == key for kind, key in question.only.items()):
                    yield from ((day, each) for each in _told(source, row))


def _told(source: Source, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A kept row as value and over, where it is of this measure. `orders.times`: the rows of `orders`, their times."""
    what, _, column = source.column.rpartition(".")
    if what and row["what"] != what:
        return
    over = source.over.rpartition(".")[2]
    yield {**row, "value": row[column], "over": row[over] if over else 0, "people": 0}


def _segment_rows(
    question: Question, source: Source, counted: Counted, days: set[date]
) -> Iterator[tuple[date, dict[str, Any]]]:
    wanted, over = _as_segment(source, source.column), _as_segment(source, source.over) if source.over else ("", "")
    for day in sorted(days & set(counted.results)):
        for row in _unfold(counted.results[day]["segments"]):
            if question.only.get("segment") not in (None, row["segment"]):
                continue
            value = row[wanted[1]] if row["what"] == wanted[0] else 0
            divides = row[over[1]] if row["what"] == over[0] else 0
            people = row["people"] if row["what"] in (wanted[0], over[0]) else 0
            if value or divides:
                yield day, {**row, "value": value, "over": divides, "people": people}


def _as_segment(source: Source, column: str) -> tuple[str, str]:
    """A source's column as the segments' rows have it: what, and which of their columns."""
    if source.kind == "did":
        what, _, name = column.rpartition(".")
        return what, name
    if column == "value_minor":
        return "sent.bought", "amount"
    return ("sent" if column == "sent" else f"sent.{column}"), "times"


def _held_rows(
    question: Question, source: Source, counted: Counted, days: set[date]
) -> Iterator[tuple[date, dict[str, Any]]]:
    kind = "reason" if source.column == "because" else "journey"
    for day in sorted(days & set(counted.figures)):
        told = getattr(counted.figures[day], source.column)
        for key, count in (told.items() if isinstance(told, Mapping) else [("", told)]):
            if question.only.get(kind) in (None, key):
                yield day, {kind: key, "value": count, "over": 0, "people": 0}


def _unfold(columns: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    names = list(columns)
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(names, values, strict=True))


def _key(by: str, day: date, row: Mapping[str, Any]) -> str:
    if by in ("day", "week", "month", "weekday"):
        return time_key(by, day)
    return "" if not by else f"{row[by]:02}" if by == "hour" else str(row[by])


def time_key(by: str, day: date) -> str:
    """Under what a day stands: itself, its Monday, its month's first, or its weekday's number."""
    if by == "week":
        return (day - timedelta(days=day.weekday())).isoformat()
    if by == "month":
        return day.replace(day=1).isoformat()
    return str(day.weekday()) if by == "weekday" else day.isoformat()


def _times(question: Question) -> list[str]:
    """Every key of a time, in order; none where it is not shown by one."""
    if question.by == "hour":
        return [f"{each:02}" for each in range(24)]
    if question.by == "weekday":
        return [str(each) for each in range(7)]
    if question.by in ("day", "week", "month"):
        return list(dict.fromkeys(time_key(question.by, each) for each in question.days))
    return []


def _point(key: str, found: _Sum, source: Source, is_segment: bool, size: int) -> Point:
    if is_segment and (size < LEAST_PEOPLE or 0 < found.people < LEAST_PEOPLE):
        return Point(key, None, is_hidden=True)
    if not source.over:
        return Point(key, found.value)
    return Point(key, found.value / found.over if found.over else None, found.over)


def _scaled(point: Point, unit: str) -> Point:
    if unit != "stars" or point.value is None:
        return point
    return Point(point.key, point.value / 100, point.over)


