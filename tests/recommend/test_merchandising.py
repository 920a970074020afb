"""What the shop's people decide: bans hold everywhere, pins lead among equals."""

from datetime import UTC, date, datetime

import pytest

from bot.bootstrap import PROJECT
from bot.commerce.types import Page, Product, ProductRef
from bot.errors import FixConfiguration
from bot.finding.finder import Finder
from bot.recommend.catalogue import Catalogue, CatalogueCache
from bot.recommend.merchandising import Choice, Merchandising, load_merchandising
from bot.recommend.rules import allowed_products
from bot.recommend.shopper import Shopper

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def _product(slug: str, product_type: str = "coat", brand: str = "a") -> Product:
    return Product(ProductRef(slug), slug, {"en": f"{slug} {product_type}"}, {}, product_type, brand)


PRODUCTS = (_product("one"), _product("two", brand="b"), _product("three"), _product("four", "hat", "b"))


def _shop(rules: Merchandising) -> Catalogue:
    banned, pinned = rules.banned(PRODUCTS, NOW.date()), rules.pinned(PRODUCTS, NOW.date())
    return Catalogue(PRODUCTS, banned=banned, pinned=pinned)


def test_a_shop_without_a_file_decides_nothing(tmp_path):
    assert load_merchandising(tmp_path / "merchandising.toml") == Merchandising()


def test_what_is_banned_is_neither_found_nor_suggested():
    shop = _shop(Merchandising(bans=(Choice(brands=frozenset({"b"})),)))
    found = Finder(lambda _: shop).find("a coat or a hat", language="en", now=NOW)
    assert {product.ref for product in found.products} == {"one", "three"}
    assert allowed_products(shop, Shopper(), None).tolist() == [True, False, True, False]


def test_a_pin_leads_among_equals_and_never_over_what_fits_better():
    shop = _shop(Merchandising(pins=(Choice(products=frozenset({"three", "four"})),)))
    found = Finder(lambda _: shop).find("coat", language="en", now=NOW)
    assert found.products[0].ref == "three"
    assert found.products[-1].ref == "four"


@pytest.mark.parametrize(("day", "holds"), [
    (date(2026, 10, 31), False), (date(2026, 11, 1), True), (date(2026, 12, 24), True), (date(2026, 12, 25), False),
])  # fmt: skip
def test_a_choice_holds_on_its_days_and_the_last_is_one_of_them(day, holds):
    choice = Choice(types=frozenset({"coat"}), first_day=date(2026, 11, 1), last_day=date(2026, 12, 24))
    assert choice.holds(PRODUCTS[0], day) is holds
    assert not choice.holds(PRODUCTS[3], day)


@pytest.mark.parametrize(("text", "complaint"), [
    ("[bans.x]\nproduct = 'a'\n", "line 2: bans.x.product is not known here"),
    ("[bans.x]\nuntil = 2026-12-01\n", "bans.x.products is missing"),
    ("[pins.x]\ntypes = ['coat']\nuntil = 'soon'\n", "line 3: pins.x.until must be a day"),
])  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path, text, complaint):
    path = tmp_path / "merchandising.toml"
    path.write_text(text)
    with pytest.raises(FixConfiguration, match=complaint):
        load_merchandising(path)


def test_the_demo_s_choices_are_read_and_the_snapshot_holds_them():
    class Shop:
        def search_products(self, *_: object, **__: object) -> object:
            return Page((_product("cire-grain", "raincoat", "brume-et-sel"), *PRODUCTS))

        def vocabulary(self) -> dict[str, dict[str, list[str]]]:
            return {}

    rules = load_merchandising(PROJECT / "data/shops/demo/merchandising.toml")
    shop = CatalogueCache(Shop(), merchandising=rules).get(NOW)  # type: ignore[arg-type]
    assert shop.pinned == {"cire-grain"}
    assert shop.banned == frozenset()
