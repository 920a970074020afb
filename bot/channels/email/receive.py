"""Stage A0: what comes back from a letter or a text message: the way out, clicked. RFC 8058's one click included."""

from collections.abc import Callable
from datetime import datetime
from html import escape

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from bot.channels.unsubscribe import Unsubscription, read_token, stop_marketing
from bot.errors import NotAllowed
from bot.profile.store.engine import Store
from bot.settings import Settings
from bot.texts.catalogue import translate

_QUESTIONS = {
    "email": "Do you want to receive no more offers by e-mail?",
    "sms": "Do you want to receive no more offers by text message?",
}
_DONE = "It is done: no more offers will leave for you this way."
_BROKEN = "This link is not complete. Please copy it whole from the message."


def build_unsubscribe_router(store: Store, settings: Settings, clock: Callable[[], datetime]) -> APIRouter:
    """`GET /u/<token>` asks, `POST /u/<token>` does it: a mail program that looks ahead changes nothing."""
    router = APIRouter(include_in_schema=False)

    @router.get("/u/{token}")
    def ask(token: str, request: Request) -> HTMLResponse:
        language = _language(request)
        try:
            wish = read_token(settings, token)
        except NotAllowed:
            return _page(language, _BROKEN, status=404)
        return _page(language, _QUESTIONS[wish.channel], button="Stop these messages")

    @router.post("/u/{token}")
    async def stop(token: str, request: Request) -> HTMLResponse:
        language = _language(request)
        try:
            wish = read_token(settings, token)
        except NotAllowed:
            return _page(language, _BROKEN, status=404)
        await run_in_threadpool(unsubscribe, store, wish, _QUESTIONS[wish.channel], clock())
        return _page(language, _DONE)

    return router


def unsubscribe(store: Store, wish: Unsubscription, wording: str, now: datetime) -> None:
    """The consent is withdrawn, and what waits to leave this way is taken back. Writes."""
    with store.write() as connection:
        stop_marketing(connection, wish.customer_id, wish.channel, source="link", wording=wording, now=now)


def _language(request: Request) -> str:
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "fr"


def _page(language: str, sentence: str, *, button: str = "", status: int = 200) -> HTMLResponse:
    words = escape(translate(language, sentence))
    form = f'<form method="post"><button>{escape(translate(language, button))}</button></form>' if button else ""
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="robots" content="noindex">'
        f'<meta name="viewport" content="width=device-width"><title>{words}</title></head>'
        f"<body><main><p>{words}</p>{form}</main></body></html>"
    )
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(html, status, headers=headers)
