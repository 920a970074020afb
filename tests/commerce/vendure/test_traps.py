"""What Vendure is known to do, and what must not come of it. On a live one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import requests

from bot.commerce.types import CustomerRef, OrderRef, VariantRef
from bot.commerce.vendure import carts
from bot.commerce.vendure.client import VendureClient
from bot.commerce.vendure.engine import VendureEngine
from bot.commerce.vendure.orders import to_order
from bot.commerce.vendure.pages import Pages
from bot.commerce.vendure.statuses import ORDERS
from bot.errors import InsufficientStock, NotFound, Unsupported
from tests.commerce.vendure.merchant import Merchant
from tests.contracts.commerce import HOME
from tests.servers.vendure_shop import VendureShop

pytestmark = pytest.mark.slow  # it knows no store: once is enough


@pytest.fixture(scope="module")
def merchant(vendure: VendureShop) -> Merchant:
    return Merchant(vendure)


@pytest.fixture(scope="module")
def variant(engine: VendureEngine, merchant: Merchant) -> VariantRef:
    """Of a product that no case of the contract takes."""
    (coat, *_) = engine.search_products(filters={"product_type": "coat"}).items
    merchant.set_stock(coat.variants[0].ref, "web", 50)
    return coat.variants[0].ref


def test_an_order_is_shown_to_nobody_who_has_its_code_alone(
    vendure: VendureShop, engine: VendureEngine, variant: VariantRef
) -> None:
    cart = engine.open_cart(None, idempotency_key="trap-code")
    engine.set_line(cart.ref, variant, 1)
    order = engine.place_order(
        cart.ref, payment="card", shipping_address=HOME, idempotency_key="trap-code", email="guest@example.com"
    )
    shown = requests.post(f"{vendure.url}/shop-api", timeout=10, json={
        "query": "query($c: String!) { orderByCode(code: $c) { code } }", "variables": {"c": order.number},
    }).json()
    assert shown["data"]["orderByCode"] == {"code": order.number}, "Vendure does so by itself, for two hours"
    with pytest.raises(NotFound):
        engine.find_order(order.number)


def test_a_basket_holds_what_it_held_when_there_is_not_enough(
    vendure: VendureShop, engine: VendureEngine, merchant: Merchant, variant: VariantRef
) -> None:
    """Stock that went between our look and the call: Vendure puts in what it has, and then says so."""
    client = VendureClient(vendure.url, vendure.api_key, vendure.session_secret, deadline_seconds=20)
    seen = replace(engine.get_availability([variant])[0], quantity=50, as_of=datetime.now(UTC))
    cart = engine.open_cart(None, idempotency_key="trap-short")
    merchant.set_stock(variant, "web", 2)
    with pytest.raises(InsufficientStock) as caught:
        carts.set_line(client, cart.ref, variant, 3, None, seen)
    assert (caught.value.available, engine.get_cart(cart.ref).lines) == (2, ())
    engine.set_line(cart.ref, variant, 1)
    with pytest.raises(InsufficientStock):
        carts.set_line(client, cart.ref, variant, 4, None, seen)
    assert [line.quantity for line in engine.get_cart(cart.ref).lines] == [1]
    merchant.set_stock(variant, "web", 50)


def test_a_customers_basket_is_the_one_that_the_website_shows(
    vendure: VendureShop, engine: VendureEngine, variant: VariantRef
) -> None:
    (person,) = engine.find_customers(email="tom.fairweather@example.com")
    engine.set_line(engine.open_cart(person.ref, idempotency_key="trap-own").ref, variant, 2)
    shop = requests.Session()
    said = shop.post(f"{vendure.url}/shop-api", timeout=10, json={
        "query": "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { __typename } }",
        "variables": {"u": "tom.fairweather@example.com", "p": "a-password-that-nobody-uses"},
    })
    shop.headers["Authorization"] = f"Bearer {said.headers['vendure-auth-token']}"
    query = "{ activeOrder { lines { quantity productVariant { id } } } }"
    shown = shop.post(f"{vendure.url}/shop-api", timeout=10, json={"query": query}).json()["data"]["activeOrder"]
    assert shown["lines"] == [{"quantity": 2, "productVariant": {"id": variant}}]


def test_a_forged_or_an_old_session_opens_nothing(vendure: VendureShop, engine: VendureEngine) -> None:
    document = "mutation($t: String!) { authenticate(input: { prevenant: { token: $t } }) { __typename } }"
    (person,) = engine.find_customers(email="tom.fairweather@example.com")
    client = VendureClient(vendure.url, vendure.api_key, vendure.session_secret, deadline_seconds=20)
    good = client._session_token(person.ref)
    customer, expiry, signature = good.split(".")
    for token in (f"{int(customer) + 1}.{expiry}.{signature}", f"{customer}.{int(expiry) + 1}.{signature}", customer,
                  f"{customer}.{expiry}.", f"{customer}.{expiry}.zz"):
        asked = {"query": document, "variables": {"t": token}}
        answer = requests.post(f"{vendure.url}/shop-api", json=asked, timeout=10)
        assert answer.json()["data"]["authenticate"]["__typename"] == "InvalidCredentialsError"


def test_a_state_of_the_shops_own_is_unknown(vendure: VendureShop) -> None:
    listed = vendure.admin("{ orders(options: { take: 1 }) { items { id } } }")
    assert listed["orders"]["items"]
    native = {
        "id": "1", "code": "MP1", "state": "PackedWithARibbon", "orderPlacedAt": "2026-11-24T10:00:00Z", "lines": [],
        "createdAt": "2026-11-24T10:00:00Z", "currencyCode": "EUR", "totalWithTax": 0, "total": 0, "discounts": [],
        "shippingAddress": {}, "customer": None, "history": {"totalItems": 1}, "payments": [], "fulfillments": [],
        "prevenantPickUp": None, "returns": {"items": []},
    }
    order = to_order(native, Pages("https://shop.example"))
    assert (order.status, order.payment_status, order.fulfilment_status) == ("unknown", "unknown", "unknown")
    assert order.native_status == "PackedWithARibbon"


def test_every_order_state_of_a_live_vendure_is_on_our_axes(vendure: VendureShop) -> None:
    said = vendure.admin("{ globalSettings { serverConfig { orderProcess { name } } } }")
    states = {each["name"] for each in said["globalSettings"]["serverConfig"]["orderProcess"]}
    assert states - ORDERS.keys() == set()


def test_refuses_what_vendure_cannot_do(engine: VendureEngine) -> None:
    for refused in (
        lambda: engine.get_invoice(OrderRef("1")),
        lambda: engine.list_delivery_choices(OrderRef("1")),
    ):
        with pytest.raises(Unsupported):
            refused()


def test_keeps_no_ways_to_pay_for_anybody(engine: VendureEngine) -> None:
    (camille,) = engine.find_customers(email="camille.laurier@example.com")
    assert engine.list_payment_methods(camille.ref) == []
    with pytest.raises(NotFound):
        engine.list_payment_methods(CustomerRef("999999"))
