"""The assistant: who fulfils which clause, and who is in a segment -> a rule for those who are like them. Pure numpy.

    1  a regularised logistic regression, learned on one half of the people, chooses the few clauses that tell most
    2  learned again over those alone, its scores put the patterns that these can form in an order
    3  as many of the first patterns as come nearest to the wanted size are the rule: the model, cut at a score
    4  the other half says how many times as often those of the segment fulfil it as others; by chance it is once
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from bot.profile.segments.lookalike import fit, measure_auc

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LEAST_SEED = 20  # of either half: of fewer nothing is said
LEAST_PERSONS = 10  # of others whom a clause or the rule finds
_CHOSEN = 4  # clauses of a rule: more would be read by nobody
_CERTAIN = 2.58  # of the normal distribution: 99 in 100, as somebody tries one size after the other


@dataclass(frozen=True)
class Literal:
    """A clause, by its number, that must hold or must not; and what it adds to the score, over all people."""

    clause: int
    holds: bool
    weight: float


@dataclass(frozen=True)
class Likeness:
    """A rule: any of `ways`, each of which is literals that all hold. The figures are of the half that taught nothing.

    `lift`: how many times as often those of the segment fulfil it as others do, with the ends of its interval.
    """

    literals: Sequence[Literal]  # the strongest first
    ways: Sequence[Sequence[int]]  # by the places of literals
    members: Bools  # of everybody looked at
    inside: float  # the share of the segment that fulfils it
    outside: float  # the share of others
    lift: tuple[float, float, float]
    auc: float  # one of the segment has a higher score than another: 0.5 is chance


def find_likeness(holds: Bools, is_seed: Bools, is_first: Bools, wanted: float) -> Likeness | None:
    """Of N persons and M clauses (`holds`: N x M). `wanted`: which share of the others the rule should find.

    None where there are too few people, or where the half that taught nothing shows no likeness.
    """
    if not _is_enough(is_seed, is_first):
        return None
    chosen = _choose(holds[is_first], is_seed[is_first])
    if not chosen:
        return None
    few = holds[:, chosen]
    weights = fit(_with_bias(few[is_first]), is_seed[is_first])[:-1]
    literals = [Literal(clause, bool(weight > 0), abs(float(weight)))
                for clause, weight in zip(chosen, weights, strict=True)]
    literals.sort(key=lambda each: -each.weight)
    true = np.column_stack([holds[:, each.clause] == each.holds for each in literals])
    scores = true @ np.array([each.weight for each in literals])
    cut = _cut(scores[is_first & ~is_seed], [each.weight for each in literals], wanted)
    if cut is None:
        return None
    return _confirm(literals, scores, cut, is_seed, ~is_first)


def list_ways(weights: Sequence[float], cut: float) -> list[tuple[int, ...]]:
    """The smallest sets of literals that reach a score together: whoever fulfils one of them does, and nobody else."""
    reaching = [set(each) for each in _patterns(len(weights)) if _sum(weights, each) >= cut]
    return [tuple(sorted(each)) for each in reaching if not any(other < each for other in reaching)]


def _is_enough(is_seed: Bools, is_first: Bools) -> bool:
    return all(int((side & half).sum()) >= LEAST_SEED
               for side in (is_seed, ~is_seed) for half in (is_first, ~is_first))


def _choose(holds: Bools, is_seed: Bools) -> list[int]:
    """The clauses that count most for one standard deviation of them, of those that tell people apart."""
    count = holds.sum(axis=0)
    usable = np.flatnonzero((count >= LEAST_PERSONS) & (count <= len(holds) - LEAST_PERSONS))
    if not len(usable):
        return []
    table = holds[:, usable].astype(np.float64)
    weights = fit(_with_bias((table - table.mean(axis=0)) / table.std(axis=0)), is_seed)[:-1]
    best = np.argsort(-np.abs(weights), kind="stable")[:_CHOSEN]
    return [int(each) for each in usable[best]]


def _cut(others: Floats, weights: Sequence[float], wanted: float) -> float | None:
    """The score from which on the share of others comes nearest to what is wanted; None where each finds too few."""
    found = []
    for score in sorted({_sum(weights, each) for each in _patterns(len(weights)) if each}, reverse=True):
        count = int((others >= score - 1e-9).sum())
        if LEAST_PERSONS <= count < len(others):
            found.append((abs(log(count / len(others) / max(wanted, 1e-9))), score - 1e-9))
    return min(found, key=lambda each: each[0])[1] if found else None


def _confirm(
    literals: Sequence[Literal], scores: Floats, cut: float, is_seed: Bools, is_second: Bools
) -> Likeness | None:
    members = scores >= cut
    seed, others = members[is_second & is_seed], members[is_second & ~is_seed]
    if int(others.sum()) < LEAST_PERSONS or int(seed.sum()) < LEAST_PERSONS:
        return None
    lift = _lift(seed, others)
    if lift[1] <= 1:
        return None
    ways = list_ways([each.weight for each in literals], cut)
    auc = measure_auc(scores[is_second], is_seed[is_second])
    return Likeness(literals, ways, members, float(seed.mean()), float(others.mean()), lift, auc)


def _lift(seed: Bools, others: Bools) -> tuple[float, float, float]:
    """One share over the other, with Katz's interval of its logarithm."""
    value = float(seed.mean() / others.mean())
    half = _CERTAIN * sqrt(sum((1 - float(each.mean())) / int(each.sum()) for each in (seed, others)))
    return value, value * exp(-half), value * exp(half)


def _patterns(count: int) -> list[tuple[int, ...]]:
    return [tuple(n for n in range(count) if bits[n]) for bits in product((False, True), repeat=count)]


def _sum(weights: Sequence[float], places: Sequence[int]) -> float:
    return float(sum(weights[each] for each in places))


def _with_bias(table: NDArray[np.bool_] | Floats) -> Floats:
    return np.column_stack([table.astype(np.float64), np.ones(len(table))])
