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


@dataclass(frozen=True)
class Sources:
    """Scores of all items for a few customers: tables with one row a customer."""

    fit: Singles  # what the ridge regression expects of the most sold items, each from all others
    met: Singles  # customers x factors
    alike: csr_array  # what those with a similar past bought, the older the less
    alike_recent: csr_array  # what they bought in the last four weeks
    beside: csr_array  # bought together with what they buy
    beside_newest: csr_array  # bought together with their newest basket
    local: csr_array  # sold lately where they buy
    people: csr_array  # how many of those with a similar past ever bought it

    def tables(self) -> dict[str, csr_array]:
        """By name."""
        return {name: getattr(self, name) for name in MOST_NEW if name != "fit"}


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
    for start in range(0, len(customers), _CHUNK):
        some = customers[start : start + _CHUNK]
        sources = read_sources(served, crowd, some)
        yield _pick(served, crowd, sources, some)


def read_sources(served: Served, crowd: Crowd, some: Rows) -> Sources:
    """Every source's scores for some customers."""
    taste = _rows(served.taste, some)
    neighbours = find_neighbours(taste @ crowd.bought)
    met: Singles = _rows(served.owned, some) @ crowd.factors
    return Sources(
        met @ crowd.compared.T / crowd.left[crowd.most_sold],
        met,
        neighbours @ crowd.taste,
        neighbours @ crowd.recent,
        taste @ crowd.together,
        _rows(served.newest, some) @ crowd.together,
        crowd.local[served.place[some]],
        ones_of(neighbours) @ crowd.owned,
    )


def _rows(table: csr_array, some: Rows) -> csr_array:
    """The rows of some customers; copying costs a customer who is served alone half a millisecond."""
    return table if table.shape[0] == len(some) == 1 else table[some]


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


def _pick(served: Served, crowd: Crowd, sources: Sources, some: Rows) -> Pairs:
    chosen = [_pick_one(served, crowd, sources, number, customer) for number, customer in enumerate(some)]
    row = np.repeat(np.arange(len(some)), [len(items) for items, _ in chosen])
    item = np.concatenate([items for items, _ in chosen]) if chosen else row
    own = np.concatenate([own for _, own in chosen]) if chosen else row > 0
    tables = {"taste": _rows(served.taste, some), "people": sources.people, **sources.tables()}
    scores = {name: table.toarray()[row, item].astype(np.float64) for name, table in tables.items()}
    scores["fit"] = _fit(_rows(served.owned, some).toarray()[row, item], sources.met[row], crowd, item)
    return Pairs(some[row], item, served.taste.shape[1], own, scores)


def _fit(owned: Singles, met: Singles, crowd: Crowd, item: Rows) -> Floats:
    """The ridge regression's expectation of pairs, each item's from all others: an own item says nothing of itself."""
    fit = np.einsum("pf,pf->p", met, crowd.factors[item]) - owned * crowd.kept[item]
    return np.asarray(fit / crowd.left[item], dtype=np.float64)


def _pick_one(served: Served, crowd: Crowd, sources: Sources, number: int, customer: int) -> tuple[Rows, Mask]:
    """A customer's own items, the freshest habits first, and the best new ones of each source."""
    begin, end = served.taste.indptr[customer : customer + 2]
    own, strength = served.taste.indices[begin:end], served.taste.data[begin:end]
    is_new = np.ones(served.taste.shape[1], dtype=np.bool_)
    is_new[own] = False
    popular, fresh = crowd.most_sold[:_MOST_POPULAR], is_new[crowd.most_sold]
    found = [popular[is_new[popular]], crowd.most_sold[fresh][_top(sources.fit[number, fresh], MOST_NEW["fit"])]]
    found += [_best_new(table, number, is_new, MOST_NEW[name]) for name, table in sources.tables().items()]
    new = np.unique(np.concatenate(found))
    kept = own[_top(strength, MOST_OWN)]
    items = np.concatenate([kept, new]).astype(np.int64)
    return items, np.arange(len(items)) < len(kept)


def _best_new(table: csr_array, number: int, is_new: Mask, most: int) -> Rows:
    begin, end = table.indptr[number : number + 2]
    items, values = table.indices[begin:end], table.data[begin:end]
    fresh = is_new[items]
    new: Rows = items[fresh]
    return new[_top(values[fresh], most)]


def _top(values: Any, most: int) -> Rows:
    """The places of the highest values, in no order."""
    if len(values) <= most:
        return np.arange(len(values))
    best: Rows = np.argpartition(values, len(values) - most)[-most:]
    return best
