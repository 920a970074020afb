"""A live Medusa with something in it, for the contract of every engine."""

from collections.abc import Iterator

import pytest

from bot.commerce.medusa.engine import MedusaEngine
from bot.commerce.types import CustomerRef, LocationRef, VariantRef
from tests.commerce.medusa.merchant import Merchant
from tests.contracts.commerce import HOME, Stage
from tests.servers.medusa_shop import MedusaShop

PLENTY = 50


def make_stage(shop: MedusaShop, engine: MedusaEngine) -> Stage:
    """The seeded shop, two orders in it; every case takes a jumper of its own, so that the offer on knitwear fits."""
    merchant, untouched = Merchant(shop), _jumpers(engine)

    def take_variant() -> VariantRef:
        variant = next(untouched)
        merchant.set_stock(variant, "web", PLENTY)
        merchant.set_stock(variant, merchant.stores[0], PLENTY)
        return variant

    def nothing_is_kept_aside(_order: object) -> None:
        pytest.fail("Medusa has no pickup")

    stage = Stage(
        engine=engine,
        customer=_account(engine, "camille.laurier@example.com"),
        other_customer=_account(engine, "hugo.destrez@example.com"),
        closing_customer=_account(engine, "lucie.abadie@example.com"),
        store=LocationRef(merchant.stores[0]),
        other_store=LocationRef(merchant.stores[1]),
        offer_code="MAILLE15",
        take_variant=take_variant,
        set_stock=merchant.set_stock,
        lose_reserved_item=nothing_is_kept_aside,
        deliver=merchant.deliver,
        send=merchant.send,
    )
    for _ in range(2):
        cart = stage.cart_with(take_variant(), customer=stage.customer)
        stage.place(cart.ref, shipping_address=HOME)
    return stage


def _account(engine: MedusaEngine, email: str) -> CustomerRef:
    (customer,) = engine.find_customers(email=email)
    return customer.ref


def _jumpers(engine: MedusaEngine) -> Iterator[VariantRef]:
    for product in engine.search_products(filters={"product_type": "sweater"}, limit=100).items:
        for variant in product.variants[::2]:
            yield variant.ref
