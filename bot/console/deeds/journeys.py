"""The console's deeds: stop a journey, let it go on, try it on yesterday. Pages and the API do them by these alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from bot.bootstrap import InForce, Services, to_be_tried
from bot.charter.agreement import is_about
from bot.charter.content import journey_subject
from bot.charter.drafts import Draft, list_drafts
from bot.charter.kept import Ended, read_ended, read_waiting
from bot.console import journeys
from bot.console.deeds.inputs import Why
from bot.console.deeds.resumptions import propose_resumption
from bot.console.journeys import JourneyRow, Version, list_journeys, list_versions
from bot.console.people import Person
from bot.console.shop_journeys import list_shop_journeys
from bot.console.trail import write_trail
from bot.decision.pauses import Pause, pause_journey, read_pauses, resume_journey
from bot.decision.triggers import Trigger
from bot.errors import NotFound, RateLimited, Unsupported
from bot.nudges.trial import Trial, try_journey
from bot.profile.rate_limits import take

_SEED = 1  # the same day gives the same answer
TRIALS, TRIAL_SECONDS = 10, 300  # of one person
SAMPLED = 250  # events that begin it: a page does not wait for more
State = Literal["running", "resting", "proposed"]


@dataclass(frozen=True)
class Journey:
    """A journey as it stands. `waits`: a change of it is not agreed on yet. `before`: the journeys that yield to it."""

    trigger: Trigger
    pause: Pause | None
    versions: Sequence[Version]
    waits: bool
    yields_to: tuple[str, ...]
    before: tuple[str, ...]
    ended: Ended | None = None
    is_in_force: bool = True

    @property
    def state(self) -> journeys.State:
        """How it stands."""
        return journeys.name_state(self.ended, self.pause, is_in_force=self.is_in_force)


def find_journey(services: Services, name: str) -> Trigger:
    """A journey of the shop's; NotFound for any other name."""
    found = next((each for each in list_shop_journeys(services) if each.name == name), None)
    if found is None:
        raise NotFound("the shop has no journey of that name")
    return found


def survey(services: Services) -> list[JourneyRow]:
    """All of them, with what they did lately."""
    today = services.clock().astimezone(ZoneInfo(services.settings.timezone)).date()
    shown, in_force = list_shop_journeys(services), {each.name for each in InForce(services).read().triggers}
    with services.store.read() as connection:
        return list_journeys(connection, shown, today, in_force)


def look_at(services: Services, trigger: Trigger) -> Journey:
    """One of them."""
    agreed = InForce(services).read()
    in_force = {each.version for each in agreed.triggers if each.name == trigger.name}
    yields = agreed.guardrails.yields
    with services.store.read() as connection:
        return Journey(
            trigger, read_pauses(connection).get(trigger.name), list_versions(connection, trigger, in_force),
            any(is_about(each.subject, trigger.name) for each in read_waiting(connection)),
            yields.get(trigger.name, ()), tuple(sorted(each for each, to in yields.items() if trigger.name in to)),
            read_ended(connection).get(journey_subject(trigger.name)), bool(in_force),
        )


def pause(services: Services, person: Person, trigger: Trigger, asked: Why) -> None:
    """Stop it. Nothing happens to one that rests already. Writes, the trail in the same transaction."""
    now = services.clock()
    with services.store.write() as connection:
        details = {"why": asked.reason}
        if pause_journey(connection, trigger.name, reason="by_hand", by=person.name, now=now, details=details):
            about = f"journey:{trigger.name}"
            write_trail(connection, person.name, "paused", about=about, note=asked.reason, now=now)


def resume(services: Services, person: Person, trigger: Trigger, asked: Why) -> State:
    """Let it go on; where the shop has a charter, ask the three parts to. How it stands then. Writes."""
    return resume_by_name(services, trigger.name, person.name, asked.reason, is_signed_in=True)[0]


def resume_by_name(
    services: Services, journey: str, by: str, reason: str, *, is_signed_in: bool = False
) -> tuple[State, bool]:
    """The same by whoever holds the machine, who agrees for nobody; and whether anything changed. Writes."""
    now, charter = services.clock(), services.charter
    with services.store.write() as connection:
        if charter and journey in read_pauses(connection):
            is_new = propose_resumption(connection, charter, journey, by, reason, now, is_signed_in=is_signed_in)
            return ("proposed" if journey in read_pauses(connection) else "running"), is_new
        changed = resume_journey(connection, journey, by=by, now=now)
        if changed:
            write_trail(connection, by, "resumed", about=f"journey:{journey}", note=reason, now=now)
    return "running", changed


def list_open_drafts(services: Services, trigger: Trigger) -> list[Draft]:
    """What somebody is drafting of it."""
    with services.store.read() as connection:
        return list_drafts(connection, kind="journey", name=trigger.name)


def count_trial(services: Services, person: Person, deed: str, about: str) -> None:
    """Note that somebody tries something; RateLimited after so many. Writes."""
    now = services.clock()
    with services.store.write() as connection:
        may_try = take(
            connection, f"console:trial:{person.name}", limit=TRIALS, window_seconds=TRIAL_SECONDS, now=now
        )
        if may_try:
            write_trail(connection, person.name, deed, about=about, now=now)
    if not may_try:
        raise RateLimited("tried often enough for now", TRIAL_SECONDS)


def try_on_yesterday(
    services: Services, person: Person, trigger: Trigger, deed: str = "tried"
) -> tuple[date, Trial]:
    """Whom it would have written to. Nothing is sent; that somebody asked is kept, as `deed`.

    Unsupported for a campaign, which begins by hand; RateLimited after so many.
    """
    if trigger.steps:
        raise Unsupported("a campaign begins by hand, not on events: there is no day to try it on")
    now, zone = services.clock(), ZoneInfo(services.settings.timezone)
    count_trial(services, person, deed, f"journey:{trigger.name}")
    day = now.astimezone(zone).date() - timedelta(days=1)
    since, until = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    rng = np.random.default_rng(_SEED)
    return day, try_journey(to_be_tried(services), trigger, since, until, rng=rng, most_events=SAMPLED)
