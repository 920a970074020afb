"""The console: the page of results, a question in plain words with its answer, and the answer as CSV."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from bot.bootstrap import InForce, Services
from bot.console.ask import PROBLEMS, Asked
from bot.console.deeds import results as deeds
from bot.console.frame import HEADERS, Frame
from bot.console.measures import DIMENSIONS, FILTERS, MEASURES
from bot.console.result_figures import first_counted
from bot.console.result_sums import count_left_out
from bot.console.result_view import STEPS, Results
from bot.console.sessions import Visit
from bot.console.shop_goals import goals_in_force
from bot.console.shop_journeys import list_shop_journeys
from bot.console.words import Words

PERIODS = (7, 30, 90)
EXAMPLES = {
    "en": ("opt-outs by channel last month", "orders by week since 1 October", "click rate by journey"),
    "fr": ("désinscriptions par canal le mois dernier", "commandes par semaine depuis le 1er octobre",
           "taux de clic par parcours"),
}


def build_result_pages(frame: Frame) -> APIRouter:
    """Every page under /console/results."""
    router = APIRouter(prefix="/console/results", include_in_schema=False, route_class=frame.route_class)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    @router.get("")
    def show_results(visit: here, days: int = 30, journey: str = "", channel: str = "", goal: str = "") -> Response:
        return pages.show(visit, days if days in PERIODS else 30, journey, channel, goal)

    @router.get("/question")
    def show_answer(visit: here, asked: Annotated[Asked, Depends(pages.read)], q: str = "") -> Response:
        return pages.answer(visit, asked, q[:deeds.MOST_ASKED])

    @router.get("/export")
    def export(visit: here, asked: Annotated[Asked, Depends(pages.read)]) -> Response:
        return pages.export(visit, asked)

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show(self, visit: Visit, days: int, journey: str, channel: str, goal: str) -> Response:
        """Numbers of the period beside the one before, what messages bring, how far they come, and when."""
        services, today, results = self._services, deeds.today_of(self._services), self._results(visit)
        names, channels = {each.name for each in list_shop_journeys(services)}, deeds.list_channels(services)
        journey, channel = journey if journey in names else "", channel if channel in channels else ""
        chosen = deeds.find_goal(services, goal)
        spans = (deeds.span_of(today, days), deeds.span_of(today - timedelta(days=days), days))
        with services.store.read() as connection:
            now, before = (deeds.read_counted(connection, each) for each in spans)
            first = first_counted(connection)
        lifts = deeds.find_lifts(services, chosen.key if chosen else "", journey)
        words = self._words(visit)
        points = [(words.short_day(day), each) for day, each in lifts.weeks.items()]
        return self._frame.show(
            visit, "results.html", here="results", days=days, periods=PERIODS, journey=journey, channel=channel,
            goal=chosen, goals=goals_in_force(services).goals, journeys=sorted(names), channels=channels,
            first=first, today=today, examples=EXAMPLES[visit.person.language], spans=spans,
            tiles=results.tiles(now, before, spans, first), left_out=count_left_out(now, *spans[0]), steps=STEPS,
            funnel=results.funnel(now, journey, channel),
            by_weekday=results.heat(now, "weekday", journey, channel),
            by_channel=results.heat(now, "channel", journey, ""),
            lift=results.over_time(points, chosen) if points and chosen else None,
            lines=results.lift_lines({name: each for name, each in lifts.journeys.items() if _people(each)}, "journey"),
            unasked=sum(not _people(each) for each in lifts.journeys.values()), measured_at=lifts.measured_at,
            groups={"channel": results.lift_lines(lifts.channels, "channel"),
                    "segment": results.lift_lines(lifts.segments, "segment")},
            has_holdout=bool(lifts.journeys), window=days_of_window(self._services),
        )

    def read(
        self, q: str = "", measure: str = "", by: str = "", journey: str = "", channel: str = "", segment: str = "",
        since: str = "", until: str = "",
    ) -> Asked:
        """What is asked for: in words, or in the parts of the form. 404 for a part that there is not."""
        if q.strip():
            return deeds.understand(self._services, q)
        if not measure:
            return Asked()
        only = {kind: key for kind, key in zip(FILTERS, (journey, channel, segment), strict=True) if key}
        return deeds.put_together(self._services, measure, by, only, _day(since), _day(until))

    def answer(self, visit: Visit, asked: Asked, q: str) -> Response:
        """The answer with its picture and its table; or what was not understood, by name."""
        results, words, question = self._results(visit), self._words(visit), asked.question()
        values: dict[str, Any] = {"lines": [], "picture": None, "note": "", "said": "", "has_all": True, "first": None,
                                  "hides": False, "left_out": 0}
        if question:
            found = deeds.find_answer(self._services, question)
            points, first = found.points, found.first
            said, source = results.say_question(question), question.source
            note = MEASURES[question.measure].note.get(source.kind if source else "", "")
            values = {
                "lines": results.lines(question, points), "picture": results.picture(question, points, said),
                "said": said, "note": words.say(note, days=days_of_window(self._services)) if note else "",
                "has_all": first is not None and first <= question.since, "first": first,
                "hides": any(each.is_hidden for each in points), "left_out": found.left_out,
            }
        named = [words.say(MEASURES[each].title) if each in MEASURES else words.say(DIMENSIONS[each])
                 if each in DIMENSIONS else each for each in asked.words]
        problems = [asked.problem, *(["words"] if asked.problem == "no measure" and named else [])]
        problem = " ".join(words.say(PROBLEMS[each], words=", ".join(named)) for each in problems if each)
        return self._frame.show(
            visit, "question.html", here="results", q=q, asked=asked, question=question, problem=problem,
            measures=MEASURES, dimensions=DIMENSIONS,
            journeys=sorted(each.name for each in list_shop_journeys(self._services)),
            channels=deeds.list_channels(self._services), segments=self._titles(visit),
            examples=EXAMPLES[visit.person.language],
            known=(", ".join(words.say(each.title) for each in MEASURES.values()),
                   ", ".join(words.say(each) for each in DIMENSIONS.values())), parts=_parts(asked), **values,
        )

    def export(self, visit: Visit, asked: Asked) -> Response:
        """The answer as CSV; that somebody took it is kept. 400 for what cannot be answered."""
        name, text = deeds.take_out(self._services, visit.person, asked)
        return Response(
            text, media_type="text/csv; charset=utf-8",
            headers={**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _words(self, visit: Visit) -> Words:
        return Words(visit.person.language, self._services.settings.timezone)

    def _titles(self, visit: Visit) -> dict[str, str]:
        return {key: each.titles.get(visit.person.language, key)
                for key, each in InForce(self._services).read().segments.segments.items()}

    def _results(self, visit: Visit) -> Results:
        return deeds.speak_results(self._services, visit.person.language)


def days_of_window(services: Services) -> str:
    """Within how many days of a message what happens is put down to it."""
    return f"{services.guardrails.learning.window_seconds / 86_400:g}"


def _people(lift: Mapping[str, Any]) -> int:
    return int(lift["nudged"] + lift["held_out"])


def _parts(asked: Asked) -> dict[str, str]:
    parts = {"measure": asked.measure, "by": asked.by, **dict(asked.only), "since": str(asked.since or ""),
             "until": str(asked.until or "")}
    return {name: value for name, value in parts.items() if value}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

