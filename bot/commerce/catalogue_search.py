"""A shop's catalogue in memory, whatever engine it comes from: searched by words and filters, in every language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.commerce.folding import fold
from bot.commerce.types import Product, Variant
from bot.errors import NotFound

_KINDS = {
    "product_type", "colour", "size", "brand", "occasion", "season", "style", "material", "pattern", "gender", "care",
}
# Words that say nothing of a product, in both languages, folded.
_FILLERS = frozenset({
    "a", "an", "and", "au", "aux", "avec", "cherche", "chose", "d", "de", "des", "du", "en", "et", "for", "i", "in",
    "je", "l", "la", "le", "les", "looking", "ma", "me", "mes", "moi", "mon", "my", "of", "on", "or", "ou", "please",
    "pour", "quelque", "sans", "some", "something", "svp", "the", "to", "un", "une", "with",
})
_NAMED_TYPE = 4.0  # what naming the type weighs, beside 3 for a word of the product's name


@dataclass(frozen=True)
class Catalogue:
    """Every product at one revision, with what the shop folder says of itself and of its words."""

    revision: int
    shop: Mapping[str, Any]
    words: Mapping[str, Mapping[str, Any]]
    products: Mapping[str, Product]
    product_of: Mapping[str, str]  # variant -> product
    variants: Mapping[str, Variant]
    haystacks: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def currency(self) -> str:
        """The one currency of the shop."""
        return str(self.shop["currency"])

    def product(self, ref: str) -> Product:
        """The product with that reference or slug; NotFound."""
        try:
            return self.products[ref]
        except KeyError:
            raise NotFound(f"product {ref}") from None

    def variant(self, ref: str) -> Variant:
        """The variant with that reference; NotFound."""
        try:
            return self.variants[ref]
        except KeyError:
            raise NotFound(f"variant {ref}") from None

    def title(self, product_ref: str, locale: str) -> str:
        """The product's name in a customer's language, else in the shop's own."""
        names = self.product(product_ref).names
        return names.get(locale[:2]) or names[str(self.shop["language"])]


def index_catalogue(
    products: Mapping[str, Product], shop: Mapping[str, Any], words: Mapping[str, Mapping[str, Any]], *, revision: int
) -> Catalogue:
    """The products ready to be searched; `words` are kind -> value -> names."""
    variants = [variant for product in products.values() for variant in product.variants]
    return Catalogue(
        revision=revision,
        shop=shop,
        words=words,
        products=products,
        product_of={each.ref: each.product_ref for each in variants},
        variants={each.ref: each for each in variants},
        haystacks={ref: _haystack(product, words) for ref, product in products.items()},
    )


def colour_of(options: Mapping[str, str]) -> str:
    """The colour among a variant's options, however the option is spelt; "" without one."""
    return options.get("colour") or options.get("color") or ""


def values_of(product: Product, kind: str) -> set[str]:
    """The product's values of one kind of word: its colours, sizes, occasions, ..."""
    if kind in ("product_type", "brand"):
        return {product.product_type if kind == "product_type" else product.brand}
    if kind in ("colour", "size"):
        return {_option(variant, kind) for variant in product.variants} - {""}
    value: str | Sequence[str] = product.attributes.get(kind) or product.attributes.get(f"{kind}s") or ()
    return {value} if isinstance(value, str) else set(value)


def _option(variant: Variant, kind: str) -> str:
    return colour_of(variant.options) if kind == "colour" else variant.options.get(kind, "")


def _haystack(product: Product, words: Mapping[str, Mapping[str, Any]]) -> str:
    texts = [*product.names.values(), *product.descriptions.values()]
    for kind in sorted(_KINDS):
        for value in values_of(product, kind):
            texts += [value, *words.get(kind, {}).get(value, ())]
    text = fold(" ".join(texts))
    return f" {text} {text.replace('-', ' ')} " if "-" in text else f" {text} "


def search(
    catalogue: Catalogue, query: str, filters: Mapping[str, Any], in_stock: set[str] | None, language: str
) -> list[Product]:
    """Products matching every filter and word, best first. `in_stock` holds variants that can be bought, or None.

    Words count in every language; those of a name in the searcher's own weigh most.
    """
    words = fold(query).replace("-", " ").replace("'", " ").split()
    terms = [word for word in words if word not in _FILLERS]
    named = _types_named(catalogue, query)
    allowed = {kind: wanted(filters, kind) for kind in _KINDS}
    of_products = {kind: values for kind, values in allowed.items() if values and kind not in ("colour", "size")}
    of_variants = {kind: allowed[kind] for kind in ("colour", "size") if allowed[kind]}
    scored = []
    for position, product in enumerate(catalogue.products.values()):
        if not _product_matches(product, of_products):
            continue
        if not any(_variant_matches(variant, filters, of_variants, in_stock) for variant in product.variants):
            continue
        score = _score(terms, catalogue.haystacks[product.ref], product.names.get(language, ""))
        if score is not None:
            bonus = _NAMED_TYPE if product.product_type in named else 0.0
            scored.append((-score - bonus, position, product))
    return [product for _, _, product in sorted(scored, key=lambda each: each[:2])]


def _types_named(catalogue: Catalogue, query: str) -> set[str]:
    """Product types whose name stands in the query as a whole: `sac à main` is not a `sac à dos` held in `main`."""
    text = f" {fold(query)} "
    types = catalogue.words.get("product_type", {})
    return {value for value, names in types.items() if any(f" {fold(name)} " in text for name in names)}


def wanted(filters: Mapping[str, Any], kind: str) -> set[str]:
    """The folded values that a filter allows; empty for all."""
    value = filters.get(kind) or ()
    return {fold(each) for each in ([value] if isinstance(value, str) else value)}


def _variant_matches(
    variant: Variant, filters: Mapping[str, Any], allowed: Mapping[str, set[str]], in_stock: set[str] | None
) -> bool:
    if in_stock is not None and variant.ref not in in_stock:
        return False
    if (cap := filters.get("price_max_minor")) is not None and variant.price_minor > int(cap):
        return False
    if (floor := filters.get("price_min_minor")) is not None and variant.price_minor < int(floor):
        return False
    if filters.get("on_sale") and not variant.compare_at_minor:
        return False
    return all(fold(_option(variant, kind)) in values for kind, values in allowed.items())


def _product_matches(product: Product, allowed: Mapping[str, set[str]]) -> bool:
    return all(values & {fold(value) for value in values_of(product, kind)} for kind, values in allowed.items())


def _score(terms: Sequence[str], text: str, name: str) -> float | None:
    """How well the words fit; None when one of them is nowhere. A word in the name weighs most."""
    name = f" {fold(name)} "
    total = 0.0
    for term in terms:
        stem = next((each for each in _stems(term) if f" {each}" in text or f"'{each}" in text), None)
        if stem is None:
            return None
        total += 3.0 if f" {stem}" in name else 1.0
    return total


def _stems(term: str) -> Iterator[str]:
    yield term
    if len(term) > 3 and term[-1] in "sx":
        yield term[:-1]
    if len(term) > 4 and term.endswith("es"):
        yield term[:-2]


def vocabulary(catalogue: Catalogue) -> dict[str, dict[str, list[str]]]:
    """The words of what the shop sells: value -> [English name, French name, other words for it]."""
    found: dict[str, dict[str, list[str]]] = {}
    for product in catalogue.products.values():
        for kind in sorted(_KINDS):
            for value in sorted(values_of(product, kind) - {""}):
                names = catalogue.words.get(kind, {}).get(value) or [value, value]
                found.setdefault(kind, {}).setdefault(value, list(names))
        for variant in product.variants:
            for name, value in variant.options.items():
                if name not in ("colour", "color", "size"):
                    found.setdefault("option", {}).setdefault(value, [value, value])
    return found
