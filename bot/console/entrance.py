"""The console: whoever has shown who they are comes in; between the password and the code they are half-way."""

import hashlib
from datetime import timedelta

from fastapi import Request
from fastapi.responses import Response
from starlette.responses import RedirectResponse

from bot.bootstrap import Services
from bot.console.frame import go_to
from bot.console.people import Person, PersonId, get_person
from bot.console.sealing import seal, unseal
from bot.console.sessions import COOKIE, DOOR_COOKIE, PATH, open_session, send_cookie
from bot.console.trail import write_trail

HALF_COOKIE, CODE_PATH = "prevenant_console_half", "/console/sign-in/code"
HALF_LIFE = timedelta(minutes=5)
_PURPOSE = "half"


def let_in(
    services: Services, request: Request, person: Person, *, deed: str = "signed_in", note: str = ""
) -> RedirectResponse:
    """A session of their own, and the way to the first page; `deed` and `note` are what the trail says of it."""
    now = services.clock()
    with services.store.write() as connection:
        token = open_session(connection, person.id, replaces=request.cookies.get(COOKIE, ""), now=now)
        write_trail(connection, person.name, deed, note=note, now=now)
    response = go_to(PATH)
    send_cookie(response, COOKIE, token, services.settings)
    for each in (DOOR_COOKIE, HALF_COOKIE):
        response.delete_cookie(each, path=PATH)
    return response


def let_half_in(services: Services, person: Person) -> Response:
    """To the page that asks for the code. What says that the password was right is encrypted, in the browser alone."""
    response = go_to(CODE_PATH)
    sealed = seal(f"{person.id}:{_print_of(person)}", _PURPOSE, services.settings, services.clock())
    send_cookie(response, HALF_COOKIE, sealed, services.settings)
    return response


def find_half(services: Services, request: Request) -> Person | None:
    """Who gave the right password a moment ago; nobody once it is another one, or the factor is gone."""
    sealed, since = request.cookies.get(HALF_COOKIE, ""), services.clock() - HALF_LIFE
    said = unseal(sealed, _PURPOSE, services.settings, since=since) or ""
    number, _, kept = said.partition(":")
    if not number.isdigit():
        return None
    with services.store.read() as connection:
        person = get_person(connection, PersonId(int(number)))
    return person if person and person.has_factor and _print_of(person) == kept else None


def _print_of(person: Person) -> str:
    return hashlib.sha256(person.password_hash.encode()).hexdigest()
