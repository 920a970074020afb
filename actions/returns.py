"""Cancelling, changing, sending back, exchanging, and the money: the shop's rules and the order's facts."""

from typing import ClassVar

from actions import desk
from actions.aftersales import is_done_here
from actions.asking import button, tell
from actions.base import Reply, ShopAction, Turn
from actions.delivery import ask_person, tell_rule
from actions.orders import find_order_meant, reader_of
from bot.contracts.messages import QuickReply
from bot.service.rules import (
    describe_cancelling,
    describe_changing,
    describe_refund,
    describe_refund_time,
    describe_returning,
    describe_returns,
)


class ActionCancelOrder(ShopAction):
    """Cancel my order."""

    intent: ClassVar[str] = "cancel_order"

    def reply(self, turn: Turn) -> Reply:
        """Cancel it after a yes; where the shop does not let the bot, the rule and a person."""
        if is_done_here(turn, "cancel"):
            return desk.serve(turn, "cancel")
        rule = turn.services.policy.returns.cancel.into(turn.language)
        order = find_order_meant(turn)
        if order is None:
            return tell_rule(turn, rule, self.intent, turn.entity("order_number"))
        facts = describe_cancelling(order, reader_of(turn))
        if order.status == "cancelled":
            return tell(turn, facts, buttons=(ask_person(turn, self.intent, order.number),))
        return tell_rule(turn, f"{facts} {rule}", self.intent, order.number)


class ActionChangeOrder(ShopAction):
    """Change what I ordered."""

    intent: ClassVar[str] = "change_order"

    def reply(self, turn: Turn) -> Reply:
        """Change it after a yes; where the shop does not let the bot, the facts and a person."""
        if is_done_here(turn, "items"):
            return desk.serve(turn, "items")
        order = find_order_meant(turn)
        if order is None:
            return tell_rule(turn, turn.services.policy.returns.cancel.into(turn.language), self.intent)
        facts = describe_changing(order, reader_of(turn), address=False)
        return tell_rule(turn, facts, self.intent, order.number)


class ActionReturnItem(ShopAction):
    """Send something back."""

    intent: ClassVar[str] = "return_item"

    def reply(self, turn: Turn) -> Reply:
        """Announce it after a yes; where the shop does not let the bot, the rule and the facts."""
        if is_done_here(turn, "return"):
            return desk.serve(turn, "return")
        policy = turn.services.policy
        rule = f"{describe_returns(policy, reader_of(turn))} {policy.returns.how.into(turn.language)}"
        order = find_order_meant(turn)
        if order is None:
            return tell(turn, rule, buttons=_help_buttons(turn, self.intent))
        text = f"{rule} {describe_returning(order, reader_of(turn))}"
        return tell(turn, text, buttons=_help_buttons(turn, self.intent, order.number))


class ActionExchangeItem(ShopAction):
    """Exchange it for another size or colour."""

    intent: ClassVar[str] = "exchange_item"

    def reply(self, turn: Turn) -> Reply:
        """Exchange it after a yes; where the shop does not let the bot, the rule and a person."""
        if is_done_here(turn, "exchange"):
            return desk.serve(turn, "exchange")
        rule = turn.services.policy.returns.exchange.into(turn.language)
        order = find_order_meant(turn)
        facts = f" {describe_returning(order, reader_of(turn))}" if order else ""
        return tell_rule(turn, f"{rule}{facts}", self.intent, order.number if order else "")


class ActionCheckRefundPolicy(ShopAction):
    """What are the rules for returns?"""

    intent: ClassVar[str] = "check_refund_policy"

    def reply(self, turn: Turn) -> Reply:
        """The policy's words."""
        text = describe_returns(turn.services.policy, reader_of(turn))
        return tell(turn, text, buttons=(button(turn, "Send something back", "return_item"),))


class ActionGetRefund(ShopAction):
    """I want my money back."""

    intent: ClassVar[str] = "get_refund"

    def reply(self, turn: Turn) -> Reply:
        """What has arrived is sent back for it; else the rule, the order's facts and a person."""
        if is_done_here(turn, "return") and turn.text and not turn.text.startswith("/"):
            return desk.serve(turn, "return")
        policy = turn.services.policy
        order = find_order_meant(turn)
        rule = describe_returns(policy, reader_of(turn))
        if order is None:
            return tell_rule(turn, rule, self.intent, turn.entity("order_number"))
        return tell_rule(turn, f"{rule} {describe_refund(order, reader_of(turn))}", self.intent, order.number)


class ActionTrackRefund(ShopAction):
    """Where is my refund?"""

    intent: ClassVar[str] = "track_refund"

    def reply(self, turn: Turn) -> Reply:
        """What was paid back of the order, and how long it takes."""
        time = describe_refund_time(turn.services.policy, reader_of(turn))
        order = find_order_meant(turn)
        if order is None:
            return tell(turn, time, buttons=_help_buttons(turn, self.intent))
        text = f"{describe_refund(order, reader_of(turn))} {time}"
        return tell(turn, text, buttons=_help_buttons(turn, self.intent, order.number))


def _help_buttons(turn: Turn, about: str, number: str = "") -> tuple[QuickReply, ...]:
    track = () if turn.is_verified else (button(turn, "Track an order", "track_order"),)
    return (*track, ask_person(turn, about, number))
