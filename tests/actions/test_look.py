"""A whole look: a reason each, one tap for all of it or one piece, sizes asked for once and never guessed."""

import json

import pytest

from actions.cart import ActionAddToCart
from actions.look import ActionCompleteLook
from actions.pickup import ActionStorePickup
from bot.commerce.types import CustomerRef, ProductRef, VariantRef
from bot.contracts.messages import dump_payload
from bot.profile.consent import record_consent
from bot.recommend.colours import go_together

COAT = "manteau-croise-grand-froid"  # Camille has one
PEACOAT = "caban-sillage"


def lines_of(world, ref: str = "camille") -> dict[str, int]:
    cart = world.shop.open_cart(CustomerRef(ref), idempotency_key="look")
    return {line.variant_ref: line.quantity for line in cart.lines}


def allow(world) -> None:
    with world.services.store.write() as connection:
        record_consent(connection, world.customer_id, purpose="personalisation", channel="*", state="granted",
                       source="test", wording="May I?", now=world.now)


def tap(world, title: str) -> None:
    buttons = [b for m in world.said for b in (*m.quick_replies, *(b for c in m.cards for b in c.buttons))]
    payload = next(b.payload for b in buttons if b.title == title)
    intent, _, entities = payload.partition("{")
    world.answer(payload, intent=intent[1:], **(json.loads("{" + entities) if entities else {}))


def test_builds_no_look_around_nothing(world):
    world.arrive()
    world.do(ActionCompleteLook, "complete the look")
    assert "Which product" in world.text


def test_builds_a_look_around_what_the_page_shows(world):
    world.arrive()
    world.page = {"product_id": COAT}
    world.do(ActionCompleteLook, "what goes with it?")
    found = world.shop.get_products([item.product_ref for item in world.state.last_shown])
    assert len(found) >= 3
    assert [product.ref for product in found if product.product_type == "coat"] == [COAT]
    assert all(card.note for card in world.said[0].cards)


def test_the_whole_look_holds_what_it_is_built_around(world):
    world.sign_in("camille")
    world.do(ActionCompleteLook, "?", variant=f"{PEACOAT}--navy--m")
    first = world.state.open_question.context["lines"][0]
    assert (first["variant_ref"], first["is_size_known"]) == (f"{PEACOAT}--navy--m", True)
    tap(world, "Add the whole look")
    while world.state.open_question is not None and world.state.open_question.context.get("asks") == "size":
        world.answer(world.state.open_question.options[0][0])
    assert lines_of(world)[f"{PEACOAT}--navy--m"] == 1


@pytest.mark.parametrize(("language", "said"), [("en", "which you have already"), ("fr", "que vous avez déjà")])
def test_leaves_out_what_lies_in_the_basket_and_says_so(world, language, said):
    world.language = language
    world.sign_in("camille")
    world.do(ActionAddToCart, "", variant=f"{PEACOAT}--navy--m")
    world.do(ActionCompleteLook, "?", product=PEACOAT)
    assert said in world.text
    assert PEACOAT not in {line["product_ref"] for line in world.state.open_question.context["lines"]}


def test_leaves_out_what_was_bought_and_kept(world):
    world.sign_in("camille")
    world.do(ActionCompleteLook, "?", product=COAT)
    assert "which you have already" in world.text
    assert COAT not in {line["product_ref"] for line in world.state.open_question.context["lines"]}


@pytest.mark.parametrize(("colour", "said"), [("navy", "in the size and colour meant"), ("", "out of stock right now")])
def test_says_that_what_it_is_built_around_is_out_of_stock(world, colour, said):
    world.arrive()
    (product,) = world.shop.get_products([COAT])
    for variant in product.variants:
        if not colour or variant.options["colour"] == colour:
            for place in ("web", *(each.ref for each in world.shop.list_pickup_locations())):
                world.shop.merchant.set_stock(variant.ref, place, 0)
    world.do(ActionCompleteLook, "?", product=COAT, colour=colour or "navy")
    assert said in world.text
    assert COAT not in {line["product_ref"] for line in world.state.open_question.context["lines"]}


def test_colours_go_with_the_anchor_and_with_each_other(world):
    world.arrive()
    world.do(ActionCompleteLook, "what goes with it?", variant=f"{COAT}--navy--m")
    worn = ["navy", *(item.options.get("colour", "") for item in world.state.last_shown)]
    assert all(go_together(one, other) for one in worn for other in worn)


@pytest.mark.parametrize(("language", "words", "reason"), [
    ("en", "complete the look for a party", "party"), ("fr", "complète la tenue pour une fête", "fête"),
])
def test_keeps_to_the_occasion_that_is_named(world, language, words, reason):
    world.language = language
    world.arrive()
    world.page = {"product_id": "robe-longue-nocturne"}
    world.do(ActionCompleteLook, words, occasion="party")
    found = world.shop.get_products([item.product_ref for item in world.state.last_shown])
    assert found
    assert all("party" in product.attributes["occasions"] for product in found)


@pytest.mark.parametrize(("language", "all_of_it"), [("en", "Add the whole look"), ("fr", "Ajouter tout le look")])
def test_adds_the_whole_look_at_one_tap_and_reads_the_total_back(world, language, all_of_it):
    world.language = language
    world.sign_in("camille")
    world.do(ActionCompleteLook, "?", product=COAT)
    wanted = world.state.open_question.context["lines"]
    tap(world, all_of_it)
    asked = 0
    while world.state.open_question is not None and world.state.open_question.context.get("asks") == "size":
        asked += 1
        assert lines_of(world) == {}
        size = world.state.open_question.options[0][0]
        world.answer(size)
    added = world.shop.open_cart(CustomerRef("camille"), idempotency_key="look")
    assert {line.product_ref for line in added.lines} == {line["product_ref"] for line in wanted}
    assert asked == len([1 for line in wanted if not line["is_size_known"]]) or asked < len(wanted)
    assert f"{added.totals.grand_minor // 100}"[-3:] in world.text


def test_asks_for_a_size_that_nobody_knows_and_guesses_none(world):
    world.arrive()
    world.page = {"product_id": COAT}
    world.do(ActionCompleteLook, "what goes with it?")
    unsized = [line for line in world.state.open_question.context["lines"] if not line["is_size_known"]]
    assert unsized
    world.answer("yes", intent="affirm")
    question = world.state.open_question
    assert (question.expects, question.context["asks"]) == ("size", "size")
    assert world.state.cart_ref == ""


def test_adds_no_size_that_does_not_exist(world):
    world.arrive()
    world.page = {"product_id": COAT}
    world.do(ActionCompleteLook, "what goes with it?")
    world.answer("yes", intent="affirm")
    world.answer("en 99")
    assert "does not come in 99" in world.text


@pytest.mark.parametrize(("language", "said"), [("en", "it was shown at"), ("fr", "au lieu de")])
def test_asks_again_where_the_size_that_is_chosen_costs_another_price_than_was_shown(world, language, said):
    world.language = language
    world.arrive()
    world.page = {"product_id": COAT}
    world.do(ActionCompleteLook, "what goes with it?")
    prices = world.state.open_question.context["prices"]
    world.answer("yes", intent="affirm")
    question = world.state.open_question
    assert question.context["prices"] == prices
    asked = question.context["lines"][question.context["place"]]["product_ref"]
    (product,) = world.shop.get_products([asked])
    for variant in product.variants:
        world.shop.merchant.set_price(variant.ref, variant.price_minor + 3_000)
    while world.state.open_question.context.get("asks") == "size":
        world.answer(world.state.open_question.options[0][0])
    assert said in world.text
    assert world.state.open_question.expects == "basket"
    assert world.state.cart_ref == ""


def test_adds_one_piece_alone(world):
    world.sign_in("camille")
    allow(world)
    world.do(ActionCompleteLook, "?", product=COAT)
    known = next(line for line in world.state.open_question.context["lines"] if line["is_size_known"])
    world.do(ActionAddToCart, "", variant=known["variant_ref"])
    assert lines_of(world) == {known["variant_ref"]: 1}
    world.answer("", intent="affirm", option="all")
    while world.state.open_question is not None and world.state.open_question.context.get("asks") == "size":
        world.answer(world.state.open_question.options[0][0])
    assert lines_of(world)[known["variant_ref"]] == 1


@pytest.mark.parametrize("words", ["sans le premier", "without the first one", "leave out the first one"])
def test_leaves_a_piece_out_by_words(world, words):
    world.sign_in("camille")
    world.do(ActionCompleteLook, "?", product=COAT)
    before = [line["variant_ref"] for line in world.state.open_question.context["lines"]]
    world.answer(words)
    assert [line["variant_ref"] for line in world.state.open_question.context["lines"]] == before[1:]


@pytest.mark.parametrize("words", ["add the whole look", "ajoute tout le look", "oui, ajoute tout"])
def test_takes_all_of_it_by_words(world, words):
    world.sign_in("camille")
    world.do(ActionCompleteLook, "?", product=COAT)
    world.answer(words)
    assert world.state.open_question is None or world.state.open_question.context.get("asks") == "size"


def choose_store(world, ref: str) -> None:
    world.do(ActionStorePickup, "/store_pickup", option=ref)


def lies_in(world, variant: str, store: str) -> bool:
    (stock,) = world.shop.get_availability([VariantRef(variant)])
    return any(each.quantity for each in stock.locations if each.location_ref == store)


@pytest.mark.parametrize(("language", "said"), [
    ("en", "In stock to collect at Lyon Presqu’île."), ("fr", "Disponible en retrait au magasin Lyon Presqu’île."),
])
def test_a_look_is_what_the_chosen_store_has_and_says_so_with_a_way_back(world, language, said):
    world.language = language
    world.arrive()
    choose_store(world, "lyon-presquile")
    world.do(ActionCompleteLook, "?", product=PEACOAT)
    assert said in world.text
    assert world.said[0].quick_replies[-1].payload == dump_payload("store_pickup", option="home")
    lines = world.state.open_question.context["lines"]
    assert lines[0]["product_ref"] == PEACOAT
    assert all(lies_in(world, line["variant_ref"], "lyon-presquile") for line in lines)


def test_says_that_the_chosen_store_does_not_have_what_it_is_built_around(world):
    world.arrive()
    variants = [each.ref for each in world.shop.get_product(ProductRef(PEACOAT)).variants]
    stock = {each.variant_ref: each for each in world.shop.get_availability(variants)}
    left = [ref for ref in variants if stock[ref].is_sellable_online]
    missing = next(ref for ref in left if not lies_in(world, ref, "lyon-presquile"))
    choose_store(world, "lyon-presquile")
    world.do(ActionCompleteLook, "?", variant=missing)
    assert "which this store does not have right now:" in world.text
    assert PEACOAT not in [line["product_ref"] for line in world.state.open_question.context["lines"]]


def test_a_store_that_closed_keeps_nothing_back(world):
    world.arrive()
    choose_store(world, "lyon-presquile")
    keep = [each for each in world.shop.list_pickup_locations() if each.ref != "lyon-presquile"]
    world.shop.list_pickup_locations = lambda: keep
    world.do(ActionCompleteLook, "?", product=PEACOAT)
    assert "to collect at" not in world.text and len(world.state.open_question.context["lines"]) > 1
    world.answer("add a scarf", product_type="scarf")
    assert len({line["product_ref"] for line in world.state.open_question.context["lines"]}) > 1
    assert "I find nothing" not in world.text
