"""The highest of many values, by a first guess from every 16th: the same ones as by sorting."""

import numpy as np
import pytest

from bot.recommend.learned.sources import find_top_places


@pytest.mark.parametrize("size", [0, 3, 40, 600, 5_000])
@pytest.mark.parametrize("shape", ["spread", "few high", "alike", "high ones between"])
def test_finds_the_highest(size: int, shape: str) -> None:
    rng = np.random.default_rng(size)
    values = rng.random(size).astype(np.float32)
    if shape == "few high":
        values = values**20
    if shape == "alike":
        values = np.round(values * 3).astype(np.float32)
    if shape == "high ones between":
        values[::16] = 0.0  # the guess sees none of them
    found = find_top_places(values, 40)
    assert len(set(found.tolist())) == len(found) == min(size, 40)
    assert np.sort(values[found]).tolist() == np.sort(values)[-40:].tolist()
