"""The console's API: results: figures, heat maps, what messages bring, questions, their answers as CSV, what-if."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from bot.bootstrap import Services
from bot.console.api.admission import Here
from bot.console.ask import Asked
from bot.console.deeds import results as deeds
from bot.console.deeds.inputs import Text
from bot.console.measures import FILTERS, MEASURES, Question
from bot.console.result_figures import AGAIN_DAYS, first_counted
from bot.console.result_sums import LEAST_PEOPLE, LEAST_SENT, answer, count_left_out, funnel, heat
from bot.console.result_view import TILES
from bot.console.what_if import WhatIf
from bot.errors import FixInput

Period = Literal["7", "30", "90"]
Key = Annotated[Text, Query(max_length=64)]
Interval = tuple[float, float, float]  # the estimate, and the ends of its 95 % interval
_OF_A_HUNDRED = "`effect` is of one person: 0.012 are 1.2 of a hundred; null while it is too early to say."


class Figure(BaseModel):
    """A measure of some days, and of as many before; null where nothing was counted. Money is in minor units."""

    measure: str
    unit: str
    since: date
    until: date
    value: float | None
    before: float | None


class Figures(BaseModel):
    """The tiles of the page, and how far messages came."""

    currency: str
    counted_since: date | None
    left_out: int = Field(description="Orders in another currency, which are in none of these.")
    figures: Sequence[Figure]
    funnel: Mapping[str, int]


class Cell(BaseModel):
    """Messages of an hour of the day, and the share that was clicked or answered; null of fewer than ten."""

    hour: int
    key: str = Field(description="0 (Monday) to 6, or a channel.")
    sent: int
    share: float | None


class Lift(BaseModel):
    """Who was written to beside who was held out."""

    key: str
    verdict: str
    effect: Interval | None
    nudged: int
    held_out: int
    is_hidden: bool = Field(description="A segment of fewer than ten people.")


class LiftOfWeek(BaseModel):
    """Of the ninety days before a Monday; null where it was not measured."""

    week: date
    lift: Lift | None


class LiftsView(BaseModel):
    """What messages bring towards a goal; `*` is all journeys together."""

    goal: str
    measured_at: datetime | None
    journeys: Sequence[Lift]
    weeks: Sequence[LiftOfWeek]
    channels: Sequence[Lift]
    segments: Sequence[Lift]


class PointView(BaseModel):
    """A value, and out of how much where it is a share; null where it is hidden, or nothing to divide by."""

    key: str
    name: str
    value: float | None
    out_of: float | None
    is_hidden: bool


class AnswerView(BaseModel):
    """What was understood, with its answer; or the problem with what it is about, and no points."""

    problem: str
    about: Sequence[str]
    said: str = Field(description="The question as it was understood, in the reader's words.")
    measure: str
    unit: str
    by: str
    only: Mapping[str, str]
    since: date | None
    until: date | None
    counted_since: date | None
    left_out: int = Field(description="Orders in another currency than the shop's, which are in no point.")
    points: Sequence[PointView]


class WhatIfView(BaseModel):
    """What the change would have brought a decision, in the value of the goal; nulls while it rests on too little."""

    verdict: str
    sampled: int
    left_out: int
    since: datetime | None
    mean: float | None
    difference: Interval | None
    rests_on: float


class Csv(Response):
    """As the page gives it, with a byte order mark for spreadsheets."""

    media_type = "text/csv"


def add_result_calls(router: APIRouter, services: Services) -> None:
    """Every call under /results."""

    def read_asked(
        q: Annotated[Text, Query(max_length=deeds.MOST_ASKED, description="In plain words; else in its parts.")] = "",
        measure: Key = "", by: Key = "", journey: Key = "", channel: Key = "", segment: Key = "",
        since: date | None = None, until: date | None = None,
    ) -> Asked:
        if q:
            return deeds.understand(services, q)
        if not measure:
            return Asked()
        only = {kind: key for kind, key in zip(FILTERS, (journey, channel, segment), strict=True) if key}
        return deeds.put_together(services, measure, by, only, since, until)

    question = Annotated[Asked, Depends(read_asked)]

    @router.get("/results")
    def show_figures(here: Here, days: Period = "30", journey: Key = "", channel: Key = "") -> Figures:
        deeds.require_known(services, journey=journey, channel=channel)
        return _read_figures(services, int(days), journey, channel)

    @router.get("/results/heat")
    def show_heat(
        here: Here, across: Literal["weekday", "channel"] = "weekday", days: Period = "30", journey: Key = "",
        channel: Key = "",
    ) -> Sequence[Cell]:
        deeds.require_known(services, journey=journey, channel=channel)
        return _read_heat(services, across, int(days), journey, channel)

    @router.get("/results/lift", description=_OF_A_HUNDRED)
    def show_lift(here: Here, goal: Key = "", journey: Key = "") -> LiftsView:
        deeds.require_known(services, goal=goal, journey=journey)
        chosen = deeds.find_goal(services, goal)
        return _view_lifts(chosen.key if chosen else "", deeds.find_lifts(services, chosen.key if chosen else "",
                                                                          journey))

    @router.get("/results/question")
    def answer_question(here: Here, asked: question) -> AnswerView:
        if not (asked.measure or asked.problem):
            raise FixInput("q", "is needed: ask in words, or name a measure")
        return _answer(services, here, asked)

    @router.get("/results/export", response_class=Csv, description="That somebody took it is kept in the trail.")
    def export(here: Here, asked: question) -> Response:
        name, text = deeds.take_out(services, here.person, asked)
        return Csv(text, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    @router.get("/results/what-if", description="At most twenty in five minutes; kept in the trail.")
    def try_change(here: Here, journey: Key, policy: Key) -> WhatIfView:
        return _view_change(deeds.try_change(services, here.person, journey, policy))


def _read_figures(services: Services, days: int, journey: str, channel: str) -> Figures:
    today = deeds.today_of(services)
    spans = (deeds.span_of(today, days), deeds.span_of(today - timedelta(days=days), days))
    with services.store.read() as connection:
        counted = [deeds.read_counted(connection, each) for each in spans]
        first = first_counted(connection)
    figures = []
    for measure in TILES:
        shift = timedelta(days=AGAIN_DAYS if measure == "retention" else 0)
        shifted = [(since - shift, until - shift) for since, until in spans]
        now, before = (answer(Question(measure, *span), each, {})[0].value
                       for each, span in zip(counted, shifted, strict=True))
        is_known = first is not None and first <= shifted[1][0]
        figures.append(Figure(measure=measure, unit=MEASURES[measure].unit, since=shifted[0][0], until=shifted[0][1],
                              value=now, before=before if is_known else None))
    return Figures(currency=services.goals.currency, counted_since=first, figures=figures,
                   left_out=count_left_out(counted[0], *spans[0]), funnel=dict(funnel(counted[0], journey, channel)))


def _read_heat(services: Services, across: str, days: int, journey: str, channel: str) -> list[Cell]:
    with services.store.read() as connection:
        counted = deeds.read_counted(connection, deeds.span_of(deeds.today_of(services), days), "sent")
    return [
        Cell(hour=hour, key=key, sent=sent, share=told / sent if sent >= LEAST_SENT else None)
        for (hour, key), (sent, told) in sorted(heat(counted, across, journey, channel).items())
    ]


def _view_lifts(goal: str, found: deeds.Lifts) -> LiftsView:
    return LiftsView(
        goal=goal, measured_at=found.measured_at,
        journeys=[_view_lift(key, each) for key, each in found.journeys.items()],
        weeks=[LiftOfWeek(week=day, lift=_view_lift("", each) if each else None) for day, each in found.weeks.items()],
        channels=[_view_lift(key, each) for key, each in found.channels.items()],
        segments=[_view_lift(key, each, LEAST_PEOPLE) for key, each in found.segments.items()],
    )


def _view_lift(key: str, lift: Mapping[str, Any], least: int = 0) -> Lift:
    if lift["nudged"] + lift["held_out"] < least:
        return Lift(key=key, verdict="early", effect=None, nudged=0, held_out=0, is_hidden=True)
    return Lift(key=key, verdict=lift["verdict"], effect=lift["effect"] or None, nudged=lift["nudged"],
                held_out=lift["held_out"], is_hidden=False)


def _answer(services: Services, here: Here, asked: Asked) -> AnswerView:
    asks, results = asked.question(), deeds.speak_results(services, here.person.language)
    found = deeds.find_answer(services, asks) if asks else None
    return AnswerView(
        problem=asked.problem, about=asked.words, said=results.say_question(asks) if asks else "",
        measure=asked.measure, unit=MEASURES[asked.measure].unit if asked.measure else "", by=asked.by,
        only=asked.only, since=asked.since, until=asked.until, counted_since=found.first if found else None,
        left_out=found.left_out if found else 0,
        points=[
            PointView(key=each.key, name=results.say_key(asked.by, each.key), value=each.value,
                      out_of=each.over or None, is_hidden=each.is_hidden)
            for each in (found.points if found else ())
        ],
    )


def _view_change(found: WhatIf) -> WhatIfView:
    return WhatIfView(
        verdict=found.verdict, sampled=found.sampled, left_out=found.left_out, since=found.since,
        mean=found.mean if found.is_known else None, difference=found.difference if found.is_known else None,
        rests_on=found.effective,
    )
