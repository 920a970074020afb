"""Sizes of one country -> those of another: what somebody wears, in what a product is labelled in. Pure; never a guess.

Where the tables come from:
- shoes: the definitions that ISO/TS 19407 converts by. A European size is a Paris point (2/3 cm of the last), a British
  one a barleycorn (1/3 inch, from 25 on). American ones lie 0.5 to 1 above the British for men, 2 to 2.5 for women:
  makers differ, and both are kept;
- women's clothes: the fixed steps of the usual retail tables (UK 12 = US 8 = FR 40 = IT 44 = DE 38);
- men's trousers: the waist in inches (32 = FR 42 = IT 48); men's jackets: the chest in inches (38 = FR, IT, DE 48).
Letters are not converted: EN 13402-3 states an M by the bust (90-98 cm), shops sell it as a French 38, 40 or 42.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from bot.commerce.types import Product
from bot.recommend.traits import department_of, sizes_of, slot_of

Span = tuple[float, float]
Kind = Literal["", "women", "trousers", "jacket", "womens_shoes", "mens_shoes", "shoes"]

_STATED = re.compile(r"(UK|US|FR|IT|DE|EU) (\d{1,2}(?:\.5)?)")
_NEAR = 0.25  # of a European step: no wearer feels it
_BETWEEN = 1.0  # further from the next size than this, it is none of the two
_BARLEYCORN_IN_POINTS = 1.27
_FIRST_BARLEYCORN = 25
# What is added to reach the French number, and the numbers that exist.
_CLOTHES: Mapping[Kind, Mapping[str, tuple[int, range]]] = {
    "women": {
        "FR": (0, range(30, 57, 2)), "UK": (28, range(4, 29, 2)), "US": (32, range(0, 25, 2)),
        "IT": (-4, range(34, 61, 2)), "DE": (2, range(28, 55, 2)),
    },
    "trousers": {
        "FR": (0, range(34, 61, 2)), "UK": (10, range(26, 47)), "US": (10, range(26, 47)),
        "IT": (-6, range(40, 67, 2)), "DE": (-6, range(40, 67, 2)),
    },
    "jacket": {
        "FR": (0, range(42, 67, 2)), "UK": (10, range(32, 57)), "US": (10, range(32, 57)),
        "IT": (0, range(42, 67, 2)), "DE": (0, range(42, 67, 2)),
    },
}  # fmt: skip
_SHOES: Mapping[str, Mapping[str, Span]] = {  # what is taken off to reach the British size
    "UK": {"shoes": (0, 0), "womens_shoes": (0, 0), "mens_shoes": (0, 0)},
    "US": {"womens_shoes": (2, 2.5), "mens_shoes": (0.5, 1)},
}
_SMALLEST_EUROPEAN, _LARGEST_EUROPEAN = 30, 50  # no British or American shoe bears such a number
_LETTERS = {"2XL": "XXL", "3XL": "XXXL", "XXS": "2XS"}


def country_of(product: Product) -> str:
    """Whose numbers a product's sizes are (FR, UK, US, IT, DE; EU for shoes), as the shop tells it; "" unknown."""
    stated = str(product.attributes.get("size_country", "")).upper()
    if stated or slot_of(product) != "shoes":
        return "UK" if stated == "GB" else stated
    numbers = [_number(size) for size in sizes_of(product)]
    return "EU" if all(_SMALLEST_EUROPEAN <= each <= _LARGEST_EUROPEAN for each in numbers) else ""


def own_sizes(product: Product, said: str) -> tuple[str, ...]:
    """A product's own sizes that a said one is ("38", "L", "UK 12"); two where it lies between them, () unknown."""
    sizes = sizes_of(product)
    same = tuple(size for size in sizes if _spelt(size) == _spelt(said))
    if same:
        return same[:1]
    if within := tuple(size for size in sizes if holds(size, said)):
        return within[:1]
    stated = _STATED.fullmatch(said)
    if stated is None:
        return ()
    return _converted(product, sizes, stated.group(1), float(stated.group(2)))


def holds(size: str, said: str) -> bool:
    """Whether a size that spans several ("41-45") holds the number that was said."""
    span = re.fullmatch(r"(\d{2}) ?[-–/] ?(\d{2})", size)
    return span is not None and int(span.group(1)) <= _number(said) <= int(span.group(2))


def told_elsewhere(system: str, size: str, own_system: str) -> str:
    """A size of one size system as another country's system is told of it ("UK 12"); "" where that is no such pair."""
    (kind, _, country), (own_kind, _, own_country) = system.partition("@"), own_system.partition("@")
    country = country or ("eu" if kind.endswith("shoes") else "")
    is_pair = kind == own_kind and country and country != own_country
    return f"{country.upper()} {size}" if is_pair else ""


def is_foreign(size: str) -> bool:
    """Whether a size was said with its country."""
    return bool(_STATED.fullmatch(size))


def _converted(product: Product, sizes: Sequence[str], country: str, number: float) -> tuple[str, ...]:
    kind, own = _kind_of(product), country_of(product)
    if own in ("", country) or country == "EU" and own not in ("UK", "US") and "shoes" not in kind:
        # The very same numbers; or a European one where nobody tells the country: what the label says.
        return tuple(size for size in sizes if (own or country in ("FR", "EU")) and _number(size) == number)
    wanted = _span(kind, country, number)
    spans = [(size, span) for size in sizes if (span := _span(kind, own, _number(size)))]
    if wanted is None:
        return ()
    near = tuple(size for size, span in spans if _gap(span, wanted) <= _NEAR)
    return near if len(near) <= 2 and near else _neighbours(spans, wanted)


def _neighbours(spans: Sequence[tuple[str, Span]], wanted: Span) -> tuple[str, ...]:
    """The size below and the one above, where it lies between two."""
    middle = sum(wanted) / 2
    below = [(sum(span) / 2, size) for size, span in spans if -_BETWEEN <= sum(span) / 2 - middle <= 0]
    above = [(sum(span) / 2, size) for size, span in spans if 0 < sum(span) / 2 - middle <= _BETWEEN]
    return (max(below)[1], min(above)[1]) if below and above else ()


def _span(kind: Kind, country: str, number: float) -> Span | None:
    """A size on the scale of its kind: French numbers, Paris points for shoes; None where no table has it."""
    if "shoes" in kind:
        return _points(kind, country, number)
    step, known = _CLOTHES.get(kind, {}).get(country, (0, range(0)))
    return (number + step, number + step) if number in known else None


def _points(kind: Kind, country: str, number: float) -> Span | None:
    if country in ("EU", "FR", "IT", "DE"):
        return (number, number) if _SMALLEST_EUROPEAN <= number <= _LARGEST_EUROPEAN else None
    off = _SHOES.get(country, {}).get(kind)
    if off is None or not 1 <= number <= 16:
        return None
    low, high = (_BARLEYCORN_IN_POINTS * (number - each + _FIRST_BARLEYCORN) for each in (off[1], off[0]))
    return low, high


def _kind_of(product: Product) -> Kind:
    slot, department = slot_of(product), department_of(product)
    if slot == "shoes":
        return "womens_shoes" if department == "women" else "mens_shoes" if department == "men" else (
            "shoes" if not department else "")
    if department == "women" and slot in ("top", "bottom", "dress", "outer"):
        return "women"
    if department == "men":
        return "trousers" if slot == "bottom" else "jacket" if slot == "outer" else ""
    return ""


def _gap(one: Span, other: Span) -> float:
    return max(one[0] - other[1], other[0] - one[1], 0.0)


def _number(size: str) -> float:
    plain = size.replace(",", ".").replace("½", ".5")
    return float(plain) if re.fullmatch(r"\d+(?:\.\d+)?", plain) else -1.0


def _spelt(size: str) -> str:
    folded = size.strip().upper().replace(",", ".")
    return _LETTERS.get(folded, folded)
