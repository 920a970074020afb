"""Cancelling, changing, sending back, exchanging: a summary, a yes, one write, what was read back, and nothing else."""

import sqlalchemy as sa

from actions.delivery import ActionChangeShippingAddress
from actions.returns import ActionCancelOrder, ActionChangeOrder, ActionExchangeItem, ActionReturnItem
from actions.smalltalk import ActionThank
from bot.commerce.types import Address, CustomerRef, Order
from bot.errors import UnknownFate
from bot.profile.store.tables import audit

HOME = Address(line1="1 rue du Test", city="Lyon", postcode="69002", country="FR", first_name="C", last_name="L")


def _variants(world, skip=0, product_type="sweater"):
    products = world.shop.search_products(filters={"product_type": product_type, "in_stock": True}, limit=20).items
    product = products[skip]
    found = world.shop.get_availability([each.ref for each in product.variants])
    sellable = {each.variant_ref for each in found if each.is_sellable_online}
    return [each for each in product.variants if each.ref in sellable]


def _order(world, *variants, ref="camille", delivered=False) -> Order:
    cart = world.shop.open_cart(CustomerRef(ref), idempotency_key=f"cart-{world.count}-{len(variants)}-{variants[0]}")
    for variant in variants:
        world.shop.set_line(cart.ref, variant, 1)
    order = world.shop.place_order(cart.ref, payment="card", shipping_address=HOME, idempotency_key=f"order-{cart.ref}")
    if delivered:
        world.shop.merchant.create_shipment(order.ref)
        world.shop.merchant.mark_delivered(order.ref)
    return world.shop.get_order(order.ref)


def _audit(world):
    with world.services.store.read() as connection:
        return [(row.action, row.object_ref) for row in connection.execute(sa.select(audit))]


def test_cancels_after_a_reason_a_summary_and_a_yes(world) -> None:
    world.sign_in("camille")
    variants = _variants(world)
    order = _order(world, variants[0].ref)
    world.do(ActionCancelOrder, f"cancel order {order.number}", order_number=order.number)
    assert "Why" in world.text
    world.answer("ordered by mistake", reason="ordered_by_mistake")
    assert "I will cancel order" in world.text and world.shop.get_order(order.ref).status != "cancelled"
    world.answer("yes", intent="affirm")
    after = world.shop.get_order(order.ref)
    assert (after.status, after.payment_status) == ("cancelled", "refunded")
    assert after.requests[0].reason == "ordered by mistake"
    assert _audit(world) == [("order_cancel", order.ref)]
    assert "is cancelled" in world.text


def test_cancels_nothing_without_a_yes(world) -> None:
    world.sign_in("camille")
    variants = _variants(world)
    order = _order(world, variants[0].ref)
    for said, intent in (("no", "deny"), ("laisse tomber", "")):
        world.do(ActionCancelOrder, "cancel it", order_number=order.number, reason="no_longer_needed")
        world.answer(said, intent=intent)
        assert world.shop.get_order(order.ref) == order and not _audit(world)


def test_shows_what_a_yes_would_do_behind_everything_else(world) -> None:
    world.sign_in("camille")
    order = _order(world, _variants(world)[0].ref)
    world.do(ActionCancelOrder, "cancel it", order_number=order.number, reason="no_longer_needed")
    for _ in range(4):
        world.do(ActionThank, "thanks")
        assert "I will cancel order" in world.text


def test_cancels_in_french(world) -> None:
    world.language = "fr"
    world.sign_in("camille")
    variants = _variants(world)
    order = _order(world, variants[0].ref)
    world.do(ActionCancelOrder, "annulez ma commande", order_number=order.number)
    world.answer("je n'en ai plus besoin")
    assert "J’annule la commande" in world.text
    world.answer("oui", intent="affirm")
    assert "est annulée" in world.text and world.shop.get_order(order.ref).status == "cancelled"


def test_cancels_no_order_of_somebody_else(world) -> None:
    world.sign_in("hugo")
    variants = _variants(world)
    order = _order(world, variants[0].ref)
    world.do(ActionCancelOrder, f"cancel order {order.number}", order_number=order.number, reason="no_longer_needed")
    assert "I find no order" in world.text and world.shop.get_order(order.ref) == order


def test_asks_who_it_is_before_anything(world) -> None:
    world.arrive()
    variants = _variants(world)
    order = _order(world, variants[0].ref)
    world.do(ActionCancelOrder, f"cancel order {order.number}", order_number=order.number)
    assert "e-mail" in world.text and world.shop.get_order(order.ref) == order


def test_offers_the_way_back_for_an_order_that_has_arrived(world) -> None:
    world.sign_in("camille")
    variants = _variants(world)
    order = _order(world, variants[0].ref, delivered=True)
    world.do(ActionCancelOrder, f"cancel order {order.number}", order_number=order.number)
    assert "cannot be cancelled" in world.text and "I will announce this return" in world.text
    assert world.shop.get_order(order.ref) == order


def test_swaps_an_item_for_another_size_and_tells_the_difference(world) -> None:
    world.sign_in("camille")
    variants = _variants(world)
    mine = variants[0]
    other = next(each for each in variants if each.options["colour"] == mine.options["colour"] and each.ref != mine.ref)
    order = _order(world, mine.ref)
    world.do(ActionChangeOrder, f"change it to size {other.options['size']}", order_number=order.number)
    assert "I will change this in order" in world.text and "The price stays the same" in world.text
    world.answer("yes", intent="affirm")
    assert world.shop.get_order(order.ref).lines[0].variant_ref == other.ref


def test_takes_another_wish_instead_of_the_yes(world) -> None:
    world.sign_in("camille")
    variants = _variants(world)
    mine = variants[0]
    others = [each for each in variants if each.options["colour"] == mine.options["colour"] and each.ref != mine.ref]
    order = _order(world, mine.ref)
    world.do(ActionChangeOrder, f"change it to size {others[0].options['size']}", order_number=order.number)
    world.answer(f"actually size {others[1].options['size']}")
    assert "I will change this" in world.text
    world.answer("yes", intent="affirm")
    assert world.shop.get_order(order.ref).lines[0].variant_ref == others[1].ref


def test_asks_which_variant_when_the_words_do_not_say(world) -> None:
    world.sign_in("camille")
    variants = _variants(world)
    order = _order(world, variants[0].ref)
    world.do(ActionChangeOrder, "I want to change my order", order_number=order.number)
    assert "instead of" in world.text
    option = world.state.open_question.options[0][0]
    world.answer("/affirm", intent="affirm", option=option)
    world.answer("yes", intent="affirm")
    assert world.shop.get_order(order.ref).lines[0].variant_ref == option


def test_sends_back_one_of_two_items(world) -> None:
    world.sign_in("camille")
    mine = _variants(world)
    theirs = _variants(world, product_type="belt")
    order = _order(world, mine[0].ref, theirs[0].ref, delivered=True)
    world.do(ActionReturnItem, "I want to send the belt back", order_number=order.number)
    assert "I will announce this return" in world.text
    world.answer("yes", intent="affirm")
    request = world.shop.get_order(order.ref).requests[0]
    assert (request.kind, list(request.pieces)) == ("return", [order.lines[1].id])


def test_sends_back_everything(world) -> None:
    world.sign_in("camille")
    mine = _variants(world)
    theirs = _variants(world, product_type="belt")
    order = _order(world, mine[0].ref, theirs[0].ref, delivered=True)
    world.do(ActionReturnItem, "return the whole order", order_number=order.number)
    world.answer("yes", intent="affirm")
    assert set(world.shop.get_order(order.ref).requests[0].pieces) == {line.id for line in order.lines}


def test_exchanges_a_delivered_item(world) -> None:
    world.sign_in("camille")
    variants = _variants(world)
    mine = variants[0]
    other = next(each for each in variants if each.options["colour"] == mine.options["colour"] and each.ref != mine.ref)
    order = _order(world, mine.ref, delivered=True)
    world.do(ActionExchangeItem, f"exchange it for a size {other.options['size']}", order_number=order.number)
    world.answer("yes", intent="affirm")
    assert world.shop.get_order(order.ref).requests[0].variants == {order.lines[0].id: other.ref}


def test_changes_the_address_of_an_order_after_a_yes_and_a_code(world) -> None:
    world.sign_in("camille")
    variants = _variants(world)
    order = _order(world, variants[0].ref)
    world.do(ActionChangeShippingAddress, "livrez-la au 12 rue des Lilas, 75011 Paris", order_number=order.number)
    assert "12 rue des Lilas, 75011 Paris" in world.text
    world.answer("yes", intent="affirm")
    assert world.shop.get_order(order.ref).shipping_address.postcode == "69002"
    world.answer(world.last_code())
    assert world.shop.get_order(order.ref).shipping_address.postcode == "75011"


def test_reads_a_lost_answer_back_and_never_repeats_it(world, monkeypatch) -> None:
    world.sign_in("camille")
    variants = _variants(world)
    order = _order(world, variants[0].ref)
    cancel = world.shop.cancel_order
    calls = []

    def lose(ref, **values):
        calls.append(ref)
        cancel(ref, **values)
        raise UnknownFate("no answer")

    monkeypatch.setattr(world.shop, "cancel_order", lose)
    world.do(ActionCancelOrder, "cancel, ordered by mistake", order_number=order.number, reason="ordered_by_mistake")
    world.answer("yes", intent="affirm")
    assert "is cancelled" in world.text and calls == [order.ref]


def test_tells_that_the_order_changed_meanwhile(world) -> None:
    world.sign_in("camille")
    variants = _variants(world)
    order = _order(world, variants[0].ref)
    world.do(ActionCancelOrder, "cancel, ordered by mistake", order_number=order.number, reason="ordered_by_mistake")
    world.shop.merchant.create_shipment(order.ref)
    world.answer("yes", intent="affirm")
    assert "can no longer be changed" in world.text and world.shop.get_order(order.ref).status != "cancelled"


def test_takes_nothing_back_when_the_time_for_it_is_over(world) -> None:
    world.sign_in("camille")
    order = next(each for each in world.shop.list_orders("camille").items if each.fulfilment_status == "delivered")
    world.do(ActionReturnItem, "I want to return this order", order_number=order.number)
    assert "the time for sending it back ended" in world.text and not world.state.request


def test_goes_on_with_what_is_half_done_when_it_is_said_again(world) -> None:
    world.sign_in("camille")
    order = _order(world, _variants(world)[0].ref)
    world.do(ActionCancelOrder, f"cancel order {order.number}", order_number=order.number)
    world.do(ActionCancelOrder, "cancel it, ordered by mistake", reason="ordered_by_mistake")
    assert "I will cancel order" in world.text


def test_takes_a_swap_of_what_has_arrived_for_an_exchange(world) -> None:
    world.sign_in("camille")
    variants = _variants(world)
    mine = variants[0]
    other = next(each for each in variants if each.options["colour"] == mine.options["colour"] and each.ref != mine.ref)
    order = _order(world, mine.ref, delivered=True)
    world.do(ActionChangeOrder, f"change it to size {other.options['size']}", order_number=order.number)
    assert "I will exchange this from order" in world.text


def test_asks_for_the_reason_by_buttons_too(world) -> None:
    world.sign_in("camille")
    order = _order(world, _variants(world)[0].ref)
    world.do(ActionCancelOrder, "/cancel_order", order_number=order.number)
    world.answer("/affirm", intent="affirm", option="too late")
    world.answer("/affirm", intent="affirm")
    assert world.shop.get_order(order.ref).requests[0].reason == "too late"


def test_reads_an_answer_as_what_was_asked_for_when_it_fits(world) -> None:
    world.sign_in("camille")
    jumper, belt = _variants(world)[0], _variants(world, product_type="belt")[0]
    order = _order(world, jumper.ref, belt.ref)
    world.do(ActionChangeOrder, "I want to change the jumper", order_number=order.number)
    assert "instead of" in world.text
    other = next(each for each in _variants(world) if each.ref != jumper.ref)
    world.answer(f"{other.options['colour']} in {other.options['size']}")
    assert "I will change this in order" in world.text or "settled" in world.text
