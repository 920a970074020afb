"""What the server composes, in the customer's language: gettext catalogues read by Babel.

The English sentence is the key. One .po file a topic lies in `bot/texts/fr/`; all of them are read
into one catalogue at start, so no compile step stands between a writer and the customer.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, get_currency_precision
from babel.numbers import format_percent as format_share

FOLDER = Path(__file__).parent
_DAY = re.compile(r"(?<!d)d(?!d)")
LOCALES = {"fr": "fr_FR", "en": "en_GB"}


@cache
def load_catalogue(language: str) -> dict[str, str]:
    """Every translated sentence of a language, by its English key; English has none to look up."""
    sentences: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string:
                    sentences[str(message.id)] = str(message.string)
    return sentences


def translate(language: str, sentence: str, **values: object) -> str:
    """The sentence in the language, with its {placeholders} filled; English where no translation is."""
    found = load_catalogue(language).get(sentence, sentence) if language != "en" else sentence
    return found.format(**values) if values else found


def to_units(amount_minor: int, currency: str) -> Decimal:
    """Minor units in units of their currency: 4990, EUR -> 49.90; 500, XPF -> 500."""
    return Decimal(amount_minor).scaleb(-get_currency_precision(currency))


def format_money(language: str, amount_minor: int, currency: str) -> str:
    """Minor units as people read them: 4990, EUR -> 49,90 € in French."""
    return str(format_currency(to_units(amount_minor, currency), currency, locale=LOCALES[language]))


def format_signed(language: str, value: float, decimals: int = 0) -> str:
    """A number with its sign, all its decimals shown: 1234 -> +1 234 in French."""
    number = "#,##0" + (f".{'0' * decimals}" if decimals else "")
    rounded = Decimal(str(round(value, decimals) + 0.0))  # a minus before nothing goes
    return str(format_decimal(rounded, f"+{number};−{number}", locale=LOCALES[language]))


def format_date_as(language: str, pattern: str, day: date) -> str:
    """A day by a pattern of CLDR's letters. CLDR has no ordinals: French says `1er décembre`, and `2 décembre`."""
    if language == "fr" and day.day == 1:
        pattern = _DAY.sub("d'er'", pattern)
    return str(format_date(day, pattern, locale=LOCALES[language]))


def format_day(language: str, moment: datetime | date, timezone: str) -> str:
    """A day as people say it, in the reader's zone: `mardi 24 novembre`, `Tuesday 24 November`."""
    return format_date_as(language, "EEEE d MMMM", _day_of(moment, timezone))


def format_full_date(language: str, moment: datetime, timezone: str) -> str:
    """A day with its year, in the reader's zone: `24 novembre 2026`, `24 November 2026`."""
    return format_date_as(language, "d MMMM y", _day_of(moment, timezone))


def format_percent(language: str, percent: float) -> str:
    """A percentage as people read it: 5.5 -> 5,5 % in French."""
    return str(format_share(Decimal(str(percent)) / 100, "#,##0.##%" if language == "en" else "#,##0.## %",
                            locale=LOCALES[language]))


def format_moment(language: str, moment: datetime, timezone: str) -> str:
    """A day and time in the reader's zone: `mardi 24 novembre, 11:00`."""
    return f"{format_day(language, moment, timezone)}, {format_clock(language, moment, timezone)}"


def format_full_moment(language: str, moment: datetime, timezone: str) -> str:
    """A day with its year, and the time, in the reader's zone: `24 novembre 2026 à 11:00`."""
    day, clock = format_full_date(language, moment, timezone), format_clock(language, moment, timezone)
    return f"{day} à {clock}" if language == "fr" else f"{day} at {clock}"


def format_clock(language: str, moment: datetime, timezone: str) -> str:
    """An hour and minute in the reader's zone."""
    return str(format_time(moment, "HH:mm", tzinfo=ZoneInfo(timezone), locale=LOCALES[language]))


def name_country(language: str, code: str) -> str:
    """A country by its ISO code, as its readers call it: FR -> France; what is no code stays as it is."""
    return str(Locale.parse(LOCALES[language]).territories.get(code.upper(), code))


def _day_of(moment: datetime | date, timezone: str) -> date:
    return moment.astimezone(ZoneInfo(timezone)).date() if isinstance(moment, datetime) else moment
