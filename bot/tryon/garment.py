"""A photo and who stands in it -> where the worn top is, learnt from this photo alone. Pure.

Colours (Lab histograms) times places (the body's points), a few rounds, then edges that follow the picture.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from bot.tryon.light import find_plain
from bot.tryon.models import Floats
from bot.tryon.person import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER, Person
from bot.tryon.photo import Picture
from bot.tryon.places import FACE_OVAL, HEM, along_arms, find_core, find_places, small_face
from bot.tryon.retexture import to_linear
from bot.tryon.sleeves import end_sleeves

_WORK_PX = 512
_BESIDE_PX = 15  # how wide a rim is looked at
_EDGE_EPS = 0.01  # of the difference between the top and what is beside it, squared
_ROUNDS = 4
_SURELY_BACKGROUND, _SURELY_PERSON = 0.1, 0.8
_WIDE_SLEEVE = 2.4  # of an arm: a wide sleeve
_MOST_HOLE, _MOST_BARE = 0.12, 0.4  # of the top; of a hole
_ODD, _MOST_ODD, _OPEN = 0.2, 0.3, 0.25  # sameness; of the top; of a thing's rim, that lies at the top's edge
_BINS = (16, 32, 32)


def find_top(photo: Picture, person: Person) -> Floats:
    """How much of each pixel is the worn top, 0 to 1; the photo's size. Needs a body."""
    height, width = photo.shape[:2]
    scale = min(1.0, _WORK_PX / max(height, width))
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(person.mask, size)
    colours = _colour_index(small)
    places = find_places(person, scale, mask)
    top, skin = _learn(colours, places, find_core(person, scale, mask.shape))
    bare = np.maximum(skin, small_face(person, scale, mask.shape))
    top = _fill_holes(_keep_main(top, places[0]), bare) * (mask > 0.35)
    same = find_plain(to_linear(small), top).same
    top = end_sleeves(without_things(same, grow(same, top, person, scale, mask), mask), person, scale, mask)
    rough = cv2.resize(top, (width, height))
    fine = guided_filter(_tell_apart(photo, rough), rough, max(2, round(4 / scale)), _EDGE_EPS)
    sharp = np.clip((fine - 0.25) / 0.4, 0, 1)
    return _only_person(sharp, person)


def grow(same: Floats, top: Floats, person: Person, scale: float, mask: Floats) -> Floats:
    """The top with what hangs together with it beside an arm in the same cloth: sleeves are wider than arms."""
    if person.body is None:
        return top
    points = person.body.points[:, :2] * scale
    across = float(np.hypot(*(points[LEFT_SHOULDER] - points[RIGHT_SHOULDER])))
    beside = along_arms(points, mask.shape, across * _WIDE_SLEEVE) > 0.5
    beside[: max(0, int(points[[LEFT_SHOULDER, RIGHT_SHOULDER], 1].min()))] = False  # no hair
    hem = max(0, int(points[[LEFT_HIP, RIGHT_HIP], 1].mean() + HEM * across))
    beside[hem:] &= along_arms(points, mask.shape, across)[hem:] > 0.5  # trousers and skirts are beside an arm as well
    cloth = (same > 0.5) & beside & (mask > _SURELY_PERSON)
    cloth = cv2.morphologyEx(cloth.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    _, labels = cv2.connectedComponents((cloth | (top > 0.5)).astype(np.uint8))
    reached = np.unique(labels[top > 0.5])
    grown: Floats = np.maximum(top, (cloth & np.isin(labels, reached)).astype(np.float32))
    return grown


def without_things(same: Floats, top: Floats, mask: Floats) -> Floats:
    """The top without what is not its cloth and reaches in from the person beside it: a collar, a hand, a ring.

    What lies within, or at the edge to the room, is its print or badge, and stays; so does everything where prints are
    all over.
    """
    odd = ((same < _ODD) & (top > 0.5)).astype(np.uint8)
    odd = cv2.morphologyEx(odd, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    if odd.sum() > _MOST_ODD * top.sum():
        return top
    count, labels = cv2.connectedComponents(odd, connectivity=4)
    rim = (cv2.erode(odd, np.ones((3, 3), np.uint8), borderValue=1) == 0) & (odd > 0)
    beside = cv2.dilate(((top < 0.5) & (mask > 0.5)).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    around = np.bincount(labels[rim], minlength=count)
    open_share = np.bincount(labels[rim & beside], minlength=count) / np.maximum(around, 1)
    is_thing = ((open_share > _OPEN) & (np.arange(count) > 0))[labels].astype(np.uint8)
    return top * (1 - cv2.dilate(is_thing, np.ones((3, 3), np.uint8)))


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
