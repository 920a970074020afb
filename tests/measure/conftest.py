"""Many persons at once, with what was decided for them, what left and what they bought."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from bot.profile.candidate_sets import keep_sets
from bot.profile.store.engine import Store
from bot.profile.store.tables import consents, customers, decisions, events, merges, outbox, purchases


@dataclass
class Ledger:
    """Writes rows as the stages before leave them."""

    store: Store
    now: datetime
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def insert(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            with self.store.write() as connection:
                connection.execute(sa.insert(table), rows)

    def people(self, ids: list[str], *, held: set[str] | frozenset[str] = frozenset(), days_ago: float = 60) -> None:
        at = self.now - timedelta(days=days_ago)
        self.insert(customers, [
            {"customer_id": each, "root_id": each, "is_holdout": each in held, "created_at": at} for each in ids
        ])

    def merge(self, part: str, into: str, *, days_ago: float = 50, undone_days_ago: float | None = None) -> None:
        with self.store.write() as connection:
            connection.execute(sa.insert(merges).values(
                from_root=part, into_root=into, left_id=part, right_id=into, moved=[part], state_before={},
                reason="t", merged_at=self.now - timedelta(days=days_ago),
                undone_at=None if undone_days_ago is None else self.now - timedelta(days=undone_days_ago)))
            if undone_days_ago is None:
                connection.execute(sa.update(customers).where(customers.c.root_id == part).values(root_id=into))

    def decide(
        self, ids: list[str], *words: str, trigger: str = "cart_left", chosen: str = "", days_ago: float = 20
    ) -> None:
        """One decision each; `words` is what held its only candidate. Every other one is kept as a campaign does."""
        candidates = [{"name": "email:a", "value": 1.0, "probability": 1.0, "held": list(words)}]
        with self.store.write() as connection:
            shared, = keep_sets(connection, [json.dumps(candidates)], self.now - timedelta(days=days_ago))
        self.insert(decisions, [
            {"customer_id": each, "trigger": trigger, "subject": "cart:1", "chosen": chosen, "probability": 1.0,
             "candidates": [] if number % 2 else candidates, "candidate_set": shared if number % 2 else "",
             "decided_at": self.now - timedelta(days=days_ago)} for number, each in enumerate(ids)
        ])

    def send(
        self, ids: list[str], *, nudge: str = "cart_left", channel: str = "email", days_ago: float = 20,
        state: str = "sent", reason: str = "", purpose: str = "marketing",
    ) -> None:
        at = self.now - timedelta(days=days_ago)
        self.insert(outbox, [
            {"idempotency_key": f"k{next(self.numbers)}", "kind": "nudge", "customer_id": each, "channel": channel,
             "address": "a", "purpose": purpose, "nudge": nudge, "facts": {}, "payload": {}, "state": state,
             "reason": reason, "not_before": at, "created_at": at, "sent_at": None if state == "failed" else at}
            for each in ids
        ])

    def buy(self, ids: list[str], amount_minor: int, *, days_ago: float = 19, silo: str = "shop") -> None:
        texts = dict.fromkeys(("product_id", "variant_id", "product_type", "brand", "colour", "size"), "")
        self.insert(purchases, [
            {"customer_id": each, "silo": silo, "order_id": f"o{next(self.numbers)}", "line": 1,
             "sold_at": self.now - timedelta(days=days_ago), "quantity": 1 if amount_minor > 0 else -1,
             "amount_minor": amount_minor, "currency": "EUR", **texts} for each in ids
        ])

    def happens(self, ids: list[str], name: str, *, days_ago: float = 19) -> None:
        at = self.now - timedelta(days=days_ago)
        self.insert(events, [
            {"message_id": f"m{next(self.numbers)}", "customer_id": each, "silo": "mail", "type": "track",
             "name": name, "properties": {}, "occurred_at": at, "received_at": at} for each in ids
        ])

    def object(self, ids: list[str], *, purpose: str = "marketing", days_ago: float = 19) -> None:
        at = self.now - timedelta(days=days_ago)
        self.insert(consents, [
            {"customer_id": each, "purpose": purpose, "channel": "*", "state": "withdrawn", "source": "t",
             "wording": "", "changed_at": at} for each in ids
        ])


@pytest.fixture
def ledger(store: Store, now: datetime) -> Ledger:
    return Ledger(store, now)
