"""A worn top as its colours tell it -> with sleeves that end across the arm, as sleeves do. Pure.

Where skin and cloth are nearly of one colour, shading alone tells them apart, and that runs along an arm.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.tryon.models import Floats
from bot.tryon.person import (
    LEFT_ELBOW,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ELBOW,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    Person,
)
from bot.tryon.places import torso_area

_ARMS = ((LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST), (RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST))
_ARM = 0.13  # half of an arm, by the shoulders' width
_STEPS = 24  # along an arm
_LEAST_SEEN_PX = 4  # of a step
_COVERED = 0.7  # of an arm's width is cloth, where a sleeve is
_SOME, _LEAST_STEPS = 0.1, 4  # of an arm's width, along so many steps: more than a sleeve's edge


def end_sleeves(top: Floats, person: Person, scale: float, mask: Floats) -> Floats:
    """The top without what runs along an arm beyond the place where most of the arm's width is bare."""
    if person.body is None:
        return top
    points = person.body.points[:, :2] * scale
    across = float(np.hypot(*(points[LEFT_SHOULDER] - points[RIGHT_SHOULDER])))
    free = (mask > 0.5) & (torso_area(points, mask.shape, across) < 0.5)
    ended = top.copy()
    for joints in _ARMS:
        along, beside = _measure(points[list(joints)], mask.shape)
        arm = free & (beside < _ARM * across)
        ended[arm & (along >= _find_end(top, along, arm))] = 0
    return ended


def _measure(joints: Floats, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Of each pixel: how far along shoulder, elbow and wrist it is, 0 to 2, and how far from that line, px."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    along, beside = np.zeros(shape, np.float32), np.full(shape, np.inf, np.float32)
    for number, (start, end) in enumerate(pairwise(joints)):
        way = end - start
        share = np.clip(((columns - start[0]) * way[0] + (rows - start[1]) * way[1]) / max(float(way @ way), 1.0), 0, 1)
        apart = np.hypot(columns - start[0] - share * way[0], rows - start[1] - share * way[1])
        nearer = apart < beside
        along[nearer], beside[nearer] = number + share[nearer], apart[nearer]
    return along, beside


def _find_end(top: Floats, along: Floats, arm: NDArray[np.bool_]) -> float:
    """Where the sleeve ends: the place that leaves least cloth beyond it and least bare skin before it.

    2, the wrist, where no more lies beyond than a sleeve's own edge.
    """
    step = np.minimum((along[arm] * _STEPS / 2).astype(int), _STEPS - 1)
    seen = np.bincount(step, minlength=_STEPS)
    covered = np.bincount(step, top[arm], minlength=_STEPS) / np.maximum(seen, 1)
    gain = np.where(seen >= _LEAST_SEEN_PX, covered - _COVERED, 0.0)
    end = int(np.argmax(np.concatenate([[0.0], np.cumsum(gain)]))) + 1
    runs_on = np.count_nonzero(covered[end:] > _SOME)
    return end * 2 / _STEPS if runs_on >= _LEAST_STEPS else 2.0
