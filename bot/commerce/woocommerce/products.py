"""Products as shoppers see them; the whole catalogue in memory, read anew every few minutes, single ones always live.

Read from the Store API: what is published, at the prices that the shop shows, taxes as it shows them.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock, Thread

import structlog

from bot.commerce.catalogue_search import Catalogue, index_catalogue
from bot.commerce.forms import chunks, joined
from bot.commerce.types import Product
from bot.commerce.woocommerce.client import PER_PAGE, WooCommerceClient
from bot.commerce.woocommerce.product_shapes import Words, note_words, to_product
from bot.commerce.woocommerce.shapes import Native, is_id
from bot.errors import NotFound, PrevenantError

log = structlog.get_logger()
_READ_ANEW_SECONDS = 300.0


@dataclass(frozen=True)
class _Read:
    """The catalogue as it was read, and the product of each variation, sold or not."""

    catalogue: Catalogue
    parents: dict[str, str]


class ProductReader:
    """Reads products; keeps the catalogue that is searched."""

    def __init__(self, client: WooCommerceClient, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds; nothing is read yet."""
        self._client, self._clock = client, clock
        self._lock, self._read_at = Lock(), 0.0
        self._kept: _Read | None = None

    def read_catalogue(self) -> Catalogue:
        """Every product that is sold: for searching, never for a price that is promised.

        Only the first who asks waits for it. Later, who comes after five minutes has it read anew behind their back.
        """
        return self._read().catalogue

    def _read(self) -> _Read:
        with self._lock:
            if self._kept is None:
                self._kept, self._read_at = self._read_all(), self._clock()
            elif self._clock() - self._read_at > _READ_ANEW_SECONDS:
                self._read_at = self._clock()
                Thread(target=self._refresh, name="woocommerce-catalogue", daemon=True).start()
            return self._kept

    def _refresh(self) -> None:
        """Read anew; without an answer, the old one stays."""
        try:
            self._kept = self._read_all()
        except PrevenantError as error:
            log.warning("woocommerce_catalogue_is_old", error=type(error).__name__)

    def _read_all(self) -> _Read:
        told = list(self._client.browse_every("products"))
        by_parent = _by_parent(self._client.browse_every("products", type="variation"))
        words: Words = {}
        products: dict[str, Product] = {}
        for said in told:
            product = to_product(said, by_parent.get(said["id"], ()))
            if product.variants:
                products[product.ref] = product
                note_words(words, said)
        currency = next((each["prices"]["currency_code"] for each in told), "")
        catalogue = index_catalogue(products, {"currency": currency, "language": "en"}, words, revision=0)
        return _Read(catalogue, {str(each["id"]): str(ref) for ref, some in by_parent.items() for each in some})

    def get_product(self, ref: str) -> Product:
        """The product with that number or slug, live. NotFound."""
        if is_id(ref):
            found = self.get_products([ref])
        else:
            found = [self._with_variations(each) for each in self._client.browse("products", slug=ref)]
        if not found:
            raise NotFound(f"product {ref}")
        return found[0]

    def get_products(self, refs: Sequence[str]) -> list[Product]:
        """Products in the order asked for, live; unknown ones left out."""
        wanted = [ref for ref in refs if is_id(ref)]
        found: dict[str, Product] = {}
        for some in chunks(wanted, PER_PAGE):
            told = self._client.browse("products", include=joined(some), per_page=PER_PAGE)
            variable = [str(each["id"]) for each in told if each["variations"]]
            by_parent = _by_parent(self._variations_of(variable))
            found |= {str(each["id"]): to_product(each, by_parent.get(each["id"], ())) for each in told}
        return [found[ref] for ref in wanted if ref in found and found[ref].variants]

    def get_variant_product(self, ref: str) -> Product:
        """The product that a variant belongs to, live. NotFound."""
        return self.get_product(self.parent_of(ref) or ref)

    def parent_of(self, ref: str) -> str:
        """The product of a variation; "" for what is a product of its own. NotFound for what is sold nowhere.

        Which product a variation is of never changes, so the catalogue may say it.
        """
        kept = self._read()
        if ref in kept.parents:
            return kept.parents[ref]
        if ref in kept.catalogue.variants:
            return ""
        said = self._client.browse(f"products/{ref}") if is_id(ref) else None
        if not said or (said["variations"] and not said["parent"]):
            raise NotFound(f"variant {ref}")
        return str(said["parent"] or "")

    def _variations_of(self, parents: Sequence[str]) -> Iterable[Native]:
        if not parents:
            return ()
        return self._client.browse_every("products", type="variation", parent=joined(parents))

    def _with_variations(self, said: Native) -> Product:
        return to_product(said, list(self._variations_of([str(said["id"])])) if said["variations"] else ())


def _by_parent(variations: Iterable[Native]) -> dict[int, list[Native]]:
    found: dict[int, list[Native]] = {}
    for each in variations:
        found.setdefault(each["parent"], []).append(each)
    return found
