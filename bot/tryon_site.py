"""The process `tryon`: a photo and what is tried on in, a picture out. On the loopback, for `site` alone.

Keeps nothing and knows nobody: no database, no file written, no line logged about a photo but the reason of a no.
"""

import asyncio
import hmac
import json
import os
import resource
from collections.abc import Callable

import structlog
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from bot.bootstrap import PROJECT
from bot.contracts.messages import Language
from bot.errors import NotAllowed
from bot.logs import set_up_logs
from bot.service.try_on import KINDS, Fitting
from bot.settings import Settings
from bot.storefront.fitting_records import draw_fitting
from bot.tryon.engine import Garment, try_on
from bot.tryon.models import Models, open_models
from bot.tryon.photo import MOST_BYTES
from bot.tryon.record import name_record
from bot.tryon.wardrobe import open_garment
from bot.webhook import read_body

Wardrobe = Callable[[Fitting], Garment]
log = structlog.get_logger()
MOST_WAITING = 6  # the last of them is served within some seconds
MOST_MEMORY_BYTES = 4_000_000_000  # of addresses; a 50 megapixel file unpacks to 150 MB


def create_app() -> FastAPI:
    """The process from the environment's settings. FixConfiguration where the networks are not there."""
    settings = Settings.from_env(os.environ)
    set_up_logs(settings.log_level)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash leaves no photo behind
    return compose(settings.internal_secret, open_models(PROJECT / settings.try_on_models), choose_wardrobe(settings))


def choose_wardrobe(settings: Settings) -> Wardrobe:
    """What a product is tried on with: the shop's records where it has some, else the demo's drawings."""
    if not settings.try_on_records:
        return draw_fitting
    folder = PROJECT / settings.try_on_records

    def open_record(fitting: Fitting) -> Garment:
        garment = open_garment(folder, name_record(fitting.slug, fitting.colour))
        if garment is None:  # its record was taken away since the link was made
            raise NotAllowed("link_invalid")
        return garment

    return open_record


def compose(secret: str, models: Models, wardrobe: Wardrobe) -> FastAPI:
    """One door. Photos are worked on one after the other; more than `MOST_WAITING` are turned away."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    turn, waiting = asyncio.Lock(), asyncio.Semaphore(MOST_WAITING)

    @app.get("/health")
    async def tell_health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/try-on")
    async def wear(request: Request) -> Response:
        """A PNG, or 422 with the reason why not."""
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {secret}".encode()):
            raise HTTPException(404)
        if waiting.locked():
            return JSONResponse({"reason": "busy"}, 503)
        async with waiting:
            try:
                data = await read_body(request, MOST_BYTES)
                if data is None:
                    raise NotAllowed("too_large")
                fitting, language = _read_fitting(request.headers.get("x-fitting", ""))
                async with turn:
                    picture = await asyncio.to_thread(try_on, data, wardrobe(fitting), language, models)
            except NotAllowed as error:
                log.info("try_on_refused", why=error.reason)
                return JSONResponse({"reason": error.reason}, 422)
            except MemoryError:
                log.warning("try_on_out_of_memory")
                return JSONResponse({"reason": "too_large"}, 422)
        return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})

    return app


def _read_fitting(header: str) -> tuple[Fitting, Language]:
    try:
        said = json.loads(header)
        language: Language = "fr" if said.pop("language") == "fr" else "en"
        fitting = Fitting(**said)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HTTPException(422) from error
    if fitting.product_type not in KINDS:
        raise HTTPException(422)
    return fitting, language
