"""The console: short texts -> groups of those that are alike, by the pieces of their words. Pure.

Pieces of words, not the sentence encoder: on training lines of known wishes both together found little more than
pieces alone, at a hundred times the cost (docs/console.md).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from bot.profile.resolution.normalise import fold
from bot.recommend.types import Floats

APART = 0.85  # cosine distance, on average, from which two groups stay two
_SIZES = (2, 3, 4)  # letters of a piece


def group_alike(texts: Sequence[str]) -> list[list[int]]:
    """Groups of positions, the largest first; each position stands in one. Grows with the square of the texts."""
    if len(texts) < 2:
        return [[n] for n in range(len(texts))]
    tree = linkage(_weigh([_pieces(each) for each in texts]), method="average", metric="cosine")
    groups: dict[int, list[int]] = defaultdict(list)
    for n, label in enumerate(fcluster(tree, t=APART, criterion="distance")):
        groups[int(label)].append(n)
    return sorted(groups.values(), key=lambda each: (-len(each), each))


def _pieces(text: str) -> Counter[str]:
    """Of each word with its edges; never none."""
    words = [f" {word} " for word in fold(text).split()] or [" "]
    return Counter(
        [word[at : at + size] for word in words for size in _SIZES for at in range(len(word) - size + 1)] or words
    )


def _weigh(counted: Sequence[Counter[str]]) -> Floats:
    """Texts x pieces: how often, damped, and the more the fewer texts have it."""
    seen = Counter(piece for each in counted for piece in each)
    columns = {piece: n for n, piece in enumerate(seen)}
    matrix = np.zeros((len(counted), len(columns)))
    for row, each in enumerate(counted):
        for piece, times in each.items():
            rarity = np.log((1 + len(counted)) / (1 + seen[piece])) + 1
            matrix[row, columns[piece]] = (1 + np.log(times)) * rarity
    return matrix
