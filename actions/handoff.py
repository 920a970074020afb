"""A person: asked for, offered after a complaint, or needed because the bot may not do it alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from actions.asking import Handler, ask, button, close, plain, prepend, tell
from actions.base import Reply, ShopAction, Turn
from actions.orders import reader_of
from bot.commerce.types import CustomerRef
from bot.errors import PrevenantError
from bot.profile.customers import CustomerId
from bot.profile.events import Event, append_events
from bot.profile.satisfaction import COMPLAINED
from bot.profile.state import OpenQuestion
from bot.service.answers import Answer, find_email
from bot.service.handoff import Case, Handoff, hand_to_people
from bot.service.orders import list_orders
from bot.service.verification import mask_email

ASKED_BY = "request:handoff"


class ActionContactHumanAgent(ShopAction):
    """I want to talk to a person."""

    intent: ClassVar[str] = "contact_human_agent"
    comes_back: ClassVar[bool] = False

    def reply(self, turn: Turn) -> Reply:
        """Leave word with the shop's people, and say when they answer."""
        about = turn.entity("reason") or str(turn.state.request.get("kind", ""))
        return call_person(turn, {"about": about, "order_number": turn.entity("order_number")})


class ActionComplaint(ShopAction):
    """I am not content."""

    intent: ClassVar[str] = "complaint"

    def reply(self, turn: Turn) -> Reply:
        """Say sorry, note it, and offer what helps: a person, or the order."""
        with turn.services.store.write() as connection:
            append_events(connection, [_complained(turn)])
        text = turn.say("I am sorry that this went wrong. A person can look into it with you; shall I pass it on?")
        pass_on = button(turn, "Yes, to a person", "contact_human_agent", reason="complaint")
        return tell(turn, text, buttons=(pass_on, button(turn, "Track an order", "track_order")))


def _complained(turn: Turn) -> Event:
    return Event(
        message_id=f"chat:{turn.key}:complaint", customer_id=CustomerId(turn.conversation.customer_id), silo="chat",
        type="track", name=COMPLAINED, properties={"complaint_id": turn.conversation.sender_id}, occurred_at=turn.now,
        received_at=turn.now,
    )


def call_person(turn: Turn, args: Mapping[str, Any]) -> Reply:
    """Leave word now when the person can be answered, else ask where to. Unavailable in a turn that was given up."""
    email = str(args.get("email", "")) or _email_on_file(turn)
    if not email:
        request = {"kind": "handoff", "about": args.get("about", ""), "order_number": args.get("order_number", "")}
        return ask(
            turn,
            "I will pass this on to a person. At which e-mail address can they answer you?",
            asked_by=ASKED_BY,
            expects="email",
            state=replace(turn.state, request=request),
        )
    handoff = Handoff(
        turn_key=turn.key,
        sender_id=turn.conversation.sender_id,
        customer_id=turn.conversation.customer_id,
        channel=turn.conversation.channel,
        language=turn.language,
        about=str(args.get("about", "")),
        order_number=str(args.get("order_number", "")),
        email=email,
        customer_ref=(turn.conversation.verified_ref or "") if turn.is_verified else "",
    )
    shop, case = turn.services.policy.shop, _read_case(turn)
    turn.gate.begin_writing()
    with turn.services.store.write() as connection:
        hand_to_people(connection, handoff, shop, turn.now, case, reader_of(turn), turn.services.settings.people_url)
    return tell(turn, _say_when(turn, handoff), state=replace(close(turn.state), handoff=handoff.to_state(turn.now)))


def _read_case(turn: Turn) -> Case:
    """What the shop and the conversation state know; nothing of the shop's while it is down."""
    request = turn.state.request
    draft = request.get("draft", {}) if request.get("kind") == "order" else {}
    half_done = " ".join(part for part in (draft.get("do", ""), draft.get("number", "")) if part)
    if not turn.is_verified:
        return Case(half_done=half_done)
    ref = CustomerRef(turn.conversation.verified_ref or "")
    try:
        customer = turn.services.commerce.get_customer(ref)
        orders = tuple(list_orders(turn.services.commerce, ref))
    except PrevenantError:  # a person is offered most of all when the shop is down
        return Case(half_done=half_done, proved_by=turn.conversation.verified_by or "")
    name = f"{customer.first_name} {customer.last_name}".strip()
    return Case(orders=orders, half_done=half_done, name=name, proved_by=turn.conversation.verified_by or "")


def _say_when(turn: Turn, handoff: Handoff) -> str:
    shop = turn.services.policy.shop
    return turn.say(
        "I have passed it on to our people, under the reference {reference}. They are there {hours}, and answer "
        "within {count} hours at {email}. I stay here meanwhile.",
        reference=handoff.reference,
        hours=shop.hours.into(turn.language),
        count=shop.answers_within_hours,
        email=mask_email(handoff.email),
    )


def _email_on_file(turn: Turn) -> str:
    if not turn.is_verified:
        return ""
    try:
        return turn.services.commerce.get_customer(CustomerRef(turn.conversation.verified_ref or "")).email
    except PrevenantError:  # a person is offered most of all when the shop is down
        return ""


def _answer_email(turn: Turn, _question: OpenQuestion, answer: Answer) -> Reply:
    if answer.kind == "no":
        return tell(turn, turn.say("All right, nobody is told."), state=close(turn.state))
    email = find_email(answer.text) or find_email(answer.entity("email"))
    request = turn.state.request
    if not email:
        again = plain(turn, turn.say("That does not look like an e-mail address. Please check it."))
        return prepend(call_person(turn, request), again)
    return call_person(turn, {**request, "email": email})


HANDLERS: dict[str, Handler] = {ASKED_BY: _answer_email}
