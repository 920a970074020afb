"""The console: the guide to a first journey: its page, and what its buttons do."""

from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.charter.book import PARTS
from bot.console.deeds import guide as deeds
from bot.console.deeds.inputs import read_asked, status_of
from bot.console.draft_pages import SCRIPT, SHOWN
from bot.console.draft_view import show_form
from bot.console.frame import GUIDE, Frame, go_to
from bot.console.guide import STEPS, Guide, look_at_guide
from bot.console.guide_occasions import OCCASIONS
from bot.console.journey_form import write_fields
from bot.console.past.state import STEPS as PAST_STEPS
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.console.words import Words
from bot.errors import Conflict, FixInput, NotAllowed, RateLimited

_TOO_OFTEN = "That was tried often enough for now. Please wait five minutes."
_NOT_NOW = "That cannot be done at this point: the page below shows what is next."
_EDITED = (".fr", ".en")  # fields of the words: all others of the journey are carried along


def build_guide_pages(frame: Frame) -> APIRouter:
    """Every page under /console/guide."""
    router = APIRouter(prefix=GUIDE, include_in_schema=False, route_class=frame.route_class)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_guide(visit: here) -> Response:
        return pages.show(visit)

    @router.post("/begin")
    def begin(visit: here, form: sent) -> Response:
        deeds.begin(frame.services, visit.person, read_asked(deeds.OccasionChosen, form))
        return go_to(f"{GUIDE}#words")

    @router.post("/trial")
    def try_it(visit: here, form: sent) -> Response:
        return pages.try_it(visit)

    @router.post("/play")
    def play(visit: here, form: sent) -> Response:
        return pages.play(visit, form)

    @router.post("/past")
    def ask_for_past(visit: here, form: sent) -> Response:
        deeds.ask_for_past(frame.services, visit.person, read_asked(deeds.PastAsked, form))
        return go_to(GUIDE)

    @router.post("/results")
    def count_now(visit: here, form: sent) -> Response:
        journey = deeds.count_now(frame.services)
        return go_to(f"/console/results?{urlencode({'days': 7, 'journey': journey})}")

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show(self, visit: Visit, *, status: int = 200, **more: Any) -> Response:
        """The steps as they stand."""
        services, role = self._services, visit.person.role
        today = services.clock().astimezone(ZoneInfo(services.settings.timezone)).date()
        guide = look_at_guide(services, visit.person, today)
        return self._frame.show(
            visit, "guide.html", here="guide", status=status, script=True, has_script=SCRIPT.exists(), guide=guide,
            stages=[each for each in STEPS if each in guide.steps], occasions=OCCASIONS.values(), parts=PARTS,
            past_steps=PAST_STEPS, shown=SHOWN, may_write=may(role, f"POST {GUIDE}/begin"),
            may_try=may(role, f"POST {GUIDE}/trial"), may_fill=may(role, f"POST {GUIDE}/past"),
            may_answer=may(role, "POST /console/charter/answers"), edited=_EDITED,
            **self._form(visit, guide), **{"refused": "", "trial": None, "tried_on": None, "is_checked": False, **more},
        )

    def try_it(self, visit: Visit) -> Response:
        """Whom it would have written to yesterday."""
        try:
            day, trial = deeds.try_it(self._services, visit.person)
        except (FixInput, Conflict) as error:
            return self.show(visit, refused=_NOT_NOW, status=status_of(error))
        except RateLimited as error:
            return self.show(visit, refused=_TOO_OFTEN, status=status_of(error))
        return self.show(visit, trial=trial, tried_on=day)

    def play(self, visit: Visit, form: dict[str, str]) -> Response:
        """The event, by one of the demo's customers."""
        try:
            deeds.play(self._services, visit.person, read_asked(deeds.PlayAsked, form))
        except (FixInput, Conflict, NotAllowed) as error:
            return self.show(visit, refused=_NOT_NOW, status=status_of(error))
        except RateLimited as error:
            return self.show(visit, refused=_TOO_OFTEN, status=status_of(error))
        return go_to(f"{GUIDE}#live")

    def _form(self, visit: Visit, guide: Guide) -> dict[str, Any]:
        """What the words' form needs: the whole table, as the editor has it."""
        words = Words(visit.person.language, self._services.settings.timezone)
        fields = write_fields(guide.draft.body) if guide.draft else {}
        return show_form(self._services, words, fields, None)
