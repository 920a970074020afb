"""Customers who talked with the shop on WhatsApp and allowed its news, with one message each that is due."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.bootstrap import Services, open_services, utc_now
from bot.contracts.messages import OutboundMessage, Template
from bot.decision.triggers import load_triggers
from bot.profile.store.engine import Store
from bot.profile.store.tables import consents, conversations, customers, identities, outbox
from bot.profile.store.upsert import insert_many
from bot.settings import Settings

TRIGGERS = Path(__file__).with_name("triggers.toml")
_AT_ONCE = 10_000


def shift_to_noon() -> float:
    """Seconds by which the world's clock is ahead: nobody is kept from sleeping by the hour of the measure."""
    now = utc_now()
    return (now.replace(hour=11, minute=0, second=0, microsecond=0) - now).total_seconds()


def open_world(settings: Settings, shift_seconds: float) -> Services:
    """The services of the demo's shop, its guardrails included, with one journey of our own."""
    clock = _ahead(shift_seconds)
    return replace(open_services(settings, clock), triggers=load_triggers(TRIGGERS), clock=clock)


def _ahead(seconds: float) -> Callable[[], datetime]:
    return lambda: utc_now() + timedelta(seconds=seconds)


def fill(store: Store, wanted: int, now: datetime, *, timezone: str = "Europe/Paris") -> None:
    """So many customers of a zone, and a message that is due to each. Writes."""
    for start in range(0, wanted, _AT_ONCE):
        _fill_some(store, range(start, min(start + _AT_ONCE, wanted)), now, timezone)
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


def _fill_some(store: Store, numbers: range, now: datetime, timezone: str) -> None:
    before, expires_at = now - timedelta(days=30), now + timedelta(days=3)
    people = [(f"c{number:031}", f"s{number:031}", f"336{number:08}") for number in numbers]
    draft = OutboundMessage("…", "fr", template=Template("news", "fr", ("…",))).to_json()
    with store.write() as connection:
        insert_many(connection, customers, [
            {"customer_id": person, "root_id": person, "is_holdout": False, "created_at": before}
            for person, _, _ in people])
        insert_many(connection, identities, [
            {"kind": "whatsapp_id", "value": address, "customer_id": person, "is_verified": True, "source": "whatsapp",
             "first_seen_at": before} for person, _, address in people])
        insert_many(connection, conversations, [
            {"sender_id": sender, "channel": "whatsapp", "address": address, "customer_id": person, "language": "fr",
             "timezone": timezone, "created_at": before, "last_inbound_at": before}
            for person, sender, address in people])
        insert_many(connection, consents, [
            {"customer_id": person, "purpose": "marketing", "channel": "whatsapp", "state": "granted", "source": "chat",
             "wording": "", "changed_at": before} for person, _, _ in people])
        insert_many(connection, outbox, [
            {"idempotency_key": f"news:{person}", "kind": "nudge", "customer_id": person, "sender_id": sender,
             "channel": "whatsapp", "address": address, "purpose": "marketing", "nudge": "news:MAILLE15",
             "about": "campaign:winter_offers", "facts": {"offer": "MAILLE15", "variant": "plain"}, "payload": draft,
             "state": "pending", "reason": "", "vendor_message_id": "", "attempts": 0, "not_before": now,
             "expires_at": expires_at, "created_at": now} for person, sender, address in people])


def count_states(store: Store) -> dict[str, int]:
    """How many rows are in each state."""
    with store.read() as connection:
        counted = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
        return dict(connection.execute(counted).all())  # type: ignore[arg-type]  # pairs


