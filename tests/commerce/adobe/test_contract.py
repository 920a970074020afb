"""Adobe Commerce as it is documented, played from memory, keeps the contract of every engine: no live shop was seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.commerce.adobe.engine import AdobeEngine
from bot.commerce.adobe.shapes import from_address
from bot.commerce.types import Address, CartRef, CustomerRef, LocationRef, Order, OrderRef, VariantRef
from tests.contracts.commerce import HOME, CommerceEngineContract, Stage
from tests.servers.adobe.server import PlayedAdobe
from tests.servers.adobe.state import CODE, STORES, Shop


@dataclass(frozen=True)
class PaidElsewhere(Stage):
    """The buyer pays on the shop's own page: that is played, as the engine does not place orders."""

    shop: Shop | None = None

    def place(self, cart: CartRef, **values: Any) -> Order:
        """The basket is ordered there."""
        address: Address = values.get("shipping_address", HOME)
        assert self.shop is not None
        placed = self.shop.check_out(
            int(cart.split("-")[1]), email=values.get("email", "guest@example.com"),
            address={**from_address(address), "telephone": "0102030405"})
        return self.engine.get_order(OrderRef(str(placed.number)))


@pytest.fixture(scope="module")
def stage(adobe: PlayedAdobe, engine: AdobeEngine) -> Stage:
    """The played shop; every case takes a variation of its own."""
    shop, untouched = adobe.shop, _untouched(adobe.shop)

    def set_stock(variant: VariantRef, place: str, quantity: int) -> None:
        if place == "web":
            shop.salable[variant] = quantity
        else:
            shop.shelves[place][variant] = quantity

    def nothing_is_kept_aside(_order: object) -> None:
        pytest.fail("the engine has no pickup")

    def ship(order: OrderRef) -> None:
        shop.ship(shop.orders[int(order)])

    return PaidElsewhere(
        engine=engine, customer=CustomerRef(str(shop.marie.number)), other_customer=CustomerRef(str(shop.paul.number)),
        closing_customer=CustomerRef(str(shop.paul.number)), store=LocationRef(STORES[0][0]),
        other_store=LocationRef(STORES[1][0]), offer_code=CODE, take_variant=lambda: next(untouched),
        set_stock=set_stock, lose_reserved_item=nothing_is_kept_aside, deliver=ship, send=ship, shop=shop,
    )


def _untouched(shop: Shop) -> Iterator[VariantRef]:
    for sku in shop.variations:
        yield VariantRef(sku)


class TestAdobeEngine(CommerceEngineContract):
    """Every case of the suite that Adobe Commerce can serve."""
