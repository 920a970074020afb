"""Stage A3: "not necessarily black": words that leave something free, neither wished for nor refused. Pure."""

import re

_HOW = r"(?:forcement|obligatoirement|necessairement|specialement)"
LEAVES_FREE = (  # in folded words
    rf"\b(?:(?:n'est|n'a|ne doit|ne doivent|ce n'est|c'est) )?pas (?:(?:besoin|oblige\w*|la peine) )?"
    rf"(?:{_HOW}(?: (?:d')?etre)?|(?:d'|d |a |qu'\w+ )etre)\b"
    r"|\b(?:(?:it )?(?:is|are|was|it's) ?)?(?:not|n't|isn'?t|aren'?t) (?:necessarily|particularly|especially)\b"
    r"|\b(?:it )?(?:do|does|need) ?(?:n'?t|not) (?:(?:have|need) to )?be\b|\bno need to be\b"
)
_CUT = re.compile(
    rf"(?:{LEAVES_FREE})(?:(?!\s*\b(?:mais|but|plutot|rather|pour|for|et|and|sous|under|avec|with)\b)[^,;.!?]){{0,32}}"
)


def without_free(said: str) -> str:
    """Folded words without what they leave free."""
    return _CUT.sub(" ", said)
