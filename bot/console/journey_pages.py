"""The console: the journeys' list, one journey drawn with its words, stopping it, and trying it on yesterday."""

from datetime import datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import numpy as np
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from bot.bootstrap import InForce
from bot.charter.agreement import subject_behind
from bot.charter.content import journey_subject
from bot.charter.kept import read_waiting
from bot.console.charter_pages import propose_resumption
from bot.console.flow import draw_flow, list_nodes
from bot.console.frame import Frame, go_to
from bot.console.journeys import list_journeys, list_messages, list_versions, mark_facts
from bot.console.overview import CHART_DAYS
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.console.trail import write_trail
from bot.console.words import Words
from bot.decision.pauses import pause_journey, read_pauses, resume_journey
from bot.decision.triggers import Trigger
from bot.nudges.trial import Trial, try_journey
from bot.profile.rate_limits import take

_SEED = 1  # the same day gives the same answer
TRIALS, TRIAL_SECONDS = 10, 300  # of one person: each reads a day of events
SHOWN = 10  # of a trial's messages
_LEAST_REASON = 3
_NO_REASON = "Please say why, in a few words."
_TOO_OFTEN = "That was tried often enough for now. Please wait five minutes."
_CAMPAIGN = "A campaign begins by hand, not on events: there is no day to try it on."


def build_journey_pages(frame: Frame) -> APIRouter:
    """Every page under /console/journeys."""
    router = APIRouter(prefix="/console/journeys", include_in_schema=False)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_journeys(visit: here) -> Response:
        return pages.list(visit)

    @router.get("/{journey}")
    def show_journey(journey: str, visit: here) -> Response:
        return pages.show(visit, pages.find(journey))

    @router.post("/{journey}/pause")
    def pause(journey: str, visit: here, form: sent) -> Response:
        return pages.change(visit, pages.find(journey), form, "paused")

    @router.post("/{journey}/resume")
    def resume(journey: str, visit: here, form: sent) -> Response:
        return pages.change(visit, pages.find(journey), form, "resumed")

    @router.post("/{journey}/trial")
    def try_it(journey: str, visit: here, form: sent) -> Response:
        return pages.try_it(visit, pages.find(journey))

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services
        self._zone = ZoneInfo(frame.services.settings.timezone)

    def find(self, name: str) -> Trigger:
        """A journey of the shop's file; 404 for any other name."""
        found = next((each for each in self._services.triggers if each.name == name), None)
        if found is None:
            raise HTTPException(404)
        return found

    def list(self, visit: Visit) -> Response:
        """All of them."""
        today = self._services.clock().astimezone(self._zone).date()
        with self._services.store.read() as connection:
            rows = list_journeys(connection, self._services.triggers, today)
        return self._frame.show(visit, "journeys.html", here="journeys", rows=rows, days=CHART_DAYS)

    def show(self, visit: Visit, trigger: Trigger, *, problem: str = "", status: int = 200, **more: Any) -> Response:
        """One of them, with what came of a trial where there was one."""
        words = Words(visit.person.language, self._services.settings.timezone)
        in_force = {each.version for each in InForce(self._services).read().triggers if each.name == trigger.name}
        with self._services.store.read() as connection:
            pause, versions = read_pauses(connection).get(trigger.name), list_versions(connection, trigger, in_force)
            subject = journey_subject(trigger.name)
            waits = any(subject_behind(each.subject) == subject for each in read_waiting(connection))
        goals = [each.names[visit.person.language] for each in self._services.goals.goals if each.serves(trigger.name)]
        deeds = {
            deed: may(visit.person.role, f"POST /console/journeys/{{journey}}/{deed}")
            for deed in ("pause", "resume", "trial")
        }
        return self._frame.show(
            visit, "journey.html", here="journeys", status=status, trigger=trigger, pause=pause, versions=versions,
            goals=goals, flow=draw_flow(list_nodes(trigger, words), words.journey(trigger.name)), deeds=deeds,
            messages=list_messages(trigger), waits=waits, mark_facts=mark_facts, problem=problem,
            **{"trial": None, "tried_on": None, "shown": SHOWN, **more},
        )

    def change(self, visit: Visit, trigger: Trigger, form: dict[str, str], deed: str) -> Response:
        """Stop it or let it go on, with the reason, in one transaction with the trail."""
        reason, now, by = " ".join(form.get("reason", "").split())[:200], self._services.clock(), visit.person.name
        if len(reason) < _LEAST_REASON:
            return self.show(visit, trigger, problem=_NO_REASON, status=400)
        charter = self._services.charter
        with self._services.store.write() as connection:
            if deed == "paused":
                has_changed = pause_journey(
                    connection, trigger.name, reason="by_hand", by=by, now=now, details={"why": reason}
                )
            elif charter and trigger.name in read_pauses(connection):
                propose_resumption(connection, charter, trigger.name, visit.person, reason, self._services)
                has_changed = False  # the trail has it already
            else:
                has_changed = resume_journey(connection, trigger.name, by=by, now=now)
            if has_changed:
                write_trail(connection, by, deed, about=f"journey:{trigger.name}", note=reason, now=now)
        return go_to(f"/console/journeys/{trigger.name}")

    def try_it(self, visit: Visit, trigger: Trigger) -> Response:
        """Whom it would have written to yesterday. Nothing is sent; that somebody asked is kept."""
        if trigger.steps:
            return self.show(visit, trigger, problem=_CAMPAIGN, status=400)
        now, by = self._services.clock(), visit.person.name
        with self._services.store.write() as connection:
            may_try = take(connection, f"console:trial:{by}", limit=TRIALS, window_seconds=TRIAL_SECONDS, now=now)
            if may_try:
                write_trail(connection, by, "tried", about=f"journey:{trigger.name}", now=now)
        if not may_try:
            return self.show(visit, trigger, problem=_TOO_OFTEN, status=429)
        day = now.astimezone(self._zone).date() - timedelta(days=1)
        since, until = (datetime.combine(each, time(), self._zone) for each in (day, day + timedelta(days=1)))
        trial: Trial = try_journey(self._services, trigger, since, until, rng=np.random.default_rng(_SEED))
        return self.show(visit, trigger, trial=trial, tried_on=day)
