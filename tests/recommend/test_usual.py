"""What somebody usually takes: by their own rhythm, whole, and what stands in for what is gone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commerce.types import CustomerRef, VariantRef
from bot.recommend.style import Style
from tests.fakes.shop import make_product

ANNA = CustomerRef("anna")


@pytest.fixture
def again(shop, now):
    """Somebody who buys socks every sixty days."""
    for days in (65, 125):
        shop.sell(ANNA, "socks-black-36-38", now - timedelta(days=days), ordered=2)
    return shop


def test_has_nothing_of_what_went_back(recommender, shop, now):
    shop.sell(ANNA, "socks-black-36-38", now - timedelta(days=70), returned=1)
    assert recommender.usual(ANNA, now) == []


def test_has_nothing_that_went_back_the_last_time(recommender, again, now):
    again.sell(ANNA, "socks-black-36-38", now - timedelta(days=5), returned=1)
    assert recommender.usual(ANNA, now) == []


def test_has_nothing_that_is_disliked(recommender, again, now):
    assert recommender.usual(ANNA, now, style=Style(disliked=("socks",))) == []


def test_keeps_what_was_tried_in_two_sizes_of_which_one_went_back(recommender, again, now):
    again.sell(ANNA, "socks-black-36-38", now - timedelta(days=5))
    again.sell(ANNA, "socks-black-39-41", now - timedelta(days=5), returned=1)
    assert [each.variant.ref for each in recommender.usual(ANNA, now)] == ["socks-black-36-38"]


@pytest.mark.parametrize(("days", "is_due"), [(10, False), (47, False), (49, True), (90, True)])
def test_is_due_by_the_customers_own_rhythm(recommender, shop, now, days, is_due):
    for ago in (days, days + 60):
        shop.sell(ANNA, "socks-black-36-38", now - timedelta(days=ago))
    assert [each.is_due for each in recommender.usual(ANNA, now)] == [is_due]


def test_what_is_due_comes_first(recommender, again, now):
    again.sell(ANNA, "wax-neutral-one size", now - timedelta(days=1))
    again.sell(ANNA, "wax-neutral-one size", now - timedelta(days=30))
    again.sell(ANNA, "wax-neutral-one size", now - timedelta(days=60))
    found = [(each.product.ref, each.is_due) for each in recommender.usual(ANNA, now)]
    assert found == [("socks", True), ("wax", False)]


def test_holds_everything_of_the_last_time(recommender, shop, now):
    for size, pieces in (("36-38", 2), ("39-41", 1)):
        shop.sell(ANNA, f"socks-black-{size}", now - timedelta(days=70), ordered=pieces)
    found = recommender.usual(ANNA, now)
    assert [(each.variant.ref, each.quantity) for each in found] == [("socks-black-36-38", 2), ("socks-black-39-41", 1)]


def sell_as(shop, colours, sizes):
    """The socks as they are sold from now on, under new references."""
    socks = next(each for each in shop.products if each.ref == "socks")
    new = make_product("socks", "socks", colours=colours, sizes=sizes, is_replenishable=True)
    variants = tuple(replace(v, ref=VariantRef(f"new-{v.ref}")) for v in new.variants)
    shop.products[shop.products.index(socks)] = replace(new, variants=variants)


def test_takes_the_same_size_and_colour_where_a_variant_has_a_new_reference(recommender, again, now):
    sell_as(again, ("red", "black"), ("33-35", "36-38"))
    (usual,) = recommender.usual(ANNA, now)
    assert (usual.variant.ref, usual.quantity, usual.is_available) == ("new-socks-black-36-38", 2, True)


def test_says_what_was_bought_where_it_is_sold_no_more_and_offers_the_same_size(recommender, again, now):
    sell_as(again, ("red",), ("33-35", "36-38"))
    (usual,) = recommender.usual(ANNA, now)
    assert (usual.variant.options, usual.is_available) == ({"colour": "black", "size": "36-38"}, False)
    assert usual.substitute.variant.ref == "new-socks-red-36-38"


def test_finds_nothing_that_stands_in_where_nothing_comes_close(recommender, again, now):
    again.stock["socks-black-36-38"] = 0
    (usual,) = recommender.usual(ANNA, now)
    assert (usual.is_available, usual.substitute) == (False, None)


def test_another_colour_in_the_same_size_stands_in_first(recommender, again, now):
    again.products.append(make_product("tube", "socks", colours=("black",), sizes=("36-38",)))
    socks = next(each for each in again.products if each.ref == "socks")
    red = make_product("socks", "socks", colours=("black", "red"), sizes=("36-38", "39-41"), is_replenishable=True)
    again.products[again.products.index(socks)] = red
    again.stock["socks-black-36-38"] = 0
    (usual,) = recommender.usual(ANNA, now)
    assert usual.substitute.variant.ref == "socks-red-36-38"


def test_a_like_thing_of_the_type_and_size_stands_in_where_it_costs_about_as_much(recommender, again, now):
    again.products += [
        make_product("dear", "socks", colours=("black",), sizes=("36-38",), price_minor=50_000),
        make_product("tube", "socks", colours=("black",), sizes=("36-38",)),
    ]
    again.stock["socks-black-36-38"] = 0
    (usual,) = recommender.usual(ANNA, now)
    assert usual.substitute.product.ref == "tube"


def test_nothing_stands_in_that_went_back(recommender, again, now):
    again.products.append(make_product("tube", "socks", colours=("black",), sizes=("36-38",)))
    again.sell(ANNA, "tube-black-36-38", now - timedelta(days=300), returned=1)
    again.stock["socks-black-36-38"] = 0
    (usual,) = recommender.usual(ANNA, now)
    assert usual.substitute is None


@pytest.mark.parametrize(("style", "stands_in"), [
    (Style(avoid_materials=("wool",)), "cotton"), (Style(avoid_types=("socks",)), None), (Style(), "woollen"),
])
def test_nothing_stands_in_of_a_material_or_a_kind_that_is_refused(recommender, again, now, style, stands_in):
    again.products += [
        make_product("woollen", "socks", colours=("black",), sizes=("36-38",), material="wool"),
        make_product("cotton", "socks", colours=("black",), sizes=("36-38",), price_minor=5_500, material="cotton"),
    ]
    again.stock["socks-black-36-38"] = 0
    (usual,) = recommender.usual(ANNA, now, style=style)
    assert (usual.substitute and usual.substitute.product.ref) == stands_in


@pytest.mark.parametrize(("place", "is_available"), [("paris", True), ("lyon", False), ("", True)])
def test_is_in_stock_in_the_store_that_is_collected_from(recommender, again, now, place, is_available):
    again.products.append(make_product("tube", "socks", colours=("black",), sizes=("36-38",)))  # none in Lyon, either
    (usual,) = recommender.usual(ANNA, now, style=Style(store=place))
    assert (usual.is_available, usual.is_elsewhere, usual.substitute) == (is_available, not is_available, None)


def test_has_no_more_than_lie_in_the_store_that_is_collected_from(recommender, again, now):
    again.stock["socks-black-36-38"] = 2  # half of what there is lies in Paris
    (usual,) = recommender.usual(ANNA, now, style=Style(store="paris"))
    assert (usual.is_available, usual.quantity) == (True, 1)


def test_what_stands_in_is_in_the_store_that_is_collected_from(recommender, again, now):
    again.products.append(make_product("tube", "socks", colours=("black",), sizes=("36-38",)))
    again.stock["socks-black-36-38"] = 1  # half of what there is lies in Paris
    (usual,) = recommender.usual(ANNA, now, style=Style(store="paris"))
    assert (usual.is_elsewhere, usual.substitute.product.ref) == (True, "tube")


def test_what_is_out_of_stock_everywhere_is_not_elsewhere(recommender, again, now):
    again.stock["socks-black-36-38"] = 0
    (usual,) = recommender.usual(ANNA, now, style=Style(store="paris"))
    assert (usual.is_available, usual.is_elsewhere) == (False, False)


def test_what_is_sold_in_another_amount_is_not_what_was_bought(recommender, shop, now):
    wax = next(each for each in shop.products if each.ref == "wax")
    small = replace(wax.variants[0], options={**wax.variants[0].options, "amount": "50 ml"})
    shop.products[shop.products.index(wax)] = replace(wax, variants=(small,))
    for days in (65, 125):
        shop.sell(ANNA, small.ref, now - timedelta(days=days))
    large = replace(small, ref="wax-500", options={**small.options, "amount": "500 ml"})
    shop.products[-1] = replace(wax, variants=(large,))
    (usual,) = recommender.usual(ANNA, now)
    assert (usual.is_available, usual.variant.options) == (False, small.options)


def test_has_every_habit_what_is_due_first(recommender, shop, now):
    shop.products += [make_product(f"tea{n}", "tea", sizes=("one size",), is_replenishable=True) for n in range(12)]
    for number in range(12):
        shop.sell(ANNA, f"tea{number}-navy-one size", now - timedelta(days=5 if number < 4 else 200))
    found = recommender.usual(ANNA, now)
    assert [each.is_due for each in found] == [True] * 8 + [False] * 4
