"""How people write a price: `1 200`, `1,200`, `1.200,50`, `49.90`, `¥5,000` and `12.500 KD` are all numbers. Pure."""

import re
from collections.abc import Mapping
from decimal import Decimal

from babel.numbers import get_currency_precision

# A separator before exactly three digits parts thousands, before one or two the cents; "-" stands for either where
# an earlier step kept it apart from the marks that end a sentence.
NUMBER = r"(?:\d{1,3}(?:[ .,-]\d{3})+(?!\d)(?:[.,-]\d{1,3}(?!\d))?|\d{1,8}(?:[.,-]\d{1,2}(?!\d))?)"
# What people call a currency, without accents -> whose it may be.
_CALLED: Mapping[str, frozenset[str]] = {
    r"€|euros?|eur|balles": frozenset({"EUR"}),
    r"\$|dollars?|usd|bucks?": frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD"}),
    r"£|pounds?|gbp|quid|livres sterling": frozenset({"GBP"}),
    r"¥|yens?|jpy": frozenset({"JPY", "CNY"}),
    r"₩|wons?|krw": frozenset({"KRW"}),
    r"dinars?|kwd|kd|bhd|jod|tnd|dt": frozenset({"KWD", "BHD", "JOD", "TND", "IQD", "DZD", "LYD"}),
    r"francs?|chf": frozenset({"CHF", "XOF", "XAF", "XPF"}),
    r"dirhams?|aed|mad": frozenset({"AED", "MAD"}),
    r"kronor|kroner|couronnes|sek|nok|dkk": frozenset({"SEK", "NOK", "DKK", "CZK", "ISK"}),
    r"zlotys?|pln": frozenset({"PLN"}), r"rupees?|roupies?|inr": frozenset({"INR"}),
    r"yuans?|rmb|cny": frozenset({"CNY"}),
}  # fmt: skip
SIGN = r"(?:[€$£¥₩]|(?:eur|usd|gbp|jpy|krw|kwd|kd|chf|sek|nok|dkk|pln|inr|cny|aed)\b)"  # before the number
_WORDS = "|".join(each for said in _CALLED for each in said.split("|") if each[-1] not in "€$£¥₩")
UNIT = rf"(?:[€$£¥₩]|(?:{_WORDS})\b)"


def minor_per_unit(currency: str) -> int:
    """How many of its smallest units make one: 100 for EUR, 1 for JPY, 1000 for KWD."""
    return int(10 ** get_currency_precision(currency))


def to_minor(number: str, minor_per_unit: int = 100) -> int:
    """A written number in minor units: `1 200` -> 120000, `49,9` -> 4990; with a thousand a unit, `12.500` -> 12500."""
    places = len(str(minor_per_unit)) - 1
    cents = re.search(r"[.,-](\d{1,2})$|[.-](\d{3})$" if places == 3 else r"[.,-](\d{1,2})$", number)
    whole = re.sub(r"\D", "", number[: cents.start()] if cents else number)
    part = next((each for each in cents.groups() if each), "") if cents else ""
    return int(whole) * minor_per_unit + int(part.ljust(places, "0")[:places] or 0)


def read_amount(number: str, currency: str) -> Decimal:
    """A written number in units: `1 200,50` -> 1200.5. Cents that the currency has not are kept."""
    finest = max(100, minor_per_unit(currency))
    return Decimal(to_minor(number, finest)) / finest


def names_other_currency(said: str, currency: str) -> bool:
    """Whether a price in a text, folded, is told in another currency than this one, and in this one none."""
    named = [known for words, known in _CALLED.items() if re.search(
        rf"\d\s*(?:{words})(?!\w)|(?<!\w)(?:{words})\s*\d", said)]  # fmt: skip
    return bool(named) and not any(currency in known for known in named)
