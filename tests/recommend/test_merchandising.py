"""What the shop's people decide: bans hold everywhere, pins lead among equals."""

from datetime import UTC, date, datetime, timedelta
from typing import cast

import numpy as np
import pytest

from bot.bootstrap import PROJECT
from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, Page, Product, ProductRef
from bot.errors import FixConfiguration
from bot.finding.finder import Finder
from bot.recommend.catalogue import Catalogue, CatalogueCache
from bot.recommend.merchandising import Choice, Merchandising, lead_with_pins, load_merchandising
from bot.recommend.recommender import Recommender
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


def test_a_pin_leads_what_scores_about_as_much_by_any_ranker_s_numbers():
    """Negative ones of a learned ranker, too; and a pin lifts nothing that may not be shown."""
    pinned, meant = np.array([False, True, False, True]), np.array([True, True, True, False])
    for scale, shift in ((1.0, 0.0), (40.0, -90.0)):
        led = lead_with_pins(np.array([0.9, 0.8, 0.0, 0.95]) * scale + shift, pinned, meant)
        assert np.argsort(-led[:3]).tolist() == [1, 0, 2]
        assert led[3] == 0.95 * scale + shift
    far = lead_with_pins(np.array([0.9, 0.4, 0.0, 0.95]), pinned, meant)
    assert np.argsort(-far[:3]).tolist() == [0, 1, 2]


def _decided(store, shop, *, ban: str = "", pin: str = "") -> Recommender:
    bans, pins = (tuple(Choice(products=frozenset({each})) for each in [ref] if each) for ref in (ban, pin))
    return Recommender(store, cast(CommerceEngine, shop), merchandising=Merchandising(bans, pins))


def test_a_pin_leads_suggestions_and_a_ban_keeps_out_of_them(store, shop, stranger, now):
    first = [each.product.ref for each in _decided(store, shop).recommend(stranger, None, limit=12, now=now)]
    pinned = _decided(store, shop, pin=first[-1]).recommend(stranger, None, limit=12, now=now)
    assert pinned[0].product.ref == first[-1]
    banned = _decided(store, shop, ban=first[0]).recommend(stranger, None, limit=12, now=now)
    assert first[0] not in [each.product.ref for each in banned]


def test_a_pin_leads_its_place_of_a_look_and_a_ban_keeps_out_of_it(store, shop, now):
    def look(**what: str) -> list[str]:
        found = _decided(store, shop, **what).complete_look(ProductRef("coat"), colour="navy", limit=6, now=now)
        return [each.product.ref for each in found]

    chosen = look()
    other = {"scarf": "hat", "hat": "scarf"}[next(ref for ref in chosen if ref in ("scarf", "hat"))]
    assert other in look(pin=other)
    assert chosen[0] not in look(ban=chosen[0])


def test_a_ban_keeps_out_of_the_usual_basket_and_stands_in_for_nothing(store, shop, now):
    anna = CustomerRef("anna")
    for days in (140, 70):
        shop.sell(anna, "socks-black-36-38", now - timedelta(days=days))
    assert [each.product.ref for each in _decided(store, shop).usual(anna, now)] == ["socks"]
    assert _decided(store, shop, ban="socks").usual(anna, now) == []


@pytest.mark.parametrize(("day", "holds"), [
    (date(2026, 10, 31), False), (date(2026, 11, 1), True), (date(2026, 12, 24), True), (date(2026, 12, 25), False),
])  # fmt: skip
def test_a_choice_holds_on_its_days_and_the_last_is_one_of_them(day, holds):
    choice = Choice(types=frozenset({"coat"}), first_day=date(2026, 11, 1), last_day=date(2026, 12, 24))
    assert choice.holds(PRODUCTS[0], day) is holds
    assert not choice.holds(PRODUCTS[3], day)


@pytest.mark.parametrize(("text", "complaint"), [
    ("[bans.x]\nproduct = 'a'\n", "line 2: bans.x.product is not known here"),
    ("\n[ban.x]\nproducts = ['a']\n", "line 2: ban is not known here; known are bans, pins"),
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
