"""What a sentence calls by name: in two languages, in one, and in a shop whose names say only what things are."""

import pytest

from bot.commerce.types import Product, ProductRef
from bot.finding.naming import ProductNames, find_named
from bot.service.answers import simplify

WORDS = {
    "product_type": {"boots": ["boots", "bottes"], "dress": ["dress", "robe"], "sunglasses": ["lunettes"]},
    "colour": {"blue": ["blue", "bleu", "bleue"]}, "material": {"leather": ["leather", "cuir"]},
}


def _sold(ref: str, product_type: str, **names: str) -> Product:
    return Product(ref=ProductRef(ref), slug=ref, names=names, descriptions={}, product_type=product_type)


TWO = ProductNames.of([
    _sold("sud", "dress", fr="Robe Terrasse Sud", en="Terrasse Sud dress"),
    _sold("terrasse", "dress", fr="Robe en lin Terrasse", en="Terrasse linen dress"),
    _sold("premiere", "sunglasses", fr="Lunettes Première", en="Première sunglasses"),
    _sold("dimanche", "dress", fr="Robe Dimanche", en="Dimanche dress"),
    _sold("plain", "dress", fr="Robe bleue", en="Blue dress"),
], WORDS)
ONE = ProductNames.of([
    _sold("work", "boots", en="Old Miller leather boots"), _sold("blue", "boots", en="Blue leather boots"),
], WORDS)


@pytest.mark.parametrize("text", [
    "", "the blue dress", "la robe bleue", "la première", "la robe pour dimanche", "a dress for Dimanche", "le sud",
    "pas la Terrasse, la deuxième", "je la veux dimanche", "dimanche midi", "je suis en terrasse",
])
def test_names_nothing_by_words_that_mean_something_else(text):
    assert find_named(simplify(text), TWO, {"dress"}, ()) == ()


@pytest.mark.parametrize("text", ["the blue leather one", "leather boots", "the old ones", "Miller?"])
def test_names_nothing_by_a_part_of_a_name_in_a_shop_of_one_language(text):
    assert find_named(simplify(text), ONE, {"boots"}, ()) == ()


@pytest.mark.parametrize(("names", "text", "ref"), [
    (TWO, "la Terrasse Sud", "sud"), (TWO, "the Terrasse dress", "terrasse"), (TWO, "la robe Dimanche", "dimanche"),
    (TWO, "add Dimanche", "dimanche"), (TWO, "taille du Dimanche ?", "dimanche"),
    (TWO, "la robe terasse sud", "sud"), (TWO, "Terrasse Sud, not the Dimanche", "sud"),
    (ONE, "add the Old Miller boots", "work"), (ONE, "the Old Millers", "work"), (ONE, "the old milller boots", "work"),
])
def test_names_what_is_called_so_the_longest_name_first(names, text, ref):
    assert find_named(simplify(text), names, {"dress", "boots"}, ()) == (ref,)


def test_names_both_of_two_that_are_called():
    assert find_named("la terrasse sud et la dimanche", TWO, (), ()) == ("sud", "dimanche")


def test_a_letter_off_names_nothing_of_another_type():
    assert find_named("lunettes dimanhce", TWO, {"sunglasses"}, ()) == ()
    assert find_named("robe dimanhce", TWO, {"dress"}, ()) == ("dimanche",)
