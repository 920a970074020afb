"""A product of Adobe Commerce's in our words. What is bought of a configurable one are the simple ones linked to it.

Qualities are attributes of the shop's own, told by the numbers of their options; what these are called is read once, in
the language of each store view. The product type is the deepest category that the product is in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.commerce.adobe.shapes import Native, customs_of, extras_of
from bot.commerce.adobe.stores import View
from bot.commerce.forms import kind_of, minor, plain, words_of
from bot.commerce.types import Product, ProductRef, Variant, VariantRef

LANGUAGES = ("en", "fr")
SOLD = ("simple", "virtual")
_HIDDEN = 1  # the visibility of what is shown as a choice of another product alone
_LISTS = ("occasion",)  # kept as `occasions`, however many there are
_OWN = ("product_type", "brand", "colour", "size")
Words = dict[str, dict[str, list[str]]]
Names = Mapping[str, str]  # by language


@dataclass(frozen=True)
class Attribute:
    """A quality: its number, its code, and the names of its options by their numbers."""

    number: str
    code: str
    options: Mapping[str, Names]


@dataclass(frozen=True)
class Labels:
    """What the shop's words are called: attributes by code, categories by number with their depth."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    categories: Mapping[str, tuple[int, Names]] = field(default_factory=dict)

    def code_of(self, number: object) -> str:
        """The code of an attribute; "" for one that is not the shop's own."""
        return next((code for code, each in self.attributes.items() if each.number == str(number)), "")


@dataclass(frozen=True)
class Told:
    """A product as it was read: with those linked to it, what shoppers see of each, and its names by language."""

    native: Native
    linked: Sequence[Native] = ()
    shown: Mapping[int, Native] = field(default_factory=dict)
    names: Names = field(default_factory=dict)
    descriptions: Names = field(default_factory=dict)


def is_shown(said: Native, view: View) -> bool:
    """Whether shoppers of the website can open it."""
    websites = extras_of(said).get("website_ids")
    is_here = websites is None or view.website in [int(each) for each in websites]
    return is_here and int(said["status"]) == 1 and int(said["visibility"]) != _HIDDEN


def links_of(said: Native) -> list[int]:
    """The numbers of the simple products of a configurable one."""
    return [int(each) for each in extras_of(said).get("configurable_product_links") or ()]


def to_product(told: Told, labels: Labels, view: View) -> Product:
    """The product with what can be bought of it: what is linked to it, or itself."""
    said, customs = told.native, customs_of(told.native)
    picture, language = _picture_of(said, view), view.language
    name, text = said["name"], str(customs.get("description") or customs.get("short_description") or "")
    category = _category_of(said, labels)
    return Product(
        ref=ProductRef(said["sku"]), slug=str(customs.get("url_key") or said["sku"]),
        names={each: plain(told.names.get(each) or name) for each in LANGUAGES},
        descriptions={each: plain(told.descriptions.get(each) or text) for each in LANGUAGES} if text else {},
        product_type=words_of(category.get(language, "")), brand=_brand_of(said, labels, language),
        attributes=_attributes_of(said, labels, language), image_url=picture, url=_url_of(said, told, view),
        variants=tuple(_to_variant(each, told, labels, view) for each in _sold_of(told)),
        is_replenishable=str(customs.get("replenishable", "")) == "1",
    )


def _sold_of(told: Told) -> Sequence[Native]:
    """Bundles, groups, gift cards, and what asks for more than a choice, are not sold here."""
    if told.native["type_id"] == "configurable":
        return [each for each in told.linked if int(each["status"]) == 1]
    asks = any(each.get("is_require") for each in told.native.get("options") or ())
    return [told.native] if told.native["type_id"] in SOLD and not asks else []


def _to_variant(said: Native, told: Told, labels: Labels, view: View) -> Variant:
    options = {kind_of(code): names for code, names in _choices_of(said, told.native, labels)}
    price, before = _prices_of(said, told.shown.get(int(said["id"])), view.currency)
    return Variant(
        ref=VariantRef(said["sku"]), product_ref=ProductRef(told.native["sku"]), sku=said["sku"],
        title=" · ".join(names[view.language] for names in options.values()),
        options={kind: words_of(names[view.language]) for kind, names in options.items()},
        price_minor=price, currency=view.currency, compare_at_minor=before if before > price else None,
        image_url=_picture_of(said, view) or _picture_of(told.native, view), url=_url_of(told.native, told, view),
    )


def configurable_choice(said: Native, parent: Native, labels: Labels) -> tuple[tuple[str, str], ...]:
    """Number of attribute and of option, for each thing that is chosen of a configurable product."""
    customs = customs_of(said)
    numbers = [str(each["attribute_id"]) for each in extras_of(parent).get("configurable_product_options") or ()]
    return tuple((number, str(customs.get(labels.code_of(number), ""))) for number in numbers)


def _choices_of(said: Native, parent: Native, labels: Labels) -> Iterator[tuple[str, Names]]:
    """Code of attribute, and the option's names. A product of its own has its colour and size, if it tells them."""
    if parent is not said:
        for number, value in configurable_choice(said, parent, labels):
            if names := _option(labels, labels.code_of(number), value):
                yield labels.code_of(number), names
        return
    for code, value in customs_of(said).items():
        if kind_of(code) in ("colour", "size") and (names := _option(labels, code, str(value))):
            yield code, names


def _option(labels: Labels, code: str, value: str) -> Names | None:
    attribute = labels.attributes.get(code)
    return attribute.options.get(value) if attribute else None


def _prices_of(said: Native, shown: Native | None, currency: str) -> tuple[int, int]:
    """What shoppers pay, and what it was before: as the shop shows it, with its taxes and rules; a product that it does
    not render (it is out of stock) has its bare price.
    """
    if shown:
        return _pair_of(shown["price_info"], currency)
    price = minor(said.get("price"), currency)
    return price, price


def _pair_of(info: Native, currency: str) -> tuple[int, int]:
    """The final and the regular price of a render's `price_info`."""
    final = minor(info["final_price"], currency)
    return final, minor(info.get("regular_price") or info["final_price"], currency)


def _picture_of(said: Native, view: View) -> str:
    entries = [each for each in said.get("media_gallery_entries") or () if not each.get("disabled")]
    best = next((each for each in entries if "image" in (each.get("types") or ())), entries[0] if entries else None)
    return f"{view.media_url}catalog/product{best['file']}" if best else ""


def _url_of(said: Native, told: Told, view: View) -> str:
    shown = told.shown.get(int(said["id"]))
    if shown and shown.get("url"):
        return str(shown["url"])
    key = customs_of(said).get("url_key")
    return f"{view.base_url}{key}.html" if key else ""


def _category_of(said: Native, labels: Labels) -> Names:
    """The deepest of those it is in; of several as deep, that of the lowest number."""
    numbers = sorted((str(each["category_id"]) for each in extras_of(said).get("category_links") or ()), key=int)
    known = [labels.categories[each] for each in numbers if each in labels.categories]
    return max(known, key=lambda each: each[0])[1] if known else {}


def _qualities_of(said: Native, labels: Labels) -> Iterator[tuple[str, Names]]:
    """Kind and names of what a product has of the shop's own attributes; some hold several options."""
    for code, value in customs_of(said).items():
        for each in value if isinstance(value, list) else str(value).split(","):
            if names := _option(labels, code, str(each)):
                yield kind_of(code), names


def _brand_of(said: Native, labels: Labels, language: str) -> str:
    return next((words_of(names[language]) for kind, names in _qualities_of(said, labels) if kind == "brand"), "")


def _attributes_of(said: Native, labels: Labels, language: str) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for kind, names in _qualities_of(said, labels):
        if kind not in _OWN:
            found.setdefault(kind, []).append(words_of(names[language]))
    told: dict[str, Any] = {f"{kind}s": values for kind, values in found.items() if kind in _LISTS}
    told |= {kind: values[0] if len(values) == 1 else values for kind, values in found.items() if kind not in _LISTS}
    days = str(customs_of(said).get("lasts_days") or "")
    return {**told, "lasts_days": int(days)} if days.isdecimal() else told


def note_words(words: Words, told: Told, labels: Labels, language: str) -> None:
    """The names of a product's words: kind -> value -> [English, French]. Adds to `words`."""
    named = [("product_type", _category_of(told.native, labels)), *_qualities_of(told.native, labels)]
    for each in _sold_of(told):
        named += [(kind_of(code), names) for code, names in _choices_of(each, told.native, labels)]
    for kind, names in named:
        if value := words_of(names.get(language, "")):
            words.setdefault(kind, {}).setdefault(
                value, [(names.get(each) or names[language]).strip() for each in LANGUAGES])
