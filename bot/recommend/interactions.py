"""Everybody's recent looks and orders -> who touched what, as arrays: what is popular, seen and bought together.

Looks are events of a page. Orders are the table `purchases`, which holds what silos tell, net: what a page says of
an order is left out, as anybody can say it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
import sqlalchemy as sa

from bot.profile.segments.members import kept_segments
from bot.profile.store.engine import Store
from bot.profile.store.tables import customers, events, purchases
from bot.recommend.catalogue import Catalogue
from bot.recommend.tellers import order_of, tell_once
from bot.recommend.types import Floats, Mask, Rows

VIEWED, ADDED, ORDERED = "Product Viewed", "Product Added", "Order Completed"
WEIGHTS = {VIEWED: 1.0, ADDED: 3.0, ORDERED: 8.0}
_WINDOW = timedelta(days=90)
_POPULAR_WINDOW = timedelta(days=30)
NOBODY = -1
_MOST_PIECES = 1_000_000
_MOST = {VIEWED: 40_000, ADDED: 10_000}  # enough to know what goes together, and still read in a moment
_MOST_LINES = 100_000  # of orders, the newest
_STRETCH = timedelta(hours=31)  # each begins at another hour of the day, so that none is favoured
_OF_NAME = (
    sa.select(customers.c.root_id, events.c.properties, events.c.occurred_at)
    .join(customers, customers.c.customer_id == events.c.customer_id)
    .where(
        events.c.name == sa.bindparam("event"),
        events.c.occurred_at > sa.bindparam("start"), events.c.occurred_at <= sa.bindparam("until"),
    )
    .order_by(events.c.occurred_at)
    .limit(sa.bindparam("most"))
)
Touch = tuple[int, int, int, float, float]  # person, product's row, basket, weight, age in days


@dataclass(frozen=True)
class Interactions:
    """One row for each time a person touched a product: a number for the person, the product's row, what, when."""

    size: int  # products
    person: Rows
    product: Rows
    basket: Rows  # a number per order; -1 for what was not ordered
    weight: Floats
    age_days: Floats
    number_of: Mapping[str, int] = field(default_factory=dict)  # the person's root -> their number
    segments: Mapping[str, Rows] = field(default_factory=dict)  # a segment's name -> the numbers of who is in it

    @cached_property
    def popularity(self) -> Floats:
        """Weighted touches of the last 30 days, a touch counting half after two weeks; 1 for the most popular."""
        return self._popularity(self._is_fresh)

    @cached_property
    def people(self) -> Rows:
        """How many different people touched each product in the last 30 days."""
        return self._people(self._is_fresh)

    @cached_property
    def narrow_first(self) -> tuple[str, ...]:
        """The segments, that of the fewest people first."""
        return tuple(sorted(self.segments, key=lambda name: (len(self.segments[name]), name)))

    def popular_in(self, segment: str) -> tuple[Floats, Rows]:
        """What `popularity` and `people` are among those in a segment, counted once for all who ask this snapshot."""
        if segment not in self._counted_in:
            self._counted_in[segment] = self._count_in(segment)
        return self._counted_in[segment]

    @cached_property
    def _counted_in(self) -> dict[str, tuple[Floats, Rows]]:
        return {}

    def _count_in(self, segment: str) -> tuple[Floats, Rows]:
        is_one = np.zeros(int(self.person.max(initial=0)) + 1, dtype=np.bool_)
        is_one[self.segments[segment]] = True
        mask = self._is_fresh & is_one[self.person]
        return self._popularity(mask), self._people(mask)

    def touched_by(self, person: int) -> Mask:
        """Whether this person touched each product in the last 30 days."""
        found = np.zeros(self.size, dtype=np.bool_)
        found[self.product[self._is_fresh & (self.person == person)]] = True
        return found

    def seen_with(self, row: int, without: int = NOBODY) -> Rows:
        """How many people touched each product among those who touched this one, `without` one; 0 for itself."""
        others = np.unique(self.person[(self.product == row) & (self.person != without)])
        counts = self._people(np.isin(self.person, others))
        counts[row] = 0
        return counts

    def bought_with(self, row: int, without: int = NOBODY) -> Rows:
        """How many people ordered each product together with this one, `without` one; 0 for itself.

        0, too, where orders hold both less often than by chance.
        """
        is_other = self._ordered[0] != without
        person, order, product = (column[is_other] for column in self._ordered)
        with_it = order[product == row]
        beside = np.isin(order, with_it)
        both = np.bincount(product[beside], minlength=self.size)
        orders = np.count_nonzero(np.diff(order, prepend=NOBODY))
        is_more = both * orders >= len(with_it) * np.bincount(product, minlength=self.size)
        counts = np.where(is_more, self._count_pairs(person[beside], product[beside]), 0)
        counts[row] = 0
        return counts

    @cached_property
    def _is_fresh(self) -> Mask:
        return self.age_days <= _POPULAR_WINDOW.days

    @cached_property
    def _ordered(self) -> tuple[Rows, Rows, Rows]:
        """Person, order and product of what was ordered, each once an order, sorted by order."""
        lines = np.flatnonzero(self.basket >= 0)
        once = np.unique(self.basket[lines] * self.size + self.product[lines], return_index=True)[1]
        chosen = lines[once]
        return self.person[chosen], self.basket[chosen], self.product[chosen]

    def _popularity(self, mask: Mask) -> Floats:
        worth = self.weight * 0.5 ** (self.age_days / 14) * mask
        total = np.bincount(self.product, weights=worth, minlength=self.size)
        return total / total.max() if total.size and total.max() > 0 else total

    def _people(self, mask: Mask) -> Rows:
        return self._count_pairs(self.person[mask], self.product[mask])

    def _count_pairs(self, person: Rows, product: Rows) -> Rows:
        """Of each product, how many different people stand beside it."""
        pairs = np.unique(person * self.size + product)
        return np.bincount(pairs % self.size if self.size else pairs, minlength=self.size)


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
    """The shop's recent touches by person (merged), and which segments these people are in."""
    people: dict[str, int] = {}
    found = [*_read_ordered(connection, catalogue, now, people)]
    for name in _MOST:
        found += _read_touched(connection, catalogue, now, people, name)
    return replace(
        _to_arrays(len(catalogue), found), number_of=people, segments=_read_segments(connection, people)
    )


def _read_touched(
    connection: sa.Connection, catalogue: Catalogue, now: datetime, people: dict[str, int], name: str
) -> Iterator[Touch]:
    """What was looked at or put into baskets; where that is more than is read, the beginning of each stretch of time.

    What a quiet stretch leaves of its share goes to the later ones.
    """
    stretches, left = -(-_WINDOW // _STRETCH), _MOST[name]
    for number in range(stretches):
        start, share = now - _WINDOW + number * _STRETCH, left // (stretches - number)
        asked = {"event": name, "start": start, "until": min(start + _STRETCH, now), "most": share}
        rows = connection.execute(_OF_NAME, asked).all()
        left -= len(rows)
        for root, properties, at in rows:
            person = people.setdefault(root, len(people))
            known = (catalogue.row_of.get(ref) for ref in product_refs(properties))  # type: ignore[call-overload]
            yield from ((person, row, NOBODY, WEIGHTS[name], _days(now - at)) for row in known if row is not None)


def _read_ordered(
    connection: sa.Connection, catalogue: Catalogue, now: datetime, people: dict[str, int]
) -> Iterator[Touch]:
    """What was ordered and kept, once a product of an order, by who tells it best."""
    table = purchases
    query = (
        sa.select(customers.c.root_id, table.c.customer_id, table.c.silo, table.c.order_id, table.c.product_id,
                  table.c.variant_id, table.c.quantity, table.c.sold_at)
        .join(customers, customers.c.customer_id == table.c.customer_id)
        .where(table.c.sold_at > now - _WINDOW, table.c.sold_at <= now)
        .order_by(table.c.sold_at.desc())
        .limit(_MOST_LINES)
    )
    kept: dict[tuple[str, str, int], int] = {}
    since: dict[tuple[str, str, int], datetime] = {}
    for each in tell_once(connection.execute(query), order_of):
        row = catalogue.row_of_lower.get(each.product_id, catalogue.row_of_lower.get(each.variant_id))
        if row is not None:
            line = (*order_of(each), row)
            kept[line] = kept.get(line, 0) + each.quantity
            since[line] = each.sold_at  # of the oldest: what came back later is told later
    baskets: dict[tuple[str, str], int] = {}
    for line in (each for each, pieces in kept.items() if pieces > 0):
        root, order, row = line
        basket = baskets.setdefault((root, order), len(baskets))
        yield people.setdefault(root, len(people)), row, basket, WEIGHTS[ORDERED], _days(now - since[line])


def _days(age: timedelta) -> float:
    return age / timedelta(days=1)


def _read_segments(connection: sa.Connection, people: Mapping[str, int]) -> dict[str, Rows]:
    members: dict[str, list[int]] = {}
    for root, names in kept_segments(connection, list(people)).items():
        for name in names:
            members.setdefault(name, []).append(people[root])
    return {name: np.array(numbers, dtype=np.int64) for name, numbers in members.items()}


def product_refs(properties: dict[str, Any]) -> list[str]:
    """The products of an event in the Segment Spec's shape: one `product_id`, or `products` with one each."""
    return [ref for ref, _ in product_pieces(properties)]


def product_pieces(properties: dict[str, Any]) -> list[tuple[str, int | None]]:
    """The same, each with how many pieces the event tells of; None where it tells no number."""
    listed = properties.get("products")
    lines = listed if isinstance(listed, list) else [properties]
    return [(str(line["product_id"]), _pieces(line.get("quantity")))
            for line in lines if isinstance(line, dict) and line.get("product_id")]


def _pieces(told: object) -> int | None:
    if isinstance(told, str) and re.fullmatch(r"[0-9]{1,6}", told):
        return int(told)
    return int(told) if isinstance(told, int | float) and 0 < told < _MOST_PIECES else None


def _to_arrays(size: int, found: list[Touch]) -> Interactions:
    columns = list(zip(*found, strict=True)) or [()] * 5
    person, product, basket = (np.array(column, dtype=np.int64) for column in columns[:3])
    weight, age = (np.array(column, dtype=np.float64) for column in columns[3:])
    return Interactions(size, person, product, basket, weight, age)
