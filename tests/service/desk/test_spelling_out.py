"""A comparison that tells one of two alike things apart is put into what the shop calls them."""

import pytest

from bot.commerce.types import OrderLine, ProductRef, VariantRef
from bot.service.desk.spelling_out import spell_out


def line(number: str, title: str, price: int, **options: str) -> OrderLine:
    return OrderLine(
        id=number, variant_ref=VariantRef(number), product_ref=ProductRef(title), sku=number, title=title,
        options=options, unit_price_minor=price, ordered=1,
    )


BASKET = [
    line("t8", "Tablet", 30000, screen="8-inch", color="black"),
    line("t10", "Tablet", 40000, screen="10-inch", color="black"),
    line("lamp", "Desk Lamp", 4000, color="white"),
]


@pytest.mark.parametrize(("said", "expected"), [
    ("return the cheaper tablet", "return the 8-inch tablet"),
    ("return the bigger tablet please", "return the 10-inch tablet please"),
    ("cancel the more expensive tablet", "cancel the 10-inch tablet"),
    ("of the tablets, return the smaller one", "of the tablets, return the 8-inch Tablet "),
])
def test_names_the_one_that_is_meant(said, expected):
    assert spell_out(said, BASKET, {}) == expected


@pytest.mark.parametrize("said", [
    "", "return the cheaper lamp", "exchange the tablet for a bigger one", "I want the bigger picture",
    "the cheapest way please",
])
def test_leaves_alone_what_tells_nothing_apart(said):
    assert spell_out(said, BASKET, {}) == said
