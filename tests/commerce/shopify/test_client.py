"""Between us and Shopify: its points, its token of a day, what is repeated and what is not, and no secrets told."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.commerce.shopify.answers import translate, translate_user_error
from bot.commerce.shopify.client import ShopifyClient
from bot.commerce.shopify.throttle import Bucket
from bot.commerce.shopify.token import Token, TokenKeeper
from bot.errors import Conflict, FixConfiguration, FixInput, NotAllowed, NotFound, RateLimited, Unavailable, UnknownFate
from tests.servers.shopify.server import ADMIN_PATH, STOREFRONT_PATH, TOKEN_PATH

ID, SECRET, STOREFRONT = "an-id-of-tests", "a-secret-of-tests", "a-private-token-of-tests"
THROTTLED = {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}


def _cost(left: float, asked: float = 100.0) -> dict[str, object]:
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": left, "restoreRate": 1000.0}
    return {"extensions": {"cost": {"requestedQueryCost": asked, "throttleStatus": status}}}


@pytest.fixture
def door() -> Iterator[HTTPServer]:
    with HTTPServer() as server:
        yield server


@pytest.fixture
def client(door: HTTPServer) -> Iterator[ShopifyClient]:
    given = {"access_token": "t-1", "scope": "read_orders", "expires_in": 86_399}
    door.expect_request(TOKEN_PATH).respond_with_json(given)
    opened = ShopifyClient(door.url_for(""), ID, SECRET, STOREFRONT, deadline_seconds=2.0)
    yield opened
    opened.close()


def _calls(door: HTTPServer, path: str = ADMIN_PATH) -> list[Request]:
    return [request for request, _ in door.log if request.path == path]


def test_sends_nothing_twice_that_is_not_the_same_twice(door: HTTPServer, client: ShopifyClient) -> None:
    door.expect_request(ADMIN_PATH).respond_with_response(Response("busy", 503))
    with pytest.raises(UnknownFate):
        client.write("mutation { it }")
    assert len(_calls(door)) == 1


@pytest.mark.parametrize("is_write", [False, True])
def test_repeats_what_may_be_repeated_until_it_is_answered(
    door: HTTPServer, client: ShopifyClient, is_write: bool
) -> None:
    for status in (503, 502):
        door.expect_oneshot_request(ADMIN_PATH).respond_with_response(Response("busy", status))
    door.expect_oneshot_request(ADMIN_PATH).respond_with_json({"data": {"it": 1}})
    asked = client.write("mutation { it }", is_repeatable=True) if is_write else client.read("query { it }")
    assert asked == {"it": 1} and len(_calls(door)) == 3


def test_does_not_know_what_became_of_a_write_when_one_of_its_tries_was_lost(
    door: HTTPServer, client: ShopifyClient
) -> None:
    door.expect_oneshot_request(ADMIN_PATH).respond_with_response(Response("busy", 502))
    for _ in range(2):
        door.expect_oneshot_request(ADMIN_PATH).respond_with_json({**THROTTLED, **_cost(0)})
    with pytest.raises(UnknownFate):
        client.write("mutation { it }", is_repeatable=True)


def test_waits_for_its_points_when_it_is_throttled_inside_a_200(door: HTTPServer, client: ShopifyClient) -> None:
    door.expect_oneshot_request(ADMIN_PATH).respond_with_json({**THROTTLED, **_cost(50)})
    door.expect_oneshot_request(ADMIN_PATH).respond_with_json({"data": {"it": 1}, **_cost(900)})
    assert client.write("mutation { it }") == {"it": 1}  # it was not done: even this may be sent again


def test_says_when_its_points_are_back_when_that_is_after_the_deadline(
    door: HTTPServer, client: ShopifyClient
) -> None:
    told = _cost(0, asked=2000.0)
    told["extensions"]["cost"]["throttleStatus"]["restoreRate"] = 100.0  # type: ignore[index]
    door.expect_oneshot_request(ADMIN_PATH).respond_with_json({**THROTTLED, **told})
    for _ in range(2):  # the second is not even sent
        with pytest.raises(RateLimited) as caught:
            client.read("query { it }")
        assert 15 < caught.value.retry_after_seconds <= 20
    assert len(_calls(door)) == 1


def test_asks_for_a_new_token_when_the_old_one_is_refused(door: HTTPServer, client: ShopifyClient) -> None:
    door.expect_oneshot_request(ADMIN_PATH).respond_with_response(Response('{"errors": "Invalid API key"}', 401))
    door.expect_oneshot_request(ADMIN_PATH).respond_with_json({"data": {"it": 1}})
    assert client.write("mutation { it }") == {"it": 1} and len(_calls(door, TOKEN_PATH)) == 2


def test_asks_for_its_token_by_client_credentials_once(door: HTTPServer, client: ShopifyClient) -> None:
    door.expect_request(ADMIN_PATH).respond_with_json({"data": {"it": 1}})
    for _ in range(3):
        client.read("query { it }")
    (asked,) = _calls(door, TOKEN_PATH)
    assert dict(parse_qsl(asked.get_data(as_text=True))) == {
        "grant_type": "client_credentials", "client_id": ID, "client_secret": SECRET}
    assert {each.headers["X-Shopify-Access-Token"] for each in _calls(door)} == {"t-1"}


def test_names_the_settings_when_shopify_gives_no_token(door: HTTPServer) -> None:
    door.expect_request(TOKEN_PATH).respond_with_json({"error": "shop_not_permitted"}, status=400)
    client = ShopifyClient(door.url_for(""), ID, SECRET, STOREFRONT, deadline_seconds=1.0)
    with pytest.raises(FixConfiguration, match="PREVENANT_SHOPIFY_CLIENT_ID") as caught:
        client.read("query { it }")
    assert SECRET not in str(caught.value)


def test_takes_what_gives_no_token_for_no_shop_of_shopifys(door: HTTPServer) -> None:
    door.expect_request(TOKEN_PATH).respond_with_json({"hello": "world"})
    client = ShopifyClient(door.url_for(""), ID, SECRET, STOREFRONT, deadline_seconds=1.0)
    with pytest.raises(FixConfiguration, match="PREVENANT_SHOPIFY_URL"):
        client.read("query { it }")


def test_tells_shopifys_time_or_that_it_is_not_told(client: ShopifyClient) -> None:
    assert abs((client.read_time() - datetime.now(UTC)).total_seconds()) < 30
    nowhere = ShopifyClient("http://127.0.0.1:1", ID, SECRET, STOREFRONT, deadline_seconds=0.5)
    with pytest.raises(Unavailable):
        nowhere.read_time()


def test_opens_the_storefront_with_its_own_token(door: HTTPServer, client: ShopifyClient) -> None:
    door.expect_request(STOREFRONT_PATH).respond_with_json({"data": {"it": 1}})
    assert client.browse("query { it }") == {"it": 1}
    (asked,) = _calls(door, STOREFRONT_PATH)
    assert asked.headers["Shopify-Storefront-Private-Token"] == STOREFRONT
    assert "X-Shopify-Access-Token" not in asked.headers


def test_knows_that_nothing_left_when_nobody_listens() -> None:
    client = ShopifyClient("http://127.0.0.1:1", ID, SECRET, STOREFRONT, deadline_seconds=0.3)
    with pytest.raises(Unavailable):
        client.shop("mutation { it }")


def test_leaves_the_shop_alone_after_failures_in_a_row(door: HTTPServer, client: ShopifyClient) -> None:
    door.expect_request(STOREFRONT_PATH).respond_with_response(Response("busy", 503))
    for _ in range(5):
        with pytest.raises(UnknownFate):
            client.shop("mutation { it }")
    with pytest.raises(Unavailable, match="asked again"):
        client.shop("mutation { it }")
    assert len(_calls(door, STOREFRONT_PATH)) == 5


@pytest.mark.parametrize(
    ("status", "word"), [(402, "frozen"), (403, "installed"), (404, "SHOPIFY_URL"), (423, "locked")])
def test_says_what_to_mend_when_the_shop_is_closed_to_us(
    door: HTTPServer, client: ShopifyClient, status: int, word: str
) -> None:
    door.expect_request(STOREFRONT_PATH).respond_with_response(Response("{}", status))
    with pytest.raises(FixConfiguration, match=word):
        client.browse("query { it }")


def test_names_the_scope_that_is_missing() -> None:
    error = {
        "message": "Access denied for returns field. Required access: `read_returns` access scope.",
        "extensions": {"code": "ACCESS_DENIED", "requiredAccess": "`read_returns` access scope."},
    }
    told = translate(error)
    assert isinstance(told, FixConfiguration) and "the scope read_returns" in str(told)


@pytest.mark.parametrize(("error", "expected"), [
    ({"message": "Invalid cursor for current pagination sort."}, FixInput),
    ({"message": "Invalid global id 'x'"}, NotFound),
    ({"message": "x", "extensions": {"code": "INVALID_VARIABLE", "problems": [{"path": ["address", "countryCode"]}]}},
     FixInput),
    ({"message": "x", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}, Unavailable),
    ({"message": "x", "extensions": {"code": "SHOP_INACTIVE"}}, FixConfiguration),
    ({"message": "Field 'it' doesn't exist", "extensions": {"code": "undefinedField"}}, FixConfiguration),
])
def test_says_what_an_error_of_graphql_means(error: dict[str, object], expected: type[Exception]) -> None:
    assert type(translate(error)) is expected


@pytest.mark.parametrize(("error", "expected"), [
    ({"field": ["address", "zip"], "message": "is not valid"}, FixInput("postcode", "Shopify refused it (invalid)")),
    ({"field": ["lines", "0", "quantity"], "message": "x", "code": "LESS_THAN"},
     FixInput("quantity", "Shopify refused it (LESS_THAN)")),
    ({"field": None, "message": "no"}, NotAllowed("shop_refused", "Shopify says no")),
    ({"field": ["id"], "message": "Customer does not exist"}, NotFound("Shopify has no such thing")),
    ({"field": ["metafields"], "message": "x", "code": "STALE_OBJECT"}, Conflict("it was changed meanwhile")),
    ({"field": ["orderId"], "message": "x", "code": "NO_REFUND_PERMISSION"}, FixConfiguration(
        "Shopify refused us with NO_REFUND_PERMISSION: docs/shopify.md says which rights the app needs")),
])
def test_says_why_a_mutation_was_refused_and_repeats_nothing_that_was_typed(
    error: dict[str, object], expected: Exception
) -> None:
    told = translate_user_error({**error, "message": f"{error['message']} secret@example.com"})
    assert (type(told), str(told)) == (type(expected), str(expected))


def test_renews_its_token_before_the_day_is_over() -> None:
    now, given = [0.0], iter("abc")
    keeper = TokenKeeper(lambda: Token(next(given), 86_399.0), clock=lambda: now[0])
    seen = []
    for now[0] in (0.0, 86_000.0, 86_100.0, 86_200.0):
        seen.append(keeper.get().value)
    assert seen == ["a", "a", "b", "b"]


def test_forgets_no_token_that_came_meanwhile() -> None:
    given = iter("ab")
    keeper = TokenKeeper(lambda: Token(next(given), 100.0))
    old = keeper.get()
    keeper.forget(old)
    assert keeper.get().value == "b"
    keeper.forget(old)
    assert keeper.get().value == "b"


def test_counts_the_points_that_come_back() -> None:
    now = [0.0]
    bucket = Bucket(clock=lambda: now[0])
    assert bucket.wait_seconds("it") == 0.0
    bucket.note("it", _cost(0, asked=500.0)["extensions"]["cost"])  # type: ignore[index]
    assert bucket.wait_seconds("it") == 0.5
    now[0] = 0.4
    assert bucket.wait_seconds("it") == pytest.approx(0.1)
    assert bucket.wait_seconds("never sent") == 0.0


def test_shows_no_secret_when_it_is_printed() -> None:
    assert "t-1" not in repr(Token("t-1", 1.0))
