"""The console: words of a time ("last month", "depuis le 1er octobre") -> its first and last day. Pure.

Words are small, without accents and marks, and apart by one space: `normalise` of bot/console/ask.py.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

_MONTHS = {
    name: number for names, number in (
        ("january jan janvier", 1), ("february feb fevrier", 2), ("march mars", 3), ("april avril", 4), ("may mai", 5),
        ("june juin", 6), ("july juillet", 7), ("august aout", 8), ("september sept septembre", 9),
        ("october oct octobre", 10), ("november nov novembre", 11), ("december dec decembre", 12),
    ) for name in names.split()
}
_DAYS = {
    name: number for number, names in enumerate((
        "monday lundi", "tuesday mardi", "wednesday mercredi", "thursday jeudi", "friday vendredi", "saturday samedi",
        "sunday dimanche",
    )) for name in names.split()
}
_MONTH, _YEAR = rf"(?:{'|'.join(_MONTHS)})", r"20\d\d"
_NUMBER = r"(?:0?[1-9]|[12]\d|3[01])(?:er|st|nd|rd|th)?"
_DATE = (rf"(?:le |the )?(?:{_YEAR} \d\d \d\d|{_NUMBER} (?:of )?{_MONTH}(?: {_YEAR})?"
         rf"|{_MONTH} {_NUMBER}(?: {_YEAR})?)")
_UNITS = {"day": 1, "days": 1, "jour": 1, "jours": 1, "week": 7, "weeks": 7, "semaine": 7, "semaines": 7}
_UNIT = r"days?|jours?|weeks?|semaines?|months?|mois"


class Span(NamedTuple):
    """From one day to another, both among it, in so many words."""

    since: date
    until: date
    words: int


def find_span(words: list[str], start: int, today: date) -> Span | None:
    """The longest time that begins at a word; None where none does, or where it is no day that there is."""
    text = " ".join(words[start:])
    best: Span | None = None
    for pattern, read in _PATTERNS:
        if (found := pattern.match(text)) and (best is None or len(found[0].split()) > best.words):
            try:
                since, until = read(found, today)
            except ValueError:  # 31 November
                continue
            best = Span(since, until, len(found[0].split()))
    return best


def _read_date(text: str, today: date, month: int = 0, year: int = 0) -> date:
    """A day; without a year the last one that was, of a month that may stand elsewhere."""
    words = [each for each in text.split() if each not in ("le", "the", "of")]
    if re.fullmatch(rf"{_YEAR} \d\d \d\d", " ".join(words)):
        return date(*(int(each) for each in words))
    months = [_MONTHS[each] for each in words if each in _MONTHS]
    years = [int(each) for each in words if re.fullmatch(_YEAR, each)]
    number = next(int(re.sub(r"\D", "", each)) for each in words if re.fullmatch(_NUMBER, each))
    return _latest(number, months[0] if months else month, years[0] if years else year, today)


def _latest(day: int, month: int, year: int, today: date) -> date:
    if year:
        return date(year, month, day)
    found = date(today.year, month, day)
    return found if found <= today else date(today.year - 1, month, day)


def _month(found: re.Match[str], today: date) -> tuple[date, date]:
    first = _latest(1, _MONTHS[found["month"]], int(found["year"] or 0), today)
    return first, min(_month_end(first), today) if first <= today else _month_end(first)


def _months(found: re.Match[str], today: date) -> tuple[date, date]:
    last = _latest(1, _MONTHS[found["until"]], int(found["year"] or 0), today)
    first = date(last.year - (_MONTHS[found["since"]] > last.month), _MONTHS[found["since"]], 1)
    return first, _month_end(last)


def _month_end(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _range(found: re.Match[str], today: date) -> tuple[date, date]:
    until = _read_date(found["until"], today)
    since = found["since"]
    if re.fullmatch(rf"(?:le |the )?{_NUMBER}", since):
        return _read_date(since, today, until.month, until.year), until
    first = _read_date(since, today)
    over_new_year = first.month > until.month and not re.search(_YEAR, since)
    return (first.replace(year=until.year - 1) if over_new_year else first), until


def _last(found: re.Match[str], today: date) -> tuple[date, date]:
    count, unit = int(found["n"]), found["unit"]
    if unit in _UNITS:
        return today - timedelta(days=count * _UNITS[unit] - 1), today
    months = today.year * 12 + today.month - 1 - count
    first = date(months // 12, months % 12 + 1, 1)
    return min(_month_end(first), first.replace(day=min(today.day, 28))) + timedelta(days=1), today


def _since_weekday(found: re.Match[str], today: date) -> tuple[date, date]:
    return today - timedelta(days=(today.weekday() - _DAYS[found["day"]]) % 7), today


def _start_of(found: re.Match[str], today: date) -> tuple[date, date]:
    word = found["unit"]
    if word in ("week", "semaine"):
        return today - timedelta(days=today.weekday()), today
    return (today.replace(day=1) if word in ("month", "mois") else date(today.year, 1, 1)), today


def _last_week(_found: re.Match[str], today: date) -> tuple[date, date]:
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=6)


def _last_month(_found: re.Match[str], today: date) -> tuple[date, date]:
    end = today.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


def _year(found: re.Match[str], today: date) -> tuple[date, date]:
    year = int(found["year"])
    return date(year, 1, 1), min(date(year, 12, 31), today) if year <= today.year else date(year, 12, 31)


def _days_ago(first: int, last: int) -> "_Read":
    return lambda _found, today: (today - timedelta(days=first), today - timedelta(days=last))


_Read = Callable[[re.Match[str], date], tuple[date, date]]
_LAST_YEAR: _Read = lambda _found, today: (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))  # noqa: E731
_THE_UNIT = r"(?P<unit>week|month|year|semaine|mois|annee)"
_PATTERNS: list[tuple[re.Pattern[str], _Read]] = [
    (re.compile(pattern + r"(?= |$)"), read) for pattern, read in (
        (r"today|aujourd hui", _days_ago(0, 0)),
        (r"yesterday|hier", _days_ago(1, 1)),
        (r"(?:the )?day before yesterday|avant hier", _days_ago(2, 2)),
        (r"last week|(?:la )?semaine (?:derniere|passee)", _last_week),
        (r"last month|(?:le )?mois (?:dernier|passe)", _last_month),
        (r"last year|l an (?:dernier|passe)|(?:l )?annee (?:derniere|passee)", _LAST_YEAR),
        (rf"(?:this|cette|ce) {_THE_UNIT}(?: ci)?", _start_of),
        (rf"(?:since|depuis) (?:the start of the|the beginning of the|le debut d(?:u|e la|e l|e cette)) {_THE_UNIT}",
         _start_of),
        (rf"(?:the )?(?:last|past) (?P<n>\d{{1,3}}) (?P<unit>{_UNIT})", _last),
        (rf"(?:ces |les |des )?(?P<n>\d{{1,3}}) (?:derniers|dernieres|dernier|derniere) (?P<unit>{_UNIT})", _last),
        (rf"(?:since|depuis) (?P<n>\d{{1,3}}) (?P<unit>{_UNIT})", _last),
        (rf"(?:since|depuis) (?P<day>{'|'.join(_DAYS)})", _since_weekday),
        (rf"(?:since|depuis) (?P<date>{_DATE})", lambda found, today: (_read_date(found["date"], today), today)),
        (rf"(?:since|depuis) (?P<month>{_MONTH})(?: (?P<year>{_YEAR}))?",
         lambda found, today: (_month(found, today)[0], today)),
        (rf"(?:from|between|du|entre) (?P<since>{_DATE}|(?:le |the )?{_NUMBER}) (?:to|and|until|till|au|et) "
         rf"(?P<until>{_DATE})", _range),
        (rf"(?:from|between|de|d|entre) (?P<since>{_MONTH}) (?:to|and|a|et) (?P<until>{_MONTH})(?: (?P<year>{_YEAR}))?",
         _months),
        (rf"(?P<date>{_DATE})", lambda found, today: (_read_date(found["date"], today),) * 2),
        (rf"(?P<month>{_MONTH})(?: (?P<year>{_YEAR}))?", _month),
        (rf"(?P<year>{_YEAR})", _year),
    )
]
