"""Searching the demo's catalogue in the customer's words."""

import pytest

from bot.commerce.demo.engine import DemoEngine
from bot.errors import FixInput


def test_finds_nothing_when_one_word_fits_nowhere(engine: DemoEngine) -> None:
    assert engine.search_products("robe zinzolin").items == ()


def test_refuses_a_cursor_that_is_not_ours(engine: DemoEngine) -> None:
    with pytest.raises(FixInput):
        engine.search_products(cursor="abc")


@pytest.mark.parametrize(
    ("query", "language", "product_type"),
    [
        ("robe fleurie", "fr", "dress"), ("floral dress", "en", "dress"), ("baskets blanches", "fr", "sneakers"),
        ("bonnet", "fr", "hat"), ("red coat", "en", "coat"), ("sac à main noir", "fr", "handbag"),
        ("pull en cachemire", "fr", "sweater"), ("chelsea boots", "en", "ankle_boots"),
        ("une robe pour un mariage", "fr", "dress"), ("a scarf for my holiday", "en", "scarf"),
    ],
)
def test_finds_the_type_first_in_either_language(
    engine: DemoEngine, query: str, language: str, product_type: str
) -> None:
    found = engine.search_products(query, language=language).items
    assert found
    assert found[0].product_type == product_type


def test_keeps_to_colour_size_and_stock_in_one_variant(engine: DemoEngine) -> None:
    filters = {"product_type": "jeans", "colour": "black", "size": "38", "in_stock": True}
    for product in engine.search_products(filters=filters).items:
        fitting = [v.ref for v in product.variants if v.options == {"colour": "black", "size": "38"}]
        assert engine.get_availability(fitting)[0].is_sellable_online


def test_gives_english_then_french_names_for_each_word(engine: DemoEngine) -> None:
    words = engine.vocabulary()
    assert words["product_type"]["coat"][:2] == ["coat", "manteau"]
    assert words["colour"]["navy"][:2] == ["navy", "bleu marine"]
    assert words["brand"]["brume-et-sel"][0] == "Brume & Sel"
