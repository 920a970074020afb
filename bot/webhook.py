"""What every webhook begins with: at most so many bytes, verified before they are believed, kept before the answer."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from bot.errors import ForeignPayload, RetryLater, UnsupportedPayload

log = structlog.get_logger()
MAX_BYTES = 512_000
_MOST_DROPPED_BYTES, _MOST_SECONDS_DROPPING = 64_000_000, 45.0


async def read_body(request: Request, most_bytes: int = MAX_BYTES) -> bytes | None:
    """The body as it came; None once it is more than `most_bytes`, whatever was declared."""
    return await read_chunks(request.stream(), most_bytes)


async def read_chunks(chunks: AsyncIterator[bytes], most_bytes: int) -> bytes | None:
    """As `read_body`; what is left of a stream (`Request.stream()`) can be dropped after it."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > most_bytes:
            return None
    return bytes(body)


async def drop(chunks: AsyncIterator[bytes]) -> None:
    """Let the rest of a body arrive, up to 64 MB and 45 seconds, and keep nothing of it.

    Browsers, and a proxy that passes bodies on as they come, read an answer once all is sent: whoever answers before
    and hangs up is told to be broken (nginx: 502), and what it said is lost.
    """
    dropped = 0
    try:
        async with asyncio.timeout(_MOST_SECONDS_DROPPING):
            async for chunk in chunks:
                dropped += len(chunk)
                if dropped > _MOST_DROPPED_BYTES:
                    return
    except (TimeoutError, ClientDisconnect):
        return


def build_webhook_router[News](
    name: str, read: Callable[[bytes, Mapping[str, str]], News], keep: Callable[[News], None]
) -> APIRouter:
    """`POST /webhooks/<name>`: `read` verifies, `keep` keeps, each in a thread. 200 after it, also for what is of no
    interest; 401 for a signature that does not hold; 413 for more than half a megabyte; 503 where `read` has to look
    at the vendor's and cannot: it will be sent again.
    """
    router = APIRouter(include_in_schema=False)

    @router.post(f"/webhooks/{name}")
    async def receive(request: Request) -> Response:
        body = await read_body(request)
        if body is None:
            return Response(status_code=413)
        try:
            news = await run_in_threadpool(read, body, request.headers)
        except ForeignPayload as error:
            log.warning("webhook_refused", webhook=name, why=str(error))
            return Response(status_code=401)
        except UnsupportedPayload:
            return Response(status_code=200)
        except RetryLater as error:
            log.warning("webhook_postponed", webhook=name, why=type(error).__name__)
            return Response(status_code=503)
        await run_in_threadpool(keep, news)
        return Response(status_code=200)

    return router
