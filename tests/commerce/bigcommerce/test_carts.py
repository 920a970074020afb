"""Baskets of BigCommerce's: made with a first line and gone with the last, one for each customer whoever opens it."""

from dataclasses import replace

import pytest

from bot.commerce.bigcommerce import carts, notes
from bot.commerce.bigcommerce.cart_shapes import version_of_cart
from bot.commerce.bigcommerce.engine import BigCommerceEngine
from bot.commerce.types import CartRef, CustomerRef, VariantRef
from bot.errors import Conflict, InsufficientStock, NotAllowed, NotFound, UnknownFate
from tests.commerce.bigcommerce.conftest import make_engine
from tests.servers.bigcommerce.server import PlayedBigCommerce
from tests.servers.bigcommerce.state import CODE, ORIGIN, STORE, Person


@pytest.fixture
def variant(bigcommerce: PlayedBigCommerce) -> VariantRef:
    number = list(bigcommerce.shop.variants)[36]
    bigcommerce.shop.stock[number, ORIGIN] = 50
    return VariantRef(str(number))


def _customer(person: Person) -> CustomerRef:
    return CustomerRef(str(person.number))


def _kept(bigcommerce: PlayedBigCommerce, person: Person) -> list[str]:
    told = bigcommerce.shop.notes.get(f"customers/{person.number}", [])
    return [each["value"] for each in told if each["key"] == notes.BASKET]


def test_makes_no_basket_in_the_shop_before_its_first_line(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine
) -> None:
    for owner in (_customer(bigcommerce.shop.paul), None):
        cart = engine.open_cart(owner, idempotency_key="key")
        assert (cart.lines, cart.checkout_url, cart.currency) == ((), "", "EUR")
    assert bigcommerce.shop.baskets == {} and _kept(bigcommerce, bigcommerce.shop.paul) == []


def test_opens_the_same_basket_of_a_customer_in_every_process(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, variant: VariantRef
) -> None:
    marie = _customer(bigcommerce.shop.marie)
    filled = engine.set_line(engine.open_cart(marie, idempotency_key="key").ref, variant, 2)
    other = make_engine(bigcommerce.url)
    again = other.open_cart(marie, idempotency_key="another")
    other.close()
    assert (again.ref, again.lines, again.version) == (filled.ref, filled.lines, filled.version)
    (kept,) = _kept(bigcommerce, bigcommerce.shop.marie)
    assert filled.checkout_url.startswith(f"https://shop.example/cart.php?action=loadInCheckout&id={kept}")


def test_goes_on_with_a_guests_basket_in_another_process(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, variant: VariantRef
) -> None:
    opened = engine.open_cart(None, idempotency_key="process")
    filled = engine.set_line(opened.ref, variant, 1)
    by_opened, by_filled = (replace(engine.get_cart(ref), updated_at=None) for ref in (opened.ref, filled.ref))
    assert filled.ref != opened.ref and by_opened == by_filled  # two answers, of perhaps two seconds
    other = make_engine(bigcommerce.url)
    assert other.set_line(filled.ref, variant, 2).ref == filled.ref
    with pytest.raises(NotFound):
        other.get_cart(opened.ref)  # it never left the process that gave it
    other.close()


def test_fills_an_emptied_basket_again(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, variant: VariantRef
) -> None:
    for ref in (engine.open_cart(None, idempotency_key="emptied").ref, CartRef(
            f"{carts.CUSTOMERS}{bigcommerce.shop.paul.number}")):
        filled = engine.set_line(ref, variant, 2)
        emptied = engine.set_line(filled.ref, variant, 0)
        assert (emptied.lines, engine.get_cart(emptied.ref).lines) == ((), ())
        assert engine.set_line(emptied.ref, variant, 3).lines[0].quantity == 3


def test_gives_no_basket_for_a_ref_that_cannot_be(engine: BigCommerceEngine) -> None:
    for ref in ("cart-x", "cart-../../orders/1", "customer-", "customer-1 OR 1", "new-x", "",
                "cart-00000000-0000-4000-8000-000000000000"):
        with pytest.raises(NotFound):
            engine.get_cart(CartRef(ref))


def test_shows_a_guests_basket_no_more_once_somebody_signed_in_with_it_in_the_shop(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, variant: VariantRef
) -> None:
    filled = engine.set_line(engine.open_cart(None, idempotency_key="link").ref, variant, 1)
    bigcommerce.shop.baskets[filled.ref.removeprefix("cart-")].customer = bigcommerce.shop.marie.number
    with pytest.raises(NotFound):
        engine.get_cart(filled.ref)


def test_says_how_many_are_left_when_somebody_bought_meanwhile(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, variant: VariantRef
) -> None:
    cart = engine.set_line(engine.open_cart(None, idempotency_key="short").ref, variant, 2)
    (told,) = engine.get_availability([variant])
    bigcommerce.shop.stock[int(variant), ORIGIN] = 4  # after our look at the stock
    found = engine._baskets.read(cart.ref)
    with pytest.raises(InsufficientStock) as caught:
        engine._set_line(found, carts.line_of(found.native, variant), 9, told)
    assert (caught.value.available, engine.get_cart(cart.ref).lines[0].quantity) == (4, 2)
    bigcommerce.shop.stock[int(variant), ORIGIN] = 1
    assert engine.get_cart(cart.ref).problems == (f"out_of_stock:{variant}",)


def test_promises_for_sending_nothing_that_only_a_store_has(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, variant: VariantRef
) -> None:
    bigcommerce.shop.stock[int(variant), ORIGIN] = 0
    bigcommerce.shop.stock[int(variant), STORE] = 9
    (told,) = engine.get_availability([variant])
    assert (told.state, told.quantity, told.is_sellable_online) == ("out_of_stock", 0, False)
    assert {each.location_ref: each.quantity for each in told.locations}[str(STORE)] == 9  # type: ignore[index]


def test_counts_a_product_that_is_tracked_as_one_or_not_at_all(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine
) -> None:
    product = list(bigcommerce.shop.products.values())[-2]
    refs = [VariantRef(str(each.number)) for each in product.variants]
    product.tracking = "product"
    assert {each.quantity for each in engine.get_availability(refs)} == {50 * len(refs)}
    product.tracking = "none"
    (told, *_) = engine.get_availability(refs)
    assert (told.state, told.quantity, told.is_sellable_online, told.locations) == ("in_stock", None, True, ())
    product.tracking, product.availability = "variant", "disabled"
    assert not engine.get_availability(refs)[0].is_sellable_online
    product.availability = "available"


def test_adds_once_whatever_is_lost_or_changed_meanwhile(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, variant: VariantRef
) -> None:
    second = VariantRef(str(int(variant) + 1))
    ref = engine.set_line(engine.open_cart(None, idempotency_key="lost").ref, variant, 1).ref
    bigcommerce.lost.append("POST /items")
    with pytest.raises(UnknownFate):
        engine.set_line(ref, second, 2)
    assert [each.quantity for each in engine.set_line(ref, second, 2).lines] == [1, 2]
    bigcommerce.lost.append("PUT /items")
    assert engine.set_line(ref, second, 3).lines[1].quantity == 3
    found = engine._baskets.read(ref)
    bigcommerce.shop.baskets[ref.removeprefix("cart-")].version += 1  # somebody else was quicker
    (told,) = engine.get_availability([VariantRef(str(int(variant) + 2))])
    with pytest.raises(Conflict):
        engine._set_line(found, None, 1, told)
    assert version_of_cart(engine._baskets.read(ref)) == version_of_cart(found)


def test_keeps_one_of_two_baskets_that_were_made_for_a_customer_at_once(
    bigcommerce: PlayedBigCommerce, variant: VariantRef
) -> None:
    shop = bigcommerce.shop
    owner = shop._person("Zoé", "Abel", "zoe.abel@example.com", "")
    one, other = make_engine(bigcommerce.url), make_engine(bigcommerce.url)
    ref = CartRef(f"{carts.CUSTOMERS}{owner.number}")
    seen = one._baskets.read(ref)  # before the other's first line
    other.set_line(ref, variant, 1)
    (told,) = one.get_availability([VariantRef(str(int(variant) + 1))])
    one._set_line(seen, None, 2, told)
    assert sorted(each.quantity for each in other.get_cart(ref).lines) == [1, 2]
    assert len([each for each in shop.baskets.values() if each.customer == owner.number]) == 1
    one.close()
    other.close()


def test_joins_two_baskets_into_one_and_goes_on_where_it_broke_off(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, variant: VariantRef
) -> None:
    shop = bigcommerce.shop
    owner = shop._person("Yann", "Abel", "yann.abel@example.com", "")
    own = CartRef(f"{carts.CUSTOMERS}{owner.number}")
    second = VariantRef(str(int(variant) + 1))
    engine.set_line(own, variant, 3)
    guest = engine.set_line(engine.open_cart(None, idempotency_key="joined").ref, variant, 1)
    guest = engine.apply_offer(engine.set_line(guest.ref, second, 2).ref, CODE)
    bigcommerce.faults = []
    bigcommerce.lost.append(f"DELETE /carts/{_kept(bigcommerce, owner)[0]}")
    joined = engine.attach_customer(guest.ref, _customer(owner))
    assert (joined.ref, {each.variant_ref: each.quantity for each in joined.lines}) == (own, {variant: 3, second: 2})
    assert joined.offers == (CODE,) and engine.get_cart(guest.ref).ref == own
    assert len([each for each in shop.baskets.values() if each.customer == owner.number]) == 1
    with pytest.raises(NotAllowed):
        engine.attach_customer(guest.ref, _customer(shop.paul))


def test_takes_an_unfinished_join_up_again(
    bigcommerce: PlayedBigCommerce, engine: BigCommerceEngine, variant: VariantRef
) -> None:
    owner = bigcommerce.shop._person("Nina", "Abel", "nina.abel@example.com", "")
    guest = engine.set_line(engine.open_cart(None, idempotency_key="unfinished").ref, variant, 1)
    cart_id = guest.ref.removeprefix("cart-")
    notes.keep(engine._client, f"customers/{owner.number}", notes.BASKET, cart_id)  # and then the process died
    assert engine.attach_customer(guest.ref, _customer(owner)).customer_ref == _customer(owner)
    assert bigcommerce.shop.baskets[cart_id].customer == owner.number


def test_refuses_a_coupon_twice_for_two_reasons(engine: BigCommerceEngine, variant: VariantRef) -> None:
    ref = engine.set_line(engine.open_cart(None, idempotency_key="codes").ref, variant, 1).ref
    assert engine.apply_offer(ref, f" {CODE.lower()} ").offers == (CODE,)
    with pytest.raises(NotFound):
        engine.apply_offer(ref, "nothing")
    empty = engine.open_cart(None, idempotency_key="empty").ref
    with pytest.raises(NotAllowed, match="cart_empty"):
        engine.apply_offer(empty, CODE)
