"""The console: the pages of the shop's offers: what is said of a code, beside what the shop gives by it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from bot.console.deeds import offers as deeds
from bot.console.deeds.versions import list_changes
from bot.console.frame import Frame
from bot.console.list_query import choose_from, lay_out, read_wanted
from bot.console.offer_truth import Standing
from bot.console.paging import Wanted
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.console.words import Words

PATH = "/console/content/offers"
# What a state is called, and how it looks.
STATES = {
    "given": ("the shop gives it", "good"), "unknown": ("the shop does not know it", "bad"),
    "differs": ("the shop gives something else", "bad"), "later": ("not yet", ""), "over": ("over", ""),
    "unread": ("the shop was not asked yet, or cannot say", ""),
}
_COLUMNS: Mapping[str, Callable[[Standing], Any] | None] = {
    "code": lambda each: each.code.casefold(), "what is said": None, "what it gives": None,
    "named by": lambda each: each.named_by, "in the shop": lambda each: each.truth.state,
}


def _tell(standing: Standing) -> str:
    """What is searched by words."""
    return " ".join([standing.code, *(standing.told.names.values() if standing.told else ())])


def build_offer_pages(frame: Frame) -> APIRouter:
    """Every page under /console/content/offers."""
    router = APIRouter(prefix=PATH, include_in_schema=False, route_class=frame.route_class)
    here = Annotated[Visit, Depends(frame.admit)]

    def show(visit: Visit, template: str, **values: Any) -> Response:
        return frame.show(
            visit, template, here="content", states=STATES,
            may_draft=may(visit.person.role, "GET /console/drafts/new/{kind}"),
            may_end=may(visit.person.role, "POST /console/charter/endings") and frame.services.charter is not None,
            **values,
        )

    @router.get("")
    def show_offers(visit: here, wanted: Annotated[Wanted, Depends(read_wanted)]) -> Response:
        words = Words(visit.person.language, frame.services.settings.timezone)
        found = deeds.survey_offers(frame.services)
        table = lay_out(PATH, found.standing, wanted, _COLUMNS, [
            (choose_from(
                wanted, "state", "in the shop", [(each, words.say(name)) for each, (name, _) in STATES.items()]),
             lambda each, state: each.truth.state == state),
            (choose_from(wanted, "text", "Holds the words"),
             lambda each, text: text.casefold() in _tell(each).casefold()),
        ])
        return show(visit, "content_offers.html", found=found, table=table)

    @router.get("/{offer}")
    def show_offer(offer: str, visit: here) -> Response:
        seen = deeds.look_at_offer(frame.services, offer)
        return show(visit, "content_offer.html", seen=seen, changes=list_changes(seen.versions))

    return router
