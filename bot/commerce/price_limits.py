"""What a sentence says of prices: "under 80", "entre 50 et 80 €", "rien au-dessus de 49,90". Pure.

One reading for whoever looks for something, states a style or changes a basket by talking.
"""

import re

from bot.commerce.spoken_prices import NUMBER, SIGN, UNIT, to_minor

_NO_PRICE = r"(?!\d)(?!\s*(?:jours?|days?|h\b|heures?|hours?|semaines?|weeks?|ans\b|years?|mois|months?|cm|mm|kg|%))"
_NUMBER = rf"({NUMBER}){_NO_PRICE}"
_UNIT = rf"\s*{UNIT}"
_AMOUNT = rf"(?:{SIGN}\s*)?{_NUMBER}(?:{_UNIT}|e\b)?"
_BETWEEN = re.compile(
    rf"\b(?:entre|between)\s+{_AMOUNT}\s*(?:et|and|a|to|-)\s*{_AMOUNT}(?![\w%])"
    rf"|(?<!taille )(?<!pointure )(?<!size )(?<!en )(?<!in )(?<!du )(?:{SIGN}\s*)?\b{_NUMBER}(?:{_UNIT})?"
    rf"\s*(?:-|a|to)\s*(?:{SIGN}\s*{_NUMBER}|{_NUMBER}{_UNIT})"  # "60-90 €"
)
# "Rien au-dessus de 80 €", "I don't want to pay more than 80": a no turns a limit round.
_NOT = (
    r"\b(?:rien|jamais|pas|nothing|never|not|none|no|don'?t|can'?t|without|sans|ne)"
    r"(?: (?:pas|anything|something|things?|ones?|it|that|is|want|wish|like|to|go|spend|pay|cost|costs|costing|pas|"
    r"me|qui|soit|est|coute|veux|depense|depenser|paye|payer|mettre|aller|cher|dearer|de|d'))*"
)
_OVER = r"(?:au[- ]dessus|au[- ]dela|plus(?: cher)?|dearer|over|above|more(?: expensive)?|beyond)(?: de| que| than)?"
_UNDER = r"(?:en[- ]dessous|moins|under|below|less)(?: de| que| than)?"
_EXCEED = r"\b(?:sans|pas|ne|not|without|never|don'?t|doesn'?t)(?: \w+)? (?:depass\w+|exceed\w*)(?: pas)?"
_NO_MORE = re.compile(rf"(?:{_NOT} {_OVER}|{_EXCEED})\s*{_AMOUNT}")
_NO_LESS = re.compile(rf"{_NOT} {_UNDER}\s*{_AMOUNT}")
_AT_MOST = re.compile(
    r"(?:\b(?:moins de|en[- ]dessous de|jusqu'?a|maximum|max|sous|under|below|less than|up to|at most)|"
    r"inferieure?s? a|budget(?: maxi?(?:mum)?)?(?: de| of| is| est)?)"
    rf"\s*:?\s*{_AMOUNT}(?:\s*(?:max|maximum))?"
    rf"|(?!\d\s*max){_AMOUNT}\s*(?:max|maximum|maxi|or less|ou moins|a tout casser)\b"
)
_AT_LEAST = re.compile(
    r"\b(?:plus de|au[- ]dessus de|au[- ]dela de|over|above|more than|at least|au moins|a partir de|minimum)"
    rf"\s*{_AMOUNT}"
    rf"|\bfrom\s+(?:{_NUMBER}{_UNIT}|{SIGN}\s*{_NUMBER})"
)
# "une robe à 80 euros", "robe 80€": no dearer than that. "around 80 euros": a little less or more.
_ABOUT = re.compile(rf"(?:\b(?:a|pour|at|for)\s+)?(?:\b{_NUMBER}{_UNIT}|{SIGN}\s*{_NUMBER})")
_AROUND = re.compile(
    r"(?:\b(?:autour de|dans les|environ|a peu pres|aux alentours de|vers|around|about|roughly|approximately|circa)\s+"
    r"|~\s*)"
    rf"(?:{_NUMBER}{_UNIT}|{SIGN}\s*{_NUMBER})"
)
_LEAST_OF_ABOUT, _MOST_OF_ABOUT = 0.6, 1.2
_TENS = {
    "vingt": 20, "twenty": 20, "trente": 30, "thirty": 30, "quarante": 40, "forty": 40, "cinquante": 50, "fifty": 50,
    "soixante": 60, "sixty": 60, "soixante-dix": 70, "seventy": 70, "quatre-vingts": 80, "quatre-vingt": 80,
    "eighty": 80, "quatre-vingt-dix": 90, "ninety": 90, "cent cinquante": 150, "a hundred and fifty": 150, "cent": 100,
    "a hundred": 100, "hundred": 100, "one hundred": 100, "deux cents": 200, "two hundred": 200, "trois cents": 300,
    "three hundred": 300, "a thousand": 1000, "mille": 1000, "five thousand": 5000, "cinq mille": 5000,
    "ten thousand": 10_000, "dix mille": 10_000,
}  # fmt: skip
_SPELT = re.compile(rf"\b(?:{'|'.join(sorted(_TENS, key=len, reverse=True))})\b(?![- ](?:\d|{'|'.join(_TENS)})\b)")
_PRICED = (
    r"(?:moins de|plus de|under|below|max|maximum|over|above|budget|budget de|between|entre|around|about|autour de|"
    r"environ|less than|more than|up to|jusqu'a|et|and|a|to)"
)


def spell_numbers(said: str) -> str:
    """Numbers in words as digits, where a price is spoken of: "between fifty and eighty euros"."""
    if not re.search(rf"\b{_PRICED} (?:{_SPELT.pattern})|{_SPELT.pattern}{_UNIT}", said):
        return said
    priced = re.sub(rf"(\b{_PRICED} )({_SPELT.pattern})", lambda m: f"{m.group(1)}{_TENS[m.group(2)]}", said)
    return re.sub(rf"({_SPELT.pattern})(?={_UNIT})", lambda m: str(_TENS[m.group(1)]), priced)


def read_limits(said: str, minor_per_unit: int) -> tuple[int, int, str]:
    """(least, most, the words without them), in minor units; 0 for no limit."""
    if between := _BETWEEN.search(said):
        low, high = sorted(to_minor(each, minor_per_unit) for each in between.groups() if each)
        return low, high, _cut(said, between)
    if around := _AROUND.search(said):
        middle = to_minor(_first(around), minor_per_unit)
        return round(middle * _LEAST_OF_ABOUT), round(middle * _MOST_OF_ABOUT), _cut(said, around)
    if least := _NO_LESS.search(said):
        return to_minor(_first(least), minor_per_unit), 0, _cut(said, least)
    if most := _NO_MORE.search(said) or _AT_MOST.search(said):
        return 0, to_minor(_first(most), minor_per_unit), _cut(said, most)
    if least := _AT_LEAST.search(said):
        return to_minor(_first(least), minor_per_unit), 0, _cut(said, least)
    if about := _ABOUT.search(said):
        return 0, to_minor(_first(about), minor_per_unit), _cut(said, about)
    return 0, 0, said


def _first(match: re.Match[str]) -> str:
    return next(each for each in match.groups() if each)


def _cut(said: str, match: re.Match[str]) -> str:
    return f"{said[: match.start()]} {said[match.end() :]}"
