"""Stage B2: values as silos write them -> values that compare. Pure; what cannot be read gives None."""

import re
import unicodedata
from datetime import date, datetime

import phonenumbers
from email_validator import EmailNotValidError, validate_email

# Letters that NFKD leaves as they are.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "œ": "oe", "æ": "ae", "ı": "i", "þ": "th", "ð": "d"})
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_ISO = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?$")
_DAY_FIRST = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})$")
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})  # Google: "dots don't matter in Gmail addresses" (2026-11)
_STREETS = {
    "av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard", "blvd": "boulevard", "boul": "boulevard",
    "st": "street", "rd": "road", "ln": "lane", "sq": "square", "pl": "place", "ch": "chemin", "rte": "route",
    "imp": "impasse", "all": "allee", "apt": "appartement", "app": "appartement", "fbg": "faubourg", "r": "rue",
    "str": "strasse", "bis": "b", "ter": "t",
}


def fold(text: str) -> str:
    """Lower case without accents or punctuation, single blanks between words."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join(_NOT_A_WORD.sub(" ", letters.replace("'", "").replace("’", "")).split())


def normalise_text(value: object) -> str | None:
    """Folded words, for names, places, occupations."""
    return fold(str(value)) or None if value is not None else None


def normalise_email(value: object) -> str | None:
    """The mailbox: no tag, no dots where they mean nothing. For comparing, not for writing to."""
    try:
        found = validate_email(str(value or "").strip(), check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError:
        return None
    local, domain = found.local_part.casefold().partition("+")[0], found.domain.casefold()
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}" if local else None


def normalise_phone(value: object, region: str = "FR") -> str | None:
    """E.164; `region` is the country of numbers that are written without one."""
    try:
        number = phonenumbers.parse(str(value or ""), region or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_postcode(value: object) -> str | None:
    """Letters and digits alone."""
    return fold(str(value)).replace(" ", "") or None if value is not None else None


def postcode_area(postcode: str | None) -> str | None:
    """The part that neighbours share: `sw1a` of `sw1a2bj`, `75` of `75011`."""
    if not postcode:
        return None
    return postcode[:-3] if len(postcode) > 4 else postcode[:2]


def normalise_date(value: object) -> str | None:
    """YYYY-MM-DD. An impossible day (`1856-86-18`) is kept: as a typing error it still tells people apart."""
    if isinstance(value, date):  # a datetime is one
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    text = str(value or "").strip()
    if found := _ISO.match(text):
        return "-".join(found.groups())
    if found := _DAY_FIRST.match(text):
        day, month, year = found.groups()
        return f"{year}-{month:0>2}-{day:0>2}"
    return None


def normalise_street(value: object) -> str | None:
    """Folded, with the usual abbreviations written out."""
    words = fold(str(value)).split() if value is not None else []
    return " ".join(_STREETS.get(word, word) for word in words) or None
