"""BigCommerce as it is documented, played from memory, keeps the contract of every engine: no live shop was seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.commerce.bigcommerce.engine import BigCommerceEngine
from bot.commerce.bigcommerce.shapes import from_order_address
from bot.commerce.types import Address, CartRef, CustomerRef, LocationRef, Order, OrderRef, VariantRef
from tests.contracts.commerce import HOME, CommerceEngineContract, Stage
from tests.servers.bigcommerce.server import PlayedBigCommerce
from tests.servers.bigcommerce.state import CODE, ORIGIN, OTHER_STORE, STORE, Shop


@dataclass(frozen=True)
class PaidElsewhere(Stage):
    """The buyer pays on the shop's own page: that is played, as the engine does not place orders."""

    shop: Shop | None = None

    def place(self, cart: CartRef, **values: Any) -> Order:
        """The basket is ordered there."""
        address: Address = values.get("shipping_address", HOME)
        assert self.shop is not None
        placed = self.shop.check_out(
            cart.removeprefix("cart-"), email=values.get("email", "guest@example.com"),
            address=from_order_address(address))
        return self.engine.get_order(OrderRef(str(placed.number)))


@pytest.fixture(scope="module")
def stage(bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine) -> Stage:
    """The played shop; every case takes a variant of its own."""
    shop, untouched = bigcommerce.shop, _untouched(bigcommerce.shop)

    def set_stock(variant: VariantRef, place: str, quantity: int) -> None:
        shop.stock[int(variant), ORIGIN if place == "web" else int(place)] = quantity

    def nothing_is_kept_aside(_order: object) -> None:
        pytest.fail("the engine has no pickup")

    return PaidElsewhere(
        engine=engine, customer=CustomerRef(str(shop.marie.number)), other_customer=CustomerRef(str(shop.paul.number)),
        closing_customer=CustomerRef(str(shop.paul.number)), store=LocationRef(str(STORE)),
        other_store=LocationRef(str(OTHER_STORE)), offer_code=CODE, take_variant=lambda: next(untouched),
        set_stock=set_stock, lose_reserved_item=nothing_is_kept_aside, deliver=lambda order: shop.send(int(order)),
        send=lambda order: shop.send(int(order)), shop=shop,
    )


def _untouched(shop: Shop) -> Iterator[VariantRef]:
    for number in shop.variants:
        yield VariantRef(str(number))


class TestBigCommerceEngine(CommerceEngineContract):
    """Every case of the suite that BigCommerce can serve."""
