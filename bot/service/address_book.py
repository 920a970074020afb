"""Stage A4: words about the address book -> what they want of it, and which of its addresses they mean. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.commerce.types import Address
from bot.service.account import find_address
from bot.service.answers import simplify

Act = Literal["show", "default", "remove", "add"]

_ADDRESS = r"(?:addresses|address|adresses|adresse|address book|carnet)"
_NOT_THE_BOOK = re.compile(
    r"\b(?:orders?|parcels?|packages?|shipment|commandes?|colis|e-?mails?|mail|courriel|cards?|cartes?|basket|cart|panier|"
    r"account is|store|shop|boutiques?|magasins?)\b"
)
_REMOVE = re.compile(
    r"\b(?:remove|delete|erase|get rid of|drop|forget|take|clear|supprim\w*|enlev\w*|retir\w*|effac\w*|vire[rz]?|ote[rz]?)\b"
)
_TAKE_OFF = re.compile(r"\btake\b.*\b(?:off|out|away)\b")
_ADD = re.compile(r"\b(?:add|save|store|register|note|keep|ajout\w*|enregistr\w*|rajout\w*|note[rz]?|garde[rz]?)\b")
_SHOW = re.compile(
    r"\b(?:show|list|see|what|which|tell|display|view|check|give|have|montre[rz]?|affiche[rz]?|voir|quelles?|liste[rz]?|"
    r"donne[rz]?|consult\w*|avez)\b"
)
_SEVERAL = re.compile(r"\b(?:addresses|adresses|address book|carnet d'adresses?)\b")
_BARE = re.compile(r"^(?:my |mes |mon |the |les )?(?:saved |enregistrees )?(?:addresses|adresses|address book|carnet d'adresses?)$")
_DEFAULT = re.compile(r"\b(?:default|main|primary|principale?|(?:par )?defaut)\b")
_MAKES = re.compile(
    r"\b(?:make|set|use|choose|pick|put|switch|want|should be|to be|becomes?|replace|prefer|mets?|mettre|mettez|utilise[rz]?|"
    r"choisi\w*|defini[rst]*|definissez|passe[rz]?|devien\w*|veux|voudrais|prefere|comme|remplace[rz]?)\b"
)
_CHOOSES = re.compile(r"\b(?:choose|pick|select|choisi\w*|selectionn\w*)\b")
_KEEPS = re.compile(
    r"\b(?:keep|leave|don't change|do not change|without changing|not touch|garde\w*|laisse\w*|conserve\w*|"
    r"(?:ne )?(?:change|touche)\w*(?: pas)?|sans (?:changer|toucher))\b[^.?!]*\b(?:default|main|primary|principale?|defaut)\b"
    r"|\b(?:not|no|pas|never)\b[^.,?!]{0,24}\b(?:default|main|primary|principale?|defaut)\b"
    r"|\b(?:default|main|primary|principale?|defaut)\b[^.?!]*\b(?:stays?|remains?|unchanged|as (?:it )?is|the same|reste|inchangee?|"
    r"ne (?:change|bouge))\b"
)
_MOVED = re.compile(
    r"\b(?:moved|moving|move|from now on|always|new (?:home|house|flat|place)|i live|demenag\w*|desormais|toujours|j'habite|"
    r"nouve\w* (?:appart\w*|maison|logement|domicile)|je vis)\b"
)
_OTHER = re.compile(r"\b(?:other|second|old|former|previous|l'autre|autre|deuxieme|seconde|ancienne?|vieille)\b")
_ASIDE = re.compile(
    r"[\s,;.-]*\b(?:but|and|mais|et|sans|without|as|comme|for|pour|to|dans|a|à|in)\b[^.?!\d]*"
    r"\b(?:default|main|primary|principale?|d[eé]faut|address(?:es)?|adresses?|carnet|book|account|compte)\b[^\d]*$",
    re.IGNORECASE,
)
_DULL = frozenset(
    "rue avenue boulevard place chemin quai allee route impasse cours passage street road lane drive court square "
    "maison house flat appartement apartment batiment building saint sainte sous avec dans mon une".split()
)
_SHORT = 4  # letters: a shorter word of a street names no address


@dataclass(frozen=True)
class Wish:
    """What is wanted of the book, and the addresses that the words may mean: one, several to choose from, or none."""

    act: Act
    meant: tuple[Address, ...] = ()
    keeps_default: bool = False  # an address is added, and the default one stays


def read_wish(text: str, addresses: Sequence[Address]) -> Wish | None:
    """What words want of the book; None where they are about a single value, or about nothing of it."""
    said = simplify(text)
    if _NOT_THE_BOOK.search(said):
        return None
    new = find_address(cut_asides(text))
    named = () if new.get("postcode") else find_in_book(text, addresses)
    is_book = re.search(rf"\b{_ADDRESS}\b", said) is not None
    if _removes(said) and (is_book or named):
        return Wish("remove", named or _others(said, addresses) or tuple(addresses))
    if not new.get("postcode") and _DEFAULT.search(said) and not _KEEPS.search(said):
        if named or _OTHER.search(said):
            return Wish("default", named or _others(said, addresses)) if _MAKES.search(said) or is_book else None
        if is_book and _CHOOSES.search(said) and (others := _not_default(addresses)):
            return Wish("default", others)
    if _ADD.search(said) and is_book and not _shows(said):
        return Wish("add", keeps_default=stays_default(text))
    return Wish("show", tuple(addresses)) if _shows(said) else None


def may_mean_book(text: str) -> bool:
    """Whether it is worth reading the book: cheap, and true for everything that `read_wish` hears."""
    said = simplify(text)
    return bool(re.search(rf"\b{_ADDRESS}\b", said) or _DEFAULT.search(said))


def ask_for(option: str, addresses: Sequence[Address]) -> Wish | None:
    """What a button asks for; None where it is none of ours."""
    match option:
        case "show":
            return Wish("show", tuple(addresses))
        case "default":
            return Wish("default", _not_default(addresses))
        case "remove":
            return Wish("remove", tuple(addresses))
        case _:
            return None


def cut_asides(text: str) -> str:
    """The words without what says only how an address is kept: "..., 69002 Lyon, but keep the default one"."""
    return _ASIDE.sub("", text)


def stays_default(text: str) -> bool:
    """Whether the default address stays when another is added: unless words say that they moved, or want it changed."""
    said = simplify(text)
    if _KEEPS.search(said):
        return True
    return not (_DEFAULT.search(said) or _MOVED.search(said))


def says_default(text: str) -> bool | None:
    """Whether a correction wants the new address to be the default one (True), or not (False); None: neither."""
    said = simplify(text)
    if _KEEPS.search(said):
        return False
    return True if _DEFAULT.search(said) else None


def find_in_book(text: str, addresses: Sequence[Address]) -> tuple[Address, ...]:
    """The addresses that words name by city, postcode, street, or who lives there; those that most words fit."""
    words = set(re.findall(r"[\w'-]+", simplify(text)))
    scores = [len(words & _telling(each)) for each in addresses]
    best = max(scores, default=0)
    return tuple(each for each, score in zip(addresses, scores, strict=True) if best and score == best)


def _telling(address: Address) -> set[str]:
    """The words that tell an address from the others."""
    streets = f"{address.line1} {address.line2} {address.company}"
    telling = {each for each in re.findall(r"[\w'-]+", simplify(streets)) if len(each) >= _SHORT and each not in _DULL}
    cities = {each for each in re.findall(r"[\w'-]+", simplify(address.city)) if len(each) > 2 and each not in _DULL}
    return telling | cities | {simplify(address.postcode)}


def _removes(said: str) -> bool:
    found = _REMOVE.search(said)
    return found is not None and (found.group(0) != "take" or _TAKE_OFF.search(said) is not None)


def _others(said: str, addresses: Sequence[Address]) -> tuple[Address, ...]:
    """Those that are not the default one, where words speak of an old or another one."""
    return _not_default(addresses) if _OTHER.search(said) else ()


def _not_default(addresses: Sequence[Address]) -> tuple[Address, ...]:
    return tuple(each for each in addresses if not each.is_default_shipping)


def _shows(said: str) -> bool:
    if _BARE.match(said):
        return True
    changes = _REMOVE.search(said) or re.search(r"\b(?:change|update|edit|out of date|a jour|modifi\w*|several|plusieurs|2)\b", said)
    return bool(_SEVERAL.search(said) and _SHOW.search(said) and not changes)
