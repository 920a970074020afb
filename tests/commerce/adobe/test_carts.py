"""Baskets of Adobe Commerce's: a customer's is the shop's own, held as it was when there is not enough."""

import pytest

from bot.commerce.adobe import carts
from bot.commerce.adobe.engine import AdobeEngine
from bot.commerce.types import CartRef, CustomerRef, VariantRef
from bot.errors import InsufficientStock, NotAllowed, NotFound, UnknownFate
from tests.commerce.adobe.conftest import make_engine
from tests.servers.adobe.server import PlayedAdobe
from tests.servers.adobe.state import CODE, Person


@pytest.fixture
def variant(adobe: PlayedAdobe) -> VariantRef:
    sku = list(adobe.shop.variations)[40]
    adobe.shop.salable[sku] = 50
    adobe.shop.sells_on.clear()
    return VariantRef(sku)


def _customer(person: Person) -> CustomerRef:
    return CustomerRef(str(person.number))


def test_makes_no_basket_in_the_shop_before_its_first_line(adobe: PlayedAdobe, engine: AdobeEngine) -> None:
    cart = engine.open_cart(_customer(adobe.shop.paul), idempotency_key="key")
    assert (cart.lines, cart.checkout_url, cart.currency, adobe.shop.baskets) == ((), "", "EUR", {})
    with pytest.raises(NotFound):
        engine.open_cart(CustomerRef("999999"), idempotency_key="key")


def test_fills_the_basket_that_the_customer_sees_in_the_shop(
    adobe: PlayedAdobe, engine: AdobeEngine, variant: VariantRef
) -> None:
    marie = _customer(adobe.shop.marie)
    filled = engine.set_line(engine.open_cart(marie, idempotency_key="key").ref, variant, 2)
    (basket,) = [each for each in adobe.shop.baskets.values() if each.customer == adobe.shop.marie.number]
    assert list(basket.lines.values()) == [[variant, 2]]
    basket.lines[next(iter(basket.lines))][1] = 3  # the customer, on the website
    other = make_engine(adobe.url)
    (line,) = other.open_cart(marie, idempotency_key="another").lines
    other.close()
    assert (line.quantity, filled.checkout_url) == (3, "https://shop.example/checkout/cart/")
    basket.is_active = False  # it was ordered
    assert engine.get_cart(filled.ref).lines == ()


def test_opens_no_basket_by_a_number_that_anybody_may_guess(
    adobe: PlayedAdobe, engine: AdobeEngine, variant: VariantRef
) -> None:
    guest = engine.set_line(engine.open_cart(None, idempotency_key="guest").ref, variant, 1)
    number = guest.ref.split("-")[1]
    for ref in (f"cart-{number}", f"cart-{number}-", f"cart-{number}-{'0' * 20}", f"cart-{number}é", "cart-x", ""):
        with pytest.raises(NotFound):
            engine.get_cart(CartRef(ref))
    assert guest.checkout_url == ""
    adobe.shop.baskets[int(number)].is_active = False
    with pytest.raises(NotFound):
        engine.get_cart(guest.ref)


def test_says_how_many_are_left_when_somebody_bought_meanwhile(
    adobe: PlayedAdobe, engine: AdobeEngine, variant: VariantRef
) -> None:
    cart = engine.set_line(engine.open_cart(None, idempotency_key="short").ref, variant, 2)
    (told,) = engine.get_availability([variant])
    adobe.shop.salable[variant] = 4  # after our look at the stock
    with pytest.raises(InsufficientStock) as caught:
        engine._set_line(engine._find(cart.ref), variant, 9, told)
    assert (caught.value.available, engine.get_cart(cart.ref).lines[0].quantity) == (4, 2)
    adobe.shop.salable[variant] = 1
    assert engine.get_cart(cart.ref).problems == (f"out_of_stock:{variant}",)


def test_does_not_add_twice_when_the_answer_is_lost(
    adobe: PlayedAdobe, engine: AdobeEngine, variant: VariantRef
) -> None:
    ref = engine.open_cart(None, idempotency_key="lost").ref
    adobe.lost.append("POST /items")
    with pytest.raises(UnknownFate):
        engine.set_line(ref, variant, 2)
    assert [each.quantity for each in engine.set_line(ref, variant, 2).lines] == [2]
    adobe.lost.append("PUT /items/")
    assert engine.set_line(ref, variant, 3).lines[0].quantity == 3


@pytest.mark.parametrize(("how", "state"), [("backorders", "backorder"), ("uncounted", "in_stock")])
def test_sells_on_with_none_left_where_the_shop_does(
    adobe: PlayedAdobe, engine: AdobeEngine, variant: VariantRef, how: str, state: str
) -> None:
    adobe.shop.salable[variant], adobe.shop.sells_on[variant] = 0, how
    (told,) = engine.get_availability([variant])
    assert (told.state, told.quantity, told.is_sellable_online) == (state, None, True)
    cart = engine.set_line(engine.open_cart(None, idempotency_key=how).ref, variant, 20)
    assert (cart.lines[0].quantity, cart.problems) == (20, ())


def test_adds_nothing_up_when_somebody_signs_in_who_has_the_same_in_both(
    adobe: PlayedAdobe, engine: AdobeEngine, variant: VariantRef
) -> None:
    paul, other = _customer(adobe.shop.paul), VariantRef(list(adobe.shop.variations)[41])
    own = engine.set_line(engine.open_cart(paul, idempotency_key="key").ref, variant, 2)
    guest = engine.set_line(engine.open_cart(None, idempotency_key="joins").ref, variant, 3)
    engine.set_line(guest.ref, other, 4)
    adobe.shop.salable[other] = 1
    joined = engine.attach_customer(guest.ref, paul)
    assert joined.ref == own.ref == engine.get_cart(guest.ref).ref
    assert {each.variant_ref: each.quantity for each in joined.lines} == {variant: 3, other: 1}
    assert engine.attach_customer(guest.ref, paul) == joined
    with pytest.raises(NotAllowed, match="another_customer"):
        engine.attach_customer(guest.ref, _customer(adobe.shop.marie))


def test_puts_the_former_coupon_back_when_another_does_not_fit(
    adobe: PlayedAdobe, engine: AdobeEngine, variant: VariantRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = engine.set_line(engine.open_cart(None, idempotency_key="codes").ref, variant, 1).ref
    assert engine.apply_offer(ref, f" {CODE.lower()} ").offers == (CODE,)
    with pytest.raises(NotFound):
        engine.apply_offer(ref, "nothing")
    search = engine._client.search
    monkeypatch.setattr(engine._client, "search", lambda path, asked: (
        ([{"code": "PROS"}], 1) if path == "coupons/search" else search(path, asked)))
    with pytest.raises(NotAllowed, match="offer_does_not_fit"):
        engine.apply_offer(ref, "PROS")
    monkeypatch.undo()
    assert engine.get_cart(ref).offers == (CODE,)
    with pytest.raises(NotAllowed, match="cart_empty"):
        engine.apply_offer(engine.open_cart(None, idempotency_key="empty").ref, CODE)


def test_names_what_is_chosen_by_numbers_of_attributes_and_options(
    adobe: PlayedAdobe, engine: AdobeEngine, variant: VariantRef
) -> None:
    sold = adobe.shop.variations[variant]
    choice = engine._products.choice_of(variant)
    assert choice.sku == sold.product.sku and "/" in variant
    assert choice.options == (("93", str(sold.colour)), ("142", str(sold.size)))
    with pytest.raises(NotFound):
        engine._products.choice_of("A,B")
    assert carts.quantity_of(None) == 0
