"""Stage 4: references -> facts, read from the shop just before they are said, and whether they still hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import (
    Availability,
    Cart,
    CartLine,
    CartRef,
    Offer,
    Order,
    OrderLine,
    OrderRef,
    Product,
    ProductRef,
    Shipment,
    Variant,
    VariantRef,
)
from bot.decision.kinds import KINDS
from bot.errors import NotFound, PrevenantError, RetryLater
from bot.nudges.services import NudgeServices
from bot.service.orders import find_delayed, find_stuck, is_missing_at_pickup

_SUBSTITUTES_LOOKED_AT = 12
_NEVER = datetime.min.replace(tzinfo=UTC)
LOW_STOCK = 3  # pieces: fewer than a customer would expect, so worth saying


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
    offer: Offer | None = None
    store_name: str = ""
    other_store: tuple[str, str] = ("", "")  # ref and name of a store that has it


class FactReader:
    """Reads facts for one pass; what several nudges share (a price, a stock) is asked once within `max_age_seconds`."""

    def __init__(
        self, commerce: CommerceEngine, clock: Callable[[], datetime], max_age_seconds: float, *,
        stuck_after_hours: float = 72.0,
    ) -> None:
        """Opens nothing. `stuck_after_hours`: the policy's word for a parcel that nobody says anything of."""
        self.stuck_after_hours = stuck_after_hours
        self._commerce = commerce
        self._clock = clock
        self._max_age = timedelta(seconds=max_age_seconds)
        self._known: dict[tuple[str, str], tuple[datetime, Any]] = {}
        self._oldest: datetime | None = None

    def read(self, kind: str, refs: Mapping[str, str]) -> Facts:
        """The facts of a kind. What the shop does not know is a `reason`; RetryLater when it does not answer."""
        self._oldest = self._clock()
        try:
            facts = _READERS[kind](self, dict(refs))
        except RetryLater:
            raise
        except PrevenantError:  # the shop refuses to say: in doubt it stays home
            facts = _false("shop_refused", refs, next(iter(KINDS[kind].cases)))
        return Facts(**{**facts.__dict__, "read_at": self._oldest})

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
        """Products of the same type in a size, in stock."""
        filters = {"product_type": product.product_type, "in_stock": True, **({"size": size} if size else {})}
        return self._ask(
            "similar", f"{product.ref}:{size}",
            lambda: list(self._commerce.search_products("", filters=filters, limit=12).items),
        )

    def piece(self, variant_ref: str) -> Piece | None:
        """A variant that can be bought now; None when it is unknown or gone."""
        try:
            product = self.product_of(variant_ref)
        except NotFound:
            return None
        variant = next((each for each in product.variants if each.ref == variant_ref), None)
        stock = self.availability(variant_ref)
        if variant is None or stock is None or not stock.is_sellable_online:
            return None
        return Piece(product, variant, stock.quantity)

    def _ask[T](self, kind: str, key: str, call: Callable[[], T]) -> T:
        now = self._clock()
        read_at, value = self._known.get((kind, key), (now, None))
        if (kind, key) not in self._known or now - read_at > self._max_age / 2:
            read_at, value = now, call()
            self._known[kind, key] = read_at, value
        self._oldest = min(read_at, self._oldest or read_at)
        return cast(T, value)


def _false(reason: str, refs: Mapping[str, str], case: str, **known: Any) -> Facts:
    return Facts(case=case, refs=refs, read_at=_NEVER, reason=reason, **known)


def _true(case: str, refs: Mapping[str, str], **known: Any) -> Facts:
    return Facts(case=case, refs=refs, read_at=_NEVER, **known)


def _read_cart(reader: FactReader, refs: dict[str, str]) -> Facts:
    if not refs.get("cart_ref"):
        return _false("cart_unknown", refs, "plain")
    try:
        cart = reader.cart(refs["cart_ref"])
    except NotFound:
        return _false("cart_gone", refs, "plain")
    known = {"cart": cart, "owner_ref": cart.customer_ref or ""}
    if not cart.lines:
        return _false("cart_empty", refs, "plain", **known)
    line = _find_line(cart, refs)
    if line is None:
        return _removed(reader, refs, known)
    piece = reader.piece(line.variant_ref)
    if piece is None:
        return _false("out_of_stock", refs, "plain", **known)
    offered = _offered(reader, cart, refs)
    low = "_low" if _is_low(piece) else ""
    case = ("match" if offered else "plain") + low
    return _true(case, refs, piece=piece, offered=offered, **known)


def _removed(reader: FactReader, refs: dict[str, str], known: dict[str, Any]) -> Facts:
    piece = reader.piece(refs["variant_ref"]) if refs.get("variant_ref") else None
    if piece is None:
        return _false("cart_changed", refs, "add_back", **known)
    return _true("add_back", refs, piece=piece, offered=piece, **known)


def _find_line(cart: Cart, refs: Mapping[str, str]) -> CartLine | None:
    if refs.get("variant_ref") or refs.get("product_ref"):
        fitting = [each for each in cart.lines if each.variant_ref == refs.get("variant_ref")]
        if not refs.get("variant_ref"):
            fitting = [each for each in cart.lines if each.product_ref == refs["product_ref"]]
        return fitting[-1] if fitting else None
    return cart.lines[-1]


def _offered(reader: FactReader, cart: Cart, refs: Mapping[str, str]) -> Piece | None:
    ref = refs.get("offered_ref", "")
    if not ref or any(each.variant_ref == ref for each in cart.lines):
        return None
    return reader.piece(ref)


def _is_low(piece: Piece) -> bool:
    return piece.stock is not None and 0 < piece.stock <= LOW_STOCK and "size" in piece.variant.options


def _read_parcel(reader: FactReader, refs: dict[str, str]) -> Facts:
    try:
        order = reader.order(refs.get("order_ref", ""))
    except NotFound:
        return _false("order_gone", refs, "delayed")
    known = _order_facts(order)
    if order.status == "cancelled":
        return _false("order_cancelled", refs, "delayed", **known)
    now = reader.now()
    shipment = find_delayed(order, now)
    if shipment is None:
        return _false("not_delayed", refs, "delayed", **known)
    has_day = shipment.eta is not None and shipment.eta > now
    return _true("delayed_until" if has_day else "delayed", refs, shipment=shipment, **known)


def open_facts(services: NudgeServices) -> FactReader:
    """A reader for one pass."""
    return FactReader(
        services.commerce, services.clock, services.settings.facts_max_age_seconds,
        stuck_after_hours=services.policy.delivery.stuck_after_hours,
    )


def _read_stuck(reader: FactReader, refs: dict[str, str]) -> Facts:
    try:
        order = reader.order(refs.get("order_ref", ""))
    except NotFound:
        return _false("order_gone", refs, "stuck")
    known = _order_facts(order)
    if order.status == "cancelled":
        return _false("order_cancelled", refs, "stuck", **known)
    shipment = find_stuck(order, reader.now(), reader.stuck_after_hours)
    if shipment is None:
        return _false("not_stuck", refs, "stuck", **known)
    return _true("stuck", refs, shipment=shipment, **known)


def _read_pickup(reader: FactReader, refs: dict[str, str]) -> Facts:
    try:
        order = reader.order(refs.get("order_ref", ""))
    except NotFound:
        return _false("order_gone", refs, "missing")
    known = _order_facts(order)
    line = next((each for each in order.lines if each.variant_ref == refs.get("variant_ref")), None)
    reason = _why_not_missing(order, line)
    if reason or line is None:
        return _false(reason, refs, "missing", **known)
    location = refs.get("location_ref") or order.pickup_location_ref or ""
    product = reader.product_of(line.variant_ref)
    variant = next(each for each in product.variants if each.ref == line.variant_ref)
    return _true(
        "missing", {**refs, "location_ref": location}, piece=Piece(product, variant, 0),
        offered=_substitute(reader, product, variant, line, location),
        other_store=_other_store(reader, order, location),
        store_name=reader.pickup_locations().get(location, location), **known,
    )


def _why_not_missing(order: Order, line: OrderLine | None) -> str:
    if order.status == "cancelled":
        return "order_cancelled"
    if order.fulfilment_status == "picked_up":
        return "picked_up"
    if line is None or line.ordered - line.cancelled <= 0 or not is_missing_at_pickup(order):
        return "already_settled"
    return ""


def _other_store(reader: FactReader, order: Order, location: str) -> tuple[str, str]:
    """A store that has the whole order: the customer travels once."""
    wanted = {line.variant_ref: line.ordered - line.cancelled for line in order.lines if line.ordered > line.cancelled}
    for ref, name in reader.pickup_locations().items():
        if ref != location and all(_stock_at(reader, each, ref) >= pieces for each, pieces in wanted.items()):
            return ref, name
    return "", ""


def _substitute(
    reader: FactReader, product: Product, variant: Variant, line: OrderLine, location: str
) -> Piece | None:
    """A piece of the same kind and size that this store has, no dearer than what was paid, nearest in price."""
    size = variant.options.get("size", "")
    others = [(each, one) for each in (product, *reader.similar(product, size)) for one in each.variants
              if one.ref != variant.ref and one.options.get("size", "") == size
              and one.price_minor <= line.unit_price_minor]
    others.sort(key=lambda pair: (pair[0].ref != product.ref, line.unit_price_minor - pair[1].price_minor))
    for each, one in others[:_SUBSTITUTES_LOOKED_AT]:
        here = _stock_at(reader, one.ref, location)
        if here >= line.ordered - line.cancelled:
            return Piece(each, one, here)
    return None


def _stock_at(reader: FactReader, variant_ref: str, location: str) -> int:
    stock = reader.availability(variant_ref)
    places = stock.locations if stock else ()
    return next((each.quantity or 0 for each in places if each.location_ref == location and each.has_pickup), 0)


def _order_facts(order: Order) -> dict[str, Any]:
    return {"order": order, "owner_ref": order.customer_ref or "", "addresses": {"email": order.email}}


def _read_offer(reader: FactReader, refs: dict[str, str]) -> Facts:
    offer = next((each for each in reader.offers() if each.code == refs.get("offer")), None)
    if offer is None:
        return _false("offer_ended", refs, "offer")
    return _true("offer", refs, offer=offer)


_READERS: dict[str, Callable[[FactReader, dict[str, str]], Facts]] = {
    "cart": _read_cart,
    "parcel": _read_parcel,
    "stuck_parcel": _read_stuck,
    "pickup": _read_pickup,
    "offer": _read_offer,
}
