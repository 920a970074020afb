"""Between us and Adobe Commerce: what is repeated and what is not, what refusals mean, and no secrets told."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from bot.commerce.adobe.answers import translate
from bot.commerce.adobe.client import AdobeClient
from bot.commerce.adobe.criteria import Filter, Search, one_of
from bot.errors import FixConfiguration, FixInput, NotAllowed, NotFound, RateLimited, Unavailable, UnknownFate
from tests.servers.adobe.server import KEYS

PATH = "/rest/fr/V1/orders/7"


@pytest.fixture
def door(server: HTTPServer) -> HTTPServer:
    server.clear()
    return server


@pytest.fixture
def client(door: HTTPServer) -> Iterator[AdobeClient]:
    opened = AdobeClient(door.url_for(""), KEYS, store="fr", deadline_seconds=2.0)
    yield opened
    opened.close()


def test_sends_nothing_twice_that_is_not_the_same_twice(door: HTTPServer, client: AdobeClient) -> None:
    door.expect_request(PATH).respond_with_response(Response("busy", 503))
    with pytest.raises(UnknownFate):
        client.write("POST", "orders/7", {}, is_repeatable=False)
    assert len(door.log) == 1


@pytest.mark.parametrize("is_write", [False, True])
def test_repeats_what_may_be_repeated_each_time_with_a_signature_of_its_own(
    door: HTTPServer, client: AdobeClient, is_write: bool
) -> None:
    for status in (503, 502):
        door.expect_oneshot_request(PATH).respond_with_response(Response("busy", status))
    door.expect_oneshot_request(PATH).respond_with_json({"entity_id": 7})
    told = client.write("PUT", "orders/7", {}, is_repeatable=True) if is_write else client.read("orders/7")
    signed = {request.headers["Authorization"] for request, _ in door.log}
    assert told == {"entity_id": 7} and len(signed) == 3
    assert all(each.startswith("OAuth ") and 'oauth_signature_method="HMAC-SHA256"' in each for each in signed)


def test_waits_as_long_as_it_is_asked_to_and_no_longer_than_the_deadline(
    door: HTTPServer, client: AdobeClient
) -> None:
    door.expect_oneshot_request(PATH).respond_with_response(Response("", 429, {"Retry-After": "0.1"}))
    door.expect_oneshot_request(PATH).respond_with_json({"entity_id": 7})
    assert client.write("POST", "orders/7", {}, is_repeatable=False) == {"entity_id": 7}  # it was not done
    door.expect_oneshot_request(PATH).respond_with_response(Response("", 429, {"Retry-After": "60"}))
    with pytest.raises(RateLimited) as caught:
        client.read("orders/7")
    assert caught.value.retry_after_seconds == 60


def test_takes_a_page_that_is_no_api_for_none(door: HTTPServer, client: AdobeClient) -> None:
    door.expect_request(PATH).respond_with_data("<html>Maintenance</html>")
    with pytest.raises(Unavailable):
        client.read("orders/7")


def test_follows_nobody_elsewhere_with_its_keys(door: HTTPServer, client: AdobeClient) -> None:
    door.expect_request(PATH).respond_with_response(Response("", 301, {"Location": door.url_for("/elsewhere")}))
    with pytest.raises(FixConfiguration, match="PREVENANT_ADOBE_URL"):
        client.read("orders/7")
    assert len(door.log) == 1


def test_takes_an_answer_of_200_that_tells_errors_for_none(door: HTTPServer, client: AdobeClient) -> None:
    told = {"bulk_uuid": "x", "request_items": [{"id": 0, "status": "rejected"}], "errors": True}
    door.expect_oneshot_request(PATH).respond_with_json(told)
    with pytest.raises(NotAllowed):
        client.write("POST", "orders/7", {}, is_repeatable=False)
    errors = [{"message": "%fieldName is a required field.", "parameters": {"fieldName": "postcode"}}]
    door.expect_oneshot_request(PATH).respond_with_json({"errors": errors})
    with pytest.raises(FixInput, match="postcode"):
        client.write("POST", "orders/7", {}, is_repeatable=False)


def test_reads_every_page_once_though_the_last_comes_again_and_again(
    door: HTTPServer, client: AdobeClient
) -> None:
    def listed(request: Any) -> Response:
        page = min(int(request.args["searchCriteria[currentPage]"]), 3)
        items = [{"id": number} for number in range(1, 8)][(page - 1) * 3 : page * 3]
        return Response(f'{{"items": {str(items).replace(chr(39), chr(34))}, "total_count": 7}}')

    door.expect_request("/rest/fr/V1/orders").respond_with_handler(listed)
    assert [each["id"] for each in client.search_every("orders", Search(size=3))] == list(range(1, 8))
    assert len(door.log) == 3
    assert client.search("orders", Search(size=3, page=9)) == ([], 7)


def test_asks_for_alternatives_in_one_group_and_for_all_groups() -> None:
    asked = Search(
        [one_of("sku", ["A", "B/C"]), [Filter("a", "1"), Filter("b", "2", "gt")]], sort=["-created_at"], size=5,
        fields="sku").parameters()
    group = "searchCriteria[filter_groups][1][filters]"
    assert asked["searchCriteria[filter_groups][0][filters][0][value]"] == "A,B/C"
    assert (asked[f"{group}[0][field]"], asked[f"{group}[1][condition_type]"]) == ("a", "gt")
    assert (asked["searchCriteria[sortOrders][0][direction]"], asked["fields"]) == ("DESC", "items[sku],total_count")


def test_leaves_a_shop_alone_that_does_not_answer(door: HTTPServer, client: AdobeClient) -> None:
    door.expect_request(PATH).respond_with_response(Response("busy", 503))
    for _ in range(5):
        with pytest.raises(UnknownFate):
            client.write("POST", "orders/7", {}, is_repeatable=False)
    with pytest.raises(Unavailable, match="in a moment"):
        client.read("orders/7")
    assert len(door.log) == 5


def test_tells_no_secret_in_an_error(door: HTTPServer, client: AdobeClient) -> None:
    door.expect_request(PATH).respond_with_json({"message": "The signature is invalid."}, status=401)
    with pytest.raises(FixConfiguration) as caught:
        client.read("orders/7", {"email": "anouk@example.com"})
    told = f"{caught.value!r} {caught.value.__cause__!r} {KEYS!r}"
    secrets = (KEYS.consumer_secret, KEYS.access_token, KEYS.access_secret, "anouk")
    assert "PREVENANT_ADOBE_CONSUMER_KEY" in told and not any(each in told for each in secrets)


_LACKS = {"message": "The consumer isn't authorized to access %resources.",
          "parameters": {"resources": "Magento_Sales::cancel"}}
_TWO = {"message": "One or more input exceptions have occurred.", "errors": [
    {"message": '"%fieldName" is required.', "parameters": {"fieldName": "telephone"}}]}


@pytest.mark.parametrize(("status", "said", "expected", "words"), [
    (401, _LACKS, FixConfiguration, "Magento_Sales::cancel"),
    (401, {"message": "The signature is invalid."}, FixConfiguration, "PREVENANT_ADOBE_CONSUMER_KEY"),
    (403, None, FixConfiguration, "firewall"),
    (404, {"message": "Request does not match any route."}, FixConfiguration, "module"),
    (404, None, FixConfiguration, "PREVENANT_ADOBE_URL"),
    (404, {"message": "No such entity with %fieldName = %fieldValue"}, NotFound, ""),
    (400, _TWO, FixInput, "phone"),
    (400, {"message": "A customer with the same email address already exists in an associated website."}, FixInput,
     "email"),
    (400, {"message": "The requested qty is not available"}, NotAllowed, ""),
    (400, {"message": "x", "parameters": ["a"]}, NotAllowed, ""),
    (500, {"message": "Internal Error. Details are available in Magento log file."}, Unavailable, "500"),
    (503, None, Unavailable, "503"),
])
def test_says_what_to_do_for_each_refusal(
    status: int, said: dict[str, Any] | None, expected: type[Exception], words: str
) -> None:
    error = translate(status, said)
    assert type(error) is expected and words in str(error)
