"""What suits this customer: candidates -> rules -> rank -> live stock -> reasons. Reads, never writes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import (
    Availability,
    CustomerRef,
    Product,
    ProductRef,
    VariantRef,
)
from bot.profile.store.engine import Store
from bot.recommend.candidates import Signal, collect_signals
from bot.recommend.catalogue import Catalogue, CatalogueCache, ReadMeaning
from bot.recommend.choices import Choose, choices_of
from bot.recommend.interactions import InteractionsCache
from bot.recommend.learned.live import LearnedFile
from bot.recommend.look import pick_look, score_look
from bot.recommend.merchandising import Merchandising, lead_with_pins
from bot.recommend.outfit import COMPLEMENTS
from bot.recommend.past import read_elsewhere, read_orders, read_purchases
from bot.recommend.price_bands import read_price_bands
from bot.recommend.rank import best_first, contributions, in_season, score_products
from bot.recommend.reasons import Speaker, explain
from bot.recommend.rules import (
    Fit,
    WornBeside,
    allowed_products,
    diversify,
    fit_products,
    is_varied,
    spread,
    wearable_variants,
)
from bot.recommend.shopper import (
    Shopper,
    known_products,
    may_personalise,
    read_shopper,
)
from bot.recommend.size_evidence import RunsCache, ladder_of, run_of, worn_by, worn_elsewhere
from bot.recommend.size_model import SizeAdvice, advise
from bot.recommend.sizes import NO_STYLE, customer_size, derive_sizes
from bot.recommend.stock import portions
from bot.recommend.style import Style
from bot.recommend.traits import colours_of, sizes_of, slot_of
from bot.recommend.types import Floats, Recommendation
from bot.recommend.usual import Usual, read_usual, sent_back_last


class Recommender:
    """The one entrance to recommendations. Safe to share between threads; its snapshots renew themselves."""

    def __init__(
        self, store: Store, commerce: CommerceEngine, *, timezone: str = "Europe/Paris",
        merchandising: Merchandising | None = None, learned: LearnedFile | None = None,
        read_meaning: ReadMeaning | None = None, returned_within: timedelta = timedelta(days=30),
    ) -> None:
        """Opens and reads nothing until it is asked. `returned_within`: how long the shop takes things back."""
        self._store = store
        self._commerce = commerce
        self._timezone = timezone
        self._catalogue = CatalogueCache(commerce, merchandising=merchandising, read_meaning=read_meaning)
        self._interactions = InteractionsCache(store)
        self._runs = RunsCache(store)
        self._learned = learned
        self._returned_within = returned_within

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
        learned = self._learned.apply_to(catalogue) if self._learned else None
        signals = collect_signals(catalogue, self._interactions.get(catalogue, now), shopper, context, now, learned)
        table = contributions(signals, len(catalogue))
        bands = read_price_bands(catalogue, shopper, context)
        score = score_products(table) * in_season(catalogue, now) * bands.worth
        at_most = limit if shopper.style.types else max(1, limit // 3)
        allowed = allowed_products(catalogue, shopper, context) & ~bands.is_outside
        led = lead_with_pins(score, catalogue.is_pinned, allowed)
        rows = spread(best_first(led, allowed), catalogue, at_most=4 * at_most)
        liked = shopper.style.colours
        fits = self._first_fits(
            rows, catalogue, shopper, 4 * limit, _beside(context, shopper.style),
            is_enough=lambda found: is_varied(found, catalogue, limit, at_most=at_most, liked=liked),
        )
        chosen = diversify(fits, catalogue, limit, at_most=at_most, liked=liked)
        speaker = Speaker(language, now, catalogue, self._timezone)
        return [_recommendation(fit, catalogue, shopper, signals, table, score, speaker) for fit in chosen]

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
        """One thing for each other place of an outfit around a product, in colours that go with it and each other.

        A style's `occasions` leave only what is made for one of them.
        """
        catalogue = self.catalogue(now)
        anchor = _find(catalogue, product)
        if anchor is None:
            return []
        shopper = self._shopper(customer_id, customer_ref, style, catalogue, now)
        any_type = replace(shopper, style=replace(shopper.style, types=()))
        allowed = allowed_products(catalogue, any_type, anchor)
        allowed[catalogue.rows(list(leave_out))] = False
        fitness, signals = score_look(
            catalogue, self._interactions.get(catalogue, now), anchor, colour, shopper.style.occasions,
            shopper.root,
        )
        score = fitness * in_season(catalogue, now) * read_price_bands(catalogue, any_type).worth

        def fits(rows: Sequence[int], wanted: int, colours: Sequence[str]) -> list[Fit]:
            return self._first_fits(rows, catalogue, any_type, wanted, lambda _: colours)

        led = lead_with_pins(score, catalogue.is_pinned, allowed & (score > 0))
        chosen = pick_look(catalogue, anchor, colour, led, allowed, fits, limit=limit)
        table = contributions(signals, len(catalogue))
        speaker = Speaker(language, now, catalogue, self._timezone)
        return [_recommendation(fit, catalogue, any_type, signals, table, score, speaker) for fit in chosen]

    def usual(
        self, customer_ref: CustomerRef | None, now: datetime, *, customer_id: str = "", style: Style | None = None,
    ) -> list[Usual]:
        """What the customer buys again and again, what is due first, with live stock; [] for a stranger.

        What they dislike, or sent back the last time, is left out; `customer_id` and `style` tell the former. With a
        store in the style, stock is what that one has to collect.
        """
        catalogue = self.catalogue(now)
        shopper = self._shopper(customer_id, customer_ref, style, catalogue, now)
        unwanted = shopper.disliked | catalogue.banned | sent_back_last(shopper.purchases)
        named = (p for p in shopper.purchases if p.variant_ref)  # a till may not tell which variant it was
        kept = [p for p in named if p.kept and not p.returned and p.product_ref not in unwanted]
        leave_out = shopper.disliked | catalogue.banned | {p.product_ref for p in shopper.purchases if p.returned}
        return read_usual(kept, catalogue, self._stock, now, leave_out=leave_out, style=shopper.style)

    def chooser(
        self, customer_id: str, customer_ref: CustomerRef | None, *, style: Style = NO_STYLE, now: datetime
    ) -> Choose:
        """Tells what of a product suits the customer: in their size, and nothing that they said no to or sent back."""
        return choices_of(self._shopper(customer_id, customer_ref, style, self.catalogue(now), now))

    def departments_of(self, customer_id: str, customer_ref: CustomerRef | None, now: datetime) -> frozenset[str]:
        """The departments that the customer kept things of; none for a stranger, and without leave."""
        return self._shopper(customer_id, customer_ref, None, self.catalogue(now), now).departments

    def owns(self, product: ProductRef, customer_ref: CustomerRef | None, now: datetime) -> bool:
        """Whether the customer bought it, wherever, and did not send it all back; False for a stranger."""
        if customer_ref is None:
            return False
        past = read_purchases(self._commerce, self._store, self.catalogue(now), customer_ref)
        return any(p.kept and p.product_ref == product for p in past)

    def size_for(
        self, product: Product, customer_ref: CustomerRef | None, *, style: Style = NO_STYLE, now: datetime
    ) -> str:
        """The customer's size in a product, stated by them or proven by what they kept; "" when unknown."""
        return self.size_reader(customer_ref, style=style, now=now)(product)

    def size_reader(
        self, customer_ref: CustomerRef | None, *, style: Style = NO_STYLE, now: datetime
    ) -> Callable[[Product], str]:
        """`size_for` for several products: the customer's orders are read once, when the first is asked for."""
        @cache
        def sizes() -> dict[str, str]:
            catalogue = self.catalogue(now)
            purchases = read_purchases(self._commerce, self._store, catalogue, customer_ref)
            return derive_sizes(purchases, known_products(purchases, catalogue))

        return lambda product: customer_size(product, sizes(), style)

    def advise_size(self, product: Product, customer_ref: CustomerRef | None, now: datetime) -> SizeAdvice:
        """Which size of a product fits the customer, with its certainty and what proves it; unknown for a stranger."""
        catalogue, orders = self.catalogue(now), read_orders(self._commerce, customer_ref)
        elsewhere = read_elsewhere(self._store, catalogue, customer_ref, orders)
        worn = worn_by(orders, catalogue, product)
        worn += worn_elsewhere(elsewhere, catalogue, product, settled_before=now - self._returned_within)
        run = run_of(product)
        return advise(run, ladder_of(catalogue, run[0]), sizes_of(product), worn, self._runs.get(catalogue, now))

    def _shopper(
        self, customer_id: str, customer_ref: CustomerRef | None, style: Style | Mapping[str, Any] | None,
        catalogue: Catalogue, now: datetime,
    ) -> Shopper:
        stated = style if isinstance(style, Style) else Style.from_data(style)
        purchases = read_purchases(self._commerce, self._store, catalogue, customer_ref)
        return read_shopper(self._store, purchases, catalogue, customer_id=customer_id, style=stated, now=now)

    def _first_fits(
        self, rows: Iterable[int], catalogue: Catalogue, shopper: Shopper, wanted: int,
        worn_beside: WornBeside, is_enough: Callable[[Sequence[Fit]], bool] = lambda _: False,
    ) -> list[Fit]:
        """The best that are in stock, of those that may be worn and whose stock is read: a bounded number."""
        fits: list[Fit] = []
        for some in portions(row for row in rows if wearable_variants(catalogue.products[row], shopper)):
            refs = [v.ref for row in some for v in wearable_variants(catalogue.products[row], shopper)]
            fits += fit_products(some, catalogue, shopper, self._stock(refs), worn_beside)
            if len(fits) >= wanted or is_enough(fits):
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


def _beside(context: Product | None, style: Style) -> WornBeside:
    """What is worn with the product that is looked at has to go with its colour; what is asked for by name need not."""
    if context is None or style.types:
        return lambda _: ()
    places, worn = COMPLEMENTS.get(slot_of(context), ()), colours_of(context)[:1]
    return lambda product: worn if slot_of(product) in places else ()


def _find(catalogue: Catalogue, product: Product | ProductRef | None) -> Product | None:
    if product is None or isinstance(product, Product):
        return product
    row = catalogue.row_of.get(product)
    return None if row is None else catalogue.products[row]
