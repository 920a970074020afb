"""The console's deeds: the shop's tone: words tried by it, another one drafted, an earlier one drafted again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from bot.bootstrap import InForce, Services
from bot.charter.book import TONE
from bot.charter.content import name_content
from bot.charter.drafted import Beside, find_problem
from bot.charter.drafts import Draft, list_drafts
from bot.charter.kept import AGREED
from bot.console.deeds import drafts as drafting
from bot.console.deeds.drafts import DraftMade, Sentence
from bot.console.deeds.inputs import Asked, Number, Text
from bot.console.people import Person
from bot.content.checking import MAX_TEXT_CHARACTERS
from bot.content.proposals import Findings
from bot.content.tone import Address, Tone, check_tone, dump_tone, parse_tone, write_tone
from bot.contracts.messages import LANGUAGES, Language
from bot.errors import FixInput, NotFound
from bot.profile.store.tables import charter_proposals

MOST_VERSIONS = 20
KIND = NAME = "tone"
Line = Annotated[Text, Field(max_length=80)]
Lines = Annotated[str, Field(max_length=8_000, description="A line each.")]


class ToneTried(Asked):
    """A text, to be read by the shop's tone."""

    language: Language
    text: Annotated[Text, Field(max_length=MAX_TEXT_CHARACTERS)]


class ToneDrafted(Asked):
    """Another tone. What is never said: a line each."""

    address: Address
    emoji: bool = False
    longest_sentence_words: Annotated[int, Field(ge=0, le=100)] = 0
    signature_fr: Line = ""
    signature_en: Line = ""
    never_fr: Lines = ""
    never_en: Lines = ""
    why: Sentence


class ToneRestored(Asked):
    """An earlier tone, by its number."""

    version: Number
    why: Sentence


@dataclass(frozen=True)
class ToneVersion:
    """What was agreed on at some moment; `by`: whose change it was, `charter` the shop's file."""

    id: int
    tone: Tone
    by: str
    reason: str
    agreed_at: datetime
    is_in_force: bool


@dataclass(frozen=True)
class ToneState:
    """The tone in force, what is drafted, and what it was, newest first."""

    tone: Tone
    drafts: Sequence[Draft]
    versions: Sequence[ToneVersion]


def look_at_tone(services: Services) -> ToneState:
    """As it stands."""
    tone = InForce(services).read().tone
    with services.store.read() as connection:
        return ToneState(tone, list_drafts(connection, kind=KIND, name=NAME), _list_versions(connection, tone))


def try_tone(services: Services, asked: ToneTried) -> Findings:
    """Where a text differs from the tone."""
    return {f"text.{asked.language}": check_tone(asked.text, asked.language, InForce(services).read().tone)}


def draft_tone(services: Services, person: Person, asked: ToneDrafted) -> Draft:
    """Another tone, as a draft. FixInput names what the file could not hold. Writes."""
    signature = {"fr": asked.signature_fr, "en": asked.signature_en}
    never = {"fr": _read_lines(asked.never_fr), "en": _read_lines(asked.never_en)}
    tone = Tone(asked.address, asked.emoji, asked.longest_sentence_words, signature, never)
    return _draft(services, person, tone, asked.why)


def restore_tone(services: Services, person: Person, asked: ToneRestored) -> Draft:
    """An earlier tone, as a new draft; NotFound for a number that there is not. Writes."""
    versions = look_at_tone(services).versions
    found = next((each for each in versions if each.id == asked.version), None)
    if found is None:
        raise NotFound("there is no such version of the tone")
    return _draft(services, person, found.tone, asked.why)


def write_tone_fields(tone: Tone) -> dict[str, str]:
    """A tone as the fields of `ToneDrafted`."""
    return {
        "address": tone.address, "emoji": "true" if tone.emoji else "",
        "longest_sentence_words": str(tone.longest_sentence_words),
        **{f"signature_{each}": tone.signature[each] for each in LANGUAGES},
        **{f"never_{each}": "\n".join(tone.never[each]) for each in LANGUAGES},
    }


def _draft(services: Services, person: Person, tone: Tone, why: str) -> Draft:
    body: Mapping[str, Any] = write_tone(tone)
    if problem := find_problem(KIND, NAME, body, Beside((), services.goals.currency)):
        raise FixInput(problem.place.replace(".", "_"), problem.sentence, **problem.values)
    return drafting.make(services, person, DraftMade(kind=KIND, name=NAME, body=dict(body), why=why))


def _read_lines(text: str) -> tuple[str, ...]:
    return tuple(tidy for each in text.splitlines() if (tidy := " ".join(each.split())))


def _list_versions(connection: sa.Connection, tone: Tone) -> list[ToneVersion]:
    table, now = charter_proposals.c, name_content(TONE, dump_tone(tone))
    rows = connection.execute(
        sa.select(table.proposal_id, table.content, table.proposed_by, table.reason, table.settled_at)
        .where(table.subject == TONE, table.state == AGREED)
        .order_by(table.settled_at.desc(), table.proposal_id.desc()).limit(MOST_VERSIONS)
    ).all()
    newest = next((row.proposal_id for row in rows if name_content(TONE, row.content) == now), None)
    return [
        ToneVersion(row.proposal_id, parse_tone(row.content), row.proposed_by, row.reason, row.settled_at,
                    row.proposal_id == newest)
        for row in rows
    ]
