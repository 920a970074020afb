"""The console: days that were counted -> what Today shows of a period, beside the period before. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from bot.console.figures import DayFigures, count_target
from bot.measure.goals import ORDERS, Goal

PERIODS = (1, 7, 30)  # days, today among them
CHART_DAYS = 30
_NOTHING = DayFigures()


@dataclass(frozen=True)
class Total:
    """A number of the period, and of the period before it."""

    now: int
    before: int

    @property
    def change(self) -> float | None:
        """The difference as a share of what was before; None where that was nothing."""
        return (self.now - self.before) / self.before if self.before else None


@dataclass(frozen=True)
class Progress:
    """How far a goal is on the way to its target; `passed`: the share of its days that are over, or begun."""

    reached: int
    times: int
    since: date
    by: date
    passed: float

    @property
    def share(self) -> float:
        """Of the target; more than one beyond it."""
        return self.reached / self.times

    @property
    def standing(self) -> Literal["ahead", "behind", "reached", "missed"]:
        """Beside the days that have passed, as if every day brought as much."""
        if self.reached >= self.times:
            return "reached"
        if self.passed > 1:
            return "missed"
        return "ahead" if self.share >= self.passed else "behind"


@dataclass(frozen=True)
class GoalProgress:
    """How often a goal was reached: in the period, before it, and day by day."""

    goal: Goal
    total: Total
    by_day: tuple[int, ...]
    worth: Mapping[str, Any] | None  # of all journeys together: bot.console.worth
    target: Progress | None = None
    left_out: int = 0  # orders of the period in another currency than the shop's, where it counts orders


@dataclass(frozen=True)
class Overview:
    """What the bot did in a period."""

    days: int
    conversations: Total
    handed_over: Total
    sent: Total
    held: Total
    by_journey: tuple[tuple[str, int], ...]  # most first
    because: tuple[tuple[str, int], ...]
    chart: tuple[tuple[date, DayFigures], ...]
    goals: tuple[GoalProgress, ...]

    @property
    def resolved_share(self) -> float | None:
        """Conversations in which nobody asked for a person."""
        talks = self.conversations.now
        return max(0.0, 1 - self.handed_over.now / talks) if talks else None


def overlook(
    counted: Mapping[date, DayFigures], today: date, days: int, goals: Sequence[Goal], worth: Mapping[str, Any] | None
) -> Overview:
    """The period that ends today."""
    period = [counted.get(each, _NOTHING) for each in last_days(today, days)]
    former = [counted.get(each, _NOTHING) for each in last_days(today - timedelta(days=days), days)]
    chart = tuple((each, counted.get(each, _NOTHING)) for each in last_days(today, CHART_DAYS))
    sent, because = _add(each.sent for each in period), _add(each.because for each in period)
    return Overview(
        days=days,
        conversations=Total(sum(each.conversations for each in period), sum(each.conversations for each in former)),
        handed_over=Total(sum(each.handed_over for each in period), sum(each.handed_over for each in former)),
        sent=Total(sent.total(), _add(each.sent for each in former).total()),
        held=Total(sum(each.held for each in period), sum(each.held for each in former)),
        by_journey=tuple(sent.most_common()),
        because=tuple(because.most_common()),
        chart=chart,
        goals=tuple(
            replace(_progress(each, period, former, chart, worth), target=track_target(counted, each, today))
            for each in goals
        ),
    )


def track_target(counted: Mapping[date, DayFigures], goal: Goal, today: date) -> Progress | None:
    """None for a goal without a target, or one that has not begun."""
    target = goal.target
    if target is None or today < target.since:
        return None
    passed = ((today - target.since).days + 1) / ((target.by - target.since).days + 1)
    return Progress(count_target(counted, goal, today), target.times, target.since, target.by, passed)


def last_days(today: date, days: int) -> list[date]:
    """So many days, the last of them today."""
    return [today - timedelta(days=n) for n in reversed(range(days))]


def _progress(
    goal: Goal, period: Sequence[DayFigures], former: Sequence[DayFigures],
    chart: Sequence[tuple[date, DayFigures]], worth: Mapping[str, Any] | None,
) -> GoalProgress:
    together = (worth or {}).get("*", {}).get("goals", {})
    return GoalProgress(
        goal,
        Total(sum(each.goals.get(goal.key, 0) for each in period), sum(each.goals.get(goal.key, 0) for each in former)),
        tuple(each.goals.get(goal.key, 0) for _, each in chart),
        together.get(goal.key),
        left_out=sum(each.left_out for each in period) if goal.counts == ORDERS else 0,
    )


def _add(counts: Any) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return total
