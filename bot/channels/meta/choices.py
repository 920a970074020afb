"""What a customer may tap in a message, or answer with its number. Pure."""

import re
from dataclasses import dataclass, replace

from bot.channels.fitting import RichLimits, fit_rich
from bot.contracts.messages import Card, OutboundMessage, QuickReply, render_plain

_NUMBER = re.compile(r"\W*(?:n[°o]\s*)?(\d{1,2})\W*", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    """One thing to choose; `description` is said where there is room."""

    title: str
    payload: str
    description: str = ""


def prepare(message: OutboundMessage, limits: RichLimits) -> OutboundMessage:
    """The message within the limits, without addresses that only a page of ours could open."""
    fitting = fit_rich(message, limits)
    return replace(fitting, quick_replies=usable(fitting.quick_replies))


def usable(buttons: tuple[QuickReply, ...]) -> tuple[QuickReply, ...]:
    """The buttons that work outside of a page: a payload, or a whole address."""
    return tuple(each for each in buttons if each.payload or each.url.startswith("http"))


def list_choices(message: OutboundMessage) -> tuple[Choice, ...]:
    """Everything that can be chosen: the cards' first deeds, in their order, then the buttons."""
    cards = [
        Choice(card.title, button.payload, describe(card)) for card in message.cards for button in card.buttons[:1]
        if button.payload
    ]
    return (*cards, *(Choice(each.title, each.payload) for each in message.quick_replies if each.payload))


def describe(card: Card) -> str:
    """What stands below a card's title."""
    return " · ".join(part for part in (card.price_text, card.note, card.subtitle) if part)


def take_number(choices: tuple[Choice, ...], text: str) -> Choice | None:
    """The choice whose number is all that the text says, or None."""
    found = _NUMBER.fullmatch(text)
    number = int(found[1]) if found else 0
    return choices[number - 1] if 1 <= number <= len(choices) else None


def render_body(message: OutboundMessage) -> str:
    """The words without what can be chosen, and with the addresses that buttons would open."""
    links = [f"{each.title}: {each.url}" for each in message.quick_replies if each.url and not each.payload]
    return "\n".join(part for part in (render_words(message), *links) if part)


def render_words(message: OutboundMessage) -> str:
    """The words alone, and where a parcel can be followed."""
    cards = tuple(card for card in message.cards if not any(button.payload for button in card.buttons[:1]))
    words = render_plain(replace(message, quick_replies=(), cards=cards, image_url="", image_id=""))
    tracking = message.timeline.tracking_url if message.timeline else ""
    return "\n".join(part for part in (words, tracking if tracking.startswith("http") else "") if part)
