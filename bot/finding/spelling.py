"""Slips of the finger: a word that nobody knows, read as the known one that it is a letter away from."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.finding.text import fold, stem

_ALIKE = 0.8  # one letter in five
_SHORTEST = 4
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Spelling:
    """`known`: stems that are left alone. What may be meant: words by their stem, and the stems by their first letter,
    which is seldom mistyped.
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
        meant = process.extractOne(
            root, self.by_letter.get(root[0], ()), scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=_ALIKE
        )
        return self.words[meant[0]] if meant else word
