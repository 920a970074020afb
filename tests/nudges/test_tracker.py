"""Rasa hears of nudges that left, at its own pace."""

import threading

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.nudges import tracker
from bot.nudges.tracker import TrackerNotes
from bot.settings import Settings


def test_tells_each_note_and_goes_on_after_a_refusal(httpserver: HTTPServer) -> None:
    told = []

    def hear(request: Request) -> Response:
        told.append(request.json["outbox_id"])
        return Response(status=500 if len(told) == 1 else 200)

    httpserver.expect_request("/webhooks/gateway/nudges").respond_with_handler(hear)
    notes = TrackerNotes(Settings(rasa_url=httpserver.url_for("").rstrip("/")))
    assert all(notes("s", number, "Hello") for number in range(3))
    notes.wait()
    assert told == [0, 1, 2]


def test_keeps_nobody_waiting_when_rasa_is_slow(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker, "MOST_WAITING", 2)
    go_on = threading.Event()

    def hear(_request: Request) -> Response:
        go_on.wait(5)
        return Response()

    httpserver.expect_request("/webhooks/gateway/nudges").respond_with_handler(hear)
    notes = TrackerNotes(Settings(rasa_url=httpserver.url_for("").rstrip("/")))
    taken = [notes("s", number, "Hello") for number in range(10)]
    assert 2 <= sum(taken) <= 3
    go_on.set()
    notes.wait()
