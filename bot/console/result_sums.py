"""The console: counted days -> the answer to a question, the funnel, the heat maps, the tiles. Pure.

A share is a sum over a sum, never a mean of shares. What few people did is not told of a segment.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from bot.console.figures import DayFigures
from bot.console.measures import MEASURES, TIMES, Question, Source
from bot.console.result_rows import LEFT_OUT

LEAST_PEOPLE = 10  # of a segment, and of those in it who did something
LEAST_SENT = 10  # below, a share says nothing
FUNNEL = ("sent", "arrived", "seen", "clicked", "replied", "bought")


_DAY = {"day": pl.Date}
_SENT = {**_DAY, "journey": pl.String, "channel": pl.String, "hour": pl.Int64,
         **dict.fromkeys((*FUNNEL, "opted_out", "complained", "reacted", "value_minor"), pl.Int64)}
_DID = {**_DAY, "what": pl.String, "channel": pl.String, "hour": pl.Int64, "times": pl.Int64, "amount": pl.Int64}
_SEGMENTS = {**_DAY, "what": pl.String, "segment": pl.String, "people": pl.Int64, "times": pl.Int64,
             "amount": pl.Int64}


@dataclass(frozen=True)
class Counted:
    """What was counted of some days, as `figures` and `result_figures` keep it."""

    results: Mapping[date, Mapping[str, Any]]
    again: Mapping[date, Mapping[str, int]]
    figures: Mapping[date, DayFigures]

    @cached_property
    def sent(self) -> pl.DataFrame:
        """Messages by day, journey, channel and hour, with what followed them."""
        return self._unfold("sent", _SENT)

    @cached_property
    def did(self) -> pl.DataFrame:
        """What customers did by themselves, by day, channel and hour."""
        return self._unfold("did", _DID)

    @cached_property
    def segments(self) -> pl.DataFrame:
        """Both by day and segment."""
        return self._unfold("segments", _SEGMENTS)

    def _unfold(self, kind: str, schema: Mapping[str, Any]) -> pl.DataFrame:
        columns: dict[str, list[Any]] = {name: [] for name in schema}
        for day in sorted(self.results):
            told = self.results[day][kind]
            columns["day"] += [day] * len(told["channel" if kind != "segments" else "segment"])
            for name in columns.keys() - {"day"}:
                columns[name] += told[name]
        return pl.DataFrame(columns, dict(schema))


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


def count_left_out(counted: Counted, since: date, until: date) -> int:
    """How many orders of those days were in another currency than the shop's, and are in no number."""
    days = pl.col("day").is_between(since, until)
    return int(counted.did.filter(days, pl.col("what") == LEFT_OUT)["times"].sum())


def funnel(counted: Counted, journey: str = "", channel: str = "") -> list[tuple[str, int]]:
    """How many messages left, arrived, and were followed by what, of `FUNNEL`."""
    total = _only(counted.sent, journey, channel).select(pl.col(FUNNEL).sum()).row(0)
    return list(zip(FUNNEL, total, strict=True))


def heat(
    counted: Counted, across: str, journey: str = "", channel: str = ""
) -> dict[tuple[int, str], tuple[int, int]]:
    """By hour and `weekday` or `channel`: messages sent, and how many of them were clicked or answered."""
    key = (pl.col("day").dt.weekday() - 1).cast(pl.String) if across == "weekday" else pl.col(across)
    told = _only(counted.sent, journey, channel)
    cells = told.group_by("hour", key.alias("key")).agg(pl.col("sent", "reacted").sum())
    return {(hour, name): (sent, told) for hour, name, sent, told in cells.iter_rows()}


def _only(sent: pl.DataFrame, journey: str, channel: str) -> pl.DataFrame:
    for kind, key in (("journey", journey), ("channel", channel)):
        sent = sent.filter(pl.col(kind) == key) if key else sent
    return sent


def _rows(question: Question, source: Source, counted: Counted) -> Iterator[tuple[date, dict[str, Any]]]:
    """Sums of what is asked for, by day and by what they are shown by: value, over, people."""
    if source.kind == "again":
        for day in set(question.days) & set(counted.again):
            yield day, {"value": counted.again[day]["again"], "over": counted.again[day]["buyers"], "people": 0}
    elif source.kind == "held":
        yield from _held_rows(question, source, counted)
    else:
        told = _told_of_segments if "segment" in (question.by, *question.only) else _told
        frame = told(source, counted).filter(pl.col("day").is_between(question.since, question.until))
        for kind, key in question.only.items():
            frame = frame.filter(pl.col(kind) == key)
        shown = [] if question.by in ("", *TIMES, "weekday") else [question.by]
        sums = frame.group_by("day", *shown).agg(pl.col("value", "over", "people").sum())
        for row in sums.iter_rows(named=True):
            yield row["day"], row


def _told(source: Source, counted: Counted) -> pl.DataFrame:
    """The kept rows of a source with value and over. `orders.times`: the rows of `orders`, their times."""
    what, _, column = source.column.rpartition(".")
    over = source.over.rpartition(".")[2]
    frame = counted.did.filter(pl.col("what") == what) if what else counted.sent
    return frame.with_columns(
        pl.col(column).alias("value"), (pl.col(over) if over else pl.lit(0, pl.Int64)).alias("over"),
        pl.lit(0, pl.Int64).alias("people"),
    )


def _told_of_segments(source: Source, counted: Counted) -> pl.DataFrame:
    """The same of segments. How many people: of those who are divided by, where they are."""
    wanted = _as_segment(source, source.column)
    over = _as_segment(source, source.over) if source.over else ("", "times")
    frame = counted.segments.filter(pl.col("what").is_in([wanted[0], over[0]]))
    return frame.with_columns(
        pl.when(pl.col("what") == wanted[0]).then(pl.col(wanted[1])).otherwise(0).alias("value"),
        pl.when(pl.col("what") == over[0]).then(pl.col(over[1])).otherwise(0).alias("over"),
        pl.when(pl.col("what") == (over[0] or wanted[0])).then(pl.col("people")).otherwise(0).alias("people"),
    )


def _as_segment(source: Source, column: str) -> tuple[str, str]:
    """A source's column as the segments' rows have it: what, and which of their columns."""
    if source.kind == "did":
        what, _, name = column.rpartition(".")
        return what, name
    if column == "value_minor":
        return "sent.bought", "amount"
    return ("sent" if column == "sent" else f"sent.{column}"), "times"


def _held_rows(question: Question, source: Source, counted: Counted) -> Iterator[tuple[date, dict[str, Any]]]:
    kind = "reason" if source.column == "because" else "journey"
    for day in sorted(set(question.days) & set(counted.figures)):
        told = getattr(counted.figures[day], source.column)
        for key, count in (told.items() if isinstance(told, Mapping) else [("", told)]):
            if question.only.get(kind) in (None, key):
                yield day, {kind: key, "value": count, "over": 0, "people": 0}


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


