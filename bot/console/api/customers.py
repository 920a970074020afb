"""The console's API: customers: the search, one person, what we would say to them, parting two. Masked by role."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.console.api.admission import Here
from bot.console.customer import Customer, Merged, read_customer, read_talks
from bot.console.deeds import customers as deeds
from bot.console.deeds.inputs import MOST_NUMBER, Why
from bot.console.masking import show_details, show_identity, show_trait, show_words
from bot.console.roles import Role
from bot.console.words import Figures
from bot.nudges.now import NO_OCCASION, WouldSay
from bot.profile.conversations import conversations_of
from bot.profile.customers import CustomerId

Root = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
MergeId = Annotated[int, Path(ge=1, le=MOST_NUMBER)]


class FoundView(BaseModel):
    """A person, and by what they were found."""

    customer: str
    kind: str
    value: str


class FoundPage(BaseModel):
    """Who it may be; give `after` as it is for the next page, "" at the end."""

    found: Sequence[FoundView]
    after: str


class IdentityView(BaseModel):
    """What a person goes by, as far as the role sees it."""

    kind: str
    value: str
    is_verified: bool
    source: str


class TraitView(BaseModel):
    """A trait with the silo it came from, and the rule that chose it in the reader's words."""

    name: str
    value: str
    silo: str
    set_at: datetime
    rule: str


class MergeView(BaseModel):
    """Two who were taken for one; `evidence`: which fields agree, without their values."""

    merge: int
    left: str
    right: str
    reason: str
    merged_at: datetime
    evidence: Mapping[str, str]


class EventView(BaseModel):
    """Something that happened, with those details that the role sees."""

    event: int
    at: datetime
    name: str
    silo: str
    details: Mapping[str, str]


class DecisionView(BaseModel):
    """What was decided of a person once. `held`: candidate -> the reasons; `figures`: candidate -> reason -> those."""

    at: datetime
    message: str
    chosen: str
    held: Mapping[str, Sequence[str]]
    figures: Mapping[str, Figures]


class SentView(BaseModel):
    """What was sent first."""

    at: datetime
    channel: str
    nudge: str
    state: str
    text: str


class CustomerView(BaseModel):
    """Everything on a person's page. `earlier`: give it as `before` for what happened before; null at the end."""

    customer: str
    created_at: datetime
    segments: Sequence[str]
    identities: Sequence[IdentityView]
    traits: Sequence[TraitView]
    consents: Mapping[str, Mapping[str, str]]
    merges: Sequence[MergeView]
    events: Sequence[EventView]
    earlier: int | None
    decisions: Sequence[DecisionView]
    messages: Sequence[SentView]


class WouldSayView(BaseModel):
    """What a journey comes to now: a text on a channel, or the reasons why not. `yields_to`: whose week it is."""

    journey: str
    due_at: datetime | None
    channel: str
    text: str
    reasons: Sequence[str]
    held: Mapping[str, Sequence[str]]
    figures: Mapping[str, Figures]
    yields_to: Sequence[str]


class Spoken(BaseModel):
    """One message of a conversation."""

    at: datetime
    who: str
    author: str
    text: str


class Talk(BaseModel):
    """The last words of a conversation."""

    channel: str
    said: Sequence[Spoken]


def add_customer_calls(router: APIRouter, services: Services) -> None:
    """Every call under /customers. Each look is kept in the trail before anything is shown."""

    @router.post("/customers/search", description="What is typed stays out of paths, and so out of logs.")
    def search(here: Here, asked: deeds.Searched) -> FoundPage:
        role, (found, after) = here.person.role, deeds.search(services, here.person, asked)
        return FoundPage(after=after, found=[
            FoundView(customer=each.customer_id, kind=each.kind, value=_show_found(role, each.kind, each.value))
            for each in found
        ])

    @router.get("/customers/{customer}")
    def show_customer(
        customer: Root, here: Here, before: Annotated[int | None, Query(ge=-MOST_NUMBER, le=MOST_NUMBER)] = None
    ) -> CustomerView:
        root = deeds.look(services, here.person, customer, "saw")
        with services.store.read() as connection:
            found = read_customer(connection, services, root, before)
        return _view(here.person.role, here.person.language, found)

    @router.get("/customers/{customer}/now")
    def show_now(customer: Root, here: Here) -> Sequence[WouldSayView]:
        root = deeds.look(services, here.person, customer, "asked_now")
        said = deeds.consider(services, root)
        return [_would_say(here.person.role, each) for each in said if NO_OCCASION not in each.reasons]

    @router.get("/customers/{customer}/conversations")
    def show_conversations(customer: Root, here: Here) -> Sequence[Talk]:
        root = deeds.look(services, here.person, customer, "read")
        return _talks(services, here.person.role, root)

    @router.get("/customers/{customer}/merges/{merge}")
    def show_merge(customer: Root, merge: MergeId, here: Here) -> MergeView:
        root = deeds.look(services, here.person, customer, "saw")
        return _merge(deeds.find_merge(services, root, merge))

    @router.post("/customers/{customer}/merges/{merge}/undo")
    def part(customer: Root, merge: MergeId, here: Here, asked: Why) -> MergeView:
        return _merge(deeds.part(services, here.person, customer, merge, asked))


def _show_found(role: Role, kind: str, value: str) -> str:
    """Our own number and an order's reference name nobody."""
    return value if kind in ("id", "order") else show_identity(role, kind, value)


def _view(role: Role, language: str, found: Customer) -> CustomerView:
    return CustomerView(
        customer=found.customer_id, created_at=found.created_at, segments=found.segments,
        identities=[
            IdentityView(kind=each.kind, value=show_identity(role, each.kind, each.value),
                         is_verified=each.is_verified, source=each.source) for each in found.identities
        ],
        traits=[
            TraitView(name=each.name, value=show_trait(role, each.name, each.value), silo=each.silo,
                      set_at=each.set_at, rule=each.rule[language]) for each in found.traits
        ],
        consents=found.consents, merges=[_merge(each) for each in found.merges],
        events=[
            EventView(event=each.event_id, at=each.occurred_at, name=each.name, silo=each.silo,
                      details=dict(show_details(role, each.properties))) for each in found.events
        ],
        earlier=found.earlier,
        decisions=[
            DecisionView(at=each.decided_at, message=each.message, chosen=each.chosen, held=each.held,
                         figures=each.figures)
            for each in found.journeys.decisions
        ],
        messages=[
            SentView(at=row.sent_at or row.created_at, channel=row.channel, nudge=row.nudge, state=row.state,
                     text=show_words(role, str(row.payload.get("text") or ""))) for row in found.messages
        ],
    )


def _merge(merge: Merged) -> MergeView:
    return MergeView(merge=merge.merge_id, left=merge.left_id, right=merge.right_id, reason=merge.why,
                     merged_at=merge.merged_at, evidence=merge.evidence)


def _would_say(role: Role, said: WouldSay) -> WouldSayView:
    return WouldSayView(
        journey=said.journey, due_at=said.due_at, channel=said.channel, reasons=said.reasons,
        text=show_words(role, said.text) if said.text else "", held=said.held or {}, figures=said.figures,
        yields_to=said.rivals,
    )


def _talks(services: Services, role: Role, root: CustomerId) -> list[Talk]:
    with services.store.read() as connection:
        talks = conversations_of(connection, root)
        said = dict(read_talks(connection, [each.sender_id for each in talks]))
    return [
        Talk(channel=talk.channel, said=[
            Spoken(at=each.at, who=each.who, author=each.author, text=show_words(role, each.text))
            for each in said[talk.sender_id]
        ]) for talk in talks
    ]
