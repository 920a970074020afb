"""The console: one customer of the store -> what their page shows, in few look-ups by their own rows. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.decision.survey import PersonsJourney, survey_person
from bot.profile.consent import PURPOSES, State, consent_state
from bot.profile.customers import CustomerId, Identity, identities_of, members_of, merges_of
from bot.profile.events import Event, events_of, find_event
from bot.profile.explain import TraitExplanation, explain_trait
from bot.profile.resolution.explain import Agreement, explain_pair
from bot.profile.resolution.normalise import fold
from bot.profile.resolution.records import column_of
from bot.profile.segments.members import segments_of
from bot.profile.segments.words import CHANNELS
from bot.profile.store.tables import customers, identities, link_reviews, merges, outbox, traits
from bot.profile.traits import trait_values
from bot.service.transcript import Said, read_transcript

EVENTS, DECISIONS, MESSAGES, SPOKEN = 20, 10, 10, 50  # of a page


@dataclass(frozen=True)
class Merged:
    """Two customers that were taken for one person, and why. `evidence`: which fields agree, without their values."""

    merge_id: int
    left_id: str
    right_id: str
    reason: str
    merged_at: datetime
    evidence: Mapping[str, Agreement]

    @property
    def why(self) -> str:
        """The reason's first word, which has a sentence; a review's chance stands behind it."""
        return self.reason.partition(":")[0]


@dataclass(frozen=True)
class Customer:
    """Everything that stands on the page of a person."""

    customer_id: CustomerId
    parts: tuple[str, ...]
    created_at: datetime
    identities: Sequence[Identity]
    traits: Sequence[TraitExplanation]
    consents: Mapping[str, Mapping[str, State]]
    segments: Sequence[str]
    merges: Sequence[Merged]
    events: Sequence[Event]
    earlier: int | None  # the event that a next page begins before; None at the end
    journeys: PersonsJourney
    messages: Sequence[sa.Row[Any]]


def find_root(connection: sa.Connection, customer_id: str) -> CustomerId | None:
    """The person that a customer is part of; None for nobody."""
    root = connection.scalar(sa.select(customers.c.root_id).where(customers.c.customer_id == customer_id))
    return CustomerId(root) if root else None


def read_customer(
    connection: sa.Connection, services: Services, root: CustomerId, before: int | None = None
) -> Customer:
    """A person by their root, with what happened before an event, or the newest."""
    members = members_of(connection, root)
    happened = _read_events(connection, root, members, before)
    return Customer(
        customer_id=root,
        parts=tuple(each for each in members if each != root),
        created_at=connection.execute(
            sa.select(customers.c.created_at).where(customers.c.customer_id == root)
        ).scalar_one(),
        identities=identities_of(connection, root),
        traits=_read_traits(connection, services, root),
        consents={purpose: {channel: consent_state(connection, root, purpose, channel) for channel in CHANNELS}
                  for purpose in PURPOSES},
        segments=segments_of(connection, InForce(services).read().segments, root, now=services.clock()),
        merges=[_read_merge(connection, each) for each in merges_of(connection, root)],
        events=happened[:EVENTS],
        earlier=happened[EVENTS - 1].event_id if len(happened) > EVENTS else None,
        journeys=survey_person(connection, root, DECISIONS),
        messages=_read_messages(connection, members),
    )


def read_merge(connection: sa.Connection, root: CustomerId, merge_id: int) -> Merged | None:
    """A merge that holds within a person; None for any other."""
    return _read_merge(connection, merge_id) if merge_id in merges_of(connection, root) else None


def read_talks(connection: sa.Connection, sender_ids: Sequence[str]) -> list[tuple[str, list[Said]]]:
    """The last words of each conversation."""
    return [(each, read_transcript(connection, each, limit=SPOKEN)) for each in sender_ids]


def _read_events(
    connection: sa.Connection, root: CustomerId, members: Sequence[str], before: int | None
) -> list[Event]:
    """One more than a page. An event of somebody else is no place to begin at."""
    found = find_event(connection, before) if before is not None else None
    place = found if found and found.customer_id in members else None
    return events_of(connection, root, before=place, limit=EVENTS + 1)


def _read_traits(connection: sa.Connection, services: Services, root: CustomerId) -> list[TraitExplanation]:
    rules = services.segments.traits
    names = sorted(trait_values(connection, root))
    return [each for name in names if (each := explain_trait(connection, root, name, rules))]


def _read_messages(connection: sa.Connection, members: Sequence[str]) -> list[sa.Row[Any]]:
    mine = sa.and_(outbox.c.customer_id.in_(members), outbox.c.kind == "nudge")
    return list(connection.execute(
        sa.select(outbox).where(mine).order_by(outbox.c.created_at.desc(), outbox.c.outbox_id.desc()).limit(MESSAGES)
    ))


def _read_merge(connection: sa.Connection, merge_id: int) -> Merged:
    row = connection.execute(sa.select(merges).where(merges.c.merge_id == merge_id)).one()
    return Merged(
        merge_id, row.left_id, row.right_id, row.reason, row.merged_at,
        _reviewed(connection, row.left_id, row.right_id)
        or explain_pair(_record(connection, row.left_id), _record(connection, row.right_id)),
    )


def _reviewed(connection: sa.Connection, left: str, right: str) -> Mapping[str, Agreement]:
    """What was put before whoever said that they are one person."""
    first, second = sorted((left, right))
    pair = sa.and_(link_reviews.c.left_id == first, link_reviews.c.right_id == second)
    return connection.scalar(sa.select(link_reviews.c.evidence).where(pair)) or {}


def _record(connection: sa.Connection, customer_id: str) -> dict[str, str]:
    """What one customer alone goes by, compared without case and accents."""
    said = connection.execute(sa.select(traits.c.name, traits.c.value).where(traits.c.customer_id == customer_id))
    proofs = connection.execute(sa.select(identities.c.kind.label("name"), identities.c.value).where(
        identities.c.customer_id == customer_id, identities.c.kind.in_(("email", "phone"))
    ))
    return {column: fold(str(row.value)) for row in (*said, *proofs) if (column := column_of(row.name)) and row.value}
