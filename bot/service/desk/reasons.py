"""Stage A4: words -> why an order is cancelled, by what the reasons mean. Pure."""

import re
from collections.abc import Collection

from bot.service.answers import simplify

_REASONS = (
    ("ordered_by_mistake", re.compile(
        r"\b(?:mistake\w*|accident\w*|wrong (?:one|item|thing|order)|by error|didn'?t mean|did not mean|unintention\w*|erroneous\w*|twice|duplicate|"
        r"double|par erreur|trompe\w*|sans le vouloir|my (?:kid|son|daughter|child|cat)\b.*\border)"
    )),
    ("no_longer_needed", re.compile(
        r"\b(?:no longer|don'?t (?:really |actually )?(?:need|want)|do not (?:need|want)|not need\w*|doesn'?t need|needed any ?more|changed my mind|change of mind|chang\w+ (?:of )?plans?|"
        r"found (?:it |the \w+ |something |a |one |them )*(?:cheaper|better|elsewhere|for)|bought (?:it|one|another|them) (?:else|at|from)|too expensive|can'?t afford|"
        r"already (?:have|got|bought)|not interested|regret|won'?t (?:need|be)|wouldn'?t need|(?:lost|not) (?:the )?interest|n'en ai plus besoin|plus besoin|n'en veux plus|"
        r"change d'avis|travel\w*|moving|other store|another store|cheaper)"
    )),
)  # fmt: skip


def find_meaning(text: str, meanings: Collection[str]) -> str:
    """The first of these meanings that words have, "" for none."""
    said = simplify(text)
    return next((meaning for meaning, words in _REASONS if meaning in meanings and words.search(said)), "")
