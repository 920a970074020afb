"""Stage A4: a person is asked for -> a notice to the shop's inbox with a summary, the profile and what was said."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.channels.outbox import enqueue
from bot.commerce.types import Order
from bot.contracts.messages import OutboundMessage, QuickReply
from bot.profile.audit import AuditEntry, audit_of
from bot.profile.handoffs import add_handoff
from bot.service.orders import Reader, describe_status, order_title
from bot.service.policy import ShopPart
from bot.service.transcript import Said, read_transcript
from bot.texts.catalogue import format_moment, translate

MOST_CHANGES, MOST_ORDERS = 5, 5
_PROOFS = {
    "token": "signed in at the shop", "code": "a code to their e-mail address",
    "whatsapp": "their number on WhatsApp", "link": "signed in at the shop before they went on here",
    "policy": "what they told of themselves",
}


@dataclass(frozen=True)
class Case:
    """What a person needs to go on: facts only, nothing made up."""

    said: tuple[Said, ...] = ()  # oldest first
    orders: tuple[Order, ...] = ()  # newest first; only of somebody verified
    half_done: str = ""  # what the bot was about to do: cancel, return, ...
    did: tuple[AuditEntry, ...] = ()  # newest first
    name: str = ""
    proved_by: str = ""  # token, code, policy; "" unverified


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


def read_case(connection: sa.Connection, handoff: Handoff, case: Case) -> Case:
    """The case with what the store holds of it: what was said, and what the bot did."""
    said = read_transcript(connection, handoff.sender_id)
    did = audit_of(connection, handoff.customer_id, limit=MOST_CHANGES)
    return replace(case, said=tuple(said), did=tuple(did))


def hand_to_people(
    connection: sa.Connection, handoff: Handoff, shop: ShopPart, now: datetime, case: Case, reader: Reader,
    inbox_url: str = "",
) -> bool:
    """Put the customer into the people's inbox and queue the notice to the shop's, once a message. False when that was
    done before. Writes. `inbox_url` is where people answer; "" without such a page.
    """
    case = read_case(connection, handoff, case)
    handoff_id = add_handoff(
        connection, turn_key=handoff.turn_key, reference=handoff.reference, sender_id=handoff.sender_id,
        customer_id=handoff.customer_id, channel=handoff.channel, language=handoff.language, about=handoff.about,
        order_number=handoff.order_number, email=handoff.email, summary=summarise(case, reader), now=now,
        name=case.name,
    )
    if handoff_id is None:
        return False
    pictures_url = f"{inbox_url}/{handoff_id}/pictures" if inbox_url else ""
    text = f"{describe_handoff(handoff)}\n\n{describe_case(case, reader, pictures_url)}"
    title = translate(handoff.language, "Answer the customer")
    buttons = (QuickReply(title, url=f"{inbox_url}/{handoff_id}"),) if inbox_url else ()
    enqueue(
        connection,
        idempotency_key=f"notice:handoff:{handoff.turn_key}",
        kind="notice",
        customer_id=handoff.customer_id,
        sender_id="",
        channel="email",
        address=shop.inbox,
        purpose="service",
        payload=OutboundMessage(text.strip(), language=handoff.language, quick_replies=buttons),
        now=now,
    )
    return True


def summarise(case: Case, reader: Reader) -> str:
    """Who it is, where their orders stand, what was half done and done, in the reader's words."""
    parts = (_describe_person(case, reader), *_describe_work(case, reader))
    return "\n\n".join(part for part in parts if part)


def describe_handoff(handoff: Handoff) -> str:
    """The head of the notice: references, and where to answer."""
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


def describe_case(case: Case, reader: Reader, pictures_url: str = "") -> str:
    """Who it is, where their orders stand, what was half done and done, and the conversation, in the reader's words;
    where there is a page that shows pictures, their addresses on it.
    """
    return "\n\n".join(part for part in (summarise(case, reader), _describe_talk(case, reader, pictures_url)) if part)


def _describe_person(case: Case, reader: Reader) -> str:
    if not case.proved_by:
        return reader.say("The customer has not proved who they are.")
    how = reader.say(_PROOFS.get(case.proved_by, case.proved_by))
    known = reader.say("The customer is {name}, proved by: {how}.", name=case.name, how=how)
    orders = [f"• {order_title(each, reader)} — {describe_status(each, reader)}" for each in case.orders[:MOST_ORDERS]]
    return "\n".join((known, *orders))


def _describe_work(case: Case, reader: Reader) -> list[str]:
    half_done = reader.say("Half done in the chat: {what}", what=case.half_done) if case.half_done else ""
    rows = [
        f"• {format_moment(reader.language, each.at, reader.timezone)} — {each.action} ({each.object_ref})"
        for each in case.did
    ]
    return [half_done, "\n".join((reader.say("What the bot did before:"), *rows)) if rows else ""]


def _describe_talk(case: Case, reader: Reader, pictures_url: str) -> str:
    if not case.said:
        return ""
    names = {"customer": reader.say("Customer"), "bot": reader.say("Bot"), "person": reader.say("Our team")}
    when = [format_moment(reader.language, each.at, reader.timezone) for each in case.said]
    rows = [
        f"{moment} {names[each.who]}: {each.text}"
        + (f" {pictures_url}/{each.picture_id}" if pictures_url and each.picture_id else "")
        for moment, each in zip(when, case.said, strict=True)
    ]
    return "\n".join((reader.say("What was said:"), *rows))
