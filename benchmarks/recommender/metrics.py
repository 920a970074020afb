"""Ranked lists and what was bought -> recall, NDCG and hit rate at 10 of each customer; ratios with intervals."""

from dataclasses import dataclass

import numpy as np

from benchmarks.recommender.data import Split
from bot.recommend.types import Floats, Mask, Rows, Singles

AT = 10
DEPTH = 60  # items kept of each list: enough for ten different types
_DRAWS = 2_000
_SEED = 1
NAMES = ("recall_at_10", "ndcg_at_10", "hit_rate_at_10")


@dataclass(frozen=True)
class Lists:
    """The best items of each customer, best first, -1 where there are no more: of all items, and of new ones."""

    every: Rows
    new: Rows


def best_of(scores: Floats | Singles, owned: Mask) -> Lists:
    """The lists of a table of scores, customers x items; `owned` is what each bought before."""
    return Lists(_best(scores), _best(np.where(owned, -np.inf, scores)))


def _best(scores: Floats | Singles) -> Rows:
    depth = min(DEPTH, scores.shape[1])
    found = np.argpartition(-scores, depth - 1, axis=1)[:, :depth]
    values = np.take_along_axis(scores, found, axis=1)
    order = np.lexsort((found, -values), axis=1)
    ranked = np.take_along_axis(found, order, axis=1)
    return np.where(np.take_along_axis(values, order, axis=1) > -np.inf, ranked, -1)


def measure_lists(lists: Rows, customers: Rows, target_customer: Rows, target: Rows) -> dict[str, Floats]:
    """Each metric of each customer; NaN of those who have no target."""
    size = int(max(lists.max(initial=0), target.max(initial=0))) + 2
    wanted = np.unique(target_customer * size + target)
    top = lists[:, :AT]
    hits = np.isin(customers[:, None] * size + top, wanted) & (top >= 0)
    sizes = np.bincount(wanted // size, minlength=int(customers.max(initial=0)) + 1)[customers].astype(np.float64)
    sizes[sizes == 0] = np.nan
    gains = 1 / np.log2(np.arange(AT) + 2)
    ideal = np.concatenate([[0], np.cumsum(gains)])[np.nan_to_num(np.minimum(sizes, AT)).astype(np.int64)]
    found = hits.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        ndcg = (hits * gains[: top.shape[1]]).sum(axis=1) / ideal
    return dict(zip(NAMES, (found / sizes, ndcg, np.where(np.isnan(sizes), np.nan, found > 0)), strict=True))


def measure_split(lists: Lists, split: Split, target_is_new: Mask) -> dict[str, Floats]:
    """Every metric over all items, over new ones (`new_`) and over types (`type_`), one value a customer."""
    who, what = split.target_customer, split.target_item
    kinds = first_types(lists.every, split.known.kind)
    new = measure_lists(lists.new, split.customers, who[target_is_new], what[target_is_new])
    types = measure_lists(kinds, split.customers, who, split.known.kind[what])
    return {
        **measure_lists(lists.every, split.customers, who, what),
        **{f"new_{name}": values for name, values in new.items()},
        **({f"type_{name}": values for name, values in types.items()} if split.known.kind.any() else {}),
    }


def first_types(lists: Rows, kind: Rows) -> Rows:
    """The first ten different types of each list."""
    found = np.full((len(lists), AT), -1, dtype=np.int64)
    for number, row in enumerate(lists):
        types = list(dict.fromkeys(kind[row[row >= 0]].tolist()))[:AT]
        found[number, : len(types)] = types
    return found


def means(values: dict[str, Floats]) -> dict[str, float]:
    """The mean of each metric over those who have it."""
    return {name: round(float(np.nanmean(each)), 5) if np.isfinite(each).any() else 0.0
            for name, each in values.items()}


def compare(ours: Floats, theirs: Floats, customers: Rows) -> dict[str, float]:
    """Our mean over theirs, with the interval that holds 95 % of draws of whole customers, with all their dates."""
    known = ~np.isnan(ours)
    _, who = np.unique(customers[known], return_inverse=True)
    count = int(who.max(initial=-1)) + 1
    ours, theirs = (np.bincount(who, weights=each[known], minlength=count) for each in (ours, theirs))
    draws = np.random.default_rng(_SEED).integers(0, max(count, 1), (_DRAWS, count))
    ratios = ours[draws].sum(axis=1) / np.maximum(theirs[draws].sum(axis=1), 1e-12)
    low, high = np.quantile(ratios, [0.025, 0.975])
    ratio = ours.sum() / max(theirs.sum(), 1e-12)
    return {"ratio": round(float(ratio), 4), "low": round(float(low), 4), "high": round(float(high), 4)}
