"""Stage A0: a picture from the widget -> the conversation and the inbox; and back, for whoever has its address.

The bytes come by HTTP, as a socket's messages are small. They lie in the store alone: Rasa never hears of them.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from bot.channels.inbox import receive
from bot.channels.picture_bytes import MOST_BYTES, Picture, clean_picture
from bot.channels.web import history, sessions
from bot.channels.web.receive import RETRY_AFTER_SECONDS, WebChannel
from bot.channels.web.said import read_client_id
from bot.channels.web.tokens import read_session
from bot.contracts.messages import InboundMessage, MessageId
from bot.errors import FixInput, NotAllowed
from bot.profile.conversations import Conversation, find_conversation, get_conversation, note_inbound
from bot.profile.pictures import KeptPicture, find_picture, keep_picture
from bot.profile.rate_limits import take
from bot.webhook import drop, read_chunks

PICTURES_A_MINUTE, PICTURES_A_DAY = 6, 30
_HEADERS = {
    "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "private, max-age=300",
}


def build_picture_routes(channel: WebChannel) -> APIRouter:
    """`/widget/pictures`: a picture comes in, under the browser's session, and is shown again."""
    router = APIRouter(include_in_schema=False)

    @router.post("/widget/pictures")
    async def take_picture(request: Request) -> JSONResponse:
        """Keep a picture once however often it is sent; the answer says where it is in the conversation."""
        chunks = request.stream()
        try:
            sender_id = await asyncio.to_thread(_find_sender, channel, request.headers.get("authorization", ""))
            client_id = read_client_id(request.headers.get("x-message-id"))
            picture = await asyncio.to_thread(clean_picture, await _read_body(chunks))
            said, is_new = await asyncio.to_thread(_keep, channel, sender_id, client_id, picture)
        except FixInput as error:
            await drop(chunks)
            return JSONResponse({"ok": False, "error": "invalid", "field": error.field}, 422)
        except NotAllowed as error:
            await drop(chunks)
            refused = {"ok": False, "error": error.reason, "retry_after_seconds": RETRY_AFTER_SECONDS}
            return JSONResponse(refused, 429 if error.reason == "rate_limited" else 403)
        if is_new:
            await channel.tell_said(sender_id, said)
        return JSONResponse({"ok": True, **said.to_json()})

    @router.get("/widget/pictures/{picture_id}")
    async def give_picture(picture_id: str) -> Response:
        """The picture, while its conversation goes on; 404 once its person has signed out."""
        found = await asyncio.to_thread(_find, channel, picture_id)
        if found is None:
            raise HTTPException(404)
        return serve_picture(found)

    return router


def serve_picture(picture: KeptPicture) -> Response:
    """The picture as an answer that a browser draws and does nothing else with."""
    return Response(picture.content, media_type=picture.content_type, headers=_HEADERS)


async def _read_body(chunks: AsyncIterator[bytes]) -> bytes:
    """The whole body; FixInput as soon as it is too much."""
    body = await read_chunks(chunks, MOST_BYTES)
    if body is None:
        raise FixInput("picture", f"must be at most {MOST_BYTES} bytes")
    return body


def _find_sender(channel: WebChannel, authorization: str) -> str:
    session_id = read_session(channel.settings, authorization.removeprefix("Bearer "), channel.clock())
    with channel.store.read() as connection:
        conversation = find_conversation(connection, sessions.CHANNEL, session_id)
    if conversation is None:
        raise NotAllowed("session_ended")
    return conversation.sender_id


def _keep(channel: WebChannel, sender_id: str, client_id: str, picture: Picture) -> tuple[history.Said, bool]:
    now = channel.clock()
    with channel.store.write() as connection:
        conversation = get_conversation(connection, sender_id)
        if conversation is None or sessions.is_ended(conversation):
            raise NotAllowed("session_ended")
        message_id = f"{sender_id}:{client_id}"
        known = history.find(connection, message_id)
        if known:
            return known, False
        _count(connection, conversation, now)
        return _add(connection, conversation, message_id, picture, now), True


def _count(connection: sa.Connection, conversation: Conversation, now: datetime) -> None:
    for key, limit, seconds in (("web:picture", PICTURES_A_MINUTE, 60), ("web:pictures", PICTURES_A_DAY, 86_400)):
        if not take(connection, f"{key}:{conversation.sender_id}", limit=limit, window_seconds=seconds, now=now):
            raise NotAllowed("rate_limited")


def _add(
    connection: sa.Connection, conversation: Conversation, message_id: str, picture: Picture, now: datetime
) -> history.Said:
    sender_id = conversation.sender_id
    picture_id = keep_picture(
        connection, sender_id=sender_id, content_type=picture.content_type, content=picture.content,
        width_px=picture.width_px, height_px=picture.height_px, now=now,
    )
    shown: dict[str, Any] = {"text": "", "image_url": f"/widget/pictures/{picture_id}"}
    said, _ = history.append(
        connection, sender_id=sender_id, message_id=message_id, direction="in", payload=shown, now=now
    )
    message = InboundMessage(
        MessageId(message_id), sessions.CHANNEL, sender_id, sent_at=now.isoformat(), page={"picture": picture_id}
    )
    receive(connection, message, now)
    note_inbound(connection, sender_id, now=now)
    return said


def _find(channel: WebChannel, picture_id: str) -> KeptPicture | None:
    with channel.store.read() as connection:
        picture = find_picture(connection, picture_id)
        conversation = get_conversation(connection, picture.sender_id) if picture else None
    return picture if conversation and not sessions.is_ended(conversation) else None
