"""The console: the page on which somebody makes a token for a program, sees which there are, and revokes one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from bot.console.again import doubt_password
from bot.console.api.rights import PATH as API
from bot.console.deeds.inputs import MOST_NUMBER, read_asked
from bot.console.frame import Frame, go_to
from bot.console.sessions import Visit
from bot.console.tokens import DAYS, TokenAsked, list_tokens, make_token, revoke_token, roles_for
from bot.errors import Conflict, FixInput, NotFound

PATH = "/console/tokens"
_NO_NAME = "Please give it a name, a role of yours and an end."
_TOO_MANY_TOKENS = "There are too many already. Revoke one that nothing uses."


def build_token_pages(frame: Frame) -> APIRouter:
    """Every page under /console/tokens."""
    router = APIRouter(prefix=PATH, include_in_schema=False, route_class=frame.route_class)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_tokens(visit: here) -> Response:
        return pages.show(visit)

    @router.post("")
    def make(visit: here, form: sent) -> Response:
        return pages.make(visit, form)

    @router.post("/{token}/revoke")
    def revoke(token: Annotated[int, Path(ge=1, le=MOST_NUMBER)], visit: here, form: sent) -> Response:
        return pages.revoke(visit, token)

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show(self, visit: Visit, *, problem: str = "", status: int = 200, made: str = "") -> Response:
        """Those that there are; `made`: a new one, in this answer alone."""
        with self._services.store.read() as connection:
            tokens = list_tokens(connection, visit.person.id, self._services.clock())
        return self._frame.show(
            visit, "tokens.html", here="tokens", status=status, problem=problem, made=made, tokens=tokens,
            address=f"{self._services.settings.public_url}{API}", days=_days_for(visit),
            roles=roles_for(visit.person.role),
        )

    def make(self, visit: Visit, form: dict[str, str]) -> Response:
        """A new one, for whoever knows the password: a token outlives the session that it was made in."""
        services, person = self._services, visit.person
        try:
            asked = read_asked(TokenAsked, form)
        except FixInput:
            return self.show(visit, problem=_NO_NAME, status=400)
        if asked.role not in roles_for(person.role) or asked.days not in _days_for(visit):
            return self.show(visit, problem=_NO_NAME, status=400)
        if person.has_password and (problem := doubt_password(services, person, form.get("password", ""))):
            return self.show(visit, problem=problem, status=403)
        try:
            with services.store.write() as connection:
                made = make_token(connection, person, asked, services.clock())
        except Conflict:
            return self.show(visit, problem=_TOO_MANY_TOKENS, status=409)
        return self.show(visit, made=made)

    def revoke(self, visit: Visit, token_id: int) -> Response:
        """It opens nothing from this moment."""
        with self._services.store.write() as connection:
            if not revoke_token(connection, visit.person, token_id, self._services.clock()):
                raise NotFound("there is no such token of yours")
        return go_to(PATH)


def _days_for(visit: Visit) -> tuple[int, ...]:
    """Whoever comes by the company's sign-in may leave it without a word to us: their tokens end soon."""
    return DAYS if visit.person.has_password else DAYS[:1]
