"""The console's deeds: find who is like a segment's people, and make a draft of a rule. For pages and the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bot.bootstrap import InForce, Services
from bot.charter.drafts import Draft, list_drafts
from bot.console.assistant.audience_reading import list_clauses
from bot.console.assistant.evidence import deal_halves
from bot.console.assistant.lookalike_reading import Looked, list_apart, list_said, read_looked, write_rule
from bot.console.assistant.lookalikes import LEAST_PERSONS, find_likeness
from bot.console.deeds.drafts import DraftMade, Sentence, make
from bot.console.deeds.inputs import Asked, Text
from bot.console.people import Person
from bot.console.segments import list_segments
from bot.errors import Conflict, FixInput, RateLimited
from bot.profile.rate_limits import take
from bot.profile.segments.describe import describe_rule
from bot.profile.segments.lookalike import TELLS_TOO_MUCH, names_any

SEARCHES, SEARCH_SECONDS = 6, 300  # of one person: each looks at thousands of people
MOST_RULE, MOST_PERSONS = 1_600, 10_000_000


class AlikeAsked(Asked):
    """Who is like the people of a segment, and about how many of them are wanted."""

    segment: Annotated[Text, Field(min_length=1, max_length=64)]
    size: Annotated[int, Field(ge=LEAST_PERSONS, le=MOST_PERSONS)] = 1_000


class RuleDrafted(Asked):
    """A rule that is to become a segment, and what people call it."""

    rule: Annotated[Text, Field(min_length=1, max_length=MOST_RULE)]
    name: Annotated[Text, Field(min_length=2, max_length=48, description="Small letters, digits, underscores.")]
    en: Annotated[Text, Field(min_length=1, max_length=80)]
    fr: Annotated[Text, Field(min_length=1, max_length=80)]
    why: Sentence


@dataclass(frozen=True)
class Alike:
    """A rule for people who are like a segment's, by a sample. `lift`: those of the segment fulfil it so many times
    as often as others, on the half that taught nothing; 1 is chance, `low` and `high` hold it 99 times in 100.
    """

    rule: str  # in the rule language
    said: str  # in the reader's words
    traits: Sequence[str]  # what it goes by, in the reader's words; the strongest first
    persons: int  # whom it finds, about
    inside: float  # the share of the segment that fulfils it
    outside: float
    lift: float
    low: float
    high: float
    auc: float


@dataclass(frozen=True)
class AlikeAnswer:
    """What was looked at, of people who agreed; `found` is null where the evidence is thin."""

    looked_inside: int | None  # null: fewer than ten
    looked_outside: int | None
    found: Alike | None


def find_alike(services: Services, person: Person, asked: AlikeAsked) -> AlikeAnswer:
    """Look at a sample, learn on one half of it, tell by the other. NotFound for no such segment, FixInput for one that
    goes by what tells too much, RateLimited after so many. Nothing is kept.
    """
    now, book, never = services.clock(), InForce(services).read().segments, services.privacy.assistant.never
    segment = book.get(asked.segment)
    if names_any(segment, never):
        raise FixInput("segment", TELLS_TOO_MUCH)
    _take_turn(services, person)
    with services.store.read() as connection:
        clauses = list_apart(list_clauses(connection, book, None, never), segment)
        rows, everybody, _ = list_segments(connection, book, now)
        looked = read_looked(connection, book, segment.name, clauses, now)
    others = everybody - next(each.persons or 0 for each in rows if each.name == segment.name)
    agreed = int((~looked.is_seed).sum())
    each_stands_for = others / looked.outside if looked.outside else 0.0
    likeness = find_likeness(looked.holds, looked.is_seed, deal_halves(looked.persons),
                             asked.size / max(1.0, agreed * each_stands_for))
    if likeness is None:
        return _answer(looked, None)
    rule = write_rule(likeness, clauses, segment.name)
    used = {place for way in likeness.ways for place in way}
    traits = [describe_rule(book.read(each), person.language)
              for n, each in enumerate(list_said(likeness, clauses)) if n in used]
    return _answer(looked, Alike(
        rule, describe_rule(book.read(rule), person.language), traits,
        round(int((likeness.members & ~looked.is_seed).sum()) * each_stands_for),
        likeness.inside, likeness.outside, *likeness.lift, likeness.auc,
    ))


def draft_rule(services: Services, person: Person, asked: RuleDrafted) -> Draft:
    """Make it a draft of a segment; nobody is asked by that. FixInput for a rule or a name that cannot be, Conflict
    beside another open draft of that name. Writes.
    """
    book = InForce(services).read().segments
    book.read(asked.rule)
    if asked.name in book.segments:
        raise FixInput("name", "is a segment's already: choose another")
    with services.store.read() as connection:
        if list_drafts(connection, kind="segment", name=asked.name, limit=1):
            raise Conflict("another draft of it is open: it is proposed, or dropped, first")
    body = {"rule": asked.rule, "en": asked.en, "fr": asked.fr, "events": False}
    return make(services, person, DraftMade(kind="segment", name=asked.name, body=body, why=asked.why))


def list_drafted(services: Services) -> list[Draft]:
    """The segments that are written and not agreed on."""
    with services.store.read() as connection:
        return list_drafts(connection, kind="segment")


def _take_turn(services: Services, person: Person) -> None:
    with services.store.write() as connection:
        if not take(connection, f"console:alike:{person.name}", limit=SEARCHES, window_seconds=SEARCH_SECONDS,
                    now=services.clock()):
            raise RateLimited("tried often enough for now", SEARCH_SECONDS)


def _answer(looked: Looked, found: Alike | None) -> AlikeAnswer:
    inside = int(looked.is_seed.sum())
    counts = [each if each >= LEAST_PERSONS else None for each in (inside, len(looked.persons) - inside)]
    return AlikeAnswer(counts[0], counts[1], found)
