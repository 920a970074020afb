"""Words -> a size with the country whose number it is: "in UK 12", "une taille anglaise 12", "44 italien". Pure."""

import re

_COUNTRIES = {
    "UK": r"uk|gb|british|anglais(?:e|es)?|britanniques?",
    "US": r"us|usa|american|americain(?:e|es|s)?",
    "FR": r"fr|french|francais(?:e|es)?",
    "IT": r"it|italian|italien(?:ne|nes|s)?",
    "DE": r"german|allemand(?:e|es|s)?",
    "EU": r"eu|european|europeen(?:ne|nes|s)?",
}
_ANY = "|".join(_COUNTRIES.values())
_SIZE_WORD = r"(?:taille|pointure|sizes?|women['’ ]?s|men['’ ]?s|shoes?)"
_UNIT = (
    r"€|euros?|pounds|dollars|cm|ans|years|mn|min|h\b|heures?|hours?|jours?|days?|%|fois|colis|articles?|pieces?|points?"
)
_NUMBER = rf"(\d{{1,2}}(?:[., ]5\b)?)(?![\w€$£%]|[.,]\d| ?(?:{_UNIT}))"
# "us" and "it" are words, too: they count behind a word for sizes, or where nothing but a size is said.
_LEAD = rf"(?:^|\b(?:en|in|du|a|an|un|une|wear|wearing|porte|fais|am|chausse|and|et|or|ou|{_SIZE_WORD}) |[(,;:] ?)"
_BEFORE = re.compile(rf"{_LEAD}(?P<country>{_ANY})\.? ?(?:{_SIZE_WORD} )*{_NUMBER}")
_PLAIN_BEFORE = re.compile(rf"\b(?P<country>uk|gb|eu|fr|british|french|european) ?(?:{_SIZE_WORD} )*{_NUMBER}")
_AFTER = re.compile(
    r"(?<![\w.,])(\d{1,2}(?:[., ]5)?) ?(?P<country>uk|gb|us|eu|fr)\b(?! (?:dollars?|pounds?|stores?|shops?))"
)
_BEHIND = re.compile(
    rf"\b(?:{_SIZE_WORD}|(?:fais|fait|chausse|porte) du) (\d{{1,2}}(?:[., ]5)?) (?P<country>{_ANY})\b"
)


_LEAST_CONTINENTAL = 28  # "j'ai eu 2 pulls" is no size


def find_stated_size(folded: str) -> tuple[str, int, int]:
    """(size as "UK 12", where it begins, where it ends) in a text without accents and capitals; ("", 0, 0) for none."""
    for pattern in (_BEFORE, _PLAIN_BEFORE, _BEHIND, _AFTER):
        if found := pattern.search(folded):
            number = next(each for each in found.groups() if each and each[0].isdigit())
            country, size = _country(found.group("country")), re.sub("[, ]", ".", number)
            start = min(found.start("country"), found.start(found.groups().index(number) + 1))
            if country in ("UK", "US") or float(size) >= _LEAST_CONTINENTAL:
                return f"{country} {size}", start, found.end()
    return "", 0, 0


def _country(word: str) -> str:
    return next(code for code, words in _COUNTRIES.items() if re.fullmatch(words, word))
