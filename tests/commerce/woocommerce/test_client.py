"""Between us and WooCommerce: what is repeated and what is not, what refusals mean, and no secrets told."""

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from bot.commerce.woocommerce.answers import translate
from bot.commerce.woocommerce.client import WooCommerceClient
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

KEY, SECRET = "ck_of_tests", "cs_of_tests"
PATH = "/wp-json/wc/v3/orders/7"


@pytest.fixture(scope="module")
def opened_door() -> Iterator[HTTPServer]:
    with HTTPServer() as server:
        yield server


@pytest.fixture
def door(opened_door: HTTPServer) -> HTTPServer:
    opened_door.clear()
    return opened_door


@pytest.fixture
def client(door: HTTPServer) -> Iterator[WooCommerceClient]:
    opened = WooCommerceClient(door.url_for(""), KEY, SECRET, deadline_seconds=2.0)
    yield opened
    opened.close()


def test_sends_nothing_twice_that_is_not_the_same_twice(door: HTTPServer, client: WooCommerceClient) -> None:
    door.expect_request(PATH).respond_with_response(Response("busy", 503))
    with pytest.raises(UnknownFate):
        client.write("POST", "orders/7", {}, is_repeatable=False)
    assert len(door.log) == 1


@pytest.mark.parametrize("is_write", [False, True])
def test_repeats_what_may_be_repeated_until_it_is_answered(
    door: HTTPServer, client: WooCommerceClient, is_write: bool
) -> None:
    for status in (503, 502):
        door.expect_oneshot_request(PATH).respond_with_response(Response("busy", status))
    door.expect_oneshot_request(PATH).respond_with_json({"id": 7})
    told = client.write("PUT", "orders/7", {}, is_repeatable=True) if is_write else client.read("orders/7")
    assert told == {"id": 7} and len(door.log) == 3


def test_waits_as_long_as_it_is_asked_to_and_no_longer_than_the_deadline(
    door: HTTPServer, client: WooCommerceClient
) -> None:
    door.expect_oneshot_request(PATH).respond_with_response(Response("", 429, {"Retry-After": "0.1"}))
    door.expect_oneshot_request(PATH).respond_with_json({"id": 7})
    assert client.write("POST", "orders/7", {}, is_repeatable=False) == {"id": 7}  # it was not done
    door.expect_oneshot_request(PATH).respond_with_response(Response("", 429, {"Retry-After": "60"}))
    with pytest.raises(RateLimited) as caught:
        client.read("orders/7")
    assert caught.value.retry_after_seconds == 60


def test_takes_a_page_that_is_no_api_for_none(door: HTTPServer, client: WooCommerceClient) -> None:
    door.expect_request(PATH).respond_with_data("<html>Maintenance</html>")
    with pytest.raises(Unavailable):
        client.read("orders/7")


def test_follows_nobody_elsewhere_with_its_key(door: HTTPServer, client: WooCommerceClient) -> None:
    door.expect_request(PATH).respond_with_response(Response("", 301, {"Location": door.url_for("/elsewhere")}))
    with pytest.raises(FixConfiguration, match="PREVENANT_WOOCOMMERCE_URL"):
        client.read("orders/7")
    assert len(door.log) == 1


def test_keeps_one_basket_out_of_another_and_its_key_out_of_the_store_api(
    door: HTTPServer, client: WooCommerceClient
) -> None:
    answer = Response("{}", headers={"Set-Cookie": "wp_woocommerce_session=1", "Cart-Token": "a.b.c"})
    door.expect_request("/wp-json/wc/store/v1/cart").respond_with_response(answer)
    assert [client.look_into_basket("x.y.z")[1] for _ in range(2)] == ["a.b.c"] * 2
    for request, _ in door.log:
        assert (request.headers.get("Cookie"), request.headers.get("Authorization")) == (None, None)
        assert request.headers["Cart-Token"] == "x.y.z"


def test_leaves_a_shop_alone_that_does_not_answer(door: HTTPServer, client: WooCommerceClient) -> None:
    door.expect_request(PATH).respond_with_response(Response("busy", 503))
    for _ in range(5):
        with pytest.raises(UnknownFate):
            client.write("POST", "orders/7", {}, is_repeatable=False)
    with pytest.raises(Unavailable, match="in a moment"):
        client.read("orders/7")
    assert len(door.log) == 5


def test_tells_no_secret_in_an_error(door: HTTPServer, client: WooCommerceClient) -> None:
    door.expect_request(PATH).respond_with_json({"code": "woocommerce_rest_cannot_view"}, status=401)
    with pytest.raises(FixConfiguration) as caught:
        client.read("orders/7", email="anouk@example.com")
    told = f"{caught.value!r} {caught.value.__cause__!r}"
    assert "PREVENANT_WOOCOMMERCE_KEY" in told and not any(each in told for each in (KEY, SECRET, "anouk"))


@pytest.mark.parametrize(("status", "said", "expected"), [
    (401, {"code": "woocommerce_rest_missing_nonce"}, NotFound),
    (403, {}, FixConfiguration),
    (404, {"code": "rest_no_route"}, FixConfiguration),
    (404, {"code": "woocommerce_rest_shop_order_invalid_id"}, NotFound),
    (404, {}, FixConfiguration),
    (400, {"code": "rest_invalid_param", "data": {"params": {"billing": "x"}}}, FixInput),
    (400, {"code": "woocommerce_rest_customer_invalid_email"}, FixInput),
    (400, {"code": "woocommerce_rest_product_partially_out_of_stock"}, InsufficientStock),
    (400, {"code": "woocommerce_rest_cart_coupon_error"}, NotAllowed),
    (400, {"code": "woocommerce_rest_cart_invalid_product"}, NotFound),
    (409, {"code": "woocommerce_rest_cart_invalid_key"}, Conflict),
    (500, {"code": "woocommerce_rest_cannot_create_order_refund"}, NotAllowed),
    (500, {"code": "woocommerce_rest_unknown_server_error"}, Unavailable),
    (500, {"code": "internal_server_error"}, Unavailable),
])
def test_says_what_to_do_for_each_refusal(status: int, said: dict[str, object], expected: type[Exception]) -> None:
    assert type(translate(status, said)) is expected
