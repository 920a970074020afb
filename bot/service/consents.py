"""Stage A4: asking for consent once, in words that say why, and saying what holds. Pure but for reading consents."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from bot.profile.consent import PURPOSES, consent_state
from bot.profile.state import ConversationState
from bot.texts.catalogue import translate

# Why we ask, at the moment it is of use: (purpose, reason) -> the question, whose wording is kept with the answer.
QUESTION_SENTENCES: Mapping[tuple[str, str], str] = {
    ("service", "order_updates"): (
        "Shall I tell you here when something changes with your orders, a delay for instance? "
        "You can stop it at any time by writing “stop”."
    ),
    ("service", "back_in_stock"): (
        "Shall I write to you here when something that you asked for is back, or when something changes with your "
        "orders? You can stop it at any time by writing “stop”."
    ),
    ("marketing", "back_in_stock"): (
        "Shall I write to you here when something that you liked is back in your size, or at a better price? "
        "You can stop it at any time by writing “stop”."
    ),
    ("marketing", "basket"): (
        "Shall I write to you here when something in your basket is about to sell out, or goes well with it? "
        "You can stop it at any time by writing “stop”."
    ),
}
PURPOSE_SENTENCES: Mapping[str, str] = {
    "service": "News of your orders",
    "marketing": "Offers and suggestions",
    "personalisation": "Suggestions chosen from your purchases",
}
STATE_SENTENCES: Mapping[str, str] = {
    "granted": "yes", "withdrawn": "no", "pending": "yes, once you confirm it by e-mail", "unknown": "not asked yet",
}
NUDGE_SENTENCES: Mapping[str, str] = {
    "cart": "You had put something in your basket and gone no further, so I wrote to you about it.",
    "parcel": "The carrier reported a delay of your parcel, and I wanted you to know before you had to ask.",
    "pickup": "An item that was reserved for you in a store is no longer there, and I wanted to spare you the way.",
    "stuck_parcel": (
        "Nothing had been heard of your parcel for a while, and I wanted you to know before you had to ask."
    ),
    "unshipped": "Your order had not left yet after some days, and I wanted you to know before you had to ask.",
    "pickup_ready": "Your order was waiting for you in the store, and I wanted you to know.",
    "delivered": "Your parcel had arrived, and I wanted to know whether all was well.",
    "late_arrival": "Your parcel had come later than promised, and I wanted to apologise and to help.",
    "return_window": "The last days for sending something back were near, and I wanted you to know in time.",
    "product": "It was about something that you had looked at, or asked me to keep in mind for you.",
    "news": "It was something new in the shop that may interest you, by what you have bought and looked at.",
    "size": "A size that you had looked at was there again, and I wanted you to know.",
    "price_drop": "Something that you had looked at had become cheaper, and I wanted you to know.",
    "review": "You had had your order for a while, and the shop would like to know what you think of it.",
    "replenish": "You buy this again from time to time, and I wrote before yours would run out.",
    "greeting": "It was a word from the shop that fits what you allowed.",
    "offer": "It was part of an offer of the shop that fits what you allowed.",
}


def may_ask(
    connection: sa.Connection, customer_id: str, state: ConversationState, *, purpose: str, channel: str
) -> bool:
    """Whether consent was never answered nor asked for: it is asked once."""
    if purpose in state.consent_asked or state.open_question:
        return False
    return consent_state(connection, customer_id, purpose, channel) == "unknown"


def describe_consents(connection: sa.Connection, customer_id: str, *, channel: str, language: str) -> list[str]:
    """One line a purpose: what it is, and what holds on this channel."""
    lines = []
    for purpose in PURPOSES:
        holds = consent_state(connection, customer_id, purpose, channel)
        colon = ":" if language == "en" else "\u00a0:"
        purpose_text = translate(language, PURPOSE_SENTENCES[purpose])
        lines.append(f"{purpose_text}{colon} {translate(language, STATE_SENTENCES[holds])}")
    return lines


def note_asked(state: ConversationState, purpose: str, now: datetime) -> dict[str, str]:
    """`consent_asked` with this purpose in it."""
    return {**state.consent_asked, purpose: now.isoformat()}
