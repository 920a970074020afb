"""What the shop's own people do, and what customers then read."""

from datetime import timedelta

import pytest

from bot.commerce.demo.engine import DemoEngine
from bot.commerce.types import Address, CustomerRef, Order, VariantRef
from bot.errors import FixInput, InsufficientStock, NotAllowed, NotFound
from bot.intake.shop_changes import find_open_returns
from tests.commerce.demo.conftest import NOW

PLAIN = VariantRef("tee-shirt-col-rond-lundi--grey--l")
HOME = Address(line1="1 rue du Test", city="Paris", postcode="75010", country="FR")


def _order(engine: DemoEngine, key: str, customer: str = "hugo") -> Order:
    engine.merchant.set_stock(PLAIN, "web", 9)
    cart = engine.open_cart(CustomerRef(customer), idempotency_key=key)
    engine.set_line(cart.ref, PLAIN, 2)
    return engine.place_order(cart.ref, payment="card", shipping_address=HOME, idempotency_key=key)


def test_refuses_stock_below_nothing(engine: DemoEngine) -> None:
    with pytest.raises(FixInput):
        engine.merchant.set_stock(PLAIN, "web", -1)
    with pytest.raises(NotFound):
        engine.merchant.set_stock(PLAIN, "no-such-store", 1)


def test_refuses_to_sell_what_the_store_does_not_have(engine: DemoEngine) -> None:
    engine.merchant.set_stock(PLAIN, "lille-vieux", 1)
    engine.merchant.sell_in_store(PLAIN, "lille-vieux")
    with pytest.raises(InsufficientStock):
        engine.merchant.sell_in_store(PLAIN, "lille-vieux")


def test_keeps_the_first_promise_when_a_parcel_is_put_off_twice(engine: DemoEngine) -> None:
    order = engine.merchant.create_shipment(_order(engine, "merchant-1").ref)
    promised = order.shipments[0].eta
    engine.merchant.delay_shipment(order.ref, days=2)
    late = engine.merchant.delay_shipment(order.ref, days=1, text="Neige.").shipments[0]
    assert promised is not None
    assert (late.original_eta, late.eta) == (promised, promised + timedelta(days=3))
    assert late.state == "delayed"
    assert late.events[-1].text == "Neige."
    assert late.events[-2].text == "Le transporteur a pris du retard."


def test_completes_the_order_when_the_parcel_is_delivered(engine: DemoEngine) -> None:
    order = engine.merchant.create_shipment(_order(engine, "merchant-2").ref)
    assert (order.fulfilment_status, order.lines[0].shipped, order.editable.cancel) == ("shipped", 2, False)
    done = engine.merchant.mark_delivered(order.ref)
    assert (done.status, done.fulfilment_status, done.lines[0].delivered) == ("completed", "delivered", 2)
    assert done.shipments[0].delivered_at == NOW


def test_lets_the_order_be_changed_until_it_is_shipped(engine: DemoEngine) -> None:
    order = _order(engine, "merchant-3")
    assert (order.editable.address, order.editable.cancel) == (True, True)


def test_loses_nothing_when_the_order_is_no_reservation(engine: DemoEngine) -> None:
    with pytest.raises(NotAllowed):
        engine.merchant.lose_reserved_item(_order(engine, "merchant-4").ref)


def test_takes_nothing_back_that_nobody_asked_to_send(engine: DemoEngine) -> None:
    order = engine.merchant.mark_delivered(engine.merchant.create_shipment(_order(engine, "return-6-order").ref).ref)
    with pytest.raises(NotAllowed):
        engine.merchant.receive_return(order.ref)


def test_pays_back_what_has_arrived_once(engine: DemoEngine) -> None:
    order = engine.merchant.mark_delivered(engine.merchant.create_shipment(_order(engine, "return-7-order").ref).ref)
    line = order.lines[0]
    shelf = _online(engine, PLAIN)
    asked = engine.request_return(order.ref, {line.id: 1}, refund_to="card", reason="", idempotency_key="return-7",
                                  if_version=order.version)
    assert find_open_returns(asked)
    done = engine.merchant.receive_return(order.ref)
    assert (done.lines[0].returned, done.payment_status, _online(engine, PLAIN)) == (1, "partly_refunded", shelf + 1)
    assert done.totals.refunded_minor == line.unit_price_minor == done.payments[-1].amount_minor
    assert (done.payments[-1].kind, done.native_status, find_open_returns(done)) == ("refund", "returned", [])
    with pytest.raises(NotAllowed):
        engine.merchant.receive_return(order.ref)


def test_an_exchange_is_done_when_the_old_piece_is_back(engine: DemoEngine) -> None:
    order = engine.merchant.mark_delivered(engine.merchant.create_shipment(_order(engine, "return-8-order").ref).ref)
    other = next(each for each in engine.get_variant_product(PLAIN).variants if each.ref != PLAIN)
    engine.merchant.set_stock(other.ref, "web", 5)
    asked = engine.request_exchange(order.ref, {order.lines[0].id: other.ref}, payment_method_id="card",
                                    idempotency_key="exchange-8", if_version=order.version)
    shelf = _online(engine, PLAIN)
    done = engine.merchant.receive_return(order.ref)
    assert (find_open_returns(asked) != [], find_open_returns(done)) == (True, [])
    assert (done.lines[0].variant_ref, done.lines[0].options) == (other.ref, other.options)
    assert (_online(engine, PLAIN), _online(engine, other.ref)) == (shelf + 2, 3)
    assert (done.payment_status, done.totals) == (order.payment_status, order.totals)


def _online(engine: DemoEngine, variant: VariantRef) -> int:
    (found,) = engine.get_availability([variant])
    return found.quantity or 0


def test_hands_over_once_when_the_customer_comes(engine: DemoEngine) -> None:
    order = next(o for o in engine.list_orders(CustomerRef("emma")).items if o.delivery_kind == "pickup")
    done = engine.merchant.mark_picked_up(order.ref)
    assert (done.status, done.fulfilment_status) == ("completed", "picked_up")
    with pytest.raises(NotAllowed):
        engine.merchant.mark_picked_up(order.ref)


def test_asks_the_new_price_in_every_basket_when_it_changes(engine: DemoEngine) -> None:
    engine.merchant.set_stock(PLAIN, "web", 9)
    cart = engine.open_cart(None, idempotency_key="merchant-5")
    engine.set_line(cart.ref, PLAIN, 2)
    engine.merchant.set_price(PLAIN, 2100, 2500)
    assert engine.get_cart(cart.ref).lines[0].total_minor == 4200


def test_takes_one_offer_of_a_campaign(engine: DemoEngine) -> None:
    cart = engine.open_cart(None, idempotency_key="merchant-6")
    jumper = engine.search_products(filters={"product_type": "sweater", "in_stock": True}).items[0]
    refs = [each.ref for each in jumper.variants]
    variant = next(each for each in engine.get_availability(refs) if each.is_sellable_online)
    engine.set_line(cart.ref, variant.variant_ref, 1)
    first = engine.apply_offer(cart.ref, "maille15")
    assert first.totals.discount_minor == (first.totals.items_minor * 15 + 50) // 100
    second = engine.apply_offer(cart.ref, "LIVRAISON")
    assert (second.offers, second.totals.shipping_minor, second.totals.discount_minor) == (("LIVRAISON",), 0, 0)
    assert {offer.about for offer in engine.list_offers() if offer.code in ("MAILLE15", "LIVRAISON")} == {
        "campaign:winter_offers"
    }


def test_refuses_an_offer_that_takes_nothing_off(engine: DemoEngine) -> None:
    engine.merchant.set_stock(PLAIN, "web", 9)
    cart = engine.open_cart(None, idempotency_key="merchant-7")
    engine.set_line(cart.ref, PLAIN, 1)
    with pytest.raises(NotAllowed) as caught:
        engine.apply_offer(cart.ref, "MAILLE15")
    assert caught.value.reason == "offer_does_not_fit"
