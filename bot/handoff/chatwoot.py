"""Chatwoot: an API inbox with an agent bot. https://developers.chatwoot.com/api-reference

What customers say goes in through the inbox's public API; notes, the bot's words and the status through the agent bot's
token, which may do nothing else. Webhooks are the agent bot's, signed since Chatwoot 4.13.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests

from bot.errors import (
    FixConfiguration,
    FixInput,
    ForeignPayload,
    NotFound,
    PrevenantError,
    RateLimited,
    Unavailable,
    UnsupportedPayload,
)
from bot.handoff.protocol import DeskNews, DeskRef, Newcomer, Picture

FRESH_SECONDS = 300  # what Chatwoot asks receivers to allow (2026-11)
_OUTGOING = ("outgoing", 1)  # by its word in webhooks, by its number in older ones
_BACK = ("resolved", "pending")  # pending is the agent bot's


class Chatwoot:
    """One API inbox of one account."""

    name = "chatwoot"

    def __init__(
        self, url: str, *, account: int, inbox: str, bot_token: str, webhook_secret: str, timeout_seconds: float
    ) -> None:
        """`inbox` is the API inbox's identifier. Nothing is asked before the first call."""
        base = url.rstrip("/")
        self._public = f"{base}/public/api/v1/inboxes/{inbox}/contacts"
        self._account = f"{base}/api/v1/accounts/{account}/conversations"
        self._token, self._secret, self._timeout = bot_token, webhook_secret.encode(), timeout_seconds

    def open_conversation(self, newcomer: Newcomer) -> DeskRef:
        """See the protocol. The contact's source id is the request's key: a second try finds the first one's."""
        contact = {"source_id": newcomer.key, "name": newcomer.name, "email": newcomer.email}
        self._call("POST", self._public, {name: value for name, value in contact.items() if value})
        conversations = f"{self._public}/{newcomer.key}/conversations"
        made = self._call("GET", conversations)
        found = made[-1] if made else self._call("POST", conversations, {"custom_attributes": dict(newcomer.facts)})
        return DeskRef(f"{found['id']}:{newcomer.key}")

    def write_note(self, ref: DeskRef, text: str) -> None:
        """See the protocol."""
        self._write(ref, {"content": text, "message_type": "outgoing", "private": True})

    def write_bot(self, ref: DeskRef, text: str) -> None:
        """See the protocol."""
        self._write(ref, {"content": text, "message_type": "outgoing", "private": False})

    def write_customer(self, ref: DeskRef, text: str) -> None:
        """See the protocol."""
        number, key = _parts(ref)
        self._call("POST", f"{self._public}/{key}/conversations/{number}/messages", {"content": text})

    def write_picture(self, ref: DeskRef, text: str, picture: Picture) -> None:
        """See the protocol. A form with a file in it, as the inbox's public API takes attachments."""
        number, key = _parts(ref)
        name = f"image.{picture.content_type.rpartition('/')[2]}"
        self._call(
            "POST", f"{self._public}/{key}/conversations/{number}/messages", form={"content": text},
            files={"attachments[]": (name, picture.content, picture.content_type)},
        )

    def set_open(self, ref: DeskRef, *, is_open: bool) -> None:
        """See the protocol."""
        status = {"status": "open" if is_open else "resolved"}
        self._call("POST", f"{self._account}/{_parts(ref)[0]}/toggle_status", status, as_bot=True)

    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> DeskNews:
        """See the protocol. The signature covers the moment and the body."""
        by_name = {name.lower(): value for name, value in headers.items()}
        moment, signature = by_name.get("x-chatwoot-timestamp", ""), by_name.get("x-chatwoot-signature", "")
        wanted = hmac.new(self._secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature.encode(), f"sha256={wanted}".encode()):
            raise ForeignPayload("the signature does not hold")
        if not moment.isascii() or not moment.isdigit() or abs(now.timestamp() - int(moment)) > FRESH_SECONDS:
            raise ForeignPayload("the call is old")
        try:
            payload = json.loads(body)
        except ValueError as error:
            raise ForeignPayload("the body is not JSON") from error
        if not isinstance(payload, dict) or "event" not in payload:
            raise ForeignPayload("no event of Chatwoot")
        return _read_event(payload)

    def _write(self, ref: DeskRef, message: Mapping[str, Any]) -> None:
        self._call("POST", f"{self._account}/{_parts(ref)[0]}/messages", message, as_bot=True)

    def _call(
        self, method: str, url: str, sent: Mapping[str, Any] | None = None, *, as_bot: bool = False,
        form: Mapping[str, str] | None = None, files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> Any:
        # With hyphens: nginx drops names with underscores, and Rails reads both alike.
        headers = {"api-access-token": self._token} if as_bot else {}
        try:
            answer = requests.request(
                method, url, json=sent, data=form, files=files, headers=headers, timeout=self._timeout
            )
        except requests.RequestException as error:
            raise Unavailable(f"Chatwoot did not answer: {type(error).__name__}") from error
        if not answer.ok:
            raise _translate_error(answer)
        try:
            return answer.json() if answer.content else {}
        except ValueError as error:
            raise Unavailable("Chatwoot's answer is not JSON: check PREVENANT_CHATWOOT_URL") from error


def _read_event(payload: Mapping[str, Any]) -> DeskNews:
    event = str(payload["event"])
    try:
        if event == "message_created":
            return _read_message(payload)
        if event in ("conversation_resolved", "conversation_status_changed") and payload.get("status") in _BACK:
            return DeskNews(_ref_of(payload), "given_back")
    except (KeyError, TypeError) as error:
        raise ForeignPayload(f"a {event[:64]} without {error}") from error
    raise UnsupportedPayload(event[:64])


def _read_message(payload: Mapping[str, Any]) -> DeskNews:
    sender = payload.get("sender") or {}
    is_person = sender.get("type") == "user"  # the agent bot's own words come back as agent_bot
    if not is_person or payload.get("private") or payload.get("message_type") not in _OUTGOING:
        raise UnsupportedPayload("message_created of no person")
    files = [str(each.get("data_url") or "") for each in payload.get("attachments") or ()]
    text = "\n".join(part for part in (str(payload.get("content") or "").strip(), *files) if part)
    if not text:
        raise UnsupportedPayload("message_created without words")
    author = str(sender.get("available_name") or sender.get("name") or "")
    return DeskNews(_ref_of(payload["conversation"]), "answered", str(payload["id"]), author, text)


def _ref_of(conversation: Mapping[str, Any]) -> DeskRef:
    return DeskRef(f"{conversation['id']}:{conversation['contact_inbox']['source_id']}")


def _parts(ref: DeskRef) -> tuple[str, str]:
    number, _, key = ref.partition(":")
    return number, key


def _translate_error(answer: requests.Response) -> PrevenantError:
    match answer.status_code:
        case 401 | 403:
            return FixConfiguration(f"Chatwoot refused us ({answer.status_code}): check PREVENANT_CHATWOOT_BOT_TOKEN")
        case 404:
            return NotFound("Chatwoot has no such inbox or conversation")
        case 422:
            return FixInput("message", "Chatwoot does not accept it")
        case 429:
            return RateLimited("Chatwoot asked us to slow down")
        case status:
            return Unavailable(f"Chatwoot answered {status}")
