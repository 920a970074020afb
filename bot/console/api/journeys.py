"""The console's API: journeys: what they say, how they stand, stopping one, trying one on yesterday."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from bot.bootstrap import Services
from bot.charter.kept import Ended
from bot.console import journeys
from bot.console.api.admission import Here
from bot.console.content import DAYS
from bot.console.deeds import journey_versions as versions
from bot.console.deeds import journeys as deeds
from bot.console.deeds.inputs import Why
from bot.console.journeys import JourneyRow, Version, list_messages
from bot.console.version_changes import SettingChange, TextChange
from bot.decision.pauses import Pause
from bot.nudges.trial import Trial

SHOWN = 10  # of a trial's messages
State = Literal["running", "resting", "proposed"]
VersionName = Annotated[str, Field(max_length=16)]


class Rest(BaseModel):
    """Since when a journey rests, why, and by whom."""

    since: datetime
    reason: str
    by: str
    why: str


class JourneyLine(BaseModel):
    """A journey of the list; what was sent and held in thirty days. `state`: `waits` was never agreed on."""

    name: str
    state: journeys.State
    purpose: str
    channels: Sequence[str]
    rest: Rest | None
    versions: int
    waiting: int
    sent: int
    held: int
    ended: Ended | None


class MessageView(BaseModel):
    """One way of saying it. `step`: "" the first message, else the name of what follows."""

    step: str
    variant: str
    case: str
    channels: Sequence[str]
    texts: Mapping[str, str]


class JourneyView(BaseModel):
    """A journey as its page shows it. `yields_to`: it leaves alone whom these want; `before`: these yield to it."""

    name: str
    state: journeys.State
    kind: str
    purpose: str
    channels: Sequence[str]
    begins_on: Sequence[str]
    wait_seconds: float
    audience: str
    rest: Rest | None
    waits_for_agreement: bool
    yields_to: Sequence[str]
    before: Sequence[str]
    ended: Ended | None
    versions: Sequence[Version]
    messages: Sequence[MessageView]


class MessageDifference(BaseModel):
    """A message that changed, went or came; its texts word by word."""

    state: Literal["changed", "gone", "new"]
    step: str
    variant: str
    case: str
    texts: Sequence[TextChange]
    settings: Sequence[SettingChange]


class VersionView(BaseModel):
    """A version that somebody began with, that is in force, or that waits for agreement."""

    name: str
    first_used_at: datetime | None
    is_in_force: bool
    is_proposed: bool


class LiftOfGoal(BaseModel):
    """What a version brought towards a goal: the effect of one person with its interval; None: too early to say."""

    goal: str
    effect: Sequence[float] | None
    nudged: int
    held_out: int


class OutcomeView(BaseModel):
    """What came of a version in so many days. A count is null below ten; a goal is left out below ten people."""

    version: str
    counts: Mapping[str, int | None]
    lifts: Sequence[LiftOfGoal]


class VersionsView(BaseModel):
    """Two versions side by side; `before` and `after` are null while there is only one."""

    known: Sequence[VersionView]
    before: str | None
    after: str | None
    days: int
    settings: Sequence[SettingChange]
    messages: Sequence[MessageDifference]
    outcomes: Sequence[OutcomeView]


class Standing(BaseModel):
    """How it stands now; `proposed`: it goes on once the charter's three parts agree."""

    state: State


class WouldSend(BaseModel):
    """A message that would have left; to whom is told to nobody."""

    at: datetime
    channel: str
    variant: str
    text: str


class TrialView(BaseModel):
    """What came of yesterday. `because`: an occasion may be held by several reasons at once.

    Of one person `one_in` so many: a busy day is tried on a sample.
    """

    day: date
    version: str
    one_in: int
    begun: int
    over: int
    held: int
    because: Mapping[str, int]
    would_send: int
    first: Sequence[WouldSend]


def add_journey_calls(router: APIRouter, services: Services) -> None:
    """Every call under /journeys."""

    @router.get("/journeys")
    def list_journeys(here: Here) -> Sequence[JourneyLine]:
        return [_line(each) for each in deeds.survey(services)]

    @router.get("/journeys/{journey}")
    def show_journey(journey: str, here: Here) -> JourneyView:
        return _view(deeds.look_at(services, deeds.find_journey(services, journey)))

    @router.get("/journeys/{journey}/versions", description="Without names: the newest two, what waits among them.")
    def compare_versions(journey: str, here: Here, one: VersionName = "", other: VersionName = "") -> VersionsView:
        trigger = deeds.find_journey(services, journey)
        found = versions.compare_versions(services, trigger, one, other)
        return _view_versions(versions.list_known(services, trigger), found)

    @router.post("/journeys/{journey}/pause")
    def pause(journey: str, here: Here, asked: Why) -> Standing:
        deeds.pause(services, here.person, deeds.find_journey(services, journey), asked)
        return Standing(state="resting")

    @router.post("/journeys/{journey}/resume")
    def resume(journey: str, here: Here, asked: Why) -> Standing:
        found = deeds.find_journey(services, journey)
        return Standing(state=deeds.resume(services, here.person, found, asked))

    @router.post("/journeys/{journey}/trial", description="At most ten in five minutes. Nothing is sent.")
    def try_it(journey: str, here: Here) -> TrialView:
        day, trial = deeds.try_on_yesterday(services, here.person, deeds.find_journey(services, journey))
        return view_trial(day, trial)


def _line(row: JourneyRow) -> JourneyLine:
    trigger = row.trigger
    return JourneyLine(
        name=trigger.name, state=row.state, purpose=trigger.purpose, channels=trigger.channels, rest=_rest(row.pause),
        versions=row.versions, waiting=row.waiting, sent=row.sent, held=row.held, ended=row.ended,
    )


def _view(journey: deeds.Journey) -> JourneyView:
    trigger = journey.trigger
    return JourneyView(
        name=trigger.name, state=journey.state, kind=trigger.kind, purpose=trigger.purpose,
        channels=trigger.channels, begins_on=trigger.on, wait_seconds=trigger.wait_seconds,
        audience=trigger.audience, rest=_rest(journey.pause),
        waits_for_agreement=journey.waits, yields_to=journey.yields_to, before=journey.before, ended=journey.ended,
        versions=journey.versions,
        messages=[
            MessageView(step=step, variant=each.variant, case=each.case, channels=each.channels, texts=each.texts)
            for step, each in list_messages(trigger)
        ],
    )


def _view_versions(known: Sequence[versions.Known], found: versions.Comparison | None) -> VersionsView:
    return VersionsView(
        known=[
            VersionView(name=each.name, first_used_at=each.first_used_at, is_in_force=each.is_in_force,
                        is_proposed=each.is_proposed)
            for each in known
        ],
        before=found.before.name if found else None, after=found.after.name if found else None, days=DAYS,
        settings=found.changes.settings if found else (),
        messages=[
            MessageDifference(state=each.state, step=each.step, variant=each.message.variant, case=each.message.case,
                              texts=each.texts, settings=each.settings)
            for each in (found.changes.messages if found else ())
        ],
        outcomes=[
            OutcomeView(version=each.version, counts=each.counts, lifts=[
                LiftOfGoal(goal=goal, effect=lift["effect"], nudged=lift["nudged"], held_out=lift["held_out"])
                for goal, lift in each.lifts.items() if lift
            ])
            for each in (found.outcomes if found else ())
        ],
    )


def _rest(pause: Pause | None) -> Rest | None:
    details: Mapping[str, Any] = pause.details if pause else {}
    return Rest(
        since=pause.paused_at, reason=pause.reason, by=pause.paused_by, why=str(details.get("why", ""))
    ) if pause else None


def view_trial(day: date, trial: Trial) -> TrialView:
    """What a program is told of it."""
    return TrialView(
        day=day, version=trial.version, one_in=trial.one_in, begun=trial.begun, over=trial.over,
        held=trial.held, because=trial.because, would_send=len(trial.sent),
        first=[
            WouldSend(at=each.at, channel=each.channel, variant=each.variant, text=each.text)
            for each in trial.sent[:SHOWN]
        ],
    )
