"""Stage 3: columns of customers x candidates -> what to do next, with the exact probability and why not the others.

Pure numpy: one row or ten million, no clock, no store. Chance is an argument.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.decision.guardrails import Held

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

CONSENT_GRANTED, CONSENT_UNKNOWN, CONSENT_WITHDRAWN = 1, 0, -1
_SLOTS = 32  # more than there are reasons; packed, they are one unsigned number of four bytes
_SLOT = {bit: int(bit).bit_length() - 1 for bit in Held}


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


def find_held(columns: Columns, *, per_day: int, per_week: int, holds_holdout: bool) -> Ints:
    """The bits of `Held` for every customer and candidate. A cap of 0 does not hold.

    Each reason is marked in a byte of its own and all are packed at once: for one customer it is the number of
    numpy's calls that costs, not the number of candidates.
    """
    marks = np.zeros((*columns.consent.shape, _SLOTS), dtype=np.bool_)
    _mark(marks, columns.consent == CONSENT_UNKNOWN, Held.CONSENT_UNKNOWN)
    _mark(marks, columns.consent == CONSENT_WITHDRAWN, Held.CONSENT_WITHDRAWN)
    if holds_holdout:
        _mark(marks, columns.is_holdout, Held.HOLDOUT)
    if per_day > 0:
        _mark(marks, columns.sent_day >= per_day, Held.CAP_DAY)
    if per_week > 0:
        _mark(marks, columns.sent_week >= per_week, Held.CAP_WEEK)
    _mark(marks, columns.is_quiet, Held.QUIET_HOURS)
    _mark(marks, columns.has_question, Held.OPEN_QUESTION)
    _mark(marks, columns.in_conversation, Held.IN_CONVERSATION)
    _mark(marks, columns.in_handoff, Held.HANDOFF)
    _mark(marks, ~columns.is_reachable, Held.UNREACHABLE)
    _mark(marks, ~columns.is_verified, Held.UNVERIFIED)
    _mark(marks, columns.is_cooling, Held.COOLDOWN)
    _mark(marks, columns.has_taken, Held.ALREADY_TAKEN)
    _mark(marks, ~columns.is_true, Held.FACT_FALSE)
    _mark(marks, columns.is_expired, Held.EXPIRED)
    _mark(marks, ~columns.is_window_open, Held.WINDOW_CLOSED)
    return np.packbits(marks, axis=-1, bitorder="little").view("<u4")[..., 0].astype(np.int64)


def choose_next_action(values: Floats, held: Ints, *, gamma: float, rng: np.random.Generator) -> Choice:
    """Choose one allowed candidate per customer; none where every one is held.

    Inverse-gap weighting over `values` (N x K, higher is better): each allowed candidate but the best
    gets 1 / (allowed + gamma * gap), the best gets the rest. gamma 0 is uniform, infinity always the best.
    """
    allowed = held == 0
    weights = weigh_candidates(values, allowed, gamma)
    sums = weights.cumsum(axis=1)
    total = sums[:, -1]
    # Drawn below the row's own sum, which rounding leaves a hair beside 1: no draw falls behind the last.
    chosen = (sums <= (rng.random(len(weights)) * total)[:, None]).sum(axis=1)
    rows = np.arange(len(weights))
    is_any = total > 0
    chosen = np.where(is_any, np.minimum(chosen, held.shape[1] - 1), -1)
    return Choice(chosen, np.where(is_any, weights[rows, chosen], 1.0), weights, held)


def weigh_candidates(values: Floats, allowed: Bools, gamma: float) -> Floats:
    """The probability of every candidate, N x K: rows sum to 1, or to 0 where nothing is allowed."""
    rows = np.arange(len(values))
    visible = np.where(allowed, values, -np.inf)
    best = visible.argmax(axis=1)
    gap = visible[rows, best][:, None] - values
    penalty = np.multiply(gap, gamma, out=np.zeros_like(gap), where=gap > 0)  # infinity times no gap is no penalty
    count = allowed.sum(axis=1)
    weights: Floats = allowed / (np.maximum(count, 1)[:, None] + penalty)
    weights[rows, best] = 0.0
    weights[rows, best] = (count > 0) - weights.sum(axis=1)
    return weights


def _mark(marks: Bools, where: Bools, bit: Held) -> None:
    marks[..., _SLOT[bit]] = where if where.ndim == 2 else where[:, None]
