"""Putting things into the basket, by words and by buttons, in both languages."""

import json
from dataclasses import replace

import jwt
import pytest

from actions.basket import (
    ActionCheckout,
    ActionRemoveFromCart,
    ActionViewCart,
)
from actions.cart import ActionAddToCart
from actions.recommend import ActionRecommendProducts
from actions.search import ActionSearchProducts
from actions.shelf import remember
from bot.commerce.types import CustomerRef, VariantRef
from bot.profile.events import events_of
from bot.profile.state import Shown, read_state, write_state

COAT = "manteau-croise-grand-froid"
SOCKS = "chaussettes-a-cotes-gamme--navy--36-40"


def basket_of(world, ref: str = "hugo"):
    return world.shop.open_cart(CustomerRef(ref), idempotency_key="look")


def lines_of(world, ref: str = "hugo") -> dict[str, int]:
    return {line.variant_ref: line.quantity for line in basket_of(world, ref).lines}


def set_stock(world, variant_ref: str, pieces: int) -> None:
    """So many in the warehouse, none in any store."""
    world.shop.merchant.set_stock(VariantRef(variant_ref), "web", pieces)
    for place in world.shop.list_pickup_locations():
        world.shop.merchant.set_stock(VariantRef(variant_ref), place.ref, 0)


@pytest.fixture
def shopper(world):
    """Hugo, signed in, with nothing in his basket and three coats before him."""
    world.sign_in("hugo")
    for line in basket_of(world).lines:
        world.shop.set_line(basket_of(world).ref, line.variant_ref, 0)
    world.do(ActionSearchProducts, "navy coats in M")
    return world


@pytest.fixture
def filled(world):
    """Hugo, signed in, with three pairs of socks and a coat in his basket, and nothing said yet."""
    world.sign_in("hugo")
    for line in basket_of(world).lines:
        world.shop.set_line(basket_of(world).ref, line.variant_ref, 0)
    for ref, pieces in ((SOCKS, 3), (f"{COAT}--navy--m", 1)):
        world.shop.set_line(basket_of(world).ref, VariantRef(ref), pieces)
    return world


def tap(world, title: str) -> None:
    """Tap a button of what was just said."""
    buttons = [b for m in world.said for b in (*m.quick_replies, *(b for c in m.cards for b in c.buttons))]
    payload = next(b.payload for b in buttons if b.title == title)
    intent, _, entities = payload.partition("{")
    actions = {"/add_to_cart": ActionAddToCart, "/remove_from_cart": ActionRemoveFromCart}
    values = json.loads("{" + entities) if entities else {}
    if intent in actions:
        world.do(actions[intent], payload, **values)
    else:
        world.answer(payload, intent=intent[1:], **values)


def test_adds_nothing_when_nothing_is_meant(world):
    world.sign_in("hugo")
    before = lines_of(world)
    world.do(ActionAddToCart, "add it")
    assert "Which product" in world.text
    assert lines_of(world) == before


def test_adds_nothing_of_another_type_than_the_one_that_is_named(shopper):
    shopper.do(ActionAddToCart, "ajoute une robe bleu marine", product_type="dress", colour="navy")
    assert lines_of(shopper) == {}
    assert shopper.said[0].cards


@pytest.fixture
def among_backpacks(world):
    """Hugo with an empty basket, and two backpacks before him, neither of them the Rédaction."""
    world.sign_in("hugo")
    for line in basket_of(world).lines:
        world.shop.set_line(basket_of(world).ref, line.variant_ref, 0)
    shown = [Shown(slug, title) for slug, title in (
        ("sac-a-dos-musette", "Musette backpack"), ("sac-a-dos-enroule-sherpa", "Sherpa roll-top backpack"))]
    with world.services.store.write() as connection:
        state = remember(read_state(connection, world.customer_id), shown)
        write_state(connection, world.customer_id, replace(state, last_product=shown[0]), world.now)
    return world


def meant_by(world) -> str:
    """What the last message put into the basket, or asked about a colour or size of."""
    lines = basket_of(world).lines
    return lines[0].product_ref if lines else world.state.open_question.context["product_ref"]


@pytest.mark.parametrize("words", [
    "Add the Rédaction backpack", "add the redaction backpack", "add the Redacton backpack", "add one Rédaction please",
    "ajoute le sac à dos Rédaction", "ajoute le sac a dos redaction", "ajoutez le sac à dos Rédation",
    "ajoute-le, le Rédaction", "mets le sac à dos rédaction en noir", "add the Rédaction, not the Musette",
])
def test_adds_what_is_called_by_name_whatever_was_shown(among_backpacks, words):
    among_backpacks.do(ActionAddToCart, words)
    assert meant_by(among_backpacks) == "sac-a-dos-redaction"


@pytest.mark.parametrize(("words", "slug"), [
    ("add the Sherpa", "sac-a-dos-enroule-sherpa"), ("ajoute le sac à dos Musette", "sac-a-dos-musette"),
    ("add the second one", "sac-a-dos-enroule-sherpa"), ("add it for work", "sac-a-dos-musette"),
    ("ajoute-le pour dimanche", "sac-a-dos-musette"), ("ajoute la première", "sac-a-dos-musette"),
    ("pas la Garance, le deuxième", "sac-a-dos-enroule-sherpa"),
])
def test_adds_what_was_shown_when_nothing_else_is_called_by_name(among_backpacks, words, slug):
    among_backpacks.do(ActionAddToCart, words)
    assert meant_by(among_backpacks) == slug


@pytest.mark.parametrize(("words", "language"), [("add the Procuration", "en"), ("ajoute le Procuration", "fr")])
def test_adds_nothing_and_asks_when_several_go_by_a_name(among_backpacks, words, language):
    among_backpacks.language = language
    among_backpacks.do(ActionAddToCart, words)
    options = {key for key, _ in among_backpacks.state.open_question.options}
    assert lines_of(among_backpacks) == {} and options == {
        "blazer-procuration", "robe-droite-procuration", "pantalon-procuration"}


@pytest.mark.parametrize("words", ["add the Procuration blazer in M", "ajoute le blazer Procuration en M"])
def test_a_type_tells_which_of_one_name_is_meant(among_backpacks, words):
    among_backpacks.do(ActionAddToCart, words, product_type="blazer")
    assert meant_by(among_backpacks) == "blazer-procuration"


def test_adds_nothing_that_is_sold_out_and_says_what_is_left(shopper):
    second = shopper.state.last_shown[1]
    set_stock(shopper, second.variant_ref, 0)
    shopper.do(ActionAddToCart, "add the second one")
    assert lines_of(shopper) == {}
    assert "sold out online" in shopper.text
    assert "[Keep it in mind for me]" in shopper.text


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "add the second one in L", "In your basket: 1 ×"),
    ("fr", "ajoute le deuxième en L", "Dans votre panier"),
])
def test_adds_the_one_at_a_place_in_a_size(shopper, language, words, said):
    shopper.language = language
    second = shopper.state.last_shown[1]
    shopper.do(ActionAddToCart, words)
    added = basket_of(shopper).lines[0]
    assert (added.product_ref, added.options["size"], added.options["colour"]) == (second.product_ref, "L", "navy")
    assert said in shopper.text


@pytest.mark.parametrize("words", ["add two of the first one", "ajoute deux du premier", "mets-en 2 du premier"])
def test_adds_as_many_as_are_named(shopper, words):
    shopper.do(ActionAddToCart, words)
    assert list(lines_of(shopper).values()) == [2]


def test_reads_price_and_total_back_from_the_shop(shopper):
    shopper.do(ActionAddToCart, "the first one")
    cart = basket_of(shopper)
    assert f"€{cart.lines[0].unit_price_minor / 100:.2f} each" in shopper.text
    assert f"Total: €{cart.totals.grand_minor / 100:.2f}" in shopper.text


def test_adds_once_when_one_message_comes_twice(shopper):
    shopper.do(ActionAddToCart, "the first one", message_id="same")
    shopper.do(ActionAddToCart, "the first one", message_id="same")
    assert list(lines_of(shopper).values()) == [1]


def test_adds_by_a_tap(shopper):
    tap(shopper, "Add in M")
    assert [line.options["size"] for line in basket_of(shopper).lines] == ["M"]


def test_asks_for_the_size_by_buttons_and_adds_at_the_answer(world):
    world.sign_in("hugo")
    world.page = {"product_id": COAT}
    before = lines_of(world)
    world.do(ActionAddToCart, "add this one in navy")
    assert world.state.open_question.expects == "size"
    size = world.state.open_question.options[1][0]
    tap(world, size)
    added = set(lines_of(world)) - set(before)
    assert [ref.endswith(size.lower()) for ref in added] == [True]
    assert world.state.open_question is None or not world.state.open_question.asked_by.startswith("request:add")


def test_takes_a_typed_size_as_the_answer(world):
    world.sign_in("hugo")
    world.do(ActionAddToCart, "", product=COAT, colour="navy")
    world.answer("plutôt en S")
    assert f"{COAT}--navy--s" in lines_of(world)


def test_adds_nothing_at_a_no(world):
    world.sign_in("hugo")
    before = lines_of(world)
    world.do(ActionAddToCart, "", product=COAT, colour="navy")
    world.answer("non merci", intent="deny")
    assert lines_of(world) == before


def test_adds_what_the_page_shows(world):
    world.sign_in("hugo")
    world.page = {"product_id": COAT}
    world.do(ActionAddToCart, "ajoute celui-ci en M en bleu marine")
    assert f"{COAT}--navy--m" in lines_of(world)


def test_says_which_sizes_there_are_when_the_one_asked_for_is_not_made(world):
    world.sign_in("hugo")
    world.do(ActionAddToCart, "", product=COAT, colour="navy", size="54")
    assert "does not come in 54" in world.text
    assert world.state.open_question.options


def test_says_how_many_are_left_when_more_are_wanted(shopper):
    first = shopper.state.last_shown[0]
    set_stock(shopper, first.variant_ref, 2)
    shopper.do(ActionAddToCart, "add 5 of the first one", quantity="5")
    assert lines_of(shopper) == {}
    assert "Only 2 left" in shopper.text
    tap(shopper, "Add 2")
    assert lines_of(shopper) == {first.variant_ref: 2}


@pytest.mark.parametrize("words", ["take it out", "enlève-le", "remove it", "retirez-le"])
def test_takes_out_what_it_is(shopper, words):
    shopper.do(ActionAddToCart, "the first one")
    shopper.do(ActionRemoveFromCart, words)
    assert lines_of(shopper) == {}


def test_takes_out_the_one_that_is_meant_of_several(shopper):
    shopper.do(ActionAddToCart, "the first one")
    shopper.do(ActionAddToCart, "the second one")
    shopper.do(ActionViewCart, "what is in my basket?")
    shopper.do(ActionRemoveFromCart, "take the first one out")
    assert list(lines_of(shopper)) == [shopper.state.last_shown[0].variant_ref]
    assert len(lines_of(shopper)) == 1


@pytest.mark.parametrize(("words", "left", "taken"), [("take one out", 1, 1), ("take it out", 0, 2)])
def test_tells_the_profile_what_was_taken_out(shopper, words, left, taken):
    shopper.do(ActionAddToCart, "two of the first one", quantity="2")
    quantity = {"quantity": "1"} if left else {}
    shopper.do(ActionRemoveFromCart, words, message_id="out", **quantity)
    assert sum(lines_of(shopper).values()) == left
    with shopper.services.store.read() as connection:
        told = events_of(connection, shopper.customer_id, names=["Product Removed"])
    assert [each.properties["quantity"] for each in told] == [taken]


def test_suggests_by_no_basket_that_was_emptied_in_the_chat(world):
    world.arrive()
    world.do(ActionSearchProducts, "navy coats in M")
    world.do(ActionAddToCart, "the first one")
    world.wait(minutes=1)
    world.do(ActionRecommendProducts, "a suggestion")
    by_basket = [card.note for card in world.said[0].cards]
    world.do(ActionRemoveFromCart, "vide mon panier")
    world.answer("oui", intent="affirm")
    world.wait(minutes=1)
    world.do(ActionRecommendProducts, "a suggestion")
    assert any(note.startswith("Goes with") for note in by_basket)
    assert not any(card.note.startswith("Goes with") for card in world.said[0].cards)


def test_empties_the_basket_only_at_a_yes(shopper):
    shopper.do(ActionAddToCart, "the first one")
    shopper.do(ActionRemoveFromCart, "vide mon panier")
    assert len(lines_of(shopper)) == 1
    shopper.answer("oui", intent="affirm")
    assert lines_of(shopper) == {}


@pytest.mark.parametrize(("said", "answered", "entities"), [
    ("vide mon panier", "oui", {}), ("remove everything but the coat", "yes", {}),
    ("remove something", "/affirm", {"option": f"{COAT}--navy--m"}), ("remove something", "yes, the coat", {}),
])
def test_is_done_where_what_was_agreed_to_is_gone_meanwhile(filled, said, answered, entities):
    filled.do(ActionRemoveFromCart, said)
    for line in basket_of(filled).lines:
        filled.shop.set_line(basket_of(filled).ref, line.variant_ref, 0)
    filled.answer(answered, intent="affirm", **entities)
    assert filled.text.endswith("Your basket is empty.")
    assert filled.state.open_question is None


def test_is_done_where_the_one_that_was_chosen_is_gone_meanwhile(filled):
    filled.do(ActionRemoveFromCart, "remove something")
    filled.shop.set_line(basket_of(filled).ref, VariantRef(f"{COAT}--navy--m"), 0)
    filled.answer("/affirm", intent="affirm", option=f"{COAT}--navy--m")
    assert filled.text.startswith("Done.")
    assert lines_of(filled) == {SOCKS: 3}


@pytest.mark.parametrize(("said", "left"), [
    ("keep the first one", {SOCKS: 3}), ("garde le premier", {SOCKS: 3}), ("keep the coat", {f"{COAT}--navy--m": 1}),
    ("keep both", {SOCKS: 3, f"{COAT}--navy--m": 1}), ("garde-le", {SOCKS: 3, f"{COAT}--navy--m": 1}),
])
def test_leaves_what_is_to_stay_when_asked_which(filled, said, left):
    filled.do(ActionRemoveFromCart, "remove something")
    filled.answer(said)
    assert lines_of(filled) == left


@pytest.mark.parametrize("said", ["keep the coat", "garde le manteau", "keep the coat, not the socks"])
def test_takes_nothing_out_that_is_to_stay(filled, said):
    filled.do(ActionRemoveFromCart, said)
    if filled.state.open_question:
        filled.answer("yes", intent="affirm")
    assert lines_of(filled) == {f"{COAT}--navy--m": 1}


def test_takes_nothing_out_at_a_bare_yes_to_which_one(filled):
    before = lines_of(filled)
    filled.do(ActionRemoveFromCart, "remove something")
    assert "Which one shall I take out?" in filled.text
    filled.answer("yes", intent="affirm")
    assert lines_of(filled) == before
    assert "Which one shall I take out?" in filled.text


@pytest.mark.parametrize(("language", "said"), [
    ("en", "yes, the coat"), ("en", "the coat"), ("fr", "oui, le manteau"), ("fr", "le second"),
])
def test_takes_out_the_one_that_is_named_when_asked_which(filled, language, said):
    filled.language = language
    filled.do(ActionRemoveFromCart, "remove something")
    filled.answer(said, intent="affirm" if said.startswith(("yes", "oui")) else "")
    assert lines_of(filled) == {SOCKS: 3}


@pytest.mark.parametrize(("said", "asked"), [
    ("both", "Shall I take out"), ("all of them", "Shall I take out"), ("les deux", "Shall I take out"),
])
def test_takes_both_of_those_that_were_offered_and_no_other(filled, said, asked):
    filled.shop.set_line(basket_of(filled).ref, VariantRef(f"{COAT}--navy--s"), 1)
    filled.do(ActionRemoveFromCart, "take the coat out")
    assert "Which one shall I take out?" in filled.text
    filled.answer(said)
    assert asked in filled.text
    filled.answer("yes", intent="affirm")
    assert lines_of(filled) == {SOCKS: 3}


def test_takes_out_as_many_as_was_said_once_it_is_known_of_what(filled):
    filled.do(ActionRemoveFromCart, "delete 2 items from my cart")
    filled.answer("the socks")
    assert lines_of(filled) == {SOCKS: 1, f"{COAT}--navy--m": 1}


@pytest.mark.parametrize(("said", "quantity", "left"), [
    ("Take two of the socks out", "2", 1),
    ("take two of the socks out of my basket", "", 1),
    ("retire deux paires de chaussettes", "2", 1),
    ("plus que deux paires de chaussettes au lieu de trois", "", 2),
    ("plus que deux au lieu de trois dans le panier", "2", 2),
    ("only two, not three, in my basket", "2", 2),
    ("une seule paire de chaussettes", "", 1),
])
def test_takes_a_number_of_pieces_for_no_place(filled, said, quantity, left):
    filled.do(ActionRemoveFromCart, said, **({"quantity": quantity} if quantity else {}))
    assert lines_of(filled) == {SOCKS: left, f"{COAT}--navy--m": 1}


def test_takes_out_what_is_named_rather_than_what_was_added_last(shopper):
    shopper.do(ActionAddToCart, "the first one")
    cart = basket_of(shopper)
    shopper.shop.set_line(cart.ref, VariantRef(SOCKS), 1)
    shopper.do(ActionRemoveFromCart, "remove the socks from my basket")
    assert SOCKS not in lines_of(shopper)
    assert len(lines_of(shopper)) == 1


@pytest.mark.parametrize("said", [
    "remove everything but the coat", "retire tout sauf le manteau", "keep only the coat", "je garde juste le manteau",
    "keep the coat and remove the rest", "ne laissez que le manteau, ôtez les trois autres",
])
def test_takes_all_but_what_is_named_out_at_a_yes_to_the_names_of_the_rest(filled, said):
    filled.do(ActionRemoveFromCart, said)
    assert lines_of(filled)[SOCKS] == 3
    assert "Shall I take out" in filled.text
    filled.answer("yes", intent="affirm")
    assert lines_of(filled) == {f"{COAT}--navy--m": 1}


@pytest.mark.parametrize(("said", "missing"), [
    ("enlève le jean", "jeans"), ("take the jeans out", "jeans"), ("retire tout sauf le jean", "jeans"),
    ("keep only the dress", "dress"), ("enlève le pull bleu marine", "jumper"), ("take the dress in M out", "dress"),
    ("remove the first dress", "dress"),
])
def test_takes_nothing_out_in_the_place_of_what_is_not_inside(filled, said, missing):
    filled.do(ActionRemoveFromCart, said)
    assert f"Not in your basket: {missing}." in filled.text
    assert lines_of(filled) == {SOCKS: 3, f"{COAT}--navy--m": 1}


@pytest.mark.parametrize("said", [
    "take it out, I already have jeans", "enlève-le, il ne va pas avec mon jean", "remove it from my shopping bag",
    "je voudrais l'enlever, j'ai déjà des chaussettes",
])
def test_takes_out_what_was_spoken_of_last_whatever_is_told_of_why(shopper, said):
    shopper.do(ActionAddToCart, "the first one")
    cart = basket_of(shopper)
    shopper.shop.set_line(cart.ref, VariantRef(SOCKS), 1)
    shopper.do(ActionRemoveFromCart, said)
    assert set(lines_of(shopper)) == {SOCKS}


def test_says_that_there_is_nothing_else_to_take_out(shopper):
    shopper.do(ActionAddToCart, "the first one")
    shopper.do(ActionRemoveFromCart, "everything but the coat")
    assert "There is nothing else in your basket." in shopper.text


def test_leaves_what_is_few_enough_already(filled):
    filled.do(ActionRemoveFromCart, "just one coat, please")
    assert lines_of(filled) == {SOCKS: 3, f"{COAT}--navy--m": 1}
    assert "Your basket already holds 1." in filled.text


def test_shows_an_empty_basket_as_empty(shopper):
    shopper.do(ActionViewCart, "what's in my cart")
    assert "Your basket is empty." in shopper.text


def test_shows_the_way_to_pay(shopper):
    shopper.do(ActionAddToCart, "the first one")
    shopper.do(ActionCheckout, "check out")
    assert shopper.said[0].quick_replies[0].url.endswith("/checkout")


def test_gives_a_guest_the_basket_of_the_page(world):
    world.arrive()
    cart = world.shop.open_cart(None, idempotency_key="page")
    token = jwt.encode({"cart": cart.ref}, world.services.settings.session_secret, algorithm="HS256")
    world.page = {"product_id": COAT, "cart_token": token}
    world.do(ActionAddToCart, "add this in M in navy")
    assert [line.variant_ref for line in world.shop.get_cart(cart.ref).lines] == [f"{COAT}--navy--m"]


def test_opens_one_basket_for_a_guest_and_keeps_to_it(world):
    world.arrive()
    world.do(ActionAddToCart, "", variant=f"{COAT}--navy--m")
    world.do(ActionAddToCart, "", variant=f"{COAT}--navy--s")
    assert len(world.shop.get_cart(world.state.cart_ref).lines) == 2


def test_shows_a_guest_no_basket_that_belongs_to_somebody(world):
    world.arrive()
    theirs = basket_of(world, "camille")
    token = jwt.encode({"cart": theirs.ref}, world.services.settings.session_secret, algorithm="HS256")
    world.page = {"cart_token": token}
    world.do(ActionViewCart, "my basket")
    assert "Your basket is empty." in world.text


def test_asks_between_the_two_that_a_size_of_another_country_lies_between(world):
    world.arrive()
    world.do(ActionAddToCart, "add it in UK 5.5", product="baskets-basses-esquisse", size="5.5")
    assert [value for value, _ in world.state.open_question.options] == ["38", "39"]
    assert "UK 5.5 is 38 / 39 here" in world.text
