"""When a channel lets us write, and in how many messages: what deciding and the hand-over ask of every channel.

Pure. What a channel would refuse is never tried.
"""

from datetime import datetime

from bot.channels.messenger import limits as messenger
from bot.channels.whatsapp import limits as whatsapp
from bot.contracts.messages import OutboundMessage


def may_write(channel: str, last_inbound_at: datetime | None, now: datetime, *, is_human: bool = False) -> bool:
    """Whether the channel takes words written freely at that moment. `is_human`: a person of the shop wrote them."""
    match channel:
        case "whatsapp":
            return whatsapp.is_window_open(last_inbound_at, now)
        case "messenger":
            return messenger.is_window_open(last_inbound_at, now, is_human=is_human)
        case _:
            return True


def split_for(channel: str, message: OutboundMessage) -> tuple[OutboundMessage, ...]:
    """The messages that one of ours takes on the channel, in their order."""
    return messenger.split(message) if channel == "messenger" else (message,)
