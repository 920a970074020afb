"""Stage 3: when a person must not be disturbed, in their own zone and country, on the days the clocks change too."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

_SUNDAY = 7  # of ISO weekdays
_DAYS_IN_A_ROW = 20  # quiet ones, with the nights between them: more than any calendar has
_NOWHERE = "ZZ"  # as Babel says it of a zone of no country
_NOWHERES = (_NOWHERE, "001")


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


@dataclass(frozen=True)
class CountryLaw:
    """What the law of a country asks besides, of advertising to whoever is there, on these channels."""

    country: str  # ISO 3166, FR
    channels: tuple[str, ...]
    hours: QuietHours | None = None
    sundays: bool = False  # quiet all day
    holidays: tuple[str, ...] = ()  # quiet all day: "12-25", "easter+1"
    also: tuple[str, ...] = ()  # territories with a code of their own in which it holds: MQ


@dataclass(frozen=True)
class QuietRules:
    """The shop's hours, and the laws that count where somebody is."""

    hours: QuietHours | None
    laws: tuple[CountryLaw, ...] = ()
    is_everywhere: bool = False  # nobody knows the country: every law counts


def covers(hours: QuietHours | None, least: QuietHours) -> bool:
    """Whether it is quiet in every minute in which the law asks for it."""
    length = _minutes(least.begins, least.ends)
    if hours is None:
        return length == 0
    return _minutes(hours.begins, least.begins) + length <= _minutes(hours.begins, hours.ends) or length == 0


def _minutes(begins: time, ends: time) -> int:
    """From the one to the next of the other."""
    return ((ends.hour - begins.hour) * 60 + ends.minute - begins.minute) % 1_440


def quiet_until(rules: QuietRules, moment: datetime, zones: Iterable[str]) -> datetime | None:
    """When quiet ends in every one of the zones, UTC; None when it is not quiet in any.

    Of several zones the strictest counts. Raises UnknownZone for a zone that nobody has heard of:
    the caller keeps the message at home.
    """
    free_at = moment
    names = tuple(zones)
    for _ in range(2 * len(names) + 2 + (_DAYS_IN_A_ROW if rules.laws else 0)):
        # Leaving one zone's quiet may lead into another's, and a Sunday into a holiday.
        ends = [end for zone in names if (end := _end_of_rules(rules, free_at, zone))]
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


@lru_cache(maxsize=1_024)
def country_of_zone(zone: str) -> str:
    """The country or territory that a time zone lies in, FR; "" for one of none, or of several."""
    known = get_global("zone_territories")
    found = str(known.get(zone) or known.get(get_global("zone_aliases").get(zone, ""), _NOWHERE))
    return "" if found in _NOWHERES else found


def is_holiday(day: date, holidays: Iterable[str]) -> bool:
    """Whether a day is among those that a law names."""
    since_easter = (day - easter_of(day.year)).days
    return f"{day:%m-%d}" in holidays or f"easter{since_easter:+}" in holidays


def is_holiday_name(said: str) -> bool:
    """Whether that names a day of each year: "12-25", or so many days after or before Easter Sunday, "easter+1"."""
    if said.startswith("easter"):
        return re.fullmatch(r"easter[+-](0|[1-9]\d{0,2})", said) is not None
    try:
        return f"{date.fromisoformat(f'2024-{said}'):%m-%d}" == said  # a leap year: it has every day
    except ValueError:
        return False


def easter_of(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=4_096)  # a batch asks the same of every person in a zone
def _end_of_rules(rules: QuietRules, moment: datetime, name: str) -> datetime | None:
    """When the longest of what is quiet there at that moment ends."""
    zone, country = _zone(name), country_of_zone(name)
    ends = [_end_of_quiet(rules.hours, moment, zone)] if rules.hours else []
    for law in rules.laws:
        if rules.is_everywhere or country in ("", law.country, *law.also):
            ends += [_end_of_quiet(law.hours, moment, zone) if law.hours else None, _end_of_day_off(law, moment, zone)]
    return max((end for end in ends if end), default=None)


def _end_of_day_off(law: CountryLaw, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """The midnight after a day on which the law asks for quiet."""
    today = moment.astimezone(zone).date()
    if not (law.sundays and today.isoweekday() == _SUNDAY) and not is_holiday(today, law.holidays):
        return None
    return max(_passes(today + timedelta(days=1), time(0), zone))


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
