"""The support desk calls us: verified, done, answered."""

from collections.abc import Callable
from datetime import datetime

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from bot.errors import ForeignPayload, UnsupportedPayload
from bot.handoff.mirror import hear_desk
from bot.handoff.protocol import DeskNews, SupportDesk
from bot.profile.store.engine import Store

log = structlog.get_logger()
MAX_BYTES = 512_000


def build_desk_router(store: Store, desk: SupportDesk, clock: Callable[[], datetime]) -> APIRouter:
    """`POST /webhooks/<desk's name>`: 200 after the commit, also for what is of no interest; 401 for a signature that
    does not hold; 413 for more than half a megabyte.
    """
    router = APIRouter(include_in_schema=False)

    @router.post(f"/webhooks/{desk.name}")
    async def receive(request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BYTES:
                return Response(status_code=413)
        try:
            news = desk.read_webhook(body, request.headers, clock())
        except ForeignPayload as error:
            log.warning("desk_webhook_refused", desk=desk.name, why=str(error))
            return Response(status_code=401)
        except UnsupportedPayload:
            return Response(status_code=200)
        await run_in_threadpool(_hear, store, news, clock())
        return Response(status_code=200)

    return router


def _hear(store: Store, news: DeskNews, now: datetime) -> None:
    with store.write() as connection:
        hear_desk(connection, news, now)
