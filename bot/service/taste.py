"""Stage A3: words -> the sizes that somebody tells of themselves, by kind, and what of their taste to forget. Pure.

"Du L en haut et du M en bas", "je chausse du 39", "a 38 in dresses"; "forget my budget", "plus de limite de prix".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.profile.told_sizes import kind_unsaid
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
    r"\b(?:fais|porte|chausse|wear|take|am|i'm|size|taille|pointure)(?: (?:est|is|now|maintenant|plutot|desormais))?"
    r" (?:an?|une?|du|le)? ?(\d{2}(?:-\d{1,2})?)\b"
    r"|^(?:du |le )?(\d{2}(?:-\d{1,2})?) (?:en|in|for|pour|aux?)\b"
)
# Behind a size that is taken back: "oubliez ma pointure 39, c'est 40"; "gone up to 42" is no price there.
_NEW_NUMBER = re.compile(
    r"\b(?:c'est|it's|it is|gone up to|gone down to|passee? (?:au|a)) (?:now |maintenant )?(?:an? |du |le )?"
    r"(\d{2}(?:-\d{1,2})?)\b(?! ?(?:euros?|eur|€|pounds?|£|quid))",
    re.IGNORECASE,
)
_PLACES: Mapping[str, re.Pattern[str]] = {
    "shoes": re.compile(r"\b(?:chausse|chaussures?|pointure|shoes?|feet|pieds?)\b"),
    "top": re.compile(r"\b(?:en haut|du haut|hauts?|tops?|upper body)\b"),
    "bottom": re.compile(r"\b(?:en bas|du bas|bas|bottoms?|lower body)\b"),
}
_SIZED_PLACES = frozenset({"outer", "top", "bottom", "dress", "shoes"})  # whatever is worn there is of one size
# "Drop shoulders" are worn; "n'oubliez pas", "don't forget" ask for the contrary.
_VERB = (
    r"\b(?P<verb>(?:forget|(?P<away>drop(?= (?:the|my|all|any|every)\b)|remove|delete|enleve[rz]?|retire[rz]?"
    r"|supprime[rz]?)|reset|oublie[rz]?|efface[rz]?|annule[rz]?|peu importe)\b)(?! pas\b)"
)
_NOT = re.compile(r"(?:\bn'|n't |\b(?:ne|not|never|pas|jamais) )(?:\w+ ){0,2}$")
# "Plus de couleurs" may be more of them; a limit is never wanted more of.
_LIFT = r"\b(?:lift|no more|no longer|without|leve[rz]?|plus de|sans)\b"
_PARTS: Mapping[str, str] = {
    "budget": r"budget|price limit|limit on (?:the )?price|limite(?: de (?:prix|budget))?|prix",
    "sizes": r"sizes?|tailles?|pointures?",
    "colours": r"colou?rs?|couleurs?",
    "brands": r"brands?|marques?",
    "department": r"department|rayon",
}
_LINKS = (
    r"(?:(?:[ld]'|(?:the|my|our|all|of|any|every|about|for|old|previous|former|what|i|said|told|you|on|un|une|le|la|les|ma"
    r"|mon|mes|de|des|du|toutes?|tous|ancienn?e?s?|favou?rite|preferences?) ))*"
)
_END = (
    r"(?: (?:please|pls|now|altogether|entirely|any ?more|max\w*|limite?|stp|svp|s'il (?:te|vous) plait|maintenant"
    r"|desormais|preferee?s?|d'avant|(?:from|in|de|dans) (?:my|mon|ma|mes) \w+"
    r"|[\d/.,-]+(?: ?(?:euros?|€|pounds?|£))?))*$"
)
EVERYTHING = "everything"
_TASTE = r"m(?:y|on|es) (?:tastes?|style|gouts|preferences|profile?)"
_EVERYTHING = re.compile(
    rf"{_VERB} (?:about )?(?:everything|all(?: of (?:it|that|this))?|tout(?: ca| cela)?"
    rf"|(?:(?:all|all of|toutes?|tous) )?{_TASTE})"
    r"(?: (?:ce )?(?:that |what |que )?(?:you|i|vous|tu|j'ai|on) ?"
    r"(?:(?:have|'ve|m'avez|ai|vous ai|t'ai) )?"
    r"(?:know|saves?z?|sais|connais\w*|said|told|dit|note\w*|kept|garde\w*)\b.*)?"
    rf"{_END}"
)
_FORGETS: Mapping[str, re.Pattern[str]] = {
    EVERYTHING: _EVERYTHING,
    **{part: re.compile(rf"(?:{_VERB}{f'|{_LIFT}' if part == 'budget' else ''}) {_LINKS}(?:{names}){_END}")
       for part, names in _PARTS.items()},
}
# What a sentence may begin with before it asks for something.
_ASKS = re.compile(
    r"^(?:(?:please|pls|stp|svp|s'il (?:te|vous) plait|can|could|would|you|peux-tu|pouvez-vous|pourriez-vous|tu peux"
    r"|vous pouvez|il faut|veuillez|merci de|ok|now|just|also|aussi|i want to|je veux|je voudrais) )*"
    r"(?!peu importe)" + _VERB
)
_OF_TASTE = re.compile(r"\b(?:preferences?|profile?|style|tastes?|gouts)\b")


@dataclass(frozen=True)
class Forgotten:
    """What words take back of a stated taste, and what else they say."""

    part: str = ""  # as the style names its parts; "" for none
    values: str = ""  # the words that name what is no longer to be liked or refused
    is_refused: bool = False  # these values are to be left out from now on
    rest: str = ""

    def __bool__(self) -> bool:
        """Whether anything is taken back at all."""
        return bool(self.part or self.values)


def read_told_sizes(
    text: str, words: Words, place_of: Callable[[str], str], kind_shown: Callable[[str], str] = kind_unsaid
) -> dict[str, str]:
    """Sizes by kind (a place of the outfit, a type), in the words that were said.

    `place_of` tells where things of a type are worn, `kind_shown` of what kind a size is where the words do not.
    """
    told: dict[str, str] = {}
    is_changed = False  # a size before was taken back: "oubliez ma pointure 39, c'est 40"
    waiting = ""  # a kind whose size is yet to come: "for shoes, I take a 39"
    for clause in _clauses(text):
        is_old = _asks_to_forget(clause) is not None
        size, kind = "" if is_old else _size_in(clause, is_new=is_changed), _kind_in(clause, words, place_of)
        if size:
            told[kind or waiting or kind_shown(size)] = size
        waiting = "" if size else kind or waiting
        is_changed = is_changed or is_old
    return told


def read_forgotten(text: str) -> Forgotten:
    """What of a stated taste is to be forgotten: one part of it or everything, or single values; the rest is left."""
    parts, values, rest = [], [], []
    is_refused = False
    for clause in () if text.startswith("/") else _CLAUSES.split(text):
        said = simplify(clause)
        if part := _part_in(said):
            parts.append(part)
        elif asked := _asks_to_forget(said):
            values.append(said[asked.end() :].strip())
            is_refused = bool(asked["away"] and not _OF_TASTE.search(said))
        elif said:
            rest.append(clause.strip())
    found = Forgotten(EVERYTHING if EVERYTHING in parts else next(iter(parts), ""), ", ".join(values), is_refused)
    return replace(found, rest=_NEW_NUMBER.sub(" ", ", ".join(rest)) if found else text)


def _part_in(said: str) -> str:
    """The part that a clause takes back, `EVERYTHING` for all; "" where it names none, or says not to."""
    for part, pattern in _FORGETS.items():
        found = pattern.search(said)
        if found and not (found["verb"] and _NOT.search(said[: found.start()])):
            return part
    return ""


def _asks_to_forget(said: str) -> re.Match[str] | None:
    """The verb that a clause asks with to take something back; None where it does not, or asks not to."""
    found = _ASKS.search(said)
    return found if found and not _NOT.search(said[: found.start("verb")]) else None


def _clauses(text: str) -> Sequence[str]:
    """The thoughts of a sentence, each simplified; "38,5" and "38/40" stay whole."""
    return [said for part in _CLAUSES.split(re.sub(r"(\d)/(\d)", r"\1-\2", text.lower())) if (said := simplify(part))]


def _size_in(clause: str, *, is_new: bool) -> str:
    """The size that a clause tells; where it is the new one, "c'est 40" tells one too. "" for none."""
    if size := find_size(clause, {}):
        return size
    found = _TOLD_LETTER.search(clause) or _TOLD_NUMBER.search(clause) or (is_new and _NEW_NUMBER.search(clause))
    return next((each for each in found.groups() if each), "").upper() if found else ""


def _kind_in(clause: str, words: Words, place_of: Callable[[str], str]) -> str:
    """The place of the outfit that a clause names, else that of the type, else the type itself; "" for none."""
    if named := next((kind for kind, pattern in _PLACES.items() if pattern.search(clause)), ""):
        return named
    types = read_wish(clause, {}, words).types
    return next((place if (place := place_of(each)) in _SIZED_PLACES else each for each in types), "")
