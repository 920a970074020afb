"""Many calls at once: each row's own answer in its place."""

from collections.abc import Iterator
from dataclasses import replace

import orjson
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.channels.deliver import Senders, open_senders
from bot.errors import FixConfiguration, NotAllowed, RateLimited
from bot.settings import Settings
from tests.channels.rows import make_row


@pytest.fixture
def senders(httpserver: HTTPServer) -> Iterator[Senders]:
    opened = open_senders(Settings(graph_url=httpserver.url_for("/v25.0"), whatsapp_phone_number_id="1",
                                   whatsapp_token="t"))
    yield opened
    opened.close()


def _row(number: int, address: str = "") -> object:
    return replace(make_row(channel="whatsapp", address=address or f"336{number:08}"), outbox_id=number)


def test_gives_each_row_its_own_answer(httpserver: HTTPServer, senders: Senders) -> None:
    def answer(request: Request) -> Response:
        body = orjson.loads(request.data)
        number = int(body["biz_opaque_callback_data"])
        if number % 5 == 1:
            return Response(orjson.dumps({"error": {"code": 131047}}), 400)
        if number % 5 == 2:
            return Response(orjson.dumps({"error": {"code": 130429}}), 400)
        return Response(orjson.dumps({"messages": [{"id": f"wamid.{number}"}]}))

    httpserver.expect_request("/v25.0/1/messages").respond_with_handler(answer)
    rows = [_row(number) for number in range(40)]
    found = senders.send_all(rows)  # type: ignore[arg-type]
    for number, result in enumerate(found):
        match number % 5:
            case 1:
                assert isinstance(result, NotAllowed) and result.reason == "window_closed"
            case 2:
                assert isinstance(result, RateLimited)
            case _:
                assert result == f"wamid.{number}"


def test_sends_the_others_when_one_cannot_even_be_written(httpserver: HTTPServer, senders: Senders) -> None:
    httpserver.expect_request("/v25.0/1/messages").respond_with_json({"messages": [{"id": "w"}]})
    nobody = replace(make_row(channel="whatsapp"), outbox_id=1, address="")
    refused, sent = senders.send_all([nobody, _row(2)])  # type: ignore[list-item]
    assert isinstance(refused, NotAllowed)
    assert sent == "w"


def test_makes_as_many_calls_at_once_as_the_way_bears(senders: Senders) -> None:
    assert senders.at_once("whatsapp") > senders.at_once("email") > 1


def test_says_for_every_row_that_its_channel_is_not_there(senders: Senders) -> None:
    (found,) = senders.send_all([make_row(channel="pigeon")])
    assert isinstance(found, FixConfiguration)
