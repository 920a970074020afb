"""Stage A2: a text -> its words and pieces of words, weighed as scikit-learn's TfidfVectorizer weighs them. Pure.

The same numbers for one text in a tenth of the time: the vectorizer makes and checks matrices that are meant for thousands.
"""

from collections import Counter
from typing import Any, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer


class Pieces:
    """What fitted vectorizers, side by side, know of words; `score` is their row times a matrix."""

    def __init__(self, vectorisers: Sequence[TfidfVectorizer]) -> None:
        """Of vectorizers with l2 rows, as the default is."""
        starts = np.cumsum([0, *(len(each.vocabulary_) for each in vectorisers)])
        self._readers = [_Reader(each, int(start)) for each, start in zip(vectorisers, starts, strict=False)]

    def score(self, text: str, weights: Any) -> Any:
        """One number for each column of `weights`, which has a row for each piece: what the text's pieces add up to."""
        return sum(each.score(text, weights) for each in self._readers)


class _Reader:
    def __init__(self, vectoriser: TfidfVectorizer, start: int) -> None:
        self._split = vectoriser.build_analyzer()
        self._places = vectoriser.vocabulary_
        self._idf = vectoriser.idf_
        self._is_sublinear: bool = vectoriser.sublinear_tf
        self._start = start

    def score(self, text: str, weights: Any) -> Any:
        counts = Counter(self._places[piece] for piece in self._split(text) if piece in self._places)
        if not counts:
            return np.zeros(weights.shape[1:], np.float32)
        at, times = np.array(list(counts)), np.array(list(counts.values()), np.float64)
        heard = (1 + np.log(times) if self._is_sublinear else times) * self._idf[at]
        return (heard / np.linalg.norm(heard)).astype(np.float32) @ weights[at + self._start]
