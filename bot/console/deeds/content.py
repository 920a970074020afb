"""The console's deeds: what messages say and did, other words proposed, checked and drafted. For pages and the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.bootstrap import InForce, Services
from bot.charter.drafts import Draft
from bot.console.content import Piece, Variant, list_pieces, list_variants, read_counted, read_versions
from bot.console.deeds.drafts import Sentence
from bot.console.deeds.inputs import Asked, Text
from bot.console.deeds.journey_drafts import change_messages
from bot.console.people import Person
from bot.console.trail import write_trail
from bot.content.checking import MAX_SUBJECT_CHARACTERS, MAX_TEXT_CHARACTERS
from bot.content.model import Written, open_writer
from bot.content.proposals import Findings, Proposal, check_proposal, propose, typeset
from bot.contracts.messages import LANGUAGES
from bot.decision.messages import PICTURE_CHANNELS, TEMPLATE_CHANNELS
from bot.decision.triggers import Trigger
from bot.errors import FixInput, NotFound, RateLimited, Unsupported
from bot.profile.rate_limits import take

ASKS, ASK_SECONDS = 10, 300  # of one person, to a language model
By = Literal["patterns", "model"]
Words = Annotated[Text, Field(max_length=MAX_TEXT_CHARACTERS)]
Subject = Annotated[Text, Field(max_length=MAX_SUBJECT_CHARACTERS)]
Place = Annotated[int, Field(ge=0, le=999, description="Which of the journey's messages, from 0.")]


class ProposalsAsked(Asked):
    """Other words for a message: by patterns, or by the language model that the shop names."""

    message: Place
    by: By = "patterns"


class WordsProposed(Asked):
    """Words for a message in both languages, to be checked against it. A subject line may be left out."""

    message: Place
    text_fr: Words
    text_en: Words
    subject_fr: Subject = ""
    subject_en: Subject = ""

    def as_proposal(self) -> Proposal:
        """As the check takes them."""
        subjects = {"fr": self.subject_fr, "en": self.subject_en}
        texts = {"fr": self.text_fr, "en": self.text_en}
        return typeset(Proposal(texts, {key: each for key, each in subjects.items() if each}))


class WordsDrafted(WordsProposed):
    """Words that become another variant of the message, in a draft of the journey."""

    why: Sentence


@dataclass(frozen=True)
class JourneyContent:
    """A journey's messages in force, and what they did."""

    trigger: Trigger
    variants: Sequence[Variant]


def survey(services: Services) -> list[JourneyContent]:
    """Every journey in force, in the order of the shop's file."""
    today = services.clock().astimezone(ZoneInfo(services.settings.timezone)).date()
    triggers = InForce(services).read().triggers
    with services.store.read() as connection:
        counted = read_counted(connection, today)
        return [
            JourneyContent(each, list_variants(each, read_versions(connection, each.name), counted))
            for each in triggers
        ]


def find_journey(services: Services, name: str) -> Trigger:
    """A journey in force; NotFound for any other name."""
    found = next((each for each in InForce(services).read().triggers if each.name == name), None)
    if found is None:
        raise NotFound("no journey of that name is in force")
    return found


def look_at(services: Services, trigger: Trigger) -> JourneyContent:
    """One of them."""
    today = services.clock().astimezone(ZoneInfo(services.settings.timezone)).date()
    with services.store.read() as connection:
        counted, versions = read_counted(connection, today), read_versions(connection, trigger.name)
    return JourneyContent(trigger, list_variants(trigger, versions, counted))


def find_piece(trigger: Trigger, number: int) -> Piece:
    """One of a journey's messages; NotFound for a number that there is not."""
    pieces = list_pieces(trigger)
    if number >= len(pieces):
        raise NotFound("the journey has no such message: load the page again")
    return pieces[number]


def ask_for_words(services: Services, person: Person, trigger: Trigger, asked: ProposalsAsked) -> Written:
    """Other words, each of which passed the check. What a model wrote and did not is counted, and shown to nobody.

    Unsupported where the shop names no model; RateLimited after so many; Unavailable where it does not answer.
    """
    message, tone = find_piece(trigger, asked.message).message, InForce(services).read().tone
    if asked.by == "patterns":
        return Written(propose(trigger.kind, message, tone), 0)
    writer = open_writer(services.settings)
    if writer is None:
        raise Unsupported("no language model is named: PREVENANT_CONTENT_MODEL_URL says which")
    now = services.clock()
    with services.store.write() as connection:
        may_ask = take(connection, f"console:model:{person.name}", limit=ASKS, window_seconds=ASK_SECONDS, now=now)
        if may_ask:
            write_trail(connection, person.name, "asked_model", about=f"journey:{trigger.name}", now=now)
    if not may_ask:
        raise RateLimited("asked often enough for now", ASK_SECONDS)
    return writer.write(trigger.kind, message, tone)


def check_words(services: Services, trigger: Trigger, asked: WordsProposed) -> Findings:
    """What is wrong with words, by place: against the facts of the message in force, and the shop's tone."""
    message = find_piece(trigger, asked.message).message
    return check_proposal(message, asked.as_proposal(), InForce(services).read().tone)


def require_held(services: Services, trigger: Trigger, asked: WordsProposed) -> None:
    """FixInput names the first place where words say what the message in force does not."""
    for place, findings in check_words(services, trigger, asked).items():
        if findings:
            raise FixInput(place.replace(".", "_"), f"{findings[0].rule}: {findings[0].what}")


def draft_words(services: Services, person: Person, trigger: Trigger, asked: WordsDrafted) -> Draft:
    """Another variant, in the draft of the journey that the person is writing, else in a new one. Writes.

    FixInput for words that say what the message in force does not. A variant has no template that a vendor approved, so
    that it is not for channels which need one.
    """
    require_held(services, trigger, asked)
    piece, proposal = find_piece(trigger, asked.message), asked.as_proposal()
    return change_messages(
        services, person, trigger, asked.why, lambda known: [*known, _write_variant(piece, proposal, known)]
    )


def _write_variant(piece: Piece, proposal: Proposal, known: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The lines of the shop's file for it."""
    message = piece.message
    free = [each for each in message.channels if not (message.templates and each in TEMPLATE_CHANNELS)]
    if not free:
        raise FixInput("message", "is for channels alone whose vendor approves the words")
    taken = {str(each.get("variant", "")) for each in known}
    name = next(made for n in count(2) if (made := f"{message.variant}_{n}") not in taken)
    subjects = proposal.subjects if len(proposal.subjects) == len(LANGUAGES) and "email" in free else {}
    return {
        **({"step": piece.step} if piece.step else {}), "case": message.case, "variant": name, "channels": free,
        **({"offer": message.offer} if message.offer else {}), **proposal.texts,
        **({"subject": dict(subjects)} if subjects else {}),
        **({"picture": message.picture} if message.picture and PICTURE_CHANNELS & set(free) else {}),
    }


def has_model(services: Services) -> bool:
    """Whether the shop names a language model."""
    return open_writer(services.settings) is not None
