"""Stage 3: who goes without, to measure what nudges bring. The one definition, for deciding and for measuring.

    the whole programme    `customers.is_holdout`, dealt when a customer is first seen (bot/profile/identities.py);
                           it concerns the purposes of `[holdout] purposes`
    one journey            a draw of customer and journey against the share in `[holdout.journeys]`, kept nowhere:
                           it is the same on every machine and at every time

A person is held out when any of the customers they were merged from is. So nobody in a holdout ever hears a
nudge by being merged, and the chance of being in it, 1 - (1 - share) ** parts, is known.
"""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from bot.decision.guardrails import Guardrails

Floats = NDArray[np.float64]
_ID_BYTES = 32  # of a customer's id that count: all of them


def is_held_out(
    members: Sequence[str], is_holdout: bool, journey: str, purpose: str, guardrails: Guardrails
) -> bool:
    """Whether a person of these customers goes without a journey's nudges."""
    if is_holdout and purpose in guardrails.holdout_purposes:
        return True
    share = guardrails.journey_holdouts.get(journey, 0.0)
    return share > 0 and bool((draw(journey, members) < share).any())


def draw(journey: str, customer_ids: Sequence[str]) -> Floats:
    """A number from 0 to 1 for each customer, by chance among customers and journeys, and always the same.

    SplitMix64's finaliser (Steele, Lea and Flood 2014) over the id's bytes, so that ten million take some seconds.
    """
    words = np.array(customer_ids, dtype=f"S{_ID_BYTES}").view("<u8").reshape(len(customer_ids), -1)
    seed = int.from_bytes(sha256(journey.encode()).digest()[:8], "little")
    state = np.full(len(words), seed, dtype=np.uint64)
    for column in words.T:
        state = _mix(state ^ column)
    return np.asarray((state >> np.uint64(11)) / float(2**53), dtype=np.float64)


def chance_held_out(share: float, parts: NDArray[np.int64]) -> Floats:
    """The chance that a person of so many customers is held out."""
    return np.asarray(1.0 - (1.0 - share) ** parts, dtype=np.float64)


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = state + np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
