"""The console: what messages bring, by week, channel, segment and version; measured by the worker, kept as rows.

Each week's point is of the ninety days before its Monday: points side by side share people, and each interval stands
for itself. Weeks before the first start are measured one at a time.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console.shop_goals import goals_in_force
from bot.console.shop_journeys import list_shop_journeys
from bot.console.worth import WORTH_DAYS, measure_worth, plain_lift
from bot.decision.triggers import Trigger
from bot.measure.groups import measure_groups, measure_versions
from bot.profile.store.tables import console_figures, decisions, journeys
from bot.profile.store.upsert import insert_or_update

WEEKS = 13
_GROUPS_EVERY = timedelta(hours=6)
_WEEK, _GROUPS, _VERSIONS = "lift", "lift_groups", "lift_versions"


def measure_lift(services: Services) -> int:
    """Measure one week that is not measured yet, and the groups when it is time. 0: as the worker asks. Writes."""
    now = services.clock()
    with services.store.read() as connection:
        found = _measure_week(connection, services, now) | _measure_groups(connection, services, now)
    if found:
        kept = [{"name": name, "value": value, "counted_at": now} for name, value in found.items()]
        with services.store.write() as connection:
            insert_or_update(connection, console_figures, kept, ("name",), ("value", "counted_at"))
    return 0


def read_weeks(connection: sa.Connection, today: date) -> dict[date, Mapping[str, Any]]:
    """By Monday, oldest first, every journey's results as `bot.console.worth` has them."""
    names = {f"{_WEEK}:{each}": each for each in reversed(_mondays(today))}
    table = console_figures.c
    rows = connection.execute(sa.select(table.name, table.value).where(table.name.in_(names)).order_by(table.name))
    return {names[row.name]: row.value for row in rows}


def read_groups(connection: sa.Connection) -> tuple[Mapping[str, Any], datetime] | None:
    """By goal, `channel` and `segment`, by name: what `plain_lift` gives; and when. None before it was measured."""
    row = connection.execute(sa.select(console_figures).where(console_figures.c.name == _GROUPS)).first()
    return (row.value, row.counted_at) if row else None


def read_version_lifts(connection: sa.Connection, journey: str) -> Mapping[str, Mapping[str, Any]]:
    """Of a journey by goal and version: what `plain_lift` gives. Nothing before it was measured, or of one version."""
    value = connection.scalar(sa.select(console_figures.c.value).where(console_figures.c.name == _VERSIONS))
    found: Mapping[str, Mapping[str, Any]] = (value or {}).get(journey, {})
    return found


def _measure_week(connection: sa.Connection, services: Services, now: datetime) -> dict[str, Any]:
    zone = ZoneInfo(services.settings.timezone)
    first = connection.scalar(sa.select(decisions.c.decided_at).order_by(decisions.c.decision_id).limit(1))
    table = console_figures.c
    for monday in _mondays(now.astimezone(zone).date()):
        name, at = f"{_WEEK}:{monday}", datetime.combine(monday, time(), zone).astimezone(UTC)
        if first is None or at <= first:
            break
        if connection.scalar(sa.select(table.name).where(table.name == name)) is None:
            return {name: measure_worth(connection, services, at)}
    return {}


def _measure_groups(connection: sa.Connection, services: Services, now: datetime) -> dict[str, Any]:
    table = console_figures.c
    last = connection.scalar(sa.select(table.counted_at).where(table.name == _GROUPS))
    if last is not None and last > now - _GROUPS_EVERY:
        return {}
    book, triggers, since = goals_in_force(services), list_shop_journeys(services), now - timedelta(days=WORTH_DAYS)
    groups = {
        goal.key: {
            kind: {name: plain_lift(lift) for name, lift in groups.items()}
            for kind, groups in measure_groups(
                connection, book, goal, triggers, services.guardrails, since=since, now=now,
            ).items()
        }
        for goal in book.goals
    }
    versions = {
        each.name: {
            goal.key: {
                name: plain_lift(lift) for name, lift in measure_versions(
                    connection, book, goal, each, services.guardrails, since=since, now=now).items()
            }
            for goal in book.goals if goal.serves(each.name)
        }
        for each in _list_changed(connection, triggers)
    }
    return {_GROUPS: groups, _VERSIONS: versions}


def _list_changed(connection: sa.Connection, triggers: Sequence[Trigger]) -> list[Trigger]:
    """The journeys that people began with in more than one version."""
    journey = journeys.c.journey
    changed = set(connection.scalars(sa.select(journey).group_by(journey).having(sa.func.count() > 1)))
    return [each for each in triggers if each.name in changed]


def _mondays(today: date) -> list[date]:
    """The last ones, newest first."""
    monday = today - timedelta(days=today.weekday())
    return [monday - timedelta(weeks=n) for n in range(WEEKS)]
