"""The console: the page of results, a question in plain words with its answer, and the answer as CSV."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response

from bot.bootstrap import Services
from bot.console.ask import PROBLEMS, Asked, check, read_question
from bot.console.csv_out import write_csv
from bot.console.figures import read_days, read_worth
from bot.console.frame import HEADERS, Frame
from bot.console.lift_figures import read_groups, read_weeks
from bot.console.measures import DIMENSIONS, FILTERS, MEASURES, Question
from bot.console.result_figures import AGAIN_DAYS, first_counted, read_again, read_results, read_sizes
from bot.console.result_names import names_of
from bot.console.result_sums import Counted, answer
from bot.console.result_view import STEPS, Results
from bot.console.sessions import Visit
from bot.console.shop_journeys import list_shop_journeys
from bot.console.trail import write_trail
from bot.console.words import Words

PERIODS = (7, 30, 90)
_MOST_ASKED = 200
EXAMPLES = {
    "en": ("opt-outs by channel last month", "orders by week since 1 October", "click rate by journey"),
    "fr": ("désinscriptions par canal le mois dernier", "commandes par semaine depuis le 1er octobre",
           "taux de clic par parcours"),
}


def build_result_pages(frame: Frame) -> APIRouter:
    """Every page under /console/results."""
    router = APIRouter(prefix="/console/results", include_in_schema=False)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    @router.get("")
    def show_results(visit: here, days: int = 30, journey: str = "", channel: str = "", goal: str = "") -> Response:
        return pages.show(visit, days if days in PERIODS else 30, journey, channel, goal)

    @router.get("/question")
    def show_answer(visit: here, asked: Annotated[Asked, Depends(pages.read)], q: str = "") -> Response:
        return pages.answer(visit, asked, q[:_MOST_ASKED])

    @router.get("/export")
    def export(visit: here, asked: Annotated[Asked, Depends(pages.read)]) -> Response:
        return pages.export(visit, asked)

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services
        self._zone = ZoneInfo(frame.services.settings.timezone)

    def show(self, visit: Visit, days: int, journey: str, channel: str, goal: str) -> Response:
        """Numbers of the period beside the one before, what messages bring, how far they come, and when."""
        services, today, results = self._services, self._today(), self._results(visit)
        names = {each.name for each in list_shop_journeys(services)}
        journey, channel = journey if journey in names else "", channel if channel in self._channels() else ""
        chosen = next((each for each in services.goals.goals if each.key == goal), None) or (
            services.goals.goals[0] if services.goals.goals else None)
        spans = (_span(today, days), _span(today - timedelta(days=days), days))
        with services.store.read() as connection:
            now, before = (self._read(connection, *each) for each in spans)
            weeks, worth, groups = read_weeks(connection, today), read_worth(connection), read_groups(connection)
            first = first_counted(connection)
        lift = _lift_of(weeks, journey or "*", chosen.key if chosen else "")
        words = self._words(visit)
        points = [(words.short_day(day), each) for day, each in lift.items()]
        measured = {name: each["goals"][chosen.key]["lift"] for name, each in (worth[0] if worth else {}).items()
                    if chosen and chosen.key in each["goals"] and "lift" in each["goals"][chosen.key]}
        found = groups[0].get(chosen.key, {}) if groups and chosen else {}
        return self._frame.show(
            visit, "results.html", here="results", days=days, periods=PERIODS, journey=journey, channel=channel,
            goal=chosen, goals=services.goals.goals, journeys=sorted(names), channels=self._channels(),
            first=first, today=today, examples=EXAMPLES[visit.person.language], spans=spans,
            tiles=results.tiles(now, before, spans, first), steps=STEPS, funnel=results.funnel(now, journey, channel),
            by_weekday=results.heat(now, "weekday", journey, channel),
            by_channel=results.heat(now, "channel", journey, ""),
            lift=results.over_time(points, chosen) if points and chosen else None,
            lines=results.lift_lines({name: each for name, each in measured.items() if _people(each)}, "journey"),
            unasked=sum(not _people(each) for each in measured.values()), measured_at=worth[1] if worth else None,
            groups={kind: results.lift_lines(found.get(kind, {}), kind) for kind in ("channel", "segment")},
            has_holdout=bool(measured), window=days_of_window(self._services),
        )

    def read(
        self, q: str = "", measure: str = "", by: str = "", journey: str = "", channel: str = "", segment: str = "",
        since: str = "", until: str = "",
    ) -> Asked:
        """What is asked for: in words, or in the parts of the form. 404 for a part that there is not."""
        today = self._today()
        if q.strip():
            return read_question(q[:_MOST_ASKED], names_of(self._services), today)
        if not measure:
            return Asked()
        only = {kind: key for kind, key in zip(FILTERS, (journey, channel, segment), strict=True) if key}
        known = {"journey": set(self._journeys()), "channel": set(self._channels()),
                 "segment": set(self._services.segments.segments)}
        is_known = measure in MEASURES and by in ("", *DIMENSIONS)
        if not is_known or any(key not in known[kind] for kind, key in only.items()):
            raise HTTPException(404)
        usual = _span(today, 30)
        return check(Asked(measure, by, only, _day(since) or usual[0], _day(until) or usual[1]), today)

    def answer(self, visit: Visit, asked: Asked, q: str) -> Response:
        """The answer with its picture and its table; or what was not understood, by name."""
        results, words, question = self._results(visit), self._words(visit), asked.question()
        values: dict[str, Any] = {"lines": [], "picture": None, "note": "", "said": "", "has_all": True, "first": None,
                                  "hides": False}
        if question:
            points, first = self._answer(question)
            said, source = results.say_question(question), question.source
            note = MEASURES[question.measure].note.get(source.kind if source else "", "")
            values = {
                "lines": results.lines(question, points), "picture": results.picture(question, points, said),
                "said": said, "note": words.say(note, days=days_of_window(self._services)) if note else "",
                "has_all": first is not None and first <= question.since, "first": first,
                "hides": any(each.is_hidden for each in points),
            }
        named = [words.say(MEASURES[each].title) if each in MEASURES else words.say(DIMENSIONS[each])
                 if each in DIMENSIONS else each for each in asked.words]
        problems = [asked.problem, *(["words"] if asked.problem == "no measure" and named else [])]
        problem = " ".join(words.say(PROBLEMS[each], words=", ".join(named)) for each in problems if each)
        return self._frame.show(
            visit, "question.html", here="results", q=q, asked=asked, question=question, problem=problem,
            measures=MEASURES, dimensions=DIMENSIONS, journeys=self._journeys(),
            channels=self._channels(), segments=self._titles(visit), examples=EXAMPLES[visit.person.language],
            known=(", ".join(words.say(each.title) for each in MEASURES.values()),
                   ", ".join(words.say(each) for each in DIMENSIONS.values())), parts=_parts(asked), **values,
        )

    def export(self, visit: Visit, asked: Asked) -> Response:
        """The answer as CSV; that somebody took it is kept. 400 for what cannot be answered."""
        usual = Question("sent", *_span(self._today(), 30), "journey")
        question = asked.question() or (None if asked.problem else usual)
        if question is None:
            raise HTTPException(400, "that question cannot be answered: see the page")
        points, _ = self._answer(question)
        results = self._results(visit)
        with self._services.store.write() as connection:
            write_trail(connection, visit.person.name, "exported", about="results", note=_note(question),
                        now=self._services.clock())
        rows = [
            (each.key, results.say_key(question.by, each.key), each.value, each.over or None,
             "fewer than ten people" if each.is_hidden else "")
            for each in points
        ]
        name = f"{question.measure}-{question.by or 'total'}-{question.since}-{question.until}.csv"
        return Response(
            "\ufeff" + write_csv((question.by or "key", "name", question.measure, "out_of", "hidden"), rows),
            media_type="text/csv; charset=utf-8",
            headers={**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _answer(self, question: Question) -> tuple[list[Any], date | None]:
        with self._services.store.read() as connection:
            kind = question.source.kind if question.source else ""
            counted = self._read(connection, question.since, question.until, kind)
            return answer(question, counted, read_sizes(connection)), first_counted(connection)

    @staticmethod
    def _read(connection: sa.Connection, since: date, until: date, kind: str = "") -> Counted:
        """What was counted of those days; of one kind where only that is asked for."""
        earlier = since if kind else since - timedelta(days=AGAIN_DAYS)  # for the tile of who came back
        return Counted(
            read_results(connection, since, until) if kind in ("", "sent", "did") else {},
            read_again(connection, earlier, until) if kind in ("", "again") else {},
            read_days(connection, since, until) if kind in ("", "held") else {},
        )

    def _today(self) -> date:
        return self._services.clock().astimezone(self._zone).date()

    def _words(self, visit: Visit) -> Words:
        return Words(visit.person.language, self._services.settings.timezone)

    def _titles(self, visit: Visit) -> dict[str, str]:
        return {key: each.titles.get(visit.person.language, key)
                for key, each in self._services.segments.segments.items()}

    def _results(self, visit: Visit) -> Results:
        return Results(self._words(visit), self._services.goals.currency, self._titles(visit))

    def _journeys(self) -> list[str]:
        return sorted(each.name for each in list_shop_journeys(self._services))

    def _channels(self) -> list[str]:
        return sorted({channel for each in list_shop_journeys(self._services) for channel in each.channels})


def days_of_window(services: Services) -> str:
    """Within how many days of a message what happens is put down to it."""
    return f"{services.guardrails.learning.window_seconds / 86_400:g}"


def _people(lift: Mapping[str, Any]) -> int:
    return int(lift["nudged"] + lift["held_out"])


def _lift_of(weeks: Mapping[date, Mapping[str, Any]], journey: str, goal: str) -> dict[date, dict[str, Any] | None]:
    """Of one journey and goal, by week."""
    return {
        day: (each.get(journey, {}).get("goals", {}).get(goal) or {}).get("lift") for day, each in weeks.items()
    }


def _parts(asked: Asked) -> dict[str, str]:
    parts = {"measure": asked.measure, "by": asked.by, **dict(asked.only), "since": str(asked.since or ""),
             "until": str(asked.until or "")}
    return {name: value for name, value in parts.items() if value}


def _note(question: Question) -> str:
    only = "".join(f" {kind}={key}" for kind, key in sorted(question.only.items()))
    return f"{question.measure} by={question.by or '-'}{only} {question.since}..{question.until}"


def _span(today: date, days: int) -> tuple[date, date]:
    return today - timedelta(days=days - 1), today


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

