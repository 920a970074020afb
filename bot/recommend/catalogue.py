"""What the shop sells, as numpy columns: one snapshot for all customers. Stock is not in it: that is read live."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from threading import Lock

import numpy as np

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import Product, ProductRef
from bot.recommend.column import Column, to_column
from bot.recommend.merchandising import Merchandising
from bot.recommend.traits import (
    colours_of,
    department_of,
    launched_on,
    slot_of,
    words_of,
)
from bot.recommend.types import Floats, Mask, Rows

_PAGE = 200


@dataclass(frozen=True)
class Catalogue:
    """Every product, and its properties as columns with one row a product."""

    products: tuple[Product, ...]
    words: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)  # the engine's vocabulary
    banned: frozenset[ProductRef] = frozenset()  # by the shop's people, today
    pinned: frozenset[ProductRef] = frozenset()
    meaning: Floats | None = field(default=None, compare=False)  # products x dimensions: what their texts mean

    def label(self, kind: str, value: str, language: str) -> str:
        """A colour, type or brand as people say it; an engine's vocabulary names English first, then French."""
        names = self.words.get(kind, {}).get(value) or (value.replace("_", " "),)
        return names[1] if language == "fr" and len(names) > 1 else names[0]

    @cached_property
    def row_of(self) -> Mapping[ProductRef, int]:
        """Product reference -> row."""
        return {product.ref: row for row, product in enumerate(self.products)}

    @cached_property
    def is_banned(self) -> Mask:
        """What the shop's people keep out of sight."""
        return np.array([product.ref in self.banned for product in self.products], dtype=np.bool_)

    @cached_property
    def is_pinned(self) -> Mask:
        """What they want to come first among equals."""
        return np.array([product.ref in self.pinned for product in self.products], dtype=np.bool_)

    def presented(self, products: Iterable[Product]) -> tuple[Product, ...]:
        """Products as the shop's people want them shown: without what they ban, what they pin first."""
        shown = [product for product in products if product.ref not in self.banned]
        return tuple(sorted(shown, key=lambda product: product.ref not in self.pinned))

    @cached_property
    def row_of_variant(self) -> Mapping[str, int]:
        """Variant reference -> its product's row."""
        return {variant.ref: row for row, each in enumerate(self.products) for variant in each.variants}

    @cached_property
    def row_of_lower(self) -> Mapping[str, int]:
        """A product's or a variant's reference in lower case, as `purchases` keeps it -> the product's row."""
        return {ref.lower(): row for refs in (self.row_of_variant, self.row_of) for ref, row in refs.items()}

    def __len__(self) -> int:
        """How many products."""
        return len(self.products)

    @cached_property
    def colours(self) -> tuple[str, ...]:
        """Every colour, in the order of the columns of `has_colour`."""
        return tuple(sorted({colour for product in self.products for colour in colours_of(product)}))

    @cached_property
    def has_colour(self) -> Mask:
        """Products x colours."""
        column = {colour: number for number, colour in enumerate(self.colours)}
        table = np.zeros((len(self), len(self.colours)), dtype=np.bool_, order="F")  # read a colour after the other
        for row, product in enumerate(self.products):
            table[row, [column[colour] for colour in colours_of(product)]] = True
        return table

    @cached_property
    def is_colourless(self) -> Mask:
        """Which come in no colour that the shop names."""
        return ~self.has_colour.any(axis=1)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """Every product type, in the order of the numbers of `type_code`."""
        return tuple(sorted({product.product_type for product in self.products} - {""}))

    def is_of_types(self, types: Collection[str]) -> Mask:
        """Which products are of one of some types."""
        return np.isin(self.type_code, [number for number, name in enumerate(self.types) if name in types])

    @cached_property
    def type_code(self) -> Rows:
        """Equal numbers for equal product types."""
        return _encode([product.product_type for product in self.products])

    @cached_property
    def brand_code(self) -> Rows:
        """Equal numbers for equal brands; -1 without one."""
        return _encode([product.brand for product in self.products])

    @cached_property
    def slots(self) -> Column[str]:
        """Where each is worn."""
        return to_column(slot_of(product) for product in self.products)

    @cached_property
    def departments(self) -> Column[str]:
        """For whom each is cut; "" for everybody."""
        return to_column(department_of(product) for product in self.products)

    @cached_property
    def price_minor(self) -> Floats:
        """The lowest price of each, in minor units."""
        return np.array([min((v.price_minor for v in p.variants), default=0) for p in self.products], dtype=np.float64)

    @cached_property
    def full_price_minor(self) -> Floats:
        """What each costs at least where nothing is reduced, in minor units."""
        full = [[max(v.price_minor, v.compare_at_minor or 0) for v in p.variants] for p in self.products]
        return np.array([min(each, default=0) for each in full], dtype=np.float64)

    @cached_property
    def currency(self) -> str:
        """What the shop's prices are in; EUR where nothing has a price."""
        return next((variant.currency for product in self.products for variant in product.variants), "EUR")

    @cached_property
    def usual_price(self) -> Floats:
        """The median of the lowest prices of each type, in the order of `types`; a last 0 for products without one."""
        of = [self.price_minor[self.type_code == number] for number in range(len(self.types))]
        return np.array([*(np.median(prices) for prices in of), 0.0], dtype=np.float64)

    @cached_property
    def launched_day(self) -> Rows:
        """The day each came in, as a proleptic ordinal; 0 when not told."""
        days = (launched_on(product) for product in self.products)
        return np.array([day.toordinal() if day else 0 for day in days], dtype=np.int64)

    @cached_property
    def is_replenishable(self) -> Mask:
        """Whether people buy it again."""
        return np.array([product.is_replenishable for product in self.products], dtype=np.bool_)

    @cached_property
    def seasons(self) -> Column[frozenset[str]]:
        """The seasons each is meant for; empty for all of them."""
        return self._words("season")

    @cached_property
    def occasions(self) -> Column[frozenset[str]]:
        """What each is made for."""
        return self._words("occasion")

    @cached_property
    def materials(self) -> Column[frozenset[str]]:
        """What each is made of."""
        return self._words("material")

    @cached_property
    def brands(self) -> Column[str]:
        """Whose each is; "" where that is not told."""
        return to_column(product.brand for product in self.products)

    @cached_property
    def origins(self) -> Column[str]:
        """Where each is made, as the shop states it; "" where it does not."""
        return to_column(str(product.attributes.get("origin", "")) for product in self.products)

    def _words(self, kind: str) -> Column[frozenset[str]]:
        return to_column(words_of(product, kind) for product in self.products)

    def rows(self, refs: Iterable[ProductRef]) -> Rows:
        """The rows of the references that are (still) sold."""
        return np.array([self.row_of[ref] for ref in refs if ref in self.row_of], dtype=np.int64)


ReadMeaning = Callable[[Catalogue], Floats | None]


class CatalogueCache:
    """Hands out one snapshot to every thread and renews it when it is older than `lifetime`."""

    def __init__(
        self, commerce: CommerceEngine, lifetime: timedelta = timedelta(seconds=60),
        merchandising: Merchandising | None = None, read_meaning: ReadMeaning | None = None,
    ) -> None:
        """Reads nothing before the first `get`."""
        self._commerce = commerce
        self._merchandising = merchandising or Merchandising()
        self._read_meaning = read_meaning
        self._lifetime = lifetime
        self._lock = Lock()
        self._held: tuple[datetime, Catalogue] | None = None

    def get(self, now: datetime) -> Catalogue:
        """The catalogue; raises what the engine raises when it has to be read."""
        with self._lock:
            if self._held is None or not timedelta() <= now - self._held[0] < self._lifetime:
                self._held = (now, self._choose(read_catalogue(self._commerce), now))
            return self._held[1]

    def _choose(self, catalogue: Catalogue, now: datetime) -> Catalogue:
        products, today = catalogue.products, now.date()
        rules = self._merchandising
        meaning = self._read_meaning(catalogue) if self._read_meaning else None
        banned, pinned = rules.banned(products, today), rules.pinned(products, today)
        return replace(catalogue, banned=banned, pinned=pinned, meaning=meaning)


def read_catalogue(commerce: CommerceEngine) -> Catalogue:
    """Every product of the shop, page by page."""
    products: list[Product] = []
    cursor = ""
    while True:
        page = commerce.search_products("", limit=_PAGE, cursor=cursor)
        products += page.items
        cursor = page.cursor
        if not cursor:
            return Catalogue(tuple(products), commerce.vocabulary())


def _encode(words: list[str]) -> Rows:
    codes = {word: number for number, word in enumerate(sorted(set(words) - {""}))}
    return np.array([codes.get(word, -1) for word in words], dtype=np.int64)
