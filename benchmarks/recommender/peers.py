"""The peers: each is fitted on what is known and scores every item for some customers. docs/recommending.md has papers.

Each takes its settings as keywords, so that all are tuned alike (tune.py); TUNED holds what tuning chose.
"""

import warnings
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array, csr_matrix

from bot.recommend.learned.baskets import Baskets
from bot.recommend.learned.history import Past
from bot.recommend.types import Floats, Rows, Singles

Score = Callable[[Rows], Singles]
Fit = Callable[..., Score]
_SEED = 1


class Known:
    """What is known before a day, with what several peers start from; made once for all of them."""

    def __init__(self, baskets: Baskets, day: float) -> None:
        """Computes nothing yet."""
        self.day = day
        self.past = Past(baskets.before(day), np.full(baskets.customers, day))

    @cached_property
    def times(self) -> csr_array:
        """In how many baskets: customers x items."""
        return self.past.matrix(self.past.times)

    @cached_property
    def once(self) -> csr_array:
        """1 for what was bought: customers x items."""
        return self.past.matrix(np.ones(len(self.past.item)))

    @cached_property
    def as_matrix(self) -> csr_matrix:
        """`times` in the class that the package implicit takes."""
        return csr_matrix((self.times.data, self.times.indices, self.times.indptr), shape=self.times.shape)

    def popularity(self, days: float) -> Floats:
        """Of each item: its share of the most sold one's baskets in so many days, below 1."""
        lines = self.past.baskets
        sold = np.bincount(lines.item[lines.day >= self.day - days], minlength=lines.items)
        return sold / (sold.max() + 1)


def popularity(known: Known, days: float = 28) -> Score:
    """What sells, the same for everybody."""
    sold = known.popularity(days).astype(np.float32)
    return lambda some: np.tile(sold, (len(some), 1))


def own_frequency(known: Known) -> Score:
    """What the customer bought in most baskets; between equals, and after them, by number."""
    return lambda some: known.times[some].toarray()


def gp_topfreq(known: Known, days: float = 9_999) -> Score:
    """The same, filled with what sells."""
    sold = known.popularity(days).astype(np.float32)
    return lambda some: known.times[some].toarray() + sold


def gp_decayed(known: Known, tau_days: float = 90, days: float = 9_999) -> Score:
    """The same, a basket counting the less the older it is."""
    worth = known.past.matrix(known.past.summed(np.exp(-known.past.age_days / tau_days)))
    sold = 1e-4 * known.popularity(days).astype(np.float32)
    return lambda some: worth[some].toarray() + sold


def tifu_knn(
    known: Known, group: int = 7, within: float = 0.9, between: float = 0.7, neighbours: int = 300, own: float = 0.7
) -> Score:
    """Decayed baskets in decayed groups of baskets, mixed with the mean of the nearest customers' (Hu et al. 2020)."""
    taste = _tifu_vectors(known.past, group, within, between)
    length = np.asarray(taste.multiply(taste).sum(axis=1)).ravel()
    apart = length[:, None] + length[None, :] - 2 * (taste @ taste.T).toarray()  # euclidean, squared
    np.fill_diagonal(apart, np.inf)
    apart[:, length == 0] = np.inf

    def score(some: Rows) -> Singles:
        near = np.argpartition(apart[some], neighbours - 1, axis=1)[:, :neighbours]
        weights = _rows_of_ones(near, taste.shape[0]) / neighbours
        return np.asarray(own * taste[some].toarray() + (1 - own) * (weights @ taste).toarray())

    return score


def _tifu_vectors(past: Past, size: int, within: float, between: float) -> csr_array:
    """The newest group is full and the oldest may be short, as in the authors' code."""
    count = np.maximum(past.baskets_count[past.baskets.customer], 1)
    in_group, group = past.baskets_ago % size, past.baskets_ago // size
    groups = np.ceil(count / size)
    oldest = group >= groups - 1
    members = np.where(oldest, count - (groups - 1) * size, size)
    return past.matrix(past.summed(within**in_group * between**group / np.maximum(members, 1) / groups))


def _rows_of_ones(columns: Rows, width: int) -> csr_array:
    ends = np.arange(0, columns.size + 1, columns.shape[1])
    return csr_array((np.ones(columns.size, dtype=np.float32), columns.ravel(), ends), shape=(len(columns), width))


def up_cf(known: Known, newest: int = 25, asymmetry: float = 0.5, locality: float = 5.0) -> Score:
    """User-wise popularity in the newest baskets, spread over alike customers (Faggioli et al. 2020, UP-CF@r)."""
    past = known.past
    count = np.minimum(past.baskets_count, newest)[past.baskets.customer]
    wise = past.matrix(past.summed((past.baskets_ago < newest) / np.maximum(count, 1)))
    ones = csr_array((np.ones_like(wise.data), wise.indices, wise.indptr), shape=wise.shape)
    sizes = np.maximum(np.diff(wise.indptr), 1).astype(np.float32)
    alike = (ones @ ones.T).toarray() / (sizes[:, None] ** asymmetry * sizes[None, :] ** (1 - asymmetry))
    weights = (alike**locality).astype(np.float32)
    return lambda some: np.asarray((wise.T @ weights[some].T).T)


def _fit_quietly(model: Any, table: csr_matrix) -> None:
    """The package hands itself another kind of table than it asks for, and warns of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(table, show_progress=False)


def als(
    known: Known, factors: int = 64, regularization: float = 1.0, alpha: float = 10.0, iterations: int = 15
) -> Score:
    """Weighted matrix factorisation (Hu, Koren, Volinsky 2008), by the package implicit."""
    from implicit.als import AlternatingLeastSquares  # here and below: only evaluations have it installed

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that BLAS may use two threads
        model = AlternatingLeastSquares(
            factors=factors, regularization=regularization, alpha=alpha, iterations=iterations, random_state=_SEED,
            num_threads=1, use_gpu=False,
        )
    _fit_quietly(model, known.as_matrix)
    return lambda some: np.asarray(model.user_factors[some] @ model.item_factors.T)


def bm25_beside(known: Known, neighbours: int = 100, k1: float = 1.2, b: float = 0.5) -> csr_array:
    """How near each item is to its nearest: items x items, by BM25-weighted cosine, by the package implicit."""
    from implicit.nearest_neighbours import BM25Recommender

    model = BM25Recommender(K=neighbours, K1=k1, B=b, num_threads=1)
    _fit_quietly(model, known.as_matrix)
    return csr_array(model.similarity)


def bm25(known: Known, neighbours: int = 100, k1: float = 1.2, b: float = 0.5) -> Score:
    """Item to item."""
    beside = bm25_beside(known, neighbours, k1, b)
    return lambda some: np.asarray((known.times[some] @ beside).toarray())


def ease(known: Known, ridge: float = 300.0, power: float = 0.0, own: float = 0.0) -> Score:
    """EASE (Steck 2019), exact, solved over customers instead of items: there are far fewer of them.

    B = I - P / diag(P), P = (X'X + r)^-1 = (I - X' K X) / r with K = (XX' + r)^-1, so X P = K X.
    `power` is what times are raised to: 0 for bought or not. EASE says nothing of an item by itself; `own` is how much
    having bought it counts, without which it finds hardly any of what is bought again.
    """
    table = known.past.matrix(known.past.times**power)
    gram = (table @ table.T).toarray().astype(np.float64)
    inverse = np.linalg.inv(gram + ridge * np.eye(len(gram)))
    fitted = np.asarray((table.T @ inverse).T)  # K X
    diagonal = (1 - np.asarray(table.multiply(fitted).sum(axis=0)).ravel()) / ridge
    return lambda some: np.asarray((1 + own) * table[some].toarray() - fitted[some] / diagonal, dtype=np.float32)


FITS: Mapping[str, Fit] = {
    "popularity": popularity, "own_frequency": own_frequency, "gp_topfreq": gp_topfreq, "gp_decayed": gp_decayed,
    "tifu_knn": tifu_knn, "up_cf": up_cf, "als": als, "bm25": bm25, "ease": ease, "ease_new": ease,
}
# Chosen by `python -m benchmarks.recommender.tune` on 2017-08-01, before the dates that count.
TUNED: Mapping[str, Mapping[str, Any]] = {
    "popularity": {"days": 84},
    "gp_topfreq": {"days": 14},
    "gp_decayed": {"tau_days": 250, "days": 28},
    "tifu_knn": {"group": 7, "within": 1.0, "between": 0.7, "neighbours": 100, "own": 0.7},
    "up_cf": {"newest": 9_999, "asymmetry": 0.25, "locality": 5.0},
    "als": {"factors": 256, "regularization": 20.0, "alpha": 1.0},
    "bm25": {"neighbours": 5, "k1": 1.2},
    "ease": {"ridge": 3_000.0, "power": 1.0, "own": 1.0},
    "ease_new": {"ridge": 1_000.0, "power": 0.5},
}


def fit_peer(name: str, known: Known, settings: Mapping[str, Any] | None = None) -> Score:
    """A peer, with the settings that tuning chose or others."""
    return FITS[name](known, **(TUNED.get(name, {}) if settings is None else settings))
