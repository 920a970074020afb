"""Stage A6: what was typed -> words that compare: no case, no accents, no plural. Pure."""

import re
from functools import lru_cache

from bot.commerce.folding import fold

_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+|[€$£]|[,;.!?:]")
# What French and English add to a root, and how long the word must be for it to be an ending: `packable`, `repassage`.
_ENDS = (("abl", 6), ("ed", 6), ("ing", 7), ("ag", 8), ("er", 10))
_WHOLE = frozenset({"recyclable", "recyclables"})  # what can be is not what has been: `recycled`
STOPS = frozenset(",;.!?:")


def tokens_of(text: str) -> list[str]:
    """Folded words, numbers, currency signs and the marks that end a thought, in their order."""
    return _TOKEN.findall(fold(text))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A folded word without the ends that only say how many or which gender: `rayees`, `raye` -> `ray`."""
    if word in _WHOLE:
        return word.removesuffix("s")
    if len(word) > 3 and word[-1] in "sx" and not word.endswith("ss"):
        word = word[:-1]
    while len(word) > 4 and word[-1] == "e":
        word = word[:-1]
    return next((word[: -len(end)] for end, least in _ENDS if word.endswith(end) and len(word) >= least), word)


def stems_of(text: str) -> tuple[str, ...]:
    """The stems of a text's words, marks and signs left out."""
    return tuple(stem(token) for token in tokens_of(text) if token[0].isalnum())
