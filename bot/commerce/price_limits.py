"""What a sentence says of prices: "under 80", "entre 50 et 80 €", "rien au-dessus de 49,90". Pure.

One reading for whoever looks for something, states a style or changes a basket by talking.
"""

import re

from bot.commerce.spelt_numbers import NUMBER_WORDS, value_of
from bot.commerce.spoken_prices import NUMBER, SIGN, UNIT, to_minor

# What is counted or measured otherwise: "not more than 2 colours".
_COUNTED = (
    r"(?:couleurs|coloris|colou?rs|pieces|articles|items|things|choses|produits|products|paires|pairs|boutons|buttons|"
    r"poches|pockets|personnes|people|fois|times|tailles|sizes|marques|brands|matieres|materials|minutes|modeles|models)\b"
)
_NO_PRICE = (
    r"(?!\d)(?!\s*(?:jours?|days?|h\b|heures?|hours?|semaines?|weeks?|ans\b|years?|mois|months?|cm|mm|kg|%|"
    rf"{_COUNTED}))"
)
_NUMBER = rf"({NUMBER}){_NO_PRICE}"
_UNIT = rf"\s*{UNIT}"
_AMOUNT = rf"(?:{SIGN}\s*)?{_NUMBER}(?:{_UNIT}|e\b)?"
# "En 38 ou 40 à 80 €" tells sizes and a price.
_BEHIND_NO_SIZE = (
    r"(?<!taille )(?<!pointure )(?<!size )(?<!en )(?<!in )(?<!du )"
    r"(?<!\d\d ou )(?<!\d\d or )(?<!\d\d et )(?<!\d\d and )(?<!\d\d-)(?<!\d\d/)(?<!\d\d, )"
    r"(?<!\d\d - )(?<!\d\d / )"
)
_BETWEEN = re.compile(
    rf"\b(?:entre|between|budget(?: (?:de|of|is|est|from|entre|between))?\s*:?)\s+{_AMOUNT}\s*(?:et|and|a|to|-)"
    rf"\s*{_AMOUNT}(?![\w%])"
    rf"|{_BEHIND_NO_SIZE}(?:{SIGN}\s*)?\b{_NUMBER}(?:{_UNIT})?"
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
    rf"|(?!\d\s*max){_AMOUNT}\s*(?:max(?!\s*\d)|maximum(?!\s*\d)|maxi|"
    r"or less|ou moins|a tout casser)\b"
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
_PRICED = (
    r"(?:(?:moins|plus|au[- ]dessus|en[- ]dessous|au[- ]dela|a partir|autour|budget) de|plus que|under|below|max|"
    r"maximum|minimum|over|above|budget|between|entre|around|about|environ|less than|more than|up to|at least|at most|"
    r"au moins|sous|jusqu'a|depasser|exceeding|beyond|et|and|a|to)"
)
_SPELT = re.compile(rf"(?P<priced>\b{_PRICED} )?\b(?P<number>{NUMBER_WORDS})(?![\w-])(?P<unit>{_UNIT})?")
_LEAST_PRICED = 10  # "under two" is none; "under two euros" is


def spell_numbers(said: str) -> str:
    """Numbers in words as digits, where a price is spoken of: "between fifty and a hundred and twenty euros"."""
    return _SPELT.sub(_in_digits, said)


def _in_digits(found: re.Match[str]) -> str:
    value = value_of(found["number"])
    is_price = found["unit"] and value > 1 or found["priced"] and value >= _LEAST_PRICED
    return f"{found['priced'] or ''}{value}{found['unit'] or ''}" if is_price else found[0]


def read_limits(said: str, minor_per_unit: int) -> tuple[int, int, str]:
    """(least, most, the words without them), in minor units; 0 for no limit."""
    if between := _BETWEEN.search(said):
        low, high = sorted(to_minor(each, minor_per_unit) for each in between.groups() if each)
        return low, high, _cut(said, between)
    if around := _AROUND.search(said):
        middle = to_minor(_first(around), minor_per_unit)
        return round(middle * _LEAST_OF_ABOUT), round(middle * _MOST_OF_ABOUT), _cut(said, around)
    low, high, left = 0, 0, said
    for pattern in (_NO_LESS, _NO_MORE, _AT_MOST, _AT_LEAST):  # a no first: it turns round what stands behind it
        is_least = pattern in (_NO_LESS, _AT_LEAST)
        if not (low if is_least else high) and (limit := pattern.search(left)):
            amount = to_minor(_first(limit), minor_per_unit)
            low, high = (amount, high) if is_least else (low, amount)
            left = _cut(left, limit)
    if low or high:
        return low, high, left
    if about := _ABOUT.search(said):
        return 0, to_minor(_first(about), minor_per_unit), _cut(said, about)
    return 0, 0, said


def _first(match: re.Match[str]) -> str:
    return next(each for each in match.groups() if each)


def _cut(said: str, match: re.Match[str]) -> str:
    return f"{said[: match.start()]} {said[match.end() :]}"
