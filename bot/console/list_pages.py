"""The console: the lists behind Today's numbers, with what somebody may do about a row."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from bot.console.deeds import tasks
from bot.console.deeds.inputs import MOST_NUMBER, read_asked
from bot.console.frame import Frame, PageRoute, go_to
from bot.console.lists import LISTS, Listing
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.console.words import Words
from bot.errors import Conflict, NotAllowed

PATH = "/console/lists"
_DECIDED = "Somebody was quicker, or the two became one meanwhile. Nothing was changed."
_APART = "These are two accounts of one shop, or somebody parted them before. They stay two people."
_STAYS = "That is not sent again: it waits already, may have left, or held a code that was forgotten."
Number = Annotated[int, Path(ge=1, le=MOST_NUMBER)]


def build_list_pages(frame: Frame) -> APIRouter:
    """Every page under /console/lists."""
    router = APIRouter(prefix=PATH, include_in_schema=False, route_class=PageRoute)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.post("/reviews/{review}")
    def decide_review(review: Number, visit: here, form: sent) -> Response:
        try:
            tasks.decide_review(frame.services, visit.person, review, read_asked(tasks.ReviewDecided, form))
        except Conflict:
            return _show(frame, visit, _LISTS["reviews"], _DECIDED, 409)
        except NotAllowed:
            return _show(frame, visit, _LISTS["reviews"], _APART, 409)
        return go_to(f"{PATH}/reviews")

    @router.post("/letters/{letter}")
    def send_again(letter: Number, visit: here, form: sent) -> Response:
        try:
            tasks.send_again(frame.services, visit.person, letter)
        except Conflict:
            return _show(frame, visit, _LISTS["letters"], _STAYS, 409)
        return go_to(f"{PATH}/letters")

    for each in LISTS:
        _add_list(router, frame, each)
    return router


def _add_list(router: APIRouter, frame: Frame, listing: Listing) -> None:
    @router.get(f"/{listing.name}", name=f"list_{listing.name}")
    def show_list(visit: Annotated[Visit, Depends(frame.admit)]) -> Response:
        return _show(frame, visit, listing)


def _show(frame: Frame, visit: Visit, listing: Listing, problem: str = "", status: int = 200) -> Response:
    words = Words(visit.person.language, frame.services.settings.timezone)
    with frame.services.store.read() as connection:
        rows = listing.read(connection, frame.services, words)
        doable = listing.doable(connection, [int(each[0]) for each in rows]) if listing.doable else None
    deeds = listing.deeds if may(visit.person.role, f"POST {PATH}/{listing.name}/{{{listing.row}}}") else ()
    return frame.show(
        visit, "list.html", here="today", status=status, listing=listing, rows=rows, deeds=deeds,
        doable=doable, problem=problem,
    )


_LISTS = {each.name: each for each in LISTS}
