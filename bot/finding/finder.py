"""Stage A6: a sentence, in either language -> products that answer it, best first. The one entrance to finding."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from bot.commerce.types import Product
from bot.finding.asked import Asked
from bot.finding.index import Index
from bot.finding.naming import find_named
from bot.finding.ranking import Encode, Ranked, rank
from bot.finding.reading import read_asked
from bot.finding.vectors import Encoder, VectorFile
from bot.recommend.catalogue import Catalogue
from bot.service.answers import simplify

_LONGEST = 300  # characters of a sentence; what comes after says nothing new


@dataclass(frozen=True)
class Found:
    """Products, best first, whatever their stock. `fits`: how many of the first ones are all that was asked for;
    `given_up`: else the kinds of demands that the very first misses; `is_cut`: more of them fit than are here.
    """

    asked: Asked
    products: tuple[Product, ...]
    fits: int
    given_up: tuple[str, ...] = ()
    is_cut: bool = False

    @property
    def has_closest(self) -> bool:
        """Whether there is anything near: not where all that was named is a thing that the shop does not have."""
        named = any(each.values or each.is_avoided for each in self.asked.demands)
        return self.fits > 0 or named or self.asked.has_price

    @property
    def fitting(self) -> tuple[Product, ...]:
        """Those that fit."""
        return self.products[: self.fits]


class Finder:
    """Finds by sentences. Safe to share between threads; reads the catalogue's snapshot, never the stock."""

    def __init__(
        self, catalogue: Callable[[datetime], Catalogue], vectors: VectorFile | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        """Builds nothing until it is asked. Without `vectors` it goes by words and attributes alone."""
        self._catalogue = catalogue
        self._vectors = vectors
        self._encoder = encoder or Encoder()
        self._lock = Lock()
        self._held: Index | None = None
        self._vectors_at = 0  # how old those in the index are

    def find(
        self, text: str, *, language: str, shown: str = "", before: Sequence[str] = (), below_minor: int = 0,
        limit: int = 48, now: datetime,
    ) -> Found:
        """What answers a sentence; `shown` is what "something like this" means, `before` the sentences it goes on with,
        `below_minor` the price that "cheaper" has to beat. Raises what the engine raises.
        """
        text, before = text[:_LONGEST], [each[:_LONGEST] for each in before]
        index = self._index(now)
        row = index.catalogue.row_of.get(shown) if shown else None  # type: ignore[call-overload]
        ranked = rank(index, text, language=language, shown=row, encode=self._encoder_for(index), before=before,
                      below_minor=below_minor)
        return _found(index, ranked, limit)

    def read(self, text: str, *, language: str, now: datetime) -> Asked:
        """What a sentence asks for, in the shop's values, without looking for it. Raises what the engine raises."""
        index = self._index(now)
        said = index.spelling.correct(text[:_LONGEST])
        return read_asked(said, index.lexicon, language=language, sizes=index.sizes, currency=index.catalogue.currency)

    def find_named(
        self, text: str, *, types: Collection[str], shown: Collection[str], now: datetime
    ) -> tuple[Product, ...]:
        """The products that a sentence calls by name, () for none; several where nothing tells which: neither the type
        that is named nor what was shown. Raises what the engine raises.
        """
        index = self._index(now)
        refs = find_named(simplify(text[:_LONGEST]), index.names, types, shown)
        return tuple(index.catalogue.products[row] for row in index.catalogue.rows(refs).tolist())

    def renew(self, now: datetime) -> int:
        """Encode what the catalogue has that was never encoded, some of it: how much. Writes the file of vectors."""
        return self._vectors.renew(self._catalogue(now), self._encoder.passages) if self._vectors else 0

    def _encoder_for(self, index: Index) -> Encode | None:
        return self._encoder.query if index.vectors is not None else None

    def _index(self, now: datetime) -> Index:
        """Built anew only when a product or a word changed, not each time that the snapshot is renewed."""
        catalogue = self._catalogue(now)
        changed_at = self._vectors.changed_at() if self._vectors else 0
        with self._lock:
            held = self._held.renewed(catalogue) if self._held else Index.build(catalogue)
            if held.lexical is not getattr(self._held, "lexical", None) or changed_at != self._vectors_at:
                held = self._with_vectors(held)
            self._held, self._vectors_at = held, changed_at
            return held

    def _with_vectors(self, index: Index) -> Index:
        return index.with_vectors(self._vectors.matrix(index.catalogue)) if self._vectors else index


def _found(index: Index, ranked: Ranked, limit: int) -> Found:
    products = tuple(index.catalogue.products[row] for row in ranked.rows[:limit].tolist())
    fits = min(ranked.fits, len(products))
    return Found(ranked.asked, products, fits, ranked.given_up, is_cut=ranked.fits > fits)
