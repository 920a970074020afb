"""Baskets of WooCommerce's: one for each customer whoever opens it, held as they were when there is not enough."""

import time

import pytest

from bot.commerce.types import CartRef, CustomerRef, VariantRef
from bot.commerce.woocommerce import carts
from bot.commerce.woocommerce.cart_tokens import print_of, session_of
from bot.commerce.woocommerce.engine import WooCommerceEngine
from bot.errors import InsufficientStock, NotAllowed, NotFound, UnknownFate
from tests.commerce.woocommerce.conftest import make_engine
from tests.servers.woocommerce.server import PlayedWooCommerce
from tests.servers.woocommerce.state import CODE, Person
from tests.servers.woocommerce.store import make_token


@pytest.fixture
def variant(woocommerce: PlayedWooCommerce) -> VariantRef:
    number = list(woocommerce.shop.variations)[40]
    woocommerce.shop.stock[number] = 50
    return VariantRef(str(number))


def _customer(person: Person) -> CustomerRef:
    return CustomerRef(str(person.number))


def test_makes_no_basket_in_the_shop_before_its_first_line(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine
) -> None:
    cart = engine.open_cart(_customer(woocommerce.shop.paul), idempotency_key="key")
    assert (cart.lines, cart.checkout_url, cart.currency, woocommerce.shop.paul.notes) == ((), "", "EUR", [])


def test_opens_the_same_basket_of_a_customer_in_every_process(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, variant: VariantRef
) -> None:
    marie = _customer(woocommerce.shop.marie)
    filled = engine.set_line(engine.open_cart(marie, idempotency_key="key").ref, variant, 2)
    other = make_engine(woocommerce.url)
    assert other.open_cart(marie, idempotency_key="another") == filled
    other.close()
    assert filled.checkout_url == f"{woocommerce.url}/checkout-link/?products={variant}:2"


def test_makes_another_basket_once_the_token_has_ended_and_keeps_a_newer_one_before(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, variant: VariantRef
) -> None:
    paul, ref = woocommerce.shop.paul, CartRef(f"{carts.CUSTOMERS}{woocommerce.shop.paul.number}")
    engine.set_line(ref, variant, 1)
    (note,) = paul.notes
    session = session_of(note["value"])
    note["value"] = make_token(session, time.time() + 3_600)
    assert engine.set_line(ref, variant, 2).lines[0].quantity == 2
    assert session_of(note["value"]) == session and note["value"] != make_token(session, time.time() + 3_600)
    note["value"] = make_token(session, time.time() - 1)
    assert engine.get_cart(ref).lines == ()
    assert engine.set_line(ref, variant, 3).lines[0].quantity == 3
    assert session_of(note["value"]) != session


def test_gives_no_basket_for_a_token_that_has_ended_or_cannot_be(engine: WooCommerceEngine) -> None:
    ended = make_token("t_ended", time.time() - 1)
    for ref in (f"cart-{ended}", "cart-x", "cart-../../admin", "customer-", "customer-1 OR 1", ""):
        with pytest.raises(NotFound):
            engine.get_cart(CartRef(ref))


def test_says_how_many_are_left_when_somebody_bought_meanwhile(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, variant: VariantRef
) -> None:
    cart = engine.set_line(engine.open_cart(None, idempotency_key="short").ref, variant, 2)
    (told,) = engine.get_availability([variant])
    woocommerce.shop.stock[int(variant)] = 4  # after our look at the stock
    found = carts.read_cart(engine._client, cart.ref)
    with pytest.raises(InsufficientStock) as caught:
        engine._set_line(found, variant, 9, told)
    assert (caught.value.available, engine.get_cart(cart.ref).lines[0].quantity) == (4, 2)
    woocommerce.shop.stock[int(variant)] = 1
    assert engine.get_cart(cart.ref).problems == (f"out_of_stock:{variant}",)


def test_does_not_add_twice_when_the_answer_is_lost(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, variant: VariantRef
) -> None:
    ref = engine.open_cart(None, idempotency_key="lost").ref
    woocommerce.lost.append("POST /cart/add-item")
    with pytest.raises(UnknownFate):
        engine.set_line(ref, variant, 2)
    assert [each.quantity for each in engine.set_line(ref, variant, 2).lines] == [2]
    woocommerce.lost.append("POST /cart/update-item")
    assert engine.set_line(ref, variant, 3).lines[0].quantity == 3


def test_sells_what_is_not_counted_as_long_as_it_is_in_stock(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, variant: VariantRef
) -> None:
    woocommerce.shop.stock[int(variant)] = None
    ref = engine.open_cart(None, idempotency_key="uncounted").ref
    cart = engine.set_line(ref, variant, 20)
    assert (cart.lines[0].quantity, cart.problems, engine.get_availability([variant])[0].quantity) == (20, (), None)


def test_leads_nobody_to_a_customers_basket_by_an_email_written_into_one(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, variant: VariantRef
) -> None:
    guest = engine.open_cart(None, idempotency_key="forged").ref
    token = guest.removeprefix(carts.GUEST)
    engine._client.change_basket(
        "update-customer", token, {"billing_address": {"email": woocommerce.shop.marie.email}}, is_repeatable=True)
    assert engine.get_cart(guest).customer_ref is None
    marie = _customer(woocommerce.shop.marie)
    assert engine.attach_customer(guest, marie).customer_ref == engine.get_cart(guest).customer_ref == marie
    (note,) = [each for each in woocommerce.shop.marie.notes if each["key"] == carts.JOINED]
    assert print_of(token) in note["value"] and token not in note["value"]


def test_refuses_a_coupon_twice_for_two_reasons(
    woocommerce: PlayedWooCommerce, engine: WooCommerceEngine, variant: VariantRef
) -> None:
    ref = engine.set_line(engine.open_cart(None, idempotency_key="codes").ref, variant, 1).ref
    assert engine.apply_offer(ref, f" {CODE.upper()} ").offers == (CODE,)
    with pytest.raises(NotFound):
        engine.apply_offer(ref, "nothing")
    empty = engine.open_cart(None, idempotency_key="empty").ref
    with pytest.raises(NotAllowed, match="cart_empty"):
        engine.apply_offer(empty, CODE)
