"""A turn reads a customer's orders once, and again after whatever may have changed them."""

from typing import Any
from unittest.mock import Mock

import pytest

from bot.commerce import read_once
from bot.commerce.protocol import CommerceEngine
from bot.commerce.read_once import ShopOfTurn
from bot.commerce.types import CustomerRef, OrderRef, Page
from bot.errors import Unavailable, UnknownFate

CAMILLE, HUGO = CustomerRef("camille"), CustomerRef("hugo")


@pytest.fixture
def shop() -> Any:
    """A shop that counts."""
    shop = Mock(spec=CommerceEngine)
    shop.list_orders.return_value = Page(())
    return shop


def test_lists_a_customers_orders_once(shop: Any) -> None:
    turn = ShopOfTurn(shop).engine
    for _ in range(3):
        turn.list_orders(CAMILLE, cursor="")
        turn.get_order(OrderRef("ord_1"))
    assert (shop.list_orders.call_count, shop.get_order.call_count) == (1, 3)
    turn.list_orders(CAMILLE, cursor="20")
    turn.list_orders(HUGO)
    assert shop.list_orders.call_count == 3


def test_reads_again_after_a_write_whatever_became_of_it(shop: Any) -> None:
    shop.cancel_order.side_effect = UnknownFate("no answer")
    turn = ShopOfTurn(shop).engine
    turn.list_orders(CAMILLE)
    with pytest.raises(UnknownFate):
        turn.cancel_order(OrderRef("ord_1"), reason="", idempotency_key="key", if_version=1)
    turn.list_orders(CAMILLE)
    assert shop.list_orders.call_count == 2


def test_a_turn_that_is_given_up_writes_no_more(shop: Any) -> None:
    turn = ShopOfTurn(shop)
    turn.engine.list_offers()
    assert not turn.give_up()
    with pytest.raises(Unavailable):
        turn.engine.close_account(CAMILLE, idempotency_key="key")
    turn.engine.get_order(OrderRef("ord_1"))
    assert not shop.close_account.called


def test_knows_whether_a_turn_has_begun_to_write(shop: Any) -> None:
    turn = ShopOfTurn(shop)
    turn.engine.close_account(CAMILLE, idempotency_key="key")
    assert turn.give_up()


def test_knows_every_method_that_only_reads() -> None:
    methods = {name for name in vars(CommerceEngine) if not name.startswith("_")}
    writes = {
        "update_customer", "put_address", "remove_address", "close_account", "forget_guest", "open_cart", "set_line",
        "apply_offer", "attach_customer", "place_order", "cancel_order", "update_order_address", "update_order_payment",
        "update_order_lines", "request_return", "request_exchange", "choose_delivery", "settle_missing_pickup",
    }
    assert methods == read_once._ONLY_READ | writes | {"list_orders"}
