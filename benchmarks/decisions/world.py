"""Simulated shops whose truth is known: who comes, what each candidate would bring, and when a policy is good enough.

numpy alone: the peers' environment runs it too, and gets the same numbers from the same seed.

    shop    a candidate is a channel and a variant; both matter to customers in their own way, and a little how they
            go together: what nudges are
    arms    twelve candidates that have nothing in common: nothing that is learned of one says anything of another
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

CHANNELS, VARIANTS, SIZE = 3, 4, 6
ARMS = CHANNELS * VARIANTS
TOGETHER = 0.3  # of how a channel and a variant go together, in `shop`
EFFECT = 0.6  # of one feature on the log-odds
USUAL_ODDS = -1.5
AT_ONCE = 10  # outcomes come in batches, for everybody
WINDOW = 500  # rounds that "as good as" is judged over
GOOD_ENOUGH = 0.95
KINDS = ("shop", "arms")
Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class World:
    """`contexts` N x SIZE, `chances` N x ARMS of a reward of 1, `coins` that decide whether it comes."""

    contexts: Array
    chances: Array
    coins: Array

    def rewards(self, rounds: slice, arms: Array) -> Array:
        """What the chosen arms of some rounds bring."""
        rows = np.arange(rounds.start, rounds.stop)
        return (self.coins[rows, arms] < self.chances[rows, arms]).astype(np.float64)


def make_world(kind: str, seed: int, rounds: int) -> World:
    """The same from the same seed."""
    rng = np.random.default_rng(seed)
    contexts = np.concatenate([np.ones((rounds, 1)), rng.normal(size=(rounds, SIZE - 1)).clip(-2, 2)], axis=1)
    own = rng.normal(size=(ARMS, SIZE))
    if kind == "shop":
        channels, variants = rng.normal(size=(CHANNELS, SIZE)), rng.normal(size=(VARIANTS, SIZE))
        shared = np.array([channels[arm // VARIANTS] + variants[arm % VARIANTS] for arm in range(ARMS)])
        own = (shared + TOGETHER * own) / np.sqrt(2 + TOGETHER**2)
    chances = 1 / (1 + np.exp(-(contexts @ (EFFECT * own).T + USUAL_ODDS)))
    return World(contexts, chances, rng.random((rounds, ARMS)))


def judge_path(world: World, arms: Array) -> dict[str, Any]:
    """When a policy that chose these arms became good enough, by the truth; None for never."""
    rounds = np.arange(len(arms))
    got, best = world.chances[rounds, arms], world.chances.max(axis=1)
    share = _add_up(got) / _add_up(best)
    good = np.flatnonzero(share >= GOOD_ENOUGH)
    return {"rounds_to_95": int(good[0]) + WINDOW if len(good) else None, "share": float(got.sum() / best.sum()),
            "share_at_the_end": float(share[-1])}


def _add_up(values: Array) -> Array:
    sums = np.concatenate([[0.0], values.cumsum()])
    return sums[WINDOW:] - sums[:-WINDOW]
