"""What Shopify tells, in our words: money, options, names in two languages, stock."""

from datetime import UTC, datetime

import pytest

from bot.commerce.forms import kind_of
from bot.commerce.shopify.engine import ShopifyEngine
from bot.commerce.shopify.product_shapes import to_product
from bot.commerce.shopify.shapes import gid, minor, option_values, quoted, ref_of
from bot.commerce.shopify.stock import _availability
from bot.commerce.types import ProductRef
from tests.servers.shopify.server import PlayedShopify


@pytest.mark.parametrize(("amount", "currency", "expected"), [
    ("19.99", "EUR", 1999), ("19.9", "EUR", 1990), ("1500.0", "JPY", 1500), ("1.2345", "KWD", 1235),
    ("0.005", "USD", 1),
])
def test_rounds_money_half_up_to_the_currencys_own_units(amount: str, currency: str, expected: int) -> None:
    assert minor({"amount": amount, "currencyCode": currency}) == expected
    assert minor({"presentmentMoney": {"amount": amount, "currencyCode": currency}}) == expected


def test_takes_the_number_out_of_an_id() -> None:
    assert ref_of("gid://shopify/MailingAddress/42?model_name=CustomerAddress") == "42"
    assert gid("MailingAddress", "42") == "gid://shopify/MailingAddress/42?model_name=CustomerAddress"


def test_calls_options_by_one_name_and_leaves_out_shopifys_placeholder() -> None:
    assert [kind_of(each) for each in ("Color", "Couleur", "Pointure", "Longueur")] == [
        "colour", "colour", "size", "longueur"]
    assert option_values([{"name": "Title", "value": "Default Title"}]) == {}
    assert option_values([{"name": "Couleur", "value": "Bleu Marine"}]) == {"colour": "bleu_marine"}


def test_lets_nobody_out_of_the_quotes_of_a_search() -> None:
    assert quoted('x" OR email:"y\\') == '"x  OR email: y"'


def test_names_products_in_both_languages_and_values_by_the_shops_own(
    shopify: PlayedShopify, engine: ShopifyEngine
) -> None:
    native = shopify.shop.products[0]
    product = engine.get_product(ProductRef(native.number))
    assert product.names == {"fr": "Pull Armor", "en": "Armor jumper"}
    assert engine.get_product(ProductRef("armor-0")) == product
    assert (product.product_type, product.brand, product.attributes) == ("pull", "armor_lux", {"material": "wool"})
    assert product.variants[0].options == {"colour": "bleu_marine", "size": "s"}
    words = engine.vocabulary()
    assert words["product_type"]["pull"] == ["Jumper", "Pull"]
    assert words["colour"]["bleu_marine"] == ["Navy", "Bleu marine"]
    assert engine.search_products("red jumper").items and engine.search_products("robe rouge", language="fr").items


def test_tells_a_price_before_only_when_it_was_higher() -> None:
    variant = {"id": "gid://shopify/ProductVariant/2", "sku": None, "title": "S", "image": None, "selectedOptions": []}
    price = {"amount": "10.00", "currencyCode": "EUR"}
    said = {
        "id": "gid://shopify/Product/1", "handle": "h", "title": "T", "description": "", "productType": "",
        "vendor": "", "tags": ["replenishable", "occasion:Mariage", "occasion:Fête", "lasts_days:60"],
        "onlineStoreUrl": None,
        "featuredImage": {"url": "https://cdn.example/1.jpg"},
        "variants": {"nodes": [
            {**variant, "price": price, "compareAtPrice": {"amount": before, "currencyCode": "EUR"}}
            for before in ("12.00", "10.00", "0.00")
        ]},
    }
    product = to_product({"FR": said}, "https://shop.example")
    assert [each.compare_at_minor for each in product.variants] == [1200, None, None]
    assert product.is_replenishable and product.attributes == {"occasions": ["mariage", "fete"], "lasts_days": 60}
    assert product.url == "https://shop.example/products/h"
    assert product.variants[0].image_url == "https://cdn.example/1.jpg"


@pytest.mark.parametrize(("tracked", "policy", "online", "expected"), [
    (True, "DENY", 5, ("in_stock", 5, True)), (True, "DENY", 2, ("low", 2, True)),
    (True, "DENY", -3, ("out_of_stock", 0, False)), (True, "CONTINUE", 0, ("backorder", None, True)),
    (False, "DENY", 0, ("in_stock", None, True)),
])
def test_tells_what_can_be_sent(
    tracked: bool, policy: str, online: int, expected: tuple[str, int | None, bool]
) -> None:
    said = {
        "id": "gid://shopify/ProductVariant/2", "availableForSale": True, "inventoryPolicy": policy,
        "sellableOnlineQuantity": online, "inventoryItem": {"tracked": tracked, "inventoryLevels": {"nodes": []}},
    }
    told = _availability(said, [], datetime(2026, 11, 29, tzinfo=UTC))
    assert (told.state, told.quantity, told.is_sellable_online) == expected
