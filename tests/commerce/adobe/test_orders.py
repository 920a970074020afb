"""What is told of an order, what is done to it once whatever is lost or repeated, and who may see it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.commerce.adobe.engine import AdobeEngine
from bot.commerce.adobe.order_shapes import to_order
from bot.commerce.adobe.statuses import ORDERS
from bot.commerce.types import CustomerRef, Order, OrderRef
from bot.errors import Conflict, NotAllowed, NotFound, UnknownFate
from tests.contracts.commerce import HOME
from tests.servers.adobe import wire
from tests.servers.adobe.server import PlayedAdobe
from tests.servers.adobe.state import Placed


@pytest.fixture
def placed(adobe: PlayedAdobe) -> Iterator[Placed]:
    yield _order(adobe)


def _order(adobe: PlayedAdobe, **how: Any) -> Placed:
    shop = adobe.shop
    return shop.order(
        [(next(iter(shop.variations)), 2)], email=shop.marie.email, address=shop.marie.addresses[0], **how)


def _ref(placed: Placed) -> OrderRef:
    return OrderRef(str(placed.number))


def _cancel(engine: AdobeEngine, order: Order, key: str = "key") -> Order:
    return engine.cancel_order(order.ref, reason="too late", idempotency_key=key, if_version=order.version)


def _as(adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed, **changed: object) -> Order:
    return to_order({**wire.order(adobe.shop, placed), **changed}, [], engine._products.read_catalogue())


@pytest.mark.parametrize("native", [*ORDERS, "being_knitted"])
def test_calls_no_order_delivered_whatever_its_state(
    adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed, native: str
) -> None:
    adobe.shop.ship(placed)
    order = _as(adobe, engine, placed, state=native)
    assert "delivered" not in order.fulfilment_status and all(not line.delivered for line in order.lines)
    assert (order.native_status, order.status == "unknown", order.payment_status == "unknown") == (
        native, native not in ORDERS, native not in ORDERS)


def test_goes_by_the_state_and_not_by_what_the_shop_calls_it(
    adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed
) -> None:
    assert _as(adobe, engine, placed, status="complete").status == "confirmed"


def test_complete_is_what_was_invoiced_and_has_left(
    adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed
) -> None:
    adobe.shop.ship(placed, 1)
    partly = engine.get_order(_ref(placed))
    assert (partly.status, partly.fulfilment_status, partly.editable.cancel) == ("processing", "partly_shipped", False)
    adobe.shop.ship(placed, 1, number="XY2")
    order = engine.get_order(_ref(placed))
    assert (order.native_status, order.status, order.fulfilment_status) == ("complete", "processing", "shipped")
    assert [(each.carrier_name, each.tracking_number, each.state) for each in order.shipments] == [
        ("Colissimo", "XY123456789FR", "in_transit"), ("Colissimo", "XY2", "in_transit")]


def test_knows_of_a_pick_up_no_more_than_that_it_was_made_ready(
    adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed
) -> None:
    placed.sent_by = "instore_pickup"
    order = engine.get_order(_ref(placed))
    assert (order.delivery_kind, order.fulfilment_status, order.shipping_address) == ("pickup", "none", None)
    adobe.shop.ship(placed)
    assert engine.get_order(_ref(placed)).fulfilment_status == "unknown"


def test_sends_nothing_that_cannot_travel(adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed) -> None:
    items = [{**each, "is_virtual": 1} for each in wire.order(adobe.shop, placed)["items"]]
    order = _as(adobe, engine, placed, items=items, is_virtual=1, state="complete", extension_attributes=[])
    assert (order.status, order.fulfilment_status, order.delivery_kind) == ("completed", "not_needed", "digital")


@pytest.mark.parametrize(("method", "is_paid", "state", "expected"), [
    ("cashondelivery", True, "processing", "unpaid"), ("cashondelivery", True, "complete", "paid"),
    ("checkmo", False, "new", "unpaid"), ("checkmo", False, "canceled", "voided"),
])
def test_paid_on_delivery_is_not_paid_before(
    adobe: PlayedAdobe, engine: AdobeEngine, method: str, is_paid: bool, state: str, expected: str
) -> None:
    order = _as(adobe, engine, _order(adobe, method=method, is_paid=is_paid), state=state)
    assert order.payment_status == expected


def test_rounds_amounts_half_up_whatever_their_decimals(
    adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed
) -> None:
    order = _as(adobe, engine, placed, grand_total=10.005, subtotal_incl_tax=10.0049, discount_amount=-0.1 - 0.2)
    assert (order.totals.grand_minor, order.totals.items_minor, order.totals.discount_minor) == (1_001, 1_000, 30)


def test_tells_moments_in_utc_though_adobe_names_no_zone(
    adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed
) -> None:
    order = _as(adobe, engine, placed, created_at="2026-07-01 23:30:00")
    assert order.placed_at == datetime(2026, 7, 1, 23, 30, tzinfo=UTC)


def test_shows_an_order_to_its_customer_alone_and_by_its_own_number(
    adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed
) -> None:
    email = adobe.shop.marie.email
    assert engine.find_order(placed.shown_number, email=email).ref == _ref(placed)
    for number in (str(placed.number), placed.shown_number.lstrip("0")):
        with pytest.raises(NotFound):
            engine.find_order(number, email=email)
    with pytest.raises(NotFound):
        engine.find_order(placed.shown_number, customer_ref=CustomerRef(str(adobe.shop.paul.number)))


def test_gives_no_page_beyond_the_last(adobe: PlayedAdobe, engine: AdobeEngine) -> None:
    marie = CustomerRef(str(adobe.shop.marie.number))
    assert engine.list_orders(marie, limit=1, cursor="99").items == ()
    assert engine.list_orders(marie, limit=100).cursor == ""


def test_cancels_what_was_not_invoiced(adobe: PlayedAdobe, engine: AdobeEngine) -> None:
    placed = _order(adobe, method="checkmo", is_paid=False)
    after = _cancel(engine, engine.get_order(_ref(placed)))
    assert (after.status, after.payment_status, after.payments) == ("cancelled", "voided", ())
    assert [(each.kind, each.reason) for each in after.requests] == [("cancel", "too late")]


@pytest.mark.parametrize("method", ["checkmo", "cashondelivery"])
def test_cancels_nothing_whose_money_would_not_go_back(
    adobe: PlayedAdobe, engine: AdobeEngine, method: str
) -> None:
    placed = _order(adobe, method=method)
    for key in ("key", "another"):
        with pytest.raises(NotAllowed, match="paid"):
            _cancel(engine, engine.get_order(_ref(placed)), key)
    assert (placed.state, placed.refunded) == ("processing", 0)


def test_keeps_an_order_as_it_is_when_the_way_to_pay_refuses_and_lets_another_try(
    adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed
) -> None:
    adobe.shop.paying_back.clear()
    with pytest.raises(NotAllowed) as caught:
        _cancel(engine, engine.get_order(_ref(placed)))
    assert (caught.value.reason, placed.state) == ("refund_by_hand", "processing")
    adobe.shop.paying_back.add("stripe_payments")
    after = _cancel(engine, engine.get_order(_ref(placed)), "another")
    assert (after.status, after.payment_status) == ("cancelled", "refunded")


def test_does_not_believe_a_refusal_that_comes_with_a_200(
    adobe: PlayedAdobe, engine: AdobeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = _order(adobe, method="checkmo", is_paid=False)
    monkeypatch.setattr(adobe.shop, "cancel", lambda _order: False)
    with pytest.raises(NotAllowed, match="did not cancel"):
        _cancel(engine, engine.get_order(_ref(placed)))
    assert placed.state == "new"


def test_goes_on_when_the_answer_before_was_lost(
    adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed
) -> None:
    order = engine.get_order(_ref(placed))
    for words in ("POST /comments", "POST /refund"):
        adobe.lost.append(words)
        with pytest.raises(UnknownFate):
            _cancel(engine, order)
    after = _cancel(engine, order)
    assert (after.status, after.totals.refunded_minor, placed.refunded) == (
        "cancelled", after.totals.grand_minor, placed.paid)
    assert len(placed.comments) == 1


def test_keeps_others_out_of_what_is_being_cancelled_but_not_for_ever(
    adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed
) -> None:
    order = engine.get_order(_ref(placed))
    adobe.shop.comment(placed, f"prevenant-cancels-{'a' * 20}: never mind")
    with pytest.raises(Conflict):
        _cancel(engine, order)
    then = datetime.now(UTC) - timedelta(minutes=11)
    placed.comments[-1]["created_at"] = then.strftime("%Y-%m-%d %H:%M:%S")
    assert _cancel(engine, order).status == "cancelled"


def test_changes_where_an_order_goes_and_no_other_address(
    adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed
) -> None:
    order, billing = engine.get_order(_ref(placed)), dict(placed.billing)
    after = engine.update_order_address(order.ref, HOME, idempotency_key="key", if_version=order.version)
    assert after.shipping_address and (after.shipping_address.line1, placed.shipping["telephone"]) == (
        "1 rue du Contrat", "06 12 34 56 78")
    assert placed.billing == billing
    again = engine.update_order_address(order.ref, HOME, idempotency_key="key", if_version=order.version)
    assert again == after
    adobe.shop.ship(placed)
    elsewhere, version = replace(HOME, line1="5 rue du Contrat"), engine.get_order(order.ref).version
    with pytest.raises(NotAllowed, match="not_pending"):
        engine.update_order_address(order.ref, elsewhere, idempotency_key="k", if_version=version)


def test_tells_the_code_that_it_was_placed_with(adobe: PlayedAdobe, engine: AdobeEngine, placed: Placed) -> None:
    assert _as(adobe, engine, placed, coupon_code="MERCI10").offers == ("MERCI10",)
    assert _as(adobe, engine, placed).offers == ()
