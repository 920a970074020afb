"""A basket is changed once per message, and belongs to whom it belongs."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, VariantRef
from bot.errors import Conflict, InsufficientStock, UnknownFate
from bot.service.basket import (
    Owner,
    add_pieces,
    choose_variant,
    find_basket,
    name_lines,
    open_basket,
    quantity_of,
)
from tests.fakes.shop import FakeShop, make_product

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
COAT = make_product("coat", "coat", colours=("navy", "red"), sizes=("S", "M"))
SCARF = make_product("scarf", "scarf", colours=("red",), sizes=("one size",))
NAVY_M = VariantRef("coat-navy-M")


@pytest.fixture
def shop() -> FakeShop:
    return FakeShop(products=[COAT, SCARF], now=NOW)


@pytest.fixture
def add(store, shop):
    def put(message_id: str, pieces: int = 1, variant: str = NAVY_M, owner: Owner | None = None):
        owner = replace(owner or Owner("c", "s", message_id), message_id=message_id)
        engine = cast(CommerceEngine, shop)
        cart = open_basket(engine, replace(owner, cart_ref=owner.cart_ref or "cart-cart:s:m1"))
        return add_pieces(store, engine, owner, cart, VariantRef(variant), pieces, NOW)

    return put


def test_shows_no_customers_basket_to_a_guest(shop):
    cart = shop.open_cart(CustomerRef("anna"), idempotency_key="k")
    assert find_basket(cast(CommerceEngine, shop), Owner("c", "s", "m", cart_ref=cart.ref)) is None


def test_adds_once_however_often_one_message_is_tried(add):
    add("m1")
    assert quantity_of(add("m1"), NAVY_M) == 1


def test_adds_again_when_another_message_asks(add):
    add("m1")
    assert quantity_of(add("m2"), NAVY_M) == 2


def test_takes_out_no_more_than_there_is(add):
    add("m1")
    assert add("m2", -5).lines == ()


def test_tells_how_many_are_left(add, shop):
    shop.stock[NAVY_M] = 2
    with pytest.raises(InsufficientStock) as caught:
        add("m1", 3)
    assert caught.value.available == 2


def test_reads_back_when_the_shop_did_not_confirm(add, shop, monkeypatch):
    set_line = FakeShop.set_line

    def write_and_drop(self, *args, **kwargs):
        set_line(self, *args, **kwargs)
        raise UnknownFate("no answer")

    monkeypatch.setattr(FakeShop, "set_line", write_and_drop)
    assert quantity_of(add("m1"), NAVY_M) == 1


def test_adds_onto_what_somebody_else_wrote_meanwhile(add, shop, monkeypatch):
    add("m1")
    set_line, busy = FakeShop.set_line, [True]

    def race(self, ref, variant_ref, quantity, *, expected_version=None):
        if busy.pop() if busy else False:
            set_line(self, ref, variant_ref, 3)
            raise Conflict("stale")
        return set_line(self, ref, variant_ref, quantity, expected_version=expected_version)

    monkeypatch.setattr(FakeShop, "set_line", race)
    assert quantity_of(add("m2"), NAVY_M) == 4


def test_uses_the_customers_own_basket_when_signed_in(shop):
    owner = Owner("c", "s", "m", customer_ref=CustomerRef("anna"))
    assert open_basket(cast(CommerceEngine, shop), owner).customer_ref == "anna"


@pytest.mark.parametrize(("colour", "size", "missing"), [
    ("", "", "colour"), ("navy", "", "size"), ("", "M", "colour"), ("navy", "M", ""),
])
def test_asks_only_for_what_is_missing(colour, size, missing):
    assert choose_variant(COAT, colour=colour, size=size).missing == missing


def test_asks_nothing_when_there_is_only_one():
    assert choose_variant(SCARF, size="M").variant == SCARF.variants[0]


def test_asks_for_no_colour_when_only_one_is_left():
    choice = choose_variant(COAT, size="M", buyable=frozenset({"coat-red-M"}))
    assert choice.variant is not None
    assert choice.variant.ref == "coat-red-M"


def test_finds_nothing_in_a_size_that_is_not_made():
    choice = choose_variant(COAT, colour="navy", size="XXL")
    assert (choice.variant, choice.missing) == (None, "")


def test_finds_the_line_that_words_name(add):
    add("m1")
    cart = add("m2", variant="scarf-red-one size")
    assert [line.product_ref for line in name_lines(cart, "take the scarf out")] == ["scarf"]
    assert [line.product_ref for line in name_lines(cart, "", ordinal=2)] == ["scarf"]
    assert name_lines(cart, "take it out") == ()
