"""Some customers' past, and the crowd -> candidates: the items worth ranking for each, by every source's own score.

A customer's scores are added up in arrays of all items, one customer at a time: served alone or among all, alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
from scipy.sparse import csr_array

from bot.recommend.learned.crowd import POWER, Crowd
from bot.recommend.learned.history import Past
from bot.recommend.types import Floats, Mask, Rows, Singles

NEIGHBOURS = 200
MOST_OWN = 150
MOST_NEW = {
    "fit": 100, "alike": 80, "alike_recent": 60, "beside": 40, "beside_newest": 30, "local": 30, "beside_session": 60,
}
_MOST_POPULAR = 40
_MOST_FIT_LOOKED_AT = 500
_ONESELF = 0.95  # a nearest neighbour as near as this is the customer: their own past, seen twice
_CHUNK = 256
_STRIDE, _MANY_TIMES = 16, 4  # of the values, and of what is wanted: from so many on a first guess is quicker


@dataclass(frozen=True)
class Served:
    """Customers to rank for: of each pair of their past, what sources start from."""

    past: Past
    ends: Rows  # customer n has the pairs from ends[n] to ends[n + 1]
    taste: Singles  # the times, the older the less; of length 1 for each customer
    owned: Singles  # the root of the times
    is_newest: Mask  # in the newest basket
    place: Rows  # of each customer, where they buy most

    @classmethod
    def of(cls, past: Past) -> "Served":
        """The customers of a past."""
        ends = np.searchsorted(past.customer, np.arange(past.baskets.customers + 1))
        length = np.sqrt(np.bincount(past.customer, weights=past.decayed**2, minlength=past.baskets.customers))
        taste = past.decayed / np.maximum(length, 1e-9)[past.customer]
        is_newest = past.times_where(past.baskets_ago < 1) > 0
        owned = past.times**POWER
        return cls(past, ends, taste.astype(np.float32), owned.astype(np.float32), is_newest, _main_place(past))


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

    @cached_property
    def starts(self) -> Rows:
        """The row of each customer's first candidate."""
        return np.flatnonzero(np.concatenate([[True], self.customer[1:] != self.customer[:-1]]))[: len(self)]

    @cached_property
    def sizes(self) -> Rows:
        """How many each customer has."""
        return np.diff(np.append(self.starts, len(self)))


def find_pairs(
    served: Served, crowd: Crowd, customers: Rows, sessions: Mapping[int, Rows] = MappingProxyType({})
) -> Iterator[Pairs]:
    """The candidates of these customers, some customers at a time; `sessions`: what is in whose basket."""
    for start in range(0, len(customers), _CHUNK):
        some = customers[start : start + _CHUNK].tolist()
        yield _join([_pick(served, crowd, each, sessions.get(each)) for each in some])


def _join(found: Sequence[Pairs]) -> Pairs:
    if len(found) == 1:
        return found[0]
    customer, item, own = (np.concatenate([getattr(each, name) for each in found])
                           for name in ("customer", "item", "is_own"))
    scores = {name: np.concatenate([each.scores[name] for each in found]) for name in found[0].scores}
    return Pairs(customer, item, found[0].items, own, scores)


def _pick(served: Served, crowd: Crowd, customer: int, session: Rows | None) -> Pairs:
    """A customer's own items, the freshest habits first, and the best new ones of each source."""
    mine = slice(*served.ends[customer : customer + 2])
    own, taste, owned = served.past.item[mine], served.taste[mine], served.owned[mine]
    tables = score_items(crowd, own, taste, served.is_newest[mine], int(served.place[customer]))
    met: Singles = owned @ crowd.factors[own]
    new = _pick_new(crowd, own, tables if session is None else {**tables, **_go_on(crowd, session)}, met)
    kept = find_top_places(taste, MOST_OWN)
    item = np.concatenate([own[kept], new])
    scores = {
        "taste": _filled(taste[kept], len(item)),
        **{name: table[item].astype(np.float64) for name, table in tables.items()},
        "fit": _fit(_filled(owned[kept], len(item)), met, crowd, item),
    }
    return Pairs(np.full(len(item), customer), item, crowd.items, np.arange(len(item)) < len(kept), scores)


def score_items(crowd: Crowd, own: Rows, taste: Singles, is_newest: Mask, place: int) -> dict[str, Singles]:
    """Each source's scores of all items for somebody who bought some, by the source's name.

    people: how many of those with a similar past ever bought it. alike, alike_recent: what they bought, the older the
    less, and in the last four weeks. beside, beside_newest: what is bought together with what this customer buys, and
    with their newest basket. local: sold lately where they buy.
    """
    near, weight = find_neighbours(_sum_rows(crowd.bought, own, taste))
    bought = crowd.taste[near]
    sold_here = slice(*crowd.local.indptr[place : place + 2])
    local = np.zeros(crowd.items, dtype=np.float32)
    local[crowd.local.indices[sold_here]] = crowd.local.data[sold_here]
    return {
        "people": np.bincount(bought.indices, minlength=crowd.items).astype(np.float32),
        "alike": bought.T @ weight,
        "alike_recent": sum_short_rows(crowd.recent, near, weight),
        "beside": sum_short_rows(crowd.together, own, taste),
        "beside_newest": sum_short_rows(crowd.together, own[is_newest], np.ones(is_newest.sum(), dtype=np.float32)),
        "local": local,
    }


def _go_on(crowd: Crowd, session: Rows) -> dict[str, Singles]:
    """What is bought together with what is in the basket."""
    return {"beside_session": sum_short_rows(crowd.together, session, np.ones(len(session), dtype=np.float32))}


def _sum_rows(table: csr_array, rows: Rows, weight: Singles) -> Singles:
    """Some rows of a table, each times its weight, added up."""
    return np.asarray(table[rows].T @ weight)


def sum_short_rows(table: csr_array, rows: Rows, weight: Singles) -> Singles:
    """The same of short rows, of which making a table of their own costs more than the sum."""
    begin = table.indptr[rows]
    size = table.indptr[rows + 1] - begin
    place = np.repeat(begin - np.cumsum(size) + size, size) + np.arange(size.sum())
    values = table.data[place] * np.repeat(weight, size)
    return np.bincount(table.indices[place], weights=values, minlength=table.shape[1]).astype(np.float32)


def find_neighbours(alike: Singles) -> tuple[Rows, Singles]:
    """The nearest people and how near each is, nearest first, without the one who is the customer."""
    met = np.flatnonzero(alike > 0)
    near = met[find_top_places(alike[met], NEIGHBOURS + 1)]
    near = near[np.argsort(-alike[near], kind="stable")]
    skip = int(len(near) > 0 and alike[near[0]] >= _ONESELF)
    near = near[skip : NEIGHBOURS + skip]
    return near, alike[near]


def _filled(values: Singles, size: int) -> Floats:
    """So many values, those that are missing 0."""
    filled = np.zeros(size)
    filled[: len(values)] = values
    return filled


def _fit(owned: Floats, met: Singles, crowd: Crowd, item: Rows) -> Floats:
    """The ridge regression's expectation of items, each from all others: an own item says nothing of itself."""
    return np.asarray((crowd.factors[item] @ met - owned * crowd.kept[item]) / crowd.left[item], dtype=np.float64)


def _pick_new(crowd: Crowd, own: Rows, tables: dict[str, Singles], met: Singles) -> Rows:
    is_new = np.ones(crowd.items, dtype=np.bool_)
    is_new[own] = False
    popular = crowd.most_sold[:_MOST_POPULAR]
    fresh = np.flatnonzero(is_new[crowd.most_sold])
    found = [popular, crowd.most_sold[_best_fit(crowd, fresh, met)]]
    found += [_best(table, is_new, MOST_NEW[name]) for name, table in tables.items() if name in MOST_NEW]
    chosen = np.zeros(crowd.items, dtype=np.bool_)
    chosen[np.concatenate(found)] = True
    return np.flatnonzero(chosen & is_new)


def _best_fit(crowd: Crowd, fresh: Rows, met: Singles) -> Rows:
    """The places among `most_sold` of the best fit: what looks well by the strongest factors is looked at by all."""
    strongest = crowd.outline.shape[1]
    seems: Singles = crowd.outline @ met[-strongest:]
    looked_at = fresh[find_top_places(seems[fresh], _MOST_FIT_LOOKED_AT)]
    fit: Singles = crowd.compared[looked_at] @ met
    return looked_at[find_top_places(fit, MOST_NEW["fit"])]


def _best(scores: Singles, allowed: Mask, most: int) -> Rows:
    """The allowed places of the highest scores above 0, in no order; many zeros make a partition of all slow."""
    above = np.flatnonzero((scores > 0) & allowed)
    return above[find_top_places(scores[above], most)]


def find_top_places(values: Singles, most: int) -> Rows:
    """The places of the highest values, in no order. Of many, those are looked at that every 16th one says are high."""
    if len(values) <= most:
        return np.arange(len(values))
    if len(values) > _MANY_TIMES * most:
        few = values[::_STRIDE]
        enough = min(len(few), 2 * most // _STRIDE + _STRIDE)
        high = np.flatnonzero(values >= np.partition(few, -enough)[-enough])
        if len(high) >= most:
            return high[_places_of_highest(values[high], most)]
    return _places_of_highest(values, most)


def _places_of_highest(values: Singles, most: int) -> Rows:
    best: Rows = np.argpartition(values, len(values) - most)[-most:]
    return best
