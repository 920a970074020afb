"""Stage 3: an event -> from when its wait is counted, and whether it is news. Pure."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.decision.kinds import ASKED_AT, KINDS
from bot.decision.quiet_hours import country_of_zone, is_zone
from bot.decision.yields import LIVE_WAITS
from bot.intake.names import STOCK_CHANGED
from bot.profile.events import Event

DELIVERED_AT = "delivered_at"  # a property of what shops tell of orders, and kept with a wait
DAY, TIMEZONE = "day", "timezone"  # properties of a day of the calendar: an ISO date, and the shop's zone
OUR_SILO = "prevenant"
ENDS_AT = "ends_at"  # kept with a wait: when the day is over that its first message speaks of


def is_of_a_day(event: Event) -> bool:
    """Whether it is of a day of the calendar, as we tell it: in each person's zone the day begins at another moment."""
    return event.silo == OUR_SILO and DAY in event.properties


def find_beginning(kind: str, event: Event, zones: Collection[str] = ()) -> tuple[datetime, dict[str, str]]:
    """The moment from which a wait is counted, and what is kept of it: of what follows a delivery, its day; of a day
    of the calendar, when it ends; of stock, when they asked for it. `zones`: those in which the person is.

    A browser's clock may be wrong, and so may a property: what they say can only be earlier than when we heard it.
    """
    heard_at = min(event.occurred_at, event.received_at)
    if is_of_a_day(event):
        begins_at, ends_at = _find_day(date.fromisoformat(event.properties[DAY]), event.properties[TIMEZONE], zones)
        return max(heard_at, begins_at), {ENDS_AT: ends_at.isoformat()}
    if not KINDS[kind].follows_delivery:
        asked_at = _read_moment(event.properties.get(ASKED_AT)) if event.name == STOCK_CHANGED else None
        return heard_at, {ASKED_AT: min(heard_at, asked_at).isoformat()} if asked_at else {}
    delivered_at = _read_moment(event.properties.get(DELIVERED_AT))
    if delivered_at is None:
        return heard_at, {DELIVERED_AT: ""}
    begins_at = min(heard_at, delivered_at)
    return begins_at, {DELIVERED_AT: begins_at.isoformat()}


def _find_day(day: date, shops: str, zones: Collection[str]) -> tuple[datetime, datetime]:
    """When it is that day in all of a person's zones, UTC: the shop's counts for one of which nobody knows the country.

    Where two zones share no hour of it, it ends before it begins.
    """
    names = {each if country_of_zone(each) and is_zone(each) else shops for each in zones} or {shops}
    begins = (datetime.combine(day, time.min, ZoneInfo(each)) for each in names)
    ends = (datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(each)) for each in names)
    return max(begins).astimezone(UTC), min(ends).astimezone(UTC)


def is_told_again(kind: str, state: str, before: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether a wait began on the same delivery: each later word of the order would put it off, or begin it anew.

    Where nobody says when that was, the first word of it counts for as long as the wait lives.
    """
    if not KINDS[kind].follows_delivery:
        return False
    known, said = before.get(DELIVERED_AT, ""), facts[DELIVERED_AT]
    return known == said if known and said else state in LIVE_WAITS


def _read_moment(said: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None
