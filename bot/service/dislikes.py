"""Stage A3: words -> whether they say no to a product that was shown, and whether they point at one. Pure."""

import re

from bot.service.answers import simplify

_NO = re.compile(
    r"\b(?:not (?:for me|my (?:style|taste|thing|cup of tea))|"
    r"(?:do not|don't|dont|did not|didn't) (?:really )?(?:like|fancy)|"
    r"hate|dislike|do not show|don't show|dont show|never show|stop showing|not (?:this|that)(?: one)?|"
    r"(?:n'?|j')?aime pas|aime pas|deteste|plait pas|pas (?:pour moi|mon style|mon gout|mon genre)|"
    r"pas (?:celui|celle)-(?:ci|la)|(?:me )?montre[rz]? (?:plus|pas))\b"
)
_POINTS = re.compile(
    r"\b(?:this|that|it|this one|that one|celui-ci|celle-ci|celui-la|celle-la|ca|cet article|ce produit|ce modele)\b"
    r"|\bl'(?:aime)\b|\b(?:il|elle) ne me plait\b|\b(?:me )?(?:le|la) montre"
)


def is_dislike(text: str) -> bool:
    """Whether a message says no to something: "I don't like ...", "pas pour moi"."""
    return not text.startswith("/") and bool(_NO.search(simplify(text)))


def is_pointing(text: str) -> bool:
    """Whether it means the thing that is spoken of: "it", "this one", "celle-ci"."""
    return bool(_POINTS.search(simplify(text)))
