"""Changes of a Medusa shop, polled: each once, oldest first, nothing of guests; the subscriber's calls say the same."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.commerce.medusa.changes import make_poller
from bot.commerce.medusa.client import MedusaClient
from bot.commerce.polling import ChangePoller
from bot.commerce.signed_changes import read_signed_changes, sign
from bot.errors import FixInput

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SUBSCRIBER = Path(__file__).parents[3] / "bot" / "commerce" / "medusa" / "plugin" / "prevenant-changes.js"


def _at(second: int) -> str:
    return f"2026-11-29T11:00:{second:02d}.000Z"


def _ms(second: int) -> int:
    return int(datetime.fromisoformat(_at(second)).timestamp()) * 1000


def _order(number: int, made: int, touched: int, **more: Any) -> dict[str, Any]:
    return {"id": f"order_{number}", "status": "pending", "created_at": _at(made), "updated_at": _at(touched),
            "canceled_at": None, **more}


def _customer(number: int, touched: int, *, has_account: bool = True) -> dict[str, Any]:
    return {"id": f"cus_{number}", "has_account": has_account, "created_at": _at(0), "updated_at": _at(touched)}


class _Shop:
    """Orders and customers by when they were touched, as Medusa lists them."""

    def __init__(self, server: HTTPServer) -> None:
        self.orders: list[dict[str, Any]] = []
        self.customers: list[dict[str, Any]] = []
        for name in ("orders", "customers"):
            server.expect_request(f"/admin/{name}").respond_with_handler(self._list)

    def _list(self, request: Request) -> Response:
        name, asked = request.path.rpartition("/")[2], request.args
        field = asked["order"]
        low, high = asked[f"{field}[$gte]"], asked[f"{field}[$lte]"]
        found = [each for each in getattr(self, name) if low <= each[field] <= high]
        found.sort(key=lambda each: each[field])
        start = int(asked["offset"])
        return Response(json.dumps({name: found[start : start + int(asked["limit"])]}), mimetype="application/json")


@pytest.fixture
def shop(httpserver: HTTPServer) -> _Shop:
    """A shop in which nothing happened yet."""
    return _Shop(httpserver)


def _poller(server: HTTPServer, rest_seconds: float = 0.0) -> ChangePoller:
    client = MedusaClient(server.url_for(""), "sk", "pk", deadline_seconds=5)
    return make_poller(client, lambda: NOW, rest_seconds, seconds=lambda: 1.0)


def test_tells_nothing_of_guests_and_of_nothing_new(httpserver: HTTPServer, shop: _Shop) -> None:
    shop.customers = [_customer(1, 1, has_account=False)]
    assert _poller(httpserver).poll("", 10) == ([], "")


def test_tells_each_change_once_oldest_first(httpserver: HTTPServer, shop: _Shop) -> None:
    shop.orders = [_order(1, 1, 1), _order(2, 2, 9, status="canceled", canceled_at=_at(9)), _order(3, 3, 3)]
    shop.customers = [_customer(1, 4)]
    poller, cursor, told = _poller(httpserver), "", []
    while (found := poller.poll(cursor, 2))[0]:
        events, cursor = found
        told += [each.id for each in events]
    assert told == [
        "order.placed:order_1", "order.placed:order_2", "order.placed:order_3", f"order.changed:order_2:{_ms(9)}",
        "order.cancelled:order_2", f"customer.changed:cus_1:{_ms(4)}",
    ]


def test_loses_nothing_of_a_moment_that_a_page_cuts(httpserver: HTTPServer, shop: _Shop) -> None:
    shop.orders = [_order(number, 1, 1) for number in range(120)]
    poller, cursor, told = _poller(httpserver), "", set()
    while (found := poller.poll(cursor, 7))[0]:
        events, cursor = found
        told |= {each.order_ref for each in events}
    assert len(told) == 120


def test_leaves_what_was_just_touched_for_the_next_time(httpserver: HTTPServer, shop: _Shop) -> None:
    just = (NOW - timedelta(seconds=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    shop.orders = [_order(1, 1, 1) | {"created_at": just, "updated_at": just}]
    assert _poller(httpserver).poll("", 10) == ([], "")


def test_rests_after_nothing_was_found(httpserver: HTTPServer, shop: _Shop) -> None:
    poller = _poller(httpserver, rest_seconds=5.0)
    poller.poll("", 10)
    calls = len(httpserver.log)
    assert poller.poll("", 10) == ([], "") and len(httpserver.log) == calls


@pytest.mark.parametrize("cursor", ["x", "/".join(["2026-13-29T11:00:00.000Z~a"] * 3)])
def test_refuses_a_cursor_that_is_not_ours(httpserver: HTTPServer, cursor: str) -> None:
    with pytest.raises(FixInput):
        _poller(httpserver).poll(cursor, 10)


def test_ids_of_medusas_length_can_be_told(httpserver: HTTPServer, shop: _Shop) -> None:
    made = _order(1, 1, 9)
    shop.orders = [{**made, "id": "order_01M8M6YAC37EQTH4BN0T3N40MJ"}]
    shop.customers = [{**_customer(1, 4), "id": "cus_01M8M6JD61R1GRJK2KGN2KNKE7"}]
    poller, cursor, told = _poller(httpserver), "", []
    while (found := poller.poll(cursor, 9))[0]:
        events, cursor = found
        told += [{"id": each.id, "type": each.type, "at": each.at.isoformat()} for each in events]
    body, key = json.dumps({"changes": told}).encode(), b"key"
    headers = {"webhook-id": "1", "webhook-timestamp": str(int(NOW.timestamp()))}
    headers["webhook-signature"] = f"v1,{sign(body, '1', headers['webhook-timestamp'], key)}"
    assert len(read_signed_changes(body, headers, key, NOW)) == 3


def test_the_subscriber_names_changes_as_polling_does() -> None:
    said = set(re.findall(r"id: `([a-z.]+):\$\{", SUBSCRIBER.read_text(encoding="utf-8")))
    assert said == {"order.placed", "order.changed", "order.cancelled", "customer.changed"}
