"""What suits this customer: candidates -> rules -> rank -> live stock -> reasons. Reads, never writes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from typing import Any

import numpy as np

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import (
    Availability,
    CustomerRef,
    Product,
    ProductRef,
    Variant,
    VariantRef,
)
from bot.profile.store.engine import Store
from bot.recommend.candidates import Anchor, Signal, collect_signals
from bot.recommend.catalogue import Catalogue, CatalogueCache
from bot.recommend.habits import Habit, habits_of
from bot.recommend.interactions import InteractionsCache
from bot.recommend.merchandising import Merchandising
from bot.recommend.outfit import COMPLEMENTS, LOOK_SLOTS, matching
from bot.recommend.rank import best_first, contributions, in_season, score_products
from bot.recommend.reasons import Speaker, explain
from bot.recommend.rules import (
    Fit,
    allowed_products,
    diversify,
    fit_products,
    is_buyable,
    spread,
    wearable_variants,
)
from bot.recommend.shopper import (
    Shopper,
    known_products,
    may_personalise,
    read_purchases,
    read_shopper,
)
from bot.recommend.sizes import customer_size, derive_sizes
from bot.recommend.style import Style
from bot.recommend.traits import colours_of, slot_of
from bot.recommend.types import Floats, Recommendation

_CHUNK = 24  # products whose stock is asked for in one call


@dataclass(frozen=True)
class Usual:
    """One of the customer's habits, ready to be bought again."""

    product: Product
    variant: Variant
    quantity: int
    times: int
    is_available: bool


class Recommender:
    """The one entrance to recommendations. Safe to share between threads; its snapshots renew themselves."""

    def __init__(
        self, store: Store, commerce: CommerceEngine, *, timezone: str = "Europe/Paris",
        merchandising: Merchandising | None = None,
    ) -> None:
        """Opens and reads nothing until it is asked."""
        self._store = store
        self._commerce = commerce
        self._timezone = timezone
        self._catalogue = CatalogueCache(commerce, merchandising=merchandising)
        self._interactions = InteractionsCache(store)

    def catalogue(self, now: datetime) -> Catalogue:
        """The shop's products, at most a minute old, without stock."""
        return self._catalogue.get(now)

    def is_personal(self, customer_id: str) -> bool:
        """Whether this customer allowed suggestions from their past."""
        with self._store.read() as connection:
            return may_personalise(connection, customer_id)

    def recommend(
        self,
        customer_id: str,
        customer_ref: CustomerRef | None,
        *,
        context_product: Product | ProductRef | None = None,
        style: Style | Mapping[str, Any] | None = None,
        limit: int = 6,
        language: str = "en",
        now: datetime,
    ) -> list[Recommendation]:
        """At most `limit` products that suit the customer, best first, each in stock as of now.

        `customer_ref` is only given for a verified customer. Without consent to personalisation,
        the past is used to leave things out and for nothing else. Raises what the engine raises.
        """
        catalogue = self.catalogue(now)
        shopper = self._shopper(customer_id, customer_ref, style, catalogue, now)
        context = _find(catalogue, context_product)
        signals = collect_signals(catalogue, self._interactions.get(catalogue, now), shopper, context, now)
        table = contributions(signals, len(catalogue))
        score = score_products(table) * in_season(catalogue, now)
        at_most = limit if shopper.style.types else max(1, limit // 3)
        rows = spread(best_first(score, allowed_products(catalogue, shopper, context)), catalogue, at_most=4 * at_most)
        fits = self._first_fits(rows, catalogue, shopper, 4 * limit, colours_of(context)[:1] if context else ())
        chosen = diversify(fits, catalogue, limit, at_most=at_most)
        speaker = Speaker(language, now, catalogue, self._timezone)
        return [_recommendation(fit, catalogue, shopper, signals, table, score, speaker) for fit in chosen]

    def goes_with(
        self,
        product: Product | ProductRef,
        customer_ref: CustomerRef | None = None,
        *,
        customer_id: str = "",
        colour: str = "",
        leave_out: Iterable[ProductRef] = (),
        language: str = "en",
        now: datetime,
    ) -> Recommendation | None:
        """The one thing that goes best with a product, in stock in the customer's size; None when nothing does.

        `colour` is the product's chosen colour, `leave_out` what is in the basket already.
        """
        look = self.complete_look(
            product, customer_ref, customer_id=customer_id, colour=colour, leave_out=leave_out, limit=1,
            language=language, now=now,
        )
        return look[0] if look else None

    def complete_look(
        self,
        product: Product | ProductRef,
        customer_ref: CustomerRef | None = None,
        *,
        customer_id: str = "",
        colour: str = "",
        style: Style | Mapping[str, Any] | None = None,
        leave_out: Iterable[ProductRef] = (),
        limit: int = 4,
        language: str = "en",
        now: datetime,
    ) -> list[Recommendation]:
        """One thing for each other place of an outfit around a product, in colours that go with it."""
        catalogue = self.catalogue(now)
        anchor = _find(catalogue, product)
        if anchor is None:
            return []
        shopper = self._shopper(customer_id, customer_ref, style, catalogue, now)
        strength = matching(catalogue, anchor, colour)
        allowed = allowed_products(catalogue, replace(shopper, style=replace(shopper.style, types=())), anchor)
        allowed[catalogue.rows(list(leave_out))] = False
        bonus = 0.05 * self._interactions.get(catalogue, now).popularity
        score = (strength + bonus * (strength > 0)) * in_season(catalogue, now)
        signal = Signal("goes_with_context", strength, (Anchor(anchor, colour),), np.zeros(len(catalogue), np.int64))
        colours = (colour,) if colour else colours_of(anchor)[:1]
        speaker = Speaker(language, now, catalogue, self._timezone)
        look: list[Recommendation] = []
        for slot in _places(anchor, is_whole_look=limit > 1):
            rows = best_first(score, allowed & (strength > 0) & (catalogue.slots == slot)).tolist()
            for fit in self._first_fits(rows, catalogue, shopper, 1, colours):
                table = contributions([signal], len(catalogue))
                look.append(_recommendation(fit, catalogue, shopper, [signal], table, score, speaker))
            if len(look) == limit:
                break
        return look

    def usual(self, customer_ref: CustomerRef | None, now: datetime, limit: int = 5) -> list[Usual]:
        """What the customer buys again and again, with live stock; [] for a stranger."""
        catalogue = self.catalogue(now)
        kept = [p for p in read_purchases(self._commerce, customer_ref) if p.kept and not p.returned]
        habits = habits_of(kept, catalogue)[:limit]
        stock = self._stock([habit.last.variant_ref for habit in habits])
        return [_usual(habit, catalogue, stock) for habit in habits]

    def size_for(
        self, product: Product, customer_ref: CustomerRef | None, *, stated: Iterable[str] = (), now: datetime
    ) -> str:
        """The customer's size in a product, stated by them or proven by what they kept; "" when unknown."""
        catalogue = self.catalogue(now)
        purchases = read_purchases(self._commerce, customer_ref)
        return customer_size(product, derive_sizes(purchases, known_products(purchases, catalogue)), stated)

    def _shopper(
        self, customer_id: str, customer_ref: CustomerRef | None, style: Style | Mapping[str, Any] | None,
        catalogue: Catalogue, now: datetime,
    ) -> Shopper:
        stated = style if isinstance(style, Style) else Style.from_data(style)
        purchases = read_purchases(self._commerce, customer_ref)
        return read_shopper(self._store, purchases, catalogue, customer_id=customer_id, style=stated, now=now)

    def _first_fits(
        self, rows: Iterable[int], catalogue: Catalogue, shopper: Shopper, wanted: int, colours: Sequence[str]
    ) -> list[Fit]:
        fits: list[Fit] = []
        for chunk in batched(rows, _CHUNK):
            refs = [v.ref for row in chunk for v in wearable_variants(catalogue.products[row], shopper)]
            fits += fit_products(chunk, catalogue, shopper, self._stock(refs), colours)
            if len(fits) >= wanted:
                break
        return fits[:wanted]

    def _stock(self, refs: list[VariantRef]) -> dict[VariantRef, Availability]:
        return {each.variant_ref: each for each in self._commerce.get_availability(refs)} if refs else {}


def _recommendation(
    fit: Fit, catalogue: Catalogue, shopper: Shopper, signals: list[Signal], table: Floats, score: Floats,
    speaker: Speaker,
) -> Recommendation:
    product = catalogue.products[fit.row]
    reason = explain(fit.row, product, fit.variant, signals, table, shopper.style, speaker)
    return Recommendation(
        product, fit.variant, reason.key, reason.text, float(score[fit.row]), fit.is_size_known, reason.facts
    )


def _find(catalogue: Catalogue, product: Product | ProductRef | None) -> Product | None:
    if product is None or isinstance(product, Product):
        return product
    row = catalogue.row_of.get(product)
    return None if row is None else catalogue.products[row]


def _places(product: Product, *, is_whole_look: bool) -> list[str]:
    """The places of an outfit that are still free around a product: no dress beside a top or trousers."""
    free = [slot for slot in COMPLEMENTS.get(slot_of(product), ()) if slot in LOOK_SLOTS or not is_whole_look]
    return [slot for slot in free if slot != "dress" or not {"top", "bottom"} & set(free)]


def _usual(habit: Habit, catalogue: Catalogue, stock: Mapping[VariantRef, Availability]) -> Usual:
    """The variant of the last time; one of the product's others stands for it, out of reach, when it is gone."""
    product, ref = catalogue.products[habit.row], habit.last.variant_ref
    variant = next((variant for variant in product.variants if variant.ref == ref), None)
    is_available = variant is not None and is_buyable(stock.get(ref))
    return Usual(product, variant or product.variants[0], max(habit.quantity, 1), habit.times, is_available)
