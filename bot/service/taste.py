"""Stage A3: words -> the sizes that somebody tells of themselves, by kind, and what of their taste to forget. Pure.

"Du L en haut et du M en bas", "je chausse du 39", "a 38 in dresses"; "forget my budget", "plus de limite de prix".
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.profile.told_sizes import kind_unsaid
from bot.service.answers import simplify
from bot.service.references import find_size
from bot.service.wishes import Words, read_wish

_CLAUSES = re.compile(r"(?<!\d)[,.]|[,.](?!\d)|[;:!?/]|\bet\b|\band\b|\bmais\b|\bbut\b|\bpuis\b", re.IGNORECASE)
# What ends a thought; within one, what is named behind a verb goes on with it: "these: red and blue", "red. And blue."
_THOUGHTS = re.compile(r"(?:(?<!\d)\.|\.(?!\d))(?! ?(?:and|et)\b)|[;!?]|\bmais\b|\bbut\b|\bpuis\b", re.IGNORECASE)
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
# "Drop shoulders" and clear glasses are worn; "n'oubliez pas", "don't forget" ask for the contrary.
_VERB = (
    r"\b(?P<verb>(?:forget|(?P<away>drop(?= (?:the|my|all|any|every)\b)|remove|delete|enleve[rz]?|retire[rz]?"
    r"|supprime[rz]?)|clear(?= (?:out|the|my|all|any|every|what)\b)|reset|oublie[rz]?|efface[rz]?|annule[rz]?"
    r"|peu importe)\b)(?! pas\b)"
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
    r"|(?:(?:of|de|d') ?)?[\d/.,-]+(?: ?(?:euros?|€|pounds?|£))?))*$"
)
EVERYTHING = "everything"
_TASTE = (
    r"m(?:y|on|es) (?:(?:style|taste|profile) preferences|preferences de (?:style|gouts?)|tastes?|style|gouts?"
    r"|preferences|profile?)"
)
_SAID = r"(?:what|ce que|ce qu'\w+)(?: [\w']+){1,5} (?:about|of|on|de|sur)"  # "what I told you about"
_EVERYTHING = re.compile(
    rf"{_VERB} (?:about )?(?:everything|all(?: of (?:it|that|this))?|tout(?: ca| cela)?"
    rf"|(?:(?:all|all of|toutes?|tous) )?(?:{_TASTE}|{_SAID} (?:{_TASTE}|me|moi)))"
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
_ONE_MORE: Mapping[str, re.Pattern[str]] = {  # "forget my sizes and my budget"
    part: re.compile(rf"^{_LINKS}(?:{names}){_END}") for part, names in _PARTS.items()
}
# What a sentence may begin with before it asks for something.
_ASKS = re.compile(
    r"^(?:(?:please|pls|stp|svp|s'il (?:te|vous) plait|can|could|would|you|peux-tu|pouvez-vous|pourriez-vous|tu peux"
    r"|vous pouvez|il faut|veuillez|merci de|ok|now|just|also|aussi|i want to|je veux|je voudrais) )*"
    r"(?!peu importe)" + _VERB
)
_OF_TASTE = re.compile(r"\b(?:preferences?|profile?|style|tastes?|gouts)\b")

# "Forget it, blue dresses" forgets no dresses; behind "forget my budget" what is not called "the red" is a wish.
_NAMELESS = re.compile(r"^(?:(?:about )?(?:it|that|this|ca|cela))?$")
_CALLED = re.compile(r"^(?:(?:the|my|any|all|le|la|les|mon|ma|mes|tous|toutes) |l')")
_SHOWN = re.compile(r"\b(?:de|from|of|in|dans) (?:tout|toutes|all|everything|anything|what|ce)\b.*")
# What says something by itself: somebody who does something, a wish, a contrast, a new number.
_BY_ITSELF = re.compile(
    r"(?<![\w'])(?:i|we|you|it|they|je|tu|il|elle|on|nous|vous|ils|elles|i'\w+|it's|that's|we're|j'\w+|c'\w+|n'\w+"
    r"|is|are|am|like|love|want|prefer|wear|take|need|show|give|add|keep|make|set|use|find|suggest|start|aime|veux"
    r"|prefere|garde|montre|mets|ajoute|propose|cherche|donne|trouve|(?!chez\b)\w+ez|repartons|recommencons"
    r"|instead|rather|only|just|now|more|not|no|without|with|plutot|seulement|juste|uniquement|maintenant|desormais"
    r"|ne|pas|plus|sans|avec|sauf|except)(?![\w'])|\d"
)


@dataclass(frozen=True)
class Forgotten:
    """What words take back of a stated taste, and what else they say."""

    parts: tuple[str, ...] = ()  # as the style names its parts, or `EVERYTHING` alone
    values: str = ""  # the words that name what is no longer to be liked or refused
    refused: str = ""  # those that name what is to be left out from now on
    rest: str = ""

    def __bool__(self) -> bool:
        """Whether anything is taken back at all."""
        return bool(self.parts or self.values or self.refused)


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
    """What of a stated taste is to be forgotten: parts of it or everything, or single values; the rest is left."""
    thoughts = () if text.startswith("/") else _THOUGHTS.split(text)
    read = [each for thought in thoughts for each in _read_thought(thought)]
    parts = tuple(dict.fromkeys(part for each in read for part in each.parts))
    found = Forgotten(
        (EVERYTHING,) if EVERYTHING in parts else parts,
        ", ".join(each.values for each in read if each.values),
        ", ".join(each.refused for each in read if each.refused),
        _NEW_NUMBER.sub(" ", ", ".join(each.rest for each in read if each.rest)),
    )
    return found or Forgotten(rest=text)


def _read_thought(thought: str) -> Iterator[Forgotten]:
    """What each clause of a thought takes back; one that only names something goes on with the one before it."""
    before = Forgotten()
    for clause in _CLAUSES.split(thought):
        if said := simplify(clause):
            before = _read_clause(said) or _go_on(said, before) or Forgotten(rest=clause.strip())
            yield before


def _read_clause(said: str) -> Forgotten:
    """What a clause takes back with a verb of its own; empty for nothing."""
    if part := _part_in(said):
        return Forgotten((part,))
    asked = _asks_to_forget(said)
    named = said[asked.end() :].strip() if asked else ""
    is_refused = asked and asked["away"] and not _OF_TASTE.search(said)
    return Forgotten(refused=named) if is_refused else Forgotten(values=named)


def _go_on(said: str, before: Forgotten) -> Forgotten:
    """What a clause that only names something takes back behind one with a verb: "and my budget"; empty for nothing."""
    if not before:
        return before
    if part := next((part for part, pattern in _ONE_MORE.items() if pattern.search(said)), ""):
        return Forgotten((part,))
    if _BY_ITSELF.search(_SHOWN.sub("", said)) or EVERYTHING in before.parts:
        return Forgotten()
    if before.parts:
        return Forgotten(values=said) if _CALLED.search(said) else Forgotten()
    if _NAMELESS.search(before.values or before.refused):
        return Forgotten()
    return Forgotten(refused=said) if before.refused else Forgotten(values=said)


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
