"""The customer's own orders: the one they name, those that something can still be done to, those that hold a thing."""

from collections.abc import Sequence

from actions.base import Turn
from actions.orders import find_order_meant, find_proved
from actions.shelf import catalogue_of
from bot.commerce.types import CustomerRef, Order, OrderLine
from bot.errors import NotFound
from bot.service.aftersales import PENDING, SWAPS, Do, Facts, find_last_day, may, read_facts
from bot.service.orders import find_own_order, list_orders


def own_order(turn: Turn, number: str) -> Order:
    """The order with that number. NotFound when it is not theirs, or is none."""
    if not turn.is_verified:
        proved = find_proved(turn, number)
        if proved is None:
            raise NotFound("order")
        return proved
    return find_own_order(turn.services.commerce, CustomerRef(turn.conversation.verified_ref or ""), number)


def own_orders(turn: Turn) -> list[Order]:
    """Every order of somebody verified; a guest's is the one that a code opened."""
    if not turn.is_verified:
        proved = find_order_meant(turn)
        return [proved] if proved else []
    return list_orders(turn.services.commerce, CustomerRef(turn.conversation.verified_ref or ""))


def facts_of(turn: Turn, order: Order) -> Facts:
    """What a piece of work on the order has to know; of the account only for whom it was proved (promise 5)."""
    return read_facts(turn.services.commerce, order, knows_account=turn.is_verified)


def eligible_orders(turn: Turn, do: Do) -> list[Order]:
    """Those that it can still be done to; a swap is a change before an order leaves and an exchange afterwards."""
    dos: tuple[Do, ...] = (do, *(other for other in SWAPS if other != do)) if do in SWAPS else (do,)
    fits = {
        each: [order for order in own_orders(turn) if may(order, each) and not is_too_late(turn, order, each)]
        for each in dos
    }
    return [order for each in dos for order in fits[each]]


def is_too_late(turn: Turn, order: Order, do: Do) -> bool:
    """Whether the time for sending back is over."""
    if do in PENDING:
        return False
    last = find_last_day(order, turn.services.policy.returns.days)
    return last is not None and turn.now > last


def describe_contents(order: Order) -> str:
    """What is in an order, in a few words."""
    titles = list(dict.fromkeys(line.title for line in order.lines))
    return ", ".join(titles[:4]) + (" …" if len(titles) > 4 else "")


def names_of(turn: Turn, lines: Sequence[OrderLine]) -> dict[str, Sequence[str]]:
    """What else a line may be called: the shop's words for its type."""
    catalogue = catalogue_of(turn)
    types = {product.ref: product.product_type for product in catalogue.products}
    words = catalogue.words.get("product_type", {})
    return {line.id: tuple(words.get(types.get(line.product_ref, ""), ())) for line in lines}
