"""The process `tryon`: a photo and what is tried on in, a picture out. On the loopback, for `site` alone.

Keeps nothing and knows nobody: no database, no file written, no line logged about a photo but the reason of a no. The
work is done by a process behind this one (`tryon_worker`), which ends where a photo takes too long.
"""

import asyncio
import hmac
import json
import os
import resource
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import structlog
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from starlette.types import Message

from bot.bootstrap import PROJECT
from bot.contracts.messages import Language
from bot.cores import leave_no_core
from bot.errors import NotAllowed
from bot.logs import set_up_logs
from bot.service.try_on import IN_BROWSER, Fitting
from bot.settings import Settings
from bot.tryon.elsewhere import wear_elsewhere
from bot.tryon.engine import Garment, Top, mode_of
from bot.tryon.engines.choose import choose_engine
from bot.tryon.engines.protocol import TryOnEngine
from bot.tryon.face import Front
from bot.tryon.head import Hat
from bot.tryon.models import require_models
from bot.tryon.photo import MOST_BYTES, Picture, to_steps, write_png
from bot.tryon_worker import Desk, DeskElsewhere, Wardrobe, choose_wardrobe
from bot.webhook import drop, read_chunks

log = structlog.get_logger()
MOST_WAITING = 6  # the last of them is served within some seconds
MOST_ELSEWHERE = 6  # beside them: an engine elsewhere takes a minute at worst, and keeps no glasses and no hat waiting
# A photo that waited longer for its turn is not begun: who sent it hangs up after 20 s (90 with an engine elsewhere,
# `service/wearing.py`), is told "busy" then, and must not be worked on any more.
MOST_WAIT_SECONDS, MOST_WAIT_SECONDS_ELSEWHERE = 4.0, 12.0
MOST_MEMORY_BYTES = 4_000_000_000  # of addresses; a 50 megapixel file unpacks to 150 MB


def create_app() -> FastAPI:
    """The process from the environment's settings. FixConfiguration where the networks are not there."""
    settings = Settings.from_env(os.environ)
    set_up_logs(settings.log_level)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    leave_no_core()
    require_models(PROJECT / settings.try_on_models)
    return compose(settings.internal_secret, DeskElsewhere(), choose_wardrobe(settings), choose_engine(settings))


def compose(secret: str, desk: Desk, wardrobe: Wardrobe, engine: TryOnEngine | None = None) -> FastAPI:
    """Photos are worked on one after the other; more than `MOST_WAITING` are turned away, and more than
    `MOST_ELSEWHERE` for an engine elsewhere, whose work has threads of its own.
    """
    senders = ThreadPoolExecutor(MOST_ELSEWHERE, thread_name_prefix="elsewhere")
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=_closing(senders))
    turn = asyncio.Lock()
    waiting, waiting_elsewhere = asyncio.Semaphore(MOST_WAITING), asyncio.Semaphore(MOST_ELSEWHERE)
    watches: set[asyncio.Future[Message]] = set()  # a loop alone does not hold them

    def require_secret(request: Request) -> None:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {secret}".encode()):
            raise HTTPException(404)

    def watch(request: Request) -> asyncio.Future[Message]:
        """Done once whoever sent it has hung up: after the body nothing else comes. Never cancelled, as granian then
        sends an empty answer (2.8.7, 2026-11); the answer's end ends it.
        """
        hanging_up = asyncio.ensure_future(request.receive())
        watches.add(hanging_up)
        hanging_up.add_done_callback(watches.discard)
        return hanging_up

    @asynccontextmanager
    async def its_turn(request: Request, most_seconds: float) -> AsyncIterator[None]:
        """After the ones before. NotAllowed("busy") where that took too long, or nobody waits for it any more."""
        came, gone = time.monotonic(), watch(request) if turn.locked() else None
        async with turn:
            if time.monotonic() - came > most_seconds or (gone and gone.done()):
                raise NotAllowed("busy")
            yield

    @app.get("/health")
    async def tell_health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/try-on")
    async def wear(request: Request) -> Response:
        """A PNG, or 422 with the reason why not."""
        require_secret(request)
        chunks = request.stream()
        fitting, language = _read_fitting(request.headers.get("x-fitting", ""))
        room = waiting_elsewhere if fitting.engine not in ("", IN_BROWSER) else waiting
        if room.locked():
            await drop(chunks)
            return JSONResponse({"reason": "busy"}, 503)
        async with room:
            try:
                data = await read_chunks(chunks, MOST_BYTES)
                if data is None:
                    raise NotAllowed("too_large")
                if fitting.engine == IN_BROWSER:
                    raise NotAllowed("link_invalid")  # the consent said that no photo comes here
                is_top = fitting.kind == "top"
                if is_top and fitting.engine != (engine.name if engine else ""):
                    raise NotAllowed("link_invalid")  # the consent named another one
                if engine and is_top:
                    garment = await asyncio.to_thread(wardrobe, fitting)
                    async with its_turn(request, MOST_WAIT_SECONDS_ELSEWHERE):
                        photo = await asyncio.to_thread(desk.check, data, fitting)
                    sending = partial(_send, engine, photo, garment, language)
                    picture = await asyncio.get_running_loop().run_in_executor(senders, sending)
                else:
                    async with its_turn(request, MOST_WAIT_SECONDS):
                        picture = await asyncio.to_thread(desk.wear, data, fitting, language)
            except NotAllowed as error:
                log.info("try_on_refused", why=error.reason)
                return JSONResponse({"reason": error.reason}, 422)
            except MemoryError:
                log.warning("try_on_out_of_memory")
                return JSONResponse({"reason": "too_large"}, 422)
        return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})

    @app.get("/front")
    async def give_front(request: Request) -> Response:
        """A pair of glasses or a hat: a PNG, and what is known of it in X-Front. 404 for a top."""
        require_secret(request)
        fitting, _ = _read_fitting(request.headers.get("x-fitting", ""))
        try:
            garment = await asyncio.to_thread(wardrobe, fitting)
        except NotAllowed as error:
            raise HTTPException(404) from error
        if not isinstance(garment, Front | Hat):
            raise HTTPException(404)
        told = {"mode": mode_of(garment), **_tell_places(garment)}
        picture = await asyncio.to_thread(write_png, to_steps(garment.picture))
        return Response(picture, media_type="image/png", headers={"X-Front": json.dumps(told)})

    return app


def _closing(senders: ThreadPoolExecutor) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """The process's life: at its end no photo is sent elsewhere any more."""

    @asynccontextmanager
    async def live(_app: object) -> AsyncIterator[None]:
        yield
        senders.shutdown(wait=False, cancel_futures=True)

    return live


def _tell_places(garment: Front | Hat) -> dict[str, object]:
    """Where in its picture it sits, and what else a browser needs to put it on."""
    if isinstance(garment, Hat):
        return {"rim_left": garment.rim_left, "rim_right": garment.rim_right, "rim_front": garment.rim_front}
    return {"bridge": garment.bridge, "arm": garment.arm, "share": garment.share}


def _send(engine: TryOnEngine, photo: Picture, top: Garment, language: Language) -> bytes:
    if not isinstance(top, Top):  # its record says that it is none
        raise NotAllowed("link_invalid")
    return wear_elsewhere(engine, photo, top.open_flat(), language)


def _read_fitting(header: str) -> tuple[Fitting, Language]:
    try:
        said = json.loads(header)
        language: Language = "fr" if said.pop("language") == "fr" else "en"
        fitting = Fitting(**said)
        _ = fitting.kind
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HTTPException(422) from error
    return fitting, language
