"""Products; the whole catalogue in memory, read anew every few minutes, single ones always live.

Read from the catalogue of V3: what is visible, at the prices that the shop keeps, taxes as they are entered there.
"""

import time
from collections.abc import Callable, Sequence
from threading import Lock, Thread

import structlog

from bot.commerce.bigcommerce.client import PER_PAGE, BigCommerceClient
from bot.commerce.bigcommerce.product_shapes import ShopFacts, Words, note_words, to_product
from bot.commerce.bigcommerce.shapes import Native, is_id
from bot.commerce.catalogue_search import Catalogue, index_catalogue
from bot.commerce.forms import chunks, joined
from bot.commerce.types import Product
from bot.errors import NotFound, PrevenantError

log = structlog.get_logger()
_READ_ANEW_SECONDS = 300.0
_SHOWN = {"is_visible": "true", "include": "variants,primary_image,custom_fields"}  # with `options` a page holds ten


class ProductReader:
    """Reads products; keeps the catalogue that is searched, and the names of categories and brands."""

    def __init__(self, client: BigCommerceClient, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds; nothing is read yet."""
        self._client, self._clock = client, clock
        self._lock, self._read_at = Lock(), 0.0
        self._kept: tuple[Catalogue, ShopFacts] | None = None

    def read_catalogue(self) -> Catalogue:
        """Every product that is sold: for searching, never for a price that is promised.

        Only the first who asks waits for it. Later, who comes after five minutes has it read anew behind their back.
        """
        return self._read()[0]

    def _read(self) -> tuple[Catalogue, ShopFacts]:
        with self._lock:
            if self._kept is None:
                self._kept, self._read_at = self._read_all(), self._clock()
            elif self._clock() - self._read_at > _READ_ANEW_SECONDS:
                self._read_at = self._clock()
                Thread(target=self._refresh, name="bigcommerce-catalogue", daemon=True).start()
            return self._kept

    def _refresh(self) -> None:
        """Read anew; without an answer, the old one stays."""
        try:
            self._kept = self._read_all()
        except PrevenantError as error:
            log.warning("bigcommerce_catalogue_is_old", error=type(error).__name__)

    def _read_all(self) -> tuple[Catalogue, ShopFacts]:
        facts = self._read_facts()
        words: Words = {}
        products: dict[str, Product] = {}
        for said in self._client.read_every("v3/catalog/products", _SHOWN):
            product = to_product(said, facts)
            if product.variants:
                products[product.ref] = product
                note_words(words, said, facts)
        shop = {"currency": facts.currency, "language": "en"}
        return index_catalogue(products, shop, words, revision=0), facts

    def _read_facts(self) -> ShopFacts:
        store = self._client.read("v2/store")
        names = {"include_fields": "name"}
        return ShopFacts(
            currency=store["currency"], site_url=(store.get("secure_url") or f"https://{store['domain']}").rstrip("/"),
            categories={
                each["id"]: each["name"] for each in self._client.read_every("v3/catalog/categories", names)},
            brands={each["id"]: each["name"] for each in self._client.read_every("v3/catalog/brands", names)},
        )

    def get_product(self, ref: str) -> Product:
        """The product with that number or slug, live. NotFound."""
        number = ref if is_id(ref) else next(
            (each.ref for each in self.read_catalogue().products.values() if each.slug == ref), "")
        for product in self.get_products([number]):
            return product
        raise NotFound(f"product {ref}")

    def get_products(self, refs: Sequence[str]) -> list[Product]:
        """Products in the order asked for, live; unknown ones left out."""
        wanted = list(dict.fromkeys(ref for ref in refs if is_id(ref)))
        facts = self._read()[1] if wanted else None
        found = {
            str(said["id"]): to_product(said, facts) for some in chunks(wanted, PER_PAGE) if facts
            for said in self._client.read_every("v3/catalog/products", {**_SHOWN, "id:in": joined(some)})
        }
        return [found[ref] for ref in refs if ref in found and found[ref].variants]

    def get_variant_product(self, ref: str) -> Product:
        """The product that a variant belongs to, live. NotFound."""
        return self.get_product(self.parent_of(ref))

    def parent_of(self, ref: str) -> str:
        """The product of a variant, which never changes. NotFound for what is sold nowhere."""
        known = self.read_catalogue().product_of.get(ref)
        if known:
            return known
        told: list[Native] = self._client.read("v3/catalog/variants", {"id:in": ref}) if is_id(ref) else []
        if not told:
            raise NotFound(f"variant {ref}")
        return str(told[0]["product_id"])
