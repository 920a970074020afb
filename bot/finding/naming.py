"""Stage A6: words -> the products of the catalogue that they call by name. Pure.

A product's own name is what its names share in all languages ("Rédaction" of "Sac à dos Rédaction" and "Rédaction
backpack"); where it has one name, that name without the shop's own words at its ends. What is only made of words that
mean something else (a type, a colour, a place in a list) is nobody's name.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.commerce.types import Product, ProductRef
from bot.service.answers import find_ordinal, find_place, simplify_name
from bot.service.quantities import NUMBERS
from bot.service.wishes import FILLERS

Words = tuple[str, ...]
Span = tuple[int, int]
_SHORTEST, _SHORTEST_MISSPELT = 3, 6  # letters
_ALIKE = 0.83  # one letter in six
_WORD = re.compile(r"\w+")
_ARTICLES = frozenset("le la les l un une des the a an my mon ma mes".split())
_CALLS = _ARTICLES | NUMBERS.keys() | frozenset(  # "add Garance", "du Garance": a word alone may mean anything else
    """du ce cet cette this that your votre one of with avec et and add take ajoute ajouter ajoutez mets mettez prends
    prendre""".split()
)
_ASIDE = frozenset("pour for avant before by on en in au aux at dans chez depuis since until jusqu".split())
_NOT = frozenset("pas not sauf except ni nor".split())


@dataclass(frozen=True)
class ProductNames:
    """What a catalogue's products are called. `own`: names by their first word; `words`: all that stand in a name."""

    own: Mapping[str, Sequence[tuple[Words, ProductRef]]]
    words: Mapping[ProductRef, frozenset[str]]
    types: Mapping[ProductRef, str]

    @classmethod
    def of(cls, products: Iterable[Product], vocabulary: Mapping[str, Mapping[str, Sequence[str]]]) -> "ProductNames":
        """Of what a shop sells; `vocabulary` are its words for what it is, in all languages."""
        common = frozenset(
            word for values in vocabulary.values() for value, names in values.items()
            for name in (value.replace("_", " "), *names) for word in _words(name)
        )
        own: dict[str, list[tuple[Words, ProductRef]]] = {}
        words: dict[ProductRef, frozenset[str]] = {}
        types: dict[ProductRef, str] = {}
        for product in products:
            names = tuple(dict.fromkeys(map(_words, product.names.values())))
            types[product.ref] = product.product_type
            words[product.ref] = frozenset(word for name in names for word in name)
            for name in _own_names(names, common):
                own.setdefault(name[0], []).append((name, product.ref))
        return cls(own, words, types)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every word of a name: what is no slip of the finger."""
        return frozenset(word for words in self.words.values() for word in words)


def find_named(
    said: str, names: ProductNames, types: Collection[str], shown: Collection[str]
) -> tuple[ProductRef, ...]:
    """The products that simplified words call by name, () for none; several where nothing tells which.

    `types` are those named beside it, `shown` what was shown: of several with one name they say which is meant.
    """
    words = tuple(_WORD.findall(said))
    found = _longest(_spans(words, names, _CALLS)) or _longest(_misspelt(words, names, types))
    meant = {span: refs for span, refs in found.items() if not _is_after(words, span[0], _ASIDE)}
    wanted = {span: refs for span, refs in meant.items() if not _is_after(words, span[0], _NOT)}
    if meant and not wanted and find_place(said):  # "not the Garance, the second one"
        return ()
    chosen = (ref for refs in (wanted or meant).values() for ref in _narrow(refs, words, names, types, shown))
    return tuple(dict.fromkeys(chosen))


def _narrow(
    refs: Sequence[ProductRef], words: Words, names: ProductNames, types: Collection[str], shown: Collection[str]
) -> Sequence[ProductRef]:
    """Of those with one name: of which the most words are said, of a named type, shown."""
    most = max(len(names.words[ref] & set(words)) for ref in refs)
    refs = [ref for ref in refs if len(names.words[ref] & set(words)) == most]
    refs = [ref for ref in refs if names.types[ref] in types] or refs
    return [ref for ref in refs if ref in shown] or refs


def _spans(words: Words, names: ProductNames, before: frozenset[str] = frozenset()) -> dict[Span, list[ProductRef]]:
    found: dict[Span, list[ProductRef]] = {}
    for start, word in enumerate(words):
        for name, ref in names.own.get(word, ()):
            span = (start, start + len(name))
            if words[slice(*span)] == name and _is_called(words, span, names.words[ref], before):
                found.setdefault(span, []).append(ref)
    return found


def _longest(found: Mapping[Span, list[ProductRef]]) -> dict[Span, list[ProductRef]]:
    """Without what stands within a longer name."""
    return {
        (start, end): refs for (start, end), refs in found.items()
        if not any(s <= start and end <= e and e - s > end - start for s, e in found)
    }


def _misspelt(words: Words, names: ProductNames, types: Collection[str]) -> dict[Span, list[ProductRef]]:
    """Names that are a letter off, of products of a named type, beside another word of theirs: "Redacton backpack".

    A word that stands in any name is no slip of the finger.
    """
    if not types:
        return {}
    parts = {part for each in names.own.values() for name, ref in each if names.types[ref] in types for part in name}
    spelt = tuple(word if word in names.known else _nearest(word, parts) for word in words)
    return _spans(spelt, names)


def _is_called(words: Words, span: Span, own: frozenset[str], before: frozenset[str]) -> bool:
    """Whether words are said as a name: several, beside another word of the product's names, or after some words."""
    start, end = span
    beside = {*words[max(0, start - 1) : start], *words[end : end + 1]}
    return end - start > 1 or bool(beside & own) or (start > 0 and words[start - 1] in before)


def _nearest(word: str, parts: Collection[str]) -> str:
    if len(word) < _SHORTEST_MISSPELT:
        return word
    score = DamerauLevenshtein.normalized_similarity
    found = process.extractOne(word, parts, scorer=score, score_cutoff=_ALIKE)
    return str(found[0]) if found else word


def _is_after(words: Words, start: int, some: frozenset[str]) -> bool:
    """Whether one of some words stands before, articles left out: "pour le dimanche"."""
    before = [word for word in words[max(0, start - 3) : start] if word not in _ARTICLES]
    return bool(before) and before[-1] in some


def _own_names(names: Sequence[Words], common: frozenset[str]) -> set[Words]:
    """The whole names, and what is the product's own in them; nothing that is but common words."""
    shared = _shared(names) if len(names) > 1 else {_stripped(names[0], common)} if names else set()
    return {name for name in {*names, *shared} if not all(_is_common(word, common) for word in name)}


def _shared(names: Sequence[Words]) -> set[Words]:
    """The longest runs of words that stand in every name."""
    first, *others = names
    runs = {
        first[start:end] for start in range(len(first)) for end in range(start + 1, len(first) + 1)
        if all(_holds(other, first[start:end]) for other in others)
    }
    return {run for run in runs if not any(run != other and _holds(other, run) for other in runs)}


def _holds(words: Words, run: Words) -> bool:
    return any(words[start : start + len(run)] == run for start in range(len(words)))


def _stripped(name: Words, common: frozenset[str]) -> Words:
    own = [place for place, word in enumerate(name) if not _is_common(word, common)]
    return name[own[0] : own[-1] + 1] if own else ()


def _is_common(word: str, common: frozenset[str]) -> bool:
    return len(word) < _SHORTEST or word in common or word in FILLERS or word in NUMBERS or bool(find_ordinal(word))


@lru_cache(maxsize=65_536)
def _words(name: str) -> Words:
    return tuple(_WORD.findall(simplify_name(name)))
