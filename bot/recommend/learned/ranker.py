"""Candidates, described -> ranked lists: of everything, of what is new to a customer, and of how a basket goes on."""


from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bot.recommend.learned.crowd import Crowd
from bot.recommend.learned.features import Describer, rank_within, to_table
from bot.recommend.learned.history import Past
from bot.recommend.learned.session import Sessions, describe_session, in_basket
from bot.recommend.learned.sources import Pairs, Served, find_pairs
from bot.recommend.types import Floats, Mask, Rows

if TYPE_CHECKING:
    import lightgbm as lgb  # see `model._read_booster`

Table = NDArray[np.float32]
MOST_RANKED = 70  # by the own past with what is alike, or with the regression: what is in neither is never first
FIT_COUNTS = 0.6  # beside the trees, among new things
MOST_GOING_ON = 40  # by what is bought together with what is in the basket


@dataclass(frozen=True)
class Ranker:
    """Two boosters over the same columns, and one that also sees what is in the basket."""

    every: "lgb.Booster"
    new: "lgb.Booster"
    session: "lgb.Booster | None"  # where too few baskets hold several things, nothing is known of how they go on


@dataclass(frozen=True)
class Ranked:
    """Candidates of some customers with both scores, the higher the better; -inf where a list leaves one out."""

    pairs: Pairs
    every: Floats
    new: Floats


def rank_all(ranker: Ranker, crowd: Crowd, past: Past, customers: Rows) -> Iterator[Ranked]:
    """Both lists of each customer, some customers at a time."""
    served = Served.of(past)
    describer = Describer.of(served, crowd)
    for pairs in find_pairs(served, crowd, customers):
        columns = describer.describe(pairs)
        table, listed = to_table(columns), in_list(columns)
        new = _with_regression(_score(ranker.new, table, ~pairs.is_own), pairs)
        yield Ranked(pairs, _score(ranker.every, table, listed), new)


def rank_sessions(
    ranker: Ranker, crowd: Crowd, past: Past, customers: Rows, sessions: Sessions
) -> Iterator[Ranked]:
    """The same of customers who have something in the basket: how it goes on; nothing that is in it already."""
    if ranker.session is None:
        yield from (_without(ranked, sessions) for ranked in rank_all(ranker, crowd, past, customers))
        return
    served = Served.of(past)
    describer = Describer.of(served, crowd)
    for pairs in find_pairs(served, crowd, customers, sessions):
        table, listed, _ = describe_sessions(describer, pairs, crowd, sessions)
        every = _score(ranker.session, table, listed)
        yield Ranked(pairs, every, np.where(pairs.is_own, -np.inf, every))


def _without(ranked: Ranked, sessions: Sessions) -> Ranked:
    held = in_basket(ranked.pairs, sessions)
    return Ranked(ranked.pairs, np.where(held, -np.inf, ranked.every), np.where(held, -np.inf, ranked.new))


def describe_sessions(
    describer: Describer, pairs: Pairs, crowd: Crowd, sessions: Sessions
) -> tuple[Table, Mask, tuple[str, ...]]:
    """Rows x columns, the candidates that the list looks at, and the columns' names."""
    columns = describer.describe(pairs) | describe_session(pairs, crowd, sessions)
    goes_on = rank_within(pairs, columns["session_beside"]) < MOST_GOING_ON
    listed = (in_list(columns) | goes_on) & ~in_basket(pairs, sessions)
    return to_table(columns), listed, tuple(columns)


def in_list(columns: Mapping[str, Floats]) -> Mask:
    """The candidates that the ranking of everything looks at."""
    mask: Mask = (columns["rank_mixed"] < MOST_RANKED) | (columns["rank_mixed_fit"] < MOST_RANKED)
    return mask


def _with_regression(score: Floats, pairs: Pairs) -> Floats:
    """The places by a score and by the regression, mixed: trees see few new things bought, the regression all."""
    fit = np.where(pairs.is_own, -np.inf, pairs.scores["fit"])
    mixed = _by_place(pairs, score) + FIT_COUNTS * _by_place(pairs, fit)
    return np.where(pairs.is_own, -np.inf, mixed)


def _by_place(pairs: Pairs, score: Floats) -> Floats:
    place: Floats = -np.log2(rank_within(pairs, score) + 3)
    return place


def _score(booster: "lgb.Booster", table: Table, chosen: Mask) -> Floats:
    score = np.full(len(table), -np.inf)
    if chosen.any():
        score[chosen] = np.asarray(booster.predict(table[chosen], num_threads=1))
    return score
