"""A played WooCommerce over HTTP, in the shapes that its documentation records (SOURCE.md), from a shop in memory.

What it shows is that our calls and our reading of answers fit what is documented, and how we meet a shop that behaves
so. It is no live shop: where WooCommerce behaves otherwise than it documents, this does too.
"""

import json
import re
import time
from collections.abc import Callable
from threading import Lock
from typing import Any
from uuid import uuid4

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.servers.woocommerce import wire
from tests.servers.woocommerce.rest import Refused, Rest
from tests.servers.woocommerce.state import Basket, Shop
from tests.servers.woocommerce.store import TWO_DAYS_SECONDS, Store, make_token, session_in

KEY, SECRET = "ck_of_tests", "cs_a-secret-of-tests"
_REST, _STORE = "/wp-json/wc/v3/", "/wp-json/wc/store/v1/"


class PlayedWooCommerce:
    """The shop, its two APIs, and the answers that a test puts before theirs."""

    def __init__(self, server: HTTPServer, shop: Shop) -> None:
        self.shop, self.url = shop, server.url_for("").rstrip("/")
        self.faults: list[Callable[[], Response | None]] = []  # each for the next call; None lets it through
        self.lost: list[str] = []  # "METHOD words-of-a-path": such a call is done, and its answer lost, once
        self._rest, self._store, self._lock = Rest(shop), Store(shop), Lock()
        server.expect_request(re.compile("/wp-json/.*")).respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        if self.faults and (fault := self.faults.pop(0)()):
            return fault
        try:
            with self._lock:
                answer = self._shopper(request) if request.path.startswith(_STORE) else self._machine(request)
        except Refused as refused:
            told = {"code": refused.code, "message": "Refused.", "data": {"status": refused.status}}
            answer = _respond(told, refused.status)
        said = f"{request.method} {request.path}"
        if word := next((each for each in self.lost if all(one in said for one in each.split())), ""):
            self.lost.remove(word)
            return Response("lost", 502)
        return answer

    def _machine(self, request: Request) -> Response:
        given = request.authorization
        if not given or (given.username, given.password) != (KEY, SECRET):
            raise Refused(401, "woocommerce_rest_cannot_view")
        path = request.path.removeprefix(_REST).split("/")
        body = json.loads(request.get_data() or b"null")
        return _respond(self._rest.answer(request.method, path, request.args, body))

    def _shopper(self, request: Request) -> Response:
        topic, *path = request.path.removeprefix(_STORE).split("/")
        if topic == "products":
            return _respond(self._store.list_products(path, request.args))
        if topic != "cart":
            raise Refused(404, "rest_no_route")
        session = session_in(request.headers.get("Cart-Token", ""))
        if path and not session:
            raise Refused(401, "woocommerce_rest_missing_nonce")
        session = session or f"t_{uuid4().hex[:30]}"
        if path:
            self._store.change(path[0], session, json.loads(request.get_data()))
        answer = _respond(wire.basket(self.shop, self.shop.baskets.setdefault(session, Basket())))
        answer.headers["Cart-Token"] = make_token(session, time.time() + TWO_DAYS_SECONDS)
        return answer


def _respond(told: Any, status: int = 200) -> Response:
    pages = 1
    if isinstance(told, tuple):
        told, pages = told
    return Response(json.dumps(told), status, {"X-WP-TotalPages": str(pages)}, content_type="application/json")
