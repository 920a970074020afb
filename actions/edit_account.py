"""A wish to change the account: its e-mail, phone, name or address; an order's own address or payment is the desk's."""

from typing import ClassVar

from actions import desk, identify
from actions.account import CHANGES, begin_change
from actions.base import Reply, ShopAction, Turn
from bot.service.account import find_field


class ActionEditAccount(ShopAction):
    """Change my e-mail, phone, name or address."""

    intent: ClassVar[str] = "edit_account"

    def reply(self, turn: Turn) -> Reply:
        """Begin the change with what the message says of it."""
        if not CHANGES.search(turn.text) and (reply := identify.introduce(turn)):
            return reply
        field = turn.entity("option") or find_field(turn.text, turn.entities) or ""
        return desk.hear_stranger(turn) or begin_change(
            turn, {"field": field, "text": turn.text, "entities": dict(turn.entities)}
        )


class ActionSetUpShippingAddress(ShopAction):
    """Add an address to my address book."""

    intent: ClassVar[str] = "set_up_shipping_address"

    def reply(self, turn: Turn) -> Reply:
        """Begin adding the address."""
        if not CHANGES.search(turn.text) and (reply := identify.introduce(turn)):
            return reply
        return desk.hear_stranger(turn) or begin_change(
            turn,
            {
                "field": "address", "text": turn.text, "entities": dict(turn.entities), "adds": True,
                "option": turn.entity("option"),
            },
        )
