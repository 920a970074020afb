"""The catalogue as columns to ask demands of: for each kind and value the products that have it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bot.commerce.types import Product
from bot.finding.words import STATED, WARMTH
from bot.recommend.catalogue import Catalogue
from bot.recommend.size_tables import holds, is_foreign, own_sizes
from bot.recommend.traits import colours_of, department_of, size_of, slot_of, words_of
from bot.recommend.types import Floats, Mask

_JEWELS = frozenset({"necklace", "earrings", "bracelet", "ring", "brooch", "anklet", "jewellery"})
_WORN_WARM = {"outer": 0.25, "dress": 0.0}


@dataclass(frozen=True)
class Columns:
    """Masks with one row a product."""

    catalogue: Catalogue

    def has(self, kind: str, values: Iterable[str]) -> Mask:
        """The products with any of the values."""
        mask = np.zeros(len(self.catalogue), dtype=np.bool_)
        for value in values:
            if rows := self._rows.get((kind, value)):
                mask[rows] = True
        return mask

    def in_sizes(self, said: Iterable[str]) -> Mask:
        """The products that come in any of the sizes said, those of another country read in each product's own."""
        said = tuple(said)
        spans = [size for kind, size in self._rows if kind == "size" and any(holds(size, each) for each in said)]
        mask = self.has("size", (*said, *spans))
        for size in filter(is_foreign, said):
            mask |= np.array([bool(own_sizes(product, size)) for product in self.catalogue.products], dtype=np.bool_)
        return mask

    @cached_property
    def _rows(self) -> Mapping[tuple[str, str], list[int]]:
        found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for row, product in enumerate(self.catalogue.products):
            for key in set(_properties(product)):
                found[key].append(row)
        return found

    @cached_property
    def is_for_all(self) -> Mask:
        """Cut for everybody."""
        return self.catalogue.departments.among({""})

    @cached_property
    def has_sizes(self) -> Mask:
        """What comes in sizes at all."""
        return np.array([any(size_of(v.options) for v in p.variants) for p in self.catalogue.products], dtype=np.bool_)

    @cached_property
    def is_on_sale(self) -> Mask:
        """What was dearer before."""
        dearer = (any((v.compare_at_minor or 0) > v.price_minor for v in p.variants) for p in self.catalogue.products)
        return np.array(list(dearer), dtype=np.bool_)

    @cached_property
    def warmth(self) -> Floats:
        """About 0 for a beach dress, about 1 for a winter coat: by material, pattern and season."""
        return np.array([_warmth(product) for product in self.catalogue.products], dtype=np.float64)


def _properties(product: Product) -> Iterable[tuple[str, str]]:
    yield "product_type", product.product_type
    yield "brand", product.brand
    yield "gender", department_of(product)
    slot = slot_of(product)
    yield "place", "jewellery" if product.product_type in _JEWELS else slot
    if product.product_type in _JEWELS:
        yield "place", slot
    for colour in colours_of(product):
        yield "colour", colour
    for variant in product.variants:
        yield "size", size_of(variant.options).upper()
    for topic in STATED:
        if product.attributes.get(topic):
            yield topic, "stated"
    yield "origin", str(product.attributes.get("origin", ""))
    for value in words_of(product, "care"):
        yield "care", value
    for kind in ("material", "pattern", "occasion", "season", "style"):
        for value in words_of(product, kind):
            yield kind, value


def _warmth(product: Product) -> float:
    materials, patterns, seasons = (words_of(product, kind) for kind in ("material", "pattern", "season"))
    value = max((WARMTH.get(each, 0.2) for each in materials), default=0.2)
    if "quilted" in patterns:
        value = max(value, 0.7)
    cold = 0.25 * ("autumn_winter" in seasons) - 0.3 * ("spring_summer" in seasons)
    return value + cold + _WORN_WARM.get(slot_of(product), 0.0)
