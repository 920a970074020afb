"""Stage B2: scored pairs -> persons, by average linkage. Pure.

Two groups join while the mean log-odds over ALL their pairs, those never compared counted as doubtful,
stays above a threshold: one wrong link between two groups cannot fuse them, as it does in connected
components. What is forbidden holds for whatever the two sides have become.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]
Account = tuple[str, str]  # silo, id

UNSEEN = -2.0  # log-odds of a pair that no rule of candidates.py met
_CERTAIN = 8.0  # one comparison is never surer than that
_IGNORED = 0.02  # pairs below this chance count as not compared


@dataclass(frozen=True)
class Pairs:
    """Scored pairs of records: positions and chances."""

    left: Ints
    right: Ints
    chance: Doubles


@dataclass(frozen=True)
class Constraints:
    """What is known beforehand about n records."""

    together: Sequence[int] = ()  # one number a record: equal numbers are one person already
    apart: Sequence[tuple[int, int]] = ()  # records of two different people
    doubtful: Sequence[tuple[int, int]] = ()  # never joined without being asked about
    accounts: Sequence[frozenset[Account]] = ()  # a record: two ids of one silo are two people


@dataclass(frozen=True)
class Proposal:
    """Two clusters that nearly joined: by their best pair of records, with the chance of the whole."""

    left: int
    right: int
    chance: float


@dataclass
class _Groups:
    parent: list[int]
    size: list[int]
    version: list[int]  # changes when the group does; -1 when it is part of another
    near: list[dict[int, float]]  # sum of log-odds above UNSEEN, by neighbour
    apart: list[set[int]]
    doubtful: list[set[int]]
    accounts: list[frozenset[Account]]
    heap: list[tuple[float, int, int, int, int]] = field(default_factory=list)
    joins: list[tuple[float, int, int]] = field(default_factory=list)  # linkage, kept, taken up; falling


@dataclass(frozen=True)
class Dendrogram:
    """The joins of one clustering, from the surest to the least sure that was asked for."""

    start: Ints
    joins: tuple[tuple[float, int, int], ...]

    def cut(self, threshold: float) -> Ints:
        """The cluster of each record at a threshold above the one it was grown to."""
        parent = self.start.tolist()
        for linkage, kept, taken in self.joins:
            if linkage <= threshold:
                break
            parent[taken] = kept
        return _name(parent)


def grow_dendrogram(pairs: Pairs, n: int, least: float, known: Constraints | None = None) -> Dendrogram:
    """Cluster once, to cut at any threshold from `least` up: mean linkage never rises as groups grow."""
    known = known or Constraints()
    nothing = Pairs(pairs.left[:0], pairs.right[:0], pairs.chance[:0])
    start = np.array(_start(nothing, n, known).parent, dtype=np.int64)
    return Dendrogram(start, tuple(_grow(pairs, n, least, known).joins))


def cluster_records(pairs: Pairs, n: int, threshold: float, known: Constraints | None = None) -> Ints:
    """The cluster of each of `n` records, named by one of them. `threshold` in log-odds of the mean."""
    groups = _grow(pairs, n, threshold, known or Constraints())
    return _name(groups.parent)


def cluster_and_propose(
    pairs: Pairs, n: int, threshold: float, least: float, known: Constraints | None = None
) -> tuple[Ints, list[Proposal]]:
    """The clusters, and the pairs of them whose linkage is at least `least`, surest first."""
    groups = _grow(pairs, n, threshold, known or Constraints())
    labels = _name(groups.parent)
    best = _best_pairs(pairs, labels)
    found = [
        Proposal(*records, to_chance(_linkage(groups, one, other)))
        for (one, other), records in best.items()
        if not _is_forbidden(groups, one, other) and _linkage(groups, one, other) >= least
    ]
    return labels, sorted(found, key=lambda each: (-each.chance, each.left, each.right))


def to_odds(chance: Doubles) -> Doubles:
    """Log-odds, within what one comparison may say."""
    kept = np.clip(chance, 1e-9, 1 - 1e-9)
    return np.clip(np.log(kept / (1 - kept)), -_CERTAIN, _CERTAIN)


def to_chance(odds: float) -> float:
    """Of log-odds."""
    return float(1 / (1 + np.exp(-odds)))


def _grow(pairs: Pairs, n: int, threshold: float, known: Constraints) -> _Groups:
    groups = _start(pairs, n, known)
    for one, neighbours in enumerate(groups.near):
        for other in neighbours:
            if one < other:
                _consider(groups, one, other, threshold)
    heapq.heapify(groups.heap)
    while groups.heap:
        falling, one, other, version, other_version = heapq.heappop(groups.heap)
        if groups.version[one] != version or groups.version[other] != other_version:
            continue
        if other not in groups.doubtful[one] and not _is_forbidden(groups, one, other):
            _join(groups, one, other, threshold, -falling)
    return groups


def _start(pairs: Pairs, n: int, known: Constraints) -> _Groups:
    """Every record its own group, but for those that are together already."""
    parent = list(range(n))
    first: dict[int, int] = {}
    for record, person in enumerate(known.together):
        parent[record] = first.setdefault(person, record)
    accounts: list[frozenset[Account]] = [frozenset()] * n
    for record, own in enumerate(known.accounts):
        accounts[parent[record]] |= own
    groups = _Groups(
        parent, np.bincount(parent, minlength=n).tolist(), [0 if parent[each] == each else -1 for each in range(n)],
        [{} for _ in range(n)], _pair_up(known.apart, parent), _pair_up(known.doubtful, parent), accounts,
    )
    kept = pairs.chance > _IGNORED
    above = (to_odds(pairs.chance[kept]) - UNSEEN).tolist()
    for one, other, odds in zip(pairs.left[kept].tolist(), pairs.right[kept].tolist(), above, strict=True):
        one, other = parent[one], parent[other]
        if one != other:
            groups.near[one][other] = groups.near[other][one] = groups.near[one].get(other, 0.0) + odds
    return groups


def _pair_up(pairs: Sequence[tuple[int, int]], parent: list[int]) -> list[set[int]]:
    found: list[set[int]] = [set() for _ in parent]
    for one, other in pairs:
        found[parent[one]].add(parent[other])
        found[parent[other]].add(parent[one])
    return found


def _inherit(pairs: list[set[int]], one: int, other: int) -> None:
    """What held for `other` holds for `one`, which it has become part of."""
    for third in pairs[other]:
        pairs[third].discard(other)
        pairs[third].add(one)
        pairs[one].add(third)


def _consider(groups: _Groups, one: int, other: int, threshold: float) -> None:
    linkage = _linkage(groups, one, other)
    if linkage > threshold:
        groups.heap.append((-linkage, one, other, groups.version[one], groups.version[other]))


def _linkage(groups: _Groups, one: int, other: int) -> float:
    return UNSEEN + groups.near[one][other] / (groups.size[one] * groups.size[other])


def _is_forbidden(groups: _Groups, one: int, other: int) -> bool:
    if other in groups.apart[one]:
        return True
    if not groups.accounts[one] or not groups.accounts[other]:
        return False
    both = groups.accounts[one] | groups.accounts[other]
    return len({silo for silo, _ in both}) < len(both)


def _join(groups: _Groups, one: int, other: int, threshold: float, linkage: float) -> None:
    """Make `other` part of `one`, the one with more neighbours, and look at its neighbours anew."""
    if len(groups.near[one]) < len(groups.near[other]):
        one, other = other, one
    groups.joins.append((linkage, one, other))
    groups.parent[other] = one
    groups.size[one] += groups.size[other]
    groups.version[one] += 1
    groups.version[other] = -1
    groups.accounts[one] |= groups.accounts[other]
    _inherit(groups.apart, one, other)
    _inherit(groups.doubtful, one, other)
    for third, odds in groups.near[other].items():
        del groups.near[third][other]
        if third != one:
            groups.near[one][third] = groups.near[third][one] = groups.near[one].get(third, 0.0) + odds
    groups.near[other] = {}
    for third in groups.near[one]:
        nearer = _linkage(groups, one, third)
        if nearer > threshold:
            heapq.heappush(groups.heap, (-nearer, one, third, groups.version[one], groups.version[third]))


def _best_pairs(pairs: Pairs, labels: Ints) -> dict[tuple[int, int], tuple[int, int]]:
    """The surest pair of records between any two clusters."""
    order = np.argsort(pairs.chance, kind="stable")  # the last one written wins: the surest
    order = order[pairs.chance[order] > _IGNORED]
    left, right = pairs.left[order], pairs.right[order]
    low, high = np.minimum(labels[left], labels[right]), np.maximum(labels[left], labels[right])
    return {
        (one, other): (a, b)
        for one, other, a, b in zip(low.tolist(), high.tolist(), left.tolist(), right.tolist(), strict=True)
        if one != other
    }


def _name(parent: list[int]) -> Ints:
    return np.array([_find(parent, each) for each in range(len(parent))], dtype=np.int64)


def _find(parent: list[int], record: int) -> int:
    while parent[record] != record:
        record = parent[record]
    return record
