"""Stage A3: words -> the store where something is to be in stock: "un manteau en stock à Lyon". Pure.

A town counts only beside a word for stores or stock: a wedding in Paris asks for no store. A town that is a colour,
too (Bordeaux), counts only right behind such a word.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.commerce.folding import fold
from bot.commerce.types import Location

_STORE = r"(?:stores?|shops?|magasins?|boutiques?|points? de vente)"
_STOCK = r"(?:(?:in |en )?stock|dispo(?:s|nibles?)?|available|availability|en rayon)"
_NOW = r"(?: (?:right now|now|today|maintenant|aujourd'hui|tout de suite|immediatement))?"
_COLLECT = r"(?:retrait|retirer|pick(?:ed)? ?up|collect(?:ing)?)"
_CUE = re.compile(rf"\b(?:{_STORE}|{_STOCK}|{_COLLECT}|sur place)\b")
_ANY = re.compile(
    rf"\b(?:en (?:magasin|boutique)|in[- ]stores?|in (?:a|any|your) {_STORE}|"
    rf"dans (?:une? de vos|une?|vos) {_STORE})\b"
)
_ANYWHERE = re.compile(
    r"\b(?:on ?line|en ligne|sur (?:le|votre) site|sur internet|anywhere|n'importe ou|partout|"
    r"livres?|livrees?|livraison|livrer|deliver(?:y|ed)?|(?:send|sent|ship|shipped) (?:it |them )?to me)\b"
)
_LINKS = r"(?: (?:de|du|des|a|au|in|of|at|on|the|your|votre|le|la))* ?(?:d'|l')?"
_BEFORE = r"(?:a|au|in|at|sur|de|du|from|near|vers|pres de|the)"
_TOLD = re.compile(
    rf"(?:\b(?:qui (?:est|soit|sont)|que vous avez|that(?:'s| is| are)?|which (?:is|are)) )?\b{_STOCK}\b{_NOW}"
    rf"|\b(?:(?:au|en|in|at|dans|de|du|le|the|your|votre|vos|un|a|my|mon) )*{_STORE}\b|\bin-stores?\b"
)
_ELSEWHERE = re.compile(
    rf"\b(?:{_STOCK}{_NOW}|{_STORE})(?: (?:de|in|at|of))* ?(?:à|a|in|at|de|d')?\s*([A-ZÉÈÎ][\w'’-]+)", re.IGNORECASE
)


@dataclass(frozen=True)
class StoreAsked:
    """`stores`: where it is to be in stock, () for anywhere; `unknown`: a place that was named and has no store.
    `rest`: the words without any of it.
    """

    rest: str
    stores: tuple[Location, ...] = ()
    unknown: str = ""


def says_anywhere(text: str) -> bool:
    """Whether a message wants no store any more: "online", "n'importe où", "to be delivered"."""
    return bool(_ANYWHERE.search(fold(text)))


def speaks_of_store(text: str) -> bool:
    """Whether a message may ask for a store's stock: only then are the stores worth reading."""
    return bool(_CUE.search(fold(text)))


def read_store(text: str, stores: Sequence[Location], *, city: str = "", colours: Collection[str] = ()) -> StoreAsked:
    """The stores that a message names. `city`: a town that was recognised in it; `colours`: the shop's, folded."""
    said = fold(text)
    if not _CUE.search(said):
        return StoreAsked(text)
    spans = [(each, span) for each in stores if (span := _find(said, each, colours))]
    if spans:
        widest = max(end - start for _, (start, end) in spans)
        named = tuple(each for each, (start, end) in spans if end - start == widest)
        return StoreAsked(_without(said, *spans[0][1]), named)
    unknown = city or _elsewhere(text, colours)
    if unknown and fold(unknown) not in {fold(each.address.city) for each in stores}:  # that would be a colour
        at = said.find(fold(unknown))
        rest = re.sub(rf"\b{_BEFORE} {re.escape(fold(unknown))}\b", " ", said) if at >= 0 else said
        return StoreAsked(_without(rest, 0, 0), unknown=unknown)
    if stores and (found := _ANY.search(said)):
        return StoreAsked(_without(said, *found.span()), tuple(stores))
    return StoreAsked(text)


def _find(said: str, store: Location, colours: Collection[str]) -> tuple[int, int] | None:
    """Where a store is named: by its town or whole name; by its quarter beside a word for stores."""
    town, whole = fold(store.address.city), fold(store.name)
    quarter = whole.removeprefix(town).strip()
    names = [(each, each in colours) for each in dict.fromkeys((whole, town)) if each]
    beside = [*names, (quarter, True)] if quarter else names
    for name, is_unsure in (*names, *beside):
        word = re.escape(name)
        patterns = [rf"\b(?:{_STORE}|{_STOCK}{_NOW}|{_COLLECT}){_LINKS}{word}\b", rf"\b{word}(?:'s)? {_STORE}\b"]
        patterns += [] if is_unsure else [rf"\b{_BEFORE} {word}\b"]
        if found := next((each for pattern in patterns if (each := re.search(pattern, said))), None):
            return found.span()
    return None


def _elsewhere(text: str, colours: Collection[str]) -> str:
    """A name with a capital behind a word for stores or stock, "" for none."""
    found = _ELSEWHERE.search(text)
    name = found.group(1) if found else ""
    return name if name[:1].isupper() and fold(name) not in colours else ""


def _without(said: str, start: int, end: int) -> str:
    return " ".join(_TOLD.sub(" ", f"{said[:start]} {said[end:]}").split())
