"""Slips of the finger: a word that nobody knows, read as the known one that it is a letter away from."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.finding.text import fold, stem

_ALIKE = 0.79  # one letter in five
_SHORTEST = 4
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Spelling:
    """`known`: stems that are left alone. What may be meant: `words` by their form, whole or stem, and those forms by
    their first letter, which is seldom mistyped.
    """

    known: frozenset[str]
    words: Mapping[str, str]
    by_letter: Mapping[str, tuple[str, ...]] = field(repr=False)

    @classmethod
    def of(cls, names: Iterable[str], others: Iterable[str]) -> "Spelling":
        """`names` are what people ask for and may mistype; `others` are spelt well too, and asked for seldom."""
        words: dict[str, str] = {}
        for text in names:
            for word in _WORD.findall(fold(text)):
                words.setdefault(word, word)
                words.setdefault(stem(word), word)
        by_letter: dict[str, list[str]] = {}
        for each in words:
            by_letter.setdefault(each[0], []).append(each)
        known = {stem(word) for text in others for word in _WORD.findall(fold(text))}
        letters = {letter: tuple(stems) for letter, stems in by_letter.items()}
        return cls(frozenset(known | words.keys()), words, letters)

    def correct(self, text: str) -> str:
        """The text, folded, with the words that are a letter off put right; the others as they are."""
        return _WORD.sub(lambda match: self._correct_word(match.group()), fold(text))

    def _correct_word(self, word: str) -> str:
        root = stem(word)
        if len(word) < _SHORTEST or root in self.known:
            return word
        near = [(form, self.by_letter.get(word[0], ())) for form in dict.fromkeys((root, word))]
        found = [meant for form, forms in near if (meant := _nearest(form, forms))]
        return self.words[max(found, key=lambda each: each[1])[0]] if found else word


def _nearest(form: str, forms: Sequence[str]) -> tuple[str, float] | None:
    score = DamerauLevenshtein.normalized_similarity
    meant = process.extractOne(form, forms, scorer=score, score_cutoff=_ALIKE)
    return (meant[0], meant[1]) if meant else None
