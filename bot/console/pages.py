"""The console under /console: Today, the lists behind its numbers, the trail. Every page together."""

from datetime import date
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from bot.bootstrap import PROJECT, Services
from bot.console.assistant_pages import build_assistant_pages
from bot.console.charter_pages import build_charter_pages
from bot.console.company_pages import build_company_pages
from bot.console.content_offer_pages import build_offer_pages
from bot.console.content_pages import build_content_pages
from bot.console.content_picture_pages import build_picture_pages
from bot.console.conversation_pages import build_conversation_pages
from bot.console.customer_pages import build_customer_pages
from bot.console.data_pages import build_data_pages
from bot.console.deeds.inputs import MOST_NUMBER, Text
from bot.console.door import build_door
from bot.console.draft_pages import build_draft_pages
from bot.console.factor_pages import build_factor_pages
from bot.console.figures import counted_at, first_day, read_days, read_worth
from bot.console.fitting_pages import build_fitting_pages
from bot.console.frame import Frame
from bot.console.guide import is_untouched
from bot.console.guide_pages import build_guide_pages
from bot.console.journey_pages import build_journey_pages
from bot.console.list_pages import build_list_pages
from bot.console.list_query import Filter, head_of, link_to
from bot.console.list_sources import WHEN
from bot.console.lists import MOST_COUNTED
from bot.console.misunderstood_pages import build_misunderstood_pages
from bot.console.needs import list_needs
from bot.console.overview import CHART_DAYS, PERIODS, overlook
from bot.console.paging import Wanted
from bot.console.pictures import draw_bars
from bot.console.result_pages import build_result_pages
from bot.console.rule_pages import build_rule_pages
from bot.console.segment_pages import build_segment_pages
from bot.console.sessions import Visit
from bot.console.shop_goals import goals_in_force
from bot.console.token_pages import build_token_pages
from bot.console.trail import DEEDS, PAGE, Sought, read_trail, write_trail
from bot.console.what_if_pages import build_what_if_pages
from bot.console.words import Words

_STATIC = Path(__file__).parent / "static"
_BUILT = PROJECT / "var" / "build"  # by scripts/setup.sh out of bot/console/client
_FILES = {
    "console.css": (_STATIC / "console.css", "text/css"), "editor.js": (_BUILT / "console.js", "text/javascript"),
    "points.js": (_STATIC / "points.js", "text/javascript"), "fittings.css": (_STATIC / "fittings.css", "text/css"),
    "editor.css": (_BUILT / "console.css", "text/css"),
}

_PAGES = (
    build_door, build_company_pages, build_factor_pages, build_token_pages, build_guide_pages, build_draft_pages,
    build_list_pages, build_journey_pages, build_content_pages, build_picture_pages, build_offer_pages,
    build_assistant_pages, build_charter_pages, build_rule_pages, build_customer_pages, build_conversation_pages,
    build_misunderstood_pages, build_segment_pages, build_result_pages, build_what_if_pages, build_data_pages,
    build_fitting_pages,
)


def build_console_router(services: Services) -> APIRouter:
    """Every page under /console. Opens nothing until the first request."""
    frame = Frame(services)
    router = APIRouter(include_in_schema=False, route_class=frame.route_class)
    for build in _PAGES:  # as they are: to include them would read every signature a second time
        router.routes.extend(build(frame).routes)
    here = Annotated[Visit, Depends(frame.admit)]

    @router.get("/console/static/{name}")
    def give_file(name: str) -> Response:
        path, kind = _FILES.get(name, (None, ""))
        if path is None or not path.exists():
            raise HTTPException(404)
        return FileResponse(path, media_type=kind)

    @router.get("/console")
    def show_today(visit: here, days: int = 7) -> Response:
        return _show_today(frame, visit, days if days in PERIODS else 7)

    @router.get("/console/audit")
    def show_audit(
        visit: here, person: Annotated[Text, Query(max_length=64)] = "",
        before: Annotated[int, Query(ge=0, le=MOST_NUMBER)] = 0, deed: Annotated[Text, Query(max_length=32)] = "",
        sort: Annotated[Text, Query(max_length=8)] = "",
    ) -> Response:
        return _show_audit(frame, visit, Sought(person, before, deed, sort == WHEN))

    @router.get("/console/{rest:path}")
    def show_nothing(rest: str, request: Request) -> Response:
        """The last of all: no page is called so, or it is one that a form alone asks for."""
        if rest.endswith("/") or not rest:
            return RedirectResponse(request.url.replace(path=request.url.path.rstrip("/")), 307)
        raise HTTPException(404)

    return router


_AUDIT = "/console/audit"
_COLUMNS = ("when", "who", "what", "about", "reason")


def _show_today(frame: Frame, visit: Visit, days: int) -> Response:
    services = frame.services
    today = services.clock().astimezone(ZoneInfo(services.settings.timezone)).date()
    goals = goals_in_force(services).goals
    with services.store.read() as connection:
        counted = read_days(connection, first_day(goals, today), today)
        worth = read_worth(connection)
        counted_last = counted_at(connection, today)
        begins = is_untouched(connection)
        needs = list_needs(connection, services, visit.person.role)
    overview = overlook(counted, today, days, goals, worth[0] if worth else None)
    return frame.show(
        visit, "today.html", here="today", overview=overview, needs=needs, periods=PERIODS, most=MOST_COUNTED,
        counted_at=counted_last, worth=worth, today=today,
        chart=_chart(frame, visit, [(day, each.conversations) for day, each in overview.chart]), chart_days=CHART_DAYS,
        draw=lambda counts: draw_bars(counts, height_px=36), begins=begins,
    )


def _chart(frame: Frame, visit: Visit, counts: list[tuple[date, int]]) -> object:
    words = Words(visit.person.language, frame.services.settings.timezone)
    titles = [f"{words.short_day(day)} : {words.number(count)}" for day, count in counts]
    return draw_bars([count for _, count in counts], height_px=120, titles=titles)


def _show_audit(frame: Frame, visit: Visit, sought: Sought) -> Response:
    store, now = frame.services.store, frame.services.clock()
    with store.write() as connection:
        write_trail(connection, visit.person.name, "looked", about="audit", note=sought.note, now=now)
    with store.read() as connection:
        entries = read_trail(connection, sought)
    words = Words(visit.person.language, frame.services.settings.timezone)
    asked = Wanted(sort=WHEN if sought.is_rising else "", by={
        name: value for name, value in (("person", sought.person), ("deed", sought.deed)) if value})
    filters = [
        Filter("deed", "what", sought.deed, sorted(
            ((deed, words.say(name)) for deed, name in DEEDS.items()), key=lambda each: each[1])),
        Filter("person", "who", sought.person, ()),
    ]
    return frame.show(
        visit, "audit.html", here="audit", goal_names=frame.name_goals(visit), entries=entries, deeds=DEEDS,
        chosen=sought.person, filters=filters,
        sort=asked.sort, heads=[head_of(_AUDIT, asked, each, (WHEN,), f"-{WHEN}") for each in _COLUMNS],
        first=link_to(_AUDIT, asked), is_first=not sought.before,
        later=link_to(_AUDIT, asked, before=entries[-1].entry_id) if len(entries) == PAGE else "",
    )
