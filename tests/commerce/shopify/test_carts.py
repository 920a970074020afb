"""Baskets of Shopify's: one for each customer whoever opens it, held as they were when there is not enough."""

from dataclasses import replace

import pytest

from bot.commerce.shopify import carts
from bot.commerce.shopify.engine import ShopifyEngine
from bot.commerce.types import CartRef, CustomerRef, VariantRef
from bot.errors import InsufficientStock, NotAllowed, NotFound, UnknownFate
from tests.commerce.shopify.conftest import make_engine
from tests.servers.shopify.server import CLIENT_SECRET, PlayedShopify
from tests.servers.shopify.state import WAREHOUSE


@pytest.fixture
def variant(shopify: PlayedShopify) -> VariantRef:
    number = shopify.shop.products[7].variants[0].number
    shopify.shop.stock[number, WAREHOUSE] = 50
    return VariantRef(number)


def test_makes_no_basket_in_the_shop_before_its_first_line(shopify: PlayedShopify, engine: ShopifyEngine) -> None:
    before = len(shopify.shop.baskets)
    cart = engine.open_cart(CustomerRef(shopify.shop.paul.number), idempotency_key="key")
    assert (cart.lines, cart.checkout_url, cart.currency, len(shopify.shop.baskets)) == ((), "", "EUR", before)


def test_opens_the_same_basket_of_a_customer_in_every_process(
    shopify: PlayedShopify, engine: ShopifyEngine, variant: VariantRef
) -> None:
    customer = CustomerRef(shopify.shop.marie.number)
    filled = engine.set_line(engine.open_cart(customer, idempotency_key="key").ref, variant, 2)
    other = make_engine(shopify.url)
    again = other.open_cart(customer, idempotency_key="another")
    assert replace(again, updated_at=None) == replace(filled, updated_at=None)
    other.close()
    assert shopify.shop.baskets[filled.checkout_url.rpartition("/")[2]].email == shopify.shop.marie.email


def test_keeps_one_basket_when_two_are_made_at_once(shopify: PlayedShopify, engine: ShopifyEngine) -> None:
    ref = CartRef(f"customer-{shopify.shop.paul.number}")
    shopify.shop.paul.kept.clear()
    nothing = carts.read_cart(engine._client, ref, b"")
    made = [carts.require_native(engine._client, nothing)["id"] for _ in range(2)]
    assert made[0] == made[1] == shopify.shop.paul.kept["prevenant_cart"]


def test_opens_a_new_basket_once_the_old_one_was_paid_for(
    shopify: PlayedShopify, engine: ShopifyEngine, variant: VariantRef
) -> None:
    shop, ref = shopify.shop, CartRef(f"customer-{shopify.shop.paul.number}")
    engine.set_line(ref, variant, 1)
    token = shop.paul.kept["prevenant_cart"].rpartition("/")[2].partition("?")[0]
    shop.check_out(token, email=shop.paul.email, address=shop.paul.addresses[shop.paul.default])
    assert engine.get_cart(ref).lines == ()
    assert engine.set_line(ref, variant, 2).lines[0].quantity == 2
    guest = CartRef(f"cart-{token}")
    with pytest.raises(NotFound):
        engine.get_cart(guest)


def test_holds_what_it_held_when_shopify_puts_in_less_than_was_asked_for(
    shopify: PlayedShopify, engine: ShopifyEngine, variant: VariantRef
) -> None:
    cart = engine.set_line(engine.open_cart(None, idempotency_key="short").ref, variant, 2)
    (told,) = engine.get_availability([variant])
    shopify.shop.stock[variant, WAREHOUSE] = 4  # somebody bought meanwhile: after our look at the stock
    found = carts.read_cart(engine._client, cart.ref, b"")
    with pytest.raises(InsufficientStock) as caught:
        carts.set_line(engine._client, found, variant, 9, told)
    assert (caught.value.available, engine.get_cart(cart.ref).lines[0].quantity) == (4, 2)


def test_does_not_add_twice_when_the_answer_is_lost(
    shopify: PlayedShopify, engine: ShopifyEngine, variant: VariantRef
) -> None:
    ref = engine.open_cart(None, idempotency_key="lost").ref
    shopify.lost.append("cartLinesAdd(")
    with pytest.raises(UnknownFate):
        engine.set_line(ref, variant, 2)
    assert [each.quantity for each in engine.set_line(ref, variant, 2).lines] == [2]


def test_leads_nobody_to_a_basket_by_a_note_that_is_not_ours(
    shopify: PlayedShopify, engine: ShopifyEngine, variant: VariantRef
) -> None:
    guest = engine.set_line(engine.open_cart(None, idempotency_key="forged").ref, variant, 1)
    basket = shopify.shop.baskets[guest.ref.removeprefix("cart-").partition("?")[0]]
    paul = shopify.shop.paul.number
    of_another = carts._sign(paul, "another", CLIENT_SECRET.encode())
    for forged in (paul, f"{paul}.", f"{paul}.{'0' * 64}", f"{paul}.{of_another}"):
        basket.notes[carts.JOINED] = forged
        assert engine.get_cart(guest.ref).customer_ref is None


def test_says_what_became_short_in_a_basket(shopify: PlayedShopify, engine: ShopifyEngine, variant: VariantRef) -> None:
    ref = engine.set_line(engine.open_cart(None, idempotency_key="problem").ref, variant, 3).ref
    shopify.shop.stock[variant, WAREHOUSE] = 1
    assert engine.get_cart(ref).problems == (f"out_of_stock:{variant}",)


def test_refuses_a_code_that_takes_nothing_off_and_keeps_the_others(
    shopify: PlayedShopify, engine: ShopifyEngine, variant: VariantRef
) -> None:
    ref = engine.set_line(engine.open_cart(None, idempotency_key="codes").ref, variant, 1).ref
    assert engine.apply_offer(ref, " merci10 ").offers == ("MERCI10",)
    with pytest.raises(NotFound):
        engine.apply_offer(ref, "NOTHING")
    assert engine.get_cart(ref).offers == ("MERCI10",)
    shopify.shop.paul.kept.clear()
    with pytest.raises(NotAllowed, match="cart_empty"):
        engine.apply_offer(CartRef(f"customer-{shopify.shop.paul.number}"), "MERCI10")


@pytest.mark.parametrize(
    "ref", ["cart-../../admin", "cart-x", "customer-1 OR 1", "customer-", "", "cart-abcdefgh?key=a&b=c"])
def test_asks_shopify_for_no_basket_whose_name_cannot_be(
    shopify: PlayedShopify, engine: ShopifyEngine, ref: str
) -> None:
    with pytest.raises(NotFound):
        engine.get_cart(CartRef(ref))
