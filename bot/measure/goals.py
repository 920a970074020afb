"""Measurement: what nudges are for, what messages cost, what people may mind: a shop's `goals.toml`, checked."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot.contracts.messages import LANGUAGES
from bot.decision.pricing import read_costs, read_minor
from bot.errors import FixConfiguration
from bot.toml_file import Table, read_toml

ORDERS = "orders"  # a goal that counts what the shop sold
EVERY_JOURNEY = "*"
_DAY = timedelta(days=1)
ALARMS = ("opt_outs", "complaints", "refusals")
_GOAL_KEYS = frozenset({
    "name", "owner", "counts", "margin_percent", "value_minor", "window_days", "history_days", "journeys", "target",
})


_TARGET_KEYS = frozenset({"times", "since", "by"})
_MOST_TARGET = timedelta(days=366)
_FIRST, _LAST = date(2000, 1, 1), date(2100, 1, 1)  # of a target: a year with a digit too many is a slip
_MOST_TIMES = 10**9
_LIKE = '{ times = 500, since = "2026-11-01", by = "2026-12-31" }'


@dataclass(frozen=True)
class Target:
    """How often a goal is to be reached, from which day on and by which, both among them, in the shop's zone."""

    times: int
    since: date
    by: date


@dataclass(frozen=True)
class Goal:
    """What the business wants of a journey. `counts` is `orders` or an event's name."""

    key: str
    names: Mapping[str, str]  # language -> what one is called
    owner: str
    counts: str
    window: timedelta
    history: timedelta
    journeys: tuple[str, ...]
    margin_percent: float = 0.0  # of what was paid, where orders are counted
    value_minor: int = 0  # of one event
    target: Target | None = None

    def serves(self, journey: str) -> bool:
        """Whether a journey is measured by it."""
        return EVERY_JOURNEY in self.journeys or journey in self.journeys


@dataclass(frozen=True)
class Line:
    """How many of the people a journey reached may do what nobody wants, within the window."""

    metric: str
    at_most: float
    window: timedelta


@dataclass(frozen=True)
class GoalBook:
    """A shop's goals, costs and lines."""

    currency: str = "EUR"
    goals: tuple[Goal, ...] = ()
    costs_per_thousand_minor: Mapping[str, int] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()

    def cost_minor(self, messages: Mapping[str, int]) -> int:
        """What so many messages by channel cost, rounded once."""
        return round(sum(self.costs_per_thousand_minor.get(each, 0) * n for each, n in messages.items()) / 1000)


def load_goals(path: Path, journeys: Iterable[str]) -> GoalBook:
    """Read a shop's goals. FixConfiguration names file, line and key of what is wrong."""
    file = read_toml(path)
    file.refuse_unknown(frozenset({"currency", "goals", "costs", "alarms"}))
    known = frozenset({EVERY_JOURNEY, *journeys})
    currency = file.content.get("currency", GoalBook.currency)
    if not isinstance(currency, str) or len(currency) != 3 or not currency.isupper():
        raise FixConfiguration(f'{file.name}: currency must be three capitals, as in "EUR"')
    return GoalBook(
        currency=currency,
        goals=tuple(read_goal(key, table, known) for key, table in file.tables("goals")),
        costs_per_thousand_minor=read_costs(file),
        lines=tuple(_line(metric, table) for metric, table in file.tables("alarms")),
    )


def read_goal(key: str, table: Table, known: Collection[str] | None = None) -> Goal:
    """One `[goals.<key>]`. FixTable names the key that is wrong. `known`: the journeys that there are; None: any."""
    table.refuse_unknown(_GOAL_KEYS)
    journeys = table.texts("journeys", (EVERY_JOURNEY,))
    for each in journeys:
        if known is not None and each not in known:
            raise table.fail("journeys", "names {journey}, which triggers.toml does not have", journey=repr(each))
    counts = table.text("counts")
    wanted, other = ("margin_percent", "value_minor") if counts == ORDERS else ("value_minor", "margin_percent")
    if other in table.values:
        raise table.fail(other, "does not go with counts = {counts}: give {wanted}", counts=repr(counts), wanted=wanted)
    margin = table.number("margin_percent") if counts == ORDERS else 0.0
    if margin > 100:
        raise table.fail("margin_percent", "must be 100 at most")
    return Goal(
        key, _names(table), table.text("owner"), counts, _days(table, "window_days"), _days(table, "history_days", 180),
        journeys, margin, read_minor(table, "value_minor") if counts != ORDERS else 0, _target(table),
    )


def write_goal(goal: Goal) -> dict[str, Any]:
    """What the file would hold: `read_goal` of it is the goal."""
    worth = {"margin_percent": goal.margin_percent} if goal.counts == ORDERS else {"value_minor": goal.value_minor}
    return {
        "name": dict(goal.names), "owner": goal.owner, "counts": goal.counts, **worth,
        "window_days": goal.window / _DAY, "history_days": goal.history / _DAY, "journeys": list(goal.journeys),
        **({"target": _write_target(goal.target)} if goal.target else {}),
    }


def dump_goal(goal: Goal) -> dict[str, Any]:
    """As JSON can hold it, for what is agreed on; without a target as before there were any: nobody agrees anew."""
    days = {"window": goal.window / _DAY, "history": goal.history / _DAY}
    plain = {**asdict(goal), "names": dict(goal.names), "journeys": list(goal.journeys), **days}
    del plain["target"]
    return {**plain, "target": _write_target(goal.target)} if goal.target else plain


def parse_goal(data: Mapping[str, Any]) -> Goal:
    """What `dump_goal` wrote."""
    days = {"window": data["window"] * _DAY, "history": data["history"] * _DAY}
    told = data.get("target")
    target = Target(told["times"], date.fromisoformat(told["since"]), date.fromisoformat(told["by"])) if told else None
    return Goal(**{**data, **days, "journeys": tuple(data["journeys"]), "target": target})


def dump_alarms(book: GoalBook) -> dict[str, Any]:
    """What messages cost and how many people may mind, as JSON can hold it, for what is agreed on."""
    return {
        "costs": dict(book.costs_per_thousand_minor),
        "alarms": {each.metric: {"at_most": each.at_most, "window_days": each.window / _DAY} for each in book.lines},
    }


def parse_alarms(data: Mapping[str, Any]) -> dict[str, Any]:
    """What `dump_alarms` wrote, as keywords of `GoalBook`."""
    lines = data["alarms"].items()
    return {
        "costs_per_thousand_minor": dict(data["costs"]),
        "lines": tuple(Line(metric, line["at_most"], line["window_days"] * _DAY) for metric, line in lines),
    }


def _write_target(target: Target) -> dict[str, Any]:
    return {"times": target.times, "since": target.since.isoformat(), "by": target.by.isoformat()}


def _target(table: Table) -> Target | None:
    """`target = { times = 500, since = "2026-11-01", by = "2026-12-31" }`; a goal may have none."""
    told = table.values.get("target")
    if told is None:
        return None
    if not isinstance(told, dict) or set(told) != _TARGET_KEYS:
        raise table.fail("target", "must say how often, since when and by when: {known}", known=_LIKE)
    times, since, by = told["times"], _day(told["since"]), _day(told["by"])
    if isinstance(times, bool) or not isinstance(times, int) or not 0 < times <= _MOST_TIMES:
        raise table.fail("target.times", "must be a whole number from 1 on")
    for key, day in (("since", since), ("by", by)):
        if day is None:
            raise table.fail(f"target.{key}", 'must be a day, as in "2026-12-31"')
        if not _FIRST <= day <= _LAST:
            raise table.fail(f"target.{key}", "must be a day from {first} to {last}", first=_FIRST, last=_LAST)
    if since is None or by is None or not since <= by < since + _MOST_TARGET:
        raise table.fail("target.by", "must be {days} days at most after the first day", days=_MOST_TARGET.days)
    return Target(times, since, by)


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def _line(metric: str, table: Table) -> Line:
    if metric not in ALARMS:
        known = ", ".join(ALARMS)
        raise FixConfiguration(f"{table.file.name}, line {table.line}: [alarms.{metric}]: known are {known}")
    table.refuse_unknown(frozenset({"at_most", "window_days"}))
    at_most = table.number("at_most")
    if not 0 < at_most < 1:
        raise table.fail("at_most", "must be a share between 0 and 1: 0.01 is one person in a hundred")
    return Line(metric, at_most, _days(table, "window_days", 3))


def _names(table: Table) -> dict[str, str]:
    names = table.values.get("name", {})
    is_whole = isinstance(names, dict) and set(names) == set(LANGUAGES)
    if not is_whole or not all(isinstance(each, str) for each in names.values()):
        raise table.fail("name", 'must be in each language, as in { fr = "commande", en = "order" }')
    return dict(names)


def _days(table: Table, key: str, default: float | None = None) -> timedelta:
    days = table.number(key, default)
    if not 0 < days <= 730:
        raise table.fail(key, "must be a number of days, from more than 0 to 730")
    return timedelta(days=days)
