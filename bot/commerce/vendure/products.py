"""Vendure's products in our words; the whole catalogue in memory, looked after every minute, single ones always live.

A product's type, brand and qualities are its facets (`product_type` or `product-type`, `brand`, ...), a variant's
colour and size its options.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock, Thread
from typing import Any

import structlog

from bot.commerce.catalogue_search import Catalogue, index_catalogue
from bot.commerce.types import Product, ProductRef, Variant, VariantRef
from bot.commerce.vendure.client import VendureClient
from bot.commerce.vendure.pages import Pages
from bot.commerce.vendure.shapes import in_languages, is_id, kind_of, option_values
from bot.errors import NotFound, RetryLater

log = structlog.get_logger()
_PAGE = 50  # Vendure reads each product's variants by themselves: a page must not outlast a call's deadline
_KEPT_SECONDS = 60.0
_LISTS = ("occasion",)  # kept as `occasions`, however many there are
_OWN = ("product_type", "brand", "replenishable")
_PRODUCT = """
fragment Product on Product {
  id slug translations { languageCode name slug description } featuredAsset { preview }
  facetValues { code facet { code } translations { languageCode name } }
  variants {
    id sku enabled priceWithTax currencyCode featuredAsset { preview }
    options { code group { code } translations { languageCode name } }
  }
}"""
_LIST = """query($take: Int!, $skip: Int!) {
  products(options: { take: $take, skip: $skip, sort: { id: ASC }, filter: { enabled: { eq: true } } }) {
    totalItems items { ...Product }
  }
}""" + _PRODUCT
_STAMP = """query {
  products(options: { take: 1, sort: { updatedAt: DESC } }) { totalItems items { updatedAt } }
  productVariants(options: { take: 1, sort: { updatedAt: DESC } }) { totalItems items { updatedAt } }
}"""
_MANY = """query($ids: [String!]!) {
  products(options: { take: 1000, filter: { id: { in: $ids }, enabled: { eq: true } } }) { items { ...Product } }
}""" + _PRODUCT
_BY_SLUG = "query($slug: String!) { product(slug: $slug) { enabled ...Product } }" + _PRODUCT
_OF_VARIANT = "query($id: ID!) { productVariant(id: $id) { product { enabled ...Product } } }" + _PRODUCT


class ProductReader:
    """Reads products; keeps the catalogue that is searched for a minute."""

    def __init__(
        self, client: VendureClient, pages: Pages, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` counts seconds; nothing is read yet."""
        self._client, self._pages, self._clock = client, pages, clock
        self._lock, self._read_at = Lock(), 0.0
        self._kept: Catalogue | None = None
        self._stamp = ""

    def read_catalogue(self) -> Catalogue:
        """Every product that is sold: for searching, never for a price that is promised.

        Only the first who asks waits for it. Later, who comes after a minute has it looked after behind their back.
        """
        with self._lock:
            if self._kept is None:
                self._stamp = self._read_stamp()
                self._kept, self._read_at = self._read_all(), self._clock()
            elif self._clock() - self._read_at > _KEPT_SECONDS:
                self._read_at = self._clock()
                Thread(target=self._refresh, name="vendure-catalogue", daemon=True).start()
            return self._kept

    def _refresh(self) -> None:
        """Read the catalogue anew where something in it was touched; without an answer, the old one stays."""
        try:
            stamp = self._read_stamp()
            if stamp != self._stamp:
                self._kept, self._stamp = self._read_all(), stamp
        except RetryLater as error:
            log.warning("vendure_catalogue_is_old", error=type(error).__name__)

    def _read_stamp(self) -> str:
        """Another text as soon as a product or a variant is added, changed or gone."""
        return json.dumps(self._client.read_much(_STAMP), sort_keys=True)

    def get_product(self, ref: str) -> Product:
        """The product with that id or slug, live. NotFound."""
        if is_id(ref):
            found = self.get_products([ref])
            if found:
                return found[0]
        said = self._client.read(_BY_SLUG, slug=ref)["product"]
        if not said or not said["enabled"]:
            raise NotFound(f"product {ref}")
        return self._to_product(said)

    def get_products(self, refs: Sequence[str]) -> list[Product]:
        """Products in the order asked for, live; unknown ones left out."""
        wanted = [ref for ref in refs if is_id(ref)]
        if not wanted:
            return []
        items = self._client.read(_MANY, ids=wanted)["products"]["items"]
        found = {each["id"]: self._to_product(each) for each in items}
        return [found[ref] for ref in wanted if ref in found]

    def get_variant_product(self, ref: str) -> Product:
        """The product that a variant belongs to, live. NotFound."""
        said = self._client.read(_OF_VARIANT, id=ref)["productVariant"] if is_id(ref) else None
        if not said or not said["product"]["enabled"]:
            raise NotFound(f"variant {ref}")
        return self._to_product(said["product"])

    def _read_all(self) -> Catalogue:
        products: dict[str, Product] = {}
        words: dict[str, dict[str, list[str]]] = {}
        total = 1
        while len(products) < total:
            page = self._client.read_much(_LIST, take=_PAGE, skip=len(products))["products"]
            for said in page["items"]:
                products[said["id"]] = self._to_product(said)
                _note_words(words, said)
            total = page["totalItems"] if page["items"] else len(products)
        currency = next((variant.currency for product in products.values() for variant in product.variants), "")
        return index_catalogue(products, {"currency": currency, "language": "en"}, words, revision=0)

    def _to_product(self, said: Mapping[str, Any]) -> Product:
        facets = _facets_of(said)
        names = in_languages(said["translations"])
        variants = tuple(self._to_variant(each, said) for each in said["variants"] if each["enabled"])
        return Product(
            ref=ProductRef(said["id"]), slug=said["slug"], names=names,
            descriptions=in_languages(said["translations"], "description"),
            product_type=next(iter(facets.get("product_type", ())), ""), brand=next(iter(facets.get("brand", ())), ""),
            variants=variants, attributes=_attributes_of(facets),
            image_url=variants[0].image_url if variants else "", url=self._pages.product(said["slug"]),
            is_replenishable=bool(facets.get("replenishable")),
        )

    def _to_variant(self, said: Mapping[str, Any], product: Mapping[str, Any]) -> Variant:
        options = option_values(said["options"])
        return Variant(
            ref=VariantRef(said["id"]), product_ref=ProductRef(product["id"]), sku=said["sku"],
            title=" · ".join(options.values()), options=options, price_minor=said["priceWithTax"],
            currency=said["currencyCode"],
            image_url=self._pages.picture(said, product, options),
            url=self._pages.product(product["slug"], options.get("colour", "")),
        )


def _facets_of(said: Mapping[str, Any]) -> dict[str, list[str]]:
    facets: dict[str, list[str]] = {}
    for value in said["facetValues"]:
        facets.setdefault(kind_of(value["facet"]["code"]), []).append(value["code"])
    return facets


def _attributes_of(facets: Mapping[str, list[str]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for kind, values in facets.items():
        if kind in _LISTS:
            told[f"{kind}s"] = values
        elif kind not in _OWN:
            told[kind] = values[0] if len(values) == 1 else values
    if str(told.get("lasts_days", "")).isdecimal():
        told["lasts_days"] = int(told["lasts_days"])
    return told


def _note_words(words: dict[str, dict[str, list[str]]], said: Mapping[str, Any]) -> None:
    """The names of a product's words: kind -> value -> [English, French]."""
    options = [option for variant in said["variants"] for option in variant["options"]]
    spoken = [(kind_of(each["facet"]["code"]), each) for each in said["facetValues"]]
    for kind, value in [*spoken, *((kind_of(each["group"]["code"]), each) for each in options)]:
        names = in_languages(value["translations"])
        english = names.get("en", value["code"])
        words.setdefault(kind, {})[value["code"]] = [english, names.get("fr", english)]
