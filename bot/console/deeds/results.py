"""The console's deeds: answer a question, take its answer out, try another way of choosing. For pages and the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.console.ask import Asked, check, read_question
from bot.console.csv_out import write_csv
from bot.console.figures import read_days, read_worth
from bot.console.lift_figures import read_groups, read_weeks
from bot.console.measures import DIMENSIONS, FILTERS, MEASURES, OF_ORDERS, Question
from bot.console.people import Person
from bot.console.result_figures import AGAIN_DAYS, first_counted, read_again, read_results, read_sizes
from bot.console.result_names import names_of
from bot.console.result_sums import Counted, Point, answer, count_left_out
from bot.console.result_view import Results
from bot.console.shop_goals import goals_in_force
from bot.console.shop_journeys import list_shop_journeys
from bot.console.trail import write_trail
from bot.console.what_if import WhatIf, list_policies, try_policy
from bot.console.words import Words
from bot.contracts.messages import Language
from bot.errors import FixInput, NotFound, RateLimited
from bot.measure.goals import Goal
from bot.profile.rate_limits import take
from bot.texts.catalogue import to_units

MOST_ASKED, USUAL_DAYS = 200, 30
TRIES, TRY_SECONDS = 20, 300  # of one person: a change that is tried reads thousands of decisions
_OLDEST = date(2000, 1, 1)  # an answer by day has a point for each
Span = tuple[date, date]


@dataclass(frozen=True)
class Answered:
    """The points of an answer, the first day that was ever counted, and how many orders are left out of it."""

    points: Sequence[Point]
    first: date | None
    left_out: int = 0  # in another currency, where it is about orders


@dataclass(frozen=True)
class Lifts:
    """What messages bring towards a goal, each as `bot.console.worth.plain_lift` has it."""

    journeys: Mapping[str, Mapping[str, Any]]  # `*`: all together
    weeks: Mapping[date, Mapping[str, Any] | None]  # of the journey that was asked for; None: not measured
    channels: Mapping[str, Mapping[str, Any]]
    segments: Mapping[str, Mapping[str, Any]]
    measured_at: datetime | None


def today_of(services: Services) -> date:
    """The day it is where the shop is."""
    return services.clock().astimezone(ZoneInfo(services.settings.timezone)).date()


def span_of(today: date, days: int) -> Span:
    """The last so many days."""
    return today - timedelta(days=days - 1), today


def list_channels(services: Services) -> list[str]:
    """By which any journey speaks."""
    return sorted({channel for each in list_shop_journeys(services) for channel in each.channels})


def find_goal(services: Services, key: str) -> Goal | None:
    """The one of that key, else the first; None in a shop without any."""
    goals = goals_in_force(services).goals
    return next((each for each in goals if each.key == key), goals[0] if goals else None)


def speak_results(services: Services, language: Language) -> Results:
    """What says counted things in a language."""
    segments = InForce(services).read().segments.segments
    titles = {key: each.titles.get(language, key) for key, each in segments.items()}
    return Results(Words(language, services.settings.timezone), services.goals.currency, titles)


def require_known(services: Services, **names: str) -> None:
    """NotFound where one of `journey`, `channel`, `segment`, `goal` is none of the shop's; "" is any."""
    segments = InForce(services).read().segments.segments
    known = {"journey": {each.name for each in list_shop_journeys(services)}, "channel": set(list_channels(services)),
             "segment": set(segments), "goal": {each.key for each in goals_in_force(services).goals}}
    for kind, key in names.items():
        if key and key not in known[kind]:
            raise NotFound(f"the shop has no {kind} of that name")


def understand(services: Services, text: str) -> Asked:
    """What a question in words asks for, with what of it was not understood."""
    return read_question(text[:MOST_ASKED], names_of(services), today_of(services))


def put_together(
    services: Services, measure: str, by: str, only: Mapping[str, str], since: date | None, until: date | None
) -> Asked:
    """A question of its parts. NotFound for a part that there is not, FixInput for a day of another century."""
    if measure not in MEASURES or by not in ("", *DIMENSIONS) or not set(only) <= set(FILTERS):
        raise NotFound("that is not counted")
    require_known(services, **only)
    today = today_of(services)
    usual = span_of(today, USUAL_DAYS)
    begins, ends = since or usual[0], until or usual[1]
    if begins < _OLDEST:
        raise FixInput("since", f"must not be before {_OLDEST}")
    return check(Asked(measure, by, only, begins, ends), today)


def find_answer(services: Services, question: Question) -> Answered:
    """From what was counted; of a segment nothing of fewer than ten people."""
    with services.store.read() as connection:
        kind = question.source.kind if question.source else ""
        counted = read_counted(connection, (question.since, question.until), kind)
        points = answer(question, counted, read_sizes(connection))
        is_of_orders = question.measure in OF_ORDERS
        left_out = count_left_out(counted, question.since, question.until) if is_of_orders else 0
        return Answered(points, first_counted(connection), left_out)


def take_out(services: Services, person: Person, asked: Asked) -> tuple[str, str]:
    """The answer as the name and the text of a CSV; that somebody took it is kept. Nothing asked: what was sent.

    FixInput for what cannot be answered. Writes.
    """
    usual = Question("sent", *span_of(today_of(services), USUAL_DAYS), "journey")
    question = asked.question() or (None if asked.problem or asked.measure else usual)
    if question is None:
        raise FixInput("question", f"cannot be answered: {asked.problem}")
    points, results = find_answer(services, question).points, speak_results(services, person.language)
    with services.store.write() as connection:
        write_trail(connection, person.name, "exported", about="results", note=_note(question), now=services.clock())
    currency = services.goals.currency if MEASURES[question.measure].unit == "money" else ""
    rows = [
        (each.key, results.say_key(question.by, each.key), _in_units(each.value, currency), currency,
         each.over or None, results.say_hidden(each))
        for each in points
    ]
    name = f"{question.measure}-{question.by or 'total'}-{question.since}-{question.until}.csv"
    return name, "\ufeff" + write_csv(
        (question.by or "key", "name", question.measure, "currency", "out_of", "hidden"), rows, person.language)


def read_counted(connection: sa.Connection, span: Span, kind: str = "") -> Counted:
    """What was counted of those days; of one kind where only that is asked for."""
    since, until = span
    earlier = since if kind else since - timedelta(days=AGAIN_DAYS)  # for the tile of who came back
    return Counted(
        read_results(connection, since, until) if kind in ("", "sent", "did") else {},
        read_again(connection, earlier, until) if kind in ("", "again") else {},
        read_days(connection, since, until) if kind in ("", "held") else {},
    )


def find_lifts(services: Services, goal: str, journey: str) -> Lifts:
    """What messages bring towards a goal: by journey, channel and segment, and of one journey by week."""
    with services.store.read() as connection:
        weeks, worth, groups = (read_weeks(connection, today_of(services)), read_worth(connection),
                                read_groups(connection))
    measured = {name: found for name, each in (worth[0] if worth else {}).items()
                if (found := each["goals"].get(goal, {}).get("lift"))}
    by_week = {day: (each.get(journey or "*", {}).get("goals", {}).get(goal) or {}).get("lift")
               for day, each in weeks.items()}
    found = groups[0].get(goal, {}) if groups else {}
    return Lifts(measured, by_week, found.get("channel", {}), found.get("segment", {}), worth[1] if worth else None)


def try_change(services: Services, person: Person, journey: str, policy: str) -> WhatIf:
    """What another way of choosing would have brought; that somebody asked is kept. Writes.

    NotFound for a journey or a policy that there is not, RateLimited after so many.
    """
    trigger = next((each for each in list_shop_journeys(services) if each.name == journey), None)
    if trigger is None or policy not in list_policies(trigger):
        raise NotFound("the shop has no such journey, or the journey no such way of choosing")
    now, key = services.clock(), f"console:what-if:{person.name}"
    with services.store.write() as connection:
        may_try = take(connection, key, limit=TRIES, window_seconds=TRY_SECONDS, now=now)
        if may_try:
            write_trail(connection, person.name, "tried_change", about=f"journey:{journey}", note=policy, now=now)
    if not may_try:
        raise RateLimited("tried often enough for now", TRY_SECONDS)
    with services.store.read() as connection:
        return try_policy(connection, services, journey, policy, now)


def _in_units(value: float | None, currency: str) -> float | Decimal | None:
    """Money in units of its currency, to its smallest; what is none as it is."""
    return to_units(round(value), currency) if currency and value is not None else value


def _note(question: Question) -> str:
    only = "".join(f" {kind}={key}" for kind, key in sorted(question.only.items()))
    return f"{question.measure} by={question.by or '-'}{only} {question.since}..{question.until}"
