"""Where a letter's link leads: a copy of one's data, a consent to confirm. `site` serves it.

GET asks, POST does it: a mail program that looks ahead uses nothing up.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from bot.caller import name_caller
from bot.errors import RetryLater
from bot.privacy.export import export_person, note_export
from bot.privacy.links import hash_token, read_link, use_link
from bot.privacy.opt_in import confirm
from bot.privacy.page import FILE, render_note, render_page
from bot.privacy.services import PrivacyServices
from bot.profile.rate_limits import take
from bot.texts.catalogue import translate

OPENINGS, OPENING_SECONDS = 60, 600  # of one address: tokens cannot be guessed, and nobody needs more
_MOST_FORM_BYTES = 2_000
_HEADERS = {
    "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}
_GONE = "This link is not good any more: it ran out, was used up, or is not complete. Ask for a new one in the chat."


def build_privacy_router(
    services: PrivacyServices, in_force: Callable[[], PrivacyServices] | None = None
) -> APIRouter:
    """The pages under /privacy. Opens nothing until the first request."""
    desk = _Desk(services, in_force or (lambda: services))
    router = APIRouter(prefix="/privacy", include_in_schema=False, dependencies=[Depends(desk.limit)])
    sent = Annotated[str, Depends(_read_deed)]

    @router.get("/data/{token}")
    def ask_data(token: str, request: Request) -> Response:
        return desk.ask_data(token, _language(request))

    @router.post("/data/{token}")
    async def give_data(token: str, request: Request, deed: sent) -> Response:
        return await run_in_threadpool(desk.give_data, token, deed, _language(request))

    @router.get("/consent/{token}")
    def ask_consent(token: str, request: Request) -> Response:
        return desk.ask_consent(token, _language(request))

    @router.post("/consent/{token}")
    async def keep_consent(token: str, request: Request) -> Response:
        return await run_in_threadpool(desk.keep_consent, token, _language(request))

    return router


class _Desk:
    """What the pages share."""

    def __init__(self, services: PrivacyServices, in_force: Callable[[], PrivacyServices]) -> None:
        self.services, self.in_force = services, in_force

    def limit(self, request: Request) -> None:
        """429 for an address that tries links one after the other."""
        address = name_caller(request)
        with self.services.store.write() as connection:
            may = take(connection, f"privacy:{address}", limit=OPENINGS, window_seconds=OPENING_SECONDS,
                       now=self.services.clock())
        if not may:
            raise HTTPException(429, headers={"Retry-After": str(OPENING_SECONDS)})

    def ask_data(self, token: str, language: str) -> Response:
        """Two buttons: read it, or take the file."""
        with self.services.store.read() as connection:
            link = read_link(connection, "export", token, self.services.clock())
        if link is None:
            return _note(language, "Your data", _GONE, 404)
        text = translate(
            link.language, "This link opens {count} more times. It is for you alone: do not pass it on.",
            count=link.uses_left,
        )
        buttons = (
            ("page", translate(link.language, "Read my data")),
            ("file", translate(link.language, "Download the file to take elsewhere")),
        )
        return _page(render_note(translate(link.language, "Your data"), text, language=link.language, buttons=buttons))

    def give_data(self, token: str, deed: str, language: str) -> Response:
        """The page or the file, made now; a shop that is down uses nothing up. Writes."""
        now = self.services.clock()
        with self.services.store.read() as connection:
            link = read_link(connection, "export", token, now)
        if link is None:
            return _note(language, "Your data", _GONE, 404)
        try:
            copy = export_person(self.in_force(), link.customer_id, language=link.language)
        except RetryLater:
            return _note(link.language, "Your data", "The shop does not answer right now. Please try again.", 503)
        with self.services.store.write() as connection:
            used = use_link(connection, "export", token, now)
        if used is None:
            return _note(language, "Your data", _GONE, 404)
        key = f"{hash_token(token)[:32]}:{used.uses_left}"
        note_export(self.services, link.customer_id, key=key, source="link")
        if deed == "file":
            headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{FILE}"'}
            return Response(copy.to_json(), media_type="application/json", headers=headers)
        return _page(render_page(copy, language=link.language, timezone=self.services.settings.timezone))

    def ask_consent(self, token: str, language: str) -> Response:
        """The words once more, and a button."""
        with self.services.store.read() as connection:
            link = read_link(connection, "consent", token, self.services.clock())
        if link is None:
            return _note(language, "Your consent", _GONE, 404)
        title = translate(link.language, "Your consent")
        buttons = (("confirm", translate(link.language, "Confirm")),)
        return _page(render_note(title, link.wording, language=link.language, buttons=buttons))

    def keep_consent(self, token: str, language: str) -> Response:
        """The yes counts from here on. Writes."""
        now = self.services.clock()
        with self.services.store.write() as connection:
            link = use_link(connection, "consent", token, now)
            is_kept = link is not None and confirm(connection, self.services, link, now)
        if link is None:
            return _note(language, "Your consent", _GONE, 404)
        sentence = (
            "Thank you, it is confirmed. You can take it back at any time." if is_kept
            else "There is nothing to confirm any more: it was taken back meanwhile."
        )
        return _note(link.language, "Your consent", sentence, 200)


async def _read_deed(request: Request) -> str:
    if int(request.headers.get("content-length") or 0) > _MOST_FORM_BYTES:
        raise HTTPException(413)
    form: Any = await request.form(max_files=0, max_fields=2)
    return str(form.get("do", "page"))


def _note(language: str, title: str, sentence: str, status: int) -> HTMLResponse:
    html = render_note(translate(language, title), translate(language, sentence), language=language)
    return _page(html, status)


def _page(html: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(html, status, headers=_HEADERS)


def _language(request: Request) -> str:
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "fr"
