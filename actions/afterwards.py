"""What somebody asks once an order was cancelled, sent back or exchanged in this conversation: how, when, which way."""

import re

from actions.asking import person_button, tell
from actions.base import Reply, Turn
from actions.orders import reader_of
from actions.own_orders import facts_of, names_of, own_orders
from actions.which_order import find_numbers
from bot.commerce.types import Order, OrderRequest
from bot.profile.audit import audit_of
from bot.service.aftersales import name_method
from bot.service.desk.naming import find_mentions
from bot.service.desk.naming import plain as plain_words
from bot.service.rules import describe_refund_time
from bot.texts.catalogue import format_money

_SETTLED = ("order_cancel", "order_return", "order_exchange")
_SENDING = re.compile(
    r"\bhow (?:do|can|should|would|must|will) (?:i|we)\b.*\b(?:send|ship|return|mail|post|bring|get)\w*\b|"
    r"\b(?:label|shipping slip|etiquette|bordereau)\b|\bhow (?:does|will) (?:the )?(?:return|exchange)\b|"
    r"\bcomment\b.*\b(?:renvo|retourn|renvoi|expedi)\w*"
)
_PACKING = re.compile(r"\b(?:box|packag(?:e|ing)|wrapping|carton|emballage|boite)\b")
_WHEN = re.compile(
    r"\b(?:when|how (?:long|soon|fast|many days))\b.*\b(?:money|refund\w*|back|see|get|it|credited|take)\b|"
    r"\b(?:quand|combien de (?:temps|jours))\b.*\b(?:argent|rembours\w*|somme)\b"
)
_WHICH = re.compile(
    r"\b(?:which|what) (?:card|account|method|way)\b|"
    r"\bwhere (?:does|will|is|did) (?:the |my )?(?:money|refund|it)\b.*\bgo\w*\b|"
    r"\b(?:refund\w*|goes?|going|back|money)\b.*\b(?:to|on|onto) (?:my|the) (?:\w+ )?"
    r"(?:card|paypal|gift ?card|account|visa|mastercard)\b|"
    r"\b(?:quelle carte|quel moyen|quel compte|ou va l'argent)\b|\brembours\w*\b.*\bsur (?:ma|mon|quelle?)\b"
)
_ASKS = re.compile(r"\?|^(?:\w+ ){0,3}(?:how|when|which|where|what|comment|quand|quel|ou)\b")


def hear_afterwards(turn: Turn) -> Reply | None:
    """The answer, from the order as it is now; None where nothing was done here, or something else is asked."""
    said = plain_words(turn.text)
    if not _ASKS.search(said) and "?" not in turn.text:
        return None
    asks = [each for each in (_SENDING, _PACKING, _WHEN, _WHICH) if each.search(said)]
    order = _order_meant(turn, settled_here(turn)) if asks else None
    if order is None or not order.requests:
        return None
    request = order.requests[-1]
    texts = [
        _say_how(turn, request) if _SENDING in asks or _PACKING in asks else "",
        _say_which(turn, order, request) if _WHICH in asks else "",
        _say_when(turn, order, request) if _WHEN in asks or _WHICH in asks else "",
    ]
    text = " ".join(each for each in texts if each)
    buttons = (person_button(turn),) if _PACKING in asks else ()
    return tell(turn, text, buttons=buttons) if text else None


def settled_here(turn: Turn) -> list[Order]:
    """The orders that were cancelled, sent back or exchanged in this conversation, the last one last."""
    with turn.services.store.read() as connection:
        done = audit_of(connection, turn.conversation.customer_id)
    refs = [
        each.object_ref for each in sorted(done, key=lambda entry: entry.at)
        if each.sender_id == turn.conversation.sender_id and each.action in _SETTLED
    ]
    by_ref = {str(order.ref): order for order in own_orders(turn)} if refs else {}
    return [by_ref[ref] for ref in dict.fromkeys(refs) if ref in by_ref]


def _order_meant(turn: Turn, settled: list[Order]) -> Order | None:
    """Of the settled ones the one that is named, else the last; None where another order or thing is named."""
    every = own_orders(turn) if settled else []
    if named := find_numbers(turn, every):
        return next((each for each in settled if each.number == named[0].number), None)
    lines = [line for order in every for line in order.lines]
    mentions = find_mentions(turn.text, lines, names_of(turn, lines))
    ids = {line_id for each in mentions for line_id in each.line_ids}
    touched = [each for each in settled if ids & {line.id for line in each.lines}]
    if ids and len(ids) < len(lines):
        return touched[-1] if touched else None
    return settled[-1] if settled else None


def _say_how(turn: Turn, request: OrderRequest) -> str:
    return "" if request.kind == "cancel" else turn.services.policy.returns.how.into(turn.language)


def _say_which(turn: Turn, order: Order, request: OrderRequest) -> str:
    """How much goes back which way; of an exchange that costs more, what pays it."""
    facts = facts_of(turn, order)
    wanted = request.method_id or facts.original
    method = next((each for each in facts.methods if each.id == wanted), None)
    amount = _amount(order, request)
    money = format_money(turn.language, abs(amount), order.currency)
    if amount > 0 and method is None:
        return turn.say("{amount} goes back the way it was paid.", amount=money)
    if not amount or method is None:
        return ""
    sentence = "{amount} goes back to: {method}." if amount > 0 else "It costs {amount} more, paid by {method}."
    return turn.say(sentence, amount=money, method=name_method(method, reader_of(turn), order.currency))


def _amount(order: Order, request: OrderRequest) -> int:
    """What comes back, below zero what has to be paid, in minor units."""
    if request.kind == "exchange":
        return -request.difference_minor
    if request.kind == "cancel":
        return order.totals.refunded_minor or order.totals.grand_minor
    prices = {line.id: line.unit_price_minor for line in order.lines}
    return sum(prices.get(line_id, 0) * count for line_id, count in request.pieces.items())


def _say_when(turn: Turn, order: Order, request: OrderRequest) -> str:
    facts = facts_of(turn, order)
    wanted = request.method_id or facts.original
    is_gift = any(each.id == wanted and each.kind == "gift_card" for each in facts.methods)
    if request.kind == "exchange" and request.difference_minor >= 0:
        return ""
    if is_gift:
        return turn.say("The gift card has the money at once.")
    if request.kind == "cancel":
        rules = turn.services.policy.returns
        return turn.say("The money is back in {first} to {last} working days.",
                        first=rules.refund_days_min, last=rules.refund_days_max)
    return describe_refund_time(turn.services.policy, reader_of(turn))
