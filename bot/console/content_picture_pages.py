"""The console: the pages of the shop's pictures for messages."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from bot.console.deeds import pictures as deeds
from bot.console.deeds.inputs import PathName, read_asked
from bot.console.frame import Frame, go_to
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.console.words import Words
from bot.content.picture_files import MOST_FILE_BYTES
from bot.content.pictures import MOST_ALT_CHARACTERS
from bot.errors import Conflict, FixInput, RateLimited

PATH = "/console/content/pictures"
ACCEPTED = ("image/png", "image/jpeg", "image/webp")
_MOST_FORM_BYTES = 8_000
_WRONG_FILE = "The file is no picture that can be kept: PNG, JPEG or WebP, whole, 5 MB and 25 megapixels at most."
_NOT_KEPT = "The picture was not kept."
_SAME = "Nothing would change."
_IN_USE = "It was not removed, as it is in use:"
_TOO_OFTEN = "You uploaded often enough for now. Please wait five minutes."


def build_picture_pages(frame: Frame) -> APIRouter:
    """Every page under /console/content/pictures."""
    router = APIRouter(prefix=PATH, include_in_schema=False, route_class=frame.route_class)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_pictures(visit: here) -> Response:
        return pages.show_all(visit)

    @router.post("")
    async def add_picture(visit: here, request: Request) -> Response:
        form, _, content = await frame.read_file_form(request, visit.token, MOST_FILE_BYTES + _MOST_FORM_BYTES)
        return await run_in_threadpool(pages.add, visit, form, content)

    @router.get("/{picture}")
    def show_picture(picture: PathName, visit: here) -> Response:
        return pages.show(visit, picture)

    @router.post("/{picture}/restore")
    def restore_picture(picture: PathName, visit: here, form: sent) -> Response:
        return pages.restore(visit, picture, form)

    @router.post("/{picture}/remove")
    def remove_picture(picture: PathName, visit: here, form: sent) -> Response:
        return pages.remove(visit, picture, form)

    @router.post("/{picture}/draft")
    def draft_picture(picture: PathName, visit: here, form: sent) -> Response:
        return pages.draft(visit, picture, form)

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show_all(
        self, visit: Visit, *, typed: dict[str, str] | None = None, problem: str = "", detail: str = "",
        status: int = 200,
    ) -> Response:
        """Every picture as it is now, and a form for another."""
        return self._show(
            visit, "content_pictures.html", status, pictures=deeds.survey_pictures(self._services), typed=typed or {},
            problem=problem, detail=detail,
        )

    def add(self, visit: Visit, form: dict[str, str], content: bytes) -> Response:
        """Keep it, and show it; else the form as it was filled in, with what is wrong. A browser forgets the file."""
        try:
            made = deeds.add_picture(self._services, visit.person, read_asked(deeds.PictureDescribed, form), content)
        except RateLimited:
            return self.show_all(visit, typed=form, problem=_TOO_OFTEN, status=429)
        except FixInput as error:
            is_file, detail = error.field == "picture", self._words(visit).refusal(error)
            problem = _WRONG_FILE if is_file else _NOT_KEPT
            return self.show_all(visit, typed=form, problem=problem, detail="" if is_file else detail, status=400)
        except Conflict as error:
            detail = self._words(visit).said(error.said)
            return self.show_all(visit, typed=form, problem=_NOT_KEPT, detail=detail, status=409)
        return go_to(f"{PATH}/{made.name}")

    def show(
        self, visit: Visit, name: str, *, problem: str = "", detail: str = "", status: int = 200
    ) -> Response:
        """A picture's versions, the messages that show it, and forms to do so or to go back."""
        return self._show(
            visit, "content_picture.html", status, picture=deeds.look_at_picture(self._services, name),
            problem=problem, detail=detail, typed={},
        )

    def restore(self, visit: Visit, name: str, form: dict[str, str]) -> Response:
        """An earlier version as the newest."""
        deeds.restore_picture(self._services, visit.person, name, read_asked(deeds.PictureRestored, form))
        return go_to(f"{PATH}/{name}")

    def remove(self, visit: Visit, name: str, form: dict[str, str]) -> Response:
        """Take a version away that nothing uses."""
        try:
            deeds.remove_picture(self._services, visit.person, name, read_asked(deeds.PictureRemoved, form))
        except Conflict as error:
            return self.show(visit, name, problem=_IN_USE, detail=str(error).partition(": ")[2], status=409)
        is_left = any(each.name == name for each in deeds.survey_pictures(self._services))
        return go_to(f"{PATH}/{name}" if is_left else PATH)

    def draft(self, visit: Visit, name: str, form: dict[str, str]) -> Response:
        """A draft in which a message shows it; `message` is `cart_left:2` here."""
        journey, _, number = form.get("message", "").partition(":")
        asked = read_asked(deeds.PictureShown, {**form, "journey": journey, "message": number})
        try:
            made = deeds.draft_picture(self._services, visit.person, name, asked)
        except Conflict as error:
            return self.show(visit, name, problem=_SAME, detail=self._words(visit).said(error.said), status=409)
        return go_to(f"/console/drafts/{made.id}")

    def _words(self, visit: Visit) -> Words:
        return Words(visit.person.language, self._services.settings.timezone)

    def _show(self, visit: Visit, template: str, status: int, **values: Any) -> Response:
        return self._frame.show(
            visit, template, here="content", status=status, may_add=may(visit.person.role, f"POST {PATH}"),
            accepted=ACCEPTED, most_alt=MOST_ALT_CHARACTERS, **values,
        )
