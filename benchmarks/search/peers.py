"""SQLite's FTS5 with BM25, as a shop would use it: a product's words in both languages, an OR of the words asked."""

import re
import sqlite3
from collections.abc import Iterable, Iterator

from bot.commerce.types import Product
from bot.recommend.catalogue import Catalogue
from bot.recommend.traits import colours_of, sizes_of, words_of

TOKENIZERS = ("unicode61 remove_diacritics 2", "porter unicode61 remove_diacritics 2")
_KINDS = ("gender", "material", "pattern", "occasion", "season", "style", "care")
# What says nothing, in both languages.
_STOP = frozenset("""
    a au aux avec c ce cet cette d dans de des du elle en est et il j je l la le les leur lui m ma mais me mes moi mon n
    ne nous on ou par pas pour qu que qui s sa se ses son sur t ta te tes toi ton tu un une vous y
    an and any are as at be but by can for from get had has have he her him i in is it its my no not of on or she so
    some something that the their them then there these this those to was with you your
""".split())


class FullText:
    """One index over a catalogue; a word in a name weighs three times."""

    def __init__(self, catalogue: Catalogue, tokenizer: str) -> None:
        """Fill a table in memory."""
        self._connection = sqlite3.connect(":memory:")
        self._connection.execute(
            f"CREATE VIRTUAL TABLE product USING fts5(slug UNINDEXED, name, words, tokenize='{tokenizer}')"
        )
        lines = ((p.slug, " ".join(p.names.values()), " ".join(_words(p, catalogue))) for p in catalogue.products)
        self._connection.executemany("INSERT INTO product VALUES (?, ?, ?)", lines)

    def search(self, text: str, *, leave_out: str = "", limit: int = 10) -> list[str]:
        """The slugs of the best products, best first; none where no word is anywhere."""
        terms = [word for word in re.findall(r"[^\W_]+", text.lower()) if word not in _STOP]
        if not terms:
            return []
        query = " OR ".join(f'"{term}"' for term in terms)
        rows = self._connection.execute(
            "SELECT slug FROM product WHERE product MATCH ? AND slug <> ? ORDER BY bm25(product, 0, 3, 1) LIMIT ?",
            (query, leave_out, limit),
        )
        return [slug for (slug,) in rows]


def _words(product: Product, catalogue: Catalogue) -> Iterator[str]:
    """The descriptions, and everything that anybody calls its values."""
    yield from product.descriptions.values()
    yield from _names(catalogue, "product_type", [product.product_type])
    yield from _names(catalogue, "brand", [product.brand])
    yield from _names(catalogue, "colour", colours_of(product))
    yield from _names(catalogue, "size", sizes_of(product))
    for kind in _KINDS:
        yield from _names(catalogue, kind, words_of(product, kind))


def _names(catalogue: Catalogue, kind: str, values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield from catalogue.words.get(kind, {}).get(value, (value,))
