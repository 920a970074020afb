"""A person -> where each kind of pixel may be, before any colour is looked at: top, skin, hair, and what else. Pure.

Everything is at the scale of a smaller photo: `scale` times the person's own.
"""

from itertools import pairwise

import cv2
import numpy as np

from bot.tryon.models import Floats, floats
from bot.tryon.person import (
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    Person,
)

_CHIN = 152
_CHEST = 0.35  # of the shoulders' width, below them
_LEAST_LEARNT = 0.1
HEM = 0.4  # of the shoulders' width: so far below the hips a top may reach
_STRANGE = 0.35  # how likely a colour of its own is neither top nor skin nor hair
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)


def find_places(person: Person, scale: float, mask: Floats) -> list[Floats]:
    """Where each kind of pixel may be, before any colour: top, skin, hair, what is worn below, background, other."""
    body = person.body
    if body is None:
        raise ValueError("a top is looked for on a body")
    points = body.points[:, :2] * scale
    across = float(np.hypot(*(points[LEFT_SHOULDER] - points[RIGHT_SHOULDER])))
    rows = np.arange(mask.shape[0], dtype=np.float32)[:, None]
    chin = _chin(person, scale, points, across)
    yoke = _yoke(points, chin, mask.shape, across)
    torso = np.maximum(torso_area(points, mask.shape, across), 0.6 * yoke)
    arms = along_arms(points, mask.shape, across)
    hips = points[[LEFT_HIP, RIGHT_HIP], 1].mean()
    below = np.clip((rows - hips - HEM * across) / (0.2 * across), 0, 1)
    above = np.clip((chin[1] - rows) / (0.1 * across) + 1, 0, 1)
    top = np.maximum(torso, 0.75 * arms) * (1 - above) * (1 - 0.95 * below) * mask
    face = small_face(person, scale, mask.shape)
    head = (rows < chin[1]) * mask
    hands = _discs(points[[LEFT_WRIST, RIGHT_WRIST]], 0.2 * across, mask.shape)
    skin = np.maximum.reduce([face, 0.5 * hands, 0.25 * arms * mask, 0.2 * above * mask])
    hair = head * (1 - face) * 0.8
    return [top + 1e-4, skin + 0.02, hair + 0.03, below * mask + 0.02, 1 - mask + 0.02, _STRANGE + 0.6 * yoke]


def torso_area(points: Floats, shape: tuple[int, ...], across: float) -> Floats:
    """From the shoulders to where a top's hem may be, 0 to 1."""
    side = (points[LEFT_SHOULDER] - points[RIGHT_SHOULDER]) * 0.16
    lift, hem = floats([0, -0.12 * across]), floats([0, -HEM * across])
    corners = floats([
        points[RIGHT_SHOULDER] - side + lift, points[LEFT_SHOULDER] + side + lift,
        points[LEFT_HIP] + 2 * side - hem, points[RIGHT_HIP] - 2 * side - hem,
    ])
    area = np.zeros(shape, np.float32)
    cv2.fillConvexPoly(area, corners.round().astype(np.int32), 1.0)
    return cv2.GaussianBlur(area, (0, 0), 0.06 * across)


def _chin(person: Person, scale: float, points: Floats, across: float) -> Floats:
    """The chin; where no face is seen, a third of the shoulders' width above their middle."""
    if person.mesh is not None:
        return person.mesh[_CHIN, :2] * scale
    return points[[LEFT_SHOULDER, RIGHT_SHOULDER]].mean(axis=0) - floats([0, 0.35 * across])


def _yoke(points: Floats, chin: Floats, shape: tuple[int, ...], across: float) -> Floats:
    """From the shoulders up to below the chin: where collars are."""
    side = (points[LEFT_SHOULDER] - points[RIGHT_SHOULDER]) * 0.16
    neck = (points[LEFT_SHOULDER] - points[RIGHT_SHOULDER]) * 0.24
    corners = floats([points[RIGHT_SHOULDER] - side, points[LEFT_SHOULDER] + side, chin + neck, chin - neck])
    area = np.zeros(shape, np.float32)
    cv2.fillConvexPoly(area, corners.round().astype(np.int32), 1.0)
    return cv2.GaussianBlur(area, (0, 0), 0.04 * across)


def along_arms(points: Floats, shape: tuple[int, ...], across: float) -> Floats:
    """Bands along both arms, 0 to 1, 0.42 of `across` wide."""
    area = np.zeros(shape, np.float32)
    for joints in ((LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST), (RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST)):
        for start, end in pairwise(joints):
            ends = [tuple(int(value) for value in points[each].round()) for each in (start, end)]
            cv2.line(area, ends[0], ends[1], 1.0, max(1, round(0.42 * across)))
    return cv2.GaussianBlur(area, (0, 0), 0.05 * across)


def _discs(centres: Floats, radius: float, shape: tuple[int, ...]) -> Floats:
    area = np.zeros(shape, np.float32)
    for x, y in centres.round().astype(int):
        cv2.circle(area, (int(x), int(y)), max(1, round(radius)), 1.0, -1)
    return area


def small_face(person: Person, scale: float, shape: tuple[int, ...]) -> Floats:
    """Which pixels are the face; none where no face was read."""
    area = np.zeros(shape, np.float32)
    if person.mesh is not None:
        cv2.fillPoly(area, [(person.mesh[list(FACE_OVAL), :2] * scale).round().astype(np.int32)], 1.0)
    return area


def find_core(person: Person, scale: float, shape: tuple[int, ...]) -> Floats:
    """Where the top's colours are learnt: less and less above the chest, where collars and scarves are."""
    if person.body is None:
        raise ValueError("a top is looked for on a body")
    left, right = (person.body.points[each, :2] * scale for each in (LEFT_SHOULDER, RIGHT_SHOULDER))
    across, height = float(np.hypot(*(left - right))), float(left[1] + right[1]) / 2
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    return np.broadcast_to(np.clip((rows - height) / (_CHEST * across), _LEAST_LEARNT, 1), shape).astype(np.float32)
