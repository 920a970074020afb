"""Story 5: a product added and then nothing; the nudge reaches the widget, and a yes has one meaning."""

from dataclasses import replace

from bot.decision.waits import observe
from bot.profile.events import events_after
from bot.profile.state import read_state, write_state
from tests.nudges.world import World


def test_says_nothing_when_nothing_happened(world: World) -> None:
    world.person()
    assert world.passes() == []
    assert world.decided() == []


def test_says_nothing_before_the_wait_is_over(world: World) -> None:
    world.adds(world.person(), "coat-navy-M")
    assert world.passes(seconds=19) == []


def test_proposes_one_piece_that_goes_with_the_basket(world: World) -> None:
    person = world.person()
    cart = world.adds(person, "coat-navy-M")
    (text,) = world.passes()
    with world.store.read() as connection:
        state = read_state(connection, person)
    question = state.open_question
    assert question is not None
    offered = question.context["variant_ref"]
    assert "Éole coat" in text
    assert "Shall I add it" in text
    assert (question.expects, question.asked_by, question.context["do"]) == ("yes_no", "nudge:cart_left", "add")
    assert question.context["cart_ref"] == cart.ref
    assert offered not in [line.variant_ref for line in cart.lines]
    assert state.last_product is not None
    assert state.last_product.variant_ref == offered
    assert state.nudge["outbox_id"] == world.sent[0].outbox_id


def test_keeps_one_decision_with_candidates_and_probability(world: World) -> None:
    world.adds(world.person(), "coat-navy-M")
    world.passes()
    (decision,) = world.decided()
    assert (decision.chosen, decision.probability) == ("web:suggest", 1.0)
    assert {each["name"]: each["held"] for each in decision.candidates} == {
        "web:suggest": [], "email:suggest": ["unreachable"],
    }


def test_starts_the_wait_again_when_something_else_is_added(world: World) -> None:
    person = world.person()
    world.adds(person, "coat-navy-M")
    assert world.passes(seconds=15) == []
    world.adds(person, "bag-camel-one size")
    assert world.passes(seconds=15) == []
    assert len(world.passes(seconds=5)) == 1


def test_is_cancelled_by_an_order(world: World) -> None:
    person = world.person()
    world.adds(person, "coat-navy-M")
    world.passes(seconds=5)
    world.happens(person, "Order Completed", silo="shop", order_id="1")
    assert world.passes() == []
    assert world.waiting() == ["cancelled"]


def test_is_cancelled_when_the_basket_was_emptied(world: World) -> None:
    person = world.person()
    cart = world.adds(person, "coat-navy-M")
    world.happens(person, "Cart Updated", cart_id=cart.ref, products=[])
    assert world.passes() == []


def test_is_taken_back_when_an_order_comes_after_the_decision(world: World) -> None:
    person = world.person()
    world.adds(person, "coat-navy-M")
    world.decide()
    world.later(20)
    world.decide()
    world.happens(person, "Order Completed", silo="shop", order_id="1")
    world.decide()
    assert world.dispatch() == []
    assert world.states() == [("withdrawn", "no_longer_needed")]


def test_offers_to_put_back_what_was_taken_out(world: World) -> None:
    person = world.person()
    cart = world.adds(person, "coat-navy-M")
    world.commerce.set_line(cart.ref, "bag-camel-one size", 1)
    world.commerce.set_line(cart.ref, "coat-navy-M", 0)
    (text,) = world.passes()
    with world.store.read() as connection:
        question = read_state(connection, person).open_question
    assert "still available" in text
    assert question is not None
    assert question.context["variant_ref"] == "coat-navy-M"


def test_the_store_that_somebody_collects_from_keeps_nothing_from_what_goes_with_a_basket(world: World) -> None:
    person = world.person()
    with world.store.write() as connection:
        state = replace(read_state(connection, person), style={"store": "closed"})
        write_state(connection, person, state, world.now)
    world.adds(person, "coat-navy-M")
    assert "Shall I add it" in world.passes()[0]


def test_speaks_the_persons_language(world: World) -> None:
    person = world.person()
    with world.store.write() as connection:
        write_state(connection, person, replace(read_state(connection, person), language="fr"), world.now)
    world.adds(person, "coat-navy-M")
    (text,) = world.passes()
    assert text.startswith("Votre panier vous attend\u00a0: Manteau Éole.")


def test_reads_the_same_event_twice_without_a_second_nudge(world: World) -> None:
    world.adds(world.person(), "coat-navy-M")
    assert len(world.passes()) == 1
    with world.store.write() as connection:
        observe(connection, events_after(connection, 0, 10), world.triggers, world.now)
    assert world.waiting() == ["following"]
