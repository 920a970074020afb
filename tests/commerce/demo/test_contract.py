"""The embedded shop keeps the contract of every engine."""

from collections.abc import Iterator

import pytest

from bot.commerce.demo.engine import DemoEngine
from bot.commerce.types import CustomerRef, LocationRef, OrderRef, VariantRef
from tests.contracts.commerce import CommerceEngineContract, Stage

STORE, OTHER_STORE = LocationRef("lyon-presquile"), LocationRef("paris-marais")
PLENTY = 50


@pytest.fixture(scope="module")
def stage(engine: DemoEngine) -> Stage:
    """The seeded shop; every case takes a jumper of its own, so that the offer on knitwear fits."""
    untouched = _jumpers(engine)

    def take_variant() -> VariantRef:
        variant = next(untouched)
        for place in ("web", *(each.ref for each in engine.list_pickup_locations())):
            engine.merchant.set_stock(variant, LocationRef(place), PLENTY)
        return variant

    return Stage(
        engine=engine,
        customer=CustomerRef("camille"),
        other_customer=CustomerRef("hugo"),
        closing_customer=CustomerRef("lucie"),
        store=STORE,
        other_store=OTHER_STORE,
        offer_code="MAILLE15",
        take_variant=take_variant,
        set_stock=lambda variant, place, quantity: engine.merchant.set_stock(variant, LocationRef(place), quantity),
        lose_reserved_item=engine.merchant.lose_reserved_item,
        deliver=lambda order: _deliver(engine, order),
        send=engine.merchant.create_shipment,
    )


def _deliver(engine: DemoEngine, order: OrderRef) -> None:
    engine.merchant.create_shipment(order)
    engine.merchant.mark_delivered(order)


def _jumpers(engine: DemoEngine) -> Iterator[VariantRef]:
    for product in engine.search_products(filters={"product_type": "sweater"}, limit=100).items:
        for variant in product.variants[::2]:  # every other one: its neighbour is a substitute
            yield variant.ref


class TestDemoEngine(CommerceEngineContract):
    """Every case of the suite, on the demo shop."""
