"""Stage A0 and B5: the widget's sockets. What customers say goes to the inbox; what we say goes to every tab.

Nothing is kept here but who is connected: messages, sessions and limits lie in the store, so a
restart loses nothing, and the widget, which knows how far it has read, catches up by itself.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import socketio
from socketio.exceptions import ConnectionRefusedError as Refused

from bot.channels.continuing import offered_channels
from bot.channels.inbox import receive
from bot.channels.web import history, sessions
from bot.channels.web.rating import keep_rating, read_stars
from bot.channels.web.receipts import ReceiptBook
from bot.channels.web.said import read_natural, read_positions, read_said
from bot.channels.web.tokens import read_customer
from bot.errors import FixInput, NotAllowed
from bot.profile.conversations import Conversation, get_conversation, note_inbound
from bot.profile.rate_limits import take
from bot.profile.store.engine import Store
from bot.settings import Settings

MESSAGES_A_MINUTE = 20
MOST_BYTES = 64_000
RETRY_AFTER_SECONDS = 20
_LOOK_AGAIN_SECONDS = 0.7
_LONGEST_TYPING_SECONDS = 90.0


class WebChannel:
    """The sockets of every open tab, in one room a conversation."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], datetime]) -> None:
        """Opens nothing; `site` serves `sio`."""
        self.store, self.settings, self.clock = store, settings, clock
        self.sio = socketio.AsyncServer(
            async_mode="asgi", cors_allowed_origins=self._is_shops_origin, cors_credentials=False,
            max_http_buffer_size=MOST_BYTES, ping_interval=20, ping_timeout=20, client_manager=_share_rooms(settings),
        )
        self._receipts = ReceiptBook(self._note_receipts)
        self._watching: dict[str, float] = {}  # until which moment of the loop's clock
        self._watch_task: asyncio.Task[None] | None = None
        for name in ("connect", "say", "receipts", "confirm", "earlier", "rate"):
            self.sio.on(name, getattr(self, f"on_{name}"))

    async def on_connect(self, socket: str, _environ: dict[str, Any], auth: Any = None) -> None:
        """A tab opens: its conversation, and what was said since it last knew."""
        try:
            conversation = await asyncio.to_thread(self._enter, auth)
        except NotAllowed as error:
            raise Refused(error.reason) from error
        if sessions.is_ended(conversation):
            await self._dismiss(conversation.sender_id)
            raise Refused("session_ended")
        await self.sio.save_session(socket, {"sender_id": conversation.sender_id})
        # Into the room first: what is said while the past is read reaches the widget twice rather than never.
        await self.sio.enter_room(socket, conversation.sender_id)
        after = read_natural(auth.get("after"))
        ready = await asyncio.to_thread(self._read_ready, conversation, after)
        await self.sio.emit("ready", ready, to=socket)
        if ready["is_typing"]:
            self._watch(conversation.sender_id)

    async def on_say(self, socket: str, data: Any = None) -> dict[str, Any]:
        """The customer said something: kept once however often it is sent; the answer says that it is kept."""
        sender_id = await self._sender_of(socket)
        try:
            said, is_new = await asyncio.to_thread(self._keep, sender_id, data)
        except FixInput as error:
            return {"ok": False, "error": "invalid", "field": error.field}
        except NotAllowed as error:
            return {"ok": False, "error": error.reason, "retry_after_seconds": RETRY_AFTER_SECONDS}
        if is_new:
            await self.tell_said(sender_id, said, besides=socket)
        return {"ok": True, "position": said.position, "at": said.at.isoformat()}

    async def on_receipts(self, socket: str, data: Any = None) -> dict[str, Any]:
        """The widget got these positions, and showed those."""
        sender_id = await self._sender_of(socket)
        given = data if isinstance(data, dict) else {}
        delivered, seen = read_positions(given.get("delivered")), read_positions(given.get("seen"))
        if delivered or seen:
            await self._receipts.add(history.Receipt(sender_id, delivered, seen))
        if seen:
            await self.sio.emit("seen", {"positions": seen}, room=sender_id, skip_sid=socket)
        return {"ok": True}

    async def on_confirm(self, socket: str, data: Any = None) -> dict[str, Any]:
        """The shop vouches anew for who is signed in, before its last word runs out."""
        sender_id = await self._sender_of(socket)
        token = data.get("customer_token") if isinstance(data, dict) else None
        try:
            is_still_theirs = await asyncio.to_thread(self._confirm, sender_id, token)
        except NotAllowed as error:
            return {"ok": False, "error": error.reason}
        if not is_still_theirs:
            await self._dismiss(sender_id)
            return {"ok": False, "error": "session_ended"}
        return {"ok": True}

    async def on_earlier(self, socket: str, data: Any = None) -> dict[str, Any]:
        """What was said before a position."""
        sender_id = await self._sender_of(socket)
        before = read_natural(data.get("before") if isinstance(data, dict) else 0)
        found, has_more = await asyncio.to_thread(self._read_before, sender_id, before)
        return {"messages": [each.to_json() for each in found], "has_more": has_more}

    async def on_rate(self, socket: str, data: Any = None) -> dict[str, Any]:
        """What the customer thinks of the conversation; the first of a day counts."""
        sender_id = await self._sender_of(socket)
        try:
            is_new = await asyncio.to_thread(self._rate, sender_id, data)
        except FixInput as error:
            return {"ok": False, "error": "invalid", "field": error.field}
        except NotAllowed as error:
            return {"ok": False, "error": error.reason, "retry_after_seconds": RETRY_AFTER_SECONDS}
        return {"ok": True, "is_new": is_new}

    async def show(self, messages: Sequence[history.Ours]) -> list[str]:
        """Keep messages of ours and show them in every open tab; an outbox id is kept and shown once. Writes.

        The web channel's id of each; "" where there is no such conversation.
        """
        kept, busy = await asyncio.to_thread(self._keep_ours, messages)
        new = [(each.said, ours.sender_id) for each, ours in kept if each.said and each.is_new]
        for said, sender_id in new:
            await self.sio.emit("message", said.to_json(), room=sender_id)
        for sender_id in dict.fromkeys(sender_id for _, sender_id in new):
            await self.sio.emit("typing", {"is_typing": sender_id in busy}, room=sender_id)
            if sender_id not in busy:
                self._watching.pop(sender_id, None)
        return [history.vendor_id(each.said.position) if each.said else "" for each, _ in kept]

    async def tell_said(self, sender_id: str, said: history.Said, *, besides: str = "") -> None:
        """Every tab, besides the one that said it: what the customer said, and that an answer is being made."""
        await self.sio.emit("message", said.to_json(), room=sender_id, skip_sid=besides or None)
        await self.sio.emit("typing", {"is_typing": True}, room=sender_id)
        self._watch(sender_id)

    def is_open(self, sender_id: str) -> bool:
        """Whether a tab of this conversation is connected to this process."""
        return any(True for _ in self.sio.manager.get_participants("/", sender_id))

    # -- off the event loop -----------------------------------------------------------------------

    def _enter(self, auth: Any) -> Conversation:
        now = self.clock()
        visitor = sessions.read_visitor(self.settings, auth, now)
        with self.store.write() as connection:
            return sessions.enter(connection, self.settings, visitor, now)

    def _read_ready(self, conversation: Conversation, after: int) -> dict[str, Any]:
        with self.store.read() as connection:
            found, has_more = history.read_after(connection, conversation.sender_id, after)
            return {
                "messages": [each.to_json() for each in found],
                "has_more": has_more,
                "is_typing": bool(history.find_busy(connection, [conversation.sender_id])),
                "is_signed_in": conversation.verified_by == "token",
                "continues_on": offered_channels(self.settings),
            }

    def _keep(self, sender_id: str, data: Any) -> tuple[history.Said, bool]:
        now = self.clock()
        message, shown = read_said(sender_id, data, now)
        with self.store.write() as connection:
            conversation = get_conversation(connection, sender_id)
            if conversation is None or sessions.is_ended(conversation):
                raise NotAllowed("session_ended")
            said, is_new = history.append(
                connection, sender_id=sender_id, message_id=message.message_id, direction="in", payload=shown, now=now
            )
            if is_new:
                key = f"web:say:{sender_id}"
                if not take(connection, key, limit=MESSAGES_A_MINUTE, window_seconds=60, now=now):
                    raise NotAllowed("rate_limited")  # and nothing is kept
                receive(connection, message, now)
                note_inbound(connection, sender_id, now=now)
        return said, is_new

    def _keep_ours(self, messages: Sequence[history.Ours]) -> tuple[list[tuple[history.Kept, history.Ours]], set[str]]:
        """What is kept of each, whether it is new; and in which conversations more is on its way."""
        senders = sorted({each.sender_id for each in messages})
        with self.store.write() as connection:
            kept = history.append_ours(connection, messages, self.clock())
            busy = history.find_busy(connection, senders, besides=[each.outbox_id for each in messages])
        return list(zip(kept, messages, strict=True)), busy

    def _note_receipts(self, receipts: Sequence[history.Receipt]) -> None:
        with self.store.write() as connection:
            history.note_receipts(connection, receipts, self.clock())

    def _confirm(self, sender_id: str, token: Any) -> bool:
        now = self.clock()
        customer = read_customer(self.settings, token, now)
        with self.store.write() as connection:
            conversation = get_conversation(connection, sender_id)
            if conversation is None or sessions.is_ended(conversation):
                return False
            if sessions.is_somebody_elses(conversation, customer):
                sessions.end_session(connection, conversation)
                return False
            sessions.confirm(connection, self.settings, conversation, customer, now)
        return True

    def _rate(self, sender_id: str, data: Any) -> bool:
        stars = read_stars(data)
        with self.store.write() as connection:
            conversation = get_conversation(connection, sender_id)
            if conversation is None or sessions.is_ended(conversation):
                raise NotAllowed("session_ended")
            return keep_rating(connection, conversation, stars, self.clock())

    def _read_before(self, sender_id: str, before: int) -> tuple[list[history.Said], bool]:
        with self.store.read() as connection:
            return history.read_before(connection, sender_id, before)

    def _find_busy(self, sender_ids: Sequence[str]) -> set[str]:
        with self.store.read() as connection:
            return history.find_busy(connection, sender_ids)

    # -- who is here ------------------------------------------------------------------------------

    async def _sender_of(self, socket: str) -> str:
        session = await self.sio.get_session(socket)
        return str(session["sender_id"])

    async def _dismiss(self, sender_id: str) -> None:
        """Every tab of an ended conversation is told, and let go; one of another `site` hears nothing more."""
        await self.sio.emit("ended", {}, room=sender_id)
        here = [socket for socket, _ in self.sio.manager.get_participants("/", sender_id)]
        await self.sio.close_room(sender_id)
        for socket in here:
            await self.sio.disconnect(socket)

    def _watch(self, sender_id: str) -> None:
        """Say when the answer is made where no message of ours says it: the worker that makes it is another process."""
        self._watching[sender_id] = asyncio.get_running_loop().time() + _LONGEST_TYPING_SECONDS
        if self._watch_task is None or self._watch_task.done():
            self._watch_task = asyncio.create_task(self._tell_when_answered())

    async def _tell_when_answered(self) -> None:
        """One look for all who wait, as long as somebody does."""
        while self._watching:
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            asked = dict(self._watching)
            busy = await asyncio.to_thread(self._find_busy, list(asked))
            now = asyncio.get_running_loop().time()
            for sender_id, until in asked.items():
                if sender_id in busy and now < until and self.is_open(sender_id):
                    continue
                if self._watching.get(sender_id) == until:  # and nothing was said meanwhile
                    del self._watching[sender_id]
                    await self.sio.emit("typing", {"is_typing": False}, room=sender_id)

    def _is_shops_origin(self, origin: str | None, environ: dict[str, Any]) -> bool:
        """Pages of this site (the address it is reached at, or its public one) and of the shop may open a socket."""
        if not origin or urlsplit(origin).netloc == environ.get("HTTP_HOST"):
            return True
        return origin in (self.settings.public_url.rstrip("/"), *self.settings.shop_origin_list)


def _share_rooms(settings: Settings) -> socketio.AsyncRedisManager | None:
    """A conversation's room over every `site` of this shop; None, this process alone, without Redis. Connects later."""
    if not settings.redis_url:
        return None
    return socketio.AsyncRedisManager(settings.redis_url, channel=f"prevenant-{settings.shop}")
