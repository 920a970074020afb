"""A product of WooCommerce's in our words, as the Store API shows it to shoppers.

A shop has one language: its names stand for every language that the bot speaks. The product type is the first category;
a quality that has no field of its own is an attribute, or a tag `kind:value`: `material:wool`, `replenishable`.
"""

import html
from collections.abc import Iterator, Sequence
from typing import Any

from bot.commerce.forms import kind_of, plain, words_of
from bot.commerce.types import Product, ProductRef, Variant, VariantRef
from bot.commerce.woocommerce.shapes import Native, store_minor

LANGUAGES = ("en", "fr")
_LISTS = ("occasion",)  # kept as `occasions`, however many there are
_OWN = ("product_type", "brand", "colour", "size")
_REPLENISHABLE = "replenishable"
Words = dict[str, dict[str, list[str]]]


def to_product(said: Native, variations: Sequence[Native]) -> Product:
    """The product with what can be bought of it: its variations, or itself."""
    picture, description = _picture_of(said), plain(said["description"] or said["short_description"] or "")
    sold = variations if said["variations"] else [said] * bool(said["is_purchasable"])  # groups and links are not sold
    return Product(
        ref=ProductRef(str(said["id"])), slug=said["slug"], names=dict.fromkeys(LANGUAGES, plain(said["name"])),
        descriptions=dict.fromkeys(LANGUAGES, description) if description else {},
        product_type=words_of(_name_of(said["categories"])), brand=words_of(_brand_of(said)),
        attributes=_attributes_of(said), image_url=picture, url=said["permalink"],
        variants=tuple(_to_variant(each, said, picture) for each in sold),
        is_replenishable=_REPLENISHABLE in (words_of(tag["name"]) for tag in said["tags"]),
    )


def _to_variant(said: Native, product: Native, picture: str) -> Variant:
    prices = said["prices"]
    price, before = store_minor(prices["price"], prices), store_minor(prices["regular_price"], prices)
    options = _options_of(said, product)
    return Variant(
        ref=VariantRef(str(said["id"])), product_ref=ProductRef(str(product["id"])), sku=said["sku"] or "",
        title=" · ".join(options.values()), options={kind: words_of(value) for kind, value in options.items()},
        price_minor=price, currency=prices["currency_code"], compare_at_minor=before if before > price else None,
        image_url=_picture_of(said) or picture, url=said["permalink"],
    )


def _options_of(said: Native, product: Native) -> dict[str, str]:
    """By kind, in words for people: the product knows the terms behind a variation's values. Any value is none."""
    chosen = next((each["attributes"] for each in product["variations"] if each["id"] == said["id"]), ())
    terms = {(each["name"], term["slug"]): term["name"] for each in product["attributes"] for term in each["terms"]}
    return {
        kind_of(each["name"]): html.unescape(terms.get((each["name"], each["value"]), each["value"]))
        for each in chosen if each["value"]
    }


def _picture_of(said: Native) -> str:
    return said["images"][0]["src"] if said["images"] else ""


def _name_of(things: Sequence[Native]) -> str:
    return html.unescape(things[0]["name"]) if things else ""


def _brand_of(said: Native) -> str:
    """WooCommerce's own brands (since 9.6), else an attribute of that name."""
    named = (_name_of(each["terms"]) for each in said["attributes"] if kind_of(each["name"]) == "brand")
    return _name_of(said.get("brands") or ()) or next(named, "")


def _qualities_of(said: Native) -> Iterator[tuple[str, str]]:
    """Kind and value in words for people, of attributes that no variation differs in, and of tags."""
    for each in said["attributes"]:
        if not each["has_variations"]:
            yield from ((kind_of(each["name"]), html.unescape(term["name"])) for term in each["terms"])
    for tag in said["tags"]:
        kind, colon, value = html.unescape(tag["name"]).partition(":")
        if colon and value.strip():
            yield kind_of(kind), value


def _attributes_of(said: Native) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for kind, value in _qualities_of(said):
        if kind not in _OWN:
            found.setdefault(kind, []).append(words_of(value))
    told: dict[str, Any] = {f"{kind}s": values for kind, values in found.items() if kind in _LISTS}
    told |= {kind: values[0] if len(values) == 1 else values for kind, values in found.items() if kind not in _LISTS}
    if str(told.get("lasts_days", "")).isdecimal():
        told["lasts_days"] = int(told["lasts_days"])
    return told


def note_words(words: Words, said: Native) -> None:
    """The names of a product's words: kind -> value -> [English, French], which are one. Adds to `words`."""
    named = [("product_type", _name_of(said["categories"])), ("brand", _brand_of(said)), *_qualities_of(said)]
    for each in said["attributes"]:
        named += [(kind_of(each["name"]), html.unescape(term["name"])) for term in each["terms"]]
    for kind, text in named:
        if value := words_of(text):
            words.setdefault(kind, {}).setdefault(value, [text.strip()] * 2)
