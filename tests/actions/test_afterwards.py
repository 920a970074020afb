"""What is asked once an order was cancelled or sent back: answered from that order, and taken for no new wish."""

import pytest

from actions.answer import ActionHearCustomer
from actions.returns import ActionCancelOrder, ActionReturnItem
from tests.actions.test_aftersales import _order, _variants


def _sent_back(world):
    world.sign_in("camille")
    order = _order(world, _variants(world)[0].ref, delivered=True)
    world.do(ActionReturnItem, f"I want to return the sweater from {order.number}", order_number=order.number)
    world.answer("to the card", intent="")
    world.answer("yes", intent="affirm")
    assert world.shop.get_order(order.ref).requests
    return order


@pytest.mark.parametrize(("language", "asked", "expected"), [
    ("en", "how do I send it back?", "policy"),
    ("en", "when do i get the label thingy for sending it? also do i need the original box", "policy"),
    ("fr", "comment je le renvoie ?", "policy"),
    ("en", "when do I see the money?", "working days"),
    ("fr", "quand est-ce que j'ai mon argent ?", "jours"),
    ("en", "which card gets the money?", "goes back"),
    ("en", "does the refund go to my card?", "goes back"),
])
def test_answers_from_the_order_that_was_settled(world, language, asked, expected) -> None:
    order = _sent_back(world)
    world.language = language
    world.do(ActionHearCustomer, asked, intent="return_item")
    how = world.services.policy.returns.how
    assert (how.into(language) if expected == "policy" else expected) in world.text
    assert len(world.shop.get_order(order.ref).requests) == 1 and world.state.request == {}


def test_tells_what_comes_back_of_a_cancelled_order(world) -> None:
    world.sign_in("camille")
    order = _order(world, _variants(world)[0].ref)
    world.do(ActionCancelOrder, "cancel it", order_number=order.number, reason="no_longer_needed")
    world.answer("yes", intent="affirm")
    world.do(ActionHearCustomer, "how long until i see the money? and which card does it go to", intent="get_refund")
    assert "goes back" in world.text and "working days" in world.text


def test_says_nothing_of_it_to_whom_nothing_was_done_or_who_speaks_of_another_order(world) -> None:
    _sent_back(world)
    other = _order(world, _variants(world, product_type="coat")[0].ref, delivered=True)
    world.do(ActionHearCustomer, f"how do I send back the coat from {other.number}?", intent="return_item")
    assert "return from order" in world.text and other.number in world.text


def test_a_new_wish_is_a_new_wish(world) -> None:
    _sent_back(world)
    other = _order(world, _variants(world, product_type="coat")[0].ref, delivered=True)
    world.do(ActionHearCustomer, f"I also want to return the coat from {other.number}", intent="return_item")
    assert other.number in world.text and "Is that right" in world.text
