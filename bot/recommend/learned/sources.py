"""Some customers' past, and the crowd -> candidates: the items worth ranking for each, by every source's own score."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from bot.recommend.learned.crowd import POWER, Crowd, Singles, ones_of, to_length_one
from bot.recommend.learned.history import Past
from bot.recommend.types import Floats, Mask, Rows

NEIGHBOURS = 200
MOST_OWN = 150
MOST_NEW = {"fit": 100, "alike": 80, "alike_recent": 60, "beside": 40, "beside_newest": 30, "local": 30}
_MOST_POPULAR = 40
_ONESELF = 0.95  # a nearest neighbour as near as this is the customer: their own past, seen twice
_CHUNK = 256
_RIDGE_LEFT = 0.05  # of an item that its own factors explain whole, at least so much is left to the others


@dataclass(frozen=True)
class Sources:
    """Scores of all items for a few customers: tables with one row a customer."""

    fit: Singles  # what the ridge regression expects, of each item from all others
    alike: csr_array  # what those with a similar past bought, the older the less
    alike_recent: csr_array  # what they bought in the last four weeks
    beside: csr_array  # bought together with what they buy
    beside_newest: csr_array  # bought together with their newest basket
    local: csr_array  # sold lately where they buy
    people: csr_array  # how many of those with a similar past ever bought it

    def tables(self) -> dict[str, Singles | csr_array]:
        """By name."""
        return {name: getattr(self, name) for name in MOST_NEW}


@dataclass(frozen=True)
class Served:
    """Customers to rank for, with the columns of their past that sources start from."""

    past: Past
    taste: csr_array  # customers x items, rows of length 1
    owned: csr_array
    newest: csr_array
    place: Rows  # of each customer, where they buy most

    @classmethod
    def of(cls, past: Past) -> "Served":
        """The customers of a past."""
        newest = past.matrix(past.times_where(past.baskets_ago < 1) > 0)
        taste = to_length_one(past.matrix(past.decayed))
        return cls(past, taste, past.matrix(past.times**POWER), newest, _main_place(past))


def _main_place(past: Past) -> Rows:
    lines = past.baskets
    weight = 0.5 ** (past.age_days / 60)
    pairs, which = np.unique(lines.customer * lines.places + lines.place, return_inverse=True)
    total = np.bincount(which, weights=weight, minlength=len(pairs))
    order = np.argsort(total, kind="stable")
    place = np.zeros(lines.customers, dtype=np.int64)
    place[pairs[order] // lines.places] = pairs[order] % lines.places  # the heaviest is written last
    return place


@dataclass(frozen=True)
class Pairs:
    """Candidates: one row for each item that is ranked for a customer, by customer."""

    customer: Rows
    item: Rows
    items: int  # in all
    is_own: Mask
    scores: dict[str, Floats]  # each source's

    def __len__(self) -> int:
        """How many."""
        return len(self.item)


def find_pairs(served: Served, crowd: Crowd, customers: Rows) -> Iterator[Pairs]:
    """The candidates of these customers, some customers at a time."""
    popular = np.argsort(-crowd.popularity, kind="stable")[:_MOST_POPULAR]
    for start in range(0, len(customers), _CHUNK):
        some = customers[start : start + _CHUNK]
        sources = read_sources(served, crowd, some)
        yield _pick(served, sources, some, popular)


def read_sources(served: Served, crowd: Crowd, some: Rows) -> Sources:
    """Every source's scores for some customers."""
    taste = served.taste[some]
    neighbours = find_neighbours(taste @ crowd.bought)
    return Sources(
        _fit(served.owned[some], crowd), neighbours @ crowd.taste, neighbours @ crowd.recent, taste @ crowd.together,
        served.newest[some] @ crowd.together, crowd.local[served.place[some]], ones_of(neighbours) @ crowd.owned,
    )


def _fit(owned: csr_array, crowd: Crowd) -> Singles:
    """The ridge regression's expectation, of each item from all others: an own item does not speak for itself."""
    fit: Singles = (owned @ crowd.factors) @ crowd.factors.T
    row = np.repeat(np.arange(owned.shape[0]), np.diff(owned.indptr))
    fit[row, owned.indices] -= owned.data * crowd.kept[owned.indices]
    left: Singles = np.maximum(1 - crowd.kept, _RIDGE_LEFT)
    return np.asarray(fit / left, dtype=np.float32)


def find_neighbours(alike: csr_array) -> csr_array:
    """The nearest people of each customer, without the one who is the customer; customers x people."""
    rows = [_nearest(alike.data[a:b]) + a for a, b in zip(alike.indptr[:-1], alike.indptr[1:], strict=True)]
    ends = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    chosen = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    return csr_array((alike.data[chosen], alike.indices[chosen], ends), shape=alike.shape)


def _nearest(values: Singles) -> Rows:
    order = _top(values, NEIGHBOURS + 1)
    order = order[np.argsort(-values[order], kind="stable")]
    skip = int(len(order) > 0 and values[order[0]] >= _ONESELF)
    return order[skip : NEIGHBOURS + skip]


def _pick(served: Served, sources: Sources, some: Rows, popular: Rows) -> Pairs:
    tables = sources.tables()
    chosen = [_pick_one(served, tables, number, customer, popular) for number, customer in enumerate(some)]
    row = np.repeat(np.arange(len(some)), [len(items) for items, _ in chosen])
    item = np.concatenate([items for items, _ in chosen]) if chosen else row
    own = np.concatenate([own for _, own in chosen]) if chosen else row > 0
    asked = {"taste": served.taste[some], "people": sources.people, **tables}
    scores = {name: _dense(table)[row, item].astype(np.float64) for name, table in asked.items()}
    return Pairs(some[row], item, served.taste.shape[1], own, scores)


def _dense(table: Singles | csr_array) -> Singles:
    """Reading single places of a sparse table takes twenty times as long."""
    return table.toarray() if isinstance(table, csr_array) else table


def _pick_one(
    served: Served, tables: dict[str, Singles | csr_array], number: int, customer: int, popular: Rows
) -> tuple[Rows, Mask]:
    """A customer's own items, the freshest habits first, and the best new ones of each source."""
    begin, end = served.taste.indptr[customer : customer + 2]
    own, strength = served.taste.indices[begin:end], served.taste.data[begin:end]
    is_new = np.ones(served.taste.shape[1], dtype=np.bool_)
    is_new[own] = False
    found = [popular[is_new[popular]]]
    found += [_best_new(table, number, is_new, MOST_NEW[name]) for name, table in tables.items()]
    new = np.unique(np.concatenate(found))
    kept = own[_top(strength, MOST_OWN)]
    items = np.concatenate([kept, new]).astype(np.int64)
    return items, np.arange(len(items)) < len(kept)


def _best_new(table: Singles | csr_array, number: int, is_new: Mask, most: int) -> Rows:
    if isinstance(table, csr_array):
        begin, end = table.indptr[number : number + 2]
        items, values = table.indices[begin:end], table.data[begin:end]
        fresh = is_new[items]
        new: Rows = items[fresh]
        return new[_top(values[fresh], most)]
    best = _top(np.where(is_new, table[number], -np.inf), most)
    return best[is_new[best]]  # fewer are new where a shop has little


def _top(values: Any, most: int) -> Rows:
    """The places of the highest values, in no order."""
    if len(values) <= most:
        return np.arange(len(values))
    best: Rows = np.argpartition(values, len(values) - most)[-most:]
    return best
