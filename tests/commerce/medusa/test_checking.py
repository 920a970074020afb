"""What `connect` finds of a Medusa shop, from recorded answers: which key is wrong, and nothing of people."""

import json
from datetime import UTC, datetime

from pytest_httpserver import HTTPServer

from bot.commerce.checking import Finding
from bot.commerce.medusa.checking import check_back_end, find_sample
from bot.settings import Settings
from tests.commerce.medusa.recorded import recorded


def _settings(server: HTTPServer) -> Settings:
    return Settings(
        engine="medusa", medusa_url=server.url_for("").rstrip("/"), medusa_secret_key="sk_of-tests",
        medusa_publishable_key="pk_of-tests", medusa_country="fr",
    )


def _found(server: HTTPServer) -> dict[str, Finding]:
    return {each.what: each for each in check_back_end(_settings(server), lambda: datetime.now(UTC))}


def _answer(server: HTTPServer, path: str, said: object) -> None:
    server.expect_request(path).respond_with_data(json.dumps(said, default=float), content_type="application/json")


def test_asks_nothing_more_with_a_secret_key_that_does_not_hold(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/admin/stores").respond_with_json({"message": "Unauthorized"}, status=401)
    (found,) = _found(httpserver).values()
    assert found.state == "failed" and "PREVENANT_MEDUSA_SECRET_KEY" in found.detail and len(httpserver.log) == 1


def test_says_that_the_publishable_key_is_wrong_and_what_it_holds_up(httpserver: HTTPServer) -> None:
    _answer(httpserver, "/admin/stores", {"stores": []})
    said = {"type": "not_allowed", "message": "A valid publishable key is required to proceed with the request"}
    httpserver.expect_request("/store/regions").respond_with_json(said, status=400)
    found = _found(httpserver)["the publishable key and the region"]
    assert found.state == "failed" and "PREVENANT_MEDUSA_PUBLISHABLE_KEY" in found.detail
    assert "server_cart" in found.blocks and "pk_of-tests" not in found.detail


def test_finds_nothing_wrong_with_a_shop_as_the_page_describes_it(httpserver: HTTPServer) -> None:
    _answer(httpserver, "/admin/stores", {"stores": []})
    _answer(httpserver, "/store/regions", recorded("regions"))
    _answer(httpserver, "/store/products", {"products": []})
    _answer(httpserver, "/store/payment-providers", {"payment_providers": [{"id": "pp_card_test"}]})
    httpserver.expect_request("/health").respond_with_data("OK")
    assert {each.what: each.state for each in _found(httpserver).values() if each.state != "ok"} == {}


def test_finds_a_customer_and_an_order_to_read(httpserver: HTTPServer) -> None:
    _answer(httpserver, "/admin/customers", recorded("customer_found"))
    _answer(httpserver, "/admin/orders", {"orders": [recorded("order_placed")["order"]]})
    sample = find_sample(_settings(httpserver))
    assert sample.customer_ref and sample.order_ref
