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


def test_a_pullover_is_no_over():
    assert limits("un pullover 80 euros") == (0, 8_000)


def test_leaves_the_other_words():
    assert read_limits("une robe rouge a moins de 80 euros en 38", 100)[2].split() == "une robe rouge a en 38".split()
