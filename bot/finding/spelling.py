"""Slips of the finger: a word that nobody knows, read as the known one that it is a letter away from."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.commerce.folding import fold
from bot.finding.text import stem

_ALIKE = 0.79  # one letter in five
_SHORTEST = 4
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Spelling:
    """`known`: stems that are left alone. `words`: what may be meant, by its form, whole or stem. `names` and `plain`:
    those forms by their first letter, which is seldom mistyped; a short word can only be a name.
    """

    known: frozenset[str]
    words: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]] = field(repr=False)
    plain: Mapping[str, tuple[str, ...]] = field(repr=False)

    @classmethod
    def of(cls, names: Iterable[str], plain: Iterable[str], others: Iterable[str]) -> "Spelling":
        """`names` and `plain` are what people ask for and may mistype; `others` are spelt well, and left alone."""
        named, told = _forms(names), _forms(plain)
        known = {stem(word) for text in others for word in _WORD.findall(fold(text))}
        known |= named.keys() | told.keys()
        return cls(frozenset(known), {**told, **named}, _by_letter(named), _by_letter(told))

    def correct(self, text: str) -> str:
        """The text, folded, with the words that are a letter off put right; the others as they are."""
        return _WORD.sub(lambda match: self._correct_word(match.group()), fold(text))

    def _correct_word(self, word: str) -> str:
        if len(word) < _SHORTEST or stem(word) in self.known:
            return word
        tables = (self.names, self.plain) if len(word) > _SHORTEST else (self.names,)
        near = (_nearest(form, table.get(word[0], ())) for form in {word, stem(word)} for table in tables)
        found = [each for each in near if each]
        return self.words[max(found, key=lambda each: each[1])[0]] if found else word


def _forms(texts: Iterable[str]) -> dict[str, str]:
    """A word by itself and by its stem."""
    forms: dict[str, str] = {}
    for text in texts:
        for word in _WORD.findall(fold(text)):
            forms.setdefault(word, word)
            forms.setdefault(stem(word), word)
    return forms


def _by_letter(forms: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for form in forms:
        found.setdefault(form[0], []).append(form)
    return {letter: tuple(each) for letter, each in found.items()}


def _nearest(form: str, forms: Sequence[str]) -> tuple[str, float] | None:
    score = DamerauLevenshtein.normalized_similarity
    meant = process.extractOne(form, forms, scorer=score, score_cutoff=_ALIKE)
    return (meant[0], meant[1]) if meant else None
