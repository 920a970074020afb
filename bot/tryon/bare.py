"""A photo and who stands in it -> whether nothing is worn over the chest, by the skin of this face alone. Pure.

A rule on colours, not a network: no body is judged, and a top of just the colour of its wearer's skin is taken for
none. In a photo without colours it says nothing.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from bot.tryon.garment import face_area
from bot.tryon.models import Floats, floats
from bot.tryon.person import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER, Body, Person
from bot.tryon.photo import Picture
from bot.tryon.retexture import to_linear

_MOST_BARE = 0.5  # of the chest and belly: a neckline shows less, a strip of underwear leaves more
_NO_HUE = 0.03  # of all light, in the colour that differs most: less is a photo without colours
# What browns or flushes skin takes blue, and half as much green, from it: a chest is off its face along this line of
# hues (red, green, blue), and little to the side of it.
_LINE = (0.8, -0.28, -0.52)
_ALONG, _BESIDE = 0.06, 0.02
_DARKEST, _LIGHTEST = 0.2, 4.0  # of the face's light: a body is lit otherwise
_LIGHTER_PART = 30  # per cent of a face that are brows, eyes and beard
_BELOW, _INSIDE = 0.15, 0.12  # of the torso: below the neck, and off its flanks
_SURELY_PERSON = 0.8
_FOREHEAD, _BETWEEN_EYES, _NOSE, _CHIN = 10, 168, 1, 152  # points of the mesh


def is_bare(photo: Picture, person: Person) -> bool:
    """Whether most of the chest and belly has the hue of the face, or of what a mask or a phone leaves of it.

    False without a face, a body or colours: for a top the gates take nobody whose face is not seen.
    """
    if person.body is None or person.mesh is None:
        return False
    linear = to_linear(cv2.GaussianBlur(photo, (0, 0), 1.5))
    chest = linear[_chest(person.body, photo.shape[:2]) & (person.mask > _SURELY_PERSON)]
    return bool(len(chest)) and any(_is_skin_like(chest, skin) for skin in _find_skins(linear, person.mesh, person))


def _find_skins(linear: Floats, mesh: Floats, person: Person) -> list[Floats]:
    """The face's colours; where its thirds differ, each, too: some may be a mask or a phone."""
    face = face_area(person, linear.shape[:2])
    rows, columns = np.nonzero(face)
    up = mesh[_FOREHEAD, :2] - mesh[_CHIN, :2]
    height = np.stack([columns, rows], axis=-1) @ up
    third = np.searchsorted(mesh[[_NOSE, _BETWEEN_EYES], :2] @ up, height)
    whole = linear[face]
    parts = [part for each in range(3) if len(part := whole[third == each])]
    first, *others = map(_middle_hue, parts)
    return [whole] if all(_is_near(first - other) for other in others) else [whole, *parts]


def _is_skin_like(chest: Floats, skin: Floats) -> bool:
    """Whether most of the chest has this skin's hue. False where that has none."""
    hue = _middle_hue(skin)
    if np.abs(hue - 1 / 3).max() < _NO_HUE:
        return False
    share = chest.mean(axis=-1) / max(float(np.percentile(skin.mean(axis=-1), 65)), 1e-4)
    is_skin = _is_near(_hues(chest) - hue) & (share > _DARKEST) & (share < _LIGHTEST)
    return bool(is_skin.mean() > _MOST_BARE)


def _middle_hue(skin: Floats) -> Floats:
    """That of its lighter part: brows, eyes and a beard are none of it."""
    light = skin.mean(axis=-1)
    return floats(np.median(_hues(skin[light >= np.percentile(light, _LIGHTER_PART)]), axis=0))


def _hues(linear: Floats) -> Floats:
    """Each colour's share of its light: the same in the sun and in a fold."""
    return linear / (linear.sum(axis=-1, keepdims=True) + 1e-4)


def _is_near(off: Floats) -> NDArray[np.bool_]:
    """Whether hues that are off the face's by this much are still those of its body."""
    line = floats(_LINE) / np.linalg.norm(_LINE)
    beside = np.cross(line, np.ones(3, np.float32) / np.sqrt(3))
    near: NDArray[np.bool_] = (np.abs(off @ line) < _ALONG) & (np.abs(off @ beside) < _BESIDE)
    return near


def _chest(body: Body, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Chest and belly, between shoulders and hips."""
    points = body.points[[RIGHT_SHOULDER, LEFT_SHOULDER, RIGHT_HIP, LEFT_HIP], :2]

    def at(across: float, down: float) -> Floats:
        top, bottom = (one + (other - one) * across for one, other in (points[:2], points[2:]))
        return floats(top + (bottom - top) * down)

    corners = floats([at(_INSIDE, _BELOW), at(1 - _INSIDE, _BELOW), at(1 - _INSIDE, 1), at(_INSIDE, 1)])
    area = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(area, corners.round().astype(np.int32), 1)
    return area > 0
