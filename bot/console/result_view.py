"""The console: counted days and measured weeks -> what the page of results shows, in a reader's words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from bot.console.charts import draw_band, draw_columns, draw_interval, warmth
from bot.console.measures import CLOCKS, DIMENSIONS, MEASURES, TIMES, Question
from bot.console.result_figures import AGAIN_DAYS
from bot.console.result_sums import LEAST_SENT, Counted, Point, answer, funnel, heat
from bot.console.words import Words
from bot.measure.goals import Goal

TILES = ("orders", "order_value", "average_order", "retention", "satisfaction", "opt_outs")
# A step of the funnel -> its English sentence.
STEPS = {
    "sent": "messages sent", "arrived": "messages that arrived", "seen": "messages seen",
    "clicked": "messages clicked", "replied": "messages answered", "bought": "messages followed by an order",
}
_HIDDEN = "fewer than ten people"


@dataclass(frozen=True)
class Line:
    """A row of a table: its name, its value as people read it, and its length beside the longest, from 0 to 100."""

    name: str
    value: str
    length: int


@dataclass(frozen=True)
class Tile:
    """A number of the period, what it was before, and the question behind it."""

    measure: str
    title: str
    value: str
    before: str  # "" where it is not known
    since: date
    until: date


@dataclass(frozen=True)
class LiftLine:
    """What messages bring among some people."""

    name: str
    verdict: str
    effect: str
    interval: str
    people: int
    held_out: int
    picture: Markup | None
    key: str = ""


@dataclass(frozen=True)
class LiftOverTime:
    """Week by week, with the ends of the picture."""

    picture: Markup
    low: str
    high: str
    weeks: tuple[tuple[str, str, str], ...]  # week, effect, interval
    is_known: bool


@dataclass(frozen=True)
class Heat:
    """Rows of cells: how warm, and what it says."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[int, str, str], ...]], ...]  # hour, then warmth, share, how many


class Results:
    """Says counted things in somebody's words."""

    def __init__(self, words: Words, currency: str, segments: Mapping[str, str]) -> None:
        """`segments`: their titles in the reader's language."""
        self._words, self._currency, self._segments = words, currency, segments

    def say_value(self, value: float | None, unit: str) -> str:
        """A number as people read it; a dash for none."""
        if value is None:
            return "–"
        if unit == "money":
            return self._words.money(value, self._currency)
        if unit == "share":
            return self._words.percent(value)
        return self._words.number(value, 2 if unit == "stars" else 0)

    def say_key(self, by: str, key: str) -> str:
        """A key of a dimension, as people call it."""
        words = self._words
        if not by or not key:
            return words.say("all together") if not by else words.say("not told")
        if by == "journey":
            return words.journey(key)
        if by == "version":
            return key
        if by == "channel":
            return words.say("all channels") if key == "*" else words.name("channel", key)
        if by == "segment":
            return self._segments.get(key, key.replace("_", " "))
        if by == "reason":
            return words.why_held(key)
        if by == "hour":
            return words.hour(int(key))
        if by == "weekday":
            return words.weekday(int(key))
        day = date.fromisoformat(key)
        if by == "month":
            return words.month(day)
        return words.say("week of {day}", day=words.short_day(day)) if by == "week" else words.short_day(day)

    def say_hidden(self, point: Point) -> str:
        """Why a point has no value, where it is hidden; else ""."""
        return self._words.say(_HIDDEN) if point.is_hidden else ""

    def say_question(self, question: Question) -> str:
        """What was understood: “Opt-outs by channel, 1 – 31 October 2026”."""
        words, only = self._words, question.only
        said = words.say(MEASURES[question.measure].title)
        named = [self.say_key(kind, only[kind]) for kind in ("journey", "channel", "segment") if kind in only]
        by = f" {words.say(DIMENSIONS[question.by])}" if question.by else ""
        about = f" ({', '.join(named)})" if named else ""
        return f"{said}{about}{by}, {words.span(question.since, question.until)}"

    def lines(self, question: Question, points: Sequence[Point]) -> list[Line]:
        """The table of an answer."""
        unit = MEASURES[question.measure].unit
        most = max((each.value or 0 for each in points), default=0) or 1
        return [
            Line(self.say_key(question.by, each.key),
                 self.say_hidden(each) or self.say_value(each.value, unit),
                 round(100 * (each.value or 0) / most))
            for each in points
        ]

    def picture(self, question: Question, points: Sequence[Point], title: str) -> Markup | None:
        """Columns where it is shown by a time; elsewhere the table has bars of its own."""
        if question.by not in (*TIMES, *CLOCKS):
            return None
        lines = self.lines(question, points)
        told = [f"{each.name} : {each.value}" for each in lines]
        highest = max(points, key=lambda each: each.value or 0, default=None)
        says = self._words.say("Highest: {name}.", name=told[points.index(highest)]) if highest else ""
        return draw_columns([each.value for each in points], told, title=title, says=says, name="answer")

    def tiles(
        self, now: Counted, before: Counted, spans: tuple[tuple[date, date], tuple[date, date]], first: date | None
    ) -> list[Tile]:
        """The numbers of a period beside those of the one before, where that was counted from its first day on;
        whether people came back, of thirty days earlier.
        """
        tiles = []
        for measure in TILES:
            shift = timedelta(days=AGAIN_DAYS if measure == "retention" else 0)
            shifted = [(since - shift, until - shift) for since, until in spans]
            said = [
                self.say_value(answer(Question(measure, *span), counted, {})[0].value, MEASURES[measure].unit)
                for counted, span in zip((now, before), shifted, strict=True)
            ]
            known = said[1] if first and first <= shifted[1][0] else ""
            tiles.append(Tile(measure, MEASURES[measure].title, said[0], known, *shifted[0]))
        return tiles

    def funnel(self, counted: Counted, journey: str, channel: str) -> list[Line]:
        """How far messages came, with the share of all that left."""
        steps = funnel(counted, journey, channel)
        sent = dict(steps)["sent"]
        return [
            Line(name, f"{self._words.number(number)} · {self._words.percent(number / sent)}" if sent else "–",
                 round(100 * number / sent) if sent else 0)
            for name, number in steps
        ]

    def heat(self, counted: Counted, across: str, journey: str, channel: str) -> Heat | None:
        """Of a hundred messages how many were clicked or answered, by hour and weekday or channel; None without any."""
        cells = heat(counted, across, journey, channel)
        if not cells:
            return None
        names = [str(each) for each in range(7)] if across == "weekday" else sorted({key for _, key in cells})
        shares = {key: told / sent for key, (sent, told) in cells.items() if sent >= LEAST_SENT}
        highest = max(shares.values(), default=0)
        rows = []
        for hour in sorted({hour for hour, _ in cells}):
            row = []
            for key in names:
                share, sent = shares.get((hour, key)), cells.get((hour, key), (0, 0))[0]
                row.append((
                    warmth(share, highest) if share is not None else 0,
                    self._words.number(100 * share) if share is not None else "·" if sent else "",
                    self._words.say("{count} messages", count=self._words.number(sent)),
                ))
            rows.append((self._words.hour(hour), tuple(row)))
        return Heat(tuple(self.say_key(across, each) for each in names), tuple(rows))

    def lift_lines(self, found: Mapping[str, Mapping[str, Any]], kind: str) -> list[LiftLine]:
        """`found`: what `bot.console.worth.plain_lift` gives, by key; drawn on one scale."""
        known = [each["effect"] for each in found.values() if each.get("effect")]
        reach = max((max(abs(low), abs(high)) for _, low, high in known), default=0.0)
        return [self._lift_line(key, each, kind, reach) for key, each in found.items()]

    def over_time(self, weeks: Sequence[tuple[str, Mapping[str, Any] | None]], goal: Goal) -> LiftOverTime:
        """Of each week the effect with its interval."""
        points = [(each["effect"][0], each["effect"][1], each["effect"][2]) if each and each.get("effect") else None
                  for _, each in weeks]
        title = self._words.say("What messages bring, week by week")
        newest = next((point for point in reversed(points) if point), None)
        says = self._say_effect(newest) if newest else self._words.say("Too early to say.")
        picture, (low, high) = draw_band(points, title=title, says=f"{goal.names[self._words.language]} : {says}",
                                         name="lift")
        rows = [
            (name, self._points(point[0]) if point else self._words.say("too early"),
             f"{self._points(point[1])} … {self._points(point[2])}" if point else "–")
            for (name, _), point in zip(weeks, points, strict=True)
        ]
        return LiftOverTime(picture, self._points(low), self._points(high), tuple(rows), any(points))

    def _lift_line(self, key: str, lift: Mapping[str, Any], kind: str, reach: float) -> LiftLine:
        name = self._words.say("all journeys together") if key == "*" else self.say_key(kind, key)
        people, held_out = lift["nudged"] + lift["held_out"], lift["held_out"]
        if kind == "segment" and people < LEAST_SENT:
            return LiftLine(name, "early", self._words.say(_HIDDEN), "–", 0, 0, None, key)
        effect = lift["effect"]
        if not effect:
            return LiftLine(name, "early", self._words.say("too early"), "–", people, held_out, None, key)
        value, low, high = effect
        says = f"{self._points(low)} … {self._points(high)}"
        picture = draw_interval(value, low, high, reach, title=says)
        return LiftLine(name, lift["verdict"], self._points(value), says, people, held_out, picture, key)

    def _say_effect(self, point: tuple[float, float, float]) -> str:
        return f"{self._points(point[0])} ({self._points(point[1])} … {self._points(point[2])})"

    def _points(self, share: float) -> str:
        """Of a hundred persons, with its sign."""
        sign = "" if round(share, 3) == 0 else "+" if share > 0 else "−"
        return f"{sign}{self._words.percent(abs(share))}"
