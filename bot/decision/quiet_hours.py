"""Stage 3: when a person must not be disturbed, in their own zone, on the days the clocks change too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True)
class QuietHours:
    """From `begins` to `ends`, local time, over midnight when `ends` is the earlier one. Equal: never quiet."""

    begins: time
    ends: time


@dataclass(frozen=True)
class LawfulQuiet:
    """What the law asks at least of advertising: hours that must be quiet, and channels that hold everything then."""

    hours: QuietHours
    channels: tuple[str, ...] = ()


def covers(hours: QuietHours | None, least: QuietHours) -> bool:
    """Whether it is quiet in every minute in which the law asks for it."""
    length = _minutes(least.begins, least.ends)
    if hours is None:
        return length == 0
    return _minutes(hours.begins, least.begins) + length <= _minutes(hours.begins, hours.ends) or length == 0


def _minutes(begins: time, ends: time) -> int:
    """From the one to the next of the other."""
    return ((ends.hour - begins.hour) * 60 + ends.minute - begins.minute) % 1_440


def quiet_until(hours: QuietHours, moment: datetime, zones: Iterable[str]) -> datetime | None:
    """When quiet ends in every one of the zones, UTC; None when it is not quiet in any.

    Of several zones the strictest counts. Raises UnknownZone for a zone that nobody has heard of:
    the caller keeps the message at home.
    """
    free_at = moment
    names = tuple(zones)
    for _ in range(2 * len(names) + 2):  # leaving one zone's quiet may lead into another's
        ends = [end for zone in names if (end := _end_of_quiet(hours, free_at, _zone(zone)))]
        if not ends:
            return free_at if free_at > moment else None
        free_at = max(ends)
    raise UnknownZone("these zones leave no hour")


class UnknownZone(ValueError):
    """No such time zone, or zones that together leave no hour free."""


def is_zone(name: str) -> bool:
    """Whether somebody has heard of a time zone of that name."""
    try:
        _zone(name)
    except UnknownZone:
        return False
    return True


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZone(name) from error


@lru_cache(maxsize=1_024)  # a batch asks the same of every person in a zone
def _end_of_quiet(hours: QuietHours, moment: datetime, zone: ZoneInfo) -> datetime | None:
    if hours.begins == hours.ends:
        return None
    today = moment.astimezone(zone).date()
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        begins, ends = _span(hours, day, zone)
        if begins <= moment < ends:
            return ends
    return None


def _span(hours: QuietHours, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    # An hour that the clocks repeat counts whole: quiet begins at its first pass and ends at its last. Of one that they
    # skip, the two readings lie on either side of it, the other way round: so the earlier and the later are taken.
    last_day = day if hours.begins < hours.ends else day + timedelta(days=1)
    return min(_passes(day, hours.begins, zone)), max(_passes(last_day, hours.ends, zone))


def _passes(day: date, hour: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    wall = datetime.combine(day, hour, zone)
    return wall.replace(fold=0).astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
