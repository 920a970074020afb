"""Products as shoppers see them; the whole catalogue in memory, read anew every few minutes, single ones always live.

Adobe's listing tells a configurable product and its simple ones each for themselves, in one language and at their bare
price; what shoppers pay, taxes and rules of the catalogue included, is told by `products-render-info`.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock, Thread

import structlog

from bot.commerce.adobe.client import AdobeClient
from bot.commerce.adobe.criteria import Filter, Search, one_of
from bot.commerce.adobe.labels import read_labels
from bot.commerce.adobe.product_shapes import (
    SOLD,
    Labels,
    Told,
    Words,
    configurable_choice,
    is_shown,
    links_of,
    note_words,
    to_product,
)
from bot.commerce.adobe.shapes import Native, customs_of, is_sku
from bot.commerce.adobe.stores import View, ViewReader
from bot.commerce.catalogue_search import Catalogue, index_catalogue
from bot.commerce.forms import chunks
from bot.commerce.types import Product
from bot.errors import NotFound, PrevenantError

log = structlog.get_logger()
_READ_ANEW_SECONDS = 300.0
_TOGETHER = 40  # SKUs in a URL
_FIELDS = ",".join((
    "id", "sku", "name", "price", "status", "visibility", "type_id", "options[is_require]", "custom_attributes",
    "media_gallery_entries[file,types,disabled]", "extension_attributes",
))
_ENABLED = Filter("status", "1")


@dataclass(frozen=True)
class Choice:
    """How a variant is put into a basket: the SKU that is asked for, and which options of it."""

    sku: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Read:
    """The catalogue as it was read, and how each variant is chosen."""

    catalogue: Catalogue
    labels: Labels
    choices: Mapping[str, Choice]
    names: Mapping[str, Mapping[str, tuple[str, str]]] = field(repr=False)  # language -> SKU -> name, description


class ProductReader:
    """Reads products; keeps the catalogue that is searched."""

    def __init__(
        self, client: AdobeClient, views: ViewReader, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` counts seconds; nothing is read yet."""
        self._client, self._views, self._clock = client, views, clock
        self._lock, self._read_at = Lock(), 0.0
        self._kept: _Read | None = None

    def read_catalogue(self) -> Catalogue:
        """Every product that is sold: for searching, never for a price that is promised.

        Only the first who asks waits for it. Later, who comes after five minutes has it read anew behind their back.
        """
        return self._read().catalogue

    def _read(self) -> _Read:
        with self._lock:
            if self._kept is None:
                self._kept, self._read_at = self._read_all(), self._clock()
            elif self._clock() - self._read_at > _READ_ANEW_SECONDS:
                self._read_at = self._clock()
                Thread(target=self._refresh, name="adobe-catalogue", daemon=True).start()
            return self._kept

    def _refresh(self) -> None:
        """Read anew; without an answer, the old one stays."""
        try:
            self._kept = self._read_all()
        except PrevenantError as error:
            log.warning("adobe_catalogue_is_old", error=type(error).__name__)

    def _read_all(self) -> _Read:
        view = self._views.read()
        labels, names = read_labels(self._client, view), self._read_names(view)
        told = {int(each["id"]): each for each in self._client.search_every(
            "products", Search([_ENABLED], sort=["entity_id"], fields=_FIELDS))}
        shown = self._read_shown(list(told), view)
        words: Words = {}
        products: dict[str, Product] = {}
        choices: dict[str, Choice] = {}
        for each in _assemble(told, shown, names, view):
            product = to_product(each, labels, view)
            if product.variants:
                products[product.ref] = product
                note_words(words, each, labels, view.language)
                choices |= _choices_of(each, labels)
        shop = {"currency": view.currency, "language": "en"}
        return _Read(index_catalogue(products, shop, words, revision=0), labels, choices, names)

    def _read_names(self, view: View) -> dict[str, dict[str, tuple[str, str]]]:
        """Names and descriptions in the languages of the other store views."""
        found: dict[str, dict[str, tuple[str, str]]] = {}
        for language, store in view.languages.items():
            if language != view.language:
                asked = Search([_ENABLED], sort=["entity_id"], fields="sku,name,custom_attributes")
                found[language] = {
                    each["sku"]: (each["name"], str(customs_of(each).get("description") or ""))
                    for each in self._client.search_every("products", asked, store=store)
                }
        return found

    def _read_shown(self, numbers: Sequence[int], view: View) -> dict[int, Native]:
        """What shoppers see of each, as far as it is rendered. Its `total_count` counts the page alone."""
        found: dict[int, Native] = {}
        for some in chunks(numbers, _TOGETHER):
            asked = Search([one_of("entity_id", map(str, some))], size=len(some)).parameters()
            said = self._client.read("products-render-info", {
                **asked, "storeId": str(view.number), "currencyCode": view.currency})
            found |= {int(each["id"]): each for each in said["items"]}
        return found

    def get_product(self, ref: str) -> Product:
        """The product with that SKU or slug, live. NotFound."""
        found = self.get_products([ref])
        if not found:
            slugs = {each.slug: sku for sku, each in self._read().catalogue.products.items()}
            found = self.get_products([slugs[ref]]) if ref in slugs else []
        if not found:
            raise NotFound(f"product {ref}")
        return found[0]

    def get_products(self, refs: Sequence[str]) -> list[Product]:
        """Products in the order asked for, live; unknown ones left out."""
        view, kept = self._views.read(), self._read()
        found: dict[str, Product] = {}
        for some in chunks([ref for ref in refs if is_sku(ref)], _TOGETHER):
            told = {int(each["id"]): each for each in self._list(one_of("sku", some))}
            linked = [number for each in told.values() for number in links_of(each)]
            for numbers in chunks(linked, _TOGETHER):
                told |= {int(each["id"]): each for each in self._list(one_of("entity_id", map(str, numbers)))}
            for each in _assemble(told, self._read_shown(list(told), view), kept.names, view):
                found[each.native["sku"]] = to_product(each, kept.labels, view)
        return [found[ref] for ref in refs if ref in found and found[ref].variants]

    def _list(self, wanted: Filter) -> Iterable[Native]:
        return self._client.search_every("products", Search([_ENABLED, wanted], sort=["entity_id"], fields=_FIELDS))

    def get_variant_product(self, ref: str) -> Product:
        """The product that a variant belongs to, live. NotFound."""
        return self.get_product(self.choice_of(ref).sku)

    def choice_of(self, ref: str) -> Choice:
        """How a variant is put into a basket. NotFound for what is sold nowhere.

        Adobe does not tell which configurable product a simple one is of; it hardly ever changes, so the catalogue may.
        """
        kept = self._read()
        if ref in kept.choices:
            return kept.choices[ref]
        view, said = self._views.read(), list(self._list(one_of("sku", [ref]))) if is_sku(ref) else []
        if not said or not is_shown(said[0], view) or said[0]["type_id"] not in SOLD:
            raise NotFound(f"variant {ref}")
        return Choice(said[0]["sku"])


def _assemble(
    told: Mapping[int, Native], shown: Mapping[int, Native], names: Mapping[str, Mapping[str, tuple[str, str]]],
    view: View,
) -> Iterable[Told]:
    """Products that shoppers open, each with those linked to it; what is a choice of another is none of its own."""
    opened = [each for each in told.values() if is_shown(each, view)]
    chosen = {number for each in opened for number in links_of(each)}
    for said in opened:
        if int(said["id"]) not in chosen:
            own = {language: some[said["sku"]] for language, some in names.items() if said["sku"] in some}
            yield Told(
                said, [told[number] for number in links_of(said) if number in told], shown,
                {language: name for language, (name, _) in own.items()},
                {language: text for language, (_, text) in own.items() if text})


def _choices_of(told: Told, labels: Labels) -> dict[str, Choice]:
    sku = told.native["sku"]
    if told.native["type_id"] != "configurable":
        return {sku: Choice(sku)}
    return {each["sku"]: Choice(sku, configurable_choice(each, told.native, labels)) for each in told.linked}
