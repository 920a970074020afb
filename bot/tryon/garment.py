"""A photo and who stands in it -> where the worn top is, learnt from this photo alone. Pure.

Colours (Lab histograms) times places (the body's points), a few rounds, then edges that follow the picture.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

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
    Body,
    Person,
)
from bot.tryon.photo import Picture

_WORK_PX = 512
_BESIDE_PX = 15  # how wide a rim is looked at
_EDGE_EPS = 0.01  # of the difference between the top and what is beside it, squared
_ROUNDS = 4
_CHIN = 152
_SURELY_BACKGROUND = 0.1
_CHEST = 0.35  # of the shoulders' width, below them
_LEAST_LEARNT = 0.1
_MOST_HOLE, _MOST_BARE = 0.12, 0.4  # of the top; of a hole
_HEM = 0.4  # of the shoulders' width: so far below the hips a top may reach
_STRANGE = 0.35  # how likely a colour of its own is neither top nor skin nor hair
_BINS = (16, 32, 32)
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)


def find_top(photo: Picture, person: Person) -> Floats:
    """How much of each pixel is the worn top, 0 to 1; the photo's size. Needs a body."""
    height, width = photo.shape[:2]
    scale = min(1.0, _WORK_PX / max(height, width))
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(person.mask, size)
    colours = _colour_index(small)
    places = _places(person, scale, mask)
    top, skin = _learn(colours, places, _core(person, scale, mask.shape))
    bare = np.maximum(skin, _small_face(person, scale, mask.shape))
    top = _fill_holes(_keep_main(top, places[0]), bare) * (mask > 0.35)
    rough = cv2.resize(top, (width, height))
    fine = guided_filter(_tell_apart(photo, rough), rough, max(2, round(4 / scale)), _EDGE_EPS)
    sharp = np.clip((fine - 0.25) / 0.4, 0, 1)
    return _only_person(sharp, person)


def _tell_apart(photo: Picture, top: Floats) -> Floats:
    """The photo in the one colour that tells the top from what is beside it: about 1 on it, 0 beside."""
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float32)
    inside = (top > 0.5).astype(np.uint8)
    reach = np.ones((_BESIDE_PX, _BESIDE_PX), np.uint8)
    beside, edge = cv2.dilate(inside, reach) - inside, inside - cv2.erode(inside, reach)
    if not beside.any() or not edge.any():
        return lab[..., 0] / 255
    here, there = lab[edge > 0].mean(axis=0), lab[beside > 0].mean(axis=0)
    way = here - there
    return ((lab - there) @ (way / max(float(way @ way), 1.0))).astype(np.float32)


def guided_filter(guide: Floats, values: Floats, radius: int, eps: float) -> Floats:
    """He, Sun and Tang's filter: `values` smoothed where `guide` is smooth, with its edges elsewhere."""
    def mean(each: Floats) -> Floats:
        return cv2.blur(each, (2 * radius + 1, 2 * radius + 1))

    mean_guide, mean_values = mean(guide), mean(values)
    slope = (mean(guide * values) - mean_guide * mean_values) / (mean(guide * guide) - mean_guide**2 + eps)
    return mean(slope) * guide + mean(mean_values - slope * mean_guide)


def face_area(person: Person, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which pixels are the face."""
    area = np.zeros(shape, np.uint8)
    if person.mesh is not None:
        cv2.fillPoly(area, [person.mesh[list(FACE_OVAL), :2].round().astype(np.int32)], 1)
    return area.astype(bool)


def _only_person(top: Floats, person: Person) -> Floats:
    face = face_area(person, top.shape)
    top[face | (person.mask < _SURELY_BACKGROUND)] = 0
    return top


def _colour_index(picture: Picture) -> NDArray[np.int32]:
    lab = cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), 1), cv2.COLOR_RGB2LAB).astype(np.int32)
    return (lab[..., 0] // 16 * 32 + lab[..., 1] // 8) * 32 + lab[..., 2] // 8


def _places(person: Person, scale: float, mask: Floats) -> list[Floats]:
    """Where each kind of pixel may be, before any colour: top, skin, hair, what is worn below, background, other."""
    body = person.body
    if body is None:
        raise ValueError("a top is looked for on a body")
    points = body.points[:, :2] * scale
    across = float(np.hypot(*(points[LEFT_SHOULDER] - points[RIGHT_SHOULDER])))
    rows = np.arange(mask.shape[0], dtype=np.float32)[:, None]
    chin = _chin(person, scale, points, across)
    yoke = _yoke(points, chin, mask.shape, across)
    torso = np.maximum(_torso(points, mask.shape, across), 0.6 * yoke)
    arms = _arms(points, body, mask.shape, across)
    hips = points[[LEFT_HIP, RIGHT_HIP], 1].mean()
    below = np.clip((rows - hips - _HEM * across) / (0.2 * across), 0, 1)
    above = np.clip((chin[1] - rows) / (0.1 * across) + 1, 0, 1)
    top = np.maximum(torso, 0.75 * arms) * (1 - above) * (1 - 0.95 * below) * mask
    face = _small_face(person, scale, mask.shape)
    head = (rows < chin[1]) * mask
    hands = _discs(points[[LEFT_WRIST, RIGHT_WRIST]], 0.2 * across, mask.shape)
    skin = np.maximum.reduce([face, 0.5 * hands, 0.25 * arms * mask, 0.2 * above * mask])
    hair = head * (1 - face) * 0.8
    return [top + 1e-4, skin + 0.02, hair + 0.03, below * mask + 0.02, 1 - mask + 0.02, _STRANGE + 0.6 * yoke]


def _torso(points: Floats, shape: tuple[int, ...], across: float) -> Floats:
    side = (points[LEFT_SHOULDER] - points[RIGHT_SHOULDER]) * 0.16
    lift, hem = floats([0, -0.12 * across]), floats([0, -_HEM * across])
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


def _arms(points: Floats, body: Body, shape: tuple[int, ...], across: float) -> Floats:
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


def _small_face(person: Person, scale: float, shape: tuple[int, ...]) -> Floats:
    area = np.zeros(shape, np.float32)
    if person.mesh is not None:
        cv2.fillPoly(area, [(person.mesh[list(FACE_OVAL), :2] * scale).round().astype(np.int32)], 1.0)
    return area


def _core(person: Person, scale: float, shape: tuple[int, ...]) -> Floats:
    """Where the top's colours are learnt: less and less above the chest, where collars and scarves are."""
    if person.body is None:
        raise ValueError("a top is looked for on a body")
    left, right = (person.body.points[each, :2] * scale for each in (LEFT_SHOULDER, RIGHT_SHOULDER))
    across, height = float(np.hypot(*(left - right))), float(left[1] + right[1]) / 2
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    return np.broadcast_to(np.clip((rows - height) / (_CHEST * across), _LEAST_LEARNT, 1), shape).astype(np.float32)


def _learn(colours: NDArray[np.int32], places: Sequence[Floats], core: Floats) -> tuple[Floats, Floats]:
    """How sure each pixel is the top, and skin, after a few rounds of asking colours and places in turn."""
    shares = np.stack(places)
    shares /= shares.sum(axis=0)
    for _ in range(_ROUNDS):
        learnt = (shares[0] * core, *shares[1:-1])
        likely = np.stack([_spread(colours, each) for each in learnt] + [np.full(colours.shape, 1 / 700)])
        shares = np.stack(places) * likely
        shares /= shares.sum(axis=0) + 1e-12
    return shares[0].astype(np.float32), shares[1].astype(np.float32)


def _spread(colours: NDArray[np.int32], weights: Floats) -> Floats:
    """How likely each pixel's colour is among the weighted pixels."""
    counts = np.bincount(colours.ravel(), weights.ravel(), minlength=np.prod(_BINS)).reshape(_BINS)
    for axis in range(3):
        counts = 0.25 * np.roll(counts, 1, axis) + 0.5 * counts + 0.25 * np.roll(counts, -1, axis)
    likely: Floats = (counts / max(counts.sum(), 1e-9)).ravel()[colours]
    return likely


def _keep_main(top: Floats, place: Floats) -> Floats:
    """The top without islands: parts that hold a twentieth of the largest one's weight stay."""
    is_top = (cv2.medianBlur((top * 255).astype(np.uint8), 7) > 127).astype(np.uint8)
    count, labels = cv2.connectedComponents(is_top)
    if count < 2:
        return is_top.astype(np.float32)
    weights = np.bincount(labels.ravel(), (is_top * place).ravel())
    weights[0] = 0
    kept: Floats = (weights > weights.max() / 20)[labels].astype(np.float32)
    return kept


def _fill_holes(top: Floats, bare: Floats) -> Floats:
    """Badges, prints and buttons belong to the top: holes in it are closed, but none of a hand or of the face."""
    count, labels = cv2.connectedComponents((top < 0.5).astype(np.uint8))
    sizes = np.bincount(labels.ravel(), minlength=count)
    is_bare = np.bincount(labels.ravel(), bare.ravel(), minlength=count) > _MOST_BARE * sizes
    closed = ((sizes < _MOST_HOLE * top.sum()) & ~is_bare)[labels] & (labels > 0)
    filled: Floats = np.maximum(top, closed.astype(np.float32))
    return filled
