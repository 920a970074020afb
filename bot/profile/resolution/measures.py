"""How well clusters tell people apart, beside the truth. Pure.

Where only some records count (the people nothing was learned from), a pair counts half for each of its two
records: a stranger taken into the measured person's cluster costs, wherever the stranger comes from.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Quality:
    """Of pairs, and of whole clusters: how many are exactly the person."""

    precision: float
    recall: float
    f1: float
    cluster_precision: float
    cluster_recall: float
    cluster_f1: float

    def rounded(self) -> dict[str, float]:
        """For people, and for JSON."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def measure_clusters(labels: Ints, person: Ints, counts: Mask) -> Quality:
    """Quality of a cluster number a record, over the records that count."""
    label, person = (np.unique(each, return_inverse=True)[1].astype(np.int64) for each in (labels, person))
    _, place, shared = np.unique(label * len(person) + person, return_inverse=True, return_counts=True)
    found, true = np.bincount(label)[label], np.bincount(person)[person]
    both = shared[place]
    precision = _share(((both - 1) * counts).sum(), ((found - 1) * counts).sum())
    recall = _share(((both - 1) * counts).sum(), ((true - 1) * counts).sum())
    exact = ((both == found) & (both == true) & counts) / true
    cluster_precision = _share(exact.sum(), (counts / found).sum())
    cluster_recall = _share(exact.sum(), (counts / true).sum())
    return Quality(
        precision, recall, harmonic(precision, recall), cluster_precision, cluster_recall,
        harmonic(cluster_precision, cluster_recall),
    )


def harmonic(one: float, other: float) -> float:
    """F1 of precision and recall."""
    return 2 * one * other / (one + other) if one + other else 0.0


def _share(part: np.number, whole: np.number) -> float:
    return float(part / whole) if whole else 1.0
