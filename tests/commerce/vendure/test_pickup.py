"""Click and collect on a live Vendure: told before the customer travels, whoever ordered first served first."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from bot.commerce.types import CustomerRef, LocationRef, Order, VariantRef
from bot.commerce.vendure.engine import VendureEngine
from bot.errors import NotAllowed
from bot.intake.shop_changes import pull_changes
from bot.profile.store.engine import Store
from tests.commerce.vendure.merchant import Merchant
from tests.nudges.world import SALT, World
from tests.servers.vendure_shop import VendureShop

pytestmark = pytest.mark.slow  # one live shop a run: beside the other store there is none
READY = timedelta(hours=2)  # what the seed says
Reserve = Callable[[VariantRef], Order]


@pytest.fixture
def merchant(vendure: VendureShop) -> Merchant:
    """The back office."""
    return Merchant(vendure)


@pytest.fixture
def variant(engine: VendureEngine, merchant: Merchant) -> VariantRef:
    """A coat that every store has."""
    coat = engine.search_products(filters={"product_type": "coat"}).items[0].variants[0].ref
    for place in ("web", *merchant.stores):
        merchant.set_stock(coat, place, 5)
    return coat


@pytest.fixture
def reserve(engine: VendureEngine, merchant: Merchant) -> Reserve:
    """Hugo orders a piece, to be picked up in the first store."""
    (hugo,) = engine.find_customers(email="hugo.destrez@example.com")

    def place(variant: VariantRef) -> Order:
        cart = engine.open_cart(hugo.ref, idempotency_key=uuid4().hex)
        engine.set_line(cart.ref, variant, 1)
        return engine.place_order(
            cart.ref, payment="card", shipping_address=None, pickup_location_ref=LocationRef(merchant.stores[0]),
            idempotency_key=uuid4().hex,
        )
    return place


def test_says_from_when_on_it_is_ready_and_where(
    engine: VendureEngine, merchant: Merchant, variant: VariantRef, reserve: Reserve
) -> None:
    order = reserve(variant)
    (pick_up,) = order.shipments
    assert (order.shipping_address, order.editable.address, order.totals.shipping_minor) == (None, False, 0)
    assert (pick_up.state, pick_up.pickup_location_ref) == ("ready_for_pickup", merchant.stores[0])
    assert pick_up.carrier_name == engine.list_pickup_locations()[0].name
    assert pick_up.eta and abs(pick_up.eta - order.placed_at - READY) < timedelta(minutes=1)


def test_serves_first_whoever_ordered_first(
    engine: VendureEngine, merchant: Merchant, variant: VariantRef, reserve: Reserve
) -> None:
    first, second = reserve(variant), reserve(variant)
    merchant.set_stock(variant, merchant.stores[0], -1)  # one fewer than is kept
    assert [engine.get_order(each.ref).lines[0].is_missing for each in (first, second)] == [False, True]
    merchant.set_stock(variant, merchant.stores[0], 0)  # it lay in the wrong place
    assert not engine.get_order(second.ref).lines[0].is_missing


def test_tells_before_the_customer_travels_and_moves_it_to_another_store(
    engine: VendureEngine, merchant: Merchant, variant: VariantRef, reserve: Reserve, store: Store
) -> None:
    order, world = reserve(variant), World(store, datetime.now(UTC), commerce=engine)
    customer = engine.get_customer(CustomerRef(str(order.customer_ref)))
    world.person(customer.ref, email=customer.email, phone=customer.phone, is_holdout=False)
    pull_changes(store, engine, world.clock, salt=SALT)
    world.passes(0)
    merchant.lose_reserved_item(order.ref)
    world.now = datetime.now(UTC)
    pull_changes(store, engine, world.clock, salt=SALT)
    (text,) = world.passes(0)
    # In French once the shop's change log has told of Hugo's account: other tests of this shop may have touched it.
    assert text.startswith(("Before you set out", "Avant que vous ne vous déplaciez")) and order.number in text
    choices = [each.payload for each in world.sent[-1].payload.quick_replies]
    assert '/affirm{"option": "refund"}' in choices and '/affirm{"option": "other_store"}' in choices

    after = engine.settle_missing_pickup(
        order.ref, choice="other_store", variant_ref=None, location_ref=LocationRef(merchant.stores[1]),
        idempotency_key="tapped",
    )
    assert (after.pickup_location_ref, after.fulfilment_status) == (merchant.stores[1], "ready_for_pickup")
    with pytest.raises(NotAllowed, match="nothing_missing"):
        engine.settle_missing_pickup(
            order.ref, choice="refund", variant_ref=None, location_ref=None, idempotency_key="tapped late")
    merchant.deliver(order.ref)
    assert engine.get_order(order.ref).fulfilment_status == "picked_up"


def test_a_return_ends_when_the_shop_takes_its_pieces_off_the_order(
    engine: VendureEngine, vendure: VendureShop, merchant: Merchant, variant: VariantRef, reserve: Reserve
) -> None:
    order = reserve(variant)
    merchant.deliver(order.ref)
    order = engine.get_order(order.ref)
    line, asked = order.lines[0], {"refund_to": "card", "reason": "too big", "if_version": order.version}
    announced = engine.request_return(order.ref, {line.id: 1}, idempotency_key="back", **asked)
    assert announced == engine.request_return(order.ref, {line.id: 1}, idempotency_key="back", **asked)
    assert (announced.requests[0].reason, announced.editable.returns) == ("too big", False)
    with pytest.raises(NotAllowed, match="requested_already"):
        engine.request_return(
            order.ref, {line.id: 1}, idempotency_key="again", **{**asked, "if_version": announced.version})
    merchant.take_back(order.ref)
    after = engine.get_order(order.ref)
    assert (after.lines[0].returned, after.lines[0].cancelled, after.editable.returns) == (1, 0, False)
    assert after.totals.refunded_minor == order.totals.grand_minor
