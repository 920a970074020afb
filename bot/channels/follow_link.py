"""Stage A0: a link of a nudge is followed: the click is kept, the page it stands for opens."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from bot.channels.clicks import find_page, is_noted, note_click, read_token
from bot.errors import NotAllowed
from bot.profile.store.engine import Store
from bot.settings import Settings

_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
_LOOKS_AHEAD = ("purpose", "sec-purpose", "x-purpose", "x-moz")  # headers of a browser that only prepares a page


def build_link_router(store: Store, settings: Settings, clock: Callable[[], datetime]) -> APIRouter:
    """`GET /l/<token>`: on to the shop's page; with a token that we did not make, to its first."""
    router = APIRouter(include_in_schema=False)

    @router.get("/l/{token}")
    def follow(token: str, request: Request) -> RedirectResponse:
        try:
            outbox_id, number = read_token(settings, token)
        except NotAllowed:
            return _go(settings.public_url)
        with store.read() as connection:
            page = find_page(connection, settings, outbox_id, number)
            is_news = not is_noted(connection, outbox_id, number)
        if is_news and not any("prefetch" in request.headers.get(each, "") for each in _LOOKS_AHEAD):
            with store.write() as connection:
                note_click(connection, outbox_id, number, clock())
        return _go(page)

    return router


def _go(page: str) -> RedirectResponse:
    return RedirectResponse(page, 303, headers=_HEADERS)
