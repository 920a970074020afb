"""Everybody's recent events -> who touched what, as arrays: what is popular, seen together, bought together."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
import sqlalchemy as sa

from bot.profile.store.engine import Store
from bot.profile.store.tables import customers, events
from bot.recommend.catalogue import Catalogue
from bot.recommend.types import Floats, Rows

VIEWED, ADDED, ORDERED = "Product Viewed", "Product Added", "Order Completed"
WEIGHTS = {VIEWED: 1.0, ADDED: 3.0, ORDERED: 8.0}
_WINDOW = timedelta(days=90)
_POPULAR_WINDOW = timedelta(days=30)
_AT_MOST = 50_000  # the newest events: enough to know what goes together, and still read in a moment


@dataclass(frozen=True)
class Interactions:
    """One row for each time a person touched a product: a number for the person, the product's row, what, when."""

    size: int  # products
    person: Rows
    product: Rows
    basket: Rows  # a number per order; -1 for what was only looked at
    weight: Floats
    age_days: Floats

    @cached_property
    def popularity(self) -> Floats:
        """Weighted touches of the last 30 days, a touch counting half after two weeks; 1 for the most popular."""
        fresh = self.age_days <= _POPULAR_WINDOW.days
        worth = self.weight * 0.5 ** (self.age_days / 14) * fresh
        total = np.bincount(self.product, weights=worth, minlength=self.size)
        return total / total.max() if total.size and total.max() > 0 else total

    @cached_property
    def people(self) -> Rows:
        """How many different people touched each product in the last 30 days."""
        fresh = self.age_days <= _POPULAR_WINDOW.days
        pairs = np.unique(self.person[fresh] * self.size + self.product[fresh])
        return np.bincount(pairs % self.size if self.size else pairs, minlength=self.size)

    def seen_with(self, row: int) -> Rows:
        """How many people touched each product among those who touched this one; 0 for itself."""
        return self._together(self.person, row)

    def bought_with(self, row: int) -> Rows:
        """In how many orders each product stood beside this one; 0 for itself."""
        return self._together(self.basket, row)

    def _together(self, group: Rows, row: int) -> Rows:
        groups = np.unique(group[(self.product == row) & (group >= 0)])
        inside = np.isin(group, groups)
        pairs = np.unique(group[inside] * self.size + self.product[inside])
        counts = np.bincount(pairs % self.size if self.size else pairs, minlength=self.size)
        counts[row] = 0
        return counts


class InteractionsCache:
    """Hands out one snapshot to every thread and renews it when it is older than `lifetime`."""

    def __init__(self, store: Store, lifetime: timedelta = timedelta(seconds=120)) -> None:
        """Reads nothing before the first `get`."""
        self._store = store
        self._lifetime = lifetime
        self._lock = Lock()
        self._held: tuple[datetime, Catalogue, Interactions] | None = None

    def get(self, catalogue: Catalogue, now: datetime) -> Interactions:
        """The interactions with these products, newest events first."""
        with self._lock:
            held = self._held
            if held is None or held[1] is not catalogue or not timedelta() <= now - held[0] < self._lifetime:
                with self._store.read() as connection:
                    held = self._held = (now, catalogue, read_interactions(connection, catalogue, now))
            return held[2]


def read_interactions(connection: sa.Connection, catalogue: Catalogue, now: datetime) -> Interactions:
    """The shop's recent touches by person (merged), one query."""
    query = (
        sa.select(customers.c.root_id, events.c.event_id, events.c.name, events.c.properties, events.c.occurred_at)
        .join(customers, customers.c.customer_id == events.c.customer_id)
        .where(events.c.name.in_(WEIGHTS), events.c.occurred_at > now - _WINDOW, events.c.occurred_at <= now)
        .order_by(events.c.occurred_at.desc())
        .limit(_AT_MOST)
    )
    people: dict[str, int] = {}
    found: list[tuple[int, int, int, float, float]] = []
    for root, event_id, name, properties, at in connection.execute(query):
        person = people.setdefault(root, len(people))
        basket = event_id if name == ORDERED else -1
        age = (now - at).total_seconds() / 86_400
        rows = (catalogue.row_of.get(ref) for ref in product_refs(properties))  # type: ignore[call-overload]
        found += [(person, row, basket, WEIGHTS[name], age) for row in rows if row is not None]
    return _to_arrays(len(catalogue), found)


def product_refs(properties: dict[str, Any]) -> list[str]:
    """The products of an event in the Segment Spec's shape: one `product_id`, or `products` with one each."""
    listed = properties.get("products")
    lines = listed if isinstance(listed, list) else [properties]
    return [str(line["product_id"]) for line in lines if isinstance(line, dict) and line.get("product_id")]


def _to_arrays(size: int, found: list[tuple[int, int, int, float, float]]) -> Interactions:
    columns = list(zip(*found, strict=True)) or [()] * 5
    person, product, basket = (np.array(column, dtype=np.int64) for column in columns[:3])
    weight, age = (np.array(column, dtype=np.float64) for column in columns[3:])
    return Interactions(size, person, product, basket, weight, age)
