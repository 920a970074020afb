"""The console: the pages of the shop's offers: what is said of a code, beside what the shop gives by it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from bot.console.deeds import offers as deeds
from bot.console.deeds.versions import list_changes
from bot.console.frame import Frame, PageRoute
from bot.console.roles import may
from bot.console.sessions import Visit

PATH = "/console/content/offers"
# What a state is called, and how it looks.
STATES = {
    "given": ("the shop gives it", "good"), "unknown": ("the shop does not know it", "bad"),
    "differs": ("the shop gives something else", "bad"), "later": ("not yet", ""), "over": ("over", ""),
    "unread": ("the shop was not asked yet, or cannot say", ""),
}


def build_offer_pages(frame: Frame) -> APIRouter:
    """Every page under /console/content/offers."""
    router = APIRouter(prefix=PATH, include_in_schema=False, route_class=PageRoute)
    here = Annotated[Visit, Depends(frame.admit)]

    def show(visit: Visit, template: str, **values: Any) -> Response:
        return frame.show(
            visit, template, here="content", states=STATES, currency=frame.services.goals.currency,
            may_draft=may(visit.person.role, "GET /console/drafts/new/{kind}"),
            may_end=may(visit.person.role, "POST /console/charter/endings") and frame.services.charter is not None,
            **values,
        )

    @router.get("")
    def show_offers(visit: here) -> Response:
        return show(visit, "content_offers.html", found=deeds.survey_offers(frame.services))

    @router.get("/{offer}")
    def show_offer(offer: str, visit: here) -> Response:
        seen = deeds.look_at_offer(frame.services, offer)
        return show(visit, "content_offer.html", seen=seen, changes=list_changes(seen.versions))

    return router
