"""A file of Meta's: from Meta's hosts alone, no more than asked, the token to the first address alone."""

import hashlib
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.channels.messenger.media import MessengerMedia
from bot.channels.meta.files import fetch, is_metas
from bot.channels.whatsapp.media import WhatsAppMedia
from bot.errors import FixConfiguration, NotAllowed, NotFound, RateLimited, Unavailable
from bot.settings import Settings

GRAPH = "https://graph.facebook.com/v25.0"
DATA = b"a picture's bytes"


@pytest.mark.parametrize("url", [
    "", "http://scontent.xx.fbcdn.net/a", "https://fbcdn.net.evil.example/a", "https://evilfbcdn.net/a",
    "https://169.254.169.254/latest", "https://scontent.xx.fbcdn.net@evil.example/", "ftp://cdn.fbsbx.com/a",
    "https://me:word@cdn.fbsbx.com/a", "https://cdn.fbsbx.com:8443/a", "file:///etc/passwd", "//cdn.fbsbx.com/a",
    "https://cdn.fbsbx.com:port/", "https://[::1", "http://localhost:8000/internal", "https://graph.facebook.com.evil/",
])
def test_goes_to_no_host_that_is_not_metas(url: str) -> None:
    assert not is_metas(url, GRAPH)
    with pytest.raises(NotAllowed, match="address"):
        fetch(url, graph_url=GRAPH, most_bytes=10)


@pytest.mark.parametrize("url", [
    "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", "https://scontent-cdg4-2.xx.fbcdn.net/v/t1.jpg?oh=1",
    "https://mmg.whatsapp.net/a", "https://graph.facebook.com/v25.0/9",
])
def test_knows_metas_hosts(url: str) -> None:
    assert is_metas(url, GRAPH)


def _settings(server: HTTPServer) -> Settings:
    return Settings(graph_url=server.url_for("/v25.0"), whatsapp_phone_number_id="555", whatsapp_token="wa-token",
                    messenger_page_id="777", messenger_token="ms-token")


def _know(server: HTTPServer, **about: Any) -> None:
    known = {"url": server.url_for("/file"), "mime_type": "image/jpeg; x=1", "file_size": len(DATA), "id": "9", **about}
    server.expect_request("/v25.0/9", query_string="phone_number_id=555", headers={"Authorization": "Bearer wa-token"}
                          ).respond_with_json(known)


def test_asks_whatsapp_where_a_file_lies_and_fetches_it_with_the_token(httpserver: HTTPServer) -> None:
    _know(httpserver, sha256=hashlib.sha256(DATA).hexdigest())
    httpserver.expect_request("/file", headers={"Authorization": "Bearer wa-token"}).respond_with_data(DATA)
    file = WhatsAppMedia(_settings(httpserver)).fetch({"id": "9"}, 1_000)
    assert (file.content, file.content_type) == (DATA, "image/jpeg")


@pytest.mark.parametrize("media_id", ["", "../me", "9/x", "9?a=b", "é", "9 9"])
def test_asks_for_nothing_by_what_is_no_id(httpserver: HTTPServer, media_id: str) -> None:
    with pytest.raises(NotFound):
        WhatsAppMedia(_settings(httpserver)).fetch({"id": media_id}, 1_000)
    assert httpserver.log == []


def test_fetches_nothing_that_is_said_to_be_too_large(httpserver: HTTPServer) -> None:
    _know(httpserver, file_size="999999")
    with pytest.raises(NotAllowed) as refused:
        WhatsAppMedia(_settings(httpserver)).fetch({"id": "9"}, 1_000)
    assert refused.value.reason == "too_large" and len(httpserver.log) == 1


def test_takes_no_file_that_came_through_broken(httpserver: HTTPServer) -> None:
    _know(httpserver, sha256="0" * 64)
    httpserver.expect_request("/file").respond_with_data(DATA)
    with pytest.raises(Unavailable):
        WhatsAppMedia(_settings(httpserver)).fetch({"id": "9"}, 1_000)


@pytest.mark.parametrize("is_declared", [True, False])
def test_stops_reading_at_the_limit_whatever_was_declared(httpserver: HTTPServer, is_declared: bool) -> None:
    def pour(_request: Request) -> Response:
        headers = {"Content-Length": "1000000"} if is_declared else {}
        return Response((b"x" * 10_000 for _ in range(100)), headers=headers)

    httpserver.expect_request("/file").respond_with_handler(pour)
    with pytest.raises(NotAllowed) as refused:
        MessengerMedia(_settings(httpserver)).fetch({"url": httpserver.url_for("/file")}, 50_000)
    assert refused.value.reason == "too_large"


def test_follows_a_redirect_within_meta_without_the_token(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/from").respond_with_data("", 302, headers={"Location": "/file"})
    httpserver.expect_request("/file").respond_with_data(DATA)
    url, graph = httpserver.url_for("/from"), httpserver.url_for("/v25.0")
    assert fetch(url, graph_url=graph, most_bytes=100, token="secret").content == DATA
    assert ["Authorization" in request.headers for request, _ in httpserver.log] == [True, False]


@pytest.mark.parametrize("location", ["https://evil.example/", "http://127.0.0.1:1/", "/from", ""])
def test_follows_no_redirect_elsewhere_and_none_for_ever(httpserver: HTTPServer, location: str) -> None:
    httpserver.expect_request("/from").respond_with_data("", 302, headers={"Location": location})
    with pytest.raises(NotAllowed):
        fetch(httpserver.url_for("/from"), graph_url=httpserver.url_for("/v25.0"), most_bytes=100)
    assert len(httpserver.log) <= 3


@pytest.mark.parametrize(("status", "error"), [
    (404, NotFound), (403, NotFound), (410, NotFound), (401, FixConfiguration), (429, RateLimited), (500, Unavailable),
    (503, Unavailable),
])
def test_tells_what_is_gone_from_what_may_come(httpserver: HTTPServer, status: int, error: type) -> None:
    httpserver.expect_request("/file").respond_with_data("", status)
    with pytest.raises(error):
        fetch(httpserver.url_for("/file"), graph_url=httpserver.url_for("/v25.0"), most_bytes=100)


def test_may_try_again_where_nobody_answers() -> None:
    with pytest.raises(Unavailable):
        fetch("http://127.0.0.1:9/a", graph_url="http://127.0.0.1:9", most_bytes=100)
