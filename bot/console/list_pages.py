"""The console: the lists behind Today's numbers, with what somebody may do about a row."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from bot.console.deeds import tasks
from bot.console.deeds.inputs import MOST_NUMBER, read_asked
from bot.console.frame import Frame, go_to
from bot.console.list_query import SPANS, link_to, list_filters, list_heads, read_wanted
from bot.console.lists import LISTS, Listing
from bot.console.paging import Wanted
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.console.words import Words
from bot.errors import Conflict, NotAllowed

PATH = "/console/lists"
_FIRST = Wanted()
_DECIDED = "Somebody was quicker, or the two became one meanwhile. Nothing was changed."
_APART = "These are two accounts of one shop, or somebody parted them before. They stay two people."
_STAYS = "That is not sent again: it waits already, may have left, or held a code that was forgotten."
Number = Annotated[int, Path(ge=1, le=MOST_NUMBER)]


def build_list_pages(frame: Frame) -> APIRouter:
    """Every page under /console/lists."""
    router = APIRouter(prefix=PATH, include_in_schema=False, route_class=frame.route_class)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.post("/reviews/{review}")
    def decide_review(review: Number, visit: here, form: sent) -> Response:
        try:
            tasks.decide_review(frame.services, visit.person, review, read_asked(tasks.ReviewDecided, form))
        except Conflict:
            return _show(frame, visit, _LISTS["reviews"], problem=_DECIDED, status=409)
        except NotAllowed:
            return _show(frame, visit, _LISTS["reviews"], problem=_APART, status=409)
        return go_to(f"{PATH}/reviews")

    @router.post("/letters/{letter}")
    def send_again(letter: Number, visit: here, form: sent) -> Response:
        try:
            tasks.send_again(frame.services, visit.person, letter)
        except Conflict:
            return _show(frame, visit, _LISTS["letters"], problem=_STAYS, status=409)
        return go_to(f"{PATH}/letters")

    for each in LISTS:
        _add_list(router, frame, each)
    return router


def _add_list(router: APIRouter, frame: Frame, listing: Listing) -> None:
    @router.get(f"/{listing.name}", name=f"list_{listing.name}")
    def show_list(
        visit: Annotated[Visit, Depends(frame.admit)], wanted: Annotated[Wanted, Depends(read_wanted)],
    ) -> Response:
        return _show(frame, visit, listing, wanted)


def _show(
    frame: Frame, visit: Visit, listing: Listing, wanted: Wanted = _FIRST, problem: str = "", status: int = 200
) -> Response:
    services, path = frame.services, f"{PATH}/{listing.name}"
    words = Words(visit.person.language, services.settings.timezone)
    with services.store.read() as connection:
        page = listing.read(connection, services, words, wanted)
        doable = listing.doable(connection, [int(each[0]) for each in page.rows]) if listing.doable else None
        filters = list_filters(connection, services, words, listing, wanted)
    deeds = listing.deeds if may(visit.person.role, f"POST {PATH}/{listing.name}/{{{listing.row}}}") else ()
    return frame.show(
        visit, "list.html", here="today", status=status, listing=listing, rows=page.rows, deeds=deeds,
        doable=doable, problem=problem, wanted=wanted, heads=list_heads(path, listing, wanted), filters=filters,
        spans=[(each, link_to(path, wanted, days=each)) for each in SPANS] if listing.has_days else (),
        later=link_to(path, wanted, after=page.after) if page.after else "", first=link_to(path, wanted),
    )


_LISTS = {each.name: each for each in LISTS}
