"""The simulated shop, as one worker meets it: the world's truth at its clock, sometimes slow, sometimes away."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from benchmarks.simulate.world import Order as TrueOrder
from benchmarks.simulate.world import World
from bot.commerce.types import (
    Address,
    Availability,
    Cart,
    CartLine,
    CustomerRef,
    Location,
    LocationRef,
    Offer,
    Order,
    OrderLine,
    OrderRef,
    Page,
    Product,
    ProductRef,
    Shipment,
    Totals,
    Variant,
    VariantRef,
)
from bot.errors import NotFound, Unavailable

STORE = LocationRef("marais")
CAMPAIGN = "campaign:winter"


@dataclass
class Clock:
    """A worker's own: it stands until the driver, or something slow, moves it."""

    moment: datetime

    def __call__(self) -> datetime:
        """The moment, in UTC."""
        return self.moment

    def pass_by(self, seconds: float) -> None:
        """Time goes by."""
        self.moment += timedelta(seconds=seconds)


@dataclass
class Shop:
    """What nudges ask of a shop. `slow_share` of the calls take up to seven seconds, `away_share` fail."""

    world: World
    clock: Clock
    chance: random.Random
    slow_share: float
    away_share: float

    def get_cart(self, ref: str) -> Cart:
        """The basket now."""
        self._take_time()
        if ref not in self.world.carts:
            raise NotFound(ref)
        products = self.world.carts[ref].at(self.clock())
        owner, is_known = self.world.cart_owners[ref]
        lines = tuple(self._line(each) for each in products)
        total = sum(each.total_minor for each in lines)
        cart = Cart(ref, CustomerRef(owner) if is_known else None, lines,  # type: ignore[arg-type]  # a CartRef
                    Totals(items_minor=total, grand_minor=total), "EUR", 1)
        return self._answer(cart)

    def get_order(self, ref: OrderRef) -> Order:
        """The order now."""
        self._take_time()
        if ref not in self.world.orders:
            raise NotFound(ref)
        return self._answer(self._order(self.world.orders[ref]))

    def list_orders(self, customer_ref: CustomerRef, *, limit: int = 20, cursor: str = "") -> Page[Order]:
        """Nobody's past matters here."""
        return Page(())

    def get_product(self, ref: ProductRef) -> Product:
        """The product at its price of now."""
        self._take_time()
        if ref not in self.world.prices:
            raise NotFound(ref)
        return self._answer(self._product(ref))

    def get_variant_product(self, ref: VariantRef) -> Product:
        """The same, by its only variant."""
        return self.get_product(ProductRef(ref.removesuffix("-one")))

    def get_availability(self, refs: Sequence[VariantRef]) -> list[Availability]:
        """The stock of now."""
        self._take_time()
        return self._answer([self._available(each) for each in refs])

    def list_offers(self, *, channel: str = "") -> list[Offer]:
        """What runs now."""
        self._take_time()
        now = self.clock()
        ends_at = now + timedelta(days=30)
        return self._answer([
            Offer(code, CAMPAIGN, {"fr": code, "en": code}, ends_at)
            for code, runs in self.world.offers.items() if runs.at(now)
        ])

    def list_pickup_locations(self) -> list[Location]:
        """One store."""
        return [Location(STORE, "Marais", Address("1 rue", "Paris", "75004", "FR"))]

    def search_products(
        self, query: str = "", *, filters: Mapping[str, Any] | None = None, limit: int = 24, cursor: str = "",
        language: str = "en",
    ) -> Page[Product]:
        """Everything: the catalogue that recommendations are made from."""
        wanted = (filters or {}).get("product_type")
        return Page(tuple(
            product for ref in self.world.prices if (product := self._product(ref)) and
            wanted in (None, product.product_type)
        ))

    def vocabulary(self) -> dict[str, dict[str, list[str]]]:
        """No words beside the plain ones."""
        return {}

    def capabilities(self) -> frozenset[str]:
        """What carts and stores need."""
        return frozenset({"server_cart", "pickup"})

    def _take_time(self) -> None:
        if self.chance.random() < self.away_share:
            raise Unavailable("the simulated shop is away")

    def _answer[Value](self, value: Value) -> Value:
        """What was read is as old as the way back is long."""
        if self.chance.random() < self.slow_share:
            self.clock.pass_by(self.chance.uniform(0.5, 7.0))
        return value

    def _product(self, ref: str) -> Product:
        price = self.world.prices[ref].at(self.clock())
        variant = Variant(VariantRef(f"{ref}-one"), ProductRef(ref), ref, ref, {"size": "one size"}, price, "EUR")
        kind = {"C": "coat", "S": "scarf"}.get(ref[0], "book")
        return Product(ProductRef(ref), ref, {"fr": ref, "en": ref}, {}, kind, variants=(variant,))

    def _line(self, ref: str) -> CartLine:
        price = self.world.prices[ref].at(self.clock())
        return CartLine(ref, VariantRef(f"{ref}-one"), ProductRef(ref), ref, {"size": "one size"}, 1, price, price)

    def _available(self, ref: VariantRef) -> Availability:
        pieces = self.world.stock[ref.removesuffix("-one")].at(self.clock())
        return Availability(ref, "in_stock" if pieces else "out_of_stock", pieces, pieces > 0, self.clock())

    def _order(self, order: TrueOrder) -> Order:
        state = order.state.at(self.clock())
        parcel = Shipment("1", "Colissimo", "delayed" if state == "late" else "in_transit")
        line = OrderLine("1", VariantRef(f"{order.product}-one"), ProductRef(order.product), "", order.product, {},
                         1000, 1)
        fulfilment = {"ready": "ready_for_pickup", "collected": "picked_up"}.get(state, "shipped")
        return Order(
            ref=OrderRef(order.number), number=order.number, placed_at=order.placed_at,
            customer_ref=CustomerRef(order.owner), email=order.email, currency="EUR", totals=Totals(),
            lines=(line,), status="cancelled" if state == "cancelled" else "processing", payment_status="paid",
            fulfilment_status=fulfilment, native_status="",  # type: ignore[arg-type]  # one of its words
            shipments=(parcel,) if state in ("late", "fine") else (), pickup_location_ref=STORE,
        )
