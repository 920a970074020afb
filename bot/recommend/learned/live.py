"""A shopper's purchases, and what was learned -> for every product of the catalogue, how much it is suggested.

The file is read again when it has changed; a purchase counts at once, without learning anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

import numpy as np
import structlog

from bot.commerce.types import ProductRef
from bot.errors import FixConfiguration
from bot.recommend.catalogue import Catalogue
from bot.recommend.learned.baskets import Baskets
from bot.recommend.learned.model import Learned, one_customer, read_learned
from bot.recommend.learned.ranker import Ranked
from bot.recommend.learned.sources import sum_short_rows
from bot.recommend.learned.unsold import Unsold
from bot.recommend.types import Floats, Purchase, Rows, Singles

log = structlog.get_logger()
NEW_COUNTS = 0.8  # of what the ranking of new things says, beside the ranking of all
_MOST = 100  # places that count
_PER_DAY = 86_400


@dataclass(frozen=True)
class Applied:
    """What was learned, and what of one catalogue it says nothing about."""

    learned: Learned
    unsold: Unsold


@dataclass(frozen=True)
class Suggested:
    """One value for each product of the catalogue: how strongly it is suggested, and how many alike bought it."""

    strength: Floats
    people: Rows


class LearnedFile:
    """What was learned last; None where nothing was. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Reads nothing until it is asked. Where there is a file, what reads it is imported now, not in a turn."""
        if path.is_file():
            import lightgbm  # noqa: F401
        self._path = path
        self._lock = Lock()
        self._read_at = 0
        self._held: Learned | None = None
        self._applied: tuple[Catalogue, Applied] | None = None

    def apply_to(self, catalogue: Catalogue) -> Applied | None:
        """The newest, for a catalogue; what is unsold is looked for once for each snapshot."""
        learned = self.get()
        if learned is None:
            return None
        held = self._applied
        if held is None or held[0] is not catalogue or held[1].learned is not learned:
            held = (catalogue, Applied(learned, Unsold.of(learned, catalogue)))
            self._applied = held  # one step: two threads at once find the same twice
        return held[1]

    def get(self) -> Learned | None:
        """The newest; a file that cannot be read is told in the log and left alone."""
        with self._lock:
            written_at = self._path.stat().st_mtime_ns if self._path.is_file() else 0
            if written_at != self._read_at:
                self._held = _read(self._path) if written_at else None
                self._read_at = written_at
            return self._held


def _read(path: Path) -> Learned | None:
    try:
        return read_learned(path)
    except FixConfiguration as error:
        log.warning("recommender_file_unreadable", error=str(error))
        return None


def suggest(
    applied: Applied, purchases: Iterable[Purchase], catalogue: Catalogue, now: datetime,
    basket: Iterable[ProductRef] = (),
) -> Suggested | None:
    """What suits somebody with these purchases, and this in the basket; None where no purchase was learned about."""
    learned = applied.learned
    baskets = to_baskets(learned, purchases)
    session = {learned.number_of[ref] for ref in basket if ref in learned.number_of}
    if not len(baskets):
        return None
    ranked = learned.rank_one(baskets, now.timestamp() / _PER_DAY, session)
    found = _to_catalogue(learned, ranked, catalogue)
    others = ranked.pairs.scores["fit"][~ranked.pairs.is_own]
    unsold = applied.unsold
    found.strength[unsold.rows] = _by_place_among(unsold.fit(learned.crowd.factors, baskets), others)
    return found


def suggest_beside(applied: Applied, basket: Iterable[ProductRef], catalogue: Catalogue) -> Floats:
    """How strongly each product is suggested to somebody of whom only the basket is known; 0 where that says nothing.

    By what is bought together with it, and by the regression's expectation, from the basket alone.
    """
    crowd, number_of = applied.learned.crowd, applied.learned.number_of
    held = np.array(sorted({number_of[ref] for ref in basket if ref in number_of}), dtype=np.int64)
    strength = np.zeros(len(catalogue))
    if not len(held):
        return strength
    beside = sum_short_rows(crowd.together, held, np.ones(len(held), dtype=np.float32))
    fit = np.zeros(crowd.items, dtype=np.float32)
    fit[crowd.most_sold] = crowd.compared @ crowd.factors[held].sum(axis=0)
    worth = np.maximum(_by_place_above_0(beside), NEW_COUNTS * _by_place_above_0(fit))
    worth[held] = 0
    number = np.array([number_of.get(product.ref, -1) for product in catalogue.products], dtype=np.int64)
    strength[number >= 0] = worth[number[number >= 0]]
    return strength


def _by_place_above_0(score: Singles) -> Floats:
    return _by_place(np.where(score > 0, score, -np.inf))


def to_baskets(learned: Learned, purchases: Iterable[Purchase]) -> Baskets:
    """A customer's purchases as baskets, as they are learned from, of what was learned about.

    What was bought in one order was bought at one moment.
    """
    known = [each for each in purchases if each.product_ref in learned.number_of]
    moments = {at: number for number, at in enumerate(sorted({each.bought_at for each in known}))}
    return one_customer([
        (learned.number_of[each.product_ref], moments[each.bought_at], each.bought_at.timestamp() / _PER_DAY,
         learned.number_of_place.get(each.place_ref, 0))
        for each in known
    ], learned.crowd)


def _to_catalogue(learned: Learned, ranked: Ranked, catalogue: Catalogue) -> Suggested:
    refs = [learned.items[item] for item in ranked.pairs.item]
    rows = np.array([catalogue.row_of.get(ref, -1) for ref in refs], dtype=np.int64)
    sold = rows >= 0
    worth = np.maximum(_by_place(ranked.every), NEW_COUNTS * _by_place(ranked.new))
    strength, people = np.zeros(len(catalogue)), np.zeros(len(catalogue), dtype=np.int64)
    strength[rows[sold]] = worth[sold]
    people[rows[sold]] = np.where(ranked.pairs.is_own, 0, ranked.pairs.scores["people"])[sold].astype(np.int64)
    return Suggested(strength, people)


def _by_place(score: Floats) -> Floats:
    """1 for the first, falling as NDCG does; 0 for what is not listed or too far down."""
    place = np.empty(len(score))
    place[np.argsort(-score, kind="stable")] = np.arange(len(score))
    return np.where((score > -np.inf) & (place < _MOST), 1 / np.log2(place + 2), 0.0)


def _by_place_among(fits: Singles, others: Floats) -> Floats:
    """What unsold things are worth by the place that their fit has among all that is new to somebody."""
    everything = np.sort(np.concatenate([fits, others]))
    place = len(everything) - np.searchsorted(everything, fits, side="right")
    return NEW_COUNTS * np.where((place < _MOST) & (fits > 0), 1 / np.log2(place + 2), 0.0)
