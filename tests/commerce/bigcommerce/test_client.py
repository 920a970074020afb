"""Between us and BigCommerce: what is repeated and what is not, its rates, what refusals mean, and no secrets told."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from bot.commerce.bigcommerce.answers import translate
from bot.commerce.bigcommerce.client import BigCommerceClient
from bot.commerce.bigcommerce.throttle import Quota
from bot.errors import (
    Conflict,
    FixConfiguration,
    FixInput,
    NotAllowed,
    NotFound,
    RateLimited,
    Unavailable,
    UnknownFate,
)

TOKEN = "a-token-of-tests"
PATH, AT = "/stores/abc/v2/orders/7", "v2/orders/7"


@pytest.fixture(scope="module")
def opened_door() -> Iterator[HTTPServer]:
    with HTTPServer() as server:
        yield server


@pytest.fixture
def door(opened_door: HTTPServer) -> HTTPServer:
    opened_door.clear()
    return opened_door


@pytest.fixture
def client(door: HTTPServer) -> Iterator[BigCommerceClient]:
    opened = BigCommerceClient(door.url_for("/stores/abc"), TOKEN, deadline_seconds=2.0)
    yield opened
    opened.close()


def test_sends_nothing_twice_that_is_not_the_same_twice(door: HTTPServer, client: BigCommerceClient) -> None:
    door.expect_request(PATH).respond_with_response(Response("busy", 503))
    with pytest.raises(UnknownFate):
        client.write("POST", AT, {}, is_repeatable=False)
    assert len(door.log) == 1


@pytest.mark.parametrize("is_write", [False, True])
def test_repeats_what_may_be_repeated_until_it_is_answered(
    door: HTTPServer, client: BigCommerceClient, is_write: bool
) -> None:
    for status in (503, 502):
        door.expect_oneshot_request(PATH).respond_with_response(Response("busy", status))
    door.expect_oneshot_request(PATH).respond_with_json({"id": 7})
    told = client.write("PUT", AT, {}, is_repeatable=True) if is_write else client.read(AT)
    assert told == {"id": 7} and len(door.log) == 3


def test_waits_as_long_as_it_is_asked_to_and_no_longer_than_the_deadline(
    door: HTTPServer, client: BigCommerceClient
) -> None:
    door.expect_oneshot_request(PATH).respond_with_response(
        Response("", 429, {"X-Rate-Limit-Time-Reset-Ms": "100"}))
    door.expect_oneshot_request(PATH).respond_with_json({"id": 7})
    assert client.write("POST", AT, {}, is_repeatable=False) == {"id": 7}  # it was not done
    door.expect_oneshot_request(PATH).respond_with_response(
        Response("", 429, {"X-Rate-Limit-Time-Reset-Ms": "15000"}))
    with pytest.raises(RateLimited) as caught:
        client.read(AT)
    assert caught.value.retry_after_seconds == 15


def test_asks_nothing_while_no_request_is_left(door: HTTPServer, client: BigCommerceClient) -> None:
    spent = {"X-Rate-Limit-Requests-Left": "0", "X-Rate-Limit-Time-Reset-Ms": "15000"}
    door.expect_request(PATH).respond_with_response(Response('{"id": 7}', headers=spent))
    assert client.read(AT) == {"id": 7}
    with pytest.raises(RateLimited) as caught:
        client.read(AT)
    assert len(door.log) == 1 and 14 < caught.value.retry_after_seconds <= 15


def test_knows_how_long_there_is_nothing_to_spend() -> None:
    now = [100.0]
    quota = Quota(lambda: now[0])
    assert quota.wait_seconds() == 0
    quota.note(0, 3.0)
    assert quota.wait_seconds() == 3
    now[0] += 2
    assert quota.wait_seconds() == 1
    quota.note(None, 1.0)  # an answer without those headers says nothing
    assert quota.wait_seconds() == 1
    quota.note(5, 1.0)
    assert quota.wait_seconds() == 0


def test_reads_page_after_page_of_both_apis_until_there_is_no_more(
    door: HTTPServer, client: BigCommerceClient
) -> None:
    for page, said in (("1", [1, 2]), ("2", [3, 4])):  # V2: a full last page, then no body at all
        door.expect_request("/stores/abc/v2/orders", query_string={"page": page, "limit": "2"}).respond_with_json(said)
    door.expect_request("/stores/abc/v2/orders", query_string={"page": "3", "limit": "2"}).respond_with_response(
        Response(status=204))
    assert list(client.read_every("v2/orders", limit=2)) == [1, 2, 3, 4]
    for page, said in (("1", [1, 2]), ("2", [3, 4])):  # V3 counts its pages, and drops what a page may not hold
        door.expect_request("/stores/abc/v3/customers", query_string={"page": page, "limit": "250"}).respond_with_json(
            {"data": said, "meta": {"pagination": {"total_pages": 2}}})
    assert list(client.read_every("v3/customers")) == [1, 2, 3, 4] and len(door.log) == 5


def test_takes_an_answer_without_a_body_for_nothing(door: HTTPServer, client: BigCommerceClient) -> None:
    door.expect_request(PATH).respond_with_response(Response(status=204))
    assert client.write("DELETE", AT, is_repeatable=True) is None
    with pytest.raises(NotFound):
        client.read(AT)


def test_takes_a_page_that_is_no_api_for_none(door: HTTPServer, client: BigCommerceClient) -> None:
    door.expect_request(PATH).respond_with_data("<html>Maintenance</html>")
    with pytest.raises(Unavailable):
        client.read(AT)


def test_follows_nobody_elsewhere_with_its_token(door: HTTPServer, client: BigCommerceClient) -> None:
    door.expect_request(PATH).respond_with_response(Response("", 301, {"Location": door.url_for("/elsewhere")}))
    with pytest.raises(FixConfiguration, match="PREVENANT_BIGCOMMERCE_URL"):
        client.read(AT)
    assert len(door.log) == 1


def test_leaves_a_shop_alone_that_does_not_answer(door: HTTPServer, client: BigCommerceClient) -> None:
    door.expect_request(PATH).respond_with_response(Response("busy", 503))
    for _ in range(5):
        with pytest.raises(UnknownFate):
            client.write("POST", AT, {}, is_repeatable=False)
    with pytest.raises(Unavailable, match="in a moment"):
        client.read(AT)
    assert len(door.log) == 5


@pytest.mark.parametrize("status", [401, 403])
def test_tells_no_secret_in_an_error(door: HTTPServer, client: BigCommerceClient, status: int) -> None:
    door.expect_request("/stores/abc/v3/customers").respond_with_data("Unauthorized", status=status)
    with pytest.raises(FixConfiguration) as caught:
        client.read("v3/customers", {"email:in": "anouk@example.com"})
    told = f"{caught.value!r} {caught.value.__cause__!r}"
    assert "docs/bigcommerce.md" in told and not any(each in told for each in (TOKEN, "anouk"))


@pytest.mark.parametrize(("status", "said", "expected"), [
    (400, [{"status": 400, "message": "The field 'x' cannot be written to."}], NotAllowed),
    (404, [{"status": 404, "message": "The requested resource was not found."}], NotFound),
    (409, {"status": 409, "title": "possible conflict"}, Conflict),
    (422, {"status": 422, "errors": {"0.postal_code": "required"}}, FixInput),
    (422, {"status": 422, "errors": {".customer_update": "Error updating customers"}}, NotAllowed),
    (422, {"status": 422, "title": "You can only purchase a maximum of 2"}, NotAllowed),
    (413, None, NotAllowed),
    (503, {"status": 503}, Unavailable),
])
def test_says_what_to_do_for_each_refusal(status: int, said: Any, expected: type[Exception]) -> None:
    error = translate(status, json.loads(json.dumps(said)))
    assert type(error) is expected and "maximum" not in str(error)
