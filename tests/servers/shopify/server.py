"""A played Shopify over HTTP: its published schemas served by graphql-core from a shop in memory.

What it shows is that our documents, variables and reading of answers fit the schemas, and how we meet a Shopify that
behaves as documented. It is no live shop: where Shopify behaves otherwise than it documents, this does too.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from graphql import DocumentNode, execute_sync, parse, validate
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.commerce.shopify.client import API_VERSION
from tests.servers.shopify.admin import AdminRoot
from tests.servers.shopify.schemas import read_schema
from tests.servers.shopify.state import Shop
from tests.servers.shopify.storefront import StorefrontRoot

CLIENT_ID, CLIENT_SECRET, STOREFRONT_TOKEN = "client-id", "a-client-secret-of-tests", "a-storefront-token-of-tests"
COST = {
    "requestedQueryCost": 52, "actualQueryCost": 10,
    "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1990, "restoreRate": 100.0},
}
ADMIN_PATH, STOREFRONT_PATH = f"/admin/api/{API_VERSION}/graphql.json", f"/api/{API_VERSION}/graphql.json"
TOKEN_PATH = "/admin/oauth/access_token"


class PlayedShopify:
    """The shop, its two APIs, and the answers that a test puts before theirs."""

    def __init__(self, server: HTTPServer, shop: Shop) -> None:
        self.shop, self.url = shop, server.url_for("")
        self.tokens: list[str] = []
        self.faults: list[Callable[[], Response | None]] = []  # each for the next call; None lets it through
        self.lost: list[str] = []  # words of documents: what holds one is done, and its answer lost, once
        roots = {"admin": AdminRoot(shop), "storefront": StorefrontRoot(shop)}
        server.expect_request(TOKEN_PATH, method="POST").respond_with_handler(self._give_token)
        for api, path in (("admin", ADMIN_PATH), ("storefront", STOREFRONT_PATH)):
            server.expect_request(path, method="POST").respond_with_handler(
                lambda request, api=api: self._answer(request, api, roots[api]))

    def _give_token(self, request: Request) -> Response:
        asked = dict(parse_qsl(request.get_data(as_text=True)))
        if asked != {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}:
            return Response(json.dumps({"error": "invalid_client"}), 400)
        self.tokens.append(f"token-{len(self.tokens) + 1}")
        told = {"access_token": self.tokens[-1], "scope": "read_orders,write_orders", "expires_in": 86_399}
        return Response(json.dumps(told), content_type="application/json")

    def _answer(self, request: Request, api: str, root: Any) -> Response:
        if not self._is_let_in(request, api):
            return Response(json.dumps({"errors": "[API] Invalid API key or access token"}), 401)
        if self.faults and (fault := self.faults.pop(0)()):
            return fault
        asked = json.loads(request.get_data())
        told = execute_sync(
            read_schema(api), _checked(api, asked["query"]), root_value=root, context_value=asked["variables"],
            variable_values=asked["variables"])
        if word := next((each for each in self.lost if each in asked["query"]), ""):
            self.lost.remove(word)
            return Response("lost", 502)
        body: dict[str, Any] = {"data": told.data}
        if told.errors:
            body["errors"] = [{"message": each.message, "extensions": {"code": "PLAYED"}} for each in told.errors]
        if api == "admin":
            body["extensions"] = {"cost": COST}
        return Response(json.dumps(body), content_type="application/json")

    def _is_let_in(self, request: Request, api: str) -> bool:
        if api == "admin":
            return bool(self.tokens) and request.headers.get("X-Shopify-Access-Token") == self.tokens[-1]
        return request.headers.get("Shopify-Storefront-Private-Token") == STOREFRONT_TOKEN


@cache
def _checked(api: str, query: str) -> DocumentNode:
    document = parse(query)
    errors = validate(read_schema(api), document)
    assert not errors, errors
    return document
