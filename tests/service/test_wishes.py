"""What somebody looks for, out of a sentence."""

import pytest

from bot.service.wishes import Wish, read_wish

WORDS = {
    "product_type": {
        "coat": ["coat", "manteau", "coats", "manteaux"],
        "raincoat": ["raincoat", "imperméable", "trench coat"],
        "dress": ["dress", "robe", "dresses"],
        "ankle_boots": ["ankle boots", "bottines", "bottine"],
    },
    "colour": {
        "navy": ["navy", "bleu marine", "marine"],
        "blue": ["blue", "bleu", "bleue"],
        "green": ["green", "vert", "verte"],
        "red": ["red", "rouge"],
        "black": ["black", "noir", "noire"],
    },
    "size": {"XS": ["XS"], "M": ["M"], "38": ["38"]},
    "brand": {"petit-matin": ["Petit Matin", "Petit Matin"]},
    "occasion": {"wedding": ["wedding", "mariage"]},
}


@pytest.mark.parametrize("text", ["", "bonjour", "je voudrais voir quelque chose", "/search_products"])
def test_finds_no_wish_when_nothing_is_named(text):
    assert read_wish(text, {}, WORDS).is_empty


@pytest.mark.parametrize(("text", "wish"), [
    ("a navy coat under 200 euros", Wish(types=("coat",), colours=("navy",), price_max_minor=20_000)),
    ("je cherche un manteau bleu marine à moins de 200 €",
     Wish(types=("coat",), colours=("navy",), price_max_minor=20_000)),
    ("un trench coat", Wish(types=("raincoat",))),
    ("des robes pour un mariage en 38", Wish(types=("dress",), sizes=("38",), occasions=("wedding",))),
    ("bottines noires Petit Matin", Wish(types=("ankle_boots",), colours=("black",), brands=("petit-matin",))),
    ("manteaux en cachemire", Wish(types=("coat",), text="cachemire")),
    ("a dress, max 49.90", Wish(types=("dress",), price_max_minor=4_990)),
    ("une robe à moins de 1 200 €", Wish(types=("dress",), price_max_minor=120_000)),
    ("a dress under 1,200 euros", Wish(types=("dress",), price_max_minor=120_000)),
    ("une robe à 80 euros", Wish(types=("dress",), price_max_minor=8_000)),
    ("I like navy and green", Wish(colours=("navy", "green"))),
    ("j'aime le vert mais pas le rouge", Wish(colours=("green",), avoid_colours=("red",))),
    ("je n'aime plus le rouge", Wish(avoid_colours=("red",))),
    ("anything but black", Wish(avoid_colours=("black",))),
    ("suggest a dress over 100 euros", Wish(types=("dress",))),
    ("une robe à plus de 100 euros", Wish(types=("dress",))),
    ("une robe entre 50 et 80 €", Wish(types=("dress",), price_max_minor=8_000)),
    ("a dress around 50 euros", Wish(types=("dress",), price_max_minor=6_000)),
    ("robe à moins de cinquante euros", Wish(types=("dress",), price_max_minor=5_000)),
    ("pas plus de 80 euros, en noir", Wish(colours=("black",), price_max_minor=8_000)),
])
def test_reads_the_wish_in_both_languages(text, wish):
    assert read_wish(text, {}, WORDS) == wish


@pytest.mark.parametrize(("text", "minor_per_unit", "most"), [
    ("rien au-dessus de 5000 yens", 1, 5_000), ("nothing over ¥5,000", 1, 5_000), ("max 12.500 KD", 1000, 12_500),
])
def test_reads_a_budget_in_a_currency_without_cents_or_with_a_thousand(text, minor_per_unit, most):
    assert read_wish(text, {}, WORDS, minor_per_unit=minor_per_unit).price_max_minor == most


def test_believes_the_entities_of_the_message():
    found = read_wish("x", {"product_type": ("robe",), "colour": ("bleu",), "price_max": ("60 €",)}, WORDS)
    assert (found.types, found.price_max_minor) == (("dress",), 6_000)
    assert found.colours == ("blue", "navy")


@pytest.mark.parametrize("text", ["à plus de 100 euros", "over 100 euros"])
def test_believes_the_sentence_before_an_amount_that_was_found_in_it(text):
    assert read_wish(text, {"price_max": ("100",)}, WORDS).price_max_minor == 0


@pytest.mark.parametrize("text", [
    "a coat, not necessarily black", "pas forcément noir, un manteau", "un manteau qui n'est pas obligatoirement noir",
    "a coat, it doesn't have to be black",
])
def test_what_is_left_free_is_neither_wished_for_nor_avoided(text):
    assert read_wish(text, {}, WORDS) == Wish(types=("coat",))
