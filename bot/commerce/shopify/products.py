"""Products as shoppers see them; the whole catalogue in memory, looked after every minute, single ones always live.

Read from the Storefront API: what is published there, at its prices. It costs no points.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock, Thread

import structlog

from bot.commerce.catalogue_search import Catalogue, index_catalogue
from bot.commerce.forms import chunks
from bot.commerce.shopify.client import ShopifyClient
from bot.commerce.shopify.product_shapes import Words, note_words, to_product, translate_product
from bot.commerce.shopify.shapes import Native, gid, is_id, ref_of
from bot.commerce.types import Product
from bot.errors import FixConfiguration, NotFound, RetryLater

log = structlog.get_logger()
_PAGE, _TOGETHER, _AT_ONCE = 20, 20, 250
_LOOKED_AFTER_SECONDS, _READ_ANEW_SECONDS = 60.0, 900.0  # a product that is gone leaves no trace in the stamp
_SPOKEN = ("EN", "FR")  # what the bot speaks
_VARIANT = """
fragment Variant on ProductVariant {
  id sku title image { url } selectedOptions { name value }
  price { amount currencyCode } compareAtPrice { amount currencyCode }
}"""
_PRODUCT = """
fragment Product on Product {
  id handle title description productType vendor tags onlineStoreUrl featuredImage { url }
  variants(first: 100) { nodes { ...Variant } pageInfo { hasNextPage endCursor } }
}""" + _VARIANT
_LIST = """query($first: Int!, $after: String, $language: LanguageCode!) @inContext(language: $language) {
  products(first: $first, after: $after, sortKey: ID) { nodes { ...Product } pageInfo { hasNextPage endCursor } }
}""" + _PRODUCT
_MANY = """query($ids: [ID!]!, $language: LanguageCode!) @inContext(language: $language) {
  nodes(ids: $ids) { ... on Product { ...Product } }
}""" + _PRODUCT
_BY_HANDLE = """query($handle: String!, $language: LanguageCode!) @inContext(language: $language) {
  product(handle: $handle) { ...Product }
}""" + _PRODUCT
_MORE = """query($id: ID!, $after: String!, $language: LanguageCode!) @inContext(language: $language) {
  product(id: $id) { variants(first: 250, after: $after) { nodes { ...Variant } pageInfo { hasNextPage endCursor } } }
}""" + _VARIANT
_OF_VARIANT = """query($id: ID!) { node(id: $id) { ... on ProductVariant { product { id } } } }"""
_SELLABLE = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on ProductVariant { id availableForSale } } }"""
_STAMP = """query {
  localization { language { isoCode } availableLanguages { isoCode } country { currency { isoCode } } }
  products(first: 1, sortKey: UPDATED_AT, reverse: true) { nodes { id updatedAt } }
}"""


@dataclass(frozen=True)
class _Read:
    """The catalogue as it was read at a moment, with the languages that the shop speaks, its own first."""

    catalogue: Catalogue
    languages: tuple[str, ...]
    stamp: str = field(repr=False)
    at: float = 0.0


class ProductReader:
    """Reads products; keeps the catalogue that is searched."""

    def __init__(
        self, client: ShopifyClient, storefront_url: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`storefront_url` is where pages are that Shopify does not name itself; nothing is read yet."""
        self._client, self._storefront_url, self._clock = client, storefront_url.rstrip("/"), clock
        self._lock, self._looked_at = Lock(), 0.0
        self._kept: _Read | None = None

    def read_catalogue(self) -> Catalogue:
        """Every product that is sold: for searching, never for a price that is promised.

        Only the first who asks waits for it. Later, who comes after a minute has it looked after behind their back.
        """
        return self._read().catalogue

    def languages(self) -> tuple[str, ...]:
        """The languages that names are told in, `en` among them."""
        return tuple(dict.fromkeys(["en", *(each.lower() for each in self._read().languages)]))

    def _read(self) -> _Read:
        with self._lock:
            if self._kept is None:
                self._kept, self._looked_at = self._read_all(), self._clock()
            elif self._clock() - self._looked_at > _LOOKED_AFTER_SECONDS:
                self._looked_at = self._clock()
                Thread(target=self._refresh, args=(self._kept,), name="shopify-catalogue", daemon=True).start()
            return self._kept

    def _refresh(self, kept: _Read) -> None:
        """Read anew what was touched, and all of it now and then; without an answer, the old one stays."""
        try:
            is_old = self._clock() - kept.at > _READ_ANEW_SECONDS
            if is_old or self._read_stamp()[0] != kept.stamp:
                self._kept = self._read_all()
        except (RetryLater, FixConfiguration) as error:
            log.warning("shopify_catalogue_is_old", error=type(error).__name__)

    def _read_stamp(self) -> tuple[str, tuple[str, ...], str]:
        """What changes as soon as a product does; the languages, the shop's own first; its currency."""
        said = self._client.browse(_STAMP, is_long=True)
        where = said["localization"]
        offered = {each["isoCode"] for each in where["availableLanguages"]}
        own = where["language"]["isoCode"]
        return (
            str(said["products"]["nodes"]), (own, *(each for each in _SPOKEN if each in offered and each != own)),
            where["country"]["currency"]["isoCode"],
        )

    def _read_all(self) -> _Read:
        at, (stamp, languages, currency) = self._clock(), self._read_stamp()
        words: Words = {}
        products: dict[str, Product] = {}
        by_language = {each: self._read_list(each) for each in languages}
        for ref in by_language[languages[0]]:
            told = {each: by_language[each][ref] for each in languages if ref in by_language[each]}
            products[ref] = to_product(told, self._storefront_url)
            note_words(words, told)
        shop = {"currency": currency, "language": "en"}
        return _Read(index_catalogue(products, shop, words, revision=0), languages, stamp, at)

    def _read_list(self, language: str) -> dict[str, Native]:
        found: dict[str, Native] = {}
        after, has_more = None, True
        while has_more:
            page = self._client.browse(_LIST, is_long=True, first=_PAGE, after=after, language=language)["products"]
            found |= {ref_of(each["id"]): self._with_every_variant(each, language) for each in page["nodes"]}
            after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        return found

    def get_product(self, ref: str) -> Product:
        """The product with that number or handle, live. NotFound."""
        if is_id(ref) and (found := self.get_products([ref])):
            return found[0]
        own = self._read().languages[0]
        said = self._client.browse(_BY_HANDLE, handle=ref, language=own)["product"]
        if not said:
            raise NotFound(f"product {ref}")
        return self._with_names(self._with_every_variant(said, own))

    def get_products(self, refs: Sequence[str]) -> list[Product]:
        """Products in the order asked for, live; unknown ones left out."""
        wanted, own = [ref for ref in refs if is_id(ref)], self._read().languages[0]
        found: dict[str, Product] = {}
        for some in chunks(wanted, _TOGETHER):
            for said in self._client.browse(_MANY, ids=[gid("Product", ref) for ref in some], language=own)["nodes"]:
                if said:
                    found[ref_of(said["id"])] = self._with_names(self._with_every_variant(said, own))
        return [found[ref] for ref in wanted if ref in found]

    def get_variant_product(self, ref: str) -> Product:
        """The product that a variant belongs to, live. NotFound."""
        said = self._client.browse(_OF_VARIANT, id=gid("ProductVariant", ref))["node"] if is_id(ref) else None
        if not said:
            raise NotFound(f"variant {ref}")
        return self.get_product(ref_of(said["product"]["id"]))

    def sellable_among(self, refs: Sequence[str]) -> set[str]:
        """Which of these variants can be bought now, live."""
        found: set[str] = set()
        for some in chunks([ref for ref in refs if is_id(ref)], _AT_ONCE):
            told = self._client.browse(_SELLABLE, ids=[gid("ProductVariant", ref) for ref in some])["nodes"]
            found |= {ref_of(each["id"]) for each in told if each and each["availableForSale"]}
        return found

    def _with_names(self, said: Native) -> Product:
        """Live, with the names that the catalogue knows in other languages: a minute old at most."""
        kept = self._read()
        product = to_product({kept.languages[0]: said}, self._storefront_url)
        known = kept.catalogue.products.get(product.ref)
        return translate_product(product, known, kept.languages[0].lower()) if known else product

    def _with_every_variant(self, said: Native, language: str) -> Native:
        variants, page = list(said["variants"]["nodes"]), said["variants"]["pageInfo"]
        while page["hasNextPage"]:
            more = self._client.browse(_MORE, id=said["id"], after=page["endCursor"], language=language)["product"]
            variants, page = [*variants, *more["variants"]["nodes"]], more["variants"]["pageInfo"]
        return {**said, "variants": {"nodes": variants, "pageInfo": page}}
