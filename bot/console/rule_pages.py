"""The console: goals, caps and quiet hours: what is in force, what it was, and the way to a draft."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from bot.console.deeds.rules import look_at_rules
from bot.console.deeds.versions import list_changes
from bot.console.draft_words import QUIET_MODES
from bot.console.frame import Frame
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.decision.triggers import CHANNELS, PURPOSES


def build_rule_pages(frame: Frame) -> APIRouter:
    """The page under /console/charter/rules."""
    router = APIRouter(include_in_schema=False, route_class=frame.route_class)

    @router.get("/console/charter/rules")
    def show_rules(visit: Annotated[Visit, Depends(frame.admit)]) -> Response:
        found = look_at_rules(frame.services)
        return frame.show(
            visit, "rules.html", here="charter", found=found, purposes=PURPOSES, channels=CHANNELS, modes=QUIET_MODES,
            list_changes=list_changes, may_draft=may(visit.person.role, "GET /console/drafts/new/{kind}"),
            may_end=may(visit.person.role, "POST /console/charter/endings") and frame.services.charter is not None,
        )

    return router
