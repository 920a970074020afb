"""A shop folder read and checked: what it is, what it sells, where. A wrong line is named with its file and product."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import FixConfiguration

LANGUAGES = ("fr", "en")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TEXTS = ("gender", "material", "care", "origin", "style", "season", "pattern")
_LISTS = ("occasions",)
_STATED = ("repair", "recycling", "impact")  # texts, where the product says anything of it
_SHOP: Mapping[str, type] = {
    "name": str, "currency": str, "language": str, "languages": list, "timezone": str, "country": str,
    "order_prefix": str, "first_order_number": int, "shipping_minor": int, "free_shipping_from_minor": int,
    "tax_percent": int, "stock_seed": int,
}
_SELLER = ("line1", "line2", "postcode", "city", "country", "vat_number", "registration", "email")


@dataclass(frozen=True)
class CatalogueProduct:
    """One product as its TOML file tells it; a variant for each colour and size."""

    slug: str
    product_type: str
    brand: str
    names: dict[str, str]
    descriptions: dict[str, str]
    colours: tuple[str, ...]
    sizes: tuple[str, ...]
    price_minor: int
    compare_at_minor: int | None
    is_replenishable: bool
    attributes: dict[str, Any]

    def variants(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Each variant's reference and options."""
        for colour in self.colours:
            for size in self.sizes:
                yield variant_ref(self.slug, colour, size), {"colour": colour, "size": size}


def variant_ref(slug: str, colour: str, size: str) -> str:
    """The reference of a product's variant, the same after every seeding."""
    return f"{slug}--{colour}--{size.lower().replace(' ', '-')}"


@dataclass(frozen=True)
class ShopFolder:
    """Everything that data/shops/<shop>/ says about an embedded shop."""

    shop: dict[str, Any]
    words: dict[str, dict[str, list[str]]]
    products: tuple[CatalogueProduct, ...]
    stores: tuple[dict[str, Any], ...]
    offers: tuple[dict[str, Any], ...]
    customers: tuple[dict[str, Any], ...]
    stock: tuple[dict[str, Any], ...]  # what must be on a shelf for the demo's stories


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file's content; FixConfiguration names the file that is missing or broken."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FixConfiguration(f"{path.name}: there is no such file in {path.parent.name}") from error
    except tomllib.TOMLDecodeError as error:
        raise FixConfiguration(f"{path.name}: {error}") from error


def load_shop_settings(folder: Path) -> dict[str, Any]:
    """shop.toml, checked: name, currency, languages, timezone, country, prices of delivery in minor units."""
    shop = read_toml(folder / "shop.toml")
    for name, kind in _SHOP.items():
        if not isinstance(shop.get(name), kind):
            raise FixConfiguration(f"shop.toml: {name} must be {'text' if kind is str else kind.__name__}")
    _check_seller(shop)
    return shop


def _check_seller(shop: Mapping[str, Any]) -> None:
    seller = shop.get("seller")
    if seller is None:
        return
    if not isinstance(seller, dict) or not {"line1", "postcode", "city"} <= seller.keys():
        raise FixConfiguration("shop.toml: seller must be a table with line1, postcode and city")
    for name, value in seller.items():
        if name not in _SELLER or not isinstance(value, str):
            raise FixConfiguration(f"shop.toml: seller.{name} must be text, and one of {', '.join(_SELLER)}")


def load_shop_folder(folder: Path) -> ShopFolder:
    """Read and check a whole shop folder. FixConfiguration names file and product."""
    shop = load_shop_settings(folder)
    words = _words(read_toml(folder / "vocabulary.toml"))
    people = read_toml(folder / "demo_customers.toml")
    return ShopFolder(
        shop=shop,
        words=words,
        products=load_products(folder / "catalogue", words),
        stores=tuple(read_toml(folder / "stores.toml")["stores"]),
        offers=tuple(read_toml(folder / "promotions.toml")["offers"]),
        customers=tuple(people["customers"]),
        stock=tuple(people.get("stock", ())),
    )


def _words(data: Mapping[str, Any]) -> dict[str, dict[str, list[str]]]:
    """Kind -> value -> [English name, French name, other words]."""
    return {
        kind: {value: [each["en"], each["fr"], *each.get("also", ())] for value, each in values.items()}
        for kind, values in data.items()
    }


def load_products(folder: Path, words: Mapping[str, Mapping[str, Any]]) -> tuple[CatalogueProduct, ...]:
    """Every product of every file of a catalogue folder, in the order of files and lines."""
    products: dict[str, CatalogueProduct] = {}
    for path in sorted(folder.glob("*.toml")):
        data = read_toml(path)
        product_type = _text(data, "product_type", path.name)
        for entry in data.get("products", ()):
            product = _product(entry, product_type, path.name)
            _check_words(product, words, path.name)
            if product.slug in products:
                raise FixConfiguration(f"{path.name}: {product.slug}: this slug is taken")
            products[product.slug] = product
    if not products:
        raise FixConfiguration(f"{folder.name}: no file of this folder holds a product")
    return tuple(products.values())


def _product(entry: Mapping[str, Any], product_type: str, file: str) -> CatalogueProduct:
    slug = _text(entry, "slug", file)
    where = f"{file}: {slug}"
    if not _SLUG.fullmatch(slug):
        raise FixConfiguration(f"{where}: a slug is lower case letters, digits and single hyphens")
    price, former = _price(entry, "price_minor", where), entry.get("compare_at_minor")
    if former is not None and (not isinstance(former, int) or former <= price):
        raise FixConfiguration(f"{where}: compare_at_minor must be above price_minor")
    attributes: dict[str, Any] = {name: _text(entry, name, where) for name in _TEXTS}
    attributes |= {name: list(_list(entry, name, where)) for name in _LISTS}
    attributes |= {name: _in_both(entry, name, where) for name in _STATED if name in entry}
    if "size_country" in entry:
        attributes["size_country"] = _text(entry, "size_country", where)
    if "lasts_days" in entry:
        attributes["lasts_days"] = _price(entry, "lasts_days", where)
    return CatalogueProduct(
        slug=slug,
        product_type=product_type,
        brand=_text(entry, "brand", where),
        names=_in_both(entry, "name", where),
        descriptions=_in_both(entry, "description", where),
        colours=_list(entry, "colours", where),
        sizes=_list(entry, "sizes", where),
        price_minor=price,
        compare_at_minor=former,
        is_replenishable=bool(entry.get("is_replenishable", False)),
        attributes=attributes,
    )


def _text(entry: Mapping[str, Any], name: str, where: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise FixConfiguration(f"{where}: {name} must be text")
    return value


def _price(entry: Mapping[str, Any], name: str, where: str) -> int:
    value = entry.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise FixConfiguration(f"{where}: {name} must be a whole number above 0")
    return value


def _list(entry: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = entry.get(name)
    if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
        raise FixConfiguration(f"{where}: {name} must be a list of texts")
    if len(set(value)) != len(value):
        raise FixConfiguration(f"{where}: {name} says something twice")
    return tuple(value)


def _in_both(entry: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    value = entry.get(name)
    if not isinstance(value, dict):
        raise FixConfiguration(f"{where}: {name} must have fr and en")
    return {language: _text(value, language, f"{where}: {name}") for language in LANGUAGES}


def _check_words(product: CatalogueProduct, words: Mapping[str, Mapping[str, Any]], file: str) -> None:
    """Every word that customers may filter by has its names in vocabulary.toml."""
    used = {
        "product_type": (product.product_type,), "brand": (product.brand,), "colour": product.colours,
        "size": product.sizes, "occasion": product.attributes["occasions"],
        **{kind: (product.attributes[kind],) for kind in ("material", "pattern", "style", "season", "gender")},
    }
    for kind, values in used.items():
        for value in values:
            if value not in words.get(kind, {}):
                raise FixConfiguration(f"{file}: {product.slug}: vocabulary.toml has no {kind} {value!r}")
