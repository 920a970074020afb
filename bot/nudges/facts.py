"""Stage 4: references -> facts, read from the shop just before they are said, and whether they still hold."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import (
    Availability,
    Cart,
    CartRef,
    Offer,
    Order,
    OrderRef,
    Product,
    ProductRef,
    Shipment,
    Variant,
    VariantRef,
)
from bot.decision.kinds import KINDS
from bot.errors import NotFound, PrevenantError, RetryLater
from bot.intake.sightings import PriceThen
from bot.service.policy import Policy

FindPrice = Callable[[str], PriceThen | None]  # by a sighting's reference
NEVER_READ = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Piece:
    """A product and the variant meant, with what is left of it."""

    product: Product
    variant: Variant
    stock: int | None


@dataclass(frozen=True)
class Facts:
    """What a nudge may say now. `reason` is why it may not, in one word; "" while everything holds."""

    case: str
    refs: Mapping[str, str]
    read_at: datetime  # before the first of the calls it rests on
    reason: str = ""
    owner_ref: str = ""  # the shop's customer that it belongs to
    addresses: Mapping[str, str] = field(default_factory=dict)
    cart: Cart | None = None
    piece: Piece | None = None  # what the nudge is about
    offered: Piece | None = None  # what it proposes
    order: Order | None = None
    shipment: Shipment | None = None
    day: datetime | None = None  # by when, or since when
    offer: Offer | None = None
    store_name: str = ""
    stock: int | None = None  # what is left of what is sold out
    holds_from: datetime | None = None  # when it may hold that does not yet, unless something else is told
    before_minor: int | None = None  # what it cost, in the piece's currency
    other_store: tuple[str, str] = ("", "")  # ref and name of a store that has it


class FactReader:
    """Reads facts for one pass; what several nudges share (a price, a stock) is asked once within `max_age_seconds`."""

    def __init__(
        self, readers: "Mapping[str, Reader]", commerce: CommerceEngine, clock: Callable[[], datetime],
        max_age_seconds: float, *, policy: Policy, find_price: FindPrice = lambda _ref: None,
        is_banned: Callable[[ProductRef], bool] = lambda _ref: False,
        word_offer: Callable[[Offer, datetime], tuple[Offer, str]] = lambda offer, _now: (offer, ""),
        zones: Sequence[str] = ("UTC",),
    ) -> None:
        """Opens nothing. `readers`: for each kind the function that reads its facts; the shop's rules are `policy`.

        `find_price`: what a sighting of ours said something cost; `is_banned`: what the shop's people never suggest;
        `word_offer`: a promotion in the words that were agreed on, or why it is not said; `zones`: of the shop,
        in all of which a day has to be a later one to be called late.
        """
        self.zones = zones
        self.find_price = find_price
        self.is_banned = is_banned
        self.word_offer = word_offer
        self.policy = policy
        self._readers = readers
        self._commerce = commerce
        self._clock = clock
        self._max_age = timedelta(seconds=max_age_seconds)
        self._known: dict[tuple[str, str], tuple[datetime, Any]] = {}
        self.oldest: datetime | None = None  # what one answer rests on

    def read(self, kind: str, refs: Mapping[str, str]) -> Facts:
        """The facts of a kind. What the shop does not know is a `reason`; RetryLater when it does not answer."""
        one = copy(self)  # what is shared is shared, and threads do not meet in the rest
        one.oldest = self._clock()
        try:
            facts = self._readers[kind](one, dict(refs))
        except RetryLater:
            raise
        except PrevenantError:  # the shop refuses to say: in doubt it stays home
            facts = false("shop_refused", refs, next(iter(KINDS[kind].cases)))
        return Facts(**{**facts.__dict__, "read_at": one.oldest})

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self._clock()

    def cart(self, ref: str) -> Cart:
        """The basket as it is now; never shared, since it is one person's."""
        return self._commerce.get_cart(CartRef(ref))

    def order(self, ref: str) -> Order:
        """The order as it is now."""
        return self._commerce.get_order(OrderRef(ref))

    def product(self, ref: str) -> Product:
        """A product, asked once a pass."""
        return self._ask("product", ref, lambda: self._commerce.get_product(ProductRef(ref)))

    def product_of(self, variant_ref: str) -> Product:
        """The product a variant belongs to, asked once a pass."""
        return self._ask("product_of", variant_ref, lambda: self._commerce.get_variant_product(VariantRef(variant_ref)))

    def availability(self, variant_ref: str) -> Availability | None:
        """Live stock of a variant, asked once a pass."""
        refs = [VariantRef(variant_ref)]
        return self._ask("stock", variant_ref, lambda: next(iter(self._commerce.get_availability(refs)), None))

    def offers(self) -> list[Offer]:
        """The promotions that run now, asked once a pass."""
        return self._ask("offers", "", self._commerce.list_offers)

    def pickup_locations(self) -> dict[str, str]:
        """The names of the stores, by reference."""
        return self._ask("stores", "", lambda: {each.ref: each.name for each in self._commerce.list_pickup_locations()})

    def similar(self, product: Product, size: str) -> list[Product]:
        """Products of the same type in a size, in stock, that may be suggested."""
        filters = {"product_type": product.product_type, "in_stock": True, **({"size": size} if size else {})}
        return self._ask(
            "similar", f"{product.ref}:{size}",
            lambda: [each for each in self._commerce.search_products("", filters=filters, limit=12).items
                     if not self.is_banned(each.ref)],
        )

    def piece(self, variant_ref: str) -> Piece | None:
        """A variant that can be bought now; None when it is unknown or gone."""
        try:
            product = self.product_of(variant_ref)
        except NotFound:
            return None
        variant = next((each for each in product.variants if each.ref == variant_ref), None)
        return self.piece_of(product, variant) if variant else None

    def piece_of(self, product: Product, variant: Variant) -> Piece | None:
        """A product's variant, while it can be bought."""
        stock = self.availability(variant.ref)
        return Piece(product, variant, stock.quantity) if stock and stock.is_sellable_online else None

    def left_of(self, variant_ref: str) -> int | None:
        """How many pieces of a variant are left; None where the shop does not count them."""
        stock = self.availability(variant_ref)
        return stock.quantity if stock else None

    def _ask[T](self, kind: str, key: str, call: Callable[[], T]) -> T:
        now = self._clock()
        read_at, value = self._known.get((kind, key), (now, None))
        if (kind, key) not in self._known or now - read_at > self._max_age / 2:
            read_at, value = now, call()
            self._known[kind, key] = read_at, value
        self.oldest = min(read_at, self.oldest or read_at)
        return cast(T, value)


Reader = Callable[[FactReader, dict[str, str]], Facts]


def false(reason: str, refs: Mapping[str, str], case: str, **known: Any) -> Facts:
    """Facts that do not hold, and why in one word."""
    return Facts(case=case, refs=refs, read_at=NEVER_READ, reason=reason, **known)


def true(case: str, refs: Mapping[str, str], **known: Any) -> Facts:
    """Facts that hold now."""
    return Facts(case=case, refs=refs, read_at=NEVER_READ, **known)
