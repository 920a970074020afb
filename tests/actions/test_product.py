"""One product: what it is, where it is, which size, and keeping it in mind."""

from dataclasses import replace

import pytest

from actions.product import (
    ActionCheckAvailability,
    ActionNotifyMe,
    ActionProductDetails,
    ActionSizeAdvice,
)
from bot.commerce.types import CustomerRef, VariantRef
from bot.intake.names import BACK_IN_STOCK_REQUESTED
from bot.profile.events import events_of
from bot.profile.state import read_state, write_state

COAT = "manteau-croise-grand-froid"
DRESS = "robe-portefeuille-aubepine"
SNEAKERS = "baskets-basses-esquisse"
NAVY_M = f"{COAT}--navy--m"


def sell_out(world, variant_ref: str = NAVY_M) -> None:
    world.shop.merchant.set_stock(VariantRef(variant_ref), "web", 0)


def buy_and_receive(world, ref: str, variant: str) -> None:
    """One more order that arrived."""
    cart = world.shop.open_cart(CustomerRef(ref), idempotency_key=f"cart-{world.count}")
    for line in cart.lines:
        world.shop.set_line(cart.ref, line.variant_ref, 0)
    world.shop.merchant.set_stock(VariantRef(variant), "web", 9)
    world.shop.set_line(cart.ref, VariantRef(variant), 1)
    address = world.shop.get_customer(CustomerRef(ref)).addresses[0]
    world.count += 1
    order = world.shop.place_order(
        cart.ref, payment="card", shipping_address=address, idempotency_key=f"order-{world.count}"
    )
    world.shop.merchant.create_shipment(order.ref)
    world.shop.merchant.mark_delivered(order.ref)


def test_guesses_no_size_that_nothing_proves(world):
    world.arrive()
    world.do(ActionSizeAdvice, "which size?", product=COAT)
    assert "I will not guess" in world.text


@pytest.mark.parametrize(
    ("language", "said"), [("en", "you kept 1 of 1"), ("fr", "vous avez gardé 1 article(s) sur 1")]
)
def test_says_what_one_purchase_proves_and_guesses_nothing(world, language, said):
    world.language = language
    world.sign_in("camille")
    world.do(ActionSizeAdvice, "which size?", product=COAT)
    assert said in world.text
    assert world.said[0].quick_replies[0].title.endswith(" M")


@pytest.mark.parametrize(("language", "said"), [
    ("en", "Likely M in Grand Froid double-breasted coat: in M of other brands you kept 3 of 3."),
    ("fr", "Probablement M pour Manteau croisé Grand Froid"),
])
def test_advises_the_size_that_was_kept_again_and_again(world, language, said):
    world.language = language
    world.sign_in("camille")
    for _ in range(2):
        buy_and_receive(world, "camille", "mariniere-amarre--navy--m")
    world.do(ActionSizeAdvice, "which size?", product=COAT)
    assert said in world.text


@pytest.mark.parametrize(("kind", "says"), [("shoes", True), ("numbers", False)])
def test_a_number_told_of_nothing_in_particular_is_not_held_against_what_was_kept(world, kind, says):
    world.sign_in("camille")
    for _ in range(4):
        buy_and_receive(world, "camille", f"{SNEAKERS}--white--40")
    with world.services.store.write() as connection:
        state = read_state(connection, world.customer_id)
        write_state(connection, world.customer_id, replace(state, style={"known_sizes": {kind: "38"}}), world.now)
    world.do(ActionSizeAdvice, "which size?", product=SNEAKERS)
    assert ("You told me 38" in world.text) is says
    assert "40" in world.text


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "which size, I wear a UK 12?", "UK 12 is 40 here by the usual tables"),
    ("fr", "quelle taille, je fais du 44 italien ?", "IT 44 correspond ici au 40"),
])
def test_tells_what_a_size_of_another_country_is_here(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionSizeAdvice, words, product=DRESS)
    assert said in world.text
    assert world.said[0].quick_replies[0].title.endswith(" 40")


def test_says_that_it_cannot_tell_what_a_size_is_here(world):
    world.arrive()
    world.do(ActionSizeAdvice, "which size, I wear a UK 12?", product=COAT)
    assert "I cannot tell what UK 12 is in" in world.text


def test_answers_for_the_stock_of_what_a_size_of_another_country_is_here(world):
    world.arrive()
    world.do(ActionCheckAvailability, "is it there in UK 12?", product=DRESS, size="12")
    assert "does not come in" not in world.text and "40" in world.text


def test_tells_live_stock_online_and_in_the_store_that_is_named(world):
    world.arrive()
    place = world.shop.list_pickup_locations()[0]
    world.shop.merchant.set_stock(VariantRef(NAVY_M), place.ref, 3)
    world.do(ActionCheckAvailability, "is it there?", variant=NAVY_M, city=place.address.city)
    assert "is in stock online" in world.text
    assert f"{place.name}: 3 in store" in world.text


def test_says_that_it_is_gone_the_moment_it_is(world):
    world.arrive()
    world.do(ActionCheckAvailability, "in stock?", variant=NAVY_M)
    assert "is in stock online" in world.text
    sell_out(world)
    world.do(ActionCheckAvailability, "in stock?", variant=NAVY_M)
    assert "is sold out online" in world.text


def test_keeps_in_mind_what_is_sold_out_once_per_message(world):
    world.arrive()
    sell_out(world)
    for _ in range(2):
        world.do(ActionNotifyMe, "tell me when it is back", message_id="same", variant=NAVY_M)
    with world.services.store.read() as connection:
        wanted = events_of(connection, world.customer_id, names=(BACK_IN_STOCK_REQUESTED,))
    assert [event.properties["variant_id"] for event in wanted] == [NAVY_M]


def test_keeps_the_size_in_mind_where_several_colours_have_it(world):
    world.arrive()
    sell_out(world)
    world.do(ActionNotifyMe, "tell me when it is back in M", product=COAT, size="M")
    with world.services.store.read() as connection:
        (wanted,) = events_of(connection, world.customer_id, names=(BACK_IN_STOCK_REQUESTED,))
    asked = {key: wanted.properties.get(key) for key in ("product_id", "size", "variant")}
    assert asked["product_id"] == COAT and (asked["size"] == "M" or asked["variant"])


def test_keeps_nothing_in_mind_that_is_there(world):
    world.arrive()
    world.do(ActionNotifyMe, "tell me when it is back", variant=NAVY_M)
    assert "is in stock online" in world.text


def test_shows_a_product_with_what_is_in_stock(world):
    world.arrive()
    world.do(ActionProductDetails, "tell me more", product=COAT)
    assert world.said[0].cards[0].price_text
    assert "In stock:" in world.text
    assert world.state.last_product.product_ref == COAT


def test_promises_news_only_where_they_may_leave(world):
    world.arrive()
    sell_out(world)
    world.do(ActionNotifyMe, "tell me when it is back", variant=NAVY_M)
    assert "Ask me at any time" in world.text
    assert "Shall I write to you here when something that you asked for" in world.text
    world.answer("yes please", intent="affirm")
    world.do(ActionNotifyMe, "tell me when it is back", variant=NAVY_M)
    assert "I will write to you here when it is back" in world.text


@pytest.mark.parametrize(("language", "question", "said"), [
    ("en", "can they be repaired?", "Repair: resoled in our stores for €45."),
    ("fr", "c'est fabriqué où ?", "Fabrication : Espagne."),
    ("en", "what is its carbon footprint?", "The shop states nothing about its impact"),
    ("fr", "ça se lave comment ?", "Entretien : baume pour cuir, pas d’eau."),
])
def test_answers_what_a_product_stands_for_and_invents_nothing(world, language, question, said):
    world.language = language
    world.arrive()
    world.do(ActionProductDetails, question, product="bottines-chelsea-cocher")
    assert said in world.text


@pytest.mark.parametrize(("language", "words"), [("en", "what of the Procuration"), ("fr", "et la Procuration ?")])
@pytest.mark.parametrize("action", [ActionProductDetails, ActionSizeAdvice])
def test_tells_nothing_of_one_and_asks_when_several_go_by_a_name(world, action, language, words):
    world.language = language
    world.sign_in("hugo")
    world.do(action, words)
    payloads = [each.payload for each in world.said[0].quick_replies]
    assert len(payloads) == 3 and f'/{action.intent}{{"product": "blazer-procuration"}}' in payloads
