"""Medusa's recorded answers in our words: money, statuses, lines, parcels, products, stock, offers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from bot.commerce.medusa.cart_shapes import to_cart
from bot.commerce.medusa.carts import FoundCart
from bot.commerce.medusa.customers import to_customer
from bot.commerce.medusa.money import totals_of, unit_minor
from bot.commerce.medusa.offers import _is_told, _to_offer
from bot.commerce.medusa.order_shapes import method_of, to_order
from bot.commerce.medusa.products import Words, note_words, to_product
from bot.commerce.medusa.shapes import minor, option_values
from bot.commerce.medusa.stock import _availability
from bot.commerce.types import CartRef
from tests.commerce.medusa.recorded import PAGES, recorded

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(("amount", "currency", "expected"), [
    (Decimal("59.666666666666664"), "eur", 5967), (Decimal("0.005"), "EUR", 1), (Decimal("4.9"), "eur", 490),
    (Decimal(1200), "jpy", 1200), (Decimal("1.2345"), "kwd", 1235), (None, "eur", 0),
])
def test_rounds_what_medusa_does_not(amount: Decimal | None, currency: str, expected: int) -> None:
    assert minor(amount, currency) == expected


def test_adds_the_tax_where_a_price_is_without() -> None:
    line = {"unit_price": Decimal("8.33"), "is_tax_inclusive": False, "tax_lines": [{"rate": 20}]}
    assert unit_minor(line, "eur") == 1000
    assert unit_minor({**line, "is_tax_inclusive": True}, "eur") == 833


def test_adds_up_to_what_is_paid_whatever_was_rounded() -> None:
    totals = totals_of({"original_shipping_total": Decimal("4.9"), "total": Decimal("29.88")}, [(833, 3)], "eur")
    assert totals.grand_minor == totals.items_minor - totals.discount_minor + totals.shipping_minor == 2988


@pytest.mark.parametrize(("event", "status", "payment", "fulfilment"), [
    ("order_placed", "confirmed", "paid", "none"), ("order_packed", "processing", "paid", "none"),
    ("order_delivered", "completed", "paid", "delivered"), ("order_cancelled", "cancelled", "refunded", "none"),
    ("order_return_requested", "completed", "paid", "delivered"),
])
def test_tells_how_far_an_order_is_on_three_axes(event: str, status: str, payment: str, fulfilment: str) -> None:
    order = to_order(recorded(event)["order"], PAGES)
    assert (order.status, order.payment_status, order.fulfilment_status) == (status, payment, fulfilment)


@pytest.mark.parametrize("name", ["status", "payment_status", "fulfillment_status"])
def test_guesses_nothing_of_a_word_that_it_does_not_know(name: str) -> None:
    order = to_order({**recorded("order_placed")["order"], name: "of_the_shops_own"}, PAGES)
    assert (order.status, order.payment_status, order.fulfilment_status) == ("unknown",) * 3
    assert "of_the_shops_own" in order.native_status
    assert not (order.editable.cancel or order.editable.address or order.editable.returns)


def test_takes_a_packed_parcel_for_one_that_has_not_left() -> None:
    order = to_order(recorded("order_packed")["order"], PAGES)
    assert [each.state for each in order.shipments] == ["label_created"]
    assert [each.shipped for each in order.lines] == [0] and not order.editable.cancel


def test_tells_lines_parcel_and_payments_of_a_delivered_order() -> None:
    order = to_order(recorded("order_delivered")["order"], PAGES)
    (line,), (parcel,) = order.lines, order.shipments
    assert (line.ordered, line.shipped, line.delivered) == (1, 1, 1) and set(line.options) == {"colour", "size"}
    assert (parcel.state, parcel.carrier_name, parcel.tracking_number) == ("delivered", "Standard", "CB0000000001FR")
    assert [(each.kind, each.method_id, each.amount_minor) for each in order.payments] == [
        ("payment", "card", order.totals.grand_minor)]
    assert order.editable.returns and not order.editable.cancel


def test_pays_a_cancelled_order_back_and_says_so() -> None:
    order = to_order(recorded("order_cancelled")["order"], PAGES)
    assert order.totals.refunded_minor == order.totals.grand_minor
    assert [each.kind for each in order.requests] == ["cancel"]
    assert [each.cancelled for each in order.lines] == [each.ordered for each in order.lines]


def test_tells_of_a_return_that_was_asked_for_and_of_none_that_is_still_written() -> None:
    said = recorded("order_return_requested")["order"]
    order = to_order(said, PAGES)
    assert [(each.kind, list(each.pieces.values()), each.method_id) for each in order.requests] == [
        ("return", [1], "card")]
    assert not order.editable.returns and order.requests[0].is_open
    done = {**said, "returns": [{**said["returns"][0], "status": "received"}]}
    assert to_order(done, PAGES).requests[0].is_open is False
    drafted = {**said, "returns": [{**said["returns"][0], "status": "open"}]}
    assert to_order(drafted, PAGES).requests == ()


def test_gives_the_same_version_however_options_are_ordered() -> None:
    said = recorded("order_placed")["order"]
    (line,) = said["items"]
    options = line["variant"]["options"]
    turned = {**said, "items": [{**line, "variant": {**line["variant"], "options": options[::-1]}}]}
    assert to_order(turned, PAGES).version == to_order(said, PAGES).version
    assert to_order({**said, "version": 2}, PAGES).version != to_order(said, PAGES).version


def test_names_a_guests_order_nobodys() -> None:
    said = recorded("order_placed")["order"]
    assert to_order({**said, "customer": {"has_account": False}}, PAGES).customer_ref is None


@pytest.mark.parametrize(("provider", "method"), [
    ("pp_stripe-ideal_stripe", "stripe-ideal"), ("pp_system_default", "system"), ("mine", "mine"),
])
def test_names_a_way_to_pay_by_its_provider(provider: str, method: str) -> None:
    assert method_of(provider) == method


def test_says_what_a_basket_costs_with_its_offer() -> None:
    native = recorded("cart_with_offer")["cart"]
    cart = to_cart(FoundCart(CartRef("guest-1"), None, native), [], pages=PAGES, currency="EUR")
    assert (cart.totals.items_minor, cart.totals.discount_minor, cart.totals.shipping_minor) == (35800, 5370, 490)
    assert (cart.totals.grand_minor, cart.offers, cart.lines[0].quantity) == (30920, ("MAILLE15",), 2)


def test_says_nothing_costs_anything_in_an_ordered_basket() -> None:
    found = FoundCart(CartRef("guest-1"), None, None, ordered=recorded("cart_with_offer")["cart"])
    cart = to_cart(found, [], pages=PAGES, currency="EUR")
    assert (cart.lines, cart.totals.grand_minor) == ((), 0)


def test_reads_a_product_with_its_words_in_both_languages() -> None:
    (said,) = recorded("product")["products"]
    product = to_product(said, PAGES)
    assert (product.product_type, product.slug) == ("sweater", "pull-en-cachemire-bibliotheque")
    assert set(product.names) == {"en", "fr"} and product.attributes["material"]
    assert product.variants[0].price_minor == 17900 and product.variants[0].compare_at_minor is None
    assert product.url == "https://shop.example/products/pull-en-cachemire-bibliotheque"


def test_calls_types_and_options_as_the_shop_does_in_french() -> None:
    (said,) = recorded("product")["products"]
    colour = to_product(said, PAGES).variants[0].options["colour"]
    named = {**said["metadata"], "words": {"fr": {"sweater": "pull", colour: "teinte"}}}
    words: Words = {}
    note_words(words, {**said, "metadata": named})
    assert words["product_type"]["sweater"] == ["sweater", "pull"] and words["colour"][colour][1] == "teinte"
    assert "words" not in to_product({**said, "metadata": named}, PAGES).attributes


def test_tells_a_former_price_and_a_price_with_tax() -> None:
    (said,) = recorded("product")["products"]
    price = {
        "currency_code": "eur", "calculated_amount": 100, "calculated_amount_with_tax": 120, "original_amount": 150,
        "original_amount_with_tax": 180,
    }
    told = to_product({**said, "variants": [{**said["variants"][0], "calculated_price": price}]}, PAGES)
    assert (told.variants[0].price_minor, told.variants[0].compare_at_minor) == (12000, 18000)


def test_reads_options_by_any_of_their_names() -> None:
    assert option_values([
        {"value": "M", "option": {"title": "Taille"}}, {"value": "Bleu marine", "option": {"title": "Color"}},
    ]) == {"colour": "bleu_marine", "size": "m"}


def _sold(**changed: Any) -> Mapping[str, Any]:
    variants = recorded("stock_sold")["products"][0]["variants"]
    (shelved,) = recorded("stock_shelves")["variants"]
    return {**next(each for each in variants if each["id"] == shelved["id"]), **changed}


def test_tells_what_can_be_sent_and_what_each_store_has() -> None:
    (shelved,) = recorded("stock_shelves")["variants"]
    told_places = recorded("stock_locations")["stock_locations"]
    places = [each for each in told_places if each["fulfillment_sets"][0]["type"] == "pickup"]
    told = _availability(_sold(inventory_quantity=2), shelved, places, NOW)
    assert (told.state, told.quantity, told.is_sellable_online, len(told.locations)) == ("low", 2, True, 4)
    assert all(each.quantity for each in told.locations)
    assert _availability(_sold(inventory_quantity=0), shelved, places, NOW).state == "out_of_stock"
    assert _availability(_sold(inventory_quantity=0, allow_backorder=True), shelved, (), NOW).state == "backorder"
    assert _availability(_sold(manage_inventory=False), shelved, (), NOW).quantity is None


def test_tells_of_no_code_that_the_shop_did_not_mark() -> None:
    said = recorded("promotions")["promotions"]
    assert {each["code"] for each in said if _is_told(each, NOW)} == {each["code"] for each in said}
    foreign = {**said[0], "campaign": {**said[0]["campaign"], "campaign_identifier": "friends-only"}}
    assert not _is_told(foreign, NOW) and not _is_told({**said[0], "campaign": None}, NOW)
    assert not _is_told({**said[0], "status": "draft"}, NOW)
    assert not _is_told(said[0], datetime(2099, 1, 1, tzinfo=UTC))


def test_says_what_an_offer_takes_off() -> None:
    told = {each.code: each for each in (_to_offer(one, "EUR") for one in recorded("promotions")["promotions"])}
    assert told["MAILLE15"].percent_off == 15 and told["LIVRAISON"].has_free_shipping
    assert (told["BIENVENUE10"].amount_off_minor, told["BIENVENUE10"].min_items_minor) == (1000, 6000)


def test_reads_a_customer_with_the_default_address_first() -> None:
    (said,) = recorded("customer_found")["customers"]
    customer = to_customer(said)
    assert (customer.first_name, customer.locale, customer.phone) == ("Camille", "fr", "+33639981204")
    assert [each.is_default_shipping for each in customer.addresses] == [True, False]
    assert customer.addresses[0].country == "FR"


def test_tells_the_codes_that_it_was_placed_with() -> None:
    said = recorded("order_placed")["order"]
    taken = [{"code": "MERCI10", "amount": 4}, {"code": None, "amount": 1}]
    items = [{**each, "adjustments": taken} for each in said["items"]]
    free = [{**each, "adjustments": [{"code": "LIVRAISON"}]} for each in said["shipping_methods"]]
    assert to_order({**said, "items": items, "shipping_methods": free}, PAGES).offers == ("MERCI10", "LIVRAISON")
    assert to_order(said, PAGES).offers == ()
