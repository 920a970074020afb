"""Delivery: ways, time, a problem, another address; the shop's rules, and the order's facts for its owner."""

from typing import ClassVar

from actions import desk
from actions.aftersales import is_done_here
from actions.asking import button, person_button, tell
from actions.base import Reply, ShopAction, Turn
from actions.orders import find_order_meant, reader_of, show_order
from bot.contracts.messages import QuickReply, dump_payload
from bot.service.orders import find_delayed, is_open
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
        """What the shop does about it, the order's facts, and a person who opens the enquiry."""
        rule = turn.services.policy.delivery.problem.into(turn.language)
        order = find_order_meant(turn)
        lead = turn.say("I am sorry about that.")
        parts = [lead, rule]
        if order and find_delayed(order, turn.now):
            parts.append(turn.say("I see that order {number} is late.", number=order.number.lstrip("#")))
        parts.append(turn.say("I cannot open the enquiry myself; a person does it."))
        number = order.number if order else turn.entity("order_number")
        buttons = (ask_person(turn, self.intent, number), button(turn, "Track an order", "track_order"))
        return tell(turn, " ".join(parts), buttons=buttons)


class ActionChangeShippingAddress(ShopAction):
    """Send this order somewhere else, or another day."""

    intent: ClassVar[str] = "change_shipping_address"

    def reply(self, turn: Turn) -> Reply:
        """Send it elsewhere after a yes; where the shop does not let the bot, the facts and a person."""
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
