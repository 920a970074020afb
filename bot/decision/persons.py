"""Stage 3: the persons a decision is about, read for one or many at once, over everybody they were merged from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from bot.decision.choose import CONSENT_GRANTED, CONSENT_UNKNOWN, CONSENT_WITHDRAWN
from bot.decision.matters import BEGINS, SETTLES, Said
from bot.decision.matters import LOOKS_BACK as LOOKS_BACK_FOR_MATTERS
from bot.decision.minors import BIRTH_DATE, read_birth
from bot.decision.person_queries import queries_for
from bot.decision.triggers import CHANNELS
from bot.profile.consent import EVERY_CHANNEL, consent_states
from bot.profile.events import OFFER_ACCEPTED
from bot.profile.identities import CustomerId, roots_of
from bot.profile.state import ConversationState, read_states
from bot.profile.store.tables import customers
from bot.profile.store.upsert import is_listed, to_list
from bot.profile.suppressions import find_unreachable
from bot.profile.tombstones import find_buried, is_lifted

_CONSENT = {
    "granted": CONSENT_GRANTED, "unknown": CONSENT_UNKNOWN, "pending": CONSENT_UNKNOWN, "withdrawn": CONSENT_WITHDRAWN,
}
ADDRESSED = frozenset({"whatsapp", "messenger", "sms", "email"})  # where a suppression counts
NO_COOLDOWNS: Mapping[str, float] = MappingProxyType({})
_CHUNK = 400
LOOKS_BACK = timedelta(days=8)  # a week, and what zones and clocks may add


@dataclass(frozen=True)
class Route:
    """Where a channel reaches a person. `verified_ref`: the shop's customer they proved to be, there and now."""

    address: str
    sender_id: str = ""
    verified_ref: str = ""
    last_inbound_at: datetime | None = None  # when they last wrote there


@dataclass(frozen=True)
class SentElsewhere:
    """A message of another tool, in the words of an outbox row."""

    sent_at: datetime
    not_before: datetime | None = None
    outbox_id: int = -1  # none of ours
    nudge: str = ""
    about: str = ""
    state: str = "sent"
    told: str = ""


@dataclass
class Person:
    """What the guardrails ask about one merged person."""

    root: str
    members: list[str] = field(default_factory=list)
    is_holdout: bool = False
    customer_refs: set[str] = field(default_factory=set)  # the shop's customers they proved to be
    emails: list[str] = field(default_factory=list)  # proven, newest last
    phones: list[str] = field(default_factory=list)
    zones: set[str] = field(default_factory=set)
    languages: list[str] = field(default_factory=list)  # best known first
    births: set[str] = field(default_factory=set)  # days, YYYY-MM-DD
    conversations: list[sa.Row[Any]] = field(default_factory=list)  # last used first
    last_inbound_at: datetime | None = None
    has_waiting_message: bool = False
    state: ConversationState = field(default_factory=ConversationState)
    consent: dict[str, int] = field(default_factory=dict)  # channel -> granted, unknown, withdrawn
    sent: list[Any] = field(default_factory=list)  # nudges of the last week and those to come
    heard: list[Any] = field(default_factory=list)  # before that: those of the nudges that were asked about
    taken: set[str] = field(default_factory=set)  # what they accepted an offer about
    unreachable: set[tuple[str, str]] = field(default_factory=set)  # channel, address: nothing arrives there
    matters: list[Said] = field(default_factory=list)  # what begins or settles something between them and the shop
    running: list[Any] = field(default_factory=list)  # waits of the journeys that were asked about

    def route(
        self, channel: str, now: datetime, *, sender_id: str = "", owner_ref: str = "", member: str = ""
    ) -> Route | None:
        """The conversation asked for, else one where the owner is proven, else the nearest; or a proven address."""
        found = [
            _to_route(each, now) for each in self.conversations
            if each.channel == channel and (channel, each.address) not in self.unreachable
        ]
        near = {each.sender_id for each in self.conversations if each.customer_id == member}
        found.sort(key=lambda each: (
            each.sender_id != sender_id, each.verified_ref != owner_ref, each.sender_id not in near
        ))
        if found:
            return found[0]
        known = {"email": self.emails, "sms": self.phones}.get(channel, [])
        addresses = [each for each in known if (channel, each) not in self.unreachable]
        return Route(addresses[-1]) if addresses else None


def _to_route(row: sa.Row[Any], now: datetime) -> Route:
    is_proven = row.verified_until is not None and row.verified_until > now
    return Route(row.address, row.sender_id, (row.verified_ref or "") if is_proven else "", row.last_inbound_at)


def lock_persons(connection: sa.Connection, customer_ids: Iterable[str]) -> dict[str, CustomerId]:
    """The root of each customer, locked until the transaction ends, so that caps are counted by one at a time.

    SQLite's writing transaction is the lock. On PostgreSQL the roots' rows are locked in one order,
    and read again: a merge that was quicker moves us to the new root.
    """
    wanted = sorted(set(customer_ids))
    while True:
        roots = roots_of(connection, wanted)
        if connection.dialect.name == "sqlite":
            return roots
        listed = to_list("postgresql", sorted(set(roots.values())))
        connection.execute(_lock_query(), {"listed": listed}).all()
        if roots_of(connection, wanted) == roots:
            return roots


@cache
def _lock_query() -> sa.Select[str]:
    mine = is_listed("postgresql", customers.c.customer_id, "listed")
    return sa.select(customers.c.customer_id).where(mine).order_by(customers.c.customer_id).with_for_update()


def read_persons(
    connection: sa.Connection, roots: Sequence[str], purpose: str, now: datetime, journeys: Sequence[str] = (),
    cooldowns: Mapping[str, float] = NO_COOLDOWNS,
) -> dict[str, Person]:
    """Everything the guardrails ask, for each root, in a fixed number of statements a chunk.

    `journeys`: those that the one which is decided yields to. `cooldowns`: of the nudges that are decided, in seconds.
    """
    persons = {root: Person(root) for root in roots}
    for chunk in _chunks(list(persons)):
        _read_chunk(connection, {root: persons[root] for root in chunk}, purpose, now, journeys, cooldowns)
    return persons


def read_zones(connection: sa.Connection, roots: Iterable[str]) -> dict[str, set[str]]:
    """The zones in which each of them is, by root: `Person.zones`, and nothing else of them."""
    persons = {root: Person(root) for root in roots}
    for chunk in _chunks(list(persons)):
        owner = _read_members(connection, {root: persons[root] for root in chunk})
        _read_traits(connection, owner)
        _read_conversations(connection, owner)
    return {root: person.zones for root, person in persons.items()}


def _read_chunk(
    connection: sa.Connection, persons: dict[str, Person], purpose: str, now: datetime, journeys: Sequence[str],
    cooldowns: Mapping[str, float],
) -> None:
    owner = _read_members(connection, persons)
    _read_identities(connection, owner)
    _read_traits(connection, owner)
    _read_conversations(connection, owner)
    _read_unreachable(connection, persons, purpose, now)
    _read_consents(connection, owner, purpose)
    for row in _ask(connection, "sent", owner, purpose=purpose, since=now - LOOKS_BACK):
        owner[row.customer_id].sent.append(row)
    _read_heard(connection, owner, purpose, now, cooldowns)
    _read_told(connection, owner, purpose, now)
    if journeys:
        listed = to_list(connection.dialect.name, journeys)
        for row in _ask(connection, "running", owner, journeys=listed):
            owner[row.customer_id].running.append(row)
    for root, state in read_states(connection, list(persons)).items():
        persons[root].state = state
        if state.language:
            persons[root].languages.insert(0, state.language)


def _read_members(connection: sa.Connection, persons: Mapping[str, Person]) -> dict[str, Person]:
    """Whose each of their customers is."""
    owner: dict[str, Person] = {}
    for row in _ask(connection, "customers", persons):
        person = owner[row.customer_id] = persons[row.root_id]
        person.members.append(row.customer_id)
        person.is_holdout = person.is_holdout or row.is_holdout
    return owner


def _ask(connection: sa.Connection, name: str, keys: Iterable[str], **more: Any) -> Sequence[sa.Row[Any]]:
    """The rows of one of the statements, about those who have these keys. All at once: a driver asked for one after
    the other takes longer over each.
    """
    dialect = connection.dialect.name
    statement = getattr(queries_for(dialect), name)
    return connection.execute(statement, {"listed": to_list(dialect, list(keys)), **more}).all()


def _read_identities(connection: sa.Connection, owner: Mapping[str, Person]) -> None:
    for row in _ask(connection, "proven", owner):
        person = owner[row.customer_id]
        if row.kind == "customer_id":
            person.customer_refs.add(row.value)
        elif row.kind == "email":
            person.emails.append(row.value)
        elif row.kind == "phone":
            person.phones.append(row.value)


def _read_traits(connection: sa.Connection, owner: Mapping[str, Person]) -> None:
    for row in _ask(connection, "traits", owner):
        if not isinstance(row.value, str) or not row.value:
            continue
        if row.name == "timezone":
            owner[row.customer_id].zones.add(row.value)
        elif row.name == BIRTH_DATE:
            owner[row.customer_id].births.add(read_birth(row.value))
        else:
            owner[row.customer_id].languages.append(row.value[:2].lower())


def _read_conversations(connection: sa.Connection, owner: Mapping[str, Person]) -> None:
    senders: dict[str, Person] = {}
    for row in _ask(connection, "conversations", owner):
        person = senders[row.sender_id] = owner[row.customer_id]
        person.conversations.insert(0, row)
        if row.timezone:
            person.zones.add(row.timezone)
        if row.language:
            person.languages.insert(0, row.language)
        if row.last_inbound_at:
            person.last_inbound_at = max(row.last_inbound_at, person.last_inbound_at or row.last_inbound_at)
    for row in _ask(connection, "waiting", senders) if senders else ():
        senders[row.sender_id].has_waiting_message = True


def _read_unreachable(
    connection: sa.Connection, persons: Mapping[str, Person], purpose: str, now: datetime
) -> None:
    theirs = {root: _addresses_of(person) for root, person in persons.items()}
    every = sorted({each for addresses in theirs.values() for each in addresses})
    for start in range(0, len(every), _CHUNK):
        found = find_unreachable(connection, every[start : start + _CHUNK], purpose=purpose, now=now)
        for root, addresses in theirs.items() if found else ():
            persons[root].unreachable |= addresses & found


def _addresses_of(person: Person) -> set[tuple[str, str]]:
    talked = {(each.channel, each.address) for each in person.conversations if each.channel in ADDRESSED}
    return talked | {("email", each) for each in person.emails} | {("sms", each) for each in person.phones}


def _read_consents(connection: sa.Connection, owner: Mapping[str, Person], purpose: str) -> None:
    """In one statement for everybody who was never merged; the merged, who are few, by the profile's own rule."""
    single = {each: person for each, person in owner.items() if len(person.members) == 1}
    rows = _ask(connection, "consents", single, purpose=purpose)
    latest: dict[tuple[str, str], Any] = {}
    for row in rows:  # the latest counts
        for channel in CHANNELS if row.channel == EVERY_CHANNEL else (row.channel,):
            latest[row.customer_id, channel] = row
    granting = sorted({each for (each, _), row in latest.items() if row.state == "granted"})
    buried = find_buried(connection, granting, purpose)
    for (customer_id, channel), row in latest.items():
        erased_at = buried.get(customer_id)
        is_void = erased_at is not None and not is_lifted(row.source, row.changed_at, erased_at)
        state = "withdrawn" if is_void and row.state == "granted" else row.state
        single[customer_id].consent[channel] = _CONSENT.get(state, CONSENT_UNKNOWN)
    for person in {each.root: each for each in owner.values() if len(each.members) > 1}.values():
        states = consent_states(connection, person.root, purpose, CHANNELS)
        person.consent |= {channel: _CONSENT[state] for channel, state in states.items()}


def find_long_cooldowns(cooldowns: Mapping[str, float]) -> tuple[list[str], timedelta]:
    """The nudges that are not said again for longer than a week is looked back, and the longest of their cooldowns."""
    found = {nudge: timedelta(seconds=seconds) for nudge, seconds in cooldowns.items()
             if seconds > LOOKS_BACK.total_seconds()}
    return sorted(found), max(found.values(), default=LOOKS_BACK)


def _read_heard(
    connection: sa.Connection, owner: Mapping[str, Person], purpose: str, now: datetime, cooldowns: Mapping[str, float]
) -> None:
    """A statement of its own, so that what most nudges ask is read no further back than caps count."""
    nudges, span = find_long_cooldowns(cooldowns)
    if not nudges:
        return
    listed = to_list(connection.dialect.name, nudges)
    for row in _ask(connection, "heard", owner, purpose=purpose, since=now - span, until=now - LOOKS_BACK,
                    nudges=listed):
        owner[row.customer_id].heard.append(row)


def _read_told(connection: sa.Connection, owner: Mapping[str, Person], purpose: str, now: datetime) -> None:
    """Offers that were taken; what is not settled; and what another tool sent (a mailing), which counts in the caps
    like ours. It is advertising unless it says otherwise.
    """
    for row in _ask(connection, "told", owner, since=now - LOOKS_BACK, matters_since=now - LOOKS_BACK_FOR_MATTERS):
        if row.name == OFFER_ACCEPTED:
            owner[row.customer_id].taken.add(str(row.properties.get("about", "")))
        elif row.name in BEGINS or row.name in SETTLES:
            owner[row.customer_id].matters.append(Said(row.name, row.matter, row.occurred_at))
        elif (row.properties.get("purpose") or "marketing") == purpose:
            owner[row.customer_id].sent.append(SentElsewhere(row.occurred_at))


def _chunks(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK)]
