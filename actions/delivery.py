"""Delivery: ways, time, a problem, another address; the shop's rules, and the order's facts for its owner."""

from typing import ClassVar

from actions import delivery_choice, desk
from actions.aftersales import is_done_here
from actions.asking import button, person_button, tell
from actions.base import Reply, ShopAction, Turn
from actions.orders import find_order_meant, reader_of, show_order
from bot.commerce.types import Order
from bot.contracts.messages import QuickReply, dump_payload
from bot.service.orders import is_open
from bot.service.policy import Remedy
from bot.service.problems import SENTENCES, describe_finding, find_problem, find_remedies
from bot.service.rules import (
    describe_changing,
    describe_delivery_options,
    describe_delivery_period,
)


class ActionDeliveryOptions(ShopAction):
    """How can it be delivered?"""

    intent: ClassVar[str] = "delivery_options"

    def reply(self, turn: Turn) -> Reply:
        """Every way the shop's policy names."""
        text = describe_delivery_options(turn.services.policy.delivery, reader_of(turn))
        return tell(turn, text, buttons=(button(turn, "Track an order", "track_order"),))


class ActionDeliveryPeriod(ShopAction):
    """How long does it take?"""

    intent: ClassVar[str] = "delivery_period"

    def reply(self, turn: Turn) -> Reply:
        """The policy's times; for somebody with an order on its way, that order's day first."""
        text = describe_delivery_period(turn.services.policy.delivery, reader_of(turn))
        order = find_order_meant(turn)
        if order and is_open(order):
            return show_order(turn, order)
        return tell(turn, text, buttons=(button(turn, "Track an order", "track_order"),))


class ActionReportDeliveryProblem(ShopAction):
    """It is lost, broken, or not there."""

    intent: ClassVar[str] = "report_delivery_problem"

    def reply(self, turn: Turn) -> Reply:
        """What the tracking says, then what the policy offers; the rule, where no order is known."""
        order = find_order_meant(turn)
        if order is not None:
            return _settle(turn, order)
        rule = turn.services.policy.delivery.problem.into(turn.language)
        lead = turn.say("I am sorry about that.")
        which = turn.say("Which order is it? With it I look at the parcel first.")
        person = ask_person(turn, self.intent, turn.entity("order_number"))
        buttons = (button(turn, "Track an order", "track_order"), person)
        return tell(turn, f"{lead} {rule} {which}", buttons=buttons)


def _settle(turn: Turn, order: Order) -> Reply:
    """The parcel's own story, and a button for each thing that the policy offers."""
    delivery, reader = turn.services.policy.delivery, reader_of(turn)
    finding = find_problem(turn.text, order, delivery, turn.now, turn.timezone)
    text = " ".join((turn.say("I am sorry about that."), describe_finding(finding, order, reader)))
    remedies = find_remedies(finding, delivery)
    if finding.problem == "unknown":
        text += " " + turn.say("What is wrong with it: is it damaged, another item, or not there?")
    elif "wait" not in remedies or len(remedies) > 1:
        text += " " + turn.say("Here is what I can offer:")
    buttons = [each for remedy in remedies if (each := _remedy(turn, order, remedy))]
    return tell(turn, text, buttons=(*buttons, ask_person(turn, "report_delivery_problem", order.number)))


def _remedy(turn: Turn, order: Order, remedy: Remedy) -> QuickReply | None:
    """The button of a remedy; None for what this order does not allow. A person sends again and pays back."""
    number = order.number
    match remedy:
        case "wait":
            return button(turn, SENTENCES[remedy], "track_order", order_number=number)
        case "resend" | "refund":
            return button(turn, SENTENCES[remedy], "contact_human_agent", reason=remedy, order_number=number)
        case "exchange":
            can = order.editable.exchanges and is_done_here(turn, "exchange")
            return button(turn, SENTENCES[remedy], "exchange_item", order_number=number) if can else None
        case "return":
            can = order.editable.returns and is_done_here(turn, "return")
            return button(turn, SENTENCES[remedy], "return_item", order_number=number) if can else None
        case _:
            return None


class ActionChangeShippingAddress(ShopAction):
    """Send this order somewhere else, or another day."""

    intent: ClassVar[str] = "change_shipping_address"

    def reply(self, turn: Turn) -> Reply:
        """Send it elsewhere after a yes; where the shop does not let the bot, the facts and a person."""
        if reply := delivery_choice.hear(turn):
            return reply
        if is_done_here(turn, "address"):
            return desk.serve(turn, "address")
        rule = turn.services.policy.delivery.change.into(turn.language)
        order = find_order_meant(turn)
        if order is None:
            return tell_rule(turn, rule, self.intent)
        facts = describe_changing(order, reader_of(turn), address=True)
        return tell_rule(turn, f"{facts} {rule}", self.intent, order.number)


def tell_rule(turn: Turn, text: str, about: str, number: str = "") -> Reply:
    """A rule of the shop, what the bot does not do itself, and who does."""
    honest = turn.say("I cannot do that here myself yet: a person does it, and I pass it on with what you told me.")
    buttons = [ask_person(turn, about, number)]
    if not turn.is_verified:
        buttons.append(button(turn, "Track an order", "track_order"))
    return tell(turn, f"{text} {honest}", buttons=tuple(buttons))


def ask_person(turn: Turn, about: str, number: str = "") -> QuickReply:
    """The button that hands this very wish to a person."""
    entities = {"reason": about, **({"order_number": number} if number else {})}
    return QuickReply(person_button(turn).title, dump_payload("contact_human_agent", **entities))
