"""Answers in the shape of Adobe's own documentation are read, every field; the played shop answers nothing else."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.commerce.adobe.engine import AdobeEngine
from bot.commerce.forms import plain
from bot.commerce.types import CartRef, CustomerRef, OrderRef, Payment, ProductRef, VariantRef
from bot.errors import NotFound
from tests.servers.adobe import wire
from tests.servers.adobe.server import KEYS
from tests.servers.adobe.state import Basket, Shop

FIXTURES = Path(__file__).parents[2] / "fixtures" / "adobe"
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
_ANSWERS = {
    "store/storeConfigs": "store_configs", "store/websites": "websites", "products/attributes": "attributes",
    "categories/list": "categories", "products": "products", "products-render-info": "render_info",
    "orders": "[order]", "orders/727": "order", "shipments": "shipments", "invoices": "invoices",
    "customers/25": "customer", "customers/search": "[customer]", "carts/search": "carts",
    "carts/9/totals": "cart_totals", "salesRules/search": "sales_rules", "coupons/search": "coupons",
    "inventory/export-stock-salable-qty/website/base": "salable", "inventory/source-items": "source_items",
    "inventory/in-store-pickup/pickup-locations": "pickup_locations", "stockItems/BONNET": "stock_item",
}
_ENGLISH = ("attributes", "categories", "products")


def _told(name: str) -> Any:
    said = json.loads((FIXTURES / f"{name.strip('[]')}.json").read_text("utf-8"))
    return {"items": [said], "total_count": 1} if name.startswith("[") else said


def _answer(request: Request) -> Response:
    store, path = re.fullmatch(r"/rest/(\w+)/V1/(.*)", request.path).groups()  # type: ignore[union-attr]
    name = _ANSWERS[path]
    said = _told(f"{name}_en" if store == "en" and name in _ENGLISH else name)
    if path == "products" and (skus := request.args.get("searchCriteria[filter_groups][1][filters][0][value]")):
        said["items"] = [each for each in said["items"] if {each["sku"], str(each["id"])} & set(skus.split(","))]
        said["total_count"] = len(said["items"])
    return Response(json.dumps(said))


@pytest.fixture(scope="module")
def engine(server: HTTPServer) -> Iterator[AdobeEngine]:
    server.clear()
    server.expect_request(re.compile("/rest/.*")).respond_with_handler(_answer)
    opened = AdobeEngine(server.url_for(""), KEYS, store="default", clock=lambda: NOW, deadline_seconds=5.0)
    yield opened
    opened.close()


def test_reads_an_order_with_its_taxes_parcels_and_what_was_paid_back(engine: AdobeEngine) -> None:
    order = engine.get_order(OrderRef("727"))
    assert (order.status, order.payment_status, order.fulfilment_status, order.native_status) == (
        "processing", "partly_refunded", "partly_shipped", "processing")
    totals = order.totals
    assert (totals.items_minor, totals.shipping_minor, totals.tax_minor, totals.grand_minor, totals.refunded_minor) == (
        6_600, 1_200, 1_300, 7_800, 600)
    assert order.payments == (Payment("payment", "stripe_payments", 7_800), Payment("refund", "stripe_payments", 600))
    assert [(each.title, each.variant_ref, each.product_ref, each.options, each.unit_price_minor, each.shipped)
            for each in order.lines] == [
        ("Caban Iroise", "CABAN-NOIR", "CABAN", {"colour": "noir_de_jais"}, 5_160, 0),
        ("Bonnet", "BONNET", "BONNET", {"colour": "rouge"}, 720, 1)]
    assert [(each.carrier_code, each.carrier_name, each.tracking_number) for each in order.shipments] == [
        ("ups", "UPS", "1Z999"), ("", "Colissimo", "6A12345678901")]
    assert (order.phone, order.placed_at) == ("+33612345678", datetime(2026, 11, 20, 9, 15, tzinfo=UTC))
    assert order.shipping_address and (order.shipping_address.line2, order.shipping_address.region_code) == (
        "Bât. B", "BRE")
    assert (order.editable.cancel, order.editable.address) == (False, False)
    assert engine.list_orders(CustomerRef("25")).items == (order,)
    assert engine.find_order("#000000042", postcode="29 200") == order


def test_shows_no_order_to_who_has_its_entity_id(engine: AdobeEngine) -> None:
    with pytest.raises(NotFound):
        engine.find_order("727", email="anouk@example.com")


def test_reads_a_customer_with_every_address_the_default_first(engine: AdobeEngine) -> None:
    (found,) = engine.find_customers(email="ANOUK@example.com")
    assert engine.get_customer(CustomerRef("25")) == found == engine.find_customers(phone="+33 6 12 34 56 78")[0]
    assert [(each.id, each.line1, each.is_default_shipping) for each in found.addresses] == [
        ("32", "4 quai Sadi-Carnot", True), ("31", "12 rue de Siam", False)]
    assert (found.phone, found.email_verified) == ("+33612345678", False)
    assert engine.list_payment_methods(CustomerRef("25")) == []


def test_reads_products_with_the_names_of_their_options_in_two_languages(engine: AdobeEngine) -> None:
    coat, hat = engine.search_products().items
    assert (coat.product_type, coat.brand) == ("manteaux_&_vestes", "brume_&_sel")
    assert coat.names == {"fr": "Caban Iroise", "en": "Iroise pea coat"}
    assert coat.descriptions == {"fr": "Le caban des quais, en drap serré.", "en": "The quayside pea coat."}
    assert coat.attributes == {"material": "laine", "occasions": ["mariage", "bureau"]}
    assert [(each.ref, each.options, each.title, each.price_minor) for each in coat.variants] == [
        ("CABAN-NOIR", {"colour": "noir_de_jais"}, "Noir de jais", 5_160)]
    assert (coat.url, coat.image_url) == (
        "https://shop.example/caban-iroise.html", "https://shop.example/media/catalog/product/c/a/22.jpg")
    assert (hat.variants[0].price_minor, hat.variants[0].compare_at_minor, hat.names["en"]) == (720, 900, "Bonnet")
    assert (hat.is_replenishable, hat.attributes["lasts_days"], hat.variants[0].options) == (
        True, 60, {"colour": "rouge"})
    assert engine.get_products([ProductRef("CABAN")])[0] == engine.get_product(ProductRef("caban-iroise")) == coat
    assert engine.get_variant_product(VariantRef("CABAN-NOIR")) == coat
    words = engine.vocabulary()
    assert words["colour"]["noir_de_jais"] == ["Jet black", "Noir de jais"]
    assert words["product_type"]["manteaux_&_vestes"] == ["Coats & jackets", "Manteaux & vestes"]


def test_tells_no_styles_that_the_page_builder_wrote() -> None:
    written = "<style>#html-body [data-pb-style=X]{color:red}</style><div>Le&nbsp;caban<script>x<1</script></div>"
    assert plain(written) == "Le caban"


def test_searches_what_can_be_bought_now(engine: AdobeEngine) -> None:
    assert [each.ref for each in engine.search_products("caban", filters={"in_stock": True}).items] == ["CABAN"]


def test_sells_no_bundle_no_engraving_and_nothing_of_another_website(engine: AdobeEngine) -> None:
    for sku in ("COFFRET", "GRAVURE", "AILLEURS", "CABAN-ROUGE"):
        with pytest.raises(NotFound):
            engine.get_product(ProductRef(sku))


def test_reads_what_can_be_sold_and_what_lies_in_each_store(engine: AdobeEngine) -> None:
    coat, hat = engine.get_availability([VariantRef("CABAN-NOIR"), VariantRef("BONNET")])
    assert (coat.state, coat.quantity, coat.is_sellable_online) == ("low", 2, True)
    assert [(each.location_ref, each.quantity) for each in coat.locations] == [("brest", 4), ("quimper", 0)]
    assert (hat.state, hat.quantity, hat.is_sellable_online) == ("backorder", None, True)
    assert [each.name for each in engine.list_pickup_locations()] == ["Brest Siam", "Quimper Centre"]


def test_reads_a_basket_with_taxes_on_top(engine: AdobeEngine) -> None:
    cart = engine.get_cart(CartRef("customer-25"))
    totals = cart.totals
    assert (totals.items_minor, totals.discount_minor, totals.shipping_minor, totals.grand_minor) == (
        6_600, 660, 1_200, 7_140)
    assert [(each.unit_price_minor, each.product_ref) for each in cart.lines] == [(5_160, "CABAN"), (720, "BONNET")]
    assert (cart.checkout_url, cart.offers, cart.problems) == (
        "https://shop.example/checkout/cart/", ("MERCI10",), ())


def test_tells_the_coupons_alone_that_are_described_for_it_and_run(engine: AdobeEngine) -> None:
    percent, free = engine.list_offers()
    assert (percent.code, percent.percent_off, percent.min_items_minor, percent.about) == (
        "MERCI10", 10, 10_000, "campaign:MERCI10")
    assert (percent.names, percent.ends_at) == (
        {"fr": "10 % de remise", "en": "10 % off"}, datetime(2027, 1, 1, tzinfo=UTC))
    assert (free.code, free.names["fr"], free.has_free_shipping, free.about) == (
        "PORT", "Livraison offerte", True, "campaign:rentree")


def test_polls_orders_and_customers(engine: AdobeEngine) -> None:
    people, cursor = engine.poll_changes("")
    orders, _ = engine.poll_changes(cursor)
    assert [each.id for each in (*people, *orders)] == [
        "customer.changed:25:2026-11-20T09:15:00Z", "order.placed:727", "order.changed:727:2026-11-21T08:00:30Z"]


def test_the_played_shop_says_nothing_that_is_not_documented() -> None:
    shop = Shop()
    placed, product = next(iter(shop.orders.values())), next(iter(shop.products.values()))
    placed.refunded = 1.0
    shop.comment(placed, "x")
    shop.ship(placed)
    basket = Basket(1, "2026-11-29 09:00:00", shop.marie.number, lines={7: [product.variations[0].sku, 1]}, code="X")
    told = {name: _told(name) for name in (
        "store_configs", "attributes", "categories", "products", "render_info", "order", "shipments", "invoices",
        "customer", "carts", "cart_totals", "sales_rules", "coupons", "pickup_locations")}
    pairs = [
        (wire.store_configs(), told["store_configs"]), (wire.attributes("fr"), told["attributes"]["items"]),
        (wire.categories("fr"), told["categories"]["items"]),
        (wire.product(product, "fr"), told["products"]["items"][0]),
        (wire.variation(product.variations[0], "fr"), told["products"]["items"][1]),
        (wire.rendered(1, 1.0, ""), told["render_info"]["items"][0]), (wire.order(shop, placed), told["order"]),
        (wire.shipment(placed, placed.shipments[0]), told["shipments"]["items"][0]),
        (wire.invoice(placed), told["invoices"]["items"][0]), (wire.person(shop.marie), told["customer"]),
        (wire.basket(shop, basket), told["carts"]["items"][0]), (wire.totals(shop, basket), told["cart_totals"]),
        (wire.rule(), told["sales_rules"]["items"][0]), (wire.coupon(), told["coupons"]["items"][0]),
        (wire.places(), told["pickup_locations"]),
    ]
    assert [each for said, documented in pairs for each in _strange(said, documented)] == []


def _strange(said: Any, documented: Any, path: str = "") -> Iterator[str]:
    """Fields that no example has."""
    if isinstance(said, list) and said and documented:
        every = {name: value for each in documented for name, value in each.items()} if isinstance(
            documented[0], dict) else documented[0]
        yield from _strange(said[0], every, f"{path}[]")
    elif isinstance(said, dict) and isinstance(documented, dict):
        for name, value in said.items():
            if name in documented:
                yield from _strange(value, documented[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}"
