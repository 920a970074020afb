"""In which words a channel takes a message, and in how many: what deciding and the hand-over ask of every channel.

    free       any words: the channel has no window, or the customer wrote lately
    template   only words that the vendor approved, for this purpose and country
    none       nothing: whatever was sent would be refused

Pure. What a channel would refuse is never tried.
"""

from datetime import datetime
from typing import Literal

from bot.channels.messenger import limits as messenger
from bot.channels.whatsapp import limits as whatsapp
from bot.contracts.messages import OutboundMessage

Words = Literal["free", "template", "none"]


def find_words(
    channel: str, last_inbound_at: datetime | None, now: datetime, *, purpose: str, country: str = "",
    has_template: bool = False, is_human: bool = False,
) -> Words:
    """The words that the channel takes at that moment. `country` is the customer's, two letters, "" where nobody knows;
    `has_template`: the shop has words for this that were approved; `is_human`: a person of the shop writes.
    """
    if may_write(channel, last_inbound_at, now, is_human=is_human):
        return "free"
    return "template" if has_template and _takes_template(channel, purpose, country) else "none"


def may_write(channel: str, last_inbound_at: datetime | None, now: datetime, *, is_human: bool = False) -> bool:
    """Whether the channel takes words written freely at that moment. `is_human`: a person of the shop wrote them."""
    match channel:
        case "whatsapp":
            return whatsapp.is_window_open(last_inbound_at, now)
        case "messenger":
            return messenger.is_window_open(last_inbound_at, now, is_human=is_human)
        case _:
            return True


def country_of(channel: str, address: str) -> str:
    """The country that an address of the channel tells, two letters; "" where it tells none."""
    return whatsapp.country_of(address) if channel == "whatsapp" else ""


def split_for(channel: str, message: OutboundMessage) -> tuple[OutboundMessage, ...]:
    """The messages that one of ours takes on the channel, in their order."""
    return messenger.split(message) if channel == "messenger" else (message,)


def _takes_template(channel: str, purpose: str, country: str) -> bool:
    return {"whatsapp": whatsapp.takes_template, "messenger": messenger.takes_template}[channel](purpose, country)
