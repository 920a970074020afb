"""A product of BigCommerce's catalogue in our words. What is bought is always a variant: a simple product has one.

A shop has one language here: its names stand for every language that the bot speaks. The product type is the first
category; a quality that has no field of its own is a custom field: `material` wool, `replenishable` yes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.commerce.bigcommerce.shapes import Native
from bot.commerce.forms import kind_of, minor, plain, words_of
from bot.commerce.types import Product, ProductRef, Variant, VariantRef

LANGUAGES = ("en", "fr")
_LISTS = ("occasion",)  # kept as `occasions`, however many there are
_OWN = ("product_type", "brand", "colour", "size", "replenishable")
Words = dict[str, dict[str, list[str]]]


@dataclass(frozen=True)
class ShopFacts:
    """What a product's own fields leave out: the currency, where the shop's pages are, names by number."""

    currency: str
    site_url: str
    categories: Mapping[int, str]
    brands: Mapping[int, str]


def to_product(said: Native, facts: ShopFacts) -> Product:
    """The product with its variants that can be bought."""
    path = (said.get("custom_url") or {}).get("url") or ""
    url, picture = f"{facts.site_url}{path}", _picture_of(said)
    description = plain(said["description"] or "")
    return Product(
        ref=ProductRef(str(said["id"])), slug=path.strip("/") or str(said["id"]),
        names=dict.fromkeys(LANGUAGES, plain(said["name"])),
        descriptions=dict.fromkeys(LANGUAGES, description) if description else {},
        product_type=words_of(_type_of(said, facts)), brand=words_of(facts.brands.get(said["brand_id"] or 0, "")),
        attributes=_attributes_of(said), image_url=picture, url=url,
        variants=tuple(
            _to_variant(each, said, facts, picture, url) for each in said["variants"]
            if not each["purchasing_disabled"] and said["is_visible"] and not said.get("is_price_hidden")
        ),
        is_replenishable=any(kind == "replenishable" for kind, _ in _qualities_of(said)),
    )


def _to_variant(said: Native, product: Native, facts: ShopFacts, picture: str, url: str) -> Variant:
    """`calculated_price` is what it costs now; `price` of a variant is null where the product's holds."""
    price = minor(said["calculated_price"], facts.currency)
    before = minor(said.get("retail_price") or product.get("retail_price"), facts.currency)
    usual = minor(said.get("price") if said.get("price") is not None else product["price"], facts.currency)
    most = max(before, usual)
    options = {kind_of(each["option_display_name"]): str(each["label"]) for each in said["option_values"]}
    return Variant(
        ref=VariantRef(str(said["id"])), product_ref=ProductRef(str(product["id"])), sku=said["sku"] or "",
        title=" · ".join(options.values()), options={kind: words_of(value) for kind, value in options.items()},
        price_minor=price, currency=facts.currency, compare_at_minor=most if most > price else None,
        image_url=said.get("image_url") or picture, url=url,
    )


def _picture_of(said: Native) -> str:
    first = said.get("primary_image") or {}
    return first.get("url_standard") or ""


def _type_of(said: Native, facts: ShopFacts) -> str:
    return next((facts.categories[each] for each in said["categories"] if each in facts.categories), "")


def _qualities_of(said: Native) -> Iterator[tuple[str, str]]:
    """Kind and value in words for people."""
    for each in said.get("custom_fields") or ():
        if str(each["value"]).strip():
            yield kind_of(each["name"]), str(each["value"])


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


def note_words(words: Words, said: Native, facts: ShopFacts) -> None:
    """The names of a product's words: kind -> value -> [English, French], which are one. Adds to `words`."""
    named = [
        ("product_type", _type_of(said, facts)), ("brand", facts.brands.get(said["brand_id"] or 0, "")),
        *_qualities_of(said),
        *((kind_of(each["option_display_name"]), str(each["label"]))
          for variant in said["variants"] for each in variant["option_values"]),
    ]
    for kind, text in named:
        if value := words_of(text):
            words.setdefault(kind, {}).setdefault(value, [text.strip()] * 2)
