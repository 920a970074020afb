"""The web channel's routes: a browser's session, its way on to other channels, the door of the worker's messages."""

import asyncio
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any

import socketio
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse

from bot.caller import name_caller
from bot.channels.continuing import make_continue_url
from bot.channels.web.history import Ours
from bot.channels.web.pictures import build_picture_routes
from bot.channels.web.receive import WebChannel
from bot.channels.web.tokens import make_session, read_cart_token, read_session
from bot.contracts.messages import OutboundMessage
from bot.errors import Conflict, FixInput, NotAllowed, NotFound
from bot.profile.conversations import find_conversation
from bot.profile.rate_limits import take
from bot.profile.store.engine import Store
from bot.settings import Settings

SESSIONS_A_MINUTE = 120  # of one address: a whole office may stand behind it
_LOOPBACK = ("127.0.0.1", "::1")
_MOST_BYTES = 10_000_000  # a hundred messages with pictures' addresses
_MOST_CONTINUE_BYTES = 8_000
_REFUSED = {"session_invalid": 401, "not_verified": 403, "rate_limited": 429}


def build_socket_app(
    store: Store, settings: Settings, clock: Callable[[], datetime]
) -> tuple[socketio.AsyncServer, APIRouter]:
    """The widget's socket server, and its routes. Opens nothing.

    `site` includes the router in its app and serves `socketio.ASGIApp(sio, app)`: the sockets answer
    under /socket.io, the app everything else.
    """
    channel = WebChannel(store, settings, clock)
    router = build_routes(channel)
    router.include_router(build_picture_routes(channel))
    return channel.sio, router


def build_routes(channel: WebChannel) -> APIRouter:
    """`/widget/session` and `/widget/continue` for browsers; `/internal/web/...` for our own processes here."""
    router = APIRouter(include_in_schema=False)

    @router.post("/widget/session")
    async def open_session(request: Request) -> JSONResponse:
        """A session for a browser that has none."""
        address = name_caller(request)
        if not await asyncio.to_thread(_may_open, channel, address):
            raise HTTPException(429, headers={"Retry-After": "60"})
        token = make_session(channel.settings, channel.clock())
        return JSONResponse({"session": token}, headers={"Cache-Control": "no-store"})

    @router.post("/widget/continue")
    async def go_on_elsewhere(request: Request) -> JSONResponse:
        """The address where the session's conversation goes on, on a channel that is offered."""
        session, name, cart_token = await _read_continue(request)
        try:
            url = await asyncio.to_thread(_make_continue_url, channel, session, name, cart_token)
        except NotFound as error:
            raise HTTPException(404) from error
        except NotAllowed as error:
            raise HTTPException(_REFUSED.get(error.reason, 403), error.reason) from error
        except Conflict as error:
            raise HTTPException(409) from error
        return JSONResponse({"url": url}, headers={"Cache-Control": "no-store"})

    @router.post("/internal/web/messages")
    async def show_messages(request: Request) -> dict[str, list[str]]:
        """Messages of ours, for every open tab of their conversations, in their order; an outbox id is shown once.

        The id of each under which it is kept; "" where there is no such conversation.
        """
        require_own_process(request, channel.settings)
        return {"shown": await channel.show(await _read_messages(request))}

    return router


def require_own_process(request: Request, settings: Settings) -> None:
    """404 for whoever comes from another machine, through a proxy, or without the secret, after the same time."""
    host = request.client.host if request.client else ""
    is_here = host in _LOOPBACK and "x-forwarded-for" not in request.headers
    given = request.headers.get("authorization", "").encode()
    has_secret = hmac.compare_digest(given, f"Bearer {settings.internal_secret}".encode())
    if not (is_here and has_secret):
        raise HTTPException(404)


def _may_open(channel: WebChannel, address: str) -> bool:
    key = f"web:session:{address}"
    with channel.store.write() as connection:
        return take(connection, key, limit=SESSIONS_A_MINUTE, window_seconds=60, now=channel.clock())


def _make_continue_url(channel: WebChannel, session: str, name: str, cart_token: str) -> str:
    now = channel.clock()
    session_id = read_session(channel.settings, session, now)
    cart_ref = read_cart_token(cart_token, channel.settings.session_secret) if cart_token else ""
    with channel.store.write() as connection:
        conversation = find_conversation(connection, "web", session_id)
        if conversation is None:
            raise NotFound("there is no such conversation")
        return make_continue_url(connection, channel.settings, conversation, name, now, cart_ref=cart_ref)


async def _read_continue(request: Request) -> tuple[str, str, str]:
    if int(request.headers.get("content-length") or 0) > _MOST_CONTINUE_BYTES:
        raise HTTPException(413)
    try:
        body = await request.json()
        return str(body["session"]), str(body["channel"]), str(body.get("cart_token") or "")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HTTPException(422, "session and channel must be set") from error


async def _read_messages(request: Request) -> list[Ours]:
    if int(request.headers.get("content-length") or 0) > _MOST_BYTES:
        raise HTTPException(413)
    try:
        return [_read_message(each) for each in (await request.json())["messages"]]
    except (ValueError, KeyError, TypeError, AttributeError, FixInput) as error:
        raise HTTPException(422, str(error)) from error


def _read_message(body: dict[str, Any]) -> Ours:
    sender_id, outbox_id = body["sender_id"], body["outbox_id"]
    if not isinstance(sender_id, str) or not isinstance(outbox_id, int):
        raise FixInput("messages", "sender_id must be a string, outbox_id a number")
    shown = OutboundMessage.from_json(body["message"]).to_json()
    return Ours(sender_id, outbox_id, {**shown, "outbox_id": outbox_id, "kind": str(body.get("kind") or "reply")})
