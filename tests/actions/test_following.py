"""A search that goes on with the product in view, or with the search before, in both languages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.product import ActionProductDetails
from actions.recommend import ActionRecommendProducts
from actions.search import ActionSearchProducts

COAT, DRESS = "manteau-croise-grand-froid", "robe-trapeze-sixtine"


def found(world):
    return world.shop.get_products([item.product_ref for item in world.state.last_shown])


def lowest(products):
    return min(variant.price_minor for product in products for variant in product.variants)


def look_for(world, language, *sentences, product=""):
    world.language = language
    world.arrive()
    if product:
        world.do(ActionProductDetails, "?", product=product)
    for each in sentences:
        world.do(ActionSearchProducts, each)


@pytest.mark.parametrize(("language", "sentences"), [
    ("en", ("black ankle boots", "something red")), ("fr", ("des bottines noires", "je cherche du rouge")),
    ("en", ("black ankle boots", "a red dress")),
])
def test_does_not_go_on_where_one_begins_anew(world, language, sentences):
    look_for(world, language, *sentences)
    assert {product.product_type for product in found(world)} != {"ankle_boots"}
    assert {item.options.get("colour") for item in world.state.last_shown} <= {"red", "burgundy", "rust", "terracotta"}


def test_does_not_go_on_after_an_hour(world):
    look_for(world, "en", "black ankle boots")
    world.now += timedelta(hours=2)
    world.do(ActionSearchProducts, "in brown")
    assert {product.product_type for product in found(world)} != {"ankle_boots"}


def test_a_list_of_something_else_ends_a_search(world):
    look_for(world, "en", "black ankle boots")
    world.do(ActionRecommendProducts, "an idea?")
    assert world.state.search == {}


@pytest.mark.parametrize(("language", "first", "second", "third"), [
    ("en", "black ankle boots", "in brown instead", "and under 150?"),
    ("fr", "des bottines noires", "plutôt en marron", "et sous 150 euros ?"),
])
def test_goes_on_with_what_was_searched_for(world, language, first, second, third):
    look_for(world, language, first, second)
    assert {product.product_type for product in found(world)} == {"ankle_boots"}
    assert "black" not in {item.options["colour"] for item in world.state.last_shown}
    world.do(ActionSearchProducts, third)
    assert {product.product_type for product in found(world)} == {"ankle_boots"}
    assert all(lowest([product]) <= 15_000 for product in found(world))
    assert "black" not in {item.options["colour"] for item in world.state.last_shown}


@pytest.mark.parametrize(("language", "words"), [("en", "cheaper?"), ("fr", "trop cher"), ("en", "too expensive")])
def test_cheaper_than_one_of_a_list_keeps_to_what_was_searched_for(world, language, words):
    look_for(world, language, "a navy coat" if language == "en" else "un manteau bleu marine")
    dearest = max(found(world), key=lambda product: lowest([product]))
    world.do(ActionProductDetails, "?", product=dearest.ref)
    price = lowest(world.shop.get_products([world.state.last_product.product_ref]))
    world.do(ActionSearchProducts, words)
    assert {product.product_type for product in found(world)} == {"coat"}
    assert {item.options["colour"] for item in world.state.last_shown} == {"navy"}
    assert all(lowest([product]) < price for product in found(world))


@pytest.mark.parametrize(("language", "first", "again", "said"), [
    ("en", "something like this but cheaper", "even cheaper", "Nothing like it costs less."),
    ("fr", "quelque chose comme ça mais moins cher", "encore moins cher", "Rien de semblable n’est moins cher."),
])
def test_even_cheaper_has_to_beat_what_is_shown(world, language, first, again, said):
    look_for(world, language, first, product=COAT)
    cheapest = lowest(found(world))
    world.do(ActionSearchProducts, again)
    assert said in world.text or lowest(found(world)) < cheapest
    assert {product.product_type for product in found(world)} == {"coat"}


@pytest.mark.parametrize(("language", "first", "again", "elsewhere"), [
    ("en", "a coat in stock in Lyon", "cheaper", "online?"),
    ("fr", "un manteau en stock à Lyon", "en bleu marine", "plutôt en ligne"),
])
def test_keeps_to_the_store_that_was_asked_for_until_it_is_wanted_from_anywhere(
    world, language, first, again, elsewhere
):
    look_for(world, language, first, again)
    assert "Lyon Presqu’île" in world.text and all("Lyon" in card.note for card in world.said[0].cards)
    world.do(ActionSearchProducts, elsewhere)
    assert "Lyon" not in world.text and {product.product_type for product in found(world)} == {"coat"}
    world.do(ActionSearchProducts, "in navy" if language == "en" else "en gris")
    assert "Lyon" not in world.text


def test_forgets_the_store_where_one_begins_anew_or_names_another(world):
    look_for(world, "en", "a coat in stock in Lyon", "a red dress")
    assert "Lyon" not in world.text
    look_for(world, "en", "a coat in stock in Lyon", "in stock in Nantes?")
    assert "Lyon" not in world.text and "Nantes Graslin" in world.text
    world.now += timedelta(hours=2)
    world.do(ActionSearchProducts, "in navy")
    assert "Nantes" not in world.text


@pytest.mark.parametrize(("words", "said"), [
    ("the same in navy in stock in Lyon", "The very same, in:"),
    ("the same in navy in stock in Marseille", "We have no store in Marseille. Our stores:"),
])
def test_the_same_in_a_colour_heeds_the_store(world, words, said):
    look_for(world, "en", words, product=DRESS)
    assert said in world.text and {item.product_ref for item in world.state.last_shown} == {DRESS}
    assert ("Lyon Presqu’île: 34" in world.text) == ("Lyon" in words)


def test_says_that_the_store_has_none_of_the_same(world, monkeypatch):
    read = world.shop.get_availability
    monkeypatch.setattr(world.shop, "get_availability",
                        lambda refs: [replace(each, locations=()) for each in read(refs)])
    look_for(world, "en", "the same in navy in stock in Lyon", product=DRESS)
    assert "None of it is in Lyon Presqu’île right now. The very same, in:" in world.text


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "the same in navy", "The very same, in:"), ("fr", "la même en bleu marine", "Exactement le même, en :"),
    ("en", "do you have it in navy?", "The very same, in:"), ("en", "same in another colour", "The very same, in:"),
    ("fr", "la même dans une autre couleur", "Exactement le même, en :"),
])
def test_the_same_in_a_colour_is_the_very_product_where_it_comes_in_it(world, language, words, said):
    look_for(world, language, words, product=DRESS)
    assert said in world.text
    assert {item.product_ref for item in world.state.last_shown} == {DRESS}
    assert "navy" in {item.options["colour"] for item in world.state.last_shown}


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "the same in green", "comes in: red, navy, mustard."), ("fr", "la même en vert", "existe en : rouge,"),
])
def test_says_which_colours_it_comes_in_before_what_is_alike(world, language, words, said):
    look_for(world, language, words, product=DRESS)
    assert said in world.text
    assert {product.product_type for product in found(world)} == {"dress"}
    assert DRESS not in {item.product_ref for item in world.state.last_shown}


@pytest.mark.parametrize(("language", "first", "words", "said"), [
    ("en", "a navy coat", "same in another colour", "Which of them do you mean?"),
    ("fr", "un manteau", "le même dans une autre couleur", "Duquel parlez-vous"),
])
def test_asks_which_one_of_several_is_meant(world, language, first, words, said):
    look_for(world, language, first, words)
    assert said in world.text


@pytest.mark.parametrize(("language", "words"), [("en", "another model"), ("fr", "un autre modèle")])
def test_another_model_is_none_of_those_on_the_screen(world, language, words):
    look_for(world, language, "a scarf" if language == "en" else "une écharpe")
    shown = {item.product_ref for item in world.state.last_shown}
    world.do(ActionSearchProducts, words)
    assert {product.product_type for product in found(world)} == {"scarf"}
    assert not shown & {item.product_ref for item in world.state.last_shown}


@pytest.mark.parametrize(("language", "words", "is_dearest"), [
    ("en", "the cheapest coat", False), ("fr", "le manteau le moins cher", False),
    ("en", "your most expensive coat", True), ("fr", "le manteau le plus cher", True),
])
def test_the_cheapest_and_the_dearest_come_first_whatever_is_in_view(world, language, words, is_dearest):
    look_for(world, language, words, product=DRESS)
    prices = [lowest([product]) for product in found(world)]
    assert {product.product_type for product in found(world)} == {"coat"}
    assert prices == sorted(prices, reverse=is_dearest)


@pytest.mark.parametrize(("language", "first", "others"), [
    ("en", "a dress", "others?"), ("fr", "une robe", "montrez-m'en d'autres"),
    ("en", "a dress", "anything else?"),
])
def test_others_are_never_those_that_the_search_has_shown_before(world, language, first, others):
    look_for(world, language, first)
    seen = [item.product_ref for item in world.state.last_shown]
    for _ in range(3):
        world.do(ActionSearchProducts, others)
        assert {product.product_type for product in found(world)} == {"dress"}
        assert not {*seen} & {item.product_ref for item in world.state.last_shown}
        seen += [item.product_ref for item in world.state.last_shown]


@pytest.mark.parametrize(("language", "first", "others", "said"), [
    ("en", "a raincoat", "others?", "You have seen all that fits and is in stock."),
    ("fr", "un imperméable", "d'autres", "Vous avez vu tout ce qui convient et qui est en stock."),
])
def test_says_so_when_the_search_has_shown_all_that_fits(world, language, first, others, said):
    look_for(world, language, first)
    seen = {item.product_ref for item in world.state.last_shown}
    for _ in range(3):
        world.do(ActionSearchProducts, others)
        if said in world.text:
            break
        seen |= {item.product_ref for item in world.state.last_shown}
    assert said in world.text
    assert not seen & {item.product_ref for item in world.state.last_shown}


@pytest.mark.parametrize(("language", "first", "others", "said", "never"), [
    ("en", "a raincoat in stock in Lyon", "others?", "No more of it is there right now: Lyon", "None of it is in Lyon"),
    ("fr", "un imperméable en stock à Lyon", "d'autres", "Il n’y en a pas d’autre en ce moment : Lyon",
     "Il n’y en a pas à"),
])
def test_does_not_say_that_a_store_has_none_of_what_it_has_shown(world, language, first, others, said, never):
    look_for(world, language, first)
    for _ in range(3):
        world.do(ActionSearchProducts, others)
        assert never not in world.text
        if said in world.text:
            return
    raise AssertionError(world.text)
