"""Orders of Shopify's on our axes, and what is done to them once, whatever is lost or repeated on the way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.commerce.shopify.engine import ShopifyEngine
from bot.commerce.shopify.order_shapes import to_order
from bot.commerce.types import Address, Order, OrderRef
from bot.errors import Conflict, FixInput, NotAllowed, UnknownFate
from tests.servers.shopify.admin import AdminRoot
from tests.servers.shopify.server import PlayedShopify
from tests.servers.shopify.state import Placed, Shop

THERE = Address(line1="2 rue du Port", city="Lyon", postcode="69002", country="FR", first_name="A", last_name="B")


@pytest.fixture
def placed(shopify: PlayedShopify) -> Placed:
    shop = shopify.shop
    variant = shop.products[5].variants[0].number
    return shop.order([(variant, 3)], email="new@example.com", address=shop.marie.addresses[shop.marie.default])


@pytest.fixture
def order(engine: ShopifyEngine, placed: Placed) -> Order:
    return engine.get_order(OrderRef(placed.number))


@pytest.fixture(autouse=True)
def nothing_left_over(shopify: PlayedShopify) -> Iterator[None]:
    yield
    assert (shopify.lost, shopify.faults) == ([], [])


def _native(**changed: Any) -> dict[str, Any]:
    """An order as the played shop tells it, with its connections served, and then changed."""
    shop = Shop()
    told = AdminRoot(shop)._order(next(iter(shop.orders.values())))
    served = {name: value(None, first=50) if callable(value) else value for name, value in told.items()}
    return {**served, **changed}


def _parcel(native: dict[str, Any], shown: str, quantity: int = 1, status: str = "SUCCESS") -> dict[str, Any]:
    (line,) = native["lineItems"]["nodes"]
    return {
        "id": "gid://shopify/Fulfillment/1", "status": status, "displayStatus": shown,
        "createdAt": "2026-11-29T09:00:00Z", "inTransitAt": None, "deliveredAt": None, "estimatedDeliveryAt": None,
        "trackingInfo": [], "events": {"nodes": []},
        "fulfillmentLineItems": {"nodes": [{"id": "x", "quantity": quantity, "lineItem": {"id": line["id"]}}]},
    }


def _sent(shown: str, native: str = "FULFILLED", quantity: int = 1) -> Order:
    told = _native(displayFulfillmentStatus=native)
    return to_order({**told, "fulfillments": [_parcel(told, shown, quantity)]})


@pytest.mark.parametrize(("shown", "expected"), [
    ("FULFILLED", ("processing", "shipped", "in_transit")),
    ("LABEL_PRINTED", ("processing", "none", "label_created")),
    ("OUT_FOR_DELIVERY", ("processing", "shipped", "out_for_delivery")),
    ("DELIVERED", ("completed", "delivered", "delivered")),
    ("READY_FOR_PICKUP", ("processing", "ready_for_pickup", "ready_for_pickup")),
    ("PICKED_UP", ("completed", "picked_up", "delivered")),
    ("BEAMED_UP", ("processing", "unknown", "unknown")),
])
def test_takes_an_order_for_delivered_only_when_its_parcels_are(shown: str, expected: tuple[str, str, str]) -> None:
    told = _sent(shown)
    assert (told.status, told.fulfilment_status, told.shipments[0].state) == expected


def test_guesses_nothing_of_a_status_that_is_new() -> None:
    told = to_order(_native(displayFulfillmentStatus="TELEPORTED", displayFinancialStatus="BARTERED"))
    assert (told.status, told.payment_status, told.fulfilment_status) == ("unknown", "unknown", "unknown")
    assert (told.native_status, told.editable.cancel) == ("BARTERED/TELEPORTED", False)


@pytest.mark.parametrize(("native", "financial", "expected"), [
    ("UNFULFILLED", "PENDING", "pending"), ("UNFULFILLED", "PAID", "confirmed"), ("ON_HOLD", "PAID", "on_hold"),
    ("IN_PROGRESS", "PAID", "processing"),
])
def test_lets_be_cancelled_what_is_in_the_house_alone(native: str, financial: str, expected: str) -> None:
    told = to_order(_native(displayFulfillmentStatus=native, displayFinancialStatus=financial))
    assert (told.status, told.editable.cancel) == (expected, expected in ("pending", "confirmed"))


def test_counts_no_parcel_that_was_cancelled() -> None:
    told = _native()
    order = to_order({**told, "fulfillments": [_parcel(told, "CANCELED", status="CANCELLED")]})
    assert (order.fulfilment_status, order.lines[0].shipped, order.editable.cancel) == ("none", 0, True)
    assert order.shipments[0].state == "cancelled"


def test_names_the_store_where_it_is_picked_up() -> None:
    place = {"location": {"id": "gid://shopify/Location/7"}}
    planned = {"deliveryMethod": {"methodType": "PICK_UP"}, "assignedLocation": place}
    told = to_order(_native(fulfillmentOrders={"nodes": [planned]}))
    assert (told.delivery_kind, told.pickup_location_ref) == ("pickup", "7")


def test_reads_an_order_of_nobody_and_of_a_product_that_is_gone() -> None:
    told = _native(customer=None, shippingAddress=None, email=None)
    (line,) = told["lineItems"]["nodes"]
    gone = {**line, "product": None, "variant": None, "sku": None}
    order = to_order({**told, "lineItems": {**told["lineItems"], "nodes": [gone]}})
    assert (order.customer_ref, order.email, order.shipping_address, order.editable.address) == (None, "", None, False)
    assert (order.lines[0].variant_ref, order.lines[0].product_ref, order.lines[0].sku) == ("", "", "")


def _cancel(engine: ShopifyEngine, order: Order, key: str) -> Order:
    return engine.cancel_order(order.ref, reason="changed my mind", idempotency_key=key, if_version=order.version)


@pytest.mark.parametrize("lost", ["orderCancel(", "cancelledAt cancellation { staffNote } }"])
def test_cancels_once_when_an_answer_is_lost(
    shopify: PlayedShopify, engine: ShopifyEngine, order: Order, lost: str
) -> None:
    shopify.lost.append(lost)
    after = _cancel(engine, order, "key-1")
    assert (after.status, after.payment_status) == ("cancelled", "refunded")
    assert _cancel(engine, order, "key-1") == after


def test_says_that_somebody_else_was_first_when_another_cancelled_it(engine: ShopifyEngine, order: Order) -> None:
    with ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(_cancel, engine, order, key) for key in ("key-a", "key-b")]
    outcomes = [type(each.exception() or each.result()).__name__ for each in tries]
    assert sorted(outcomes) == ["Conflict", "Order"]


def test_sends_it_elsewhere_once_when_the_answer_is_lost(
    shopify: PlayedShopify, engine: ShopifyEngine, order: Order
) -> None:
    shopify.lost.append("orderUpdate(")
    for _ in range(2):  # the second has the version from before
        after = engine.update_order_address(order.ref, THERE, idempotency_key="key-1", if_version=order.version)
        assert after.shipping_address and after.shipping_address.postcode == "69002"
    with pytest.raises(Conflict):
        engine.update_order_address(
            order.ref, Address("1 rue", "Brest", "29200", "FR"), idempotency_key="key-2", if_version=order.version)


def _return(engine: ShopifyEngine, order: Order, pieces: int, key: str, refund_to: str = "card") -> Order:
    return engine.request_return(
        order.ref, {order.lines[0].id: pieces}, refund_to=refund_to, reason="too large", idempotency_key=key,
        if_version=order.version,
    )


def test_asks_for_a_return_once_when_the_answer_is_lost(
    shopify: PlayedShopify, engine: ShopifyEngine, placed: Placed
) -> None:
    shopify.shop.send(placed.number, "DELIVERED")
    order = engine.get_order(OrderRef(placed.number))
    assert order.editable.returns
    shopify.lost.append("returnRequest(")
    with pytest.raises(UnknownFate):  # it is not sent again: two might be taken
        _return(engine, order, 2, "key-1")
    after = _return(engine, order, 2, "key-1")
    assert [(each.kind, each.pieces, each.method_id) for each in after.requests] == [
        ("return", {order.lines[0].id: 2}, "card")]
    assert (len(placed.returns), after.editable.returns) == (1, False)
    with pytest.raises(NotAllowed, match="requested_already"):
        _return(engine, after, 1, "key-2")


def test_takes_back_no_more_than_is_left_of_earlier_returns(
    shopify: PlayedShopify, engine: ShopifyEngine, placed: Placed
) -> None:
    shopify.shop.send(placed.number, "DELIVERED")
    _return(engine, engine.get_order(OrderRef(placed.number)), 2, "key-1")
    placed.returns[0]["status"] = "CLOSED"
    order = engine.get_order(OrderRef(placed.number))
    with pytest.raises(FixInput):
        _return(engine, order, 2, "key-2")
    assert [each.is_open for each in _return(engine, order, 1, "key-2").requests] == [False, True]


def test_takes_nothing_back_of_what_is_on_its_way(
    shopify: PlayedShopify, engine: ShopifyEngine, placed: Placed
) -> None:
    shopify.shop.send(placed.number, "IN_TRANSIT")
    with pytest.raises(NotAllowed, match="not_delivered"):
        _return(engine, engine.get_order(OrderRef(placed.number)), 1, "key-1")
    with pytest.raises(NotAllowed, match="not_pending"):
        _cancel(engine, engine.get_order(OrderRef(placed.number)), "key-2")


def test_finds_an_order_by_its_confirmation_number_too(engine: ShopifyEngine, placed: Placed) -> None:
    found = engine.find_order(f"conf{placed.number}", email="NEW@example.com")
    assert (found.ref, found.shipments) == (placed.number, ())


def test_reads_lists_of_orders_in_a_few_calls(shopify: PlayedShopify, engine: ShopifyEngine) -> None:
    shop = shopify.shop
    made = [
        shop.order([(shop.products[6].variants[0].number, 1)], email=shop.paul.email, customer=shop.paul.number,
                   address=shop.paul.addresses[shop.paul.default])
        for _ in range(11)
    ]
    found = engine.list_orders(shop.paul.number, limit=12)  # type: ignore[arg-type]
    assert {each.number for each in made} <= {each.ref for each in found.items} and found.cursor == ""
    with pytest.raises(FixInput):
        engine.list_orders(shop.paul.number, cursor="not; ours")  # type: ignore[arg-type]


def test_tells_the_codes_that_it_was_placed_with() -> None:
    assert to_order(_native(discountCodes=["MERCI10"])).offers == ("MERCI10",) and to_order(_native()).offers == ()
