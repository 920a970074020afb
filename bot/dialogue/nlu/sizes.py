"""Stage A2: the sizes that a text names, as letters, as words and as the numbers of several countries. Pure."""

import re
from typing import Iterator, Sequence

from bot.dialogue.nlu.text import Found

_LETTERS = r"(?:xx?s|s|m|l|x{1,3}l|[2-5]xl)"
_SIZE_NAMES = rf"{_LETTERS}|extra[ -]large|extra[ -]small|small|medium|large|taille unique|one size"
_SIZE_WORDS = rf"{_SIZE_NAMES}|\d{{2}}(?:[.,/-]\d{{1,2}})?"
_NUMBER_SIZE = r"\d{1,2}(?:[.,]5)?(?:/\d{2})?"
_EUROPEAN = r"3[4-9](?:[.,]5)?|4\d(?:[.,]5)?"
_NO_UNIT = (
    r"(?![\w'€%£$:])(?!\s?(?:€|£|\$|eur|euros?|jours?|days?|minutes?|min|rue|hours?|h\b|heures?|ans?\b|years?|yrs?|mois|months?|weeks?|semaines?|balles|quid|pounds"
    r"|cm|kg|km|mm|inch|inches|pouces|percent|fois|times|pieces?|pairs?|paires?|articles?|items?|points?|st\b|street|road|avenue|%|degres|degrees|colis|parcels))(?![.,]\d)"
)
_SIZE = re.compile(
    r"\b(?:en(?: taille)?|tailles?|in(?: a| an| the)?(?: size)?|sizes?|pointures?|du|chauss(?:e|ais|er|ant)(?: du)?|wear(?:s|ing)?(?: a)?|porte du|fais du|(?:un|une|a|the|le|la) (?="
    + _SIZE_NAMES
    + r")"
    r"|uk|eu|us|fr|it in|waist|chest|shoes?(?= \d)|tour de taille)(?: size| uk| eu| us| fr)?[ :=]+(?:un |a |an |du |le |en |size |taille |is |est |c'est |uk |eu |us )?("
    + _SIZE_WORDS
    + r")"
    + _NO_UNIT
)
_SIZE_NUMBER = re.compile(
    r"\b(?:taille|size|sizes|pointure|uk|eu|us|chauss(?:e|ais|er)(?: du)?|wear(?: a)?|shoe|age|in an?|en un|is an?|i'm an?|she's an?|he's an?|s'en faut un|for an?|a uk|a us"
    r"|(?:you|there|needs?|wants?|takes?|got|have|it's|ordered|bought|received|clicked) an?)[ :=]*"
    r"(?:un |a |an |du |le |size |uk |eu |us )?(" + _NUMBER_SIZE + r")(?!\w)" + _NO_UNIT
)
_SIZE_BEFORE = re.compile(
    r"\b(\d{2})(?:\"|''|in)?[ -](?:waist|chest|inseam|leg|tour de poitrine|de tour de|small|fit|long|regular|slim)"
)
_SIZE_EUROPEAN = re.compile(
    r"\b(?:un|une|a|le|la|the|mon|ma|my|du|des|any|or|ou|contre|vers|entre|between|into|votre|vos|your|en)\s+("
    + _EUROPEAN
    + r")(?:'?s)?"
    + _NO_UNIT
)
_SIZE_PAIR = re.compile(
    r"\b("
    + _SIZE_NAMES
    + r"|"
    + _NUMBER_SIZE
    + r")(?:,? (?:instead of|rather than|au lieu d(?:e|u)|a la place d(?:e|u)|contre|not|pas|or|ou|and|et|vs|to|for|pour)| ?[/-])"
    r" ?(?:un |une |le |la |the |a |an |du |en |my |mon |uk |size |taille )*("
    + _SIZE_NAMES
    + r"|"
    + _NUMBER_SIZE
    + r")"
    + _NO_UNIT
)
_ABOUT_SIZES = re.compile(
    r"\b(?:sizes?|fits?|boots?|shoes?|trainers?|heels?|tailles?|pointures?|chauss\w*|baskets|bottes)\b"
)
_SWAP = re.compile(r"instead of|rather than|au lieu|a la place|contre")
_BARE_SIZE = re.compile(r"(?:^|(?<=[\s,(/]))(XXS|XS|S|M|L|XL|XXL|XXXL|[2-5]XL)(?=$|[\s,.!?)/])")
_ALONE = re.compile(
    r"(?:le |la |the |un |a |du |en |in )?(" + _SIZE_WORDS + r"|petite?|moyen|grande?|" + _NUMBER_SIZE + r")[.!]?"
)


def find_sizes(text: str, plain: str, expects: str) -> Iterator[Found]:
    """The sizes in a text; `plain` is the text folded, and a lone number is one where a size is expected."""
    alone = _ALONE.fullmatch(plain.strip())
    if expects == "size" and alone:
        start = plain.index(alone.group(1))
        yield Found("size", _to_size(alone.group(1)), start, start + len(alone.group(1)))
    for pattern in (_SIZE, _SIZE_NUMBER, _SIZE_BEFORE, _SIZE_EUROPEAN):
        for match in pattern.finditer(plain):
            yield Found("size", _to_size(match.group(1)), *match.span(1))
    for match in _BARE_SIZE.finditer(text):
        yield Found("size", match.group(1), *match.span(1))


def find_paired_sizes(plain: str, found: Sequence[Found]) -> Iterator[Found]:
    """The other size of "the 10 instead of the 12", where one is known for a size, or both look like one."""
    known = {(each.start, each.end) for each in found if each.name == "size"}
    for match in _SIZE_PAIR.finditer(plain):
        spans = [match.span(1), match.span(2)]
        are_usual = all(re.fullmatch(rf"{_SIZE_NAMES}|{_EUROPEAN}", match.group(at)) for at in (1, 2))
        if (
            are_usual
            or _SWAP.search(match.group())
            or _ABOUT_SIZES.search(plain)
            and " or " in match.group()
            or any(span in known for span in spans)
        ):
            yield from (
                Found("size", _to_size(plain[start:end]), start, end)
                for start, end in spans
                if (start, end) not in known
            )


def _to_size(word: str) -> str:
    named = {
        "small": "S",
        "petit": "S",
        "petite": "S",
        "medium": "M",
        "moyen": "M",
        "large": "L",
        "grand": "L",
        "grande": "L",
        "extra large": "XL",
        "2xl": "XXL",
        "taille unique": "one size",
        "one size": "one size",
    }
    return named.get(word, word.upper())
