"""Whether the customer's size lies beyond what is made: told only where both are of one scale."""

import pytest

from bot.profile.told_sizes import LETTERED, NUMBERED
from bot.recommend.sizes import customer_size, is_out_of_range
from bot.recommend.style import Style
from tests.fakes.shop import make_product


@pytest.mark.parametrize(("product_type", "made", "department", "known"), [
    ("gloves", ("S", "M"), "", {"letters": "XL"}),
    ("hat", ("55", "57"), "", {"accessory": "85"}),  # a belt's
    ("shirt", ("39", "41"), "men", {"men:numbers": "48"}),  # a jacket's
    ("shirt", ("S", "M"), "men", {"men:numbers": "48"}),
    ("boots", ("38", "38.5", "39"), "", {"shoes": "38,5"}),
])
def test_is_not_told_where_sizes_are_not_of_one_scale_or_within(product_type, made, department, known):
    assert not is_out_of_range(make_product("it", product_type, sizes=made, department=department), known)


@pytest.mark.parametrize(("product_type", "made", "department", "known"), [
    ("shirt", ("S", "M"), "", {"letters": "XL"}),
    ("dress", ("36", "38"), "women", {"women:numbers": "44"}),
    ("boots", ("38", "38.5", "39"), "", {"shoes": "44.5"}),
])
def test_is_told_beyond_the_largest_that_is_made(product_type, made, department, known):
    assert is_out_of_range(make_product("it", product_type, sizes=made, department=department), known)


BOOTS = make_product("boots", "boots", sizes=("38", "39", "40"), department="women")
DRESS = make_product("dress", "dress", sizes=("36", "38", "40"), department="women")
JUMPER = make_product("jumper", "jumper", sizes=("S", "M", "L"))
COAT = make_product("coat", "coat", sizes=("S", "M", "L"))
SKIRT = make_product("skirt", "skirt", sizes=("S", "M", "L"))


@pytest.mark.parametrize(("product", "known", "proven", "size"), [
    (BOOTS, {NUMBERED: "38"}, {"women:shoes": "40"}, "40"),  # a number of no kind, and what was kept
    (DRESS, {NUMBERED: "38"}, {"women:shoes": "40"}, "38"),
    (BOOTS, {NUMBERED: "38"}, {"women:numbers": "38"}, ""), (BOOTS, {NUMBERED: "38"}, {}, ""),
    (BOOTS, {"dress": "38"}, {}, ""),
    (BOOTS, {"shoes": "38"}, {"women:shoes": "40"}, "38"),  # what is told of the very kind goes first
    (BOOTS, {"shoes": "42"}, {"women:shoes": "40"}, ""),
    (DRESS, {"shoes": "39", LETTERED: "M"}, {}, ""),
    (JUMPER, {"shoes": "39", LETTERED: "M"}, {"letters": "L"}, "M"),
    (JUMPER, {"top": "L", "bottom": "M"}, {}, "L"), (SKIRT, {"top": "L", "bottom": "M"}, {}, "M"),
    (COAT, {"top": "L", "bottom": "M"}, {}, "L"),
    (JUMPER, {"bottom": "M"}, {}, ""),
    (make_product("trousers", "trousers", sizes=("38", "40")), {"dress": "38"}, {}, "38"),
    (make_product("trousers", "trousers", sizes=("38", "40")), {"dress": "38", NUMBERED: "40"}, {}, ""),
])
def test_a_told_size_holds_for_its_kind(product, known, proven, size):
    assert customer_size(product, proven, Style(known_sizes=known)) == size


def test_a_size_that_is_asked_for_now_goes_before_all():
    assert customer_size(BOOTS, {"women:shoes": "40"}, Style(sizes=("38",), known_sizes={"shoes": "39"})) == "38"


def test_sizes_that_were_kept_without_a_kind_are_of_none():
    assert Style.from_data({"sizes": ["38", "M"]}).known_sizes == {NUMBERED: "38", LETTERED: "M"}
    assert Style.from_data({"sizes": ["38"], "known_sizes": {}}).sizes == ("38",)


def test_a_told_size_may_lie_beyond_what_is_made():
    assert is_out_of_range(BOOTS, {}, Style(known_sizes={"shoes": "42"}))
    assert not is_out_of_range(BOOTS, {}, Style(known_sizes={NUMBERED: "42"}))
