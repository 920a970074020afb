"""Between us and Medusa: what is repeated and what is not, errors in our words, traps, and no secrets told."""

import json
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from bot.commerce.medusa.carts import JOINED, _joined_to, _sign, read_cart
from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.orders import find_order
from bot.errors import (
    Conflict,
    FixConfiguration,
    FixInput,
    InsufficientStock,
    NotAllowed,
    NotFound,
    RateLimited,
    Unavailable,
    UnknownFate,
)
from tests.commerce.medusa.recorded import PAGES, recorded

KEY, PUBLIC = "sk_secret-of-tests", "pk_of-tests"


@pytest.fixture
def client(httpserver: HTTPServer) -> Iterator[MedusaClient]:
    """A client of a played Medusa."""
    opened = MedusaClient(httpserver.url_for(""), KEY, PUBLIC, deadline_seconds=1.0)
    yield opened
    opened.close()


def test_sends_nothing_twice_that_may_not_be(httpserver: HTTPServer, client: MedusaClient) -> None:
    httpserver.expect_request("/admin/returns").respond_with_data("", status=503)
    with pytest.raises(UnknownFate):
        client.write("admin/returns", {})
    assert len(httpserver.log) == 1


def test_repeats_a_read_and_a_write_that_says_the_same_twice(httpserver: HTTPServer, client: MedusaClient) -> None:
    for answer in (503, 200, 503, 200):
        httpserver.expect_ordered_request("/store/regions").respond_with_json({"regions": []}, status=answer)
    assert client.read("store/regions") == client.write("store/regions", {}, is_repeatable=True) == {"regions": []}


@pytest.mark.parametrize(("status", "said", "expected"), [
    (400, {"type": "not_allowed", "code": "insufficient_inventory", "message": "…"}, InsufficientStock),
    (404, {"type": "not_found", "message": "…"}, NotFound), (409, {"type": "conflict", "message": "…"}, Conflict),
    (400, {"type": "invalid_data", "message": "…"}, FixInput),
    (422, {"type": "duplicate_error", "message": "…"}, FixInput),
    (400, {"type": "not_allowed", "message": "Publishable API key required"}, FixConfiguration),
    (400, {"type": "not_allowed", "message": "…"}, NotAllowed), (401, {"message": "Unauthorized"}, FixConfiguration),
    (403, {"message": "…"}, FixConfiguration), (429, {}, RateLimited), (500, {"type": "database_error"}, Unavailable),
    (500, "<html>", Unavailable),
])
def test_tells_errors_in_our_words(
    httpserver: HTTPServer, client: MedusaClient, status: int, said: object, expected: type[Exception]
) -> None:
    httpserver.expect_request("/admin/orders").respond_with_data(json.dumps(said), status=status)
    with pytest.raises(expected):
        client.read("admin/orders")


def test_does_not_know_what_came_of_a_write_that_broke(httpserver: HTTPServer, client: MedusaClient) -> None:
    httpserver.expect_request("/admin/x").respond_with_json({"type": "database_error", "message": "…"}, status=500)
    with pytest.raises(UnknownFate):
        client.write("admin/x", {})


def test_tells_no_secret_and_nothing_that_was_typed(httpserver: HTTPServer, client: MedusaClient) -> None:
    said = {"type": "invalid_data", "message": "Customer with email: camille@example.com already exists"}
    httpserver.expect_request("/admin/customers/cus_1").respond_with_json(said, status=400)
    with pytest.raises(FixInput) as caught:
        client.write("admin/customers/cus_1", {})
    assert caught.value.field == "email" and "camille" not in str(caught.value)
    assert KEY not in repr(client) and PUBLIC not in repr(client)


def test_sends_each_key_to_its_own_side_alone(httpserver: HTTPServer, client: MedusaClient) -> None:
    httpserver.expect_request("/store/regions").respond_with_json({})
    httpserver.expect_request("/admin/orders").respond_with_json({})
    client.read("store/regions")
    client.read("admin/orders")
    (store, _), (admin, _) = httpserver.log
    assert store.headers["x-publishable-api-key"] == PUBLIC and "Authorization" not in store.headers
    assert "x-publishable-api-key" not in admin.headers and admin.authorization is not None


def test_takes_no_order_for_the_one_asked_when_medusa_returns_all(httpserver: HTTPServer, client: MedusaClient) -> None:
    told = recorded("orders_asked_by_display_id")
    numbers = [each["display_id"] for each in told["orders"]]
    assert len(numbers) > 1, "Medusa was asked for number 1 alone, and told of others"
    orders = {"orders": [{**each, "status": "pending"} for each in told["orders"]], "count": len(numbers)}
    httpserver.expect_request("/admin/orders").respond_with_json(json.loads(json.dumps(orders, default=float)))
    with pytest.raises(NotFound):
        find_order(client, "777", customer_ref=None, email="guest@example.com", postcode="", pages=PAGES)


def test_shows_no_order_to_whoever_has_its_number_alone(client: MedusaClient) -> None:
    with pytest.raises(NotFound):
        find_order(client, "1", customer_ref=None, email=" ", postcode="", pages=PAGES)


def test_leads_nobody_to_a_basket_by_a_note_that_is_not_ours() -> None:
    secret = b"secret"
    forged = {"id": "cart_1", "metadata": {JOINED: "cus_1." + _sign("cus_1", "cart_2", secret)}}
    ours = {"id": "cart_1", "metadata": {JOINED: "cus_1." + _sign("cus_1", "cart_1", secret)}}
    assert (_joined_to(forged, secret), _joined_to(ours, secret)) == ("", "cus_1")


@pytest.mark.parametrize("ref", ["guest-nope", "nope", "guest-cart_../../admin/orders", "customer-nope"])
def test_asks_medusa_for_nothing_that_cannot_be_an_id(client: MedusaClient, httpserver: HTTPServer, ref: str) -> None:
    with pytest.raises(NotFound):
        read_cart(client, ref, b"")
    assert not httpserver.log
