"""Stage 3: who is known to be a minor, by the trait `birth_date`: nothing is sold to them. Pure.

Of several dates for one person the youngest counts. Whoever told none is not asked for one.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from bot.decision.calendar import BIRTH_DATE as BIRTH_DATE

ADULT_YEARS = 18
_LATEST = timedelta(hours=12)  # where on earth the day begins last


def latest_adult_birth(at: datetime) -> str:
    """Who was born on this day or before is of age at that moment wherever they are."""
    today = (at - _LATEST).date()
    return f"{today.year - ADULT_YEARS:04}-{today:%m-%d}"


def read_birth(said: Any) -> str:
    """The day as YYYY-MM-DD; "" for what is none."""
    try:
        return date.fromisoformat(said[:10]).isoformat() if isinstance(said, str) else ""
    except ValueError:
        return ""


def is_minor(births: Iterable[str], at: datetime) -> bool:
    """Whether any of a person's days of birth makes them one at that moment."""
    return any(each > latest_adult_birth(at) for each in births)
