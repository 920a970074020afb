"""Answers to what the bot said first do the right thing once, and nothing for somebody who is not the owner."""

from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from actions.answer import ActionAnswerOpenQuestion
from bot.profile.state import OpenQuestion
from bot.profile.store.tables import events


def _cart_question(world, cart_ref: str, variant: str, **more) -> OpenQuestion:
    return OpenQuestion(
        "yes_no",
        "nudge:cart_left",
        world.now.isoformat(),
        context={"cart_ref": cart_ref, "do": "add", "variant_ref": variant, "quantity": 1, **more},
    )


def _sellable(world) -> str:
    product = next(p for p in world.shop.search_products(filters={"in_stock": True}).items if p.variants)
    stock = world.shop.get_availability([each.ref for each in product.variants])
    return next(each.variant_ref for each in stock if each.is_sellable_online)


def _guest_cart(world) -> SimpleNamespace:
    return SimpleNamespace(ref=world.shop.open_cart(None, idempotency_key="g-1").ref, variant=_sellable(world))


def test_a_no_leaves_the_basket_as_it_is(world) -> None:
    world.arrive()
    cart = _guest_cart(world)
    world.set_question(_cart_question(world, cart.ref, cart.variant))
    world.answer("non merci", intent="deny")
    assert not world.shop.get_cart(cart.ref).lines and world.state.open_question is None


def test_a_yes_changes_no_basket_of_somebody_else(world) -> None:
    world.arrive()
    cart = world.shop.open_cart("camille", idempotency_key="c-1")
    world.set_question(_cart_question(world, cart.ref, _sellable(world)))
    world.answer("oui, ajoute-la", intent="affirm")
    assert world.shop.get_cart(cart.ref).lines == cart.lines


def test_a_yes_adds_the_offered_piece_once_and_reads_the_price_back(world) -> None:
    world.language = "fr"
    world.arrive()
    cart = _guest_cart(world)
    question = _cart_question(world, cart.ref, cart.variant)
    for _ in range(2):  # as when the same message is processed twice
        world.set_question(question)
        world.do(ActionAnswerOpenQuestion, "oui, ajoute-la", intent="affirm", message_id="same")
    lines = world.shop.get_cart(cart.ref).lines
    assert [(line.variant_ref, line.quantity) for line in lines] == [(cart.variant, 1)]
    assert "€" in world.text and "dans votre panier" in world.text


def test_says_so_when_the_offered_piece_has_sold_out(world) -> None:
    world.arrive()
    cart = _guest_cart(world)
    world.set_question(_cart_question(world, cart.ref, cart.variant))
    for place in ("web", *(each.ref for each in world.shop.list_pickup_locations())):
        world.shop.merchant.set_stock(cart.variant, place, 0)
    world.answer("yes", intent="affirm")
    assert "sold out" in world.text and not world.shop.get_cart(cart.ref).lines


def _lose(world):
    order = world.shop.list_orders("nadia").items[0]
    world.shop.merchant.lose_reserved_item(order.ref)
    missing = world.shop.get_order(order.ref)
    return missing, OpenQuestion(
        "choice",
        "nudge:pickup_item_missing",
        world.now.isoformat(),
        (("refund", "Get my money back"),),
        {"order_ref": order.ref, "order_number": order.number, "variant_ref": "", "location_ref": ""},
    )


def test_settles_nothing_for_somebody_unverified(world) -> None:
    missing, question = _lose(world)
    world.arrive()
    world.set_question(question)
    world.answer(option="refund")
    assert world.shop.get_order(missing.ref) == missing and "e-mail" in world.text


def test_settles_nothing_for_another_customer(world) -> None:
    missing, question = _lose(world)
    world.sign_in("hugo")
    world.set_question(question)
    world.answer(option="refund")
    assert world.shop.get_order(missing.ref) == missing and "cannot find" in world.text


def test_asks_which_when_the_answer_is_only_yes(world) -> None:
    world.sign_in("nadia")
    order, question = _lose(world)
    world.set_question(question)
    world.answer("oui", intent="affirm")
    assert [each.payload for each in world.said[0].quick_replies] == ['/affirm{"option": "refund"}']
    assert world.state.open_question is not None
    assert world.shop.get_order(order.ref).version == order.version


def test_one_tap_pays_back_once_and_says_how_much(world) -> None:
    missing, question = _lose(world)
    world.sign_in("nadia")
    for _ in range(2):
        world.set_question(question)
        world.do(ActionAnswerOpenQuestion, "", intent="affirm", message_id="same", option="refund")
    after = world.shop.get_order(missing.ref)
    assert after.totals.refunded_minor == missing.totals.grand_minor and after.status == "cancelled"
    assert "settled already" in world.text


def test_a_no_is_kept_once_so_that_nothing_of_the_journey_follows(world) -> None:
    world.arrive()
    cart = _guest_cart(world)
    for _ in range(2):
        world.set_question(_cart_question(world, cart.ref, cart.variant, outbox_id=7, about=f"cart:{cart.ref}"))
        world.answer("non merci", intent="deny")
    world.set_question(_cart_question(world, cart.ref, cart.variant, outbox_id=8))
    world.answer("oui", intent="affirm")
    with world.services.store.read() as connection:
        said = connection.execute(sa.select(events).where(events.c.name == "Nudge Declined")).all()
    assert [(each.message_id, each.silo) for each in said] == [("declined:7", "prevenant")]


def _asked(world, do: str, **context: str) -> OpenQuestion:
    context = {"do": do, "about": "a", "outbox_id": 7, **context}
    return OpenQuestion("yes_no", "nudge:of_the_shops_own", world.now.isoformat(), context=context)


def _declined(world) -> int:
    with world.services.store.read() as connection:
        return len(connection.execute(sa.select(events).where(events.c.name == "Nudge Declined")).all())


def test_a_yes_to_looking_for_a_parcel_tells_a_person(world) -> None:
    world.sign_in("nadia")
    order = world.shop.list_orders("nadia").items[0]
    world.set_question(_asked(world, "look_into", order_number=order.number))
    world.answer("oui", intent="affirm")
    assert world.state.handoff and world.state.open_question is None and "passed it on" in world.text
    assert _declined(world) == 0


def test_a_no_to_looking_for_a_parcel_tells_nobody(world) -> None:
    world.sign_in("nadia")
    world.set_question(_asked(world, "look_into", order_number="1"))
    world.answer("non", intent="deny")
    assert not world.state.handoff and world.state.open_question is None and _declined(world) == 1


def test_a_no_to_all_is_well_is_a_problem_with_this_order(world) -> None:
    world.sign_in("nadia")
    order = world.shop.list_orders("nadia").items[0]
    world.set_question(_asked(world, "hear", order_number=order.number))
    world.answer("non", intent="deny")
    assert "I am sorry about that." in world.text and "Which order" not in world.text
    assert world.state.open_question is None and _declined(world) == 0


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "never mind", "All right. I am here if you need me."),
    ("fr", "laisse tomber", "Très bien. Je reste là si vous avez besoin de moi."),
])
def test_whoever_drops_the_question_whether_all_is_well_has_no_problem(world, language, words, said) -> None:
    world.sign_in("nadia")
    world.language = language
    order = world.shop.list_orders("nadia").items[0]
    world.set_question(_asked(world, "hear", order_number=order.number))
    world.answer(words)
    assert world.text == said and world.state.open_question is None and _declined(world) == 0


def test_whoever_drops_an_offer_has_declined_it(world) -> None:
    world.sign_in("nadia")
    world.set_question(_asked(world, "look_into", order_number="1"))
    world.answer("laisse tomber")
    assert not world.state.handoff and world.state.open_question is None and _declined(world) == 1


def test_a_yes_to_all_is_well_is_taken_as_that(world) -> None:
    world.sign_in("nadia")
    world.set_question(_asked(world, "hear", order_number="1"))
    world.answer("oui, merci", intent="affirm")
    assert world.text == "I am glad to hear it." and world.state.open_question is None


def test_a_yes_to_what_is_used_up_adds_it_once(world) -> None:
    world.arrive()
    variant = _sellable(world)
    for _ in range(2):
        world.set_question(_asked(world, "take", variant_ref=variant))
        world.do(ActionAnswerOpenQuestion, "oui", intent="affirm", message_id="same")
    lines = world.shop.get_cart(world.state.cart_ref).lines
    assert [(line.variant_ref, line.quantity) for line in lines] == [(variant, 1)]
    assert world.state.open_question is None


def test_a_no_to_what_is_used_up_adds_nothing(world) -> None:
    world.arrive()
    world.set_question(_asked(world, "take", variant_ref=_sellable(world)))
    world.answer("non", intent="deny")
    assert not world.state.cart_ref and world.state.open_question is None


def test_a_yes_to_a_greeting_suggests(world) -> None:
    world.arrive()
    world.set_question(_asked(world, "suggest"))
    world.answer("oui", intent="affirm")
    assert any(each.cards for each in world.said)
    assert world.state.open_question is None or not world.state.open_question.asked_by.startswith("nudge:")


def test_a_yes_to_amends_asks_where_a_person_can_answer(world) -> None:
    world.arrive()
    world.set_question(_asked(world, "call"))
    world.answer("oui", intent="affirm")
    assert world.state.open_question.asked_by == "request:handoff"
