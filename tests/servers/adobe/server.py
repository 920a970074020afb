"""A played Adobe Commerce over HTTP, in the shapes that its documentation records (SOURCE.md), from a shop in memory.

What it shows is that our calls and our reading of answers fit what is documented, and how we meet a shop that behaves
so. It is no live shop: where Adobe Commerce behaves otherwise than it documents, this does too.
"""

import json
import re
from collections.abc import Callable
from threading import Lock
from typing import Any
from urllib.parse import unquote

from oauthlib import oauth1
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.commerce.adobe.client import Keys
from tests.servers.adobe.refusals import Refused
from tests.servers.adobe.rest import Rest
from tests.servers.adobe.state import Shop

KEYS = Keys("consumer-of-tests", "a-consumer-secret-of-tests", "token-of-tests", "a-token-secret-of-tests")
_PATH = re.compile(r"/rest/(\w+)/V1/(.*)")
_GIVEN = re.compile(r'(oauth_\w+)="([^"]*)"')


class PlayedAdobe:
    """The shop, its API, and the answers that a test puts before its own."""

    def __init__(self, server: HTTPServer, shop: Shop) -> None:
        self.shop, self.url = shop, server.url_for("").rstrip("/")
        self.faults: list[Callable[[], Response | None]] = []  # each for the next call; None lets it through
        self.lost: list[str] = []  # "METHOD words-of-a-path": such a call is done, and its answer lost, once
        self.lacks: set[str] = set()  # first words of paths that the integration has no right to
        self.rest, self._nonces, self._lock = Rest(shop), set[str](), Lock()
        server.expect_request(re.compile("/rest/.*")).respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        if self.faults and (fault := self.faults.pop(0)()):
            return fault
        raw = str(request.environ["RAW_URI"]).partition("?")[0]
        try:
            with self._lock:
                answer = _respond(self._told(request, raw))
        except Refused as refused:
            told: dict[str, Any] = {"message": refused.message}
            answer = _respond(
                {**told, "parameters": refused.parameters} if refused.parameters else told, refused.status)
        said = f"{request.method} {request.path}"
        if word := next((each for each in self.lost if all(one in said for one in each.split())), ""):
            self.lost.remove(word)
            return Response("lost", 502)
        return answer

    def _told(self, request: Request, raw: str) -> Any:
        self._require_signed(request)
        found = _PATH.fullmatch(raw)
        if not found:
            raise Refused(404, "Request does not match any route.")
        path = [unquote(each) for each in found[2].split("/")]
        if path[0] in self.lacks:
            raise Refused(401, "The consumer isn't authorized to access %resources.", {
                "resources": f"Magento_Played::{path[0]}"})
        body = json.loads(request.get_data() or b"null")
        return self.rest.answer(request.method, path, request.args, body, found[1])

    def _require_signed(self, request: Request) -> None:
        """Each call by its own moment and nonce, OAuth 1.0a."""
        header = request.headers.get("Authorization", "")
        given = dict(_GIVEN.findall(header))
        signer = oauth1.Client(
            KEYS.consumer_key, KEYS.consumer_secret, KEYS.access_token, KEYS.access_secret,
            signature_method=oauth1.SIGNATURE_HMAC_SHA256, nonce=given.get("oauth_nonce", ""),
            timestamp=given.get("oauth_timestamp", ""))
        url = f"http://{request.host}{request.environ['RAW_URI']}"
        _, expected, _ = signer.sign(url, http_method=request.method)
        if header != expected["Authorization"] or given["oauth_nonce"] in self._nonces:
            raise Refused(401, "The signature is invalid. Verify and try again.")
        self._nonces.add(given["oauth_nonce"])


def _respond(told: Any, status: int = 200) -> Response:
    return Response(json.dumps(told), status, content_type="application/json")
