"""Stage B1: a carrier's service calls us: verified, kept, answered. Who is concerned hears of it from the worker."""

from collections.abc import Callable
from datetime import datetime

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from bot.carriers.parcels import keep_tracking
from bot.carriers.protocol import CarrierTracking, Tracking
from bot.errors import ForeignPayload, UnsupportedPayload
from bot.profile.store.engine import Store

log = structlog.get_logger()
MAX_BYTES = 512_000


def build_carrier_router(store: Store, carrier: CarrierTracking, clock: Callable[[], datetime]) -> APIRouter:
    """`POST /webhooks/<carrier's name>`: 200 after the commit, also for what does not concern us; 401 for a signature
    that does not hold; 413 for more than half a megabyte.
    """
    router = APIRouter(include_in_schema=False)

    @router.post(f"/webhooks/{carrier.name}")
    async def receive(request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BYTES:
                return Response(status_code=413)
        try:
            tracking = carrier.read_webhook(body, request.headers)
        except ForeignPayload as error:
            log.warning("carrier_webhook_refused", carrier=carrier.name, why=str(error))
            return Response(status_code=401)
        except UnsupportedPayload:
            return Response(status_code=200)
        await run_in_threadpool(_keep, store, tracking, clock())
        return Response(status_code=200)

    return router


def _keep(store: Store, tracking: Tracking, now: datetime) -> None:
    with store.write() as connection:
        keep_tracking(connection, tracking, now)
