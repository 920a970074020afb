"""Where is my order: the open ones as cards, the chosen one as a timeline; a guest proves whose it is first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from actions import identify
from actions.asking import Handler, Resume, ask, button, close, person_button, tell
from actions.base import Reply, ShopAction, Turn
from actions.consent import offer_consent
from bot.commerce.tracking_numbers import recognise
from bot.commerce.types import CustomerRef, Order, OrderRef
from bot.contracts.messages import OutboundMessage, QuickReply
from bot.errors import NotFound
from bot.profile.state import OpenQuestion
from bot.service.answers import Answer, find_order_number
from bot.service.delivery_choices import is_on_its_way
from bot.service.identify import is_order_proved
from bot.service.orders import (
    Reader,
    describe_order,
    find_by_parcel,
    find_delayed,
    find_orders_to_show,
    find_own_order,
    find_stuck,
    is_missing_at_pickup,
    is_open,
    last_news,
    list_orders,
    order_card,
    order_option,
)

ASKED_BY = "choice:order"
MAX_CARDS = 6


class ActionTrackOrder(ShopAction):
    """Where is my order?"""

    intent: ClassVar[str] = "track_order"

    def reply(self, turn: Turn) -> Reply:
        """The one order asked for, else the open ones."""
        return track_order(turn, {"order_number": turn.entity("order_number")})


def track_order(turn: Turn, wanted: Mapping[str, Any]) -> Reply:
    """Show the wanted order, or let the customer choose; nothing to somebody unverified (promise 5)."""
    number = str(wanted.get("order_number", ""))
    if not turn.is_verified:
        proved = find_proved(turn, number)
        if proved:
            return show_order(turn, proved)
        return identify.begin(turn, "track_order", {"order_number": number}, resume=track_order)
    orders = list_orders(turn.services.commerce, _customer(turn))
    if parcel := find_by_parcel(orders, turn.text):
        return show_order(turn, parcel)
    if number:
        try:
            return show_order(turn, find_own_order(turn.services.commerce, _customer(turn), number))
        except NotFound:
            return say_not_found(turn, number)
    return _list_orders(turn, orders)


def show_order(turn: Turn, order: Order) -> Reply:
    """The order's timelines, what is wrong with it first, and the offer to hear about the next change."""
    reader = reader_of(turn)
    timelines = describe_order(order, reader)
    lead = _lead(turn, order)
    messages = tuple(
        OutboundMessage(
            lead if position == 0 else "",
            language=turn.language,
            timeline=timeline,
            quick_replies=_after(turn, order) if position == len(timelines) - 1 else (),
        )
        for position, timeline in enumerate(timelines)
    )
    reply = Reply(messages, _without_question(turn))
    return offer_consent(turn, reply, "service", "order_updates") if is_open(order) else reply


def reader_of(turn: Turn) -> Reader:
    """Who reads: the turn's language, zone and moment."""
    return Reader(turn.language, turn.timezone, turn.now)


def find_order_meant(turn: Turn) -> Order | None:
    """The verified customer's order that a question is about: the one named, else the latest one. None unverified."""
    if not turn.is_verified:
        return find_proved(turn, turn.entity("order_number"))
    number = turn.entity("order_number")
    try:
        if number:
            return find_own_order(turn.services.commerce, _customer(turn), number)
    except NotFound:
        return None
    return next(iter(find_orders_to_show(list_orders(turn.services.commerce, _customer(turn)))), None)


def _customer(turn: Turn) -> CustomerRef:
    return CustomerRef(turn.conversation.verified_ref or "")


def find_proved(turn: Turn, number: str = "") -> Order | None:
    """A guest's order that a code opened in this conversation."""
    for ref in reversed(turn.state.verified_orders):
        if is_order_proved(turn.state, ref, turn.conversation.sender_id, turn.now):
            order = turn.services.commerce.get_order(OrderRef(ref))
            if not number or same_number(order.number, number):
                return order
    return None


def same_number(one: str, other: str) -> bool:
    """Whether two ways of writing name one order."""
    return one.lstrip("#").upper() == other.strip().lstrip("#").upper()


def _list_orders(turn: Turn, every: Sequence[Order]) -> Reply:
    orders = find_orders_to_show(every)
    if not orders:
        text = turn.say("There is no order in your account yet.")
        return tell(
            turn,
            text,
            buttons=(button(turn, "Recommend me something", "recommend_products"),),
            state=_without_question(turn),
        )
    if len(orders) == 1:
        return show_order(turn, orders[0])
    return ask_which_order(turn, orders)


def ask_which_order(turn: Turn, orders: Sequence[Order], *, before: tuple[OutboundMessage, ...] = ()) -> Reply:
    """The open orders as cards, and the question which one; a late one says so before it is asked."""
    reader = reader_of(turn)
    shown = sorted(orders[:MAX_CARDS], key=lambda order: find_delayed(order, turn.now, turn.timezone) is None)
    late = sum(find_delayed(order, turn.now, turn.timezone) is not None for order in shown)
    lead = turn.say("You have {count} open orders.", count=len(orders))
    if late:
        lead += " " + turn.say(
            "One of them is late, and I am sorry." if late == 1 else "Some of them are late, and I am sorry."
        )
    cards = OutboundMessage(lead, language=turn.language, cards=tuple(order_card(order, reader) for order in shown))
    options = [order_option(order, reader) for order in shown]
    return ask(
        turn,
        "Which one shall I show you?",
        asked_by=ASKED_BY,
        expects="order",
        options=options,
        before=(*before, cards),
        state=close(turn.state),
    )


def _lead(turn: Turn, order: Order) -> str:
    if is_missing_at_pickup(order):
        return turn.say("An item of this order is no longer in the store. Before you set out, let us settle it.")
    stuck = find_stuck(order, turn.now, turn.services.policy.delivery.stuck_after_hours)
    news = last_news(stuck) if stuck else None
    if stuck and news:
        day, carrier = reader_of(turn).day(news), stuck.carrier_name or turn.say("the carrier")
        return turn.say("{carrier} has said nothing of this parcel since {day}. I am sorry.", carrier=carrier, day=day)
    if find_delayed(order, turn.now, turn.timezone):
        return turn.say("This order is late, and I am sorry. Here is what I know.")
    if is_open(order):
        return turn.say("Here is where your order is.")
    return (
        turn.say("Nothing is on its way. Here is your latest order.")
        if order.status != "cancelled"
        else turn.say("This order was cancelled.")
    )


def _after(turn: Turn, order: Order) -> tuple[QuickReply, ...]:
    delivery = turn.services.policy.delivery
    can_choose = "delivery_preferences" in turn.services.commerce.capabilities() and delivery.choices
    buttons = []
    if can_choose and is_on_its_way(order):
        buttons.append(
            button(turn, "Change the delivery", "change_shipping_address", order_number=order.number, option="delivery")
        )
    if find_delayed(order, turn.now, turn.timezone) or find_stuck(order, turn.now, delivery.stuck_after_hours):
        buttons.append(button(turn, "Report a problem", "report_delivery_problem", order_number=order.number))
        buttons.append(person_button(turn))
    return tuple(buttons)


def say_not_found(turn: Turn, number: str) -> Reply:
    """The same words for somebody else's order and for one that does not exist; a carrier's number is told as one."""
    carriers = [name for token in turn.text.split() for name in recognise(token.strip(".,;:!?#"))]
    if carriers and not number.startswith("#"):
        text = turn.say("No parcel of your orders has the tracking number {number}.", number=number)
        return tell(turn, text, buttons=(button(turn, "Show my orders", "track_order"), person_button(turn)))
    text = turn.say("I find no order {number} in your account.", number=number)
    return tell(turn, text, buttons=(button(turn, "Show my orders", "track_order"), person_button(turn)))


def told_number(turn: Turn, answer: Answer) -> str:
    """The order that an answer names. "The second one" names none to somebody unverified: it would tell a number."""
    if answer.option and (turn.is_verified or not answer.text or answer.option.lstrip("#") in answer.text):
        return answer.option
    return answer.entity("order_number")


def _without_question(turn: Turn) -> Any:
    question = turn.state.open_question
    if question and question.asked_by == ASKED_BY:
        return replace(turn.state, open_question=None)
    return turn.state


def _choose(turn: Turn, _question: OpenQuestion, answer: Answer) -> Reply:
    if answer.kind == "no":
        return tell(turn, turn.say("All right."), state=close(turn.state))
    number = told_number(turn, answer)
    if answer.kind != "choice":
        number = number or find_order_number(answer.text)
    return track_order(replace(turn, state=close(turn.state)), {"order_number": number})


HANDLERS: dict[str, Handler] = {ASKED_BY: _choose}
RESUMES: dict[str, Resume] = {"track_order": track_order}
