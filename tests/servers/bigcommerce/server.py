"""A played BigCommerce over HTTP, in the shapes that its OpenAPI documents tell (SOURCE.md), from a shop in memory.

What it shows is that our calls and our reading of answers fit what is documented, and how we meet a shop that behaves
so. It is no live shop: where BigCommerce behaves otherwise than it documents, this does too.
"""

import json
import re
from collections.abc import Callable
from threading import Lock
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.servers.bigcommerce.rest import V2, V3, Listing, Refused
from tests.servers.bigcommerce.state import Shop

TOKEN = "a-token-of-tests"
STORE_PATH = "/stores/abc"


class PlayedBigCommerce:
    """The shop, its two APIs, and the answers that a test puts before theirs."""

    def __init__(self, server: HTTPServer, shop: Shop) -> None:
        self.shop, self.url = shop, server.url_for(STORE_PATH)
        self.faults: list[Callable[[], Response | None]] = []  # each for the next call; None lets it through
        self.lost: list[str] = []  # "METHOD words-of-a-path": such a call is done, and its answer lost, once
        self._apis, self._lock = {"v2": V2(shop), "v3": V3(shop)}, Lock()
        server.expect_request(re.compile(f"{STORE_PATH}/.*")).respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        if self.faults and (fault := self.faults.pop(0)()):
            return fault
        if request.headers.get("X-Auth-Token") != TOKEN:
            return Response("Unauthorized", 401)
        version, *path = request.path.removeprefix(f"{STORE_PATH}/").split("/")
        body = json.loads(request.get_data() or b"null")
        try:
            with self._lock:
                told = self._apis[version].answer(request.method, path, request.args, body)
        except Refused as refused:
            return _refuse(version, refused)
        said = f"{request.method} {request.path}"
        if word := next((each for each in self.lost if all(one in said for one in each.split())), ""):
            self.lost.remove(word)
            return Response("lost", 502)
        return respond(version, told)


def respond(version: str, told: Any) -> Response:
    """An answer as V2 or V3 gives it."""
    headers = {"X-Rate-Limit-Requests-Left": "149", "X-Rate-Limit-Time-Reset-Ms": "15000"}
    if told is None:
        return Response(status=204, headers=headers)
    if version == "v3":
        pages = {"pagination": {"total_pages": told.pages}} if isinstance(told, Listing) else {}
        told = {"data": told, "meta": pages}
    return Response(json.dumps(told), 200, headers, content_type="application/json")


def _refuse(version: str, refused: Refused) -> Response:
    told: Any = [{"status": refused.status, "message": "Refused."}] if version == "v2" else {
        "status": refused.status, "title": "Refused.", "type": "", "errors": refused.errors}
    return Response(json.dumps(told), refused.status, content_type="application/json")
