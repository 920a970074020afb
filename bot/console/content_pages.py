"""The console: messages in force with what they did, other words for one of them, the shop's tone."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.console.content import COUNTS, DAYS, LEAST_SENT, Variant
from bot.console.content_words import sentence_of
from bot.console.deeds import content as deeds
from bot.console.deeds import tone as tones
from bot.console.deeds.inputs import read_asked
from bot.console.frame import Frame, go_to
from bot.console.journeys import mark_facts
from bot.console.list_query import choose_from, lay_out, read_wanted
from bot.console.paging import Wanted
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.console.words import Words
from bot.content.proposals import Findings, Proposal
from bot.content.tone import ADDRESSES
from bot.decision.triggers import CHANNELS, Trigger
from bot.errors import FixConfiguration, FixInput, RateLimited, Unavailable

PATH = "/console/content"
_MOST_FORM_BYTES, _MOST_FIELDS = 40_000, 14
_TOO_OFTEN = "The language model was asked often enough for now. Please wait five minutes."
_SILENT = "The language model does not answer. Please try again, or use templates."
_REFUSED = "The language model’s server refuses us: its address, key or name is wrong in the settings."
# Of a draft that is refused for something else than its words.
_NOT_DRAFTED = {
    "message": "This message is for channels alone whose vendor approves the words: it can have no other variant here.",
    "why": "Please say why, in a few words.",
}
_TOO_LONG = "These words are too long, or hold signs that nobody can read."
# What a count is called at the head of a column.
HEADS = {
    "sent": "Were sent", "seen": "Seen", "clicked": "Clicked", "replied": "Answered", "bought": "Ordered after",
    "opted_out": "Goodbyes",
}
_Row = tuple[Trigger, Variant]


def build_content_pages(frame: Frame) -> APIRouter:
    """Every page under /console/content."""
    router = APIRouter(prefix=PATH, include_in_schema=False, route_class=frame.route_class)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token, _MOST_FORM_BYTES, _MOST_FIELDS)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_content(visit: here, wanted: Annotated[Wanted, Depends(read_wanted)]) -> Response:
        return pages.show_all(visit, wanted)

    @router.get("/journeys/{journey}")
    def show_journey(journey: str, visit: here) -> Response:
        return pages.show(visit, deeds.find_journey(frame.services, journey))

    @router.post("/journeys/{journey}/propose")
    def propose(journey: str, visit: here, form: sent) -> Response:
        return pages.propose(visit, deeds.find_journey(frame.services, journey), form)

    @router.post("/journeys/{journey}/words")
    def check_words(journey: str, visit: here, form: sent) -> Response:
        return pages.check(visit, deeds.find_journey(frame.services, journey), form)

    @router.post("/journeys/{journey}/draft")
    def draft(journey: str, visit: here, form: sent) -> Response:
        return pages.draft(visit, deeds.find_journey(frame.services, journey), form)

    @router.get("/tone")
    def show_tone(visit: here) -> Response:
        return pages.show_tone(visit)

    @router.post("/tone")
    def draft_tone(visit: here, form: sent) -> Response:
        return pages.draft_tone(visit, form)

    @router.post("/tone/restore")
    def restore_tone(visit: here, form: sent) -> Response:
        return pages.restore_tone(visit, form)

    @router.post("/tone/try")
    def try_tone(visit: here, form: sent) -> Response:
        return pages.try_tone(visit, form)

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show_all(self, visit: Visit, wanted: Wanted) -> Response:
        """A page of the messages in force, a row for each variant with what it did."""
        language = visit.person.language
        words = self._words(visit)
        found = deeds.survey(self._services)
        journeys = [each.trigger.name for each in found]
        rows = [(each.trigger, variant) for each in found for variant in each.variants]
        return self._show(visit, "content.html", is_empty=not rows, table=lay_out(PATH, rows, wanted, {
            "message": lambda row: words.journey(row[0].name).casefold(),
            **{HEADS[each]: _count(each) for each in COUNTS},
        }, [
            (choose_from(wanted, "journey", "journey", [(each, words.journey(each)) for each in journeys]),
             lambda row, journey: row[0].name == journey),
            (choose_from(wanted, "channel", "channel", [(each, words.name("channel", each)) for each in CHANNELS]),
             lambda row, channel: channel in row[1].channels),
            (choose_from(wanted, "text", "Holds the words"), lambda row, text: text.casefold() in " ".join(
                each.message.texts[language] for each in row[1].pieces).casefold()),
        ]))

    def show(self, visit: Visit, trigger: Trigger, *, problem: str = "", status: int = 200) -> Response:
        """A journey's words, with what each variant did, and what it said before."""
        content = deeds.look_at(self._services, trigger)
        return self._show(
            visit, "content_journey.html", status, trigger=trigger, variants=content.variants, problem=problem,
            find_picture=self._services.pictures.find, has_model=deeds.has_model(self._services),
            may_propose=may(visit.person.role, f"POST {PATH}/journeys/{{journey}}/propose"),
        )

    def propose(self, visit: Visit, trigger: Trigger, form: dict[str, str]) -> Response:
        """Other words, by patterns or the language model."""
        asked = read_asked(deeds.ProposalsAsked, form)
        try:
            written = deeds.ask_for_words(self._services, visit.person, trigger, asked)
        except RateLimited:
            return self.show(visit, trigger, problem=_TOO_OFTEN, status=429)
        except (Unavailable, FixConfiguration) as error:
            problem = _SILENT if isinstance(error, Unavailable) else _REFUSED
            return self.show(visit, trigger, problem=problem, status=503)
        return self._show_proposals(visit, trigger, asked.message, list(written.proposals), refused=written.refused,
                                    by=asked.by)

    def check(
        self, visit: Visit, trigger: Trigger, form: dict[str, str], *, problem: str = "", status: int = 200
    ) -> Response:
        """Words as somebody changed them, with what is wrong there."""
        try:
            asked = read_asked(deeds.WordsProposed, form)
        except FixInput as error:
            if error.field in ("message", ""):
                raise
            number = read_asked(deeds.ProposalsAsked, form).message
            return self._show_proposals(visit, trigger, number, [_as_typed(form)], problem=_TOO_LONG, status=400)
        found = deeds.check_words(self._services, trigger, asked)
        return self._show_proposals(
            visit, trigger, asked.message, [asked.as_proposal()], findings=found, problem=problem,
            why=form.get("why", ""), status=status if problem or any(found.values()) else 200,
        )

    def draft(self, visit: Visit, trigger: Trigger, form: dict[str, str]) -> Response:
        """Words that hold, as another variant in a draft of the journey; shown with what is wrong where they do not."""
        try:
            asked = read_asked(deeds.WordsDrafted, form)
            made = deeds.draft_words(self._services, visit.person, trigger, asked)
        except FixInput as error:
            return self.check(visit, trigger, form, problem=_NOT_DRAFTED.get(error.field, ""), status=400)
        return go_to(f"/console/drafts/{made.id}")

    def show_tone(
        self, visit: Visit, *, typed: str = "", tongue: str = "", findings: Findings | None = None,
        wanted: Mapping[str, str] | None = None, problem: str = "", status: int = 200,
    ) -> Response:
        """How the shop speaks, a box to try it in, a form to draft another, and what it was before."""
        found = tones.look_at_tone(self._services)
        return self._show(
            visit, "content_tone.html", status, tone=found.tone, drafts=found.drafts, versions=found.versions,
            typed=typed, tongue=tongue or visit.person.language, findings=findings, problem=problem,
            wanted=wanted or tones.write_tone_fields(found.tone), addresses=ADDRESSES,
            may_draft=may(visit.person.role, f"POST {PATH}/tone"),
        )

    def draft_tone(self, visit: Visit, form: dict[str, str]) -> Response:
        """Another tone, as a draft."""
        try:
            made = tones.draft_tone(self._services, visit.person, read_asked(tones.ToneDrafted, form))
        except FixInput as error:
            return self.show_tone(visit, wanted=form, problem=self._words(visit).refusal(error), status=400)
        return go_to(f"/console/drafts/{made.id}")

    def restore_tone(self, visit: Visit, form: dict[str, str]) -> Response:
        """An earlier tone, as a new draft."""
        made = tones.restore_tone(self._services, visit.person, read_asked(tones.ToneRestored, form))
        return go_to(f"/console/drafts/{made.id}")

    def try_tone(self, visit: Visit, form: dict[str, str]) -> Response:
        """A text beside the tone."""
        asked = read_asked(tones.ToneTried, form)
        findings = tones.try_tone(self._services, asked)
        return self.show_tone(visit, typed=asked.text, tongue=asked.language, findings=findings)

    def _words(self, visit: Visit) -> Words:
        return Words(visit.person.language, self._services.settings.timezone)

    def _show_proposals(
        self, visit: Visit, trigger: Trigger, number: int, proposals: list[Proposal], *, refused: int = 0,
        by: str = "", findings: Findings | None = None, problem: str = "", why: str = "", status: int = 200,
    ) -> Response:
        return self._show(
            visit, "content_proposals.html", status, trigger=trigger, piece=deeds.find_piece(trigger, number),
            proposals=proposals, refused=refused, by=by, findings=findings, problem=problem, why=why,
        )

    def _show(self, visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
        return self._frame.show(
            visit, template, here="content", status=status, mark_facts=mark_facts, sentence_of=sentence_of,
            heads=HEADS, counts=COUNTS, least=LEAST_SENT, days=DAYS,
            window_seconds=self._services.guardrails.learning.window_seconds, **values,
        )


def _count(name: str) -> Callable[[_Row], int]:
    """What a row is sorted by at the head of a count."""
    return lambda row: row[1].counts[name]


def _as_typed(form: dict[str, str]) -> Proposal:
    return Proposal(
        {each: form.get(f"text_{each}", "") for each in ("fr", "en")},
        {each: form.get(f"subject_{each}", "") for each in ("fr", "en")},
    )
