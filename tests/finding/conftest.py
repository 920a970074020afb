"""The demo's catalogue as a snapshot, read from its files, and an index of it without an encoder."""

import tomllib
from typing import Any

import pytest

from bot.bootstrap import PROJECT
from bot.commerce.types import Product, ProductRef, Variant, VariantRef
from bot.finding.index import Index
from bot.recommend.catalogue import Catalogue

SHOP = PROJECT / "data" / "shops" / "demo"
_ATTRIBUTES = ("gender", "material", "pattern", "style", "season", "occasions", "origin", "care")
_STATED = ("repair", "recycling", "impact")


def _variants(each: dict[str, Any]) -> tuple[Variant, ...]:
    return tuple(
        Variant(VariantRef(f"{each['slug']}--{colour}--{size}"), ProductRef(each["slug"]), "", "",
                {"colour": colour, "size": size}, each["price_minor"], "EUR", each.get("compare_at_minor"))
        for colour in each["colours"] for size in each.get("sizes", ["one size"])
    )  # fmt: skip


def _product(product_type: str, each: dict[str, Any]) -> Product:
    return Product(
        ref=ProductRef(each["slug"]), slug=each["slug"], names=each["name"], descriptions=each["description"],
        product_type=product_type, brand=each["brand"], variants=_variants(each),
        attributes={name: each[name] for name in (*_ATTRIBUTES, *_STATED) if name in each},
    )  # fmt: skip


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    pages = [tomllib.loads(path.read_text()) for path in sorted((SHOP / "catalogue").glob("*.toml"))]
    products = tuple(_product(page["product_type"], each) for page in pages for each in page["products"])
    words = tomllib.loads((SHOP / "vocabulary.toml").read_text())
    named = {
        kind: {value: [name["en"], name["fr"], *name.get("also", [])] for value, name in values.items()}
        for kind, values in words.items()
    }
    return Catalogue(products, named)


@pytest.fixture(scope="session")
def index(catalogue: Catalogue) -> Index:
    return Index.build(catalogue)
