"""BM25 over what products say of themselves, in every language at once. Columns, built once a catalogue."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.commerce.types import Product
from bot.finding.text import stems_of
from bot.finding.words import STATED
from bot.recommend.catalogue import Catalogue
from bot.recommend.traits import colours_of, words_of
from bot.recommend.types import Floats, Rows

_K, _B = 1.2, 0.6
_NAME_COUNTS = 3
_ATTRIBUTES = ("material", "pattern", "occasion", "season", "style", "care")
_LABELLED = frozenset({"product_type", "brand", "colour", *_ATTRIBUTES})
Labels = Mapping[str, Mapping[str, frozenset[str]]]  # the stems of every name of a value, by kind: folded once each


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
    labels = {
        kind: {value: _stems_of_names(names) for value, names in values.items()}
        for kind, values in catalogue.words.items() if kind in _LABELLED
    }
    counts = [Counter(_stems(product, labels)) for product in catalogue.products]
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


def _stems(product: Product, labels: Labels) -> Iterable[str]:
    for name in product.names.values():
        yield from stems_of(name) * _NAME_COUNTS
    for description in product.descriptions.values():
        yield from stems_of(description)
    for text in _stated(product):
        yield from stems_of(text)
    yield from _of_labels(labels, "product_type", [product.product_type])
    yield from _of_labels(labels, "brand", [product.brand])
    yield from _of_labels(labels, "colour", colours_of(product))
    for kind in _ATTRIBUTES:
        yield from _of_labels(labels, kind, words_of(product, kind))


def _stated(product: Product) -> Iterable[str]:
    """What it says of its repair, recycling and impact, in every language that it says it in."""
    for value in (product.attributes.get(topic) for topic in STATED):
        yield from (value.values() if isinstance(value, Mapping) else [str(value)] if value else ())


def _of_labels(labels: Labels, kind: str, values: Iterable[str]) -> Iterable[str]:
    known = labels.get(kind, {})
    for value in values:
        yield from known[value] if value in known else _stems_of_names([value.replace("_", " ")])


def _stems_of_names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(each for name in names for each in stems_of(name))
