"""A service of carriers on this machine: answers recorded from EasyPost, and webhooks signed as EasyPost signs them."""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from ruamel.yaml import YAML

from bot.carriers.easypost import EasyPost

SECRET = "un sécret de la boutique"
KEY = "EZTK-for-tests-only"


@pytest.fixture
def easypost(httpserver: HTTPServer) -> EasyPost:
    """The client, pointed at this machine."""
    return EasyPost(KEY, SECRET, httpserver.url_for("/v2"), timeout_seconds=2)


@pytest.fixture
def tracker() -> dict[str, Any]:
    """A tracker with the fields that count, in EasyPost's shape."""
    return {
        "id": "trk_1", "object": "Tracker", "tracking_code": "EZ1", "status": "in_transit", "carrier": "LaPoste",
        "status_detail": "departed_facility", "updated_at": "2026-11-24T08:00:00Z", "finalized": False,
        "est_delivery_date": "2026-11-26T00:00:00Z", "public_url": "https://track.easypost.com/1",
        "tracking_details": [_detail("2026-11-23T17:30:00Z", "in_transit", "Lyon")],
    }


@pytest.fixture
def play(httpserver: HTTPServer, shared_data: Path) -> Callable[[str], list[dict[str, Any]]]:
    """Answer as in a recording; returns what it holds."""

    def play_recording(name: str) -> list[dict[str, Any]]:
        calls = YAML(typ="safe").load(shared_data / "fixtures" / "easypost" / f"{name}.yaml")["interactions"]
        for call in calls:
            request, answer = call["request"], call["response"]
            path = request["uri"].removeprefix("https://api.easypost.com")
            body = json.loads(request["body"]) if request["body"] else None
            expected = {"json": body} if body else {}
            httpserver.expect_ordered_request(path, request["method"], **expected).respond_with_data(
                answer["body"]["string"], answer["status"]["code"], content_type="application/json"
            )
        return calls

    return play_recording


def sign(body: bytes, secret: str = SECRET) -> str:
    """The header's value, after EasyPost's guide and not after its library."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return "hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def event_of(tracker: dict[str, Any]) -> bytes:
    """The body of a webhook that tells of a tracker."""
    return json.dumps({"object": "Event", "description": "tracker.updated", "result": tracker}).encode()


def _detail(at: str, status: str, city: str) -> dict[str, Any]:
    return {"datetime": at, "status": status, "message": f"Passed {city}", "tracking_location": {"city": city}}
