"""Answers in the shape of WooCommerce's own examples are read, every field; the played shop answers nothing else."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.commerce.types import CartRef, CustomerRef, OrderRef, Payment, ProductRef, VariantRef
from bot.commerce.woocommerce.engine import WooCommerceEngine
from bot.commerce.woocommerce.product_shapes import to_product
from bot.errors import NotFound
from tests.commerce.woocommerce.conftest import WEBHOOK_SECRET
from tests.servers.woocommerce import wire
from tests.servers.woocommerce.state import Basket, Shop
from tests.servers.woocommerce.store import make_token

FIXTURES = Path(__file__).parents[2] / "fixtures" / "woocommerce"
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
TOKEN = make_token("t_documented", 4_000_000_000)
_ANSWERS = {
    "wc/v3/orders": "[order]", "wc/v3/orders/727": "order", "wc/v3/customers": "[customer]",
    "wc/v3/customers/25": "customer", "wc/v3/coupons": "coupons", "wc/v3/products/22/variations": "[variation]",
    "wc/store/v1/products": "store_products", "wc/store/v1/cart": "store_cart",
}


def _told(name: str) -> Any:
    said = json.loads((FIXTURES / f"{name.strip('[]')}.json").read_text("utf-8"))
    return [said] if name.startswith("[") else said


def _answer(request: Request) -> Response:
    name = "store_variations" if request.args.get("type") else _ANSWERS.get(request.path.removeprefix("/wp-json/"), "")
    return Response(json.dumps(_told(name) if name else []), headers={"Cart-Token": TOKEN})


@pytest.fixture(scope="module")
def engine() -> Iterator[WooCommerceEngine]:
    with HTTPServer() as door:
        door.expect_request(re.compile("/wp-json/.*")).respond_with_handler(_answer)
        opened = WooCommerceEngine(
            door.url_for(""), key="ck", secret="cs", clock=lambda: NOW, deadline_seconds=5.0,
            webhook_secret=WEBHOOK_SECRET)
        yield opened
        opened.close()


def test_reads_an_order_with_its_taxes_and_what_was_paid_back(engine: WooCommerceEngine) -> None:
    order = engine.get_order(OrderRef("727"))
    assert (order.status, order.payment_status, order.fulfilment_status) == ("confirmed", "partly_refunded", "none")
    totals = order.totals
    assert (totals.items_minor, totals.shipping_minor, totals.tax_minor, totals.grand_minor, totals.refunded_minor) == (
        5_880, 1_200, 1_180, 7_080, 600)
    assert order.payments == (Payment("payment", "stripe", 7_080), Payment("refund", "stripe", 600))
    assert [(each.title, each.variant_ref, each.product_ref, each.options, each.unit_price_minor)
            for each in order.lines] == [
        ("Bonnet", "93", "93", {}, 360), ("Caban Iroise", "23", "22", {"colour": "noir"}, 5_160)]
    assert (order.phone, order.placed_at) == ("+33612345678", datetime(2026, 11, 20, 9, 15, tzinfo=UTC))
    assert engine.list_orders(CustomerRef("25")).items == (order,)
    assert engine.find_order("#727", postcode="29 200") == order


def test_reads_a_customer_and_tells_one_address_once(engine: WooCommerceEngine) -> None:
    (found,) = engine.find_customers(email="ANOUK@example.com")
    assert engine.get_customer(CustomerRef("25")) == found
    assert [(each.id, each.line1, each.is_default_shipping) for each in found.addresses] == [
        ("shipping", "12 rue de Siam", True)]
    assert (found.phone, found.email_verified) == ("+33612345678", False)


def test_reads_products_with_their_terms_entities_and_tags(engine: WooCommerceEngine) -> None:
    coat, hat = engine.search_products().items
    assert (coat.product_type, coat.brand, coat.names["fr"]) == ("manteaux_&_vestes", "brume_&_sel", "Caban Iroise")
    assert coat.descriptions["fr"] == "Le caban des quais, en drap serré."
    assert coat.attributes == {"material": "laine", "occasions": ["mariage"]}
    assert [(each.ref, each.options, each.title) for each in coat.variants] == [
        ("23", {"colour": "noir_de_jais"}, "Noir de jais"), ("24", {}, "")]
    assert (hat.variants[0].price_minor, hat.variants[0].compare_at_minor) == (600, 900)
    assert (hat.is_replenishable, hat.attributes["lasts_days"]) == (True, 60)
    assert engine.get_products([ProductRef("22")])[0] == engine.get_product(ProductRef("22")) == coat
    assert engine.get_variant_product(VariantRef("23")) == coat
    assert engine.vocabulary()["colour"]["noir_de_jais"] == ["Noir de jais", "Noir de jais"]


def test_sells_no_product_that_cannot_be_bought_by_itself() -> None:
    grouped = {**_told("store_products")[1], "type": "grouped", "is_purchasable": False}
    assert to_product(grouped, ()).variants == ()


def test_reads_the_stock_that_a_product_counts_for_its_variations(engine: WooCommerceEngine) -> None:
    (told,) = engine.get_availability([VariantRef("23")])
    assert (told.state, told.quantity, told.is_sellable_online, told.locations) == ("low", 2, True, ())


def test_reads_a_basket_with_taxes_on_top(engine: WooCommerceEngine) -> None:
    cart = engine.get_cart(CartRef(f"cart-{TOKEN}"))
    totals = cart.totals
    assert (totals.items_minor, totals.discount_minor, totals.shipping_minor, totals.grand_minor) == (
        6_600, 660, 1_200, 7_140)
    assert [(each.unit_price_minor, each.product_ref) for each in cart.lines] == [(5_160, "22"), (720, "93")]
    assert cart.checkout_url.endswith("/checkout-link/?products=23:1,93:2&coupon=10off")
    with pytest.raises(NotFound):
        engine.get_cart(CartRef(f"cart-{make_token('t_another', 1)}"))


def test_tells_the_coupons_alone_that_are_described_for_it_and_run(engine: WooCommerceEngine) -> None:
    percent, free = engine.list_offers()
    assert (percent.code, percent.percent_off, percent.min_items_minor, percent.about) == (
        "10off", 10, 10_000, "campaign:10off")
    assert (free.names["fr"], free.has_free_shipping, free.about) == ("Livraison offerte", True, "campaign:rentree")


def test_polls_and_hears_the_same(engine: WooCommerceEngine) -> None:
    polled, _ = engine.poll_changes("")
    assert [each.id for each in polled] == ["order.placed:727", "order.changed:727:2026-11-21T08:00:30Z"]
    body = (FIXTURES / "order.json").read_bytes()
    signature = base64.b64encode(hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": signature,
        "X-WC-Webhook-Source": "http://localhost/",
    }
    assert list(engine.read_webhook(body, headers, NOW)) == polled


def test_the_played_shop_says_nothing_that_is_not_documented() -> None:
    shop = Shop()
    placed, product = next(iter(shop.orders.values())), next(iter(shop.products.values()))
    placed.refunds.append({"id": 1, "reason": "", "amount_minor": 1, "made": placed.made})
    sold, basket = product.variations[0], Basket(lines={"key": [product.variations[0].number, 1]}, codes=["merci10"])
    pairs = [
        (wire.order(shop, placed), _told("order")), (wire.person(shop.marie), _told("customer")),
        (wire.refund(placed.refunds[0]), _told("refund")), (wire.stock(shop, sold), _told("variation")),
        (wire.coupon("x"), _told("coupons")[0]), (wire.product(product), _told("store_products")[0]),
        (wire.variation(sold), _told("store_variations")[0]), (wire.basket(shop, basket), _told("store_cart")),
    ]
    assert [each for said, documented in pairs for each in _strange(said, documented)] == []


def _strange(said: Any, documented: Any, path: str = "") -> Iterator[str]:
    """Fields that the example has not."""
    if isinstance(said, list) and said and documented:
        yield from _strange(said[0], documented[0], f"{path}[]")
    elif isinstance(said, dict) and isinstance(documented, dict):
        for name, value in said.items():
            if name in documented:
                yield from _strange(value, documented[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}"
