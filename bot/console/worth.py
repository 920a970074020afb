"""The console: what the journeys brought and what that cost, measured by `bot.measure` -> plain data to keep."""

import math
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console.shop_goals import goals_in_force
from bot.console.shop_journeys import list_shop_journeys
from bot.measure.lift import Lift
from bot.measure.results import GoalResult, JourneyResult, measure_journeys

WORTH_DAYS = 90


def measure_worth(connection: sa.Connection, services: Services, now: datetime | None = None) -> dict[str, Any]:
    """Every journey's results of the ninety days before a moment, `*` for all together, as JSON has them. Reads."""
    now = now or services.clock()
    found = measure_journeys(
        connection, goals_in_force(services), list_shop_journeys(services), services.guardrails,
        since=now - timedelta(days=WORTH_DAYS), now=now,
    )
    return {each.journey: _plain(each) for each in found}


def _plain(result: JourneyResult) -> dict[str, Any]:
    return {
        "holdout": result.holdout, "sent": result.sent, "reached": result.reached,
        "goals": {each.goal.key: _plain_goal(each) for each in result.goals},
    }


def _plain_goal(found: GoalResult) -> dict[str, Any]:
    lift, added, margin, per_euro = found.conversions, found.conversions_added, found.margin_added, found.per_euro
    is_known = lift.is_known and found.margin.is_known
    return {
        "people": found.people, "in_window": found.in_window, "cost_minor": found.cost_minor,
        "verdict": lift.verdict, "rate_nudged": _finite(lift.mean_nudged), "rate_held_out": _finite(lift.mean_held_out),
        "added": [added.value, added.low, added.high] if is_known else None,
        "margin_minor": [margin.value, margin.low, margin.high] if is_known else None,
        "lift": plain_lift(lift), "margin_each": plain_lift(found.margin),
        "per_unit": [per_euro.value, per_euro.low, per_euro.high] if is_known and per_euro else None,
    }


def plain_lift(lift: Lift) -> dict[str, Any]:
    """The effect per person with its interval, None while it is too early, and how many are compared with how many."""
    ends = [lift.effect, lift.low, lift.high] if lift.is_known else None
    return {"effect": ends, "verdict": lift.verdict, "nudged": lift.nudged, "held_out": lift.held_out}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
