"""The console: signing in and out, and the password that whoever comes with a one-time one must choose."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.caller import name_caller
from bot.console.entrance import let_half_in, let_in
from bot.console.frame import SIGN_IN, Frame, go_to, language_of
from bot.console.passwords import LEAST_CHARACTERS, NOBODY, is_password, require_password
from bot.console.people import Person, find_person, set_language, set_password, tidy_name
from bot.console.sessions import (
    COOKIE,
    DOOR_COOKIE,
    PATH,
    Visit,
    close_session,
    form_token,
    is_left_over,
    open_session,
    send_cookie,
)
from bot.console.trail import write_trail
from bot.errors import FixInput
from bot.profile.rate_limits import give_back, take

TRIES_BY_ACCOUNT, TRIES_BY_ADDRESS, TRIES_SECONDS = 10, 30, 900
_WRONG = "The name or the password is wrong."
_NO_PASSWORDS = "Passwords open nothing here. Use your company’s sign-in."
_TOO_MANY = "Too many tries. Please wait a quarter of an hour."


def build_door(frame: Frame) -> APIRouter:
    """What is open to whoever is not signed in, and to everybody who is."""
    router = APIRouter(include_in_schema=False, route_class=frame.route_class)
    door = _Door(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    async def read_open_form(request: Request) -> dict[str, str]:
        return await frame.read_form(request, request.cookies.get(DOOR_COOKIE, ""))

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get(SIGN_IN)
    def open_door(request: Request) -> Response:
        return door.show(request)

    @router.post(SIGN_IN)
    def enter(request: Request, form: Annotated[dict[str, str], Depends(read_open_form)]) -> Response:
        return door.enter(request, form)

    @router.post("/console/sign-out")
    def leave(visit: here, form: sent) -> Response:
        return door.leave(visit)

    @router.post("/console/language")
    def speak(visit: here, form: sent) -> Response:
        with frame.services.store.write() as connection:
            set_language(connection, visit.person.id, "en" if form.get("language") == "en" else "fr")
        return go_to(_own_path(form.get("back", "")))

    @router.get("/console/password")
    def show_password(visit: here) -> Response:
        return door.show_password(visit)

    @router.post("/console/password")
    def choose_password(visit: here, form: sent) -> Response:
        return door.choose_password(visit, form)

    return router


def show_door(frame: Frame, request: Request, problem: str = "", status: int = 200) -> Response:
    """Where people sign in. The form is bound to a cookie: nobody is signed in by a page elsewhere."""
    token = request.cookies.get(DOOR_COOKIE) or secrets.token_urlsafe(32)
    settings = frame.services.settings
    response = frame.render(
        "door.html", language_of(request), status, problem=problem, form_token=form_token(token, settings),
        is_demo=settings.is_demo, has_company=bool(settings.console_oidc_issuer),
        has_passwords=bool(settings.console_local_sign_in),
    )
    send_cookie(response, DOOR_COOKIE, token, settings)
    return response


class _Door:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show(self, request: Request, problem: str = "", status: int = 200) -> Response:
        """Where people sign in."""
        return show_door(self._frame, request, problem, status)

    def enter(self, request: Request, form: dict[str, str]) -> Response:
        """Sign in, or say why not; account and address each have so many tries."""
        if not self._services.settings.console_local_sign_in:
            return self.show(request, _NO_PASSWORDS, 403)
        name, services, now = tidy_name(form.get("name", "")), self._services, self._services.clock()
        keys = (f"console:account:{name}", f"console:address:{name_caller(request)}")
        limits = (TRIES_BY_ACCOUNT, TRIES_BY_ADDRESS)
        with services.store.write() as connection:
            granted = [
                take(connection, key, limit=limit, window_seconds=TRIES_SECONDS, now=now)
                for key, limit in zip(keys, limits, strict=True)
            ]
            person = find_person(connection, name)
        if not all(granted):
            return self.show(request, _TOO_MANY, 429)
        if not self._is_right(person, form.get("password", "")) or person is None:
            self._note(person)
            return self.show(request, _WRONG, 403)
        with services.store.write() as connection:
            give_back(connection, *keys)
        return let_half_in(services, person) if person.has_factor else let_in(services, request, person)

    def leave(self, visit: Visit) -> Response:
        """Sign out."""
        with self._services.store.write() as connection:
            close_session(connection, visit.token)
            write_trail(connection, visit.person.name, "signed_out", now=self._services.clock())
        response = go_to(SIGN_IN)
        response.delete_cookie(COOKIE, path=PATH)
        return response

    def show_password(self, visit: Visit, problem: str = "", status: int = 200) -> Response:
        """Where somebody chooses a password."""
        return self._frame.show(
            visit, "password.html", here="password", status=status, problem=problem, least=LEAST_CHARACTERS
        )

    def choose_password(self, visit: Visit, form: dict[str, str]) -> Response:
        """Keep it, and sign everybody out who came by the former one, but for the chooser."""
        person, now = visit.person, self._services.clock()
        if not is_password(person.password_hash, form.get("former", "")):
            return self.show_password(visit, "That is not your present password.", 403)
        try:
            chosen = require_password(form.get("password", ""), person.name)
        except FixInput:
            return self.show_password(visit, "Please choose one that is longer and harder to guess.", 400)
        with self._services.store.write() as connection:
            set_password(connection, person.id, chosen)
            token = open_session(connection, person.id, replaces="", now=now)
            write_trail(connection, person.name, "password", now=now)
        response = go_to(PATH)
        send_cookie(response, COOKIE, token, self._services.settings)
        return response

    def _is_right(self, person: Person | None, password: str) -> bool:
        """Whether it opens the door; a name that nobody has takes as long."""
        is_right = is_password(person.password_hash if person else NOBODY, password)
        return is_right and person is not None and not is_left_over(person, self._services.settings)

    def _note(self, person: Person | None) -> None:
        """What was typed for a name may be a password: only a known name is kept."""
        if person:
            with self._services.store.write() as connection:
                write_trail(connection, person.name, "refused", now=self._services.clock())


def _own_path(path: str) -> str:
    """Back to the page of ours that somebody came from, and nowhere else."""
    is_ours = path.startswith(f"{PATH}/") and "\\" not in path and "//" not in path and path.isprintable()
    return path if is_ours else PATH
