"""Stage A0: how Meta calls us, on WhatsApp and on Messenger: the challenge, the signature, the batch.

The batch is kept before it is answered, and nothing of it is worked on: Meta waits some seconds and then sends
everything again, for days.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

import orjson
import sqlalchemy as sa
import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from bot.profile.store.engine import Store
from bot.webhook import read_body

log = structlog.get_logger()
MAX_BYTES = 3_500_000  # Meta sends at most 3 MB: up to 1,000 updates (2026-11)
_SIGNATURE = "x-hub-signature-256"


def is_signed(body: bytes, signature: str, app_secret: str) -> bool:
    """Whether Meta signed these very bytes: HMAC-SHA256 and no other, whatever the header names. In constant time."""
    wanted = "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature.encode(), wanted.encode())


def build_meta_router(
    channel: str, *, app_secret: str, verify_token: str, keep: Callable[[dict[str, Any]], None]
) -> APIRouter:
    """`GET /webhooks/<channel>` answers Meta's challenge; `POST` hands a signed batch to `keep`, in a thread, and says
    200 when that is through. 401 for a signature that does not hold, 413 for too much, 400 for what is no object.
    """
    router = APIRouter(include_in_schema=False)
    path = f"/webhooks/{channel}"

    @router.get(path)
    def verify(request: Request) -> Response:
        asked = request.query_params
        token = asked.get("hub.verify_token", "")
        if asked.get("hub.mode") != "subscribe" or not hmac.compare_digest(token.encode(), verify_token.encode()):
            return Response(status_code=403)
        return Response(asked.get("hub.challenge", "")[:200], media_type="text/plain")

    @router.post(path)
    async def receive(request: Request) -> Response:
        body = await read_body(request, MAX_BYTES)
        if body is None:
            return Response(status_code=413)
        if not is_signed(body, request.headers.get(_SIGNATURE, ""), app_secret):
            log.warning("webhook_refused", channel=channel)
            return Response(status_code=401)
        batch = _read(body)
        if batch is None:
            log.warning("webhook_unreadable", channel=channel)
            return Response(status_code=400)
        await run_in_threadpool(keep, batch)
        return Response(status_code=200)

    return router


def keep_by_owner[Update](
    store: Store, updates: Iterable[Update], owner_of: Callable[[Update], str],
    keep: Callable[[sa.Connection, Update], None],
) -> None:
    """Keep updates, a transaction an owner: batches that share two owners could wait for each other. Writes."""
    for _, group in groupby(sorted(updates, key=owner_of), key=owner_of):
        with store.write() as connection:
            for update in group:
                keep(connection, update)


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        batch = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return batch if isinstance(batch, dict) else None
