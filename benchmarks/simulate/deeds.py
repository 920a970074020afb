"""What people do in the simulation -> the system's own functions for it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from benchmarks.simulate.workers import SALT, Services
from benchmarks.simulate.world import Customer, Deed, World
from bot.channels.outbox import mark_bounced, mark_delivered, mark_seen
from bot.channels.refusals import note_refusal
from bot.decision.pauses import pause_journey, resume_journey
from bot.errors import Conflict
from bot.nudges.campaign import launch_campaign
from bot.nudges.withdraw import take_offer
from bot.nudges.withdraw import withdraw_all as withdraw_nudges
from bot.profile.consent import record_consent, withdraw_all
from bot.profile.conversations import end_verification, identity_kind, note_inbound
from bot.profile.events import Event, append_events
from bot.profile.identities import CustomerId, create_customers, root_of
from bot.profile.merging import merge_customers, merges_of, unmerge
from bot.profile.state import ConversationState, OpenQuestion, read_state, write_state
from bot.profile.store.tables import consents, conversations, customers, identities, traits
from bot.profile.store.upsert import insert_many

_TALKS = ("web", "whatsapp", "messenger")
_LOOKS = 20


class Deeds:
    """Does deeds by their kind. `ids` says which customer of the store each simulated one is."""

    def __init__(self, services: Services, world: World) -> None:
        """Nobody is in the store yet."""
        self._services = services
        self._store = services.store
        self.ids: dict[str, str] = {}
        self._world = world

    def settle_in(self) -> None:
        """Put every customer into the store, as long-known people."""
        with self._store.write() as connection:
            before = self._world.begins_at - timedelta(days=30)
            made = create_customers(connection, len(self._world.customers), now=before, salt=SALT)
            self.ids = dict(zip(self._world.customers, made, strict=True))
            held = [self.ids[each.ref] for each in self._world.customers.values() if each.is_holdout]
            connection.execute(sa.update(customers).values(is_holdout=False))
            for start in range(0, len(held), 400):
                some = customers.c.customer_id.in_(held[start : start + 400])
                connection.execute(sa.update(customers).where(some).values(is_holdout=True))
            people = list(self._world.customers.values())
            for table, rows in (
                (identities, self._each(people, before, _identities)),
                (conversations, self._each(people, before, _talks)),
                (consents, self._each(people, before, _consents)), (traits, self._each(people, before, _traits)),
            ):
                insert_many(connection, table, rows)

    def do(self, deed: Deed, now: datetime) -> bool:
        """Do it, at `now`; whether it is certain that nothing of before is still leaving."""
        act: Callable[[Deed, datetime], object] = getattr(self, f"_{deed.kind}")
        return act(deed, now) is not False

    def _each(
        self, people: Sequence[Customer], before: datetime, make: Callable[..., list[dict[str, Any]]]
    ) -> list[dict[str, Any]]:
        return [row for each in people for row in make(each, self.ids[each.ref], before)]

    def _sender(self, deed: Deed) -> str:
        return f"{deed.who}-{deed.details.get('channel', 'web')}"

    def tell(self, told: Sequence[Deed]) -> None:
        """Store events as they are heard, each as often as it is told."""
        copies = max((each.details.get("copies", 1) for each in told), default=0)
        for number in range(copies):
            with self._store.write() as connection:
                append_events(connection, [
                    self._event_of(each) for each in told if each.details.get("copies", 1) > number
                ])

    def _event(self, deed: Deed, now: datetime) -> None:
        self.tell([replace(deed, at=now)])

    def _event_of(self, deed: Deed) -> Event:
        return Event(
            message_id=deed.details["id"], customer_id=CustomerId(self.ids[deed.who]),
            silo=deed.details["silo"], type="track", name=deed.details["name"],
            properties=deed.details["properties"], occurred_at=deed.details["occurred_at"], received_at=deed.at,
        )

    def _consent(self, deed: Deed, now: datetime) -> None:
        with self._store.write() as connection:
            record_consent(connection, self.ids[deed.who], source="page", wording="", now=now, **deed.details)

    def _stop(self, deed: Deed, now: datetime) -> bool:
        """As the chat's "stop" does."""
        with self._store.write() as connection:
            withdraw_all(connection, self.ids[deed.who], source="chat", wording="stop", now=now)
        return not withdraw_nudges(self._services, self.ids[deed.who], sleep=_sleep_shortly).still_sending

    def _accept(self, deed: Deed, _now: datetime) -> bool:
        return not take_offer(self._services, self.ids[deed.who], deed.details["about"], _sleep_shortly).still_sending

    def _merge(self, deed: Deed, now: datetime) -> None:
        with self._store.write() as connection:
            merge_customers(
                connection, self.ids[deed.who], self.ids[deed.details["other"]], reason="simulated", now=now
            )

    def _unmerge(self, deed: Deed, now: datetime) -> None:
        with self._store.write() as connection:
            for merge_id in merges_of(connection, self.ids[deed.who]):
                unmerge(connection, merge_id, now=now)

    def _wrote(self, deed: Deed, now: datetime) -> None:
        with self._store.write() as connection:
            note_inbound(connection, self._sender(deed), now=now)

    def _sign_out(self, deed: Deed, _now: datetime) -> None:
        with self._store.write() as connection:
            end_verification(connection, self._sender(deed))

    def _question(self, deed: Deed, now: datetime) -> None:
        question = OpenQuestion("email", "request:change_email", now.isoformat())
        self._change_state(deed, now, lambda state: replace(state, open_question=question))

    def _answer(self, deed: Deed, now: datetime) -> None:
        self._change_state(deed, now, lambda state: replace(state, open_question=None))

    def _handoff(self, deed: Deed, now: datetime) -> None:
        handoff = {"id": "1"} if deed.details["begins"] else {}
        self._change_state(deed, now, lambda state: replace(state, handoff=handoff))

    def _pause(self, deed: Deed, now: datetime) -> None:
        with self._store.write() as connection:
            pause_journey(connection, deed.details["journey"], reason="by_hand", by="somebody", now=now)

    def _resume(self, deed: Deed, now: datetime) -> None:
        with self._store.write() as connection:
            resume_journey(connection, deed.details["journey"], by="somebody", now=now)

    def _complaint(self, deed: Deed, now: datetime) -> None:
        with self._store.write() as connection:
            note_refusal(connection, "email", deed.details["address"], "complaint", now)

    def _bounce(self, deed: Deed, now: datetime) -> None:
        with self._store.write() as connection:
            note_refusal(connection, "email", deed.details["address"], "no_such_address", now)

    def _launch(self, deed: Deed, now: datetime) -> None:
        launch_campaign(self._services, deed.details["campaign"], now)

    def _receipt(self, deed: Deed, now: datetime) -> None:
        outbox_id, vendor_id = deed.details["outbox_id"], f"vendor-{deed.details['outbox_id']}"
        with self._store.write() as connection:
            match deed.details["state"]:
                case "delivered":
                    mark_delivered(connection, outbox_id, vendor_id, now)
                case "seen":
                    mark_seen(connection, outbox_id, vendor_id, now)
                case "failed":
                    mark_bounced(connection, outbox_id, "not_delivered")

    def _change_state(
        self, deed: Deed, now: datetime, change: Callable[[ConversationState], ConversationState]
    ) -> None:
        for _ in range(_LOOKS):
            try:
                with self._store.write() as connection:
                    root = root_of(connection, self.ids[deed.who])
                    write_state(connection, root, change(read_state(connection, root)), now)
                return
            except Conflict:
                continue
        raise RuntimeError("the conversation's state is written by others without end")


def _sleep_shortly(_seconds: float) -> None:
    time.sleep(0.005)


def _identities(person: Customer, customer_id: str, before: datetime) -> list[dict[str, Any]]:
    keys = [("customer_id", person.ref)] + [
        (identity_kind(channel), address) for channel, address in person.addresses.items()
    ]
    return [
        {"kind": kind, "value": value, "customer_id": customer_id, "is_verified": kind != "anonymous_id",
         "source": "shop", "first_seen_at": before} for kind, value in keys
    ]


def _talks(person: Customer, customer_id: str, before: datetime) -> list[dict[str, Any]]:
    is_proven = person.proven_until is not None
    return [
        {"sender_id": f"{person.ref}-{channel}", "channel": channel, "address": person.addresses[channel],
         "customer_id": customer_id, "verified_ref": person.ref if is_proven else None,
         "verified_by": "token" if is_proven else None, "verified_until": person.proven_until,
         "language": person.language, "timezone": person.zone if channel == "web" and _is_even(person) else "",
         "created_at": before} for channel in _TALKS if channel in person.addresses
    ]


def _consents(person: Customer, customer_id: str, before: datetime) -> list[dict[str, Any]]:
    return [
        {"customer_id": customer_id, "purpose": purpose, "channel": channel, "state": state, "source": "page",
         "wording": "", "changed_at": before} for purpose, channel, state in person.consents
    ]


def _traits(person: Customer, customer_id: str, before: datetime) -> list[dict[str, Any]]:
    values: Mapping[str, str] = {
        **({} if not person.zone or _is_even(person) else {"timezone": person.zone}),
        **({"birth_date": person.birth} if person.birth else {}),
    }
    return [
        {"customer_id": customer_id, "name": name, "silo": "crm", "value": value, "set_at": before}
        for name, value in values.items()
    ]


def _is_even(person: Customer) -> bool:
    """Half of the zones are known from the browser, half from the CRM."""
    return int(person.ref[1:]) % 2 == 0
