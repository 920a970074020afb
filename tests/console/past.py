"""An invented quarter of a shop, so that results have something to tell: whoever was written to buys a little more."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from bot.bootstrap import Services
from bot.profile.identities import create_customers
from bot.profile.store.tables import (
    consents,
    customers,
    decisions,
    events,
    handoffs,
    inbox,
    outbox,
    purchases,
    segment_members,
)
from bot.profile.store.upsert import insert_many
from tests.conftest import NOW

JOURNEYS = ("cart_left", "winter_offers", "browse_left", "win_back")
_TEXTS = dict.fromkeys(("product_id", "variant_id", "product_type", "brand", "colour", "size"), "")
_HOURS = (9, 11, 12, 15, 18, 19, 20)


def measured(services: Services) -> Services:
    """The same, with one person in ten held out of advertising."""
    return replace(services, guardrails=replace(services.guardrails, holdout_purposes=frozenset({"marketing"})))


def fill_past(services: Services, *, people: int = 2_000, days: int = 25, seed: int = 7) -> None:
    """Each person has one occasion; nine in ten are written to, and 30 % of those buy, against 10 %."""
    rng = np.random.default_rng(seed)
    with services.store.write() as connection:
        began = NOW - timedelta(days=days + 10)
        ids = create_customers(connection, people, now=began, salt=services.settings.holdout_salt)
        held = {each for each in ids if rng.random() < 0.1}
        for table, rows in _rows(ids, held, days, rng).items():
            insert_many(connection, table, rows)
        connection.execute(customers.update().values(is_holdout=False))
        connection.execute(customers.update().where(customers.c.customer_id.in_(held)).values(is_holdout=True))


def _rows(ids: list[Any], held: set[Any], days: int, rng: np.random.Generator) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = {
        each: [] for each in (decisions, outbox, purchases, events, consents, inbox, handoffs, segment_members)
    }
    for n, customer in enumerate(ids):
        day = NOW - timedelta(days=float(rng.integers(1, days)))
        at = day.replace(hour=int(rng.choice(_HOURS)), minute=int(rng.integers(0, 60)))
        journey, is_held = JOURNEYS[n // 4 % len(JOURNEYS)], customer in held
        chance = 0.7 if journey == "cart_left" else 0.5
        chance = 0.0 if n % 4 == 3 else chance  # whom the web does not reach
        channel = "web" if rng.random() < chance else "email"
        found[decisions].append(_decision(customer, journey, channel, chance, is_held, at))
        if n % 3:
            found[segment_members].append({"segment": "regulars" if n % 2 else "big_spenders", "customer_id": customer,
                                           "entered_at": NOW - timedelta(days=days + 5), "left_at": None})
        if not is_held:
            found[outbox].append(_message(n, customer, journey, channel, at, rng))
            _follow(found, n, customer, channel, at, rng)
        if rng.random() < (0.10 if is_held else 0.30):
            found[purchases].append(_purchase(n, customer, at + timedelta(hours=5), rng))
        if rng.random() < 0.2:
            found[purchases].append(_purchase(n + 10**6, customer, at - timedelta(days=20), rng))
    return found


def _decision(customer: Any, journey: str, channel: str, chance: float, is_held: bool, at: datetime) -> dict[str, Any]:
    words = ["holdout"] if is_held else []
    return {
        "customer_id": customer, "trigger": journey, "subject": "s", "chosen": "" if is_held else f"{channel}:remind",
        "probability": 1.0 if is_held else chance if channel == "web" else 1 - chance, "decided_at": at,
        "candidates": [
            {"name": "web:remind", "value": 1.0, "probability": chance,
             "held": words if chance else [*words, "unreachable"]},
            {"name": "email:remind", "value": 0.8, "probability": 1 - chance, "held": words},
        ],
    }


def _message(
    n: int, customer: Any, journey: str, channel: str, at: datetime, rng: np.random.Generator
) -> dict[str, Any]:
    return {
        "idempotency_key": f"past{n}", "kind": "nudge", "customer_id": customer, "sender_id": f"s{n}",
        "channel": channel, "address": "a", "purpose": "marketing", "nudge": journey, "about": "s", "facts": {},
        "payload": {}, "state": str(rng.choice(["sent", "delivered", "seen"], p=[0.2, 0.3, 0.5])), "not_before": at,
        "created_at": at, "sent_at": at,
    }


def _follow(
    found: dict[Any, list[dict[str, Any]]], n: int, customer: Any, channel: str, at: datetime,
    rng: np.random.Generator,
) -> None:
    later = at + timedelta(minutes=20)
    evening = 0.15 if at.hour >= 18 else 0.0
    if rng.random() < 0.15 + evening:
        found[events].append(_event(f"past-c{n}", customer, "Email Link Clicked", {}, later))
    if channel == "web" and rng.random() < 0.2 + evening:
        found[inbox].append({"channel": "web", "message_id": f"past{n}", "sender_id": f"s{n}", "payload": {},
                             "state": "done", "received_at": later})
        if rng.random() < 0.1:
            found[handoffs].append({
                "turn_key": f"past{n}", "reference": "R", "sender_id": f"s{n}", "customer_id": customer,
                "channel": "web", "language": "fr", "about": "x", "order_number": "", "email": "", "summary": "",
                "state": "ended", "asked_at": later,
            })
    if rng.random() < 0.03:
        refused = str(rng.choice(["*", channel]))
        found[consents].append({
            "customer_id": customer, "purpose": "marketing", "channel": refused, "state": "withdrawn",
            "source": "past", "wording": "", "changed_at": later,
        })
    if rng.random() < 0.1:
        found[events].append(_event(f"past-r{n}", customer, "Order Rated", {"rating": int(rng.integers(3, 6))}, later))
    if rng.random() < 0.01:
        found[events].append(_event(f"past-x{n}", customer, "Complaint Received", {}, later))


def _event(key: str, customer: Any, name: str, properties: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {"message_id": key, "customer_id": customer, "silo": "mail", "type": "track", "name": name,
            "properties": properties, "occurred_at": at, "received_at": at}


def _purchase(n: int, customer: Any, at: datetime, rng: np.random.Generator) -> dict[str, Any]:
    return {"customer_id": customer, "silo": "shop", "order_id": f"past{n}", "line": 1, "sold_at": at, "quantity": 1,
            "amount_minor": int(rng.integers(2_000, 15_000)), "currency": "EUR", **_TEXTS}
