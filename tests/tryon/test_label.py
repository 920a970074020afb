"""The strip below a picture."""

import numpy as np
import pytest

from bot.tryon.label import ENGINE_WORDS, FACE_WORDS, WORDS, label


@pytest.mark.parametrize(("letter", "bare"), [("é", "e"), ("à", "a"), ("ç", "c"), ("ô", "o"), ("œ", "o"), ("’", ".")])
def test_writes_accents_as_they_are(letter: str, bare: str) -> None:
    picture = np.zeros((40, 400, 3), np.uint8)
    assert not np.array_equal(label(picture, letter), label(picture, bare))
    assert not np.array_equal(label(picture, letter), label(picture, "�"))


@pytest.mark.parametrize("words", [*WORDS.values(), *FACE_WORDS.values(), *ENGINE_WORDS.values()])
@pytest.mark.parametrize("width", [200, 512, 1024])
def test_covers_nothing_and_stays_inside(words: str, width: int) -> None:
    picture = np.full((50, width, 3), 9, np.uint8)
    labelled = label(picture, words)
    assert np.array_equal(labelled[:50], picture)
    dark = np.flatnonzero((labelled[50:] < 200).any(axis=(0, 2)))
    assert dark[0] > 0 and dark[-1] < width - 1
    assert abs((dark[0] + dark[-1]) / 2 - width / 2) < 6
