"""What Medusa leaves half way is no order: it is cancelled, and nobody is told that they ordered."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from bot.commerce.forms import mark_of
from bot.commerce.medusa.carts import FoundCart
from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.placing import BROKE_OFF, place_order
from bot.commerce.medusa.regions import Region
from bot.commerce.types import Address, CartRef
from bot.errors import NotAllowed

HOME = Address(line1="1 rue du Contrat", city="Paris", postcode="75010", country="FR")
REGION = Region("reg_1", "EUR", "fr")
CART: dict[str, Any] = {
    "id": "cart_1", "customer_id": "cus_1", "items": [{"variant_id": "variant_1", "quantity": 1}],
    "shipping_methods": [{"id": "sm_1"}], "metadata": {}, "completed_at": None,
}
REF = CartRef("guest-cart_1")
BROKEN = {"type": "not_allowed", "message": 'Updating Status from "ok" to "temp_failure" is not allowed.'}


class _Shop:
    """A Medusa whose flow leaves an order; whether it was paid is what tells a half from a whole."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        server.expect_request("/store/carts/cart_1", "POST").respond_with_json({"cart": CART})
        server.expect_request("/store/payment-providers").respond_with_json({
            "payment_providers": [{"id": "pp_card_t"}]})
        server.expect_request("/store/payment-collections").respond_with_json({"payment_collection": {"id": "pc_1"}})
        server.expect_request("/store/payment-collections/pc_1/payment-sessions").respond_with_json({})
        server.expect_request("/admin/orders/order_1/cancel", "POST").respond_with_json({"order": {}})

    def complete(self, answer: dict[str, Any], status: int, *, has_paid: bool, is_left: bool = True) -> None:
        """What the flow answers, and what it leaves."""
        order = {
            "id": "order_1", "status": "pending", "metadata": {"prevenant_key": mark_of(f"{REF}:key")},
            "payment_collections": [{"payments": [{"id": "pay_1"}] if has_paid else []}],
        }
        self.server.expect_request("/store/carts/cart_1/complete").respond_with_json(answer, status)
        self.server.expect_request("/admin/orders/order_1").respond_with_json({"order": order})
        self.server.expect_request("/admin/orders").respond_with_json({"orders": [order] if is_left else []})

    def place(self, found: FoundCart) -> str:
        """The order's id."""
        client = MedusaClient(self.server.url_for(""), "sk", "pk", deadline_seconds=5)
        return place_order(
            client, found, REGION, payment="card", shipping_address=HOME, key="key", email="guest@example.com")

    @property
    def has_cancelled(self) -> bool:
        return any(request.path == "/admin/orders/order_1/cancel" for request, _ in self.server.log)


@pytest.fixture
def shop(httpserver: HTTPServer) -> _Shop:
    """A shop in which a basket is ordered."""
    return _Shop(httpserver)


def test_cancels_what_was_left_half_way_and_says_so(shop: _Shop) -> None:
    shop.complete(BROKEN, 400, has_paid=False)
    with pytest.raises(NotAllowed) as caught:
        shop.place(FoundCart(REF, None, CART))
    assert (caught.value.reason, shop.has_cancelled) == (BROKE_OFF, True)


def test_takes_no_half_for_an_order_when_it_is_asked_again(shop: _Shop) -> None:
    shop.complete({"type": "order", "order": {"id": "order_1"}}, 200, has_paid=False)
    with pytest.raises(NotAllowed) as caught:
        shop.place(FoundCart(REF, None, CART))
    assert (caught.value.reason, shop.has_cancelled) == (BROKE_OFF, True)


def test_finds_no_order_of_a_key_that_left_a_half(shop: _Shop) -> None:
    shop.complete(BROKEN, 400, has_paid=False)
    with pytest.raises(NotAllowed) as caught:
        shop.place(FoundCart(REF, None, None, ordered=CART))
    assert (caught.value.reason, shop.has_cancelled) == ("cart_ordered", True)


def test_keeps_a_refusal_that_left_nothing_as_it_is(shop: _Shop) -> None:
    shop.complete({"type": "not_allowed", "message": "closed today"}, 400, has_paid=False, is_left=False)
    with pytest.raises(NotAllowed) as caught:
        shop.place(FoundCart(REF, None, CART))
    assert (caught.value.reason, shop.has_cancelled) == ("shop_refused", False)


def test_gives_the_order_that_was_paid(shop: _Shop) -> None:
    shop.complete({"type": "order", "order": {"id": "order_1"}}, 200, has_paid=True)
    assert shop.place(FoundCart(REF, None, CART)) == "order_1"
    assert shop.place(FoundCart(REF, None, None, ordered=CART)) == "order_1"
    assert not shop.has_cancelled
