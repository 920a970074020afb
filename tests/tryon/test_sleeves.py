"""Sleeves end across an arm: what runs along it beyond a short one is skin in the cloth's colour; a long one stays."""

import numpy as np

from bot.tryon.models import Floats
from bot.tryon.sleeves import end_sleeves
from tests.tryon.test_garment import make_figure

_ELBOW, _BELOW = 125, 145  # rows


def _sleeved(inner_half: bool, long: bool) -> Floats:
    """A top whose sleeves end at the elbow, with the forearm's inner half, or all of it, told to be cloth as well."""
    top = np.zeros((320, 200), np.float32)
    top[55:_ELBOW, 25:175] = 1
    if inner_half:
        top[_ELBOW:190, 37:45] = top[_ELBOW:190, 155:163] = 1
    if long:
        top[_ELBOW:190, 20:55] = top[_ELBOW:190, 145:180] = 1
    return top


def _end(top: Floats) -> Floats:
    person, _ = make_figure()
    return end_sleeves(top, person, 1.0, person.mask)


def test_cloth_along_half_of_a_forearm_is_skin_in_its_colour() -> None:
    ended = _end(_sleeved(inner_half=True, long=False))
    assert not ended[_BELOW:190, :50].any() and not ended[_BELOW:190, 150:].any()
    assert ended[55:110, 45].all() and ended[55:110, 155].all()


def test_long_sleeves_stay_as_they_are() -> None:
    top = _sleeved(inner_half=False, long=True)
    assert (_end(top)[:180] == top[:180]).all()


def test_short_sleeves_stay_as_they_are() -> None:
    top = _sleeved(inner_half=False, long=False)
    assert (_end(top) == top).all()
