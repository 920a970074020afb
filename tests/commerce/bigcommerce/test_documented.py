"""Answers in the shape of BigCommerce's own documents are read, every field; the played shop answers nothing else."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.commerce.bigcommerce.engine import BigCommerceEngine
from bot.commerce.types import CartRef, CustomerRef, OrderRef, Payment, ProductRef, VariantRef
from bot.errors import NotFound
from tests.servers.bigcommerce import wire
from tests.servers.bigcommerce.state import Basket, Shop

FIXTURES = Path(__file__).parents[2] / "fixtures" / "bigcommerce"
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
CART = "bc218c65-7a32-4ab7-8082-68730c074d02"
_ANSWERS = {
    "v2/store": "store", "v2/orders": "[order]", "v2/orders/218": "order", "v2/orders/218/shipments": "shipments",
    "v2/orders/218/coupons": "order_coupons",
    "v3/orders/payment_actions/refunds": "refunds", "v3/customers": "[customer]",
    "v3/customers/11/metafields": "metafields",
    "v3/promotions": "promotions", "v3/catalog/products": "products", "v3/catalog/categories": "categories",
    "v3/catalog/brands": "brands", "v3/inventory/items": "inventory_items", "v3/inventory/locations": "locations",
    "v3/pickup/methods": "pickup_methods", f"v3/carts/{CART}": "cart",
}


def told(name: str) -> Any:
    """A fixture; in brackets, a list of it alone."""
    said = json.loads((FIXTURES / f"{name.strip('[]')}.json").read_text("utf-8"))
    return [said] if name.startswith("[") else said


def _answer(request: Request) -> Response:
    path = request.path.removeprefix("/stores/abc/")
    if path == "v3/catalog/variants":
        said: Any = [each for product in told("products") for each in product["variants"]]
    elif found := re.fullmatch(r"v3/promotions/(\d)/codes", path):
        said = told("promotion_codes")[found[1]]
    else:
        said = told(_ANSWERS[path]) if path in _ANSWERS else []
    if wanted := request.args.get("id:in"):
        said = [each for each in said if str(each["id"]) in wanted.split(",")]
    if path.startswith("v2/"):
        return Response(json.dumps(said)) if said else Response(status=204)
    return Response(json.dumps({"data": said, "meta": {"pagination": {"total_pages": 1}}}))


@pytest.fixture(scope="module")
def engine() -> Iterator[BigCommerceEngine]:
    with HTTPServer() as door:
        door.expect_request(re.compile("/stores/abc/.*")).respond_with_handler(_answer)
        opened = BigCommerceEngine(
            door.url_for("/stores/abc"), token="t", clock=lambda: NOW, deadline_seconds=5.0)
        yield opened
        opened.close()


def test_reads_an_order_in_decimals_of_four_places_and_what_was_paid_back(engine: BigCommerceEngine) -> None:
    order = engine.get_order(OrderRef("218"))
    assert (order.status, order.payment_status, order.fulfilment_status) == (
        "processing", "partly_refunded", "partly_shipped")
    assert order.offers == ("MERCI5",)
    totals = order.totals
    assert (totals.items_minor, totals.shipping_minor, totals.tax_minor, totals.discount_minor, totals.grand_minor) == (
        50_801, 1_200, 8_584, 500, 51_501)
    assert totals.refunded_minor == 1_001  # `refunded_amount` says 0, and the gateway declined the other
    assert order.payments == (Payment("payment", "stripe", 51_501), Payment("refund", "stripe", 1_001))
    assert [(each.title, each.variant_ref, each.options, each.unit_price_minor, each.ordered, each.shipped)
            for each in order.lines] == [
        ("Caban Iroise", "477", {"colour": "noir_de_jais", "size": "m"}, 24_900, 2, 1),
        ("Broderie", "", {}, 1_001, 1, 0)]
    assert (order.native_status, order.placed_at) == (
        "14 Remboursée en partie", datetime(2026, 11, 20, 9, 15, tzinfo=UTC))
    assert (order.phone, order.editable.cancel, order.editable.address) == ("+33612345678", False, False)
    (parcel,) = order.shipments
    assert (parcel.carrier_name, parcel.tracking_number, parcel.tracking_url, parcel.shipped_at, parcel.state) == (
        "Colissimo", "6A12345678901", "https://track.example/6A12345678901",
        datetime(2026, 11, 21, 6, 30, tzinfo=UTC), "in_transit")
    assert engine.list_orders(CustomerRef("11")).items == (order,)
    assert engine.find_order("#218", postcode="29 200") == order


def test_reads_a_customer_the_default_address_first_by_our_own_note(engine: BigCommerceEngine) -> None:
    (found,) = engine.find_customers(email="ANOUK@example.com")
    assert engine.get_customer(CustomerRef("11")) == found
    assert [(each.id, each.line1, each.is_default_shipping) for each in found.addresses] == [
        ("61", "3 quai de l'Odet", True), ("60", "12 rue de Siam", False)]
    assert (found.phone, found.email_verified) == ("+33612345678", False)


def test_reads_products_whose_every_sale_is_of_a_variant(engine: BigCommerceEngine) -> None:
    coat, soap, hat, card = engine.search_products().items
    assert (coat.slug, coat.product_type, coat.brand, coat.names["fr"]) == (
        "caban-iroise", "manteaux_&_vestes", "brume_&_sel", 'Caban "Iroise"')
    assert coat.descriptions["fr"] == "Le caban des quais, en drap serré."
    assert coat.attributes == {"material": "laine", "occasions": ["mariage", "travail"]}
    assert [(each.ref, each.options, each.price_minor, each.compare_at_minor) for each in coat.variants] == [
        ("477", {"colour": "noir_de_jais", "size": "m"}, 24_900, None),
        ("478", {"colour": "bleu_marine", "size": "m"}, 19_950, 25_900)]
    assert (soap.variants[0].price_minor, soap.variants[0].compare_at_minor, soap.variants[0].options) == (600, 900, {})
    assert (soap.is_replenishable, soap.attributes["lasts_days"]) == (True, 60)
    assert (hat.url, card.image_url) == ("https://shop.example/bonnet/", "https://cdn.example/a.jpg")
    assert engine.get_products([ProductRef("201")])[0] == engine.get_product(ProductRef("caban-iroise")) == coat
    assert engine.get_variant_product(VariantRef("477")) == coat
    assert engine.vocabulary()["colour"]["noir_de_jais"] == ["Noir de jais", "Noir de jais"]


def test_reads_stock_by_variant_by_product_or_not_at_all(engine: BigCommerceEngine) -> None:
    alone, together, early, gone = engine.get_availability(
        [VariantRef(each) for each in ("477", "480", "481", "482")])
    assert (alone.state, alone.quantity, alone.is_sellable_online) == ("low", 2, True)
    assert [(each.location_ref, each.quantity, each.has_pickup, each.ready_in_text) for each in alone.locations] == [
        ("2", 4, True, "2 h")]
    assert (together.state, together.quantity, together.locations) == ("in_stock", 4, ())
    assert (early.state, early.quantity, early.is_sellable_online) == ("preorder", None, True)
    assert (gone.state, gone.is_sellable_online) == ("in_stock", False)
    assert [(each.ref, each.name) for each in engine.list_pickup_locations()] == [("2", "Brest Siam")]


def test_reads_a_basket_of_all_kinds_with_taxes_on_top(engine: BigCommerceEngine) -> None:
    cart = engine.get_cart(CartRef(f"cart-{CART}"))
    totals = cart.totals
    assert (totals.items_minor, totals.discount_minor, totals.tax_minor, totals.grand_minor) == (
        26_000, 2_600, 4_960, 28_360)
    assert [(each.title, each.variant_ref, each.quantity, each.total_minor) for each in cart.lines] == [
        ("Caban Iroise", "477", 1, 20_000), ("Patron", "490", 2, 1_000), ("Carte cadeau", "", 1, 5_000)]
    assert (cart.offers, cart.problems) == (("DIX",), ())
    assert cart.checkout_url == "https://shop.example/cart.php?action=loadInCheckout&id=bc218c65"
    with pytest.raises(NotFound):
        engine.get_cart(CartRef(f"cart-{CART.upper()}"))


def test_tells_the_coupons_alone_that_are_named_for_it_and_run(engine: BigCommerceEngine) -> None:
    percent, free = engine.list_offers()
    assert (percent.code, percent.percent_off, percent.min_items_minor, percent.about, percent.names["fr"]) == (
        "DIX", 10, 10_000, "campaign:DIX", "10 % de remise")
    assert (free.names["fr"], free.has_free_shipping, free.about) == ("Livraison offerte", True, "campaign:rentree")


def test_polls_orders_and_customers(engine: BigCommerceEngine) -> None:
    polled, cursor = engine.poll_changes("")
    assert [each.id for each in polled] == ["order.placed:218", "order.changed:218:2026-11-21T08:00:30Z"]
    more, _ = engine.poll_changes(cursor)
    assert [each.id for each in more] == ["customer.changed:11:2026-11-21T08:00:00Z"]


def test_the_played_shop_says_nothing_that_is_not_documented() -> None:
    shop = Shop()
    placed, product = next(iter(shop.orders.values())), next(iter(shop.products.values()))
    shop.send(placed.number)
    shop.pay_back(placed, 1, [{"item_type": "PRODUCT", "item_id": 1, "quantity": 1}])
    basket = Basket("id", lines={"line": [product.variants[0].number, 1]}, codes=["MERCI10"])
    collected = replace(placed, pickup=2)
    pairs = [
        (wire.order(shop, placed), told("order")), (wire.order(shop, collected)["consignments"], told(
            "order_consignments")),
        (wire.shipment(placed, placed.shipments[0]), told("shipments")[0]),
        (wire.shipping_address(placed), told("shipping_address")), (wire.STORE_FACTS, told("store")),
        (wire.refund(placed, placed.refunds[0]), told("refunds")[0]), (wire.quote(shop, placed), told("refund_quote")),
        (wire.person(shop.marie, is_whole=True), told("customer")), (wire.promotion(), told("promotions")[0]),
        (wire.code(), told("promotion_codes")["1"][0]), (wire.product(shop, product), told("products")[0]),
        (wire.item(shop, product.variants[0]), told("inventory_items")[0]), (wire.location(1), told("locations")[0]),
        (wire.pickup_method(1), told("pickup_methods")[0]), (wire.basket(shop, basket), told("cart")),
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
