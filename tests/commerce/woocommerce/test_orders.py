"""What is told of an order, what is done to it once whatever is lost or repeated, and who may see it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.commerce.types import CustomerRef, Order, OrderRef
from bot.commerce.woocommerce.engine import WooCommerceEngine
from bot.commerce.woocommerce.order_shapes import to_order
from bot.commerce.woocommerce.statuses import ORDERS
from bot.errors import Conflict, FixInput, NotAllowed, NotFound, UnknownFate
from tests.contracts.commerce import HOME
from tests.servers.woocommerce import wire
from tests.servers.woocommerce.server import PlayedWooCommerce
from tests.servers.woocommerce.state import Placed, Shop


@pytest.fixture
def placed(woocommerce: PlayedWooCommerce) -> Iterator[Placed]:
    shop = woocommerce.shop
    yield shop.order([(next(iter(shop.variations)), 2)], billing=shop.marie.billing, shipping=shop.marie.shipping)


def _ref(placed: Placed) -> OrderRef:
    return OrderRef(str(placed.number))


def _cancel(engine: WooCommerceEngine, order: Order, key: str = "key") -> Order:
    return engine.cancel_order(order.ref, reason="too late", idempotency_key=key, if_version=order.version)


def _as(shop: Shop, placed: Placed, **changed: object) -> Order:
    return to_order({**wire.order(shop, placed), **changed})


@pytest.mark.parametrize("native", [*ORDERS, "wc-being-knitted"])
def test_calls_no_order_delivered_whatever_the_merchant_calls_it(
    woocommerce: PlayedWooCommerce, placed: Placed, native: str
) -> None:
    order = _as(woocommerce.shop, placed, status=native, date_completed_gmt="2026-11-21T08:00:30")
    assert "delivered" not in order.fulfilment_status and all(not line.delivered for line in order.lines)
    assert (order.native_status, order.status == "unknown", order.payment_status == "unknown") == (
        native, native not in ORDERS, native not in ORDERS)


@pytest.mark.parametrize(("native", "method", "expected"), [
    ("completed", "flat_rate", ("processing", "shipped", "ship")),
    ("completed", "", ("completed", "not_needed", "digital")),
    ("completed", "local_pickup", ("processing", "unknown", "pickup")),
    ("processing", "pickup_location", ("confirmed", "none", "pickup")),
    ("refunded", "flat_rate", ("cancelled", "none", "ship")),
])
def test_completed_is_what_the_merchant_is_done_with(
    woocommerce: PlayedWooCommerce, placed: Placed, native: str, method: str, expected: tuple[str, str, str]
) -> None:
    lines = [{**each, "method_id": method} for each in wire.order(woocommerce.shop, placed)["shipping_lines"] if method]
    done = "2026-11-21T08:00:30" if native == "completed" else None
    order = _as(woocommerce.shop, placed, status=native, shipping_lines=lines, date_completed_gmt=done)
    assert (order.status, order.fulfilment_status, order.delivery_kind) == expected


@pytest.mark.parametrize(("native", "gateway", "paid", "expected"), [
    ("processing", "cod", "2026-11-21T08:00:30", "unpaid"), ("completed", "cod", "2026-11-21T08:00:30", "paid"),
    ("on-hold", "bacs", None, "unpaid"), ("failed", "stripe", None, "failed"), ("cancelled", "bacs", None, "voided"),
])
def test_paid_on_delivery_is_not_paid_before(
    woocommerce: PlayedWooCommerce, placed: Placed, native: str, gateway: str, paid: str | None, expected: str
) -> None:
    order = _as(woocommerce.shop, placed, status=native, payment_method=gateway, date_paid_gmt=paid)
    assert order.payment_status == expected


def test_tells_the_parcels_that_a_plugin_notes_and_cancels_no_more(
    woocommerce: PlayedWooCommerce, placed: Placed
) -> None:
    items = [
        {"tracking_provider": "colissimo", "tracking_number": "6A12345678901", "date_shipped": "1763971200",
         "tracking_id": "abc", "custom_tracking_link": "https://track.example/6A12345678901"},
        {"custom_tracking_provider": "Vélo", "tracking_number": "7", "date_shipped": ""},
    ]
    order = _as(woocommerce.shop, placed, meta_data=[{"id": 1, "key": "_wc_shipment_tracking_items", "value": items}])
    assert [(each.carrier_name, each.tracking_number, each.state) for each in order.shipments] == [
        ("colissimo", "6A12345678901", "in_transit"), ("Vélo", "7", "label_created")]
    assert (order.fulfilment_status, order.editable.cancel) == ("partly_shipped", False)


def test_cancels_nothing_whose_money_would_not_go_back(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine
) -> None:
    shop = woocommerce.shop
    by_transfer = shop.order([(next(iter(shop.variations)), 1)], billing=shop.marie.billing,
                             shipping=shop.marie.shipping, gateway="bacs")
    with pytest.raises(NotAllowed, match="refunds"):
        _cancel(engine, engine.get_order(_ref(by_transfer)))
    assert (by_transfer.status, by_transfer.notes) == ("processing", [])


def test_cancels_what_is_paid_on_delivery_with_nothing_to_pay_back(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine
) -> None:
    shop = woocommerce.shop
    on_delivery = shop.order([(next(iter(shop.variations)), 1)], billing=shop.marie.billing,
                             shipping=shop.marie.shipping, gateway="cod")
    after = _cancel(engine, engine.get_order(_ref(on_delivery)))
    assert (after.status, after.payment_status, after.payments, on_delivery.refunds) == ("cancelled", "voided", (), [])


def test_leaves_an_order_to_people_that_they_opened_again(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine
) -> None:
    shop = woocommerce.shop
    order = shop.order([(next(iter(shop.variations)), 1)], billing=shop.marie.billing, shipping=shop.marie.shipping,
                       gateway="cod")
    _cancel(engine, engine.get_order(_ref(order)))
    shop.set_status(order, "processing")
    for key in ("key", "another"):
        with pytest.raises(NotAllowed, match="not_pending"):
            _cancel(engine, engine.get_order(_ref(order)), key=key)
    assert order.status == "processing"


def test_tells_the_shops_people_when_the_gateway_refuses_after_all(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, placed: Placed
) -> None:
    order = engine.get_order(_ref(placed))
    woocommerce.shop.refunding.clear()
    read = engine._client.read
    engine._client.read = lambda path, **query: (  # type: ignore[method-assign]
        {"method_supports": ["refunds"]} if path.startswith("payment_gateways/") else read(path, **query))
    try:
        after = _cancel(engine, order)
    finally:
        engine._client.read = read  # type: ignore[method-assign]
        woocommerce.shop.refunding.add("stripe")
    assert (after.status, after.payment_status) == ("cancelled", "paid")
    assert "by hand" in placed.told[0] and "too late" in placed.told[1]


def test_goes_on_with_the_refund_when_the_answer_before_was_lost(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, placed: Placed
) -> None:
    order = engine.get_order(_ref(placed))
    woocommerce.lost.append("POST /refunds")
    with pytest.raises(UnknownFate):
        _cancel(engine, order)
    after = _cancel(engine, order)
    assert (after.payment_status, len(placed.refunds)) == ("refunded", 1)
    with pytest.raises(Conflict):
        _cancel(engine, order, key="another")


def test_repeats_the_cancellation_itself_when_its_answer_is_lost(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, placed: Placed
) -> None:
    order = engine.get_order(_ref(placed))
    woocommerce.lost.append("PUT /orders/")
    assert _cancel(engine, order).requests[0].reason == "too late"
    assert len(placed.notes) == len(placed.refunds) == 1


def test_sends_an_order_elsewhere_once(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, placed: Placed
) -> None:
    order = engine.get_order(_ref(placed))
    there = replace(HOME, line1="2 rue du Port", phone="+33612345678")

    def send() -> Order:
        return engine.update_order_address(order.ref, there, idempotency_key="key", if_version=order.version)

    assert send() == send()
    woocommerce.shop.complete(placed.number)
    with pytest.raises(NotAllowed, match="not_pending"):
        engine.update_order_address(order.ref, HOME, idempotency_key="other", if_version=engine.get_order(
            order.ref).version)


def test_finds_an_order_whose_number_a_plugin_counts(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, placed: Placed
) -> None:
    other = woocommerce.shop.order([(next(iter(woocommerce.shop.variations)), 1)], billing={**placed.billing},
                                   shipping=placed.shipping)
    placed.shown_number = str(other.number)  # counted as the other's id
    other.shown_number = "2026-0001"
    email = woocommerce.shop.marie.email
    assert engine.find_order(f"#{other.number}", email=email).ref == _ref(placed)
    assert engine.find_order(" #2026-0001 ", email=email, postcode="29200").ref == _ref(other)
    placed.shown_number = ""


def test_tells_no_basket_at_the_checkout_as_an_order(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, placed: Placed
) -> None:
    placed.status = "checkout-draft"
    with pytest.raises(NotFound):
        engine.get_order(_ref(placed))
    with pytest.raises(NotFound):
        engine.find_order(str(placed.number), email=woocommerce.shop.marie.email)


def test_puts_a_second_address_to_send_to_nowhere(woocommerce: PlayedWooCommerce, engine: WooCommerceEngine) -> None:
    marie = CustomerRef(str(woocommerce.shop.marie.number))
    with pytest.raises(NotAllowed, match="one address"):
        engine.put_address(marie, HOME)
    with pytest.raises(NotFound):
        engine.put_address(marie, replace(HOME, id="third"))
    after = engine.put_address(marie, replace(HOME, is_default_shipping=True))
    assert [each.id for each in after.addresses] == ["shipping", "billing"]


def test_changes_an_email_where_the_shop_writes_to_as_well(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine
) -> None:
    paul = engine.get_customer(CustomerRef(str(woocommerce.shop.paul.number)))
    patch = {"email": "paul@example.org", "phone": "+33600000001"}
    after = engine.update_customer(paul.ref, patch, if_version=paul.version)
    assert (after.email, after.phone) == ("paul@example.org", "+33600000001")
    assert woocommerce.shop.paul.billing["email"] == "paul@example.org"
    with pytest.raises(FixInput, match="email"):
        engine.update_customer(paul.ref, {"email": woocommerce.shop.marie.email}, if_version=after.version)


def test_tells_the_codes_that_it_was_placed_with(woocommerce: PlayedWooCommerce, placed: Placed) -> None:
    assert _as(woocommerce.shop, placed, coupon_lines=[{"id": 1, "code": "merci10"}]).offers == ("merci10",)
    assert _as(woocommerce.shop, placed).offers == ()
