"""Where a worn top ends, on a figure of a few lines: a wide sleeve is part of it, trousers in its colour are not."""

import numpy as np

from bot.tryon.garment import grow
from bot.tryon.models import Floats
from bot.tryon.person import (
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    Body,
    Person,
)

_POINTS = {
    LEFT_SHOULDER: (140, 60), RIGHT_SHOULDER: (60, 60), LEFT_HIP: (125, 160), RIGHT_HIP: (75, 160),
    LEFT_ELBOW: (160, 125), LEFT_WRIST: (165, 195), RIGHT_ELBOW: (40, 125), RIGHT_WRIST: (35, 195),
}


def make_figure() -> tuple[Person, Floats]:
    """Somebody who stands, 80 px across the shoulders, and the torso's part of their top."""
    points = np.zeros((33, 3), np.float32)
    for each, place in _POINTS.items():
        points[each, :2] = place
    mask = np.zeros((320, 200), np.float32)
    mask[50:190, 10:190] = 1  # sleeves as wide as a cape
    mask[190:310, 30:170] = 1  # wide trousers
    top = np.zeros_like(mask)
    top[55:185, 60:140] = 1
    return Person((), None, Body(points, np.ones(33, np.float32), 1.0), 1, mask), top


def test_wide_sleeves_are_the_top_and_trousers_in_its_colour_are_not() -> None:
    person, top = make_figure()
    grown = grow(np.ones_like(top), top, person, 1.0, person.mask)
    assert grown[130, 180] == grown[130, 20] == 1
    assert not grown[200:, 60:140].any()
