"""Stage A6: a sentence, and what is on the screen -> the catalogue's rows, best first, and how many of them fit. Pure.

A product's place: what it misses of the demands, first; then how well its words and its meaning answer the rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from bot.finding.asked import Asked
from bot.finding.demands import missed
from bot.finding.index import Index
from bot.finding.reading import read_asked
from bot.recommend.traits import words_of
from bot.recommend.types import Floats, Rows

Encode = Callable[[str], Floats]
_MISS = 3.0  # what a missed demand costs, beside about 1 for words that answer in full
_FITS = 0.5  # who misses less, fits
_TAKEN = 0.3  # what a word weighs that a demand took up already
_MEANING, _WARM, _CHEAP, _GIFT, _MAIN = 0.5, 0.5, 0.3, 0.4, 0.2
_PINNED = 0.3  # before what answers alike, never before what fits better
_LIKE_WORDS, _LIKE_MEANING = 0.3, 0.5
_ALIKE = {"style": 0.25, "material": 0.25, "pattern": 0.15, "season": 0.1, "occasion": 0.2}
_MAIN_PLACES = ("dress", "outer", "top", "bottom")


@dataclass(frozen=True)
class Ranked:
    """Rows, best first. `fits`: how many of the first meet every demand; `given_up`: what the very first misses."""

    asked: Asked
    rows: Rows
    fits: int
    given_up: tuple[str, ...] = ()


def rank(
    index: Index, text: str, *, language: str, shown: int | None = None, encode: Encode | None = None,
    before: Sequence[str] = (), below_minor: int = 0,
) -> Ranked:
    """Every product but what is on the screen. `encode`: a sentence as numbers, as the index's vectors are.

    `before` are the sentences that this one goes on with; `below_minor` what "cheaper" has to be cheaper than.

    A sentence that demands take up word for word is not encoded: its meaning changes the order of a few.
    """
    read = (_read(index, each, language, is_following=shown is not None) for each in (*before, text))
    asked = reduce(Asked.refined, read)
    if asked.is_cheap and below_minor:
        asked = replace(asked, price_max_minor=min(asked.price_max_minor or below_minor, below_minor - 1))
    like = shown if asked.is_like else None
    query = encode(text) if encode and asked.rest else None
    table = missed(index, asked, like)
    cost = sum(table.values(), np.zeros(len(index.catalogue)))
    score = _answer(index, asked, query) if like is None else _likeness(index, asked, like, query)
    rows = np.argsort(_MISS * cost - score - _leanings(index, asked, is_open=like is None), kind="stable")
    rows = rows[~index.catalogue.is_banned[rows]]
    rows = rows[rows != shown] if like is not None else rows
    rows = _by_price(index, asked, rows, cost) if asked.is_superlative else rows
    fits = int((cost[rows] < _FITS).sum()) if _is_known(index, asked, like) else 0
    given_up = tuple(kind for kind, column in table.items() if len(rows) and column[rows[0]] >= _FITS / 2)
    return Ranked(asked, rows, fits, () if fits else given_up)


def _read(index: Index, text: str, language: str, *, is_following: bool) -> Asked:
    return read_asked(index.spelling.correct(text), index.lexicon, language=language, sizes=index.sizes,
                      is_following=is_following, currency=index.catalogue.currency)  # fmt: skip


def _by_price(index: Index, asked: Asked, rows: Rows, cost: Floats) -> Rows:
    """What fits, the cheapest or the dearest first; then the others in their order."""
    is_fit = cost[rows] < _FITS
    price = index.catalogue.price_minor[rows[is_fit]]
    order = np.argsort(-price if asked.is_dearest else price, kind="stable")
    return np.concatenate([rows[is_fit][order], rows[~is_fit]])


def _answer(index: Index, asked: Asked, query: Floats | None) -> Floats:
    """About 1 where every word answers, and the meaning on top."""
    rest = set(asked.rest)
    weights = {stem: 1.0 if stem in rest else _TAKEN for stem in asked.words}
    score = index.lexical.score(weights) / max(index.lexical.best(weights), 1e-9)
    return score if query is None else score + _MEANING * _spread(index, query)


def _likeness(index: Index, asked: Asked, like: int, query: Floats | None) -> Floats:
    """How much it is like the product that the sentence follows, in all that the sentence leaves as it is."""
    product = index.catalogue.products[like]
    score = _LIKE_WORDS * _answer(index, asked, query)
    for kind, weight in _ALIKE.items():
        if not asked.of(kind):
            score = score + weight * index.columns.has(kind, words_of(product, kind))
    return score if index.vectors is None else score + _LIKE_MEANING * _spread(index, index.vectors[like])


def _spread(index: Index, vector: Floats) -> Floats:
    """How near in meaning, about -1 to 1 over the catalogue; 0 without vectors."""
    if index.vectors is None:
        return np.zeros(len(index.catalogue))
    near = index.vectors @ vector
    return (near - near.mean()) / max(float(near.std()), 1e-6) / 3


def _leanings(index: Index, asked: Asked, *, is_open: bool) -> Floats:
    """What decides between products that answer alike."""
    columns = index.columns
    score: Floats = np.where(index.catalogue.is_pinned, _PINNED, 0.0)
    has_type = bool(asked.of("product_type") or asked.of("place"))
    if asked.is_warm:
        score = score + _WARM * columns.warmth
    if asked.is_cheap or asked.is_on_sale:
        score = score - _CHEAP * np.log1p(index.catalogue.price_minor / 5000)
    if asked.is_gift and not has_type:
        score = score + _GIFT * ~columns.has_sizes  # one need not know a size to give it
    if is_open and not has_type and not asked.is_gift:
        score = score + _MAIN * columns.has("place", _MAIN_PLACES)
    return score


def _is_known(index: Index, asked: Asked, like: int | None) -> bool:
    """Whether there is anything to go by: a demand, what is on the screen, or a word that some product has."""
    if asked.demands or like is not None or asked.has_price or asked.is_on_sale or asked.is_superlative:
        return True
    return any(stem in index.lexical.postings for stem in asked.words)
