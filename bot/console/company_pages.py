"""The console: coming in by the company's own sign-in: to its door, and back with who somebody is."""

from datetime import timedelta

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.console.company import BACK_PATH, Comer, Company, read_errand
from bot.console.door import show_door
from bot.console.entrance import let_in
from bot.console.frame import Frame, go_to, language_of
from bot.console.people import Person
from bot.console.sealing import seal, unseal
from bot.console.sessions import PATH, send_cookie
from bot.console.subjects import settle_subject, shut_out
from bot.errors import FixInput, NotAllowed, Unavailable

GO_PATH = "/console/sign-in/company"
_COOKIE, _PURPOSE, _LIFE = "prevenant_console_company", "company", timedelta(minutes=10)
_SILENT = "Your company’s sign-in does not answer. Please try again, or ask IT."
_REFUSED = "Your company’s sign-in did not let you in. Please try again, or ask IT."
_NO_GROUP = "Your company’s sign-in knows you, but you are in no group that opens the console. Please ask IT."
_NAME_TAKEN = "Somebody of your name signs in by a password already. Please ask IT to link the two."
log = structlog.get_logger()


def build_company_pages(frame: Frame) -> APIRouter:
    """Both ways; where no provider is set up there is no such door."""
    router = APIRouter(include_in_schema=False, route_class=frame.route_class)
    if not frame.services.settings.console_oidc_issuer:
        return router
    pages = _Pages(frame)

    @router.get(GO_PATH)
    def go(request: Request) -> Response:
        return pages.go(request)

    @router.get(BACK_PATH)
    def come_back(request: Request) -> Response:
        return pages.come_back(request)

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services
        self._company = Company(frame.services.settings)

    def go(self, request: Request) -> Response:
        """To the company's door; what proves that the answer is to this browser stays in it, sealed."""
        settings, now = self._services.settings, self._services.clock()
        try:
            address, errand = self._company.begin(now)
        except Unavailable as error:
            return self._refuse(request, _SILENT, 502, error)
        response = go_to(address)
        send_cookie(response, _COOKIE, seal(errand.to_text(), _PURPOSE, settings, now), settings)
        return response

    def come_back(self, request: Request) -> Response:
        """In, with the role of the group; or back at our door, told why."""
        settings, now = self._services.settings, self._services.clock()
        kept = unseal(request.cookies.get(_COOKIE, ""), _PURPOSE, settings, since=now - _LIFE)
        try:
            comer = self._company.finish(read_errand(kept), dict(request.query_params), now)
            person = self._settle(request, comer)
        except Unavailable as error:
            return self._refuse(request, _SILENT, 502, error)
        except NotAllowed as error:
            return self._refuse(request, _NO_GROUP if error.reason == "group" else _REFUSED, 403, error)
        except FixInput as error:
            return self._refuse(request, _NAME_TAKEN, 409, error)
        response = let_in(self._services, request, person, note=f"{comer.issuer} ({comer.role})")
        response.delete_cookie(_COOKIE, path=PATH)
        return response

    def _settle(self, request: Request, comer: Comer) -> Person:
        now = self._services.clock()
        with self._services.store.write() as connection:
            if comer.role is not None:
                return settle_subject(connection, comer, comer.role, language_of(request), now)
            shut_out(connection, comer, now)
        raise NotAllowed("group")

    def _refuse(self, request: Request, problem: str, status: int, error: Exception) -> Response:
        """What went wrong is for the log: an answer of a provider may hold anything."""
        log.warning("console_company_refused", error=type(error).__name__, why=str(error)[:200])
        response = show_door(self._frame, request, problem, status)
        response.delete_cookie(_COOKIE, path=PATH)
        return response
