"""Stage A1: a contract message in, contract replies out: Rasa's one channel for all of ours.

`POST /webhooks/gateway/messages` runs one turn within one request; `POST /webhooks/gateway/nudges`
notes in the tracker what we said first. Both ask for the secret between our own processes.
"""

import hmac
import logging
import time
from dataclasses import replace
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.contracts.messages import InboundMessage, OutboundMessage
from bot.dialogue.asking import close, shorten
from bot.dialogue.policies.open_question import KNOWN
from bot.dialogue.turns import (
    WAITING,
    find_replies,
    find_requests,
    make_nudge_events,
    name_second,
    read_nudge,
    to_parse_data,
    to_plain_text,
    to_replies,
)
from bot.errors import FixConfiguration, FixInput

log = logging.getLogger(__name__)
MIN_SECRET_CHARACTERS = 16
UNAVAILABLE = "utter_unavailable"
THEN = "utter_second_request_waits"
WARM_UP = ("Où est ma commande ?", "azertyuiop qsdfgh")  # the second leaves the first encoder in doubt
NEVER_CUT = frozenset(
    "email phone email_or_postcode identity postcode code name address order_number detail agreement".split()
)


class GatewayOutput(CollectingOutputChannel):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """Keeps each reply whole: the contract message travels in the utterance's metadata."""

    @classmethod
    def name(cls) -> Text:
        """One word for the channel, everywhere."""
        return "gateway"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        """Keep the utterance as Rasa made it."""
        self.messages.append(message)


class GatewayInput(InputChannel):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """The channel that the worker talks to."""

    def __init__(self, secret: Text) -> None:
        """Raises FixConfiguration for a secret that anybody could guess."""
        if len(secret) < MIN_SECRET_CHARACTERS:
            raise FixConfiguration(f"PREVENANT_INTERNAL_SECRET must have {MIN_SECRET_CHARACTERS} characters or more")
        self._secret = secret
        self._is_warm = False

    @classmethod
    def name(cls) -> Text:
        """One word for the channel, everywhere."""
        return "gateway"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> "GatewayInput":
        """The channel, from its lines in credentials.yml."""
        return cls(str((credentials or {}).get("secret") or ""))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes that Sanic serves."""
        routes = Blueprint("gateway")

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            return json_response({"status": "ok"})

        @routes.get("/ready")
        async def tell_ready(request: Request) -> HTTPResponse:
            is_ready = await self._warm_up(request.app.ctx.agent)
            return json_response({"is_ready": is_ready}, status=200 if is_ready else 503)

        @routes.before_server_stop
        async def give_back(app: Sanic, _: Any) -> None:
            await close(app.ctx.agent)

        @routes.post("/messages")
        async def receive_message(request: Request) -> HTTPResponse:
            return await self._guard(request, answer_message)

        @routes.post("/nudges")
        async def receive_nudge(request: Request) -> HTTPResponse:
            return await self._guard(request, note_nudge)

        return routes

    async def _warm_up(self, agent: Any) -> bool:
        """Read messages before any customer waits for them: models and tables load with the first."""
        if agent is None or not agent.is_ready():
            return False
        if not self._is_warm:
            for text in WARM_UP:
                await agent.parse_message(text)
            self._is_warm = True
        return True

    async def _guard(self, request: Request, handle: Callable[[Any, Any], Awaitable[Dict[Text, Any]]]) -> HTTPResponse:
        if not is_authorised(request.headers.get("authorization", ""), self._secret):
            return json_response({"error": "unauthorised"}, status=401)
        agent = request.app.ctx.agent
        if agent is None or not agent.is_ready():
            return json_response({"error": "no model is loaded"}, status=503)
        shorten(agent)
        try:
            return json_response(await handle(agent, request.json))
        except FixInput as error:
            return json_response({"error": error.message, "field": error.field}, status=400)


def is_authorised(header: Text, secret: Text) -> bool:
    """Whether the header carries the secret, compared in constant time."""
    return hmac.compare_digest(header.encode(), f"Bearer {secret}".encode())


async def answer_message(agent: Any, body: Any) -> Dict[Text, Any]:
    """Run the turn and return its replies; a message id seen before returns the same ones and runs nothing."""
    message = InboundMessage.from_json(body)
    if not message.text and not message.payload:
        raise FixInput("text", "must be set, or `payload`")
    parse_data = to_parse_data(message, agent.domain.intents)
    async with agent.lock_store.lock(message.sender_id):
        tracker = await agent.tracker_store.retrieve(message.sender_id)
        known = find_replies(tracker.events, message.message_id) if tracker else None
        if known is None:
            is_known = bool(tracker and tracker.get_slot(KNOWN))
            known = await _run_turns(agent, message, parse_data, is_known=is_known)
    return {"replies": [reply.to_json() for reply in known]}


async def _run_turns(
    agent: Any, message: InboundMessage, parse_data: Optional[Dict[Text, Any]], *, is_known: bool = False
) -> List[OutboundMessage]:
    """One turn, or two where the message holds two requests; the second waits while the first asks something.

    What answers our question with data is never cut: an address may read like two of anything.
    """
    whole = to_plain_text(message)
    parsed = parse_data or await agent.processor.parse_message(
        _to_user_message(message, None, whole, message.message_id, None)
    )
    requests = [] if message.expects in NEVER_CUT else find_requests(parsed, is_known=is_known)
    first, second = requests or (whole, "")
    replies = await _run_turn(agent, message, None if second else parsed, first, message.message_id)
    tracker = await agent.tracker_store.retrieve(message.sender_id)
    waiting = second or (tracker.get_slot(WAITING) if tracker else None)
    if not waiting or tracker is None or tracker.is_paused():
        return replies
    if tracker.get_slot("expects"):
        await _keep_waiting(agent, tracker, waiting)
        return [*replies, *await _say(agent, tracker, THEN)] if second else replies
    await _keep_waiting(agent, tracker, None)
    unasked = replace(message, expects="", payload="", text=waiting)
    return [*replies, *await _run_turn(agent, unasked, None, waiting, name_second(message.message_id))]


async def _run_turn(
    agent: Any, message: InboundMessage, parse_data: Optional[Dict[Text, Any]], text: Text, message_id: Text
) -> List[OutboundMessage]:
    output = GatewayOutput()
    await agent.processor.handle_message(_to_user_message(message, parse_data, text, message_id, output))
    if output.messages:
        return to_replies(output.messages, message.language)
    tracker = await agent.tracker_store.retrieve(message.sender_id)
    return [] if tracker is None or tracker.is_paused() else await _say_unavailable(agent, tracker)


def _to_user_message(
    message: InboundMessage,
    parse_data: Optional[Dict[Text, Any]],
    text: Text,
    message_id: Text,
    output: Optional[GatewayOutput],
) -> UserMessage:
    return UserMessage(
        text=text,
        output_channel=output,
        sender_id=message.sender_id,
        parse_data=parse_data,
        input_channel="gateway",
        message_id=message_id,
        metadata={
            "message_id": message_id,
            "channel": message.channel,
            "page": message.page,
            "expects": message.expects,
            "language": message.language,
            "sent_at": message.sent_at,
        },
    )


async def _keep_waiting(agent: Any, tracker: DialogueStateTracker, request: Optional[Text]) -> None:
    """Note which request still waits, None for none. Writes the tracker."""
    if tracker.get_slot(WAITING) != request:
        tracker.update(SlotSet(WAITING, request), agent.domain)
        await agent.tracker_store.save(tracker)


async def _say_unavailable(agent: Any, tracker: DialogueStateTracker) -> List[OutboundMessage]:
    """An action that failed utters nothing and Rasa only logs it: the customer still gets a sentence."""
    log.error("turn_without_reply sender_id=%s", tracker.sender_id)
    return await _say(agent, tracker, UNAVAILABLE)


async def _say(agent: Any, tracker: DialogueStateTracker, response: Text) -> List[OutboundMessage]:
    """A response of data/responses in the conversation's language."""
    draft = await agent.nlg.generate(response, tracker, "gateway")
    return to_replies([draft], tracker.get_slot("language") or "en") if draft else []


async def note_nudge(agent: Any, body: Any) -> Dict[Text, Any]:
    """Note a delivered nudge in the tracker, once, and utter nothing. Writes the tracker."""
    nudge = read_nudge(body)
    async with agent.lock_store.lock(nudge.sender_id):
        tracker = await agent.processor.fetch_tracker_with_initial_session(nudge.sender_id, GatewayOutput())
        events = make_nudge_events(tracker.events, nudge, time.time())
        for event in events:
            tracker.update(event, agent.domain)
        if events:
            await agent.tracker_store.save(tracker)
    return {"noted": bool(events)}
