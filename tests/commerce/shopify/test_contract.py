"""Shopify's schemas, served from memory, keep the contract of every engine: no live shop was seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.commerce.shopify.engine import ShopifyEngine
from bot.commerce.shopify.shapes import from_address
from bot.commerce.types import Address, CartRef, CustomerRef, LocationRef, Order, VariantRef
from tests.contracts.commerce import HOME, CommerceEngineContract, Stage
from tests.servers.shopify.server import PlayedShopify
from tests.servers.shopify.state import OTHER_STORE, STORE, WAREHOUSE, Shop


@dataclass(frozen=True)
class PaidElsewhere(Stage):
    """The buyer pays on the shop's own page: that is played, as the engine does not place orders."""

    shop: Shop | None = None

    def place(self, cart: CartRef, **values: Any) -> Order:
        """The basket is ordered there."""
        address: Address = values.get("shipping_address", HOME)
        assert self.shop is not None
        placed = self.shop.check_out(
            cart.removeprefix("cart-").partition("?")[0], email=values.get("email", "guest@example.com"),
            address=dict(from_address(address)))
        return self.engine.get_order(placed.number)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def stage(shopify: PlayedShopify, engine: ShopifyEngine) -> Stage:
    """The played shop; every case takes a product of its own."""
    shop, untouched = shopify.shop, _untouched(shopify.shop)

    def set_stock(variant: VariantRef, place: str, quantity: int) -> None:
        shop.stock[variant, WAREHOUSE if place == "web" else place] = quantity

    def nothing_is_kept_aside(_order: object) -> None:
        pytest.fail("the engine has no pickup")

    return PaidElsewhere(
        engine=engine, customer=CustomerRef(shop.marie.number), other_customer=CustomerRef(shop.paul.number),
        closing_customer=CustomerRef(shop.paul.number), store=LocationRef(STORE), other_store=LocationRef(OTHER_STORE),
        offer_code=shop.CODE, take_variant=lambda: next(untouched), set_stock=set_stock,
        lose_reserved_item=nothing_is_kept_aside, deliver=lambda order: shop.send(order, "DELIVERED"),
        send=shop.send, shop=shop,
    )


def _untouched(shop: Shop) -> Iterator[VariantRef]:
    for product in shop.products:
        for variant in product.variants:
            yield VariantRef(variant.number)


class TestShopifyEngine(CommerceEngineContract):
    """Every case of the suite that Shopify can serve."""
