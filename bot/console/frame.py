"""The console: what every page shares: who asks and whether they may, forms that are ours, a page with its headers."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException as Refused  # which a form of too many fields raises, too

from bot.bootstrap import Services
from bot.console.deeds.inputs import REFUSALS, status_of
from bot.console.past.state import is_made_up
from bot.console.refusals import NOT_OPEN, TOO_OLD, tell_refusal
from bot.console.roles import BEFORE, may
from bot.console.sessions import COOKIE, Visit, find_visit, form_token, is_form_token, missing_of
from bot.console.shop_goals import name_goals
from bot.console.words import Words
from bot.contracts.messages import LANGUAGES, Language
from bot.errors import PrevenantError

FOLDER = Path(__file__).parent
SIGN_IN = "/console/sign-in"
GUIDE = "/console/guide"
_MOST_FORM_BYTES, _MOST_FIELDS = 8_000, 10
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}

WITH_SCRIPT = HEADERS | {
    "Content-Security-Policy": f"{HEADERS['Content-Security-Policy']}; script-src 'self'; connect-src 'self'",
}


@cache
def _environment() -> Environment:
    """One of the process: compiling a page costs more than filling it."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"), autoescape=select_autoescape(default=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
    environment.filters["begin"] = begin
    return environment


class Frame:
    """Opens nothing until the first request."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.route_class = type("BoundPageRoute", (PageRoute,), {"frame": self})

    def admit(self, request: Request) -> Visit:
        """Who asks; whoever is not signed in is shown the door, whoever may not open the page gets 403."""
        visit = find_visit(self.services, request.cookies.get(COOKIE, ""))
        if visit is None:
            raise HTTPException(303, headers={"Location": SIGN_IN})
        page = page_of(request)
        if not may(visit.person.role, page):
            raise HTTPException(403, NOT_OPEN)
        missing = missing_of(visit.person, self.services.settings)
        if missing and page not in BEFORE[missing]:
            raise HTTPException(303, headers={"Location": f"/console/{missing}"})
        return replace(visit, path=_asked(request))

    async def read_form(
        self, request: Request, token: str, most_bytes: int = _MOST_FORM_BYTES, most_fields: int = _MOST_FIELDS
    ) -> dict[str, str]:
        """What a form of ours sent; 403 for one that is not ours or from another site, 413 for too much, 400 for no
        text.
        """
        if int(request.headers.get("content-length") or most_bytes + 1) > most_bytes:
            raise HTTPException(413)
        sent = await request.form(max_files=0, max_fields=most_fields)
        return self._require_ours(request, {name: str(value) for name, value in sent.items()}, token)

    async def read_file_form(
        self, request: Request, token: str, most_bytes: int
    ) -> tuple[dict[str, str], str, bytes]:
        """The same with one file, in the field `file`: (the other fields, its name, its bytes); "" and b"" without."""
        if int(request.headers.get("content-length") or most_bytes + 1) > most_bytes:
            raise HTTPException(413)
        async with request.form(max_files=1, max_fields=_MOST_FIELDS) as sent:
            form = {name: value for name, value in sent.items() if isinstance(value, str)}
            self._require_ours(request, form, token)
            file = sent.get("file")
            if not isinstance(file, UploadFile):
                return form, "", b""
            return form, file.filename or "", await file.read()

    def _require_ours(self, request: Request, form: dict[str, str], token: str) -> dict[str, str]:
        if not all(_is_text(each) for each in form.values()):
            raise HTTPException(400, "this form holds what is no text")
        is_foreign = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
        if is_foreign or not is_form_token(form.get("form_token", ""), token, self.services.settings):
            raise HTTPException(403, TOO_OLD)
        return form

    def show(
        self, visit: Visit, template: str, *, here: str, status: int = 200, script: bool = False, **values: Any
    ) -> Response:
        """A page for somebody who is signed in; `here` is the part of the console it belongs to.

        With `script` it may run ours, which it has to work without.
        """
        role = visit.person.role

        def opens(path: str) -> bool:
            return may(role, f"GET {path}")

        return self.render(
            template, visit.person.language, status, script=script, person=visit.person, here=here, opens=opens,
            form_token=form_token(visit.token, self.services.settings), back=visit.path,
            made_up=is_made_up(self.services), **values,
        )

    def refuse(self, request: Request, status: int, why: PrevenantError | str) -> Response:
        """Why something does not open, and where to go on; for a part of a page, which a script asks for, why alone."""
        visit = find_visit(self.services, request.cookies.get(COOKIE, ""))
        language = visit.person.language if visit else language_of(request)
        values: dict[str, Any] = {"status": status, **tell_refusal(status, why, self._words(language))}
        if "hx-request" in request.headers:
            return self.render("_refused.html", language, **values)
        if visit is None:
            return self.render("refused_outside.html", language, **values)
        return self.show(replace(visit, path=_asked(request)), "refused.html", here="", **values)

    def name_goals(self, visit: Visit) -> Mapping[str, str]:
        """What the shop's goals are called in the reader's language, by their keys."""
        with self.services.store.read() as connection:
            return name_goals(connection, self.services, visit.person.language)

    def render(
        self, template: str, language: Language, status: int = 200, script: bool = False,
        goal_names: Mapping[str, str] | None = None, **values: Any,
    ) -> Response:
        """A page, whoever reads it. `goal_names`: for one that tells of what is agreed on, by `name_goals`."""
        now = self.services.clock()
        words = self._words(language, goal_names)
        html = _environment().get_template(template).render(
            language=language, languages=LANGUAGES, words=words, t=words.say, now=now,
            shop=self.services.settings.shop, currency=self.services.goals.currency, **values,
        )
        return HTMLResponse(html, status, headers=WITH_SCRIPT if script else HEADERS)

    def _words(self, language: Language, goal_names: Mapping[str, str] | None = None) -> Words:
        return Words(language, self.services.settings.timezone, goal_names or {})


class PageRoute(APIRoute):
    """A page that tells each refusal by its status, where it has no sentence of its own for it: `Frame.route_class`."""

    frame: ClassVar[Frame]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers, with refusals told."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            why: PrevenantError | str
            try:
                return await handle(request)
            except REFUSALS as error:
                status, why = status_of(error), error
            except RequestValidationError:
                status, why = 422, ""
            except Refused as error:
                if error.status_code < 400:
                    raise
                status, why = error.status_code, error.detail if error.detail in (NOT_OPEN, TOO_OLD) else ""
            return await run_in_threadpool(self.frame.refuse, request, status, why)

        return answer


def _is_text(value: str) -> bool:
    """Whether it can be kept and hashed: a form may name an encoding that makes half characters."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def page_of(request: Request) -> str:
    """The page as `bot.console.roles` names it."""
    return f"{request.method} {request.scope['route'].path}"


def _asked(request: Request) -> str:
    """Where a change of language leads back to: no form is sent again by it."""
    asked = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    return asked if request.method == "GET" else ""


def begin(text: str) -> str:
    """A text with a capital first, as a sentence begins; the rest stays: Jinja's `capitalize` writes november small."""
    return text[:1].upper() + text[1:]


def language_of(request: Request) -> Language:
    """What somebody reads who is not signed in."""
    first = request.headers.get("accept-language", "").strip().lower()
    return "en" if first.startswith("en") else "fr"


def go_to(path: str, headers: Mapping[str, str] | None = None) -> RedirectResponse:
    """Where a form leads once it is done."""
    return RedirectResponse(path, 303, headers=dict(headers or {}))
