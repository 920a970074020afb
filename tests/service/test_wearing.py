"""What is said where the process `tryon` makes no picture: that it has much to do only where it has."""

from dataclasses import replace

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Response

from bot.errors import NotAllowed
from bot.service import wearing
from bot.service.try_on import Fitting
from bot.settings import Settings
from tests.servers.ports import find_free_port

TEE = Fitting("tee", "t-shirt", "navy", "plain", "cotton", "Tee")


@pytest.mark.parametrize(("answer", "reason"), [
    (Response('{"reason": "busy"}', 503), "busy"), (Response('{"reason": "too_dark"}', 422), "too_dark"),
    (Response("Internal Server Error", 500), "unavailable"),
    (Response('{"detail": "Not Found"}', 404), "unavailable"),  # the two do not share a secret
])
def test_tells_the_process_much_at_work_from_the_process_broken(
    settings: Settings, httpserver: HTTPServer, answer: Response, reason: str
) -> None:
    httpserver.expect_request("/try-on").respond_with_response(answer)
    with pytest.raises(NotAllowed) as refused:
        wearing.put_on(replace(settings, try_on_url=httpserver.url_for("").rstrip("/")), TEE, "en", b"x")
    assert refused.value.reason == reason


def test_a_process_that_is_away_is_not_called_busy_and_a_slow_one_is(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = replace(settings, try_on_url=f"http://127.0.0.1:{find_free_port()}")
    with pytest.raises(NotAllowed) as refused:
        wearing.put_on(away, TEE, "en", b"x")
    assert refused.value.reason == "unavailable"

    def wait(*_: object, **__: object) -> None:
        raise requests.ReadTimeout

    monkeypatch.setattr(requests, "post", wait)
    with pytest.raises(NotAllowed) as refused:
        wearing.put_on(away, TEE, "en", b"x")
    assert refused.value.reason == "busy"
    with pytest.raises(NotAllowed) as refused:  # the engine elsewhere is: nobody here has much to do
        wearing.put_on(away, replace(TEE, engine="fashn"), "en", b"x")
    assert refused.value.reason == "unavailable"
