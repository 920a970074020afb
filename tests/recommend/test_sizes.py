"""Whether the customer's size lies beyond what is made: told only where both are of one scale."""

import pytest

from bot.recommend.sizes import is_out_of_range
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
