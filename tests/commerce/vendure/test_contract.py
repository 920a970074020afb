"""A live Vendure keeps the contract of every engine."""

from collections.abc import Iterator

import pytest

from bot.commerce.types import CustomerRef, LocationRef, VariantRef
from bot.commerce.vendure.engine import VendureEngine
from tests.commerce.vendure.merchant import Merchant
from tests.contracts.commerce import CommerceEngineContract, Stage
from tests.servers.vendure_shop import VendureShop

pytestmark = pytest.mark.slow  # it knows no database of ours: once is enough
PLENTY = 50


@pytest.fixture(scope="module")
def stage(vendure: VendureShop, engine: VendureEngine) -> Stage:
    """The seeded shop; every case takes a jumper of its own, so that the offer on knitwear fits."""
    merchant, untouched = Merchant(vendure), _jumpers(engine)

    def take_variant() -> VariantRef:
        variant = next(untouched)
        merchant.set_stock(variant, "web", PLENTY)
        for store in merchant.stores[:2]:
            merchant.set_stock(variant, store, PLENTY)
        return variant

    return Stage(
        engine=engine,
        customer=_account(engine, "camille.laurier@example.com"),
        other_customer=_account(engine, "hugo.destrez@example.com"),
        closing_customer=_account(engine, "lucie.abadie@example.com"),
        store=LocationRef(merchant.stores[0]),
        other_store=LocationRef(merchant.stores[1]),
        offer_code="MAILLE15",
        take_variant=take_variant,
        set_stock=merchant.set_stock,
        lose_reserved_item=merchant.lose_reserved_item,
        deliver=merchant.deliver,
        send=merchant.send,
    )


def _account(engine: VendureEngine, email: str) -> CustomerRef:
    (customer,) = engine.find_customers(email=email)
    return customer.ref


def _jumpers(engine: VendureEngine) -> Iterator[VariantRef]:
    for product in engine.search_products(filters={"product_type": "sweater"}, limit=100).items:
        for variant in product.variants[::2]:  # every other one: its neighbour is swapped for it
            yield variant.ref


class TestVendureEngine(CommerceEngineContract):
    """Every case of the suite that Vendure can serve, on a live one."""
