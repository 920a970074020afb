"""BM25 over what products say of themselves, in every language at once. Columns, built once a catalogue."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.commerce.types import Product
from bot.finding.text import stems_of
from bot.recommend.catalogue import Catalogue
from bot.recommend.traits import colours_of, words_of
from bot.recommend.types import Floats, Rows

_K, _B = 1.2, 0.6
_NAME_COUNTS = 3
_ATTRIBUTES = ("material", "pattern", "occasion", "season", "style", "care")


@dataclass(frozen=True)
class Lexical:
    """For each stem the products that hold it, with what it weighs there."""

    size: int
    postings: Mapping[str, tuple[Rows, Floats]]

    def score(self, stems: Mapping[str, float]) -> Floats:
        """What the products owe to these stems, each with its weight."""
        total = np.zeros(self.size)
        for stem, weight in stems.items():
            if stem in self.postings:
                rows, weights = self.postings[stem]
                total[rows] += weight * weights
        return total

    def best(self, stems: Mapping[str, float]) -> float:
        """What a product that holds every stem would about reach."""
        return sum(weight * float(self.postings[s][1].max()) for s, weight in stems.items() if s in self.postings)


def build_lexical(catalogue: Catalogue) -> Lexical:
    """Count, then weigh."""
    counts = [Counter(_stems(product, catalogue)) for product in catalogue.products]
    lengths = np.array([sum(each.values()) for each in counts], dtype=np.float64)
    norm = _K * (1 - _B + _B * lengths / max(lengths.mean(), 1.0)) if len(lengths) else lengths
    held: dict[str, list[tuple[int, int]]] = {}
    for row, each in enumerate(counts):
        for stem, count in each.items():
            held.setdefault(stem, []).append((row, count))
    return Lexical(len(counts), {stem: _weigh(pairs, norm, len(counts)) for stem, pairs in held.items()})


def _weigh(pairs: Sequence[tuple[int, int]], norm: Floats, size: int) -> tuple[Rows, Floats]:
    rows = np.array([row for row, _ in pairs], dtype=np.int64)
    count = np.array([count for _, count in pairs], dtype=np.float64)
    idf = np.log(1 + (size - len(rows) + 0.5) / (len(rows) + 0.5))
    return rows, idf * count * (_K + 1) / (count + norm[rows])


def _stems(product: Product, catalogue: Catalogue) -> Iterable[str]:
    for name in product.names.values():
        yield from stems_of(name) * _NAME_COUNTS
    for description in product.descriptions.values():
        yield from stems_of(description)
    yield from _labels(catalogue, "product_type", [product.product_type])
    yield from _labels(catalogue, "brand", [product.brand])
    yield from _labels(catalogue, "colour", colours_of(product))
    for kind in _ATTRIBUTES:
        yield from _labels(catalogue, kind, words_of(product, kind))


def _labels(catalogue: Catalogue, kind: str, values: Iterable[str]) -> Iterable[str]:
    for value in values:
        names = catalogue.words.get(kind, {}).get(value, (value.replace("_", " "),))
        yield from {each for name in names for each in stems_of(name)}
