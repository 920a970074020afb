"""The page where a photo is chosen and the picture shown, behind a link of some minutes.

The photo passes through memory. Not a form with files: the framework would write an upload of more than a megabyte
to the disk.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache, partial
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.bootstrap import Services
from bot.errors import NotAllowed
from bot.profile.rate_limits import take
from bot.service.try_on import IN_BROWSER, OWN_SERVER, PHOTOS_A_LINK, REASONS, Visit, name_maker, read_link
from bot.service.wearing import MOST_PHOTO_BYTES, PICTURE_TYPE, put_on
from bot.settings import Settings
from bot.storefront.try_on_browser import PERMISSIONS_IN_BROWSER, SCRIPT, SOURCES_IN_BROWSER, describe_page
from bot.texts.catalogue import translate
from bot.webhook import drop, read_chunks

_AT_ONCE = 8  # photos in this process's memory
_MOST_SECONDS = 45.0  # for a photo to arrive: 4 MB at a megabit a second; one that never does keeps nobody else out
_SOURCES = "script-src 'self'; img-src blob:"
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Accel-Buffering": "no",  # an nginx in front would lay a large answer on its disk
    "X-Robots-Tag": "noindex",
}
_HERE = Path(__file__).parent


def build_try_on_router(services: Services) -> APIRouter:
    """`/try-on/<link>`: the page, and where it sends the photo."""
    room = asyncio.Semaphore(_AT_ONCE)
    headers = _name_headers(services.settings, _SOURCES)
    headers_in_browser = _name_headers(services.settings, SOURCES_IN_BROWSER) | PERMISSIONS_IN_BROWSER
    # Threads of its own: a photo takes a minute and a half at worst, and the chat's calls use the loop's few.
    makers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="try-on")
    router = APIRouter(include_in_schema=False, lifespan=_closing(makers))

    @router.get("/try-on.js")
    def give_script() -> Response:
        return Response(_script(), media_type="text/javascript")

    @router.get("/try-on/{link}")
    def show(link: str) -> Response:
        try:
            visit = read_link(services.settings, link, services.clock())
        except NotAllowed:
            return HTMLResponse(_render("no_try_on.html", "en"), 404, headers=headers)
        if visit.fitting.engine == IN_BROWSER:
            told = describe_page(services, visit)
            values = {"fitting": visit.fitting, "told": told, "script": told["parts"] + SCRIPT}
            page = _render("try_on_here.html", visit.language, **values)
            return HTMLResponse(page, headers=headers_in_browser)
        is_top, maker = visit.fitting.kind == "top", name_maker(services.settings, visit.fitting, visit.language)
        chats = " ".join(services.settings.shop_origin_list)
        gone = translate(visit.language, REASONS["link_invalid"])  # the answer to an old link knows no language
        values = {
            "fitting": visit.fitting, "is_top": is_top, "maker": maker, "size": visit.size, "chats": chats,
            "gone": gone, "is_own_server": visit.fitting.engine == OWN_SERVER,
        }
        page = _render("try_on.html", visit.language, **values)
        return HTMLResponse(page, headers=headers)

    @router.post("/try-on/{link}")
    async def wear(link: str, request: Request) -> Response:
        """The picture; or the reason in a sentence."""
        language, chunks = "en", request.stream()
        try:
            visit = read_link(services.settings, link, services.clock())
            language = visit.language
            if visit.fitting.engine == IN_BROWSER:
                raise NotAllowed("link_invalid")  # the consent said that no photo is sent
            if room.locked():
                raise NotAllowed("busy")
            async with room:
                await asyncio.to_thread(_count, services, visit)
                photo = await _read_photo(chunks)
                return await asyncio.get_running_loop().run_in_executor(makers, _ask, services, visit, photo)
        except NotAllowed as error:
            await drop(chunks)
            sentence = translate(language, REASONS.get(error.reason, REASONS["unavailable"]))
            return JSONResponse({"reason": error.reason, "sentence": sentence}, 422, headers=_HEADERS)

    return router


def _name_headers(settings: Settings, sources: str) -> dict[str, str]:
    """Those of a page with scripts and pictures from these sources; the chat may hold it, on the shop's pages, too."""
    holders = " ".join(["'self'", *settings.shop_origin_list])
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; {sources}; connect-src 'self'; form-action 'none'; "
        f"frame-ancestors {holders}; base-uri 'none'"
    )
    # The second is for browsers that know no frame-ancestors; those that do leave it aside.
    return {**_HEADERS, "Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}


def _closing(makers: ThreadPoolExecutor) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """A router's life: at its end no photo is begun any more, and the threads end with those in work."""

    @asynccontextmanager
    async def live(_app: object) -> AsyncIterator[None]:
        yield
        makers.shutdown(wait=False, cancel_futures=True)

    return live


async def _read_photo(chunks: AsyncIterator[bytes]) -> bytes:
    """What is sent. NotAllowed("too_large") as soon as it is, NotAllowed("too_slow") where it does not come."""
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            data = await read_chunks(chunks, MOST_PHOTO_BYTES)
    except TimeoutError as error:
        raise NotAllowed("too_slow") from error
    if data is None:
        raise NotAllowed("too_large")
    return data


def _count(services: Services, visit: Visit) -> None:
    now = services.clock()
    with services.store.write() as connection:
        if not take(connection, f"try_on:{visit.link_id}", limit=PHOTOS_A_LINK, window_seconds=86_400, now=now):
            raise NotAllowed("rate_limited")


def _ask(services: Services, visit: Visit, data: bytes) -> Response:
    """The answer of the process `tryon`; NotAllowed as `put_on` has it."""
    picture = put_on(services.settings, visit.fitting, visit.language, data)
    return Response(picture, media_type=PICTURE_TYPE, headers=_HEADERS)


def _render(template: str, language: str, **values: object) -> str:
    return _environment().get_template(template).render(**values, t=partial(translate, language), language=language)


@cache
def _script() -> bytes:
    return (_HERE / "try_on.js").read_bytes()


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape(default=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
