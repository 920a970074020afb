"""Stage A0 and B5: the widget's sockets. What customers say goes to the inbox; what we say goes to every tab.

Nothing is kept here but who is connected: messages, sessions and limits lie in the store, so a
restart loses nothing and the widget, which numbers what it knows, catches up by itself.
"""

import asyncio
import contextlib
import hmac
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import socketio
import structlog
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse
from socketio.exceptions import ConnectionRefusedError as Refused

from bot.channels.inbox import receive
from bot.channels.web import history, sessions
from bot.channels.web.limits import MAX_TITLE_CHARACTERS
from bot.channels.web.tokens import make_session, read_customer
from bot.contracts.messages import MAX_TEXT_CHARACTERS, InboundMessage, MessageId, OutboundMessage, SenderId
from bot.errors import FixInput, NotAllowed, NotFound
from bot.profile.conversations import Conversation, get_conversation, note_inbound
from bot.profile.rate_limits import take
from bot.profile.store.engine import Store
from bot.settings import Settings

log = structlog.get_logger()
MESSAGES_A_MINUTE = 20
SESSIONS_A_MINUTE = 120  # of one address: a whole office may stand behind it
MOST_BYTES = 64_000
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_MOST_PAGE_BYTES = 6_000
_MOST_RECEIPTS = 200
_LOOK_AGAIN_SECONDS = 0.7
_LONGEST_TYPING_SECONDS = 90.0
_LOOPBACK = ("127.0.0.1", "::1")


def build_socket_app(
    store: Store, settings: Settings, clock: Callable[[], datetime]
) -> tuple[socketio.AsyncServer, APIRouter]:
    """The widget's socket server, to stand before the site's app, and its routes. Opens nothing."""
    channel = WebChannel(store, settings, clock)
    return channel.sio, channel.router


class WebChannel:
    """The sockets of every open tab, grouped in a room a conversation."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], datetime]) -> None:
        """Opens nothing; `site` serves `sio` and `router`."""
        self.store, self.settings, self.clock = store, settings, clock
        self.sio = socketio.AsyncServer(
            async_mode="asgi", cors_allowed_origins=self._is_own_origin, max_http_buffer_size=MOST_BYTES,
            ping_interval=20, ping_timeout=20, cookie=None,
        )
        self._watched: dict[str, asyncio.Task[None]] = {}
        for name in ("connect", "say", "receipts", "confirm", "earlier"):
            self.sio.on(name, getattr(self, f"_{name}"))
        self.router = self._build_router()

    # -- from the widget ------------------------------------------------------------------------

    async def _connect(self, socket: str, _environ: dict[str, Any], auth: Any = None) -> None:
        try:
            conversation, sender_id = await asyncio.to_thread(self._enter, auth)
        except NotAllowed as error:
            raise Refused(error.reason) from error
        if conversation is None:
            if sender_id:
                await self._dismiss(sender_id)
            raise Refused("session_ended")
        await self.sio.save_session(socket, {"sender_id": conversation.sender_id})
        # Into the room first: what is said while the past is read reaches the widget twice rather than never.
        await self.sio.enter_room(socket, conversation.sender_id)
        after = _natural((auth or {}).get("after"))
        await self.sio.emit("ready", await asyncio.to_thread(self._read_ready, conversation, after), to=socket)

    async def _say(self, socket: str, data: Any = None) -> dict[str, Any]:
        sender_id = await self._sender_of(socket)
        try:
            said, is_new = await asyncio.to_thread(self._keep, sender_id, data)
        except FixInput as error:
            return {"ok": False, "error": "invalid", "field": error.field}
        except NotAllowed as error:
            return {"ok": False, "error": error.reason, "retry_after_seconds": 20}
        if is_new:
            await self.sio.emit("message", said.to_json(), room=sender_id, skip_sid=socket)
            await self.sio.emit("typing", {"is_typing": True}, room=sender_id)
            self._watch(sender_id)
        return {"ok": True, "position": said.position, "at": said.at.isoformat()}

    async def _receipts(self, socket: str, data: Any = None) -> dict[str, Any]:
        sender_id = await self._sender_of(socket)
        given = data if isinstance(data, dict) else {}
        delivered, seen = _positions(given.get("delivered")), _positions(given.get("seen"))
        if delivered or seen:
            await asyncio.to_thread(self._note_receipts, sender_id, delivered, seen)
        if seen:
            await self.sio.emit("seen", {"positions": seen}, room=sender_id, skip_sid=socket)
        return {"ok": True}

    async def _confirm(self, socket: str, data: Any = None) -> dict[str, Any]:
        """The shop vouches anew for who is signed in, before the last word runs out."""
        sender_id = await self._sender_of(socket)
        token = data.get("customer_token") if isinstance(data, dict) else None
        try:
            if not await asyncio.to_thread(self._confirm_again, sender_id, token):
                await self._dismiss(sender_id)
                return {"ok": False, "error": "session_ended"}
        except NotAllowed as error:
            return {"ok": False, "error": error.reason}
        return {"ok": True}

    async def _earlier(self, socket: str, data: Any = None) -> dict[str, Any]:
        sender_id = await self._sender_of(socket)
        before = _natural(data.get("before") if isinstance(data, dict) else 0)
        found, has_more = await asyncio.to_thread(self._read_before, sender_id, before)
        return {"messages": [each.to_json() for each in found], "has_more": has_more}

    # -- to the widget --------------------------------------------------------------------------

    async def show(self, sender_id: str, outbox_id: int, kind: str, message: OutboundMessage) -> dict[str, Any]:
        """Keep a message of ours and show it in every open tab; an outbox id is kept once. Writes.

        NotFound without such a conversation.
        """
        payload = {**message.to_json(), "outbox_id": outbox_id, "kind": kind}
        said, is_new, is_busy = await asyncio.to_thread(self._keep_ours, sender_id, outbox_id, payload)
        if is_new:
            await self.sio.emit("message", said.to_json(), room=sender_id)
            if not is_busy:
                await self.sio.emit("typing", {"is_typing": False}, room=sender_id)
        return {"vendor_message_id": history.vendor_id(said.position), "is_connected": self.is_open(sender_id)}

    def is_open(self, sender_id: str) -> bool:
        """Whether a tab of this conversation is connected to this process."""
        return any(True for _ in self.sio.manager.get_participants("/", sender_id))

    # -- in threads -----------------------------------------------------------------------------

    def _enter(self, auth: Any) -> tuple[Conversation | None, str]:
        now = self.clock()
        visitor = sessions.read_visitor(self.settings, auth, now)
        with self.store.write() as connection:
            conversation = sessions.enter(connection, self.settings, visitor, now)
            ended = "" if conversation else sessions.find_ended(connection, visitor.session_id)
        return conversation, ended

    def _read_ready(self, conversation: Conversation, after: int) -> dict[str, Any]:
        with self.store.read() as connection:
            found, has_more = history.read_after(connection, conversation.sender_id, after)
            is_typing = history.is_busy(connection, conversation.sender_id)
        if is_typing:
            asyncio.run_coroutine_threadsafe(self._watch_soon(conversation.sender_id), self._loop())
        return {
            "messages": [each.to_json() for each in found], "has_more": has_more, "is_typing": is_typing,
            "is_verified": conversation.is_verified(self.clock()),
        }

    def _keep(self, sender_id: str, data: Any) -> tuple[history.Said, bool]:
        now = self.clock()
        message, shown = read_said(sender_id, data, now)
        with self.store.write() as connection:
            if get_conversation(connection, sender_id) is None:
                raise NotAllowed("session_ended")
            said, is_new = history.append(
                connection, sender_id=sender_id, message_id=message.message_id, direction="in", payload=shown, now=now
            )
            if is_new:
                key = f"web:say:{sender_id}"
                if not take(connection, key, limit=MESSAGES_A_MINUTE, window_seconds=60, now=now):
                    raise NotAllowed("rate_limited")
                receive(connection, message, now)
                note_inbound(connection, sender_id, now=now)
        return said, is_new

    def _keep_ours(self, sender_id: str, outbox_id: int, payload: dict[str, Any]) -> tuple[history.Said, bool, bool]:
        with self.store.write() as connection:
            if get_conversation(connection, sender_id) is None:
                raise NotFound("there is no such conversation")
            said, is_new = history.append(
                connection, sender_id=sender_id, message_id=f"out:{outbox_id}", direction="out", payload=payload,
                now=self.clock(),
            )
            return said, is_new, history.is_busy(connection, sender_id, besides=outbox_id)

    def _note_receipts(self, sender_id: str, delivered: list[int], seen: list[int]) -> None:
        with self.store.write() as connection:
            history.note_receipts(connection, sender_id, delivered=delivered, seen=seen, now=self.clock())

    def _confirm_again(self, sender_id: str, token: Any) -> bool:
        now = self.clock()
        customer = read_customer(self.settings, token, now)
        with self.store.write() as connection:
            conversation = get_conversation(connection, sender_id)
            if conversation is None or conversation.channel != sessions.CHANNEL:
                return False
            if sessions.is_somebody_elses(conversation, customer):
                sessions.end_session(connection, conversation)
                return False
            sessions.confirm(connection, self.settings, conversation, customer, now)
        return True

    def _read_before(self, sender_id: str, before: int) -> tuple[list[history.Said], bool]:
        with self.store.read() as connection:
            return history.read_before(connection, sender_id, before)

    def _is_busy(self, sender_id: str) -> bool:
        with self.store.read() as connection:
            return history.is_busy(connection, sender_id)
