"""Paying: ways to pay, what to do when it fails, the invoice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from actions import identify
from actions.asking import Handler, Resume, ask, button, close, plain, prepend, tell
from actions.base import Reply, ShopAction, Turn
from actions.delivery import ask_person
from actions.orders import find_order_meant, find_proved, reader_of, same_number, say_not_found, told_number
from actions.own_orders import own_orders
from actions.which_order import looks_unknown, orders_meant
from bot.commerce.types import Order
from bot.contracts.messages import QuickReply
from bot.errors import NotAllowed
from bot.profile.state import OpenQuestion
from bot.service.answers import Answer
from bot.service.invoices import describe_invoice, make_link
from bot.service.orders import order_option
from bot.service.rules import describe_order_now, describe_payment, describe_payment_methods

ASKED_BY = "choice:invoice"
MOST_ORDERS = 8


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
        """The link of the order meant, once its owner is known; where the shop gives none here, the rule."""
        if not _gives_invoices(turn):
            return _tell_rule(turn)
        number = turn.entity("order_number")
        return give_invoice(turn, {"order_number": number, "text": turn.text, "entities": dict(turn.entities)})


def give_invoice(turn: Turn, args: Mapping[str, Any]) -> Reply:
    """The invoice of the order meant, or the question which; nothing to somebody unverified (promise 5)."""
    number = str(args.get("order_number", ""))
    if not turn.is_verified:
        proved = find_proved(turn, number)
        return _give(turn, proved) if proved else _identify(turn, args)
    said = replace(turn, text=str(args.get("text", "")), entities=_tuples(args.get("entities", {})))
    orders = own_orders(turn)
    meant = [each for each in orders if same_number(each.number, number)] or orders_meant(said, orders)
    if number and not meant and looks_unknown(said, number, orders):
        return say_not_found(said, number)
    if len(meant) == 1 or len(orders) == 1:
        return _give(turn, (meant or orders)[0])
    return _ask_which(turn, meant or orders)


def _identify(turn: Turn, args: Mapping[str, Any]) -> Reply:
    kept = {**args, "text": "" if turn.text.startswith("/") else str(args.get("text", ""))}
    rule = plain(turn, turn.services.policy.payment.invoice.into(turn.language))
    return prepend(identify.begin(turn, "get_invoice", kept, resume=give_invoice), rule)


def _give(turn: Turn, order: Order) -> Reply:
    """The link, for its owner alone; when there will be one, where there is none yet."""
    state = replace(close(turn.state), last_order=order.number)
    person = ask_person(turn, "get_invoice", order.number)
    try:
        invoice = turn.services.commerce.get_invoice(order.ref)
    except NotAllowed as error:
        return tell(turn, _say_none(turn, order, error.reason), buttons=(person,), state=state)
    link = make_link(turn.services.settings, order.ref, turn.language, turn.now)
    page = QuickReply(turn.say("Open the invoice"), url=link)
    return tell(turn, describe_invoice(invoice, reader_of(turn)), buttons=(page, person), state=state)


def _say_none(turn: Turn, order: Order, reason: str) -> str:
    reader = reader_of(turn)
    if reason == "cancelled":
        number = order.number.lstrip("#")
        return turn.say("Order {number} was cancelled before it was sent: there is no invoice for it.", number=number)
    rule = turn.services.policy.payment.invoice.into(turn.language)
    return f"{describe_order_now(order, reader)} {rule}"


def _ask_which(turn: Turn, orders: Sequence[Order]) -> Reply:
    reader = reader_of(turn)
    if not orders:
        return tell(turn, turn.say("There is no order in your account yet."), state=close(turn.state))
    options = [order_option(order, reader) for order in orders[:MOST_ORDERS]]
    sentence = "For which order do you need the invoice?"
    return ask(turn, sentence, asked_by=ASKED_BY, expects="choice", options=options, state=close(turn.state))


def _answer_which(turn: Turn, _question: OpenQuestion, answer: Answer) -> Reply:
    if answer.kind == "no":
        return tell(turn, turn.say("All right."), state=close(turn.state))
    closed = replace(turn, state=close(turn.state))
    number = told_number(turn, answer)
    return give_invoice(closed, {"order_number": number, "text": turn.text, "entities": dict(turn.entities)})


def _gives_invoices(turn: Turn) -> bool:
    return turn.services.policy.payment.gives_invoices and "invoice" in turn.services.commerce.capabilities()


def _tell_rule(turn: Turn) -> Reply:
    """The shop's rule, and the order's own page for its owner."""
    text = turn.services.policy.payment.invoice.into(turn.language)
    order = find_order_meant(turn)
    if order is None:
        track = button(turn, "Track an order", "track_order")
        return tell(turn, text, buttons=(track, ask_person(turn, "get_invoice")))
    page = (QuickReply(turn.say("See my order"), url=order.status_url),) if order.status_url else ()
    return tell(turn, text, buttons=(*page, ask_person(turn, "get_invoice", order.number)))


def _tuples(entities: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: (found,) if isinstance(found, str) else tuple(found) for name, found in entities.items()}


HANDLERS: dict[str, Handler] = {ASKED_BY: _answer_which}
RESUMES: dict[str, Resume] = {"get_invoice": give_invoice}
