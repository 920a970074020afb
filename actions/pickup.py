"""Collecting in a store: how it works, where, and what waits for the customer there."""

from dataclasses import replace
from typing import ClassVar

from actions.asking import button, person_button, plain, prepend, tell
from actions.base import Reply, ShopAction, Turn
from actions.collecting import collect_button, reply_to_choice
from actions.orders import show_order
from actions.store_place import tells_stores
from bot.commerce.types import CustomerRef, Location, Order
from bot.contracts.messages import Card, OutboundMessage
from bot.service.account import show_address
from bot.service.answers import simplify
from bot.service.orders import is_open, list_orders


class ActionStorePickup(ShopAction):
    """How does collecting work, and where?"""

    intent: ClassVar[str] = "store_pickup"

    def reply(self, turn: Turn) -> Reply:
        """The shop's rule, its stores, the customer's own order that waits, if one does; a tap on a store is kept."""
        if chosen := reply_to_choice(turn):
            return chosen
        rule = turn.services.policy.delivery.pickup
        if rule is None:
            return tell(turn, turn.say("This shop has no stores to collect from."), buttons=(person_button(turn),))
        waiting = _find_waiting(turn)
        stores = _show_stores(turn, rule.into(turn.language))
        if waiting is None:
            return Reply((stores,))
        return prepend(show_order(turn, waiting), replace(stores, quick_replies=()))


def _show_stores(turn: Turn, rule: str) -> OutboundMessage:
    stores = _nearest_first(turn, turn.services.commerce.list_pickup_locations())
    cards = tuple(
        Card(title=each.name, subtitle=show_address(each.address), note=each.opening_text,
             buttons=(collect_button(turn, each),) if tells_stores(turn) else ())
        for each in stores[:8]
    )
    buttons = (button(turn, "Is it in stock?", "check_availability"), person_button(turn))
    return replace(plain(turn, rule), cards=cards, quick_replies=buttons)


def _nearest_first(turn: Turn, stores: list[Location]) -> list[Location]:
    city = simplify(turn.entity("city"))
    return sorted(stores, key=lambda each: bool(city) and city not in simplify(f"{each.name} {each.address.city}"))


def _find_waiting(turn: Turn) -> Order | None:
    if not turn.is_verified:
        return None
    orders = list_orders(turn.services.commerce, CustomerRef(turn.conversation.verified_ref or ""))
    return next((each for each in orders if each.delivery_kind == "pickup" and is_open(each)), None)
