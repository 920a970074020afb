"""Stage B2: comparisons of pairs -> the chance that both are one person. Pure numpy; chance is an argument.

A small neural network, because it learns in seconds which comparisons stand for each other, where
splink's sum of weights takes each for independent.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.profile.resolution.features import Floats

Doubles = NDArray[np.float64]

_HIDDEN = (64, 32)
_BATCH = 2_048
_RATE = 2e-3
_DECAY = 1e-5
_ROWS_AT_ONCE = 65_536
_REACH = 4.0  # standard deviations: beyond, a comparison says no more


@dataclass(frozen=True)
class Scorer:
    """Means and spreads of the comparisons, and the network's layers (weights, offsets, ...)."""

    mean: Floats
    spread: Floats
    layers: tuple[Floats, ...]

    def score(self, values: Floats) -> Doubles:
        """One chance a row, between 0 and 1."""
        parts = []
        for start in range(0, len(values), _ROWS_AT_ONCE):
            row = _standardise(values[start : start + _ROWS_AT_ONCE], self.mean, self.spread)
            for weights, offsets in _hidden_layers(self.layers):
                row = np.maximum(row @ weights + offsets, 0)
            parts.append(_sigmoid(row @ self.layers[-2] + self.layers[-1])[:, 0])
        return np.concatenate(parts).astype(np.float64) if parts else np.zeros(0)


def train_scorer(values: Floats, is_same: NDArray[np.bool_], rng: np.random.Generator, *, epochs: int = 12) -> Scorer:
    """Learn from pairs whose answer is known, or taken for known."""
    mean, spread = _measure(values)
    rows = _standardise(values, mean, spread)
    layers = _start(rows.shape[1], rng)
    _descend(layers, rows, is_same.astype(np.float32)[:, None], rng, epochs)
    return Scorer(mean, spread, tuple(layers))


def _measure(values: Floats) -> tuple[Floats, Floats]:
    """Mean and spread of each column where it is known; 0 where it never is."""
    missing = np.isnan(values)
    known = np.maximum((~missing).sum(axis=0), 1)
    mean = np.where(missing, 0, values).sum(axis=0, dtype=np.float64) / known
    squares = np.where(missing, 0, (values - mean) ** 2).sum(axis=0, dtype=np.float64) / known
    return mean.astype(np.float32), (np.sqrt(squares) + 1e-6).astype(np.float32)


def _standardise(values: Floats, mean: Floats, spread: Floats) -> Floats:
    """Comparisons on one scale, what is missing at the mean, and beside them which are missing."""
    missing = np.isnan(values)
    scaled = np.where(missing, 0, (values - mean) / spread)
    return np.hstack([np.clip(scaled, -_REACH, _REACH), missing]).astype(np.float32)


def _start(width: int, rng: np.random.Generator) -> list[Floats]:
    layers: list[Floats] = []
    sizes = (width, *_HIDDEN, 1)
    for entering, leaving in pairwise(sizes):
        layers.append(rng.normal(0, np.sqrt(2 / entering), (entering, leaving)).astype(np.float32))
        layers.append(np.zeros(leaving, np.float32))
    return layers


def _hidden_layers(layers: tuple[Floats, ...] | list[Floats]) -> list[tuple[Floats, Floats]]:
    return [(layers[at], layers[at + 1]) for at in range(0, len(layers) - 2, 2)]


def _descend(layers: list[Floats], rows: Floats, wanted: Floats, rng: np.random.Generator, epochs: int) -> None:
    """Adam, its rate falling along a cosine. Changes `layers`."""
    means, squares = ([np.zeros_like(layer) for layer in layers] for _ in range(2))
    steps = epochs * (len(rows) // _BATCH + 1)
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(rows))
        for start in range(0, len(rows), _BATCH):
            batch = order[start : start + _BATCH]
            gradients = _gradients(layers, rows[batch], wanted[batch])
            step += 1
            rate = _RATE / 2 * (1 + np.cos(np.pi * step / (steps + 1)))
            for at, gradient in enumerate(gradients):
                means[at] = 0.9 * means[at] + 0.1 * gradient
                squares[at] = 0.999 * squares[at] + 0.001 * gradient**2
                move = means[at] / (1 - 0.9**step) / (np.sqrt(squares[at] / (1 - 0.999**step)) + 1e-8)
                layers[at] -= (rate * (move + _DECAY * layers[at])).astype(np.float32)


def _gradients(layers: list[Floats], rows: Floats, wanted: Floats) -> list[Floats]:
    """Of the cross entropy, by layer."""
    seen = [rows]
    for weights, offsets in _hidden_layers(layers):
        seen.append(np.maximum(seen[-1] @ weights + offsets, 0))
    error: Floats = ((_sigmoid(seen[-1] @ layers[-2] + layers[-1]) - wanted) / len(rows)).astype(np.float32)
    gradients: list[Floats] = []
    for at in range(len(layers) - 2, -1, -2):
        entering = seen[at // 2]
        gradients = [entering.T @ error, error.sum(axis=0), *gradients]
        if at:
            error = (error @ layers[at].T) * (entering > 0)
    return gradients


def _sigmoid(values: Floats) -> Floats:
    return (1 / (1 + np.exp(-np.clip(values, -30, 30)))).astype(np.float32)
