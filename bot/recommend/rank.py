"""Signals -> one score per product. The weights are stated here; the learned ranking is one signal among them."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from bot.recommend.candidates import Signal
from bot.recommend.catalogue import Catalogue
from bot.recommend.types import Floats, Mask, Rows

# What was learned by looking at hand-made customers: near the moment first, then the past, then the crowd.
WEIGHTS = {
    "goes_with_context": 1.0,
    "similar_to_context": 0.9,
    "bought_with_context": 1.0,
    "seen_with_context": 0.6,
    "goes_with_basket": 0.9,
    "bought_with_basket": 1.0,
    "style": 1.2,
    "learned": 1.2,
    "learned_from_basket": 0.9,
    "replenish": 1.1,
    "goes_with_bought": 1.0,
    "bought_with_bought": 0.9,
    "similar_to_seen": 0.7,
    "seen_with_seen": 0.4,
    "brand_bought": 0.3,
    "popular_of_type": 0.5,
    "popular_in_department": 0.45,
    "popular_in_segment": 0.45,
    "popular": 0.35,
    "new": 0.25,
}
_SEASONS = ("winter", "spring", "summer", "autumn")
OUT_OF_SEASON = 0.5


def contributions(signals: Sequence[Signal], size: int) -> Floats:
    """What each signal adds to each product's score: signals x products."""
    if not signals:
        return np.zeros((0, size))
    weights = np.array([WEIGHTS[signal.key] for signal in signals])
    table: Floats = np.stack([signal.strength for signal in signals]) * weights[:, None]
    return table


def score_products(table: Floats) -> Floats:
    """One score per product: its strongest signal, and half of what the others add."""
    if not len(table):
        return np.zeros(table.shape[1])
    strongest: Floats = table.max(axis=0)
    score: Floats = strongest + 0.5 * (table.sum(axis=0) - strongest)
    return score


def in_season(catalogue: Catalogue, now: datetime) -> Floats:
    """1 for what is worn now or all year, less for what is of another season."""
    season = _SEASONS[now.month % 12 // 3]

    def is_worn(words: frozenset[str]) -> bool:
        return not words or any(season in word or word.startswith("all") for word in words)

    return catalogue.seasons.weigh(lambda words: 1.0 if is_worn(words) else OUT_OF_SEASON)


def best_first(score: Floats, allowed: Mask) -> Rows:
    """The allowed rows, best score first; the shop's own order between equals."""
    rows = np.flatnonzero(allowed)
    return rows[np.argsort(-score[rows], kind="stable")]
