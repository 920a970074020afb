"""The console's API: content: messages in force and what they did, other words for one, the tone."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.charter.drafts import Draft
from bot.console.api.admission import Here
from bot.console.content import Piece, Rival, Variant, Wording
from bot.console.deeds import content as deeds
from bot.console.deeds import tone as tones
from bot.content.checking import Finding
from bot.content.proposals import Findings, Proposal
from bot.content.tone import Tone


class MessageView(BaseModel):
    """A message in force. `number` names it for the calls below."""

    number: int
    step: str
    case: str
    channels: Sequence[str]
    texts: Mapping[str, str]
    subjects: Mapping[str, str]


class CountsView(BaseModel):
    """What a variant did on a channel in a language, in ninety days, with the words that it has now."""

    channel: str
    language: str
    counts: Mapping[str, int]


class RivalView(BaseModel):
    """Beside another variant: by how much it is liked more, of one; no interval while it is too early."""

    variant: str
    channel: str
    verdict: str
    occasions: int
    effect: float
    interval: tuple[float, float] | None


class WordingView(BaseModel):
    """What it said from some moment on."""

    versions: Sequence[str]
    first_used_at: datetime | None
    is_in_force: bool
    counts: Mapping[str, int]
    messages: Sequence[MessageView]


class VariantView(BaseModel):
    """A way of saying something. `won_on`: where it is proven to be liked more than each other."""

    variant: str
    step: str
    offer: str
    won_on: Sequence[str]
    messages: Sequence[MessageView]
    counted: Sequence[CountsView]
    beside: Sequence[RivalView]
    wordings: Sequence[WordingView]


class ContentView(BaseModel):
    """A journey's messages."""

    journey: str
    purpose: str
    variants: Sequence[VariantView]


class ProposalsView(BaseModel):
    """Other words that passed the check; `refused`: how many did not."""

    proposals: Sequence[Proposal]
    refused: int


class CheckView(BaseModel):
    """What is wrong with words, by place: `text.fr`, `subject.en`."""

    holds: bool
    findings: Mapping[str, Sequence[Finding]]


class DraftNamed(BaseModel):
    """A draft, as it was begun or added to."""

    draft: int
    revision: int


class ToneView(BaseModel):
    """The tone in force, its drafts, and what it was."""

    tone: Tone
    drafts: Sequence[DraftNamed]
    versions: Sequence[tones.ToneVersion]


def add_content_calls(router: APIRouter, services: Services) -> None:
    """Every call under /content."""

    @router.get("/content")
    def list_content(here: Here) -> Sequence[ContentView]:
        return [_content(each) for each in deeds.survey(services)]

    @router.get("/content/journeys/{journey}")
    def show_content(journey: str, here: Here) -> ContentView:
        return _content(deeds.look_at(services, deeds.find_journey(services, journey)))

    @router.post("/content/journeys/{journey}/propose", description="Nothing is kept; a model is asked if it is named.")
    def propose(journey: str, here: Here, asked: deeds.ProposalsAsked) -> ProposalsView:
        written = deeds.ask_for_words(services, here.person, deeds.find_journey(services, journey), asked)
        return ProposalsView(proposals=written.proposals, refused=written.refused)

    @router.post("/content/journeys/{journey}/check")
    def check(journey: str, here: Here, asked: deeds.WordsProposed) -> CheckView:
        return _check(deeds.check_words(services, deeds.find_journey(services, journey), asked))

    @router.post("/content/journeys/{journey}/draft")
    def draft(journey: str, here: Here, asked: deeds.WordsDrafted) -> DraftNamed:
        return _draft(deeds.draft_words(services, here.person, deeds.find_journey(services, journey), asked))

    @router.get("/content/tone")
    def show_tone(here: Here) -> ToneView:
        found = tones.look_at_tone(services)
        return ToneView(tone=found.tone, drafts=[_draft(each) for each in found.drafts], versions=found.versions)

    @router.post("/content/tone/try")
    def try_tone(here: Here, asked: tones.ToneTried) -> CheckView:
        return _check(tones.try_tone(services, asked))

    @router.post("/content/tone")
    def draft_tone(here: Here, asked: tones.ToneDrafted) -> DraftNamed:
        return _draft(tones.draft_tone(services, here.person, asked))

    @router.post("/content/tone/restore")
    def restore_tone(here: Here, asked: tones.ToneRestored) -> DraftNamed:
        return _draft(tones.restore_tone(services, here.person, asked))


def _content(content: deeds.JourneyContent) -> ContentView:
    trigger = content.trigger
    return ContentView(
        journey=trigger.name, purpose=trigger.purpose, variants=[_variant(each) for each in content.variants]
    )


def _variant(variant: Variant) -> VariantView:
    step, offer, name = variant.key
    counted = [CountsView(channel=each.channel, language=each.language, counts=each.counts) for each in variant.lines]
    return VariantView(
        variant=name, step=step, offer=offer, won_on=variant.won_on,
        messages=[_message(each) for each in variant.pieces], counted=counted,
        beside=[_rival(each) for each in variant.rivals], wordings=[_wording(each) for each in variant.wordings],
    )


def _message(piece: Piece) -> MessageView:
    message = piece.message
    return MessageView(
        number=piece.number, step=piece.step, case=message.case, channels=message.channels, texts=message.texts,
        subjects=message.subjects,
    )


def _rival(rival: Rival) -> RivalView:
    found = rival.comparison
    return RivalView(
        variant=rival.variant, channel=rival.channel, verdict=found.verdict, occasions=found.times, effect=found.effect,
        interval=(found.low, found.high) if found.is_known else None,
    )


def _wording(wording: Wording) -> WordingView:
    return WordingView(
        versions=wording.versions, first_used_at=wording.first_used_at, is_in_force=wording.is_in_force,
        counts=wording.counts, messages=[_message(each) for each in wording.pieces],
    )


def _check(findings: Findings) -> CheckView:
    return CheckView(holds=not any(findings.values()), findings=findings)


def _draft(draft: Draft) -> DraftNamed:
    return DraftNamed(draft=draft.id, revision=draft.revision)
