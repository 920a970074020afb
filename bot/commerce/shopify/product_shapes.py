"""A product of Shopify's in our words. Values are named by the shop's own language, and spoken in each.

A quality that has no field of its own is a tag `kind:value`: `material:wool`, `occasion:wedding`, `replenishable`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.commerce.forms import kind_of, words_of
from bot.commerce.shopify.shapes import Native, minor, option_values, ref_of
from bot.commerce.types import Product, ProductRef, Variant, VariantRef

_LISTS = ("occasion",)  # kept as `occasions`, however many there are
_OWN = ("product_type", "brand", "colour", "size")
_REPLENISHABLE = "replenishable"
Words = dict[str, dict[str, list[str]]]


def to_product(told: Mapping[str, Native], storefront_url: str) -> Product:
    """The product, by what was told in each language, the shop's own first."""
    said = next(iter(told.values()))
    page = said["onlineStoreUrl"] or f"{storefront_url}/products/{said['handle']}"
    picture = (said["featuredImage"] or {}).get("url") or ""
    return Product(
        ref=ProductRef(ref_of(said["id"])), slug=said["handle"], names=_texts(told, "title"),
        descriptions=_texts(told, "description"), product_type=words_of(said["productType"]),
        brand=words_of(said["vendor"]), attributes=_attributes_of(said), image_url=picture, url=page,
        variants=tuple(_to_variant(each, said, page, picture) for each in said["variants"]["nodes"]),
        is_replenishable=_REPLENISHABLE in (words_of(tag) for tag in said["tags"]),
    )


def translate_product(product: Product, known: Product, language: str) -> Product:
    """A product read in one language, with the names that are known in the others."""
    name, description = product.names.get(language, ""), product.descriptions.get(language, "")
    return replace(
        product, names={**known.names, language: name},
        descriptions={**known.descriptions, **({language: description} if description else {})},
    )


def _texts(told: Mapping[str, Native], name: str) -> dict[str, str]:
    texts = {language.lower(): said[name] for language, said in told.items() if said[name]}
    if texts and "en" not in texts:
        texts["en"] = next(iter(texts.values()))
    return texts


def _to_variant(said: Native, product: Native, page: str, picture: str) -> Variant:
    options = option_values(said["selectedOptions"])
    price, before = minor(said["price"]), minor(said["compareAtPrice"])
    number = ref_of(said["id"])
    return Variant(
        ref=VariantRef(number), product_ref=ProductRef(ref_of(product["id"])), sku=said["sku"] or "",
        title=" · ".join(each["value"] for each in said["selectedOptions"]) if options else "", options=options,
        price_minor=price, currency=said["price"]["currencyCode"], compare_at_minor=before if before > price else None,
        image_url=(said["image"] or {}).get("url") or picture, url=f"{page}?variant={number}",
    )


def _tagged(said: Native) -> dict[str, list[str]]:
    qualities: dict[str, list[str]] = {}
    for tag in said["tags"]:
        kind, colon, value = tag.partition(":")
        if colon and value.strip() and kind_of(kind) not in _OWN:
            qualities.setdefault(kind_of(kind), []).append(words_of(value))
    return qualities


def _attributes_of(said: Native) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for kind, values in _tagged(said).items():
        if kind in _LISTS:
            told[f"{kind}s"] = values
        else:
            told[kind] = values[0] if len(values) == 1 else values
    if str(told.get("lasts_days", "")).isdecimal():
        told["lasts_days"] = int(told["lasts_days"])
    return told


def note_words(words: Words, told: Mapping[str, Native]) -> None:
    """The names of a product's words: kind -> value -> [English, French]. Adds to `words`."""
    own = next(iter(told.values()))
    names = _names_of(own)
    spoken = {language: _names_of(said) for language, said in told.items()}
    aligned = [each if len(each := spoken.get(language, names)) == len(names) else names for language in ("EN", "FR")]
    for position, (kind, text) in enumerate(names):
        if value := words_of(text):
            words.setdefault(kind, {})[value] = [each[position][1] for each in aligned]
    for kind, values in _tagged(own).items():
        for value in values:
            words.setdefault(kind, {}).setdefault(value, [value.replace("_", " ")] * 2)


def _names_of(said: Native) -> list[tuple[str, str]]:
    """What a product calls its words, in the same order in every language: kinds are the own language's below."""
    options = [each for variant in said["variants"]["nodes"] for each in variant["selectedOptions"]]
    return [
        ("product_type", said["productType"]), ("brand", said["vendor"]),
        *((kind_of(each["name"]), each["value"]) for each in options),
    ]
