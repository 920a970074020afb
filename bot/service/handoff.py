"""Stage A4: a person is asked for -> a record, and a notice to the shop's inbox that says where to read on."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.channels.outbox import enqueue
from bot.contracts.messages import OutboundMessage
from bot.service.policy import ShopPart
from bot.texts.catalogue import translate


@dataclass(frozen=True)
class Handoff:
    """Who asked for a person, about what, and where an answer reaches them."""

    turn_key: str
    sender_id: str
    customer_id: str
    channel: str
    language: str
    about: str  # an intent, or "" when it was not said
    order_number: str = ""
    customer_ref: str = ""
    email: str = ""  # given by the customer for the answer, or on file

    @property
    def reference(self) -> str:
        """What the customer can name on the telephone; the same message gives the same one."""
        return f"P-{hashlib.sha256(self.turn_key.encode()).hexdigest()[:6].upper()}"

    def to_state(self, now: datetime) -> dict[str, Any]:
        """What is kept with the person."""
        return {
            "reference": self.reference,
            "asked_at": now.isoformat(),
            "about": self.about,
            "order_number": self.order_number,
        }


def hand_to_people(connection: sa.Connection, handoff: Handoff, shop: ShopPart, now: datetime) -> bool:
    """Queue the notice to the shop's inbox, once a message. False when that was done before. Writes."""
    queued = enqueue(
        connection,
        idempotency_key=f"notice:handoff:{handoff.turn_key}",
        kind="notice",
        customer_id=handoff.customer_id,
        sender_id="",
        channel="email",
        address=shop.inbox,
        purpose="service",
        payload=OutboundMessage(describe_handoff(handoff), language=handoff.language),
        now=now,
    )
    return queued is not None


def describe_handoff(handoff: Handoff) -> str:
    """The notice: references, and where to read the conversation; none of its text."""
    language = handoff.language

    def line(sentence: str, value: str) -> str:
        return translate(language, sentence, value=value) if value else ""

    lines = (
        line("A customer asks for a person. Reference: {value}", handoff.reference),
        line("Conversation to read: {value}", f"{handoff.channel}/{handoff.sender_id}"),
        line("Customer in the shop: {value}", handoff.customer_ref),
        line("Order: {value}", handoff.order_number),
        line("About: {value}", handoff.about),
        line("Answer to: {value}", handoff.email),
    )
    return "\n".join(each for each in lines if each)
