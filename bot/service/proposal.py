"""Stage A3: a basket that was proposed, and what was said of it -> how it changes. Pure; nothing is added here.

"sans le savon", "deux tee-shirts", "the same in blue", "add socks", "only the second one", "all but the socks".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from bot.commerce.price_limits import read_limits
from bot.commerce.types import ProductRef, VariantRef
from bot.service.answers import find_place, simplify
from bot.service.partly import kept_in, names_a_thing, parted
from bot.service.quantities import MOST, NUMBERS
from bot.service.wishes import Entities, Wish, Words, read_wish

Kind = Literal["drop", "count", "more", "colour", "size", "add", "unknown"]

_DROP = re.compile(
    r"^(?:mais |but |et |and |plutot |just |juste |only |seulement )*"
    r"(?:sans|without|sauf|except|hormis|excepte|moins|minus|pas (?:de |d'|le |la |les |l'|du |des )|"
    r"not the|no |leave out|take (?:out|off)|drop|remove|skip|forget|enleve[zr]?|retire[zr]?|supprime[zr]?|oublie[zr]?|"
    r"laisse[zr]?)"
    r"|\b(?:je (?:ne )?(?:veux|prends) pas|pas besoin|don't (?:want|need)|do not (?:want|need)|leave (?:\w+ ){1,4}out|"
    r"take (?:\w+ ){1,4}out)\b"
)
_ADD = re.compile(
    r"^(?:mais |but |et |and |oui |yes )*"
    r"(?:add|ajoute[zr]?|rajoute[zr]?|mets|mettez|plus|also|aussi|with|avec|include|j'ajoute)\b"
    r"|\b(?:aussi|as well|too|en plus)$"
)
_ADD_IT = re.compile(r"^(?:add|ajoute[zr]?|mets|mettez)[ -](?:it|them|that|le|la|les)(?: all| tou\w+)?$")
_SAME = re.compile(r"\b(?:the same|same|le meme|la meme|les memes|pareil|instead|plutot|a la place|au lieu)\b")
_MORE = re.compile(r"\b(?:more|another|extra|de plus|en plus|encore|supplementaire)\b")
_REPLACE = re.compile(r"\b(?:remplace[zr]?|replace|swap|change[zr]?|troque[zr]?) (.+?) (?:par|by|with|for|contre) (.+)")
_NO_CHANGE = re.compile(r"\b(?:pas de (?:probleme|souci)|no (?:problem|worries|thanks?|thank you)|non merci)\b")
_ALL = re.compile(r"\b(?:of each|each|de chaque|chacun|chacune|all|everything|tout|tous|toutes|les deux|both)\b")
_CARDINALS = "|".join(NUMBERS)
_OF_THEM = r"(?: of (?:them|these|those)| d'entre (?:eux|elles))?"
_NO_MORE_SAID = (
    r"(?= *(?:$|[,;.!?]|please|svp|stp|s'il|merci|thanks|thank|"
    r"(?:au|dans|to|in|into) (?:(?:le|mon|my|the) )?(?:panier|basket|cart|bag)))"
)
_SO_MANY = re.compile(
    rf"(?:\b(?:all|the|tous|toutes|les)(?: the| les)? (\d{{1,2}}|{_CARDINALS})|\bboth)\b{_OF_THEM}{_NO_MORE_SAID}"
)
_COUNT = re.compile(
    r"(?<!\ble )(?<!\bla )(?<!numero )(?<!number )(?<!\ben )(?<!\bin )(?<!taille )(?<!size )(?<!the )"
    rf"\b(\d{{1,2}}|{_CARDINALS})\b(?! one\b)"
)
# "two instead of three": which lines, where none is named, the old number tells.
_INSTEAD = re.compile(
    rf"\b(\d{{1,2}}|{_CARDINALS})\b(?: \w+)? "
    r"(?:instead of|rather than|au lieu de|au lieu d'|plutot que|plutot qu'|a la place de)"
    rf" ?(\d{{1,2}}|{_CARDINALS}|an?|une?|one)\b"
)
_CLAUSES = re.compile(r"[,;.!?]+| et (?!demi)| and | mais | but | puis | then | plus(?= d)")
_ONLY_YES = re.compile(
    r"(?:oui|yes|ok|okay|d'accord|please|s'il (?:te|vous) plait|svp|thanks|merci|alors|so|fine|great|parfait)"
)
_AROUND_A_NUMBER = frozenset({
    "only", "seulement", "juste", "just", "make", "it", "fois", "times", "x", "mets", "mettez", "add", "take", "j",
    "en", "i", "ll", "veux", "voudrais", "prends", "want", "je", "of", "them",
})
_TELLS_NOTHING = frozenset({
    "les", "des", "the", "one", "ones", "celui", "celle", "sans", "avec", "with", "without", "pour", "meme", "same",
    "add", "pas", "veux", "plus", "moins", "leave", "out", "take", "mets", "aussi", "also",
})


@dataclass(frozen=True)
class Line:
    """One line of a proposal. Where the size is not known to be the customer's, it is still to be asked."""

    product_ref: ProductRef
    variant_ref: VariantRef
    quantity: int = 1
    is_size_known: bool = True
    note: str = ""  # why it is proposed, in the customer's words
    target: int = 0  # how many the basket shall hold in the end, once adding began; 0 before

    def to_data(self) -> dict[str, Any]:
        """As the conversation state keeps it."""
        return asdict(self)


@dataclass(frozen=True)
class Item:
    """What a line may be called: its names in every language, its type, its colour."""

    names: tuple[str, ...]
    product_type: str
    colour: str = ""
    quantity: int = 1


@dataclass(frozen=True)
class Change:
    """One thing said of a proposal: which lines (by place, from 0), how many, or what else is wished."""

    kind: Kind
    places: tuple[int, ...] = ()
    quantity: int = 1
    wish: Wish = field(default_factory=Wish)
    said: str = ""


def lines_from(data: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
    """The lines that the conversation state kept."""
    return tuple(Line(**each) for each in data)


def read_changes(
    text: str, entities: Entities, items: Sequence[Item], words: Words, *, minor_per_unit: int = 100,
    beside: Sequence[Item] = (),
) -> tuple[Change, ...]:
    """What a message changes about a proposal, in its order; () when it says nothing of it.

    `beside`: what was named next to it. Who names one of those means no line of the same type.
    """
    if text.startswith("/"):
        return ()
    said = parted(_NO_CHANGE.sub(" ", name_whole(_fold(text), len(items))).replace("-en ", " "))
    said = _REPLACE.sub(r"sans \1 , ajoute \2", said)
    clauses = [part for each in _CLAUSES.split(f" {said} ") if (part := _without_yes(each))]
    found: list[Change] = []
    kept: set[int] = set()
    mode: Kind | None = None
    for clause in clauses:
        own = _mode(clause)
        told = entities if len(clauses) == 1 else {}
        wish = read_wish(clause, told, words, minor_per_unit=minor_per_unit)
        if alone := _read_alone(clause, wish, items, goes_on=bool(kept) and own is None):
            kept |= {*alone[0].places}
            found += alone[1:] if alone[0].places else alone
            mode = None
            continue
        mode = own or mode
        found += _read_clause(clause, mode, wish, items, beside)
    if kept:
        found.append(Change("drop", tuple(n for n in range(len(items)) if n not in kept), said=text))
    return tuple(found)


def name_whole(said: str, count: int) -> str:
    """"All three" of `count` lines is everything, and no number of pieces. Takes simplified words."""
    if count < 2 or _DROP.search(said):
        return said
    return _SO_MANY.sub(lambda found: "all" if _number(found[1] or "two") == count else found[0], said)


def apply_simple(lines: Sequence[Line], changes: Sequence[Change]) -> tuple[Line, ...]:
    """The lines after what needs no shop: pieces counted anew, lines left out."""
    after: list[Line | None] = list(lines)
    for change in changes:
        for place in change.places:
            line = after[place]
            if line is not None and change.kind == "drop":
                after[place] = None
            elif line is not None and change.kind == "count":
                after[place] = replace(line, quantity=change.quantity) if change.quantity else None
            elif line is not None and change.kind == "more":
                after[place] = replace(line, quantity=min(line.quantity + change.quantity, MOST))
    return tuple(line for line in after if line is not None)


def merge_lines(lines: Sequence[Line]) -> tuple[Line, ...]:
    """One line a variant, the pieces of equal ones added up."""
    merged: dict[VariantRef, Line] = {}
    for line in lines:
        known = merged.get(line.variant_ref)
        merged[line.variant_ref] = (
            replace(known, quantity=min(known.quantity + line.quantity, MOST)) if known else line
        )
    return tuple(merged.values())


def _fold(text: str) -> str:
    """Simplified, with the marks that part clauses kept; the point of 49.90 is none."""
    return " , ".join(simplify(part) for part in re.split(r"[,;.!?]+", re.sub(r"(\d)[.,](\d)", r"\1-\2", text)))


def _without_yes(clause: str) -> str:
    left = clause.strip()
    while (match := _ONLY_YES.match(left)) and (match.end() == len(left) or not left[match.end()].isalnum()):
        left = left[match.end():].strip(" ,-")
    return left


def _mode(clause: str) -> Kind | None:
    if _DROP.search(clause):
        return "drop"
    if _ADD_IT.search(clause):
        return None
    return "add" if _ADD.search(clause) else None


def _read_alone(clause: str, wish: Wish, items: Sequence[Item], *, goes_on: bool) -> list[Change]:
    """What a clause wants alone, first, and what else of it; [] where it wants nothing alone.

    `goes_on`: behind one that does, so that what it names stays, too.
    """
    kept = kept_in(clause)
    if not (kept or goes_on):
        return []
    places = _places(kept or clause, wish, items, by_colour=True)
    if not places or len(places) == len(items) > 1:
        return [Change("unknown", said=clause)] if kept and names_a_thing(kept) else []
    others = {*wish.colours} - {items[place].colour for place in places}
    changes = _restyle(clause, replace(wish, colours=tuple(others)), 0, places, items) if others or wish.sizes else []
    return [Change("drop", places, said=clause), *changes]


def _read_clause(
    clause: str, mode: Kind | None, wish: Wish, items: Sequence[Item], beside: Sequence[Item]
) -> list[Change]:
    if instead := _INSTEAD.search(clause):
        return [_count_anew(clause, _number(instead.group(1)), _number(instead.group(2)), wish, items)]
    count = _count(read_limits(clause, 1)[2])  # "under 12 euros" is no number of pieces
    places = () if _names_beside(clause, items, beside) else _places(clause, wish, items, by_colour=mode == "drop")
    if mode == "drop":
        return [Change("drop", places, said=clause) if places else Change("unknown", said=clause)]
    if _is_other_number(clause, len(items)) and not wish.types and not places_named(clause, items):
        return [Change("unknown", said=clause)]
    if places and _MORE.search(clause) and not (wish.colours or wish.sizes):
        return [Change("more", places, max(count, 1), said=clause)]
    if count and not wish.types and not places and _is_bare_count(clause):
        is_whole = len(items) == 1 or _ALL.search(clause)
        return [Change("count", tuple(range(len(items))), count, said=clause)] if is_whole else []
    if mode == "add" and not (places and count) and (wish.types or not places):
        is_other = not places or wish.colours or wish.sizes
        return [_add(wish, count, clause) if is_other else Change("count", places, max(count, 1), said=clause)]
    if wish.colours or wish.sizes:
        return _restyle(clause, wish, count, places, items)
    if places and count:
        return [Change("count", places, count, said=clause)]
    if wish.types and not places:
        return [_add(wish, count, clause)]
    return []


def _is_other_number(clause: str, count: int) -> bool:
    """Whether so many lines are meant as there are not: "les deux" of three, which no yes may guess."""
    found = _SO_MANY.search(clause)
    return found is not None and count > 1 and 1 < _number(found[1] or "two") != count


def _count_anew(clause: str, count: int, before: int, wish: Wish, items: Sequence[Item]) -> Change:
    """So many instead of so many: of the lines that are named, else of those that were so many."""
    named = places_named(clause, items) or tuple(n for n, item in enumerate(items) if item.product_type in wish.types)
    places = named or tuple(n for n, item in enumerate(items) if item.quantity == before)
    return Change("count", places, count, said=clause) if places else Change("unknown", said=clause)


def _number(word: str) -> int:
    return min(int(word), MOST) if word.isdigit() else NUMBERS.get(word, 1)


def _add(wish: Wish, count: int, clause: str) -> Change:
    return Change("add", quantity=max(count, 1), wish=wish, said=clause) if wish.types or wish.text else Change(
        "unknown", said=clause)


def _restyle(clause: str, wish: Wish, count: int, places: tuple[int, ...], items: Sequence[Item]) -> list[Change]:
    """Another colour or size of a line; of another type than any line, it is something more."""
    if wish.types and not places:
        return [_add(wish, count, clause)]
    is_whole = len(items) == 1 or _ALL.search(clause) or wish.sizes and not wish.colours  # "in size L": whatever has it
    meant = places or (tuple(range(len(items))) if is_whole else ())
    if not meant:
        return [Change("unknown", said=clause)] if _SAME.search(clause) else []
    kind: Kind = "colour" if wish.colours else "size"
    changes = [Change(kind, meant, max(count, 1), wish, clause)]
    return [Change("count", meant, count, said=clause), *changes] if count > 1 else changes


def _places(clause: str, wish: Wish, items: Sequence[Item], *, by_colour: bool) -> tuple[int, ...]:
    """The lines that words mean: by place, by type, by name; by colour only where a line is to go."""
    if not items:
        return ()
    place = find_place(clause) if " " in clause else 0
    if place and abs(place) <= len(items):
        return (place - 1 if place > 0 else len(items) + place,)
    typed = tuple(n for n, item in enumerate(items) if item.product_type in wish.types)
    named = places_named(clause, items)
    chosen = tuple(n for n in typed if n in named) or named or typed
    if by_colour:
        said = {*wish.colours, *wish.avoid_colours}
        coloured = tuple(n for n, item in enumerate(items) if item.colour in said)
        chosen = tuple(n for n in chosen if n in coloured) or chosen or coloured
    return chosen or (tuple(range(len(items))) if _ALL.search(clause) else ())


def _names_beside(clause: str, items: Sequence[Item], beside: Sequence[Item]) -> bool:
    named = places_named(clause, (*items, *beside)) if beside else ()
    return bool(named) and min(named) >= len(items)


def places_named(clause: str, items: Sequence[Item]) -> tuple[int, ...]:
    """Those whose names share the most telling words with what was said; a word of every name tells nothing."""
    said = {_stem(word) for word in re.findall(r"\w{3,}", clause)} - _TELLS_NOTHING
    titles = [{_stem(w) for name in item.names for w in re.findall(r"\w{3,}", simplify(name))} for item in items]
    common = set.intersection(*titles) if len(titles) > 1 else set()
    scores = [len((title - common) & said) for title in titles]
    best = max(scores, default=0)
    return tuple(n for n, score in enumerate(scores) if best and score == best)


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def _count(clause: str) -> int:
    found = _COUNT.search(clause)
    if not found:
        return 0
    number = int(found.group(1)) if found.group(1).isdigit() else NUMBERS[found.group(1)]
    return min(number, MOST)


def _is_bare_count(clause: str) -> bool:
    """Whether a clause is a number and nothing that could be a thing: "deux", "mets-en deux", "only two"."""
    words = [word for word in re.findall(r"\w+", clause) if not word.isdigit() and word not in NUMBERS]
    return all(word in _AROUND_A_NUMBER for word in words)
