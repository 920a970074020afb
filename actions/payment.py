"""Paying: ways to pay, what to do when it fails, the invoice."""

from typing import ClassVar

from actions.asking import button, tell
from actions.base import Reply, ShopAction, Turn
from actions.delivery import ask_person
from actions.orders import find_order_meant, reader_of
from bot.contracts.messages import QuickReply
from bot.service.rules import describe_payment, describe_payment_methods


class ActionCheckPaymentMethods(ShopAction):
    """How can I pay?"""

    intent: ClassVar[str] = "check_payment_methods"

    def reply(self, turn: Turn) -> Reply:
        """The policy's ways to pay."""
        text = describe_payment_methods(turn.services.policy, reader_of(turn))
        return tell(turn, text, buttons=(button(turn, "See my basket", "view_cart"),))


class ActionPaymentIssue(ShopAction):
    """My payment did not go through."""

    intent: ClassVar[str] = "payment_issue"

    def reply(self, turn: Turn) -> Reply:
        """The rule, and how the order's payment stands for its owner."""
        text = turn.services.policy.payment.problem.into(turn.language)
        order = find_order_meant(turn)
        facts = describe_payment(order, reader_of(turn)) if order else ""
        number = order.number if order else turn.entity("order_number")
        return tell(turn, f"{facts} {text}".strip(), buttons=(ask_person(turn, self.intent, number),))


class ActionGetInvoice(ShopAction):
    """Send me the invoice."""

    intent: ClassVar[str] = "get_invoice"

    def reply(self, turn: Turn) -> Reply:
        """Where it is; the order's own page for its owner."""
        text = turn.services.policy.payment.invoice.into(turn.language)
        order = find_order_meant(turn)
        if order is None:
            return tell(
                turn, text, buttons=(button(turn, "Track an order", "track_order"), ask_person(turn, self.intent))
            )
        page = (QuickReply(turn.say("See my order"), url=order.status_url),) if order.status_url else ()
        return tell(turn, text, buttons=(*page, ask_person(turn, self.intent, order.number)))
