"""Products as shoppers see them; the whole catalogue in memory, read anew when it is old, single ones always live.

Read from the Store API: what the publishable key's sales channel sells, at its region's prices. What the bot
understands of a product is its type, its metadata and its options (docs/medusa.md).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock, Thread
from typing import Any

import structlog

from bot.commerce.catalogue_search import Catalogue, index_catalogue
from bot.commerce.forms import chunks, words_of
from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.pages import Pages
from bot.commerce.medusa.regions import RegionReader
from bot.commerce.medusa.shapes import Native, is_id, kind_of, minor, option_values
from bot.commerce.types import Product, ProductRef, Variant, VariantRef
from bot.errors import FixConfiguration, NotFound, RetryLater

log = structlog.get_logger()
_OLD_SECONDS = 300.0
_PAGE, _AT_ONCE = 50, 50
_FIELDS = ",".join((
    "id", "handle", "title", "description", "thumbnail", "metadata", "type.value", "*variants",
    "*variants.options", "*variants.options.option", "*variants.calculated_price",
))
_OWN = frozenset({"names", "descriptions", "words", "brand", "replenishable", "product_type"})
_LISTS = frozenset({"occasion"})

Words = dict[str, dict[str, list[str]]]


class ProductReader:
    """Reads products; keeps the catalogue that is searched."""

    def __init__(
        self, client: MedusaClient, regions: RegionReader, pages: Pages, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` counts seconds; nothing is read yet."""
        self._client, self._regions, self._pages, self._clock = client, regions, pages, clock
        self._lock, self._kept, self._read_at = Lock(), None, 0.0  # type: tuple[Lock, Catalogue | None, float]

    def read_catalogue(self) -> Catalogue:
        """Every product that is sold: for searching, never for a price that is promised.

        Only the first who asks waits for it. Later, an old one is read anew behind the back of who asks.
        """
        with self._lock:
            if self._kept is None:
                self._kept, self._read_at = self._read_all(), self._clock()
            elif self._clock() - self._read_at > _OLD_SECONDS:
                self._read_at = self._clock()
                Thread(target=self._refresh, name="medusa-catalogue", daemon=True).start()
            return self._kept

    def _refresh(self) -> None:
        try:
            self._kept = self._read_all()
        except (RetryLater, FixConfiguration) as error:
            log.warning("medusa_catalogue_is_old", error=type(error).__name__)

    def _read_all(self) -> Catalogue:
        products: dict[str, Product] = {}
        words: Words = {}
        start, total = 0, 1
        while start < total:
            page = self._ask(limit=_PAGE, offset=start, order="id", is_long=True)
            for said in page["products"]:
                product = to_product(said, self._pages)
                products[product.ref] = product
                note_words(words, said)
            start, total = start + _PAGE, int(page["count"])
        shop = {"currency": self._regions.read().currency, "language": "en"}
        return index_catalogue(products, shop, words, revision=0)

    def get_product(self, ref: str) -> Product:
        """The product with that id or handle, live. NotFound."""
        found = self._ask(id=[ref]) if is_id(ref, "prod") else self._ask(handle=ref) if ref else {"products": []}
        for said in found["products"]:
            return to_product(said, self._pages)
        raise NotFound(f"product {ref}")

    def get_products(self, refs: Sequence[str]) -> list[Product]:
        """Products in the order asked for, live; unknown ones left out."""
        found: dict[str, Product] = {}
        for some in chunks([ref for ref in refs if is_id(ref, "prod")], _AT_ONCE):
            for said in self._ask(id=list(some), limit=_AT_ONCE)["products"]:
                found[said["id"]] = to_product(said, self._pages)
        return [found[ref] for ref in refs if ref in found]

    def get_variant_product(self, ref: str) -> Product:
        """The product that a variant belongs to, live. NotFound."""
        if is_id(ref, "variant"):
            for said in self._ask(variants={"id": ref})["products"]:
                return to_product(said, self._pages)
        raise NotFound(f"variant {ref}")

    def _ask(self, *, is_long: bool = False, **query: Any) -> dict[str, Any]:
        asked: dict[str, Any] = {"fields": _FIELDS, **self._regions.read().query}
        for name, value in query.items():
            if isinstance(value, Mapping):
                asked |= {f"{name}[{key}]": each for key, each in value.items()}
            else:
                asked[f"{name}[]" if isinstance(value, list) else name] = value
        return self._client.read("store/products", is_long=is_long, **asked)


def to_product(said: Native, pages: Pages) -> Product:
    """A product of the Store API. Names in other languages are the metadata `names`, a map by language."""
    told = {kind_of(name): value for name, value in (said.get("metadata") or {}).items()}
    variants = tuple(_to_variant(each, said, pages) for each in said.get("variants") or () if each["calculated_price"])
    return Product(
        ref=ProductRef(said["id"]), slug=said["handle"], names=_in_languages(said["title"], told.get("names")),
        descriptions=_in_languages(said.get("description") or "", told.get("descriptions")),
        product_type=_type_of(said), brand=words_of(str(told.get("brand") or "")), variants=variants,
        attributes=_attributes_of(told), image_url=variants[0].image_url if variants else "",
        url=pages.product(said["handle"]), is_replenishable=told.get("replenishable") in (True, "yes", "true"),
    )


def _to_variant(said: Native, product: Native, pages: Pages) -> Variant:
    options, price = option_values(said.get("options") or ()), said["calculated_price"]
    currency = str(price["currency_code"]).upper()
    now, before = (_with_tax(price, name, currency) for name in ("calculated_amount", "original_amount"))
    colour = options.get("colour", "")
    return Variant(
        ref=VariantRef(said["id"]), product_ref=ProductRef(product["id"]), sku=said.get("sku") or "",
        title=" · ".join(options.values()), options=options, price_minor=now, currency=currency,
        compare_at_minor=before if before > now else None, image_url=pages.picture(product, colour),
        url=pages.product(product["handle"], colour),
    )


def _with_tax(price: Native, name: str, currency: str) -> int:
    """What a shopper pays: Medusa tells it beside the amount, where the country is known."""
    amount = price.get(f"{name}_with_tax")
    return minor(price[name] if amount is None else amount, currency)


def _type_of(said: Native) -> str:
    return words_of((said.get("type") or {}).get("value") or "other")


def _in_languages(own: str, told: Any) -> dict[str, str]:
    names = {str(each)[:2]: str(text) for each, text in told.items() if text} if isinstance(told, dict) else {}
    return {"en": own, **names}


def _attributes_of(told: Native) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind, value in told.items():
        if kind in _OWN or not isinstance(value, str | int | list):
            continue
        if kind in _LISTS:
            found[f"{kind}s"] = value if isinstance(value, list) else [str(value)]
        else:
            found[kind] = int(value) if isinstance(value, str) and value.isdecimal() else value
    return found


def note_words(words: Words, said: Native) -> None:
    """The names of a product's words: kind -> value -> [English, French]. Medusa keeps one name; the French ones may be
    the product's metadata `words`: `{"fr": {"navy": "marine"}}`.
    """
    kind = (said.get("type") or {}).get("value") or "other"
    spoken = [("product_type", kind)] + [
        (kind_of(each["option"]["title"]), each["value"])
        for variant in said.get("variants") or () for each in variant.get("options") or () if each.get("option")
    ]
    told = said.get("metadata") or {}
    brand, named = told.get("brand"), told.get("words")
    french = named.get("fr") if isinstance(named, dict) else None
    for name, value in [*spoken, *([("brand", str(brand))] if brand else [])]:
        text = value.replace("_", " ")
        other = str(french.get(value) or text) if isinstance(french, dict) else text
        words.setdefault(name, {}).setdefault(words_of(value), [text, other])
