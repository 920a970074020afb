"""How people write a price: `1 200`, `1,200`, `1.200,50` and `49.90` are all numbers. Pure."""

import re

# A separator before exactly three digits parts thousands, before one or two the cents; "-" stands for either where
# an earlier step kept it apart from the marks that end a sentence.
NUMBER = r"(?:\d{1,3}(?:[ .,-]\d{3})+(?!\d)(?:[.,-]\d{1,2}(?!\d))?|\d{1,6}(?:[.,-]\d{1,2}(?!\d))?)"
_CENTS = re.compile(r"[.,-](\d{1,2})$")


def to_minor(number: str, minor_per_unit: int = 100) -> int:
    """A written number in minor units: `1 200` -> 120000, `49,9` -> 4990."""
    cents = _CENTS.search(number)
    whole = re.sub(r"\D", "", number[: cents.start()] if cents else number)
    return int(whole) * minor_per_unit + int((cents.group(1) if cents else "").ljust(2, "0")) * minor_per_unit // 100
