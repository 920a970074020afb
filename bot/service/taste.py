"""Stage A3: words -> the sizes that somebody tells of themselves, by kind, and what of their taste to forget. Pure.

"Du L en haut et du M en bas", "je chausse du 39", "a 38 in dresses"; "forget my budget", "plus de limite de prix".
"""

import re
from collections.abc import Callable, Mapping, Sequence

from bot.service.answers import simplify
from bot.service.references import find_size
from bot.service.wishes import Words, read_wish

_CLAUSES = re.compile(r"(?<!\d)[,.]|[,.](?!\d)|[;:!?/]|\bet\b|\band\b|\bmais\b|\bbut\b|\bpuis\b")
_LETTER = r"(xxs|xs|s|m|l|xl|xxl|xxxl|[234]xl)(?![\w'])"
_TOLD_LETTER = re.compile(
    rf"\b(?:du|une?|taille|size|an?|en|in|porte|fais|mets|wear|take|am|is|i'm) {_LETTER}"
    rf"|^{_LETTER} (?:en|in|for|pour|on)\b|\b(?:haut|bas|tops?|bottoms?|chemises?|shirts?) {_LETTER}"
)
_TOLD_NUMBER = re.compile(
    r"\b(?:fais|porte|chausse|wear|take|am|i'm|size|taille) (?:an?|une?|du|le)? ?(\d{2}(?:-\d{1,2})?)\b"
    r"|^(?:du |le )?(\d{2}(?:-\d{1,2})?) (?:en|in|for|pour|aux?)\b"
)
_PLACES: Mapping[str, re.Pattern[str]] = {
    "shoes": re.compile(r"\b(?:chausse|chaussures?|pointure|shoes?|feet|pieds?)\b"),
    "top": re.compile(r"\b(?:en haut|du haut|hauts?|tops?|upper body)\b"),
    "bottom": re.compile(r"\b(?:en bas|du bas|bas|bottoms?|lower body)\b"),
}
_SIZED_PLACES = frozenset({"outer", "top", "bottom", "dress", "shoes"})  # whatever is worn there is of one size
_FORGET = (
    r"\b(?:forget|drop|remove|delete|reset|oublie[rz]?|efface[rz]?|supprime[rz]?|enleve[rz]?|retire[rz]?|annule[rz]?"
    r"|peu importe)"
)
# "Plus de couleurs" may be more of them; a limit is never wanted more of.
_LIFT = r"(?:\b(?:lift|no more|no longer|without|leve[rz]?|plus de|sans)|\bplus d')"
_PARTS: Mapping[str, str] = {
    "budget": r"budget|price limit|limit on (?:the )?price|limite(?: de (?:prix|budget))?|prix(?: (?:max\w*|limite))?$",
    "sizes": r"sizes?|tailles?|pointures?",
    "colours": r"colou?rs?|couleurs?",
    "brands": r"brands?|marques?",
    "department": r"department|rayon",
    "everything": r"everything|all of (?:it|that|my)|tout|m(?:y|on|es) (?:taste|style|gouts|preferences)",
}


def read_told_sizes(
    text: str, words: Words, place_of: Callable[[str], str], kind_shown: Callable[[str], str] = lambda _: ""
) -> dict[str, str]:
    """Sizes by kind (a place of the outfit, a type), in the words that were said; "" for one of nothing in particular.

    `place_of` tells where things of a type are worn, `kind_shown` of what kind a size is where the words do not.
    """
    told: dict[str, str] = {}
    waiting = ""  # a kind whose size is yet to come: "for shoes, I take a 39"
    for clause in _clauses(text):
        size, kind = _size_in(clause), _kind_in(clause, words, place_of)
        if size:
            told[kind or waiting or kind_shown(size)] = size
        waiting = "" if size else kind
    return told


def read_forgotten(text: str) -> str:
    """The part of a stated taste that is to be forgotten, as the style names its parts; "" for none."""
    said = simplify(text)
    found = (
        part for part, names in _PARTS.items()
        if re.search(rf"(?:{_FORGET}{f'|{_LIFT}' if part == 'budget' else ''}) (?:[\w']+ ){{0,3}}?(?:{names})", said)
    )
    return "" if text.startswith("/") else next(found, "")


def _clauses(text: str) -> Sequence[str]:
    """The thoughts of a sentence, each simplified; "38,5" and "38/40" stay whole."""
    return [said for part in _CLAUSES.split(re.sub(r"(\d)/(\d)", r"\1-\2", text.lower())) if (said := simplify(part))]


def _size_in(clause: str) -> str:
    if size := find_size(clause, {}):
        return size
    found = _TOLD_LETTER.search(clause) or _TOLD_NUMBER.search(clause)
    return next((each for each in found.groups() if each), "").upper() if found else ""


def _kind_in(clause: str, words: Words, place_of: Callable[[str], str]) -> str:
    """The place of the outfit that a clause names, else that of the type, else the type itself; "" for none."""
    if named := next((kind for kind, pattern in _PLACES.items() if pattern.search(clause)), ""):
        return named
    types = read_wish(clause, {}, words).types
    return next((place if (place := place_of(each)) in _SIZED_PLACES else each for each in types), "")
