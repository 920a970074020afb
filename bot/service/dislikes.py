"""Stage A3: words -> whether they say no to something that was shown, and to what. Pure.

Only what the no is said of counts: "I don't like this one", not "I don't like red, it does not suit me".
"""

import re

from bot.service.answers import simplify

_MINE = r"(?:for me|my (?:style|taste|thing|cup of tea)|pour moi|mon (?:style|gout|genre|truc))"
_NOT = r"(?:not|isn't|isnt|ain't|pas)(?: (?:really|at all|quite|vraiment|du tout|trop))?"
_REFUSES = (
    r"(?:(?:do not|don't|dont|did not|didn't) (?:really )?(?:like|fancy)|hate|dislike|"
    r"(?:do not show|don't show|dont show|never show|stop showing)(?: me)?|"
    r"(?:n'?|j')?aime (?:vraiment )?pas(?: (?:trop|vraiment|du tout|beaucoup|tellement))?|deteste|"
    r"(?:me )?montre[rz]? (?:plus|pas))"
)
_NO = re.compile(
    rf"\b(?:{_NOT} {_MINE}|{_REFUSES}|not (?:this|that)(?: one)?|plai(?:t|sent) pas|pas (?:celui|celle)-(?:ci|la))\b"
)
_THING = (
    r"(?:(?:it|this|that|these|those|them)(?: ones?)?|(?:this|that) (?:product|item|article|piece|model|thing)|ca|cela|"
    r"(?:celui|celle|ceux|celles)-(?:ci|la)|cet article|ce (?:produit|modele|truc))"
)
_END = (
    r"(?=$| (?:at all|any ?more|much|so much|either|really|again|please|thanks|because|since|as|though|but|and|"
    r"for me|to me|du tout|non plus|vraiment|trop|tellement|beaucoup|parce|car|mais|et|merci)\b)"
)
_POINTS = re.compile(
    rf"\b(?:{_REFUSES}|not|pas) {_THING}{_END}"
    rf"|\b{_THING} (?:ne )?(?:me )?plai(?:t|sent) pas|\b(?:il|elle|ils|elles) (?:ne )?(?:me )?plai(?:t|sent) pas"
    r"|\bl'aime (?:vraiment )?pas|\b(?:le|la|les) (?:montre[rz]? (?:plus|pas)|deteste)\b"
    rf"|\b{_THING}(?:'s| is| are)? {_NOT} {_MINE}|\b(?:ce n'est|c'est|c'est vraiment|ca n'est) {_NOT} {_MINE}"
    rf"|^(?:(?:no|non|nope|sorry|desole|vraiment|really|definitely) )*{_NOT} {_MINE}$"
)
_OF_A_KIND = re.compile(rf"\b(?:{_REFUSES}|not|pas) (?:this|that|ce|cet|cette) \w{{3,}}")


def is_dislike(text: str) -> bool:
    """Whether a message says no to something: "I don't like ...", "pas pour moi"."""
    return not text.startswith("/") and bool(_NO.search(simplify(text)))


def until_pointed(text: str) -> str:
    """The words up to the end of the thought that says no to what is spoken of: "it", "celle-ci"; "" for none.

    What comes after it is a reason, or something else.
    """
    return _until(text, _POINTS)


def until_kind(text: str) -> str:
    """The same of a thing that is pointed at by its kind: "I don't like this dress"."""
    return _until(text, _OF_A_KIND)


def _until(text: str, pattern: re.Pattern[str]) -> str:
    parts = re.split(r"[,;.!?]+", text)
    return next((",".join(parts[: at + 1]) for at, part in enumerate(parts) if pattern.search(simplify(part))), "")
