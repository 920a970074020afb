"""The embedded shop's products: read once per revision of the catalogue."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from bot.commerce.catalogue_search import Catalogue, colour_of, index_catalogue
from bot.commerce.demo import schema
from bot.commerce.demo.database import read_meta
from bot.commerce.types import Product, ProductRef, Variant, VariantRef


class CatalogueReader:
    """Gives the catalogue of now; rebuilt only when its revision moved."""

    def __init__(self, public_url: str) -> None:
        """`public_url` is where pages and pictures are served."""
        self._public_url = public_url.rstrip("/")
        self._kept: Catalogue | None = None

    def read(self, connection: sa.Connection) -> Catalogue:
        """The catalogue as this transaction sees it."""
        revision = connection.execute(
            sa.select(schema.meta.c.value).where(schema.meta.c.name == "catalogue_revision")
        ).scalar()
        kept = self._kept
        if kept is None or revision is None or kept.revision != revision:
            kept = self._kept = _build_catalogue(connection, self._public_url)
        return kept


def _build_catalogue(connection: sa.Connection, public_url: str) -> Catalogue:
    meta = read_meta(connection)
    by_product: dict[str, list[Variant]] = {}
    currency = meta["shop"]["currency"]
    slugs = {row.product_ref: row.slug for row in connection.execute(sa.select(schema.products))}
    for row in connection.execute(sa.select(schema.variants).order_by(schema.variants.c.position)):
        variant = _variant(row, slugs[row.product_ref], currency, public_url)
        by_product.setdefault(row.product_ref, []).append(variant)
    products = {
        row.product_ref: _product(row, tuple(by_product.get(row.product_ref, ())), public_url)
        for row in connection.execute(sa.select(schema.products).order_by(schema.products.c.position))
    }
    return index_catalogue(products, meta["shop"], meta["words"], revision=meta["catalogue_revision"])


def art_url(public_url: str, slug: str, options: Mapping[str, str]) -> str:
    """Where the picture of a product in a variant's colour is drawn."""
    return f"{public_url}/art/{slug}/{colour_of(options).replace(' ', '_') or 'default'}.svg"


def _variant(row: Any, slug: str, currency: str, public_url: str) -> Variant:
    colour = colour_of(row.options)
    return Variant(
        ref=VariantRef(row.variant_ref),
        product_ref=ProductRef(row.product_ref),
        sku=row.sku,
        title=" · ".join(row.options.values()),
        options=row.options,
        price_minor=row.price_minor,
        currency=currency,
        compare_at_minor=row.compare_at_minor,
        image_url=art_url(public_url, slug, row.options),
        url=f"{public_url}/products/{slug}" + (f"?colour={quote(colour)}" if colour else ""),
    )


def _product(row: Any, variants: tuple[Variant, ...], public_url: str) -> Product:
    return Product(
        ref=ProductRef(row.product_ref),
        slug=row.slug,
        names=row.names,
        descriptions=row.descriptions,
        product_type=row.product_type,
        brand=row.brand,
        variants=variants,
        attributes=row.attributes,
        image_url=variants[0].image_url if variants else "",
        url=f"{public_url}/products/{row.slug}",
        is_replenishable=row.is_replenishable,
    )
