"""What a sentence says of prices, whoever reads it."""

import pytest

from bot.commerce.folding import fold
from bot.commerce.price_limits import read_limits, spell_numbers


def limits(text: str, minor_per_unit: int = 100) -> tuple[int, int]:
    return read_limits(spell_numbers(fold(text)), minor_per_unit)[:2]


@pytest.mark.parametrize("text", [
    "", "a coat", "deux tee-shirts", "socks, 2 max", "sous 3 jours", "sans laine", "no wool",
])
def test_hears_no_price_where_none_is_named(text):
    assert limits(text) == (0, 0)


@pytest.mark.parametrize("text", [
    "robe en 38 ou 40 à 80 €", "une robe taille 38-40 à 80 €", "a dress in 38 or 40 to 80 euros", "jean 38/40 à 80 €",
    "jean 38 / 40 à 80 €", "robe taille 38 - 40 à 80 €",
])
def test_a_size_before_a_price_is_no_least_price(text):
    assert limits(text) == (0, 8_000)


@pytest.mark.parametrize("text", [
    "rien au-dessus de 80 €", "nothing over 80 euros", "pas plus de 80", "no more than 80",
    "I don't want to spend over 80 €", "nothing that costs more than 80", "rien de plus cher que 80 €",
    "sans dépasser 80 euros", "ne pas dépasser 80 €", "not exceeding 80 euros", "jamais plus de 80 €", "never above 80",
    "moins de quatre-vingts euros", "en dessous de 80", "je ne veux pas mettre plus de 80 euros", "80 max",
])
def test_a_no_to_more_is_a_most(text):
    assert limits(text) == (0, 8_000)


@pytest.mark.parametrize("text", [
    "à plus de 80 euros", "over 80 euros", "nothing under 80", "pas moins de 80 €", "no less than 80 euros",
    "at least 80", "a pullover over 80 euros", "above 80 €",
])
def test_more_than_so_much_is_a_least(text):
    assert limits(text) == (8_000, 0)


@pytest.mark.parametrize("text", [
    "plus de 50 € et moins de 100 €", "over 50 and under 100 euros", "not less than 50 and not more than 100 €",
    "budget 50 à 100", "budget: 50-100", "moins de 100 € mais plus de 50", "minimum 50 max 100",
    "entre cinquante et cent euros", "between fifty and a hundred euros",
])
def test_a_least_and_a_most_count_both(text):
    assert limits(text) == (5_000, 10_000)


@pytest.mark.parametrize("text", [
    "pas plus de 2 couleurs", "not more than 2 colours", "au moins 3 poches", "moins de quinze jours",
    "moins de trente ans",
])
def test_what_is_counted_otherwise_is_no_price(text):
    assert limits(text) == (0, 0)


@pytest.mark.parametrize(("text", "most"), [
    ("moins de cent vingt euros", 120), ("under a hundred and twenty euros", 120), ("under eighty five euros", 85),
    ("under one hundred and fifty euros", 150), ("moins de deux cent cinquante euros", 250), ("under ninety-five", 95),
    ("mille deux cents euros", 1200), ("moins de quatre-vingt-dix", 90), ("soixante et onze euros", 71),
    ("moins de quatre vingt dix neuf euros", 99), ("two thousand five hundred euros", 2500),
    ("dix mille euros", 10_000),
    ("under twelve hundred dollars", 1200), ("under a thousand", 1000), ("une chemise à vingt et un euros", 21),
])
def test_reads_a_price_in_words_whole(text, most):
    assert limits(text) == (0, most * 100)


def test_an_and_between_two_prices_joins_no_number():
    assert limits("between a hundred and two hundred euros") == (10_000, 20_000)
    assert limits("entre cent et deux cents euros") == (10_000, 20_000)


def test_a_pullover_is_no_over():
    assert limits("un pullover 80 euros") == (0, 8_000)


def test_leaves_the_other_words():
    assert read_limits("une robe rouge a moins de 80 euros en 38", 100)[2].split() == "une robe rouge a en 38".split()
