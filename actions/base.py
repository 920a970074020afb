"""What every action does alike: read the turn, work off the event loop within a deadline, reply, keep the state.

A topic's action subclasses `ShopAction`, gives its `intent`, and answers `reply(turn)`; everything
that can go wrong is turned into an honest sentence here, in one place.
"""

import asyncio
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.wiring import get_services
from bot.bootstrap import Services
from bot.commerce.read_once import ShopOfTurn, TurnGate
from bot.contracts.messages import OutboundMessage, QuickReply, dump_payload, render_plain
from bot.errors import Conflict, NotAllowed, NotFound, PrevenantError, RetryLater, UnknownFate
from bot.profile.conversations import Conversation, get_conversation, open_conversation
from bot.profile.state import ConversationState, OpenQuestion, apply_changes, read_state
from bot.service.identify import is_order_proved
from bot.service.questions import FOR_A_YES, repeat_question
from bot.service.recognise import recognise
from bot.texts.catalogue import translate

log = structlog.get_logger()
GUEST = "guest"  # whom a question was asked of who proved an order and no account


@dataclass(frozen=True)
class Turn:
    """One customer message as an action sees it."""

    services: Services
    conversation: Conversation
    state: ConversationState
    message_id: str  # seeds every idempotency key of this turn
    intent: str
    text: str
    language: str
    entities: Mapping[str, tuple[str, ...]]
    page: Mapping[str, Any]
    now: datetime
    guesses: tuple[str, ...] = ()  # what else it might mean, the likeliest first
    gate: TurnGate = field(default_factory=TurnGate)  # which what must not be done twice goes through

    def entity(self, name: str) -> str:
        """The first value of an entity, "" when the message holds none."""
        values = self.entities.get(name, ())
        return values[0] if values else ""

    @property
    def timezone(self) -> str:
        """The customer's zone; the shop's where it is not known."""
        return self.conversation.timezone or self.services.settings.timezone

    @property
    def is_verified(self) -> bool:
        """Whether the person in this conversation proved who they are (promise 5)."""
        return self.conversation.is_verified(self.now)

    @property
    def key(self) -> str:
        """The root of every idempotency key of this turn: the same message writes the same thing once."""
        return hashlib.sha256(f"{self.conversation.sender_id}:{self.message_id}".encode()).hexdigest()[:32]

    def say(self, sentence: str, **values: object) -> str:
        """A sentence of the Babel catalogues in the customer's language."""
        return translate(self.language, sentence, **values)


@dataclass(frozen=True)
class Reply:
    """What an action answers: messages, and the state that follows the person from here on."""

    messages: tuple[OutboundMessage, ...]
    state: ConversationState | None = None  # None: unchanged
    events: tuple[Any, ...] = field(default=())  # Rasa events, where a topic needs one
    language: str = ""  # the language from here on; "" leaves it as it is


class ShopAction(Action, ABC):  # type: ignore[misc]  # rasa_sdk ships no types
    """An action that serves one customer's wish. The class is abstract: it has an intent only below."""

    intent: ClassVar[str] = ""
    comes_back: ClassVar[bool] = True  # to the question of a half-done request, after a digression

    def name(self) -> str:
        """`action_` and the intent: the action repeats the customer's wish."""
        return f"action_{self.intent}"

    @abstractmethod
    def reply(self, turn: Turn) -> Reply:
        """Answer the turn. Runs in a thread: blocking calls are welcome here."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        """Read the turn, answer it within the deadline, keep the state."""
        services = get_services()
        language, gate = tracker.get_slot("language") or "en", TurnGate()
        shop = ShopOfTurn(services.commerce, gate)
        try:
            async with asyncio.timeout(services.settings.turn_deadline_seconds - 3):
                turn, reply, is_known = await asyncio.to_thread(
                    self._answer, replace(services, commerce=shop.engine), tracker, gate)
        except (PrevenantError, TimeoutError) as error:
            log.warning("action_failed", action=self.name(), error=type(error).__name__)
            may_be_done = isinstance(error, TimeoutError) and gate.give_up()
            utter(dispatcher, apologise(UnknownFate("the turn took too long") if may_be_done else error, language))
            return []
        for message in reply.messages:
            utter(dispatcher, message)
        return [*_slots(turn, reply), SlotSet("is_known", is_known), *reply.events]

    def _answer(self, services: Services, tracker: Tracker, gate: TurnGate) -> tuple[Turn, Reply, bool]:
        """The turn, its reply, and whether the customer is known from here on. Writes what the turn changed.

        Of a turn that was given up before it wrote, what it asks is not kept: nobody has read the question.
        """
        turn = read_turn(services, tracker, gate)
        reply = self.reply(turn)
        if self.comes_back:
            reply = come_back(turn, reply)
        state = replace(reply.state or turn.state, language=reply.language or turn.language)
        if gate.is_for_nothing:
            state = replace(state, open_question=turn.state.open_question, request=turn.state.request)
        if state != turn.state:
            keep_state(turn, state)
        return turn, reply, is_known_now(turn)


def read_turn(services: Services, tracker: Tracker, gate: TurnGate) -> Turn:
    """The turn from Rasa's tracker and the store; a sender nobody knows yet gets a conversation."""
    latest = tracker.latest_message
    metadata = latest.get("metadata") or {}
    now = services.clock()
    conversation = recognise(
        services.store, services.commerce, services.policy.verification,
        _find_or_open(services, tracker.sender_id, now), now, services.settings.holdout_salt,
    )
    with services.store.read() as connection:
        state = read_state(connection, conversation.customer_id)
    return Turn(
        services=services,
        conversation=conversation,
        state=state,
        message_id=metadata.get("message_id") or latest.get("message_id") or f"{tracker.sender_id}:{now.timestamp()}",
        intent=(latest.get("intent") or {}).get("name") or "",
        text=latest.get("text") or "",
        language=tracker.get_slot("language") or state.language or "en",
        entities=_collect_entities(latest.get("entities") or []),
        page=metadata.get("page") or {},
        now=now,
        gate=gate,
        guesses=tuple(each["name"] for each in latest.get("intent_ranking") or () if each.get("name")),
    )


def _find_or_open(services: Services, sender_id: str, now: datetime) -> Conversation:
    """The sender's conversation; somebody at a terminal is met here first. Writes then."""
    with services.store.read() as connection:
        if found := get_conversation(connection, sender_id):
            return found
    with services.store.write() as connection:
        return get_conversation(connection, sender_id) or open_conversation(
            connection, "shell", sender_id, now=now, salt=services.settings.holdout_salt, sender_id=sender_id
        )


def is_known_now(turn: Turn) -> bool:
    """Whether the customer is verified after the turn, which may have proved it."""
    with turn.services.store.read() as connection:
        conversation = get_conversation(connection, turn.conversation.sender_id) or turn.conversation
    return conversation.is_verified(turn.now)


def keep_state(turn: Turn, state: ConversationState) -> None:
    """Write what the turn changed, for whom the conversation belongs to now: the turn may have proved who that is."""
    for is_last in (False, False, True):
        try:
            with turn.services.store.write() as connection:
                conversation = get_conversation(connection, turn.conversation.sender_id) or turn.conversation
                apply_changes(connection, conversation.customer_id, turn.state, state, turn.now)
        except Conflict:  # another turn of the same person, on another channel
            if is_last:
                raise
        else:
            return


def has_proved_order(turn: Turn) -> bool:
    """Whether a code opened a guest's order in this conversation, not too long ago."""
    sender_id = turn.conversation.sender_id
    return any(is_order_proved(turn.state, ref, sender_id, turn.now) for ref in turn.state.verified_orders)


MOST_RETURNS = 2  # to a question that stands behind a digression


def may_repeat(turn: Turn, question: OpenQuestion) -> bool:
    """Whether a question may be said again: to whom it was asked, as long as the proof of that holds (promise 5)."""
    whom = question.context.get("asked_whom", "")
    if whom == GUEST:
        return turn.is_verified or has_proved_order(turn)
    return not whom or turn.is_verified and turn.conversation.verified_ref == whom


def come_back(turn: Turn, reply: Reply) -> Reply:
    """The reply to a digression, followed by the question that a half-done request still waits for.

    Who goes on with something else is not asked for ever: after MOST_RETURNS a question for a number, code or option
    is no longer said, and what answers it is taken still. One for a yes is, or that would be to something else by then.
    """
    question = turn.state.question_at(turn.now)
    still_open = reply.state is None or reply.state.open_question == turn.state.open_question
    if question is None or not still_open or not question.asked_by.startswith("request:"):
        return reply
    if not may_repeat(turn, question):
        return reply
    returns = int(question.context.get("returns", 0)) + 1
    again = repeat_question(reply.language or turn.language, question)
    if again is None or (returns > MOST_RETURNS and question.expects not in FOR_A_YES):
        return reply
    counted = replace(question, context={**question.context, "returns": returns})
    state = replace(reply.state or turn.state, open_question=counted)
    return replace(reply, messages=(*reply.messages, again), state=state)


def utter(dispatcher: CollectingDispatcher, message: OutboundMessage) -> None:
    """Say it: the contract message for our channels, its plain text for every other one."""
    dispatcher.utter_message(text=render_plain(message), contract=message.to_json())


def apologise(error: BaseException, language: str) -> OutboundMessage:
    """An honest sentence about what went wrong, and the offer of a person."""
    match error:
        case UnknownFate():
            sentence = (
                "The shop did not confirm this in time. I will not do it twice: please check before you ask again."
            )
        case TimeoutError():
            sentence = "The shop takes too long to answer. Please ask me again in a moment."
        case RetryLater():
            sentence = "The shop does not answer right now. Nothing was changed. Please try again in a moment."
        case Conflict():
            sentence = "This was changed somewhere else just now. Nothing was done. Shall we look at it again?"
        case NotFound():
            sentence = "I cannot find that."
        case NotAllowed():
            sentence = "The shop's rules do not allow that."
        case _:
            sentence = "Something went wrong on our side. Nothing was changed."
    person = QuickReply(translate(language, "Talk to a person"), dump_payload("contact_human_agent"))
    return OutboundMessage(translate(language, sentence), language=language, quick_replies=(person,))


def _slots(turn: Turn, reply: Reply) -> list[Any]:
    question = (reply.state or turn.state).question_at(turn.now)
    language = reply.language or turn.language
    return [SlotSet("language", language), SlotSet("expects", question.expects if question else None)]


def _collect_entities(found: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    entities: dict[str, tuple[str, ...]] = {}
    for each in found:
        value = str(each["value"])
        entities[each["entity"]] = (*entities.get(each["entity"], ()), value)
    return entities
