"""Baskets -> what everybody's past tells: tastes, factors, what is bought together, how items sell."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from bot.recommend.learned.baskets import Baskets
from bot.recommend.learned.history import Past
from bot.recommend.types import Floats, Rows, Singles

FACTORS = 192
RIDGE = 1_000.0
POWER = 0.5  # what times are raised to: the tenth time says less than the second
MOST_COMPARED = 20_000  # what all customers are compared with: its factors are read for each, 15 MB
OUTLINE = 64  # of the factors, the strongest: a third of the memory to read
_LEAST_LEFT = 0.05  # of an item that its own factors explain whole, so much is left to others all the same
_POWER_STEPS = 3
_MOST_TOGETHER = 40  # items kept beside each
_RECENT_DAYS = 28
_TOGETHER_DAYS = 180
_SEED = 1


@dataclass(frozen=True)
class Crowd:
    """What is learned of everybody as of a day. No customer is named in it: rows of `taste` are people, numbered."""

    day: float
    kind: Rows
    group: Rows
    taste: csr_array  # people x items: what they bought, the older the less; rows of length 1
    bought: csr_array  # items x people: `taste` the other way round, to find who is alike
    recent: csr_array  # people x items: what they bought in the last four weeks
    factors: Singles  # items x factors
    kept: Singles  # of each item: the share of it that its own factors explain
    together: csr_array  # items x items: bought in one basket more often than by chance
    sold: Singles  # items x columns: how each sells
    sold_names: tuple[str, ...]
    local: csr_array  # places x items: sold there in the last four weeks
    popularity: Floats  # of each item: buyers, the last two weeks counting most

    @property
    def items(self) -> int:
        """How many items."""
        return len(self.kind)

    @cached_property
    def most_sold(self) -> Rows:
        """The items that every customer is compared with, most sold first; the others are found by other ways."""
        return np.argsort(-self.popularity, kind="stable")[:MOST_COMPARED]

    @cached_property
    def compared(self) -> Singles:
        """The factors of `most_sold`: a customer's factors times them are the fit of what was never bought."""
        return np.ascontiguousarray(self.factors[self.most_sold] / self.left[self.most_sold, None])

    @cached_property
    def outline(self) -> Singles:
        """The strongest factors of `compared`, which stand last."""
        return np.ascontiguousarray(self.compared[:, -OUTLINE:])

    @cached_property
    def left(self) -> Singles:
        """Of each item: the share that its own factors leave to others to explain."""
        return np.maximum(1 - self.kept, _LEAST_LEFT)


def learn_crowd(baskets: Baskets, day: float) -> Crowd:
    """All that is known of everybody when a day begins; nothing later is looked at."""
    known = baskets.before(day)
    past = Past(known, np.full(known.customers, day))
    taste = to_length_one(past.matrix(past.decayed))
    factors, kept = _factorise(past.matrix(past.times**POWER), FACTORS, RIDGE)
    recent = past.matrix(past.times_where(past.age_days <= _RECENT_DAYS) > 0)
    sold = _how_sold(known, past, day)
    popularity = sold["sold_14_days"] + 0.1 * sold["buyers"]
    columns = np.stack(list(sold.values()), axis=1).astype(np.float32)
    return Crowd(
        day, known.kind, known.group, taste, taste.T.tocsr(), recent, factors, kept, _together(known, day), columns,
        tuple(sold), _local(known, day), popularity,
    )


def to_length_one(table: csr_array) -> csr_array:
    """The same rows, each scaled to the length 1."""
    lengths = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    scaled = table.copy()
    scaled.data = table.data / np.repeat(np.maximum(lengths, 1e-9), np.diff(table.indptr)).astype(np.float32)
    return scaled


def _factorise(table: csr_array, count: int, ridge: float) -> tuple[Singles, Singles]:
    """EASE's ridge regression within the strongest factors (randomised subspace iteration).

    For a customer's items x, x @ F @ F.T is the fit of all items; `kept` holds the diagonal of F @ F.T.
    """
    count = min(count, *table.shape)
    basis = np.random.default_rng(_SEED).standard_normal((table.shape[1], count), dtype=np.float32)
    for _ in range(_POWER_STEPS):
        basis = _upright(table.T @ (table @ basis))
    strength, turned = np.linalg.eigh(_square(table @ basis))
    strength = np.maximum(strength, 0)
    factors = (basis @ turned) * np.sqrt(strength / (strength + ridge))
    return np.ascontiguousarray(factors, dtype=np.float32), (factors**2).sum(axis=1).astype(np.float32)


def _upright(basis: Singles) -> Singles:
    """Columns of length one at right angles, by the Gram matrix: far quicker than Householder's QR on tall tables."""
    values, vectors = np.linalg.eigh(_square(basis.astype(np.float64)))
    turned = vectors / np.sqrt(np.maximum(values, values.max() * 1e-10))
    return np.asarray(basis @ turned, dtype=np.float32)


def _square(table: Singles) -> Singles:
    return table.T @ table


def _together(known: Baskets, day: float) -> csr_array:
    """Of each item the ones bought in a basket with it, as the cosine of their baskets."""
    lines = known.take(known.day >= day - _TOGETHER_DAYS)
    numbers, basket = np.unique(lines.basket, return_inverse=True)
    ones = np.ones(len(lines), dtype=np.float32)
    table = csr_array((ones, (lines.item, basket)), shape=(known.items, len(numbers)))
    return _strongest(_cosines(table), _MOST_TOGETHER)


def _cosines(table: csr_array) -> csr_array:
    counts = np.diff(table.indptr)
    pairs = (table @ table.T).tocoo()
    apart = (pairs.row != pairs.col) & (pairs.data >= 2)  # once could be chance
    row, column, both = pairs.row[apart], pairs.col[apart], pairs.data[apart]
    value = both / np.sqrt(counts[row] * counts[column] + 10.0)
    return csr_array((value.astype(np.float32), (row, column)), shape=pairs.shape)


def _strongest(table: csr_array, most: int) -> csr_array:
    """The strongest of each row."""
    row = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    order = np.lexsort((-table.data, row))
    place = np.arange(len(order)) - table.indptr[row[order]]
    chosen = order[place < most]
    return csr_array((table.data[chosen], (row[chosen], table.indices[chosen])), shape=table.shape)


def _how_sold(known: Baskets, past: Past, day: float) -> dict[str, Floats]:
    size, age = known.items, day - known.day

    def lines(days: float) -> Floats:
        return np.bincount(known.item[age <= days], minlength=size) / days

    times, buyers = np.bincount(known.item, minlength=size), np.bincount(past.item, minlength=size)
    again = np.bincount(past.item, weights=past.times > 1, minlength=size)
    first, last = np.full(size, np.nan), np.full(size, np.nan)
    oldest_last = np.argsort(-age, kind="stable")
    first[known.item[oldest_last[::-1]]], last[known.item[oldest_last]] = age[oldest_last[::-1]], age[oldest_last]
    gaps = past.rhythm["gap_days"]
    known_gap = ~np.isnan(gaps)
    gap = np.bincount(past.item[known_gap], weights=gaps[known_gap], minlength=size) / np.maximum(again, 1)
    return {
        "buyers": buyers.astype(np.float64),
        "sold_7_days": lines(7), "sold_14_days": lines(14), "sold_28_days": lines(28), "sold_84_days": lines(84),
        "trend": (lines(7) + 0.05) / (lines(84) + 0.05),
        "bought_again": (again + 0.5) / (buyers + 2.0),
        "times_each": times / np.maximum(buyers, 1),
        "item_gap_days": np.where(again > 0, gap, np.nan),
        "first_sold_days": first, "last_sold_days": last,
        "new_buyers_28_days": _new_buyers(past, size),
    }


def _new_buyers(past: Past, size: int) -> Floats:
    """How many bought an item for the first time in the last four weeks."""
    first = past.rhythm["first_days"]
    return np.bincount(past.item[first <= _RECENT_DAYS], minlength=size).astype(np.float64)


def _local(known: Baskets, day: float) -> csr_array:
    lines = known.take(known.day >= day - _RECENT_DAYS)
    ones = np.ones(len(lines), dtype=np.float32)
    table = csr_array((ones, (lines.place, lines.item)), shape=(known.places, known.items))
    table.sum_duplicates()
    return table
