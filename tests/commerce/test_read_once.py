"""A turn reads a customer's orders once, and again after whatever may have changed them."""

from typing import Any
from unittest.mock import Mock

import pytest

from bot.commerce import read_once
from bot.commerce.protocol import CommerceEngine
from bot.commerce.read_once import ShopOfTurn, TurnGate
from bot.commerce.types import CartRef, CustomerRef, OrderRef, Page, VariantRef
from bot.errors import Unavailable, UnknownFate

CAMILLE, HUGO = CustomerRef("camille"), CustomerRef("hugo")


@pytest.fixture
def shop() -> Any:
    """A shop that counts."""
    shop = Mock(spec=CommerceEngine)
    shop.list_orders.return_value = Page(())
    return shop


def test_lists_a_customers_orders_once(shop: Any) -> None:
    turn = ShopOfTurn(shop, TurnGate()).engine
    for _ in range(3):
        turn.list_orders(CAMILLE, cursor="")
        turn.get_order(OrderRef("ord_1"))
    assert (shop.list_orders.call_count, shop.get_order.call_count) == (1, 3)
    turn.list_orders(CAMILLE, cursor="20")
    turn.list_orders(HUGO)
    assert shop.list_orders.call_count == 3


def test_reads_again_after_a_write_whatever_became_of_it(shop: Any) -> None:
    shop.cancel_order.side_effect = UnknownFate("no answer")
    turn = ShopOfTurn(shop, TurnGate()).engine
    turn.list_orders(CAMILLE)
    with pytest.raises(UnknownFate):
        turn.cancel_order(OrderRef("ord_1"), reason="", idempotency_key="key", if_version=1)
    turn.list_orders(CAMILLE)
    assert shop.list_orders.call_count == 2


def test_a_turn_that_is_given_up_writes_no_more(shop: Any) -> None:
    gate = TurnGate()
    turn = ShopOfTurn(shop, gate).engine
    turn.list_offers()
    assert not gate.is_for_nothing and not gate.give_up() and gate.is_for_nothing
    with pytest.raises(Unavailable):
        turn.close_account(CAMILLE, idempotency_key="key")
    with pytest.raises(Unavailable):
        turn.open_cart(CAMILLE, idempotency_key="key")
    turn.get_order(OrderRef("ord_1"))
    assert not shop.close_account.called and not shop.open_cart.called


def test_knows_whether_a_turn_has_begun_to_write(shop: Any) -> None:
    gate = TurnGate()
    ShopOfTurn(shop, gate).engine.close_account(CAMILLE, idempotency_key="key")
    assert gate.give_up() and not gate.is_for_nothing


def test_an_empty_basket_and_one_on_trial_are_no_change(shop: Any) -> None:
    shop.open_cart.side_effect = [Mock(ref=CartRef("c1")), Mock(ref=CartRef("c2"))]
    gate = TurnGate()
    turn = ShopOfTurn(shop, gate).engine
    own = turn.open_cart(CAMILLE, idempotency_key="cart:m")
    turn.set_line(turn.open_cart(None, idempotency_key=f"{read_once.TRIAL}m").ref, VariantRef("coat"), 1)
    turn.apply_offer(CartRef("c2"), "HIVER10")
    assert not gate.give_up()
    gate = TurnGate()
    ShopOfTurn(shop, gate).engine.set_line(own.ref, VariantRef("coat"), 1)
    assert gate.give_up()


def test_knows_every_method_that_only_reads() -> None:
    methods = {name for name in vars(CommerceEngine) if not name.startswith("_")}
    writes = {
        "update_customer", "put_address", "remove_address", "close_account", "forget_guest", "set_line", "apply_offer",
        "attach_customer", "place_order", "cancel_order", "update_order_address", "update_order_payment",
        "update_order_lines", "request_return", "request_exchange", "choose_delivery", "settle_missing_pickup",
    }
    assert methods == read_once._ONLY_READ | writes | {"list_orders", "open_cart"}
