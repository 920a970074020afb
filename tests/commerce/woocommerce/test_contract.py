"""WooCommerce as it is documented, played from memory, keeps the contract of every engine: no live shop was seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.commerce.types import Address, CartRef, CustomerRef, LocationRef, Order, OrderRef, VariantRef
from bot.commerce.woocommerce.cart_tokens import session_of
from bot.commerce.woocommerce.engine import WooCommerceEngine
from bot.commerce.woocommerce.shapes import from_address
from tests.contracts.commerce import HOME, CommerceEngineContract, Stage
from tests.servers.woocommerce.server import PlayedWooCommerce
from tests.servers.woocommerce.state import CODE, Shop


@dataclass(frozen=True)
class PaidElsewhere(Stage):
    """The buyer pays on the shop's own page: that is played, as the engine does not place orders."""

    shop: Shop | None = None

    def place(self, cart: CartRef, **values: Any) -> Order:
        """The basket is ordered there."""
        address: Address = values.get("shipping_address", HOME)
        assert self.shop is not None
        placed = self.shop.check_out(
            session_of(cart.removeprefix("cart-")), email=values.get("email", "guest@example.com"),
            address=from_address(address))
        return self.engine.get_order(OrderRef(str(placed.number)))


@pytest.fixture(scope="module")
def stage(woocommerce: PlayedWooCommerce, engine: WooCommerceEngine) -> Stage:
    """The played shop; every case takes a variation of its own."""
    shop, untouched = woocommerce.shop, _untouched(woocommerce.shop)

    def set_stock(variant: VariantRef, place: str, quantity: int) -> None:
        assert place == "web", "WooCommerce has no stock by store"
        shop.stock[int(variant)] = quantity

    def nothing_is_kept_aside(_order: object) -> None:
        pytest.fail("the engine has no pickup")

    return PaidElsewhere(
        engine=engine, customer=CustomerRef(str(shop.marie.number)), other_customer=CustomerRef(str(shop.paul.number)),
        closing_customer=CustomerRef(str(shop.paul.number)), store=LocationRef("none"), other_store=LocationRef("none"),
        offer_code=CODE, take_variant=lambda: next(untouched), set_stock=set_stock,
        lose_reserved_item=nothing_is_kept_aside, deliver=lambda order: shop.complete(int(order)),
        send=lambda order: shop.complete(int(order)), shop=shop,
    )


def _untouched(shop: Shop) -> Iterator[VariantRef]:
    for number in shop.variations:
        yield VariantRef(str(number))


class TestWooCommerceEngine(CommerceEngineContract):
    """Every case of the suite that WooCommerce can serve."""
