"""Stage A1: words in, words out: Rasa's REST channel with the gateway's turns behind it. For this machine only.

`POST /webhooks/rest/webhook {"sender", "message"}` answers `[{"recipient_id", "text"}]`, like Rasa's own channel, which
knows neither what we asked nor that a message may hold two requests.
"""

from typing import Any, Awaitable, Callable, Dict, List, Optional, Text
from uuid import uuid4

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.contracts.messages import OutboundMessage, render_plain
from bot.dialogue.asking import shorten
from bot.dialogue.gateway import answer_message
from bot.errors import FixInput


class RestInput(InputChannel):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """The channel that curl and outside programs talk to."""

    @classmethod
    def name(cls) -> Text:
        """As Rasa's own, so that its address is the known one."""
        return "rest"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> "RestInput":
        """The channel; it has no settings."""
        return cls()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes that Sanic serves."""
        routes = Blueprint("rest")

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            return json_response({"status": "ok"})

        @routes.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            agent = request.app.ctx.agent
            if agent is None or not agent.is_ready():
                return json_response({"error": "no model is loaded"}, status=503)
            shorten(agent)
            try:
                return json_response(await answer_words(agent, request.json))
            except FixInput as error:
                return json_response({"error": error.message, "field": error.field}, status=400)

        return routes


async def answer_words(agent: Any, body: Any) -> List[Dict[Text, Text]]:
    """The replies to words in plain text. FixInput for a body without sender and message."""
    if not isinstance(body, dict):
        raise FixInput("body", "must be a JSON object")
    for name in ("sender", "message"):
        if not isinstance(body.get(name), str) or not body[name].strip():
            raise FixInput(name, "must be a non-empty string")
    tracker = await agent.tracker_store.retrieve(body["sender"])
    told = {name: str((tracker.get_slot(name) if tracker else None) or "") for name in ("expects", "language")}
    message = {
        "message_id": uuid4().hex,
        "channel": "rest",
        "sender_id": body["sender"],
        "text": body["message"],
        **told,
    }
    answer = await answer_message(agent, message)
    replies = [render_plain(OutboundMessage.from_json(each)) for each in answer["replies"]]
    return [{"recipient_id": body["sender"], "text": text} for text in replies]
