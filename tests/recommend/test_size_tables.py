"""Sizes of one country in another's: by tables, between two where it lies so, and unknown rather than a guess."""

import pytest

from bot.recommend.size_tables import own_sizes
from bot.recommend.sizes import customer_size
from bot.recommend.style import Style
from tests.fakes.shop import make_product

WOMENS = ("34", "36", "38", "40", "42", "44")
DRESS = make_product("dress", "dress", sizes=WOMENS, gender="women", size_country="FR")
BRITISH = make_product("gown", "dress", sizes=("8", "10", "12"), gender="women", size_country="UK")
UNTOLD = make_product("frock", "dress", sizes=WOMENS, gender="women")
LETTERS = make_product("jumper", "jumper", sizes=("S", "M", "XXL"), gender="women")
BOOTS = make_product("boots", "boots", sizes=("36", "37", "38", "39", "40", "41"), gender="women")
TRAINERS = make_product("trainers", "sneakers", sizes=("41", "42", "43", "44"), gender="men")
UNISEX = make_product("clogs", "mules", sizes=("38", "39", "40"))
TROUSERS = make_product("chinos", "chinos", sizes=("40", "42", "44"), gender="men", size_country="FR")


@pytest.mark.parametrize(("product", "said"), [
    (UNTOLD, "UK 12"), (UNTOLD, "IT 40"), (LETTERS, "UK 12"), (DRESS, "M"), (DRESS, "UK 11"), (DRESS, "UK 4"),
    (UNISEX, "US 8"), (DRESS, "US 28"), (BRITISH, "40"), (BOOTS, "12"),
])  # fmt: skip
def test_is_unknown_where_the_system_is_unclear_or_no_table_has_it(product, said):
    assert own_sizes(product, said) == ()


@pytest.mark.parametrize(("product", "said", "own"), [
    (DRESS, "UK 12", "40"), (DRESS, "US 8", "40"), (DRESS, "IT 44", "40"), (DRESS, "DE 38", "40"),
    (DRESS, "FR 40", "40"),
    (BRITISH, "FR 40", "12"), (BRITISH, "US 6", "10"), (UNTOLD, "FR 40", "40"),
    (BOOTS, "UK 5", "38"), (BOOTS, "US 7", "38"), (BOOTS, "EU 38", "38"), (TRAINERS, "UK 8", "42"),
    (TRAINERS, "US 9", "42"),
    (UNISEX, "UK 5", "38"), (TROUSERS, "US 32", "42"), (TROUSERS, "IT 48", "42"), (LETTERS, "2xl", "XXL"),
])  # fmt: skip
def test_is_the_product_s_own_where_a_table_tells_it(product, said, own):
    assert own_sizes(product, said) == (own,)


@pytest.mark.parametrize(("product", "said", "own"), [
    (BOOTS, "UK 6", ("39", "40")), (BOOTS, "UK 5.5", ("38", "39")), (TRAINERS, "US 10", ("43", "44")),
    (TROUSERS, "UK 31", ("40", "42")),
])  # fmt: skip
def test_says_both_where_it_lies_between_two(product, said, own):
    assert own_sizes(product, said) == own


def test_what_was_kept_in_one_country_s_numbers_tells_the_size_in_another_s():
    assert customer_size(DRESS, {"women:numbers@uk": "12"}) == "40"
    assert customer_size(BRITISH, {"women:numbers@fr": "40"}) == "12"
    assert customer_size(UNTOLD, {"women:numbers@uk": "12"}) == ""


def test_what_was_stated_between_two_sizes_is_nobody_s_size():
    assert customer_size(BOOTS, {}, Style(sizes=("UK 5.5",))) == ""
