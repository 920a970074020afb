"""Stage 3: columns of customers x candidates -> what to do next, with the exact probability and why not the others.

Pure numpy: one row or ten million, no clock, no store. Chance is an argument.
"""

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.decision.guardrails import Held

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

CONSENT_GRANTED, CONSENT_UNKNOWN, CONSENT_WITHDRAWN = 1, 0, -1
_SLOTS = 32  # more than there are reasons; packed, they are one unsigned number of four bytes
_PACKED = np.dtype("<u4")
_BITS = SimpleNamespace(**{str(bit.name): int(bit) for bit in Held})  # as plain numbers: flags are slow at arithmetic
_AT = SimpleNamespace(**{str(bit.name): int(bit).bit_length() - 1 for bit in Held})


@dataclass(frozen=True)
class Columns:
    """What is known of N customers (rows) and K candidates (columns), as the loader reads it.

    One-dimensional columns are per customer, two-dimensional ones per customer and candidate.
    """

    consent: Ints  # N x K: granted, unknown, withdrawn
    is_holdout: Bools  # N
    sent_day: Ints  # N: messages of this category, all channels, in the last day and the next
    sent_week: Ints  # N
    is_quiet: Bools  # N x K
    has_question: Bools  # N x K
    in_conversation: Bools  # N x K
    in_handoff: Bools  # N x K
    is_reachable: Bools  # N x K
    is_verified: Bools  # N x K: or need not be
    is_cooling: Bools  # N
    is_yielding: Bools  # N: a journey to which this one yields wants them
    is_minor: Bools  # N: known to be one, and it is advertising
    has_open_matter: Bools  # N: something is not settled with them, and it is advertising
    has_taken: Bools  # N
    is_true: Bools  # N x K: the facts hold
    is_expired: Bools  # N
    is_window_open: Bools  # N x K: the channel takes free words


@dataclass(frozen=True)
class Choice:
    """For each customer the chosen candidate (-1: none), its probability, every candidate's weight and held bits."""

    chosen: Ints  # N
    probability: Floats  # N; 1.0 where nothing could be chosen
    weights: Floats  # N x K: the probability of each
    held: Ints  # N x K


def find_held(
    columns: Columns, *, per_day: int, per_week: int, holds_holdout: bool, is_paused: bool = False
) -> Ints:
    """The bits of `Held` for every customer and candidate. A cap of 0 does not hold."""
    held = _pack_for_one(columns) if len(columns.consent) == 1 else _pack_for_many(columns)
    held |= _find_held_persons(columns, per_day, per_week, holds_holdout)
    return held | _BITS.PAUSED if is_paused else held


def _pack_for_many(columns: Columns) -> Ints:
    """The bits that hold one candidate and not the other: N x K."""
    held = np.zeros(columns.consent.shape, dtype=np.int64)
    for bit, is_held in (
        (_BITS.CONSENT_UNKNOWN, columns.consent == CONSENT_UNKNOWN),
        (_BITS.CONSENT_WITHDRAWN, columns.consent == CONSENT_WITHDRAWN),
        (_BITS.QUIET_HOURS, columns.is_quiet), (_BITS.OPEN_QUESTION, columns.has_question),
        (_BITS.IN_CONVERSATION, columns.in_conversation), (_BITS.HANDOFF, columns.in_handoff),
        (_BITS.UNREACHABLE, ~columns.is_reachable), (_BITS.UNVERIFIED, ~columns.is_verified),
        (_BITS.FACT_FALSE, ~columns.is_true), (_BITS.WINDOW_CLOSED, ~columns.is_window_open),
    ):
        held |= is_held * bit
    return held


def _pack_for_one(columns: Columns) -> Ints:
    """The same. Each reason is marked in a byte of its own and all are packed at once: for one customer it is the
    number of calls that costs, not the number of candidates.
    """
    marks = np.zeros((*columns.consent.shape, _SLOTS), dtype=np.bool_)
    marks[..., _AT.CONSENT_UNKNOWN] = columns.consent == CONSENT_UNKNOWN
    marks[..., _AT.CONSENT_WITHDRAWN] = columns.consent == CONSENT_WITHDRAWN
    marks[..., _AT.QUIET_HOURS] = columns.is_quiet
    marks[..., _AT.OPEN_QUESTION] = columns.has_question
    marks[..., _AT.IN_CONVERSATION] = columns.in_conversation
    marks[..., _AT.HANDOFF] = columns.in_handoff
    marks[..., _AT.UNREACHABLE] = ~columns.is_reachable
    marks[..., _AT.UNVERIFIED] = ~columns.is_verified
    marks[..., _AT.FACT_FALSE] = ~columns.is_true
    marks[..., _AT.WINDOW_CLOSED] = ~columns.is_window_open
    return np.packbits(marks, axis=-1, bitorder="little").view(_PACKED)[..., 0].astype(np.int64)


def _find_held_persons(columns: Columns, per_day: int, per_week: int, holds_holdout: bool) -> Any:
    """The bits that hold everything to a person: N x 1, or one number for one person, which numpy is slow at."""
    is_one = len(columns.consent) == 1

    def read(column: Any) -> Any:
        return column.item() if is_one else column[:, None]

    bits = read(columns.is_cooling) * _BITS.COOLDOWN
    bits |= read(columns.is_yielding) * _BITS.YIELDS_TO
    bits |= read(columns.is_minor) * _BITS.MINOR
    bits |= read(columns.has_open_matter) * _BITS.OPEN_MATTER
    bits |= read(columns.has_taken) * _BITS.ALREADY_TAKEN
    bits |= read(columns.is_expired) * _BITS.EXPIRED
    if holds_holdout:
        bits |= read(columns.is_holdout) * _BITS.HOLDOUT
    if per_day > 0:
        bits |= (read(columns.sent_day) >= per_day) * _BITS.CAP_DAY
    if per_week > 0:
        bits |= (read(columns.sent_week) >= per_week) * _BITS.CAP_WEEK
    return bits


def choose_next_action(values: Floats, held: Ints, *, gamma: float, rng: np.random.Generator) -> Choice:
    """Choose one allowed candidate per customer; none where every one is held.

    Inverse-gap weighting over `values` (N x K, higher is better): each allowed candidate but the best
    gets 1 / (allowed + gamma * gap), the best gets the rest. gamma 0 is uniform, infinity always the best.
    """
    if len(values) == 1:
        return _choose_for_one(values[0], held, gamma, rng)
    allowed = held == 0
    draws = rng.random(len(values))
    some = np.flatnonzero(allowed.any(axis=1))
    chosen, probability, weights = np.full(len(values), -1), np.ones(len(values)), np.zeros(values.shape)
    weights[some] = weighed = weigh_candidates(values[some], allowed[some], gamma)
    sums = weighed.cumsum(axis=1)
    total = sums[:, -1]  # 1 but for rounding: a draw below it never falls behind the last
    chosen[some] = (sums <= (draws[some] * total)[:, None]).sum(axis=1)
    probability[some] = weights[some, chosen[some]]
    return Choice(chosen, probability, weights, held)


def weigh_candidates(values: Floats, allowed: Bools, gamma: float) -> Floats:
    """The probability of every candidate, N x K: rows sum to 1, or to 0 where nothing is allowed."""
    rows = np.arange(len(values))
    visible = np.where(allowed, values, -np.inf)
    best = visible.argmax(axis=1)
    gap = np.maximum(visible[rows, best][:, None] - values, 0.0)
    penalty = gap * gamma if math.isfinite(gamma) else np.where(gap > 0, np.inf, 0.0)
    count = allowed.sum(axis=1)
    weights: Floats = allowed / (np.maximum(count, 1)[:, None] + penalty)
    weights[rows, best] = 0.0
    weights[rows, best] = (count > 0) - weights.sum(axis=1)
    return weights


def _choose_for_one(values: Floats, held: Ints, gamma: float, rng: np.random.Generator) -> Choice:
    """The same for one customer, to the bit, at half the cost: numpy charges for the second dimension."""
    weights = _weigh_for_one(values, held[0] == 0, gamma)
    sums = weights.cumsum()
    draw = rng.random() * sums[-1]
    chosen = int(sums.searchsorted(draw, side="right")) if sums[-1] > 0 else -1
    probability = weights[chosen] if chosen >= 0 else 1.0
    return Choice(np.array([chosen]), np.array([probability]), weights[None], held)


def _weigh_for_one(values: Floats, allowed: Bools, gamma: float) -> Floats:
    count = np.count_nonzero(allowed)
    if not count:
        return np.zeros(len(values))
    visible = np.where(allowed, values, -np.inf)
    best = visible.argmax()
    gap = visible[best] - visible  # infinite where it is held
    if 0 < gamma < math.inf:
        weights: Floats = 1.0 / (count + gap * gamma)
    else:
        weights = (gap < math.inf if gamma == 0 else gap == 0) / count
    weights[best] = 0.0
    weights[best] = 1.0 - weights.sum()
    return weights
