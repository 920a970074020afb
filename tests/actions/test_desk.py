"""The service desk: whole messages of customers, several wishes and questions in one, and nothing unasked."""

from actions.answer import ActionHearCustomer
from actions.delivery import ActionReportDeliveryProblem
from actions.orders import ActionTrackOrder
from actions.returns import ActionCancelOrder, ActionExchangeItem, ActionReturnItem
from bot.commerce.types import Order
from tests.actions.test_aftersales import _order, _variants


def _two(world, *, delivered: bool = False) -> tuple[Order, Order]:
    world.sign_in("camille")
    sweaters, coats = _variants(world), _variants(world, product_type="coat")
    return (
        _order(world, sweaters[0].ref, delivered=delivered),
        _order(world, coats[0].ref, delivered=delivered),
    )


def test_does_nothing_for_somebody_unverified(world) -> None:
    world.arrive()
    world.do(ActionHearCustomer, "how much did I pay for my last order?", intent="track_order")
    assert "€" not in world.text and "e-mail" in world.text or "order number" in world.text


def test_leaves_small_talk_to_others(world) -> None:
    world.sign_in("camille")
    world.do(ActionHearCustomer, "thank you so much", intent="thank")
    assert world.state.request == {} and "order" not in world.text.lower()


def test_does_two_wishes_of_one_message_one_after_the_other(world) -> None:
    one, other = _two(world)
    text = f"cancel order {one.number}, I no longer need it, and also cancel order {other.number}"
    world.do(ActionCancelOrder, text)
    assert one.number in world.text and "Is that right" in world.text
    world.answer("yes", intent="affirm")
    assert world.shop.get_order(one.ref).status == "cancelled" and other.number in world.text
    assert world.shop.get_order(other.ref).status != "cancelled"
    world.answer("yes please", intent="affirm")
    assert world.shop.get_order(other.ref).status == "cancelled"


def test_answers_a_question_and_goes_on(world) -> None:
    one, _ = _two(world, delivered=True)
    world.do(ActionReturnItem, f"I want to return the sweater from {one.number}")
    world.answer("how much would I get back?", intent="get_refund")
    assert "You would get €" in world.text and "Is that right" in world.text
    assert not world.shop.get_order(one.ref).requests


def test_takes_a_change_of_mind_before_the_yes(world) -> None:
    one, _ = _two(world, delivered=True)
    world.do(ActionReturnItem, f"I want to return the sweater from {one.number}")
    world.answer("actually no, I'd rather exchange it", intent="exchange_item")
    assert "instead of" in world.text or "exchange" in world.text
    assert not world.shop.get_order(one.ref).requests


def test_leaves_it_where_the_last_thing_is_kept_after_all(world) -> None:
    one, _ = _two(world, delivered=True)
    world.do(ActionReturnItem, f"I want to return the sweater from {one.number}")
    world.answer("never mind, I keep the sweater", intent="deny")
    assert "Nothing was changed" in world.text and world.state.request == {}


def test_reads_no_yes_where_there_is_doubt(world) -> None:
    one, _ = _two(world, delivered=True)
    world.do(ActionReturnItem, f"I want to return the sweater from {one.number}")
    for doubt in ("ok no forget it for now, how much is it?", "please wait", "yes but not yet"):
        world.answer(doubt, intent="affirm")
        assert not world.shop.get_order(one.ref).requests
        world.do(ActionReturnItem, f"I want to return the sweater from {one.number}")


def test_cancels_what_has_not_left_instead_of_sending_it_back(world) -> None:
    one, _ = _two(world)
    world.do(ActionReturnItem, f"I want my money back for {one.number}", intent="get_refund")
    assert "nothing to send back" in world.text and "Why do you want to cancel" in world.text


def test_knows_an_order_by_what_is_in_it(world) -> None:
    one, other = _two(world)
    world.do(ActionCancelOrder, "cancel the order with the sweater, I no longer need it")
    assert one.number in world.text and other.number not in world.text


def test_answers_in_french_too(world) -> None:
    world.language = "fr"
    one, _ = _two(world, delivered=True)
    world.do(ActionExchangeItem, f"je voudrais échanger le pull de la commande {one.number}")
    world.answer("quelles tailles avez-vous ?", intent="size_advice")
    assert "en stock" in world.text and "à la place de" in world.text


def test_tells_totals_and_where_an_order_goes(world) -> None:
    one, other = _two(world)
    world.do(ActionHearCustomer, f"what was the total of {one.number} and of {other.number}?", intent="track_order")
    assert "In all" in world.text or "Together" in world.text
    world.do(ActionHearCustomer, f"which address does order {one.number} go to?", intent="track_order")
    assert "1 rue du Test" in world.text


def test_looks_at_the_parcel_before_it_offers_anything(world) -> None:
    one, _ = _two(world, delivered=True)
    world.do(ActionReportDeliveryProblem, "the sweater came damaged", order_number=one.number)
    titles = [each.title for each in world.said[-1].quick_replies]
    assert "delivered" in world.text and titles[:2] == ["Exchange it", "Send it back"]


def test_says_first_that_a_parcel_is_stuck(world) -> None:
    one, _ = _two(world)
    world.shop.merchant.create_shipment(one.ref)
    world.wait(hours=120)  # the day it was promised for is over, too
    world.sign_in("camille", "s-2")
    world.do(ActionTrackOrder, "where is it", order_number=one.number)
    assert world.shop.get_order(one.ref).shipments[0].state in ("in_transit", "pre_transit")
    assert "has said nothing" in world.text or "late" in world.text
