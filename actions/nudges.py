"""Answers to what we said first: the basket left behind, the item that is not there, the silent parcel, what came."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from actions import identify
from actions.asking import Handler, Resume, button, person_button, plain, prepend, tell
from actions.audit import note_change
from actions.base import Reply, ShopAction, Turn
from actions.cart import add_variant
from actions.delivery import ActionReportDeliveryProblem
from actions.handoff import call_person
from actions.orders import reader_of
from actions.recommend import ActionRecommendProducts
from bot.commerce.types import Cart, CartRef, LocationRef, Order, OrderRef, VariantRef
from bot.contracts.messages import OutboundMessage, QuickReply, dump_payload
from bot.errors import Conflict, FixInput, InsufficientStock, NotAllowed, NotFound, UnknownFate
from bot.intake.names import NUDGE_DECLINED
from bot.profile.events import Event, append_events
from bot.profile.state import OpenQuestion
from bot.service.answers import Answer
from bot.service.basket import quantity_of, set_quantity
from bot.service.orders import describe_order, is_missing_at_pickup
from bot.texts.catalogue import format_money

PICKUP_SENTENCES: Mapping[str, str] = {
    "substitute": "Settled: {product} is reserved for you at {store} instead.",
    "other_store": "Settled: your order {order} waits for you at {store}.",
    "refund": "Settled: {amount} of your order {order} is being paid back to you.",
}


def _answer_cart(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    turn = _closed(turn)
    if answer.kind not in ("yes", "choice"):
        return tell(turn, turn.say("All right. Your basket stays as it is."), state=turn.state)
    if question.context.get("do") != "add":
        return _show_checkout(turn, question.context)
    return _add_offered(turn, question.context)


def _add_offered(turn: Turn, context: Mapping[str, Any]) -> Reply:
    """Add the offered piece: an absolute quantity, so that the same yes twice is one piece."""
    commerce = turn.services.commerce
    variant_ref = VariantRef(context["variant_ref"])
    cart = _find_cart(turn, context)
    if cart is None:
        return _say_no_cart(turn)
    quantity = max(int(context.get("quantity", 1)), quantity_of(cart, variant_ref))
    try:
        cart = _set_quantity(turn, cart, variant_ref, quantity)
    except InsufficientStock:
        return _say_gone(turn, variant_ref)
    line = next((each for each in cart.lines if each.variant_ref == variant_ref), None)
    if line is None:
        return _say_gone(turn, variant_ref)
    left = commerce.get_availability([variant_ref])
    text = turn.say(
        "Done: {title} is in your basket, at {price}. Your basket now comes to {total}.",
        title=_name(turn, variant_ref),
        price=format_money(turn.language, line.unit_price_minor, cart.currency),
        total=format_money(turn.language, cart.totals.grand_minor, cart.currency),
    )
    if left and left[0].state == "low" and left[0].quantity:
        text += " " + turn.say("Only {count} are left.", count=left[0].quantity)
    return tell(turn, text, buttons=_cart_buttons(turn, cart), state=replace(turn.state, cart_ref=cart.ref))


def _set_quantity(turn: Turn, cart: Cart, variant_ref: VariantRef, quantity: int) -> Cart:
    try:
        return set_quantity(turn.services.commerce, cart, variant_ref, quantity)
    except InsufficientStock:
        raise
    except Conflict:  # the page wrote meanwhile: an absolute quantity may be set again
        cart = turn.services.commerce.get_cart(cart.ref)
        return set_quantity(turn.services.commerce, cart, variant_ref, max(quantity, quantity_of(cart, variant_ref)))


def _show_checkout(turn: Turn, context: Mapping[str, Any]) -> Reply:
    cart = _find_cart(turn, context)
    if cart is None or not cart.lines:
        return _say_no_cart(turn)
    text = turn.say(
        "Your basket comes to {total}. You check out on this page.",
        total=format_money(turn.language, cart.totals.grand_minor, cart.currency),
    )
    return tell(turn, text, buttons=_cart_buttons(turn, cart), state=turn.state)


def _find_cart(turn: Turn, context: Mapping[str, Any]) -> Cart | None:
    """The basket that the nudge was about, as long as it is nobody's or this person's (promise 5)."""
    try:
        cart = turn.services.commerce.get_cart(CartRef(context.get("cart_ref") or turn.state.cart_ref))
    except NotFound:
        return None
    is_own = turn.is_verified and cart.customer_ref == turn.conversation.verified_ref
    return cart if cart.customer_ref is None or is_own else None


def _cart_buttons(turn: Turn, cart: Cart) -> tuple[QuickReply, ...]:
    go_on = QuickReply(turn.say("Check out"), url=cart.checkout_url) if cart.checkout_url else None
    return tuple(each for each in (go_on, button(turn, "See my basket", "view_cart")) if each)


def _say_no_cart(turn: Turn) -> Reply:
    text = turn.say("That basket is no longer open here. Shall we look at what you have in it now?")
    return tell(turn, text, buttons=(button(turn, "See my basket", "view_cart"),), state=turn.state)


def _say_gone(turn: Turn, variant_ref: VariantRef) -> Reply:
    text = turn.say("I am sorry: {title} has just sold out. I have added nothing.", title=_name(turn, variant_ref))
    return tell(turn, text, buttons=(button(turn, "Something like it", "recommend_products"),), state=turn.state)


def _name(turn: Turn, variant_ref: VariantRef) -> str:
    product = turn.services.commerce.get_variant_product(variant_ref)
    options = next((each.options for each in product.variants if each.ref == variant_ref), {})
    title = product.names.get(turn.language) or next(iter(product.names.values()), "")
    size = options.get("size", "")
    return f"{title} ({size})" if size else title


def _answer_pickup(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    if answer.kind == "yes" and answer.option not in PICKUP_SENTENCES:
        return tell(turn, turn.say("Gladly: which of these?"), buttons=_choices(question), state=turn.state)
    if answer.option not in PICKUP_SENTENCES:
        text = turn.say("All right, nothing is settled yet. Please do not travel for it before we have.")
        return tell(turn, text, buttons=(person_button(turn),), state=_closed(turn).state)
    return settle_pickup(_closed(turn), {**question.context, "choice": answer.option})


def _choices(question: OpenQuestion) -> tuple[QuickReply, ...]:
    return tuple(QuickReply(title, dump_payload("affirm", option=key)) for key, title in question.options)


def settle_pickup(turn: Turn, args: Mapping[str, Any]) -> Reply:
    """Settle the missing item as chosen, read it back and say so; only for the order's owner (promise 5)."""
    if not turn.is_verified:
        return identify.begin(replace(turn, entities={}, text=""), "settle_pickup", args)
    order = turn.services.commerce.get_order(OrderRef(args["order_ref"]))
    if order.customer_ref != turn.conversation.verified_ref:
        return tell(turn, turn.say("I cannot find that."), buttons=(person_button(turn),), state=turn.state)
    if not is_missing_at_pickup(order):
        settled = plain(turn, turn.say("That is settled already. This is how it stands:"))
        return prepend(_show(turn, order), settled)
    return _settle(turn, order, args)


def _settle(turn: Turn, order: Order, args: Mapping[str, Any]) -> Reply:
    choice = args["choice"]
    try:
        turn.services.commerce.settle_missing_pickup(
            order.ref,
            choice=choice,
            variant_ref=VariantRef(args["variant_ref"]) if choice == "substitute" else None,
            location_ref=LocationRef(args["location_ref"]) if choice == "other_store" else None,
            idempotency_key=f"settle:{turn.key}",
        )
    except (InsufficientStock, NotAllowed, FixInput, Conflict):
        text = turn.say(
            "I am sorry: that is no longer possible. Nothing was changed. "
            "You can have your money back, or talk to a person."
        )
        return tell(turn, text, buttons=(person_button(turn),), state=turn.state)
    except UnknownFate:
        if is_missing_at_pickup(turn.services.commerce.get_order(order.ref)):
            raise
    after = turn.services.commerce.get_order(order.ref)
    _keep_trace(turn, order, after, choice)
    return prepend(_show(turn, after), plain(turn, _say_settled(turn, order, after, args)))


def _keep_trace(turn: Turn, before: Order, after: Order, choice: str) -> None:
    with turn.services.store.write() as connection:
        note_change(
            connection, turn, f"settle_pickup_{choice}", f"order:{after.ref}", before=before.version,
            after=after.version,
        )


def _say_settled(turn: Turn, before: Order, after: Order, args: Mapping[str, Any]) -> str:
    choice = args["choice"]
    stores = {each.ref: each.name for each in turn.services.commerce.list_pickup_locations()}
    refunded = after.totals.refunded_minor - before.totals.refunded_minor
    amount = format_money(turn.language, refunded, after.currency)
    text = turn.say(
        PICKUP_SENTENCES[choice],
        product=_name(turn, VariantRef(args["variant_ref"])) if choice == "substitute" else "",
        store=stores.get(LocationRef(after.pickup_location_ref or ""), ""),
        order=after.number.lstrip("#"),
        amount=amount,
    )
    if choice == "substitute" and refunded > 0:
        text += " " + turn.say("It costs less: {amount} is paid back to you.", amount=amount)
    return text


def _show(turn: Turn, order: Order) -> Reply:
    timelines = describe_order(order, reader_of(turn))
    return Reply(tuple(OutboundMessage("", language=turn.language, timeline=each) for each in timelines), turn.state)


def _answer_stuck(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    turn = _closed(turn)
    if answer.kind == "no":
        return tell(turn, turn.say("All right. I keep an eye on it."), state=turn.state)
    number = question.context["order_number"]
    return call_person(turn, {"about": "report_delivery_problem", "order_number": number})


def _answer_delivered(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    """Whether all is well: a no is a problem with this order."""
    turn = _closed(turn)
    if answer.kind != "no":
        return tell(turn, turn.say("I am glad to hear it."), state=turn.state)
    about = {**turn.entities, "order_number": (question.context["order_number"],)}
    reply = ActionReportDeliveryProblem().reply(replace(turn, entities=about))
    return replace(reply, state=reply.state or turn.state)


def _answer_used_up(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    turn = _closed(turn)
    if answer.kind == "no":
        return tell(turn, turn.say("All right, I add nothing."), state=turn.state)
    return add_variant(turn, question.context["variant_ref"])


def _answer_greeting(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    turn = _closed(turn)
    if answer.kind == "no":
        return tell(turn, turn.say("All right. I am here if you need me."), state=turn.state)
    if question.context["do"] == "call":
        return call_person(turn, {})
    reply = ActionRecommendProducts().reply(turn)
    return replace(reply, state=reply.state or turn.state)


def _closed(turn: Turn) -> Turn:
    return replace(turn, state=replace(turn.state, open_question=None))


_BY_DEED: Mapping[str, Handler] = {
    "look_into": _answer_stuck, "hear": _answer_delivered, "take": _answer_used_up, "call": _answer_greeting,
    "suggest": _answer_greeting,
}


def answer_nudge(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    """The answer to a nudge, whatever name the shop gave its trigger: what a yes does decides."""
    if question.options:
        return _answer_pickup(turn, question, answer)
    return _BY_DEED.get(question.context.get("do", ""), _answer_cart)(turn, question, answer)


class ActionDeliverNudge(ShopAction):
    """A nudge that the worker delivered: it was said already, and Rasa's tracker only learns of it."""

    intent: ClassVar[str] = "EXTERNAL_deliver_nudge"
    comes_back: ClassVar[bool] = False

    def reply(self, turn: Turn) -> Reply:
        """Say nothing twice."""
        return Reply(())


def _noting_no(handler: Handler) -> Handler:
    """The handler, which also keeps that somebody said no: nothing of the journey follows then."""

    def answer(turn: Turn, question: OpenQuestion, said: Answer) -> Reply:
        is_refusal = said.kind == "no" and question.context.get("do") != "hear"  # that all is not well refuses nothing
        if is_refusal and question.context.get("outbox_id"):
            with turn.services.store.write() as connection:
                append_events(connection, [_declined(turn, question)])
        return handler(turn, question, said)

    return answer


def _declined(turn: Turn, question: OpenQuestion) -> Event:
    return Event(
        message_id=f"declined:{question.context['outbox_id']}", customer_id=turn.conversation.customer_id,
        silo="prevenant", type="track", name=NUDGE_DECLINED,
        properties={"about": question.context.get("about", ""), "channel": turn.conversation.channel},
        occurred_at=turn.now, received_at=turn.now,
    )


_hear_answer = _noting_no(answer_nudge)


def drop_nudge(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    """The question of a nudge is dropped: a no to what it offers; to whether all is well it is no answer."""
    if question.context.get("do") == "hear":
        return tell(turn, turn.say("All right. I am here if you need me."), state=_closed(turn).state)
    return _hear_answer(turn, question, replace(answer, kind="no"))


HANDLERS: dict[str, Handler] = {"nudge:*": _hear_answer}
RESUMES: dict[str, Resume] = {"settle_pickup": settle_pickup}
