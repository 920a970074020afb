"""Everybody's purchases -> how each brand and cut runs. Pure: expectation and maximisation over whole columns.

Nobody's own size is known, and no brand's shift. So each is worked out from the other, a few times over: a person's
place from what they bought elsewhere, then how well each shift of a brand explains what people of these places kept
and sent back there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.recommend.size_model import MOST_RUN_TRUE, Runs, likelihood
from bot.recommend.types import Floats, Mask, Rows

_ROUNDS = 4
_PRIOR_RUNS = 10.0  # the belief that most brands run true is worth so many brands


@dataclass(frozen=True)
class Lines:
    """Lines of orders in one size system: a number for the person and the run, the size's place, whether it stayed."""

    person: Rows
    run: Rows
    place: Rows
    is_kept: Mask
    ladder_size: int


def learn_runs(lines: Lines, runs: int) -> Sequence[Runs]:
    """How each of `runs` brands and cuts runs, in the order of their numbers."""
    table = np.log(_table(lines.ladder_size))[lines.is_kept.astype(np.int64), lines.place]  # lines x own place x shift
    groups, group = np.unique(lines.person * runs + lines.run, return_inverse=True)
    there = _add_up(table, group, len(groups))
    who, what = groups // runs, groups % runs
    people = int(lines.person.max()) + 1 if len(lines.person) else 0
    prior = np.array(MOST_RUN_TRUE)
    chances = np.repeat(prior[None, :], runs, axis=0)
    for _ in range(_ROUNDS):
        own = _logsumexp(there + np.log(chances[what])[:, None, :])  # what each group says of the person's place
        elsewhere = _add_up(own, who, people)[who] - own
        explained = _logsumexp((_normalise(elsewhere)[:, :, None] + there).transpose(0, 2, 1))
        chances = np.exp(_normalise(np.log(prior) + _add_up(explained, what, runs)))
        prior = (chances.sum(axis=0) + _PRIOR_RUNS * np.array(MOST_RUN_TRUE)) / (runs + _PRIOR_RUNS)
    counted = np.bincount(what, minlength=runs)
    return [
        Runs((float(large), float(true), float(small)), int(number))
        for (large, true, small), number in zip(np.maximum(chances, 1e-9).tolist(), counted, strict=True)
    ]


def _table(size: int) -> Floats:
    """Sent back or kept x place of the size x own place x shift."""
    return np.stack([
        np.stack([likelihood(place, size, is_kept=is_kept) for place in range(size)]) for is_kept in (False, True)
    ])


def _add_up(values: Floats, group: Rows, groups: int) -> Floats:
    flat, where = values.reshape(len(values), -1), group.reshape(-1)
    total = [np.bincount(where, weights=flat[:, column], minlength=groups) for column in range(flat.shape[1])]
    return np.stack(total, axis=1).reshape(groups, *values.shape[1:])


def _logsumexp(values: Floats) -> Floats:
    """Over the last axis."""
    highest = values.max(axis=-1, keepdims=True)
    result: Floats = (highest + np.log(np.exp(values - highest).sum(axis=-1, keepdims=True)))[..., 0]
    return result


def _normalise(values: Floats) -> Floats:
    result: Floats = values - _logsumexp(values)[..., None]
    return result
