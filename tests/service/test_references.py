"""What words point at, in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.profile.state import Shown
from bot.service.references import resolve

COAT = Shown("coat", "Manteau Éole", "coat-navy-M", {"colour": "navy", "size": "M"})
SCARF = Shown("scarf", "Écharpe Brise", "scarf-red", {"colour": "red", "size": "one size"})
BOOTS = Shown("boots", "Bottines Sente", "boots-brown-38", {"colour": "brown", "size": "38"})
SHOWN = (COAT, SCARF, BOOTS)
COLOURS = {
    "navy": ["navy", "bleu marine", "marine"], "sky_blue": ["sky blue", "bleu ciel"], "red": ["red", "rouge"],
    "brown": ["brown", "marron"], "black": ["black", "noir", "noire"], "blue": ["blue", "bleu", "bleue"],
}


def test_finds_nothing_when_nothing_was_shown():
    found = resolve("add the second one", {}, (), None)
    assert (found.how, found.product_ref) == ("none", "")


@pytest.mark.parametrize(("text", "product"), [
    ("add the second one in M", "scarf"),
    ("ajoute la deuxième en 38", "scarf"),
    ("la dernière s'il vous plaît", "boots"),
    ("the first one", "coat"),
    ("the last one please", "boots"),
    ("je prends le 3e", "boots"),
    ("the third one", "boots"),
    ("number 2", "scarf"),
    ("add two of the first one", "coat"),
    ("ajoute deux de la troisième", "boots"),
    ("la deux", "scarf"),
    ("deux", "scarf"),
    ("le numéro 2", "scarf"),
    ("the red one", "scarf"),
    ("le rouge", "scarf"),
    ("ajoute le bleu marine", "coat"),
    ("la marron", "boots"),
    ("ajoute l'écharpe", "scarf"),
    ("les bottines en 39", "boots"),
    ("add the Éole coat", "coat"),
])
def test_finds_the_product_by_place_colour_or_name(text, product):
    assert resolve(text, {}, SHOWN, None, colours=COLOURS).product_ref == product


@pytest.mark.parametrize(("text", "size"), [
    ("add the second one in M", "M"),
    ("ajoute la deuxième en 38", "38"),
    ("le même en taille L", "L"),
    ("same in size XL", "XL"),
    ("in a 40", "40"),
    ("pointure 39", "39"),
    ("add it", ""),
    ("j'en veux 2", ""),
    ("ajoute-la", ""),
    ("L'autre", ""),
    ("M", "M"),
])
def test_reads_the_size_when_one_is_named(text, size):
    assert resolve(text, {}, SHOWN, COAT, colours=COLOURS).size == size


@pytest.mark.parametrize(
    "text", ["add it", "ajoute-le", "same in L", "le même en L", "I'll take it", "je le prends", "this one"]
)
def test_means_the_last_product_when_words_only_point(text):
    assert resolve(text, {}, SHOWN, BOOTS, colours=COLOURS).product_ref == "boots"


def test_drops_the_shown_variant_when_another_size_is_asked_for():
    same = resolve("same in L", {}, SHOWN, COAT)
    assert (same.product_ref, same.variant_ref, same.colour, same.size) == ("coat", "", "navy", "L")


def test_keeps_the_shown_variant_when_no_other_is_asked_for():
    assert resolve("add it", {}, SHOWN, COAT).variant_ref == "coat-navy-M"


def test_asks_for_another_colour_of_the_same_product():
    found = resolve("the same in black", {"colour": ("black",)}, SHOWN, COAT, colours=COLOURS)
    assert (found.product_ref, found.variant_ref, found.colour) == ("coat", "", "black")


def test_means_any_blue_when_only_blue_is_said():
    assert resolve("le bleu", {"colour": ("bleu",)}, SHOWN, None, colours=COLOURS).product_ref == "coat"


@pytest.mark.parametrize("text", ["l'autre", "the other one"])
def test_means_the_other_of_two(text):
    assert resolve(text, {}, (COAT, SCARF), COAT, colours=COLOURS).product_ref == "scarf"


def test_stays_unclear_when_several_could_be_meant():
    found = resolve("the other one", {}, SHOWN, COAT)
    assert (found.how, found.candidates) == ("unclear", (SCARF, BOOTS))


def test_believes_a_button_before_any_word():
    found = resolve("/add_to_cart", {"variant": ("boots-brown-39",)}, SHOWN, COAT)
    assert (found.how, found.variant_ref) == ("button", "boots-brown-39")


@pytest.mark.parametrize("more", [
    {"colour": ("blue",)}, {"size": ("L",)}, {"colour": ("blue",), "size": ("M",)}, {"product": ("boots",)},
])
def test_a_button_for_something_else_forgets_what_was_chosen(more):
    found = resolve("/add_to_cart", {"product": ("coat",), **more}, SHOWN, COAT, colours=COLOURS)
    assert (found.how, found.variant_ref) == ("button", "")
    assert more.get("colour", (found.colour,)) == (found.colour,)


@pytest.mark.parametrize("more", [{}, {"colour": ("navy",)}, {"size": ("M",)}])
def test_a_button_for_what_was_spoken_of_keeps_the_size_that_was_chosen(more):
    found = resolve("/add_to_cart", {"product": ("coat",), **more}, SHOWN, COAT, colours=COLOURS)
    assert (found.how, found.product_ref, found.variant_ref) == ("button", "coat", "coat-navy-M")


@pytest.mark.parametrize("text", ["add this one in M", "ajoutez cet article en M", "add it in M"])
def test_means_the_page_when_the_customer_looks_at_one(text):
    found = resolve(text, {}, (), None, page_product="shirt")
    assert (found.how, found.product_ref, found.size) == ("page", "shirt", "M")


def test_means_the_only_one_shown():
    assert resolve("ajoute", {}, (SCARF,), None).product_ref == "scarf"


@given(st.text(max_size=80), st.integers(0, 3))
def test_points_only_at_what_was_shown(text, many):
    found = resolve(text, {}, SHOWN[:many], None, colours=COLOURS)
    assert found.product_ref in {"", *(item.product_ref for item in SHOWN[:many])}
