"""What is said of the very product in view, in a colour that it does not come in, or is not left in."""

from dataclasses import replace

import pytest

from actions.product import ActionProductDetails
from actions.search import ActionSearchProducts

DRESS = "robe-trapeze-sixtine"  # in red, navy and mustard


def look_at(world, language):
    world.language = language
    world.arrive()
    world.do(ActionProductDetails, "?", product=DRESS)


def sell_out(world, monkeypatch, *, colours, sizes):
    """The dress is sold out in these colours, in these sizes."""
    gone = {v.ref for v in world.shop.get_product(DRESS).variants
            if v.options["colour"] in colours and v.options["size"] in sizes}  # fmt: skip
    read = world.shop.get_availability
    monkeypatch.setattr(world.shop, "get_availability", lambda refs: [
        replace(each, is_sellable_online=each.is_sellable_online and each.variant_ref not in gone,
                quantity=0 if each.variant_ref in gone else 5) for each in read(refs)])  # fmt: skip


@pytest.mark.parametrize(("language", "words"), [
    ("en", "the same in navy but cheaper"), ("fr", "la même en bleu marine mais moins cher"),
    ("en", "I need a red dress, it's for a wedding"), ("en", "a red dress like this"),
    ("fr", "il me faut une robe rouge, même courte, pour un mariage"), ("en", "this in navy under 60 euros"),
])
def test_says_nothing_of_it_where_more_than_a_colour_is_asked_for(world, language, words):
    look_at(world, language)
    world.do(ActionSearchProducts, words)
    assert "sold out in that colour" not in world.text
    assert "épuisé" not in world.text


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "the same in navy in 38", "is sold out in that colour in 38."),
    ("fr", "la même en bleu marine en 38", "est épuisé dans cette couleur en 38."),
])
def test_names_the_size_where_that_alone_is_gone(world, monkeypatch, language, words, said):
    look_at(world, language)
    sell_out(world, monkeypatch, colours={"navy"}, sizes={"38"})
    world.do(ActionSearchProducts, words)
    assert said in world.text
    assert DRESS not in {item.product_ref for item in world.state.last_shown}


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "the same in navy", "is sold out in that colour."),
    ("en", "the same in navy in 38", "is sold out in that colour."),
    ("fr", "la même en bleu marine", "est épuisé dans cette couleur."),
])
def test_says_that_a_whole_colour_is_sold_out(world, monkeypatch, language, words, said):
    look_at(world, language)
    sizes = {v.options["size"] for v in world.shop.get_product(DRESS).variants}
    sell_out(world, monkeypatch, colours={"navy"}, sizes=sizes)
    world.do(ActionSearchProducts, words)
    assert said in world.text


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "the same in another colour in 38", "It comes in no other colour that is in stock in 38."),
    ("fr", "la même dans une autre couleur en 38", "Aucune autre de ses couleurs n’est en stock en 38."),
])
def test_no_other_colour_is_said_of_the_size_that_was_asked_for(world, monkeypatch, language, words, said):
    look_at(world, language)
    colours = {v.options["colour"] for v in world.shop.get_product(DRESS).variants}
    sell_out(world, monkeypatch, colours=colours, sizes={"38"})
    world.do(ActionSearchProducts, words)
    assert said in world.text
