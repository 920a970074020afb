"""Between us and Vendure: what is repeated and what is not, deadlines, a rest after failures, and no secrets told."""

import time
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.commerce.breaker import Breaker
from bot.commerce.vendure.client import VendureClient, is_known, translate, unwrap
from bot.errors import (
    FixConfiguration,
    FixInput,
    InsufficientStock,
    NotAllowed,
    NotFound,
    RateLimited,
    Unavailable,
    UnknownFate,
)
from tests.commerce.vendure.conftest import make_engine
from tests.servers.vendure_shop import VendureShop

KEY, SECRET = "an-api-key-of-tests", "a-session-secret-of-tests"
PATH = "/admin-api"


@pytest.fixture
def door() -> Iterator[HTTPServer]:
    with HTTPServer() as server:
        yield server


@pytest.fixture
def client(door: HTTPServer) -> Iterator[VendureClient]:
    opened = VendureClient(door.url_for(""), KEY, SECRET, deadline_seconds=1.0)
    yield opened
    opened.close()


def test_sends_nothing_twice_that_is_not_keyed(door: HTTPServer, client: VendureClient) -> None:
    door.expect_request(PATH).respond_with_response(Response("busy", 503))
    with pytest.raises(UnknownFate):
        client.write("mutation { it }")
    assert len(door.log) == 1


@pytest.mark.parametrize("is_keyed", [False, True])
def test_repeats_reads_and_keyed_writes_until_they_are_answered(
    door: HTTPServer, client: VendureClient, is_keyed: bool
) -> None:
    for status in (503, 502):
        door.expect_ordered_request(PATH).respond_with_response(Response("busy", status))
    door.expect_ordered_request(PATH).respond_with_json({"data": {"it": 1}})
    asked = client.write("mutation { it }", is_keyed=True) if is_keyed else client.read("query { it }")
    assert asked == {"it": 1} and len(door.log) == 3


@pytest.mark.parametrize(("is_write", "expected"), [(False, Unavailable), (True, UnknownFate)])
def test_waits_no_longer_than_its_deadline_for_a_body_that_drips(
    door: HTTPServer, client: VendureClient, is_write: bool, expected: type[Exception]
) -> None:
    def drip(_request: Request) -> Response:
        def drops() -> Iterator[bytes]:
            for _ in range(40):
                time.sleep(0.1)
                yield b" "

        return Response(drops(), 200)

    door.expect_request(PATH).respond_with_handler(drip)
    begun = time.monotonic()
    with pytest.raises(expected):
        (client.write if is_write else client.read)("it")
    assert time.monotonic() - begun < 2.5


def test_knows_that_nothing_left_when_nobody_listens() -> None:
    client = VendureClient("http://127.0.0.1:1", KEY, SECRET, deadline_seconds=0.3)
    with pytest.raises(Unavailable):
        client.write("mutation { it }")


def test_honours_a_rate_limit(door: HTTPServer, client: VendureClient) -> None:
    door.expect_request(PATH).respond_with_response(Response("slowly", 429, {"Retry-After": "7"}))
    with pytest.raises(RateLimited) as caught:
        client.read("query { it }")
    assert caught.value.retry_after_seconds == 7 and len(door.log) == 1


@pytest.mark.parametrize(("code", "expected"), [
    ("FORBIDDEN", FixConfiguration), ("ENTITY_NOT_FOUND", NotFound), ("USER_INPUT_ERROR", FixInput),
    ("INTERNAL_SERVER_ERROR", Unavailable), ("GRAPHQL_VALIDATION_FAILED", FixConfiguration),
])
def test_translates_an_error_inside_a_200(
    door: HTTPServer, client: VendureClient, code: str, expected: type[Exception]
) -> None:
    door.expect_request(PATH).respond_with_json({"errors": [{"message": "m", "extensions": {"code": code}}]})
    with pytest.raises(expected):
        client.read("query { it }")


def test_tells_no_secret(door: HTTPServer, client: VendureClient) -> None:
    door.expect_request(PATH).respond_with_response(Response("busy", 503))
    with pytest.raises(Unavailable) as caught:
        client.read("query { it }", email="ada@example.com")
    told = f"{caught.value!r} {caught.value.__cause__!r} {client!r}"
    assert not any(secret in told for secret in (KEY, SECRET, "ada@example.com"))


def test_an_error_result_is_no_answer() -> None:
    assert unwrap({"id": "1", "problem": None}) == {"id": "1", "problem": None}
    with pytest.raises(InsufficientStock) as caught:
        unwrap({"errorCode": "INSUFFICIENT_STOCK_ERROR", "quantityAvailable": 2})
    assert caught.value.available == 2
    with pytest.raises(NotFound):
        unwrap(None)


def test_an_unknown_error_is_a_refusal_and_no_success() -> None:
    assert isinstance(translate("SOMETHING_NEW_ERROR", {}), NotAllowed)


def test_rests_after_failures_and_asks_once_after_that() -> None:
    now = 0.0
    breaker = Breaker("It", most_failures=2, rest_seconds=10, clock=lambda: now)
    for _ in range(2):
        breaker.require_rested()
        breaker.note(has_answered=False)
    with pytest.raises(Unavailable):
        breaker.require_rested()
    now = 11.0
    breaker.require_rested()  # one asks,
    with pytest.raises(Unavailable):
        breaker.require_rested()  # the others wait for what it hears
    breaker.note(has_answered=True)
    breaker.require_rested()


_ROOT_ERRORS = {  # of Vendure's own administration, which no document of ours asks for
    "CHANNEL_DEFAULT_LANGUAGE_ERROR", "CREATE_FULFILLMENT_ERROR", "DUPLICATE_ENTITY_ERROR",
    "EMPTY_ORDER_LINE_SELECTION_ERROR", "FACET_IN_USE_ERROR", "FULFILLMENT_STATE_TRANSITION_ERROR",
    "INVALID_FULFILLMENT_HANDLER_ERROR", "LANGUAGE_NOT_AVAILABLE_ERROR", "MIME_TYPE_ERROR", "MISSING_CONDITIONS_ERROR",
    "MULTIPLE_ORDER_ERROR", "PRODUCT_OPTION_GROUP_IN_USE_ERROR", "PRODUCT_OPTION_IN_USE_ERROR", "UNKNOWN_ERROR",
}


def test_every_error_code_of_a_live_vendure_has_a_word(vendure: VendureShop) -> None:
    listed = vendure.admin("{ __type(name: \"ErrorCode\") { enumValues { name } } }")["__type"]["enumValues"]
    codes = {each["name"] for each in listed} - _ROOT_ERRORS
    assert sorted(code for code in codes if not is_known(code)) == []


def test_says_which_setting_is_wrong_when_the_key_does_not_hold(vendure: VendureShop) -> None:
    client = VendureClient(vendure.url, "not-a-key", SECRET, deadline_seconds=10)
    with pytest.raises(FixConfiguration, match="PREVENANT_VENDURE_API_KEY"):
        client.read("query { orders { totalItems } }")


def test_opens_no_session_with_a_secret_that_does_not_hold(vendure: VendureShop) -> None:
    client = VendureClient(vendure.url, vendure.api_key, "another-secret-of-tests", deadline_seconds=10)
    with pytest.raises(FixConfiguration, match="PREVENANT_VENDURE_SESSION_SECRET"):
        client.write_as("1", "mutation { logout { success } }")


def test_the_key_may_not_do_what_the_engine_never_does(vendure: VendureShop) -> None:
    client = VendureClient(vendure.url, vendure.api_key, SECRET, deadline_seconds=10)
    with pytest.raises(FixConfiguration):
        client.write("mutation { deleteProduct(id: 1) { result } }")
    assert make_engine(vendure).search_products(limit=1).items
