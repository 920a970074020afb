"""The console: a journey and another way of choosing -> what that would have brought, in plain words."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from bot.console.deeds.results import try_change
from bot.console.frame import Frame
from bot.console.result_pages import days_of_window
from bot.console.sessions import Visit
from bot.console.shop_journeys import list_shop_journeys
from bot.console.what_if import LEAST_EFFECTIVE, POLICIES, SAMPLE, list_policies
from bot.console.words import Words
from bot.errors import RateLimited

_TOO_OFTEN = "That was tried often enough for now. Please wait five minutes."


def build_what_if_pages(frame: Frame) -> APIRouter:
    """The page under /console/results/what-if."""
    router = APIRouter(include_in_schema=False, route_class=frame.route_class)

    @router.get("/console/results/what-if")
    def show_change(
        visit: Annotated[Visit, Depends(frame.admit)], journey: str = "", policy: str = ""
    ) -> Response:
        return _try_change(frame, visit, journey, policy)

    return router


def _try_change(frame: Frame, visit: Visit, journey: str, policy: str) -> Response:
    """What another way of choosing would have brought, on a sample of what was decided."""
    services = frame.services
    triggers = {each.name: each for each in list_shop_journeys(services)}
    found, problem, status = None, "", 200
    trigger = triggers.get(journey)
    if trigger and policy in list_policies(trigger):  # another journey may not have the policy that was chosen before
        try:
            found = try_change(services, visit.person, journey, policy)
        except RateLimited:
            problem, status = _TOO_OFTEN, 429
    words = Words(visit.person.language, services.settings.timezone)
    return frame.show(
        visit, "what_if.html", here="results", status=status, problem=problem, found=found, journey=journey,
        policy=policy, journeys=sorted(triggers), trigger=trigger, sample=SAMPLE, least=LEAST_EFFECTIVE,
        window=days_of_window(services),
        rewards=services.guardrails.learning.rewards,
        policies={each: words.policy(each, POLICIES) for each in (list_policies(trigger) if trigger else ())},
    )
