"""The console: the second factor: the code that the door asks for, and the page that adds or removes one."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.console.again import doubt_password
from bot.console.entrance import CODE_PATH, find_half, let_in
from bot.console.factors import begin_factor, confirm_factor, count_recovery_codes, remove_factor, use_code
from bot.console.frame import SIGN_IN, Frame, go_to, language_of
from bot.console.sessions import DOOR_COOKIE, Visit, close_others, form_token
from bot.console.trail import write_trail
from bot.errors import Conflict, RateLimited

PATH = "/console/factor"
_WRONG_CODE = "That code is wrong, or was used already. Wait for the next one."
_TOO_MANY = "Too many tries. Please wait a quarter of an hour."
_HAS_ONE = "You have a second factor already. Remove it first."


def build_factor_pages(frame: Frame) -> APIRouter:
    """The step behind the password, and every page under /console/factor."""
    router = APIRouter(include_in_schema=False, route_class=frame.route_class)
    step, pages = _Step(frame), _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    async def read_open_form(request: Request) -> dict[str, str]:
        return await frame.read_form(request, request.cookies.get(DOOR_COOKIE, ""))

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get(CODE_PATH)
    def ask_code(request: Request) -> Response:
        return step.ask(request)

    @router.post(CODE_PATH)
    def take_code(request: Request, form: Annotated[dict[str, str], Depends(read_open_form)]) -> Response:
        return step.take(request, form.get("code", ""))

    @router.get(PATH)
    def show_factor(visit: here) -> Response:
        return pages.show(visit)

    @router.post(f"{PATH}/begin")
    def begin(visit: here, form: sent) -> Response:
        return pages.begin(visit, form.get("password", ""))

    @router.post(f"{PATH}/confirm")
    def confirm(visit: here, form: sent) -> Response:
        return pages.confirm(visit, form.get("code", ""))

    @router.post(f"{PATH}/remove")
    def remove(visit: here, form: sent) -> Response:
        return pages.remove(visit, form)

    return router


class _Step:
    """Between the password and the console."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def ask(self, request: Request, problem: str = "", status: int = 200) -> Response:
        """For the code; whoever did not give a password lately does so first."""
        person = find_half(self._services, request)
        if person is None:
            return go_to(SIGN_IN)
        token = form_token(request.cookies.get(DOOR_COOKIE, ""), self._services.settings)
        return self._frame.render("code.html", language_of(request), status, problem=problem, form_token=token)

    def take(self, request: Request, code: str) -> Response:
        """Come in by it, or hear why not."""
        services, person = self._services, find_half(self._services, request)
        if person is None:
            return go_to(SIGN_IN)
        try:
            used = use_code(services.store, person, code, services.settings, services.clock())
        except RateLimited:
            return self.ask(request, _TOO_MANY, 429)
        if not used:
            with services.store.write() as connection:
                write_trail(connection, person.name, "code_refused", now=services.clock())
            return self.ask(request, _WRONG_CODE, 403)
        return let_in(services, request, person, deed="signed_in" if used == "code" else "recovered")


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show(self, visit: Visit, *, problem: str = "", status: int = 200, **shown: Any) -> Response:
        """Whether there is one, and what can be done about it. `shown`: what this answer alone may tell."""
        with self._services.store.read() as connection:
            left = count_recovery_codes(connection, visit.person.id)
        values = {"step": "has" if visit.person.has_factor else "none", "factor": None, "codes": [], **shown}
        return self._frame.show(
            visit, "factor.html", here="factor", status=status, problem=problem, left=left,
            is_required=bool(self._services.settings.console_require_totp), **values,
        )

    def begin(self, visit: Visit, password: str) -> Response:
        """A new secret, shown in this answer and never again."""
        services, person = self._services, visit.person
        if problem := doubt_password(services, person, password):
            return self.show(visit, problem=problem, status=403)
        try:
            with services.store.write() as connection:
                factor = begin_factor(connection, person, services.settings, services.clock())
        except Conflict:
            return self.show(visit, problem=_HAS_ONE, status=409)
        return self.show(visit, step="confirm", factor=factor)

    def confirm(self, visit: Visit, code: str) -> Response:
        """The first code puts it in force: whoever else is signed in by the password alone is so no longer."""
        services, person, now = self._services, visit.person, self._services.clock()
        if person.has_factor:
            return self.show(visit, problem=_HAS_ONE, status=409)
        try:
            used = use_code(services.store, person, code, services.settings, now)
        except RateLimited:
            return self.show(visit, step="confirm", problem=_TOO_MANY, status=429)
        if not used:
            return self.show(visit, step="confirm", problem=_WRONG_CODE, status=403)
        with services.store.write() as connection:
            codes = confirm_factor(connection, person, now)
            close_others(connection, visit)
            write_trail(connection, person.name, "factor_on", now=now)
        return self.show(visit, step="codes", codes=codes)

    def remove(self, visit: Visit, form: dict[str, str]) -> Response:
        """By the password and a code: a session that was left open is not enough."""
        services, person, now = self._services, visit.person, self._services.clock()
        if problem := doubt_password(services, person, form.get("password", "")):
            return self.show(visit, problem=problem, status=403)
        try:
            used = use_code(services.store, person, form.get("code", ""), services.settings, now)
        except RateLimited:
            return self.show(visit, problem=_TOO_MANY, status=429)
        if not used:
            return self.show(visit, problem=_WRONG_CODE, status=403)
        with services.store.write() as connection:
            remove_factor(connection, person.id)
            write_trail(connection, person.name, "factor_off", now=now)
        return go_to(PATH)
