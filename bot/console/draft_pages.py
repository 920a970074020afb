"""The console: what is drafted: the list, one draft with what it changes, a journey's form, and what becomes of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from bot.bootstrap import PROJECT
from bot.charter.drafted import Problem, kind_of, print_draft
from bot.charter.drafts import OPEN, Draft, DraftId, TooManyDrafts
from bot.console.deeds import drafts as deeds
from bot.console.deeds import journeys as journey_deeds
from bot.console.deeds.inputs import MOST_NUMBER, Text, read_asked, status_of
from bot.console.deeds.journey_goals import change_aimed, make_aimed
from bot.console.draft_view import show_form
from bot.console.frame import GUIDE, Frame, go_to
from bot.console.journey_form import begin_table, edit, name_fresh, read_fields, write_fields
from bot.console.list_query import choose_from, lay_out, read_wanted
from bot.console.paging import Wanted
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.console.shop_journeys import list_shop_journeys
from bot.console.small_draft_view import begin_small, find_taken, name_small, read_small, show_small
from bot.console.small_forms import NAMED, ONE
from bot.console.words import Words
from bot.decision.kinds import KINDS
from bot.decision.tables import write_table
from bot.errors import Conflict, FixInput, RateLimited

SCRIPT = PROJECT / "var" / "build" / "console.js"  # built by scripts/setup.sh; every page works without it
SHOWN = 10  # of a trial's messages
_MOST_DIFFERENCES = 60
_MOST_BYTES, _MOST_FIELDS = 200_000, 2_000
_OURS = ("form_token", "do", "name", "of", "why", "revision", "back")
_TOO_OFTEN = "That was tried often enough for now. Please wait five minutes."
_CHANGED = "Somebody else changed it meanwhile. What you wrote is below; look at theirs before you save again."
_NO_NAME = "A name has 2 to 48 small letters, digits and underscores, a letter first, and is not another journey’s."
_NO_REASON = "Please say why, in a few words."
_TOO_MANY = "Too many drafts are open. Drop some first."
_TOO_LARGE = "It cannot be kept: it is too long, or holds characters that nobody can read."
_Deed = Callable[..., Draft]
Number = Annotated[int, Path(ge=1, le=MOST_NUMBER)]
Name = Annotated[Text, Query(max_length=64)]


def build_draft_pages(frame: Frame) -> APIRouter:
    """Every page under /console/drafts, and those that begin one."""
    router = APIRouter(prefix="/console", include_in_schema=False, route_class=frame.route_class)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token, _MOST_BYTES, _MOST_FIELDS)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("/drafts")
    def show_drafts(visit: here, wanted: Annotated[Wanted, Depends(read_wanted)]) -> Response:
        return pages.list(visit, wanted)

    @router.post("/drafts/check")
    def check(visit: here, form: sent) -> Response:
        return pages.check(visit, form)

    @router.get("/drafts/{draft}")
    def show_draft(draft: Number, visit: here, saved: bool = False) -> Response:
        return pages.show(visit, DraftId(draft), saved=saved)

    @router.post("/drafts/{draft}")
    def save(draft: Number, visit: here, form: sent) -> Response:
        return pages.save(visit, DraftId(draft), form)

    @router.post("/drafts/{draft}/trial")
    def try_it(draft: Number, visit: here, form: sent) -> Response:
        return pages.try_it(visit, DraftId(draft))

    @router.get("/drafts/new/{kind}")
    def show_small_new(
        kind: str, visit: here, name: Name = "", code: Name = "",
        version: Annotated[int, Query(ge=0, le=MOST_NUMBER)] = 0,
    ) -> Response:
        return pages.show_small_new(visit, kind, name, version, code)

    @router.post("/drafts/new/{kind}")
    def begin_small_new(kind: str, visit: here, form: sent) -> Response:
        return pages.begin_small(visit, kind, form)

    for path, deed in (("propose", deeds.propose_it), ("take-back", deeds.take_back), ("drop", deeds.drop)):
        _add_deed(router, pages, path, deed, here, sent)

    @router.get("/journeys/new")
    def show_new(visit: here, copy: str = "", kind: str = "") -> Response:
        return pages.show_new(visit, copy, kind)

    @router.post("/journeys/new")
    def begin_new(visit: here, form: sent) -> Response:
        return pages.begin(visit, form)

    @router.get("/journeys/{journey}/edit")
    def show_edit(journey: str, visit: here) -> Response:
        return pages.show_edit(visit, journey)

    return router


def _add_deed(router: APIRouter, pages: "_Pages", path: str, deed: _Deed, here: Any, sent: Any) -> None:
    @router.post(f"/drafts/{{draft}}/{path}", name=f"draft_{path}")
    def do_it(draft: Number, visit: here, form: sent) -> Response:
        return pages.do(visit, DraftId(draft), form, deed)


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def list(self, visit: Visit, wanted: Wanted) -> Response:
        """All of which something may still come, a page at a time."""
        words, found = self._words(visit), deeds.list_open(self._services)
        subjects = {each.id: kind_of(each.kind).subject(each.name) for each in found}
        goals = self._frame.name_goals(visit)
        told = {number: replace(words, goals=goals).about(subject) for number, subject in subjects.items()}
        table = lay_out("/console/drafts", found, wanted, {
            "about": lambda each: told[each.id].casefold(), "state": lambda each: words.name("draft", each.state),
            "what for": None, "changed": lambda each: each.changed_at,
        }, [
            (choose_from(wanted, "state", "state", [(each, words.name("draft", each)) for each in OPEN]),
             lambda each, state: each.state == state),
            (choose_from(wanted, "text", "Holds the words"), lambda each, text: text.casefold() in " ".join(
                (told[each.id], each.name, each.why, each.changed_by)).casefold()),
        ])
        return self._frame.show(
            visit, "drafts.html", here="journeys", table=table, told=told, is_empty=not found,
            may_draft=self._may(visit),
        )

    def show(self, visit: Visit, draft: DraftId, *, status: int = 200, **more: Any) -> Response:
        """One of them as it is kept."""
        seen = deeds.look_at(self._services, draft)
        fields = write_fields(seen.draft.body) if seen.draft.kind == "journey" else {}
        return self._show(
            visit, seen.draft.name, fields, seen=seen, body=seen.draft.body, why=seen.draft.why, problem=seen.problem,
            status=status, **more
        )

    def show_new(self, visit: Visit, copy: str, kind: str) -> Response:
        """What it begins as is asked first."""
        known = {each.name: each for each in list_shop_journeys(self._services)}
        if copy in known:
            return self._show(visit, "", write_fields(write_table(known[copy])), is_new=True)
        if kind in KINDS:
            return self._show(visit, "", write_fields(begin_table(kind)), is_new=True)
        words = self._words(visit)
        kinds = [(each, words.name("about", each)) for each in KINDS]
        return self._frame.show(visit, "journey_new.html", here="journeys", journeys=sorted(known), kinds=kinds)

    def show_edit(self, visit: Visit, journey: str) -> Response:
        """A journey as it stands, to be changed; nothing is kept yet."""
        trigger = journey_deeds.find_journey(self._services, journey)
        return self._show(visit, trigger.name, write_fields(write_table(trigger)))

    def begin(self, visit: Visit, form: Mapping[str, str]) -> Response:
        """Save a first time, or show the form after a button of it; `of` is the journey that it changes, if any."""
        fields, why, is_new = _fields_of(form), form.get("why", ""), not form.get("of")
        name = form.get("name", "").strip()
        if not is_new:
            name = journey_deeds.find_journey(self._services, form["of"]).name
        again: dict[str, Any] = {"is_new": is_new, "why": why}
        if form.get("do") != "save":
            return self._check(visit, name, fields, form.get("do", ""), **again)
        if is_new and (name == "new" or name in {each.name for each in list_shop_journeys(self._services)}):
            return self._show(visit, name, fields, refused=_NO_NAME, status=400, **again)
        try:
            asked = read_asked(deeds.DraftMade, {
                "kind": "journey", "name": name, "body": read_fields(fields), "why": why,
            })
            draft = make_aimed(self._services, visit.person, asked, _goals_of(fields))
        except (FixInput, Conflict) as error:
            return self._show(visit, name, fields, refused=_say(error), status=status_of(error), **again)
        return go_to(f"/console/drafts/{draft.id}?saved=1")

    def show_small_new(self, visit: Visit, kind: str, name: str, version: int, code: str) -> Response:
        """An offer, a goal, caps or the tone as it stands, or stood, to be changed; without a name a new one.

        `code`: one that the shop gives, to be put into words.
        """
        body = begin_small(self._services, kind, name, version=version, code=code)
        return self._show(visit, name or (kind if kind in ONE else ""), {}, kind=kind, body=body)

    def begin_small(self, visit: Visit, kind: str, form: Mapping[str, str]) -> Response:
        """Save it a first time, or show what the parser says."""
        body, why = read_small(self._services, kind, form), form.get("why", "")
        name = form.get("of") or name_small(kind, form, body)
        again: dict[str, Any] = {"kind": kind, "body": body, "why": why, "typed": form}
        if form.get("do") != "save":
            return self._check_small(visit, name, **again)
        if not form.get("of") and (taken := find_taken(self._services, kind, name)):
            return self._show(visit, "", {}, problem=taken, status=400, **again)
        try:
            asked = read_asked(deeds.DraftMade, {"kind": kind, "name": name, "body": body, "why": why})
            draft = deeds.make(self._services, visit.person, asked)
        except (FixInput, Conflict) as error:
            return self._show(visit, form.get("of", ""), {}, refused=_say(error), status=status_of(error), **again)
        return go_to(f"/console/drafts/{draft.id}?saved=1")

    def save(self, visit: Visit, number: DraftId, form: Mapping[str, str]) -> Response:
        """Write over a draft, or show the form after a button of it."""
        fields, why = _fields_of(form), form.get("why", "")
        seen = deeds.look_at(self._services, number)
        is_journey = seen.draft.kind == "journey"
        body = read_fields(fields) if is_journey else read_small(self._services, seen.draft.kind, form)
        again: dict[str, Any] = {"seen": seen, "why": why, **({} if is_journey else {"body": body, "typed": form})}
        if form.get("do") != "save" and not is_journey:
            return self._check_small(visit, seen.draft.name, kind=seen.draft.kind, **again)
        if form.get("do") != "save":
            return self._check(visit, seen.draft.name, fields, form.get("do", ""), **again)
        try:
            asked = read_asked(deeds.DraftChanged, {"body": body, "why": why, "revision": form.get("revision", "")})
            change_aimed(self._services, visit.person, number, asked, _goals_of(fields) if is_journey else None)
        except (FixInput, Conflict) as error:
            return self._show(
                visit, seen.draft.name, fields, refused=_say(error), status=status_of(error), **again
            )
        return go_to(f"{GUIDE}#trial" if form.get("back") == "guide" else f"/console/drafts/{number}?saved=1")

    def do(self, visit: Visit, draft: DraftId, form: Mapping[str, str], deed: _Deed) -> Response:
        """Propose it, take it back, drop it."""
        try:
            deed(self._services, visit.person, draft, read_asked(deeds.DraftMoved, form))
        except (FixInput, Conflict) as error:
            return self.show(visit, draft, refused=self._words(visit).said(error.said), status=status_of(error))
        return go_to(f"{GUIDE}#agree" if form.get("back") == "guide" else f"/console/drafts/{draft}")

    def try_it(self, visit: Visit, number: DraftId) -> Response:
        """Whom it would have written to yesterday; of caps, what they would have held last week."""
        try:
            if deeds.look_at(self._services, number).draft.kind == "pressure":
                return self.show(visit, number, held=deeds.try_pressure(self._services, visit.person, number))
            day, trial = deeds.try_draft(self._services, visit.person, number)
        except RateLimited as error:
            return self.show(visit, number, refused=_TOO_OFTEN, status=status_of(error))
        return self.show(visit, number, trial=trial, tried_on=day)

    def check(self, visit: Visit, form: Mapping[str, str]) -> Response:
        """While somebody types: what the parser says, how each message looks, the flow. Nothing is kept."""
        fields = _fields_of(form)
        found = deeds.check(self._services, read_asked(deeds.DraftChecked, {
            "kind": "journey", "name": form.get("of") or "new", "body": read_fields(fields),
        }))
        shown = show_form(self._services, self._words(visit), fields, found, form.get("of", ""))
        return self._frame.show(visit, "_draft_check.html", here="journeys", is_checked=not found, **shown)

    def _check(self, visit: Visit, name: str, fields: dict[str, str], deed: str, **more: Any) -> Response:
        changed = edit(fields, deed)
        found = deeds.find_wrong(self._services, "journey", name or "new", read_fields(changed))
        is_asked = deed == "check"
        return self._show(
            visit, name, changed, problem=found if is_asked else None, is_checked=is_asked and not found,
            fresh=name_fresh(fields, changed), **more
        )

    def _check_small(self, visit: Visit, name: str, *, kind: str, body: Mapping[str, Any], **more: Any) -> Response:
        found = deeds.find_wrong(self._services, kind, name or "new", body)
        return self._show(visit, name, {}, kind=kind, body=body, problem=found, is_checked=not found, **more)

    def _show(
        self, visit: Visit, name: str, fields: Mapping[str, str], *, seen: deeds.DraftSeen | None = None,
        kind: str = "journey", body: Mapping[str, Any] | None = None, typed: Mapping[str, str] | None = None,
        is_new: bool = False, problem: Problem | None = None, status: int = 200, **more: Any,
    ) -> Response:
        kind, words = seen.draft.kind if seen else kind, self._words(visit)
        begins = "/console/journeys/new" if kind == "journey" else f"/console/drafts/new/{kind}"
        action = f"/console/drafts/{seen.draft.id}" if seen else begins
        toml = print_draft(kind, name, seen.draft.body) if seen else ""
        small = show_small(self._services, words, kind, body or {}, typed, problem) if kind != "journey" else {}
        return self._frame.show(
            visit, "draft.html", here="journeys", goal_names=self._frame.name_goals(visit), status=status,
            seen=seen, name=name, kind=kind, action=action,
            subject_ref=kind_of(kind).subject(name), toml=toml, is_new=is_new, most=_MOST_DIFFERENCES,
            may_draft=self._may(visit), may_try=may(visit.person.role, "POST /console/drafts/{draft}/trial"),
            has_script=SCRIPT.exists(), script=True, is_named=kind in NAMED,
            **{**show_form(self._services, words, fields, problem, name), "groups": (), "truth": None, **small,
               "why": "", "refused": "", "saved": False, "is_checked": False, "trial": None, "tried_on": None,
               "shown": SHOWN, "fresh": "", "held": None, **more},
        )

    def _words(self, visit: Visit) -> Words:
        return Words(visit.person.language, self._services.settings.timezone)

    def _may(self, visit: Visit) -> bool:
        return may(visit.person.role, "GET /console/journeys/new")


def _fields_of(form: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in form.items() if key not in _OURS}


def _goals_of(fields: Mapping[str, str]) -> set[str] | None:
    """What the form says that the journey is for; None where it did not ask."""
    if "goals.told" not in fields:
        return None
    return {each.removeprefix("goal.") for each in fields if each.startswith("goal.")}


def _say(error: FixInput | Conflict) -> str:
    """What the page says of a refusal."""
    if isinstance(error, TooManyDrafts):
        return _TOO_MANY
    if isinstance(error, Conflict):
        return _CHANGED
    return {"name": _NO_NAME, "why": _NO_REASON}.get(error.field, _TOO_LARGE)
