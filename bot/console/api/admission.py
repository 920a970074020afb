"""The console's API: who calls, and whether they may, before anything that was sent is read."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from fastapi.routing import APIRoute

from bot.bootstrap import Services
from bot.console.api.problems import HEADERS
from bot.console.api.rights import may_call
from bot.console.people import Person
from bot.console.roles import Role
from bot.console.sessions import COOKIE, Visit, find_visit, is_form_token, is_left_over, missing_of
from bot.console.tokens import note_used, read_token
from bot.errors import RateLimited
from bot.profile.rate_limits import take

CSRF_HEADER = "X-Form-Token"
CALLS, CALL_SECONDS = 600, 300  # of one person, by whatever tokens
_MOST_BYTES = 16_000
_LARGER = {  # as much as the page of the same takes
    "POST /content/pictures": 6_700_000,  # of 5 MB, in base64
    "POST /content/tone": 40_000,
    "POST /data/preview": 1_400_000,  # of 1 MB, in base64
    **dict.fromkeys(("POST /drafts", "POST /drafts/check", "PUT /drafts/{draft}"), 200_000),
}
_MISSING = {"password": "choose a password in the console first", "factor": "add a second factor in the console first"}


class CallRoute(APIRoute):
    """A call that is refused before its body is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers, to whom it may."""
        handle, call = super().get_route_handler(), f"{min(self.methods or ())} {self.path}"

        async def answer(request: Request) -> Response:
            services: Services = request.app.state.services
            request.state.visit = await run_in_threadpool(_admit, services, request, call)
            _require_small(request, _LARGER.get(call, _MOST_BYTES))
            response = await handle(request)
            response.headers.update(HEADERS)
            return response

        return answer


def _visit_of(request: Request) -> Visit:
    visit: Visit = request.state.visit
    return visit


Here = Annotated[Visit, Depends(_visit_of)]


def _admit(services: Services, request: Request, call: str) -> Visit:
    """Who calls. HTTPException 401 for nobody, 403 without the right, RateLimited for too many calls. Writes."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    is_bearer = scheme.lower() == "bearer"
    visit, roles = _find_bearer(services, token.strip()) if is_bearer else _find_browser(services, request)
    if missing := missing_of(visit.person, services.settings):
        raise HTTPException(403, _MISSING[missing])
    if not all(may_call(role, call) for role in roles):
        raise HTTPException(403, "your role does not open this call")
    _count_call(services, visit.person)
    return visit


def _find_bearer(services: Services, token: str) -> tuple[Visit, tuple[Role, ...]]:
    """By a token: both its role and the person's own must open what is asked for; data are shown as to the token's."""
    now = services.clock()
    with services.store.read() as connection:
        bearer = read_token(connection, token, now)
    if bearer is None or is_left_over(bearer.person, services.settings):
        raise HTTPException(401, "the token is wrong, or ended", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    if bearer.is_to_note:
        with services.store.write() as connection:
            note_used(connection, bearer.token_id, now)
    return Visit(replace(bearer.person, role=bearer.role), ""), (bearer.person.role, bearer.role)


def _find_browser(services: Services, request: Request) -> tuple[Visit, tuple[Role, ...]]:
    """By the console's own session. What changes something carries the form's token too: no other site knows it."""
    visit = find_visit(services, request.cookies.get(COOKIE, ""))
    if visit is None:
        raise HTTPException(401, "sign in, or send a token", {"WWW-Authenticate": "Bearer"})
    if request.method not in ("GET", "HEAD"):
        given = request.headers.get(CSRF_HEADER, "")
        is_foreign = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
        if is_foreign or not is_form_token(given, visit.token, services.settings):
            raise HTTPException(403, f"a browser sends its form's token as {CSRF_HEADER}")
    return visit, (visit.person.role,)


def _count_call(services: Services, person: Person) -> None:
    now, key = services.clock(), f"console:api:{person.id}"
    with services.store.write() as connection:
        if not take(connection, key, limit=CALLS, window_seconds=CALL_SECONDS, now=now):
            raise RateLimited("called often enough for now", CALL_SECONDS)


def _require_small(request: Request, most_bytes: int) -> None:
    """A body says how long it is; without a word of it there is none."""
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not length.isdigit() or int(length) > most_bytes:
        raise HTTPException(413, f"send {most_bytes} bytes at most, and say how many")
