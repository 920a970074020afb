"""Chatwoot on this machine, as its routes behave: the inbox's API open, the account's only to the bot's token."""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

TOKEN, SECRET, INBOX = "bot-token-for-tests", "a-webhook-secret-of-tests", "inbox-identifier"
_CONTACT = re.compile(rf"/public/api/v1/inboxes/{INBOX}/contacts(?:/([\w-]+)/conversations(?:/(\d+)/messages)?)?$")
_ACCOUNT = re.compile(r"/api/v1/accounts/7/conversations/(\d+)/(messages|toggle_status)$")


@dataclass
class FakeChatwoot:
    """What was said there, by conversation: (who, text)."""

    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    conversations: dict[int, dict[str, Any]] = field(default_factory=dict)
    said: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    files: list[tuple[str, str, bytes]] = field(default_factory=list)  # name, type, bytes of what was attached
    breaks: dict[str, int] = field(default_factory=dict)  # what a path's end answers instead, once

    def serve(self, server: HTTPServer) -> None:
        server.expect_request(re.compile("/.*")).respond_with_handler(self._answer)

    @property
    def statuses(self) -> list[str]:
        return [each["status"] for each in self.conversations.values()]

    def _answer(self, request: Request) -> Response:
        for end, status in list(self.breaks.items()):
            if request.path.endswith(end):
                del self.breaks[end]
                return Response(status=status)
        sent = request.get_json(silent=True) or dict(request.form)
        for file in request.files.getlist("attachments[]"):
            self.files.append((file.filename or "", file.mimetype, file.read()))
        if found := _CONTACT.match(request.path):
            return self._answer_public(request.method, found[1], found[2], sent)
        if found := _ACCOUNT.match(request.path):
            if request.headers.get("api-access-token") != TOKEN:
                return Response(status=401)
            return self._answer_account(int(found[1]), found[2], sent)
        return Response(status=404)

    def _answer_public(self, method: str, key: str | None, number: str | None, sent: dict[str, Any]) -> Response:
        if key is None:
            self.contacts.setdefault(sent["source_id"], sent)
            return _json({"source_id": sent["source_id"], "id": len(self.contacts)})
        if key not in self.contacts:
            return Response(status=404)
        mine = [each for each in self.conversations.values() if each["key"] == key]
        if number:
            self.said[int(number)].append(("customer", sent["content"]))
            return _json({"id": 1})
        if method == "GET":
            return _json(mine)
        # An inbox with an agent bot makes conversations pending: they are the bot's.
        made = {"id": len(self.conversations) + 40, "key": key, "status": "pending", **sent}
        self.conversations[made["id"]] = made
        self.said[made["id"]] = []
        return _json(made)

    def _answer_account(self, number: int, what: str, sent: dict[str, Any]) -> Response:
        if number not in self.conversations:
            return Response(status=404)
        if what == "toggle_status":
            self.conversations[number]["status"] = sent["status"]
        else:
            self.said[number].append(("note" if sent["private"] else "bot", sent["content"]))
        return _json({"id": 2})


def sign(body: bytes, moment: int, secret: str = SECRET) -> dict[str, str]:
    """The headers, after Chatwoot's own words: HMAC-SHA256 of `timestamp.body`."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Chatwoot-Timestamp": str(moment), "X-Chatwoot-Signature": f"sha256={digest}"}


def message_of(number: int, key: str, text: str, **changes: Any) -> bytes:
    """`message_created` as an agent bot hears it."""
    payload = {
        "event": "message_created", "id": 901, "content": text, "message_type": "outgoing", "private": False,
        "content_type": "text", "sender": {"id": 3, "name": "Léa Martin", "available_name": "Léa", "type": "user"},
        "conversation": {"id": number, "status": "open", "contact_inbox": {"source_id": key}}, "account": {"id": 7},
    }
    return json.dumps({**payload, **changes}).encode()


def status_of(number: int, key: str, event: str, status: str) -> bytes:
    """A conversation's event as an agent bot hears it: the conversation itself, with the event's name."""
    return json.dumps({"event": event, "id": number, "status": status, "contact_inbox": {"source_id": key}}).encode()


def _json(data: Any) -> Response:
    return Response(json.dumps(data), content_type="application/json")
