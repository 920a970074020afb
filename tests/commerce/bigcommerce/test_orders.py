"""What is told of an order, what is done to it once whatever is lost or repeated, and who may see it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commerce.bigcommerce import notes
from bot.commerce.bigcommerce.engine import BigCommerceEngine
from bot.commerce.bigcommerce.order_shapes import ReadOrder, to_order
from bot.commerce.bigcommerce.statuses import ORDERS
from bot.commerce.types import CustomerRef, Order, OrderRef
from bot.errors import Conflict, FixInput, NotAllowed, NotFound, UnknownFate
from tests.contracts.commerce import HOME
from tests.servers.bigcommerce import wire
from tests.servers.bigcommerce.server import PlayedBigCommerce
from tests.servers.bigcommerce.state import STORE, Placed, Shop


def _order(shop: Shop, **about: str) -> Placed:
    home = shop.order_address(shop.marie)
    variant = next(iter(shop.variants))
    return shop.order([(variant, 2)], billing=home, shipping=home, customer=shop.marie.number, **about)  # type: ignore[arg-type]


@pytest.fixture
def placed(bigcommerce: PlayedBigCommerce) -> Iterator[Placed]:
    yield _order(bigcommerce.shop)
    bigcommerce.shop.refunding, bigcommerce.shop.declining = {"Stripe"}, set()


def _ref(placed: Placed) -> OrderRef:
    return OrderRef(str(placed.number))


def _cancel(engine: BigCommerceEngine, order: Order, key: str = "key") -> Order:
    return engine.cancel_order(order.ref, reason="too late", idempotency_key=key, if_version=order.version)


def _as(shop: Shop, placed: Placed, **changed: object) -> Order:
    return to_order(ReadOrder({**wire.order(shop, placed), **changed}))


@pytest.mark.parametrize("native", [*ORDERS, 99])
def test_calls_no_order_delivered_whatever_number_it_has_and_whatever_the_shop_calls_it(
    bigcommerce: PlayedBigCommerce, placed: Placed, native: int
) -> None:
    order = _as(bigcommerce.shop, placed, status_id=native, custom_status="Delivered!")
    assert "delivered" not in order.fulfilment_status and all(not line.delivered for line in order.lines)
    assert (order.native_status, order.status == "unknown", order.payment_status == "unknown") == (
        f"{native} Delivered!", native not in ORDERS, native not in ORDERS)
    assert order.editable.cancel == (native in (1, 7, 11, 12))


def test_completed_is_what_the_merchant_is_done_with(bigcommerce: PlayedBigCommerce, placed: Placed) -> None:
    shop = bigcommerce.shop
    sent = _as(shop, placed, status_id=10)
    assert (sent.status, sent.fulfilment_status, sent.lines[0].shipped) == ("processing", "shipped", 2)
    ways = wire.order(shop, placed)["consignments"]
    download = {"pickups": [], "shipping": [], "email": {"gift_certificates": []}, "downloads": [
        {"recipient_email": "a@example.com", "line_items": ways["shipping"][0]["line_items"]}]}
    digital = _as(shop, placed, status_id=10, consignments=download)
    assert (digital.status, digital.fulfilment_status, digital.delivery_kind, digital.shipping_address) == (
        "completed", "not_needed", "digital", None)
    collected = replace(placed, pickup=STORE, status=8)
    waiting, gone = (to_order(ReadOrder(wire.order(shop, replace(collected, status=each)))) for each in (8, 10))
    assert (waiting.fulfilment_status, waiting.pickup_location_ref, waiting.delivery_kind) == (
        "ready_for_pickup", str(STORE), "pickup")
    assert (gone.status, gone.fulfilment_status) == ("processing", "unknown")


def test_counts_what_left_by_piece_and_cancels_no_more(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, placed: Placed
) -> None:
    bigcommerce.shop.send(placed.number, pieces=1)
    order = engine.get_order(_ref(placed))
    assert (order.fulfilment_status, order.lines[0].shipped, len(order.shipments)) == ("partly_shipped", 1, 1)
    assert (order.editable.cancel, order.editable.address) == (False, False)
    bigcommerce.shop.pay_back(placed, 100, [{"item_type": "ORDER", "item_id": placed.number}])  # now it is 14
    order = engine.get_order(_ref(placed))
    assert (order.status, order.fulfilment_status, order.payment_status) == (
        "processing", "partly_shipped", "partly_refunded")


@pytest.mark.parametrize(("native", "told", "expected"), [
    (11, "captured", "paid"), (11, "authorized", "authorised"), (7, "", "unpaid"), (9, "", "unknown"),
    (6, "declined", "failed"), (5, "void", "voided"), (11, "something new", "unknown"), (5, "", "voided"),
])
def test_says_what_is_paid_as_the_gateway_does(
    bigcommerce: PlayedBigCommerce, placed: Placed, native: int, told: str, expected: str
) -> None:
    order = _as(bigcommerce.shop, placed, status_id=native, payment_status=told)
    assert order.payment_status == expected
    assert [each.kind for each in order.payments] == (["payment"] if expected == "paid" else [])


def test_quotes_a_refund_before_it_and_takes_no_credit_for_money(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, placed: Placed
) -> None:
    after = _cancel(engine, engine.get_order(_ref(placed)))
    assert (after.status, after.payment_status, after.requests[0].reason) == ("cancelled", "refunded", "too late")
    assert [(each.kind, each.method_id) for each in after.payments] == [("payment", "stripe"), ("refund", "stripe")]
    assert [each["item_type"] for each in placed.refunds[0]["items"]] == ["PRODUCT"]
    assert (placed.status, placed.staff_notes) == (4, "Cancelled by the customer in the chat: too late")


def test_cancels_nothing_whose_money_would_not_go_back(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine
) -> None:
    by_transfer = _order(bigcommerce.shop, gateway="Bank Deposit")
    with pytest.raises(NotAllowed, match="by itself"):
        _cancel(engine, engine.get_order(_ref(by_transfer)))
    assert (by_transfer.status, bigcommerce.shop.notes.get(f"orders/{by_transfer.number}")) == (11, [])


def test_leaves_an_order_as_it_was_whose_gateway_declines_after_all(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, placed: Placed
) -> None:
    order = engine.get_order(_ref(placed))
    bigcommerce.shop.declining.add("Stripe")
    with pytest.raises(NotAllowed, match="by itself"):
        _cancel(engine, order)
    assert (placed.status, bigcommerce.shop.notes[f"orders/{placed.number}"]) == (11, [])
    assert engine.get_order(_ref(placed)).payment_status == "paid"


def test_voids_what_was_only_authorised(bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine) -> None:
    held = _order(bigcommerce.shop, payment="authorized")
    after = _cancel(engine, engine.get_order(_ref(held)))
    assert (after.status, after.payment_status, after.payments, held.status) == ("cancelled", "voided", (), 5)


@pytest.mark.parametrize(("status", "payment"), [(11, "capture pending"), (11, "held for review"), (12, "")])
def test_cancels_nothing_while_nobody_can_say_whether_it_is_paid(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, status: int, payment: str
) -> None:
    order = _order(bigcommerce.shop, payment=payment)
    order.status = status
    with pytest.raises(NotAllowed, match="not settled"):
        _cancel(engine, engine.get_order(_ref(order)))
    assert order.status == status


def test_leaves_an_order_to_people_that_they_opened_again(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine
) -> None:
    order = _order(bigcommerce.shop, gateway="Cash on Delivery", payment="pending")
    done = _cancel(engine, engine.get_order(_ref(order)))
    assert (done.status, done.payments) == ("cancelled", ())
    bigcommerce.shop.set_status(order, 11)
    with pytest.raises(NotAllowed, match="not_pending"):
        _cancel(engine, engine.get_order(_ref(order)), key="another")
    assert _cancel(engine, engine.get_order(_ref(order))).status == "confirmed"  # a repeat: it was done once


@pytest.mark.parametrize("lost", ["POST /refunds", "PUT /v2/orders/", "POST /metafields"])
def test_goes_on_where_it_was_when_an_answer_was_lost(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, placed: Placed, lost: str
) -> None:
    order = engine.get_order(_ref(placed))
    bigcommerce.lost.append(lost)
    try:
        _cancel(engine, order)
    except UnknownFate:
        with pytest.raises(Conflict):
            _cancel(engine, order, key="another")
    after = _cancel(engine, order)
    assert (after.status, after.payment_status, len(placed.refunds)) == ("cancelled", "refunded", 1)


def test_takes_over_a_cancellation_that_was_left_behind(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, placed: Placed
) -> None:
    order = engine.get_order(_ref(placed))
    notes.claim(engine._client, f"orders/{order.ref}", notes.CANCELLED, '{"mark": "of-a-process-that-died"}')
    with pytest.raises(Conflict):
        _cancel(engine, order)
    (note,) = bigcommerce.shop.notes[f"orders/{order.ref}"]
    note["date_modified"] = wire.iso(bigcommerce.shop.now() - timedelta(minutes=3))
    assert _cancel(engine, order).status == "cancelled"


def test_sends_an_order_elsewhere_once(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, placed: Placed
) -> None:
    order = engine.get_order(_ref(placed))
    there = replace(HOME, line1="2 rue du Port", phone="+33612345678")

    def send() -> Order:
        return engine.update_order_address(order.ref, there, idempotency_key="key", if_version=order.version)

    assert send() == send()
    assert (placed.shipping["country"], placed.shipping["country_iso2"]) == ("France", "FR")
    bigcommerce.shop.send(placed.number)
    with pytest.raises(NotAllowed, match="not_pending"):
        engine.update_order_address(order.ref, HOME, idempotency_key="other", if_version=engine.get_order(
            order.ref).version)


def test_tells_no_unfinished_checkout_as_an_order_and_no_guests_orders_as_nobodys(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, placed: Placed
) -> None:
    placed.status = 0
    for ask in (lambda: engine.get_order(_ref(placed)), lambda: engine.find_order(
            str(placed.number), email=bigcommerce.shop.marie.email)):
        with pytest.raises(NotFound):
            ask()
    home = bigcommerce.shop.order_address(bigcommerce.shop.marie)
    bigcommerce.shop.order([(next(iter(bigcommerce.shop.variants)), 1)], billing=home, shipping=home)
    assert engine.list_orders(CustomerRef("0")).items == ()
    assert str(placed.number) not in [
        each.ref for each in engine.list_orders(CustomerRef(str(bigcommerce.shop.marie.number)), limit=100).items]


def test_reads_an_empty_listing_that_has_no_body(bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine) -> None:
    page = engine.list_orders(CustomerRef("999999"))
    assert (page.items, page.cursor) == ((), "")
    beyond = engine.list_orders(CustomerRef(str(bigcommerce.shop.marie.number)), cursor="999")
    assert (beyond.items, beyond.cursor) == ((), "")


def test_keeps_an_address_book_with_one_default(bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine) -> None:
    marie = CustomerRef(str(bigcommerce.shop.marie.number))
    before = engine.get_customer(marie)
    after = engine.put_address(marie, HOME)
    assert [each.is_default_shipping for each in after.addresses] == [True, False]
    assert engine.put_address(marie, replace(HOME, is_default_shipping=True)).addresses[0].line1 == HOME.line1
    with pytest.raises(NotFound):
        engine.put_address(marie, replace(HOME, id=bigcommerce.shop.paul.addresses[0]["id"]))
    left = engine.get_customer(marie)
    assert engine.remove_address(marie, left.addresses[0].id, if_version=left.version) == before


def test_reads_every_address_of_a_long_book(bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine) -> None:
    paul = bigcommerce.shop.paul
    first = dict(paul.addresses[0])
    first.pop("id")
    for number in range(12):
        bigcommerce.shop.add_address(paul, {**first, "address1": f"{number} rue Longue"})
    assert len(engine.get_customer(CustomerRef(str(paul.number))).addresses) == 13


def test_finds_a_customer_by_phone_and_refuses_anothers_email(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine
) -> None:
    shop = bigcommerce.shop
    (found,) = engine.find_customers(phone="06 12 34 56 78")
    assert (found.ref, found.phone) == (str(shop.marie.number), "+33612345678")
    patch = {"email": "marie@example.org", "phone": "+33600000001"}
    after = engine.update_customer(found.ref, patch, if_version=found.version)
    assert (after.email, after.phone) == ("marie@example.org", "+33600000001")
    with pytest.raises(FixInput, match="email"):
        engine.update_customer(found.ref, {"email": shop.paul.email}, if_version=after.version)
