"""Whole numbers in words, 1 to 99,999, in French and English, folded: "cent vingt", "a hundred and fifty". Pure."""

import re
from collections.abc import Mapping

_ONES_FR = "un|une|deux|trois|quatre|cinq|six|sept|huit|neuf"
_TEENS_FR = "onze|douze|treize|quatorze|quinze|seize|dix(?:[- ](?:sept|huit|neuf))?"
_ONES_EN = "one|two|three|four|five|six|seven|eight|nine"
_TEENS_EN = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_BELOW_100_FR = (
    rf"(?:quatre[- ]vingts?(?:[- ](?:{_TEENS_FR}|{_ONES_FR}))?|soixante(?:(?:[- ]et)?[- ](?:{_TEENS_FR}|{_ONES_FR}))?"
    rf"|(?:vingt|trente|quarante|cinquante|septante|huitante|octante|nonante)(?:(?:[- ]et)?[- ](?:{_ONES_FR}))?"
    rf"|{_TEENS_FR}|{_ONES_FR})\b"
)
_BELOW_100_EN = (
    rf"(?:(?:twenty|thirty|fou?rty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:{_ONES_EN}))?"
    rf"|{_TEENS_EN}|{_ONES_EN})\b"
)
# "Between a hundred and two hundred": what begins another number is no part of this one.
_LAST_FR, _LAST_EN = rf"{_BELOW_100_FR}(?![- ](?:cents?|mille)\b)", rf"{_BELOW_100_EN}(?![- ](?:hundred|thousand)\b)"
_BELOW_1000_FR = rf"(?:(?:(?:{_TEENS_FR}|{_ONES_FR})[- ]cents?|cent)\b(?:[- ]{_LAST_FR})?|{_LAST_FR})"
_HUNDREDS_EN = rf"(?:(?:a|{_TEENS_EN}|{_ONES_EN})[- ])?hundred\b(?:(?: and |[- ]){_LAST_EN})?"
NUMBER_WORDS = (
    rf"(?:(?:{_BELOW_100_FR}[- ])?mille\b(?:[- ]{_BELOW_1000_FR})?|{_BELOW_1000_FR}"
    rf"|(?:(?:a|{_BELOW_100_EN})[- ])?thousand\b(?:(?: and |[- ]|, ?)(?:{_HUNDREDS_EN}|{_LAST_EN}))?"
    rf"|{_HUNDREDS_EN}|{_LAST_EN})"
)
_VALUES: Mapping[str, int] = {
    **{word: n for words in (
        "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen",
    ) for n, word in enumerate(words.split(), 1)},
    **{word: n * 10 for words in (
        "vingt trente quarante cinquante soixante septante huitante nonante",
        "twenty thirty forty fifty sixty seventy eighty ninety",
    ) for n, word in enumerate(words.split(), 2)},
    "une": 1, "a": 1, "octante": 80, "fourty": 40, "vingts": 20,
}  # fmt: skip


def value_of(words: str) -> int:
    """The number that words of `NUMBER_WORDS` say."""
    thousands = below = 0
    before = ""
    for word in re.findall(r"[a-z]+", words):
        if word in ("mille", "thousand"):
            thousands, below = max(below, 1) * 1000, 0
        elif word in ("cent", "cents", "hundred"):
            below = max(below, 1) * 100
        elif word in ("vingt", "vingts") and before == "quatre":
            below += 76
        else:
            below += _VALUES.get(word, 0)
        before = word
    return thousands + below
