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
    """For each customer the chosen candidate (-1: none), its probability, and every candidate's held bits."""

    chosen: Ints  # N
    probability: Floats  # N; 1.0 where nothing could be chosen
    held: Ints  # N x K


def find_held(
    columns: Columns, *, per_day: int, per_week: int, holds_holdout: bool, is_paused: bool = False
) -> Ints:
    """The bits of `Held` for every customer and candidate. A cap of 0 does not hold."""
    held = np.zeros(columns.consent.shape, dtype=np.int64)
    _mark(held, columns.consent == CONSENT_UNKNOWN, Held.CONSENT_UNKNOWN)
    _mark(held, columns.consent == CONSENT_WITHDRAWN, Held.CONSENT_WITHDRAWN)
    _mark(held, columns.is_holdout & holds_holdout, Held.HOLDOUT)
    _mark(held, (columns.sent_day >= per_day) & (per_day > 0), Held.CAP_DAY)
    _mark(held, (columns.sent_week >= per_week) & (per_week > 0), Held.CAP_WEEK)
    _mark(held, columns.is_quiet, Held.QUIET_HOURS)
    _mark(held, columns.has_question, Held.OPEN_QUESTION)
    _mark(held, columns.in_conversation, Held.IN_CONVERSATION)
    _mark(held, columns.in_handoff, Held.HANDOFF)
    _mark(held, ~columns.is_reachable, Held.UNREACHABLE)
    _mark(held, ~columns.is_verified, Held.UNVERIFIED)
    _mark(held, columns.is_cooling, Held.COOLDOWN)
    _mark(held, columns.has_taken, Held.ALREADY_TAKEN)
    _mark(held, ~columns.is_true, Held.FACT_FALSE)
    _mark(held, columns.is_expired, Held.EXPIRED)
    _mark(held, ~columns.is_window_open, Held.WINDOW_CLOSED)
    if is_paused:
        held |= np.int64(Held.PAUSED)
    return held


def choose_next_action(values: Floats, held: Ints, *, gamma: float, rng: np.random.Generator) -> Choice:
    """Choose one allowed candidate per customer; none where every one is held.

    Inverse-gap weighting over `values` (N x K, higher is better): each allowed candidate but the best
    gets 1 / (allowed + gamma * gap), the best gets the rest. gamma 0 is uniform, infinity always the best.
    """
    weights = weigh_candidates(values, held == 0, gamma)
    draws = rng.random(len(weights))
    reached = np.cumsum(weights, axis=1) > draws[:, None]
    allowed = held == 0
    last_allowed = held.shape[1] - 1 - np.argmax(allowed[:, ::-1], axis=1)  # rounding may leave a draw above the sum
    chosen = np.where(reached.any(axis=1), np.argmax(reached, axis=1), last_allowed)
    chosen = np.where(allowed.any(axis=1), chosen, -1)
    probability = np.where(chosen >= 0, np.take_along_axis(weights, np.maximum(chosen, 0)[:, None], axis=1)[:, 0], 1.0)
    return Choice(chosen.astype(np.int64), probability, held)


def weigh_candidates(values: Floats, allowed: Bools, gamma: float) -> Floats:
    """The probability of every candidate, N x K: rows sum to 1, or to 0 where nothing is allowed."""
    visible = np.where(allowed, values, -np.inf)
    best = np.argmax(visible, axis=1)
    rows = np.arange(len(values))
    top = visible[rows, best]
    gap = np.where(allowed, top[:, None] - np.where(allowed, values, 0.0), 0.0)
    penalty = np.multiply(gap, gamma, out=np.zeros_like(gap), where=gap > 0)  # infinity times no gap is no penalty
    weights = np.where(allowed, 1.0 / (np.maximum(allowed.sum(axis=1), 1)[:, None] + penalty), 0.0)
    weights[rows, best] = 0.0
    weights[rows, best] = np.where(allowed.any(axis=1), 1.0 - weights.sum(axis=1), 0.0)
    return weights


def _mark(held: Ints, where: Bools, bit: Held) -> None:
    mask = where if where.ndim == 2 else where[:, None]
    held |= np.where(mask, np.int64(bit), np.int64(0))
