"""Random persons with everything that may hold a nudge, and the way of deciding them one by one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from bot.channels.outbox import enqueue
from bot.contracts.messages import OutboundMessage
from bot.decision.decide import decide, keep_decisions
from bot.decision.facts_for import Wish
from bot.decision.matters import MATTER_NAMES
from bot.decision.messages import Message
from bot.decision.pauses import is_paused
from bot.decision.persons import lock_persons
from bot.decision.triggers import Step, Trigger
from bot.nudges.reading import open_facts
from bot.nudges.schedule import enqueue_decided, list_candidates, moment_of
from bot.profile.store.tables import (
    consents,
    conversation_states,
    conversations,
    customers,
    events,
    identities,
    inbox,
    merges,
    suppressions,
    traits,
    waits,
)
from bot.profile.store.upsert import insert_many
from bot.profile.tombstones import bury
from tests.nudges.world import World

CHANNELS = ("email", "sms", "whatsapp", "messenger", "web")
ZONES = ("Europe/Paris", "America/New_York", "Asia/Tokyo", "Mars/Olympus", "Pacific/Kiritimati", "")
NUDGES = ("winter_offers:MAILLE15", "winter_offers:LIVRAISON", "cart_left:letter")
RIVALS = ("cart_left", "birthday")  # a campaign may yield to them


def make_campaign(trigger: Trigger, gamma: float) -> Trigger:
    """The demo's campaign on every channel, in two variants, one of which is approved as a template."""
    offers = [step.offer for step in trigger.steps]
    steps = tuple(Step(offers[number % len(offers)], channel, 7_200.0 * number)
                  for number, channel in enumerate((*CHANNELS, "")))
    texts = {"fr": "Une offre, {name}, avec {offer} jusqu’au {day}.", "en": "An offer, {name}, till {day}: {offer}."}
    templates = {"fr": "offre", "en": "offer"}
    messages = (Message("warm", "offer", CHANNELS, texts), Message("short", "offer", CHANNELS, texts, "", templates))
    values = {channel: 1.0 + number / 7 for number, channel in enumerate(CHANNELS)}
    return replace(trigger, channels=CHANNELS, steps=steps, messages=messages, values=values, gamma=gamma,
                   cooldown_seconds=10_000.0)


def fill(world: World, rng: np.random.Generator, persons: int = 60) -> None:
    """So many persons, some made of several customers."""
    with world.store.write() as connection:
        for _ in range(persons):
            _Filler(connection, rng, world.now).add_person()


class _Filler:
    def __init__(self, connection: sa.Connection, rng: np.random.Generator, now: datetime) -> None:
        self.connection, self.rng, self.now = connection, rng, now

    def some(self, chance: float) -> bool:
        return bool(self.rng.random() < chance)

    def pick(self, *values: Any) -> Any:
        return values[int(self.rng.integers(len(values)))]

    def id(self) -> str:
        return self.rng.bytes(16).hex()

    def ago(self, days: float) -> datetime:
        return self.now - timedelta(seconds=int(self.rng.integers(1, int(days * 86_400))))

    def put(self, table: sa.Table, **row: Any) -> None:
        insert_many(self.connection, table, [row])

    def add_person(self) -> None:
        members = [self.id() for _ in range(self.pick(1, 1, 1, 2, 3))]
        root = members[0]
        for each in members:
            self.put(customers, customer_id=each, root_id=root, is_holdout=self.some(0.08), created_at=self.ago(90))
        for each in members[1:]:
            self.put(merges, from_root=each, into_root=root, left_id=root, right_id=each, moved=[each], state_before={},
                     reason="test", merged_at=self.ago(20), undone_at=self.ago(1) if self.some(0.1) else None)
        for each in members:
            self._add_names(each)
            self._add_consents(each)
            self._add_traits(each)
            self._add_talks(each)
            self._add_past(each)
            self._add_wait(each)
            self._add_birth(each)
            self._add_matters(each)
        if self.some(0.25):
            self._add_state(root)

    def _add_names(self, customer: str) -> None:
        for kind in ("email", "phone", "customer_id", "anonymous_id"):
            for _ in range(self.pick(0, 1, 1, 2)):
                number = int(self.rng.integers(10**8, 10**9))
                value = {"email": f"Ada{number}@example.org", "phone": f"+33{number}"}.get(kind, f"{kind}-{number}")
                self.put(identities, kind=kind, value=value, customer_id=customer, is_verified=self.some(0.8),
                         source="test", first_seen_at=self.ago(60))
                channel = {"email": "email", "phone": "sms"}.get(kind, "")
                if channel and self.some(0.15):
                    self._suppress(channel, value)
                if channel and self.some(0.05):
                    bury(self.connection, [(kind, value)], ["marketing"], self.ago(40))

    def _suppress(self, channel: str, value: str) -> None:
        until = self.pick(None, self.ago(3), self.now + timedelta(days=2))
        self.put(suppressions, channel=channel, address=value.lower(), scope=self.pick("all", "nudges", "marketing"),
                 reason="test", times=1, until=until, changed_at=self.ago(9))

    def _add_consents(self, customer: str) -> None:
        if self.some(0.7):
            self._add_consent(customer, channel="*", state="granted", changed_at=self.ago(60))
        for _ in range(self.pick(0, 0, 1, 2, 3)):
            self._add_consent(customer, channel=self.pick("*", *CHANNELS), changed_at=self.ago(50),
                              state=self.pick("granted", "withdrawn", "pending", "unknown"))

    def _add_consent(self, customer: str, **said: Any) -> None:
        self.put(consents, customer_id=customer, purpose=self.pick("marketing", "marketing", "service"), wording="",
                 source=self.pick("chat", "shop"), **said)

    def _add_traits(self, customer: str) -> None:
        said: dict[str, Any] = {
            "timezone": self.pick(*ZONES, 3), "language": self.pick("fr", "EN-gb", "de", ""), "city": "Lyon",
            "order_count": {"orders": 3}, "satisfaction": {"complaints": 1},
        }
        for name, value in said.items():
            if self.some(0.4):
                self.put(traits, customer_id=customer, name=name, silo=self.pick("crm", "shop"), value=value,
                         set_at=self.ago(9))

    def _add_talks(self, customer: str) -> None:
        for _ in range(self.pick(0, 1, 1, 2)):
            channel, sender = self.pick(*CHANNELS), self.id()
            number = int(self.rng.integers(10**8, 10**9))
            address = self.pick(f"33{number}", f"1212{number}") if channel == "whatsapp" else f"{channel}, “{number}”"
            is_proven = self.some(0.4)
            self.put(
                conversations, sender_id=sender, channel=channel, address=address, customer_id=customer,
                verified_ref=self.id() if is_proven else None, verified_by="token" if is_proven else None,
                verified_until=self.now + timedelta(hours=int(self.rng.integers(-9, 9))) if is_proven else None,
                language=self.pick("fr", "en", ""), timezone=self.pick(*ZONES), created_at=self.ago(30),
                last_inbound_at=self.pick(None, self.ago(9), self.ago(0.8), self.ago(0.0003)),
            )
            if self.some(0.1):
                self.put(inbox, channel=channel, message_id=self.id(), sender_id=sender, payload={},
                         state=self.pick("waiting", "done"), attempts=0, received_at=self.now)
            if self.some(0.1):
                self._suppress(channel, address)

    def _add_past(self, customer: str) -> None:
        for _ in range(self.pick(0, 0, 0, 1)):
            at = self.now + timedelta(hours=int(self.rng.integers(-200, 30)))
            number = enqueue(
                self.connection, idempotency_key=self.id(), kind="nudge", customer_id=customer, sender_id="",
                channel="email", address="x", purpose=self.pick("marketing", "service"), payload=OutboundMessage(""),
                nudge=self.pick(*NUDGES), about=self.pick("campaign:winter_offers", "cart:1"), not_before=at,
                now=self.now,
            )
            state = self.pick("pending", "sent", "withdrawn", "held", "unknown")
            self.connection.execute(sa.text("UPDATE outbox SET state = :s WHERE outbox_id = :n"),
                                    {"s": state, "n": number})
        for name, properties in (
            ("Email Sent", {}), ("SMS Sent", {"purpose": "marketing"}), ("Email Sent", {"purpose": "service"}),
            ("Offer Accepted", {"about": "campaign:winter_offers"}), ("Offer Accepted", {"about": "another"}),
        ):
            if self.some(0.06):
                self.put(events, message_id=self.id(), customer_id=customer, name=name, properties=properties,
                         silo="prevenant" if name == "Offer Accepted" else self.pick("mailing", "web"), type="track",
                         occurred_at=self.ago(9), received_at=self.now)

    def _add_matters(self, customer: str) -> None:
        chance = np.random.default_rng(int(customer[16:24], 16))  # of its own: everything else stays as it is
        for _ in range(int(chance.choice((1, 2, 4))) if chance.random() < 0.1 else 0):
            name, about = str(chance.choice(MATTER_NAMES)), chance.choice(("", "1", "2"))
            key = str(chance.choice(("conversation_id", "order_id")))
            at = self.now - timedelta(days=float(chance.choice((1, 5, 59, 61, 200))), seconds=int(chance.integers(3)))
            told = {key: int(about) if key == "conversation_id" else str(about)} if about else {}
            self.put(events, message_id=chance.bytes(16).hex(), customer_id=customer, name=name, silo="desk",
                     type="track", properties=told, occurred_at=at, received_at=self.now)

    def _add_wait(self, customer: str) -> None:
        chance = np.random.default_rng(int(customer[:8], 16))  # of its own: everything else stays as it is
        if chance.random() < 0.15:
            at = self.now + timedelta(hours=int(chance.integers(-240, 240)))
            self.put(waits, trigger=str(chance.choice(("review", *RIVALS))), customer_id=customer, subject="x",
                     facts={}, due_at=at, step="", version="", created_at=at, updated_at=at,
                     state=str(chance.choice(("waiting", "following", "decided", "cancelled"))))

    def _add_birth(self, customer: str) -> None:
        chance = np.random.default_rng(int(customer[8:16], 16))
        if chance.random() < 0.2:
            born = self.now - timedelta(days=18 * 365.25 + float(chance.choice((-900, -1, 0, 1, 900))))
            said = chance.choice((f"{born:%Y-%m-%d}", f"{born:%Y-%m-%d}T00:00:00Z", f"{born:%d/%m/%Y}", ""))
            self.put(traits, customer_id=customer, name="birth_date", silo="crm", value=str(said), set_at=self.now)

    def _add_state(self, root: str) -> None:
        state: dict[str, Any] = {"language": self.pick("fr", "en", "")} if self.some(0.5) else {}
        if self.some(0.5):
            state["open_question"] = {
                "expects": "yes_no", "asked_by": self.pick("nudge:cart_left", "request:change_email"),
                "asked_at": self.ago(1.2).isoformat(), "options": [], "context": {}}
        if self.some(0.3):
            state["handoff"] = {"id": "1"}
        self.put(conversation_states, customer_id=root, state=state, version=1, updated_at=self.now)


def launch_one_by_one(world: World, name: str, rng: np.random.Generator) -> None:
    """The campaign by the functions that decide for one, offer after offer, in one transaction each."""
    trigger = next(each for each in world.triggers if each.name == name)
    reader = open_facts(world)
    for step in trigger.steps:
        facts = reader.read("offer", {"offer": step.offer})
        at = world.now + timedelta(seconds=step.wait_seconds)
        with world.store.write() as connection:
            roots = _known_roots(connection)
            wishes = [
                Wish(root=each, about=facts.offer.about if facts.offer else f"campaign:{name}", facts=facts.refs,
                     case="offer", expires_at=at + timedelta(seconds=trigger.expires_seconds), reason=facts.reason)
                for each in sorted(set(lock_persons(connection, roots).values()))
            ]
            nudge = f"{name}:{step.offer}"
            candidates = list_candidates(trigger, "offer", trigger.channels_of(step), step.offer)
            moment = moment_of(world, world.now, at, is_paused=is_paused(connection, trigger))
            decided = decide(connection, trigger, nudge, wishes, candidates, moment, rng)
            keep_decisions(connection, nudge, decided, world.now, trigger.version)
            for each in decided:
                channel = each.candidate.channel if each.candidate else ""
                key = f"nudge:{nudge}:{channel}:{each.wish.root}:{int(at.timestamp())}"
                enqueue_decided(connection, world, trigger, nudge, each, facts, key=key, now=world.now)


def _known_roots(connection: sa.Connection) -> Sequence[str]:
    return connection.scalars(
        sa.select(customers.c.root_id).join(identities, identities.c.customer_id == customers.c.customer_id)
        .where(identities.c.kind.in_(("customer_id", "email", "phone"))).distinct()
    ).all()
