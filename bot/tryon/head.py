"""A face's mesh and the picture of a hat -> the photo with it on. Pure.

The hat is laid over the hair. Hair that would stick out beside its crown is taken away, for a hat presses it down; what
was behind it is guessed from around. Hair below the rim stays.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from bot.errors import NotAllowed
from bot.tryon.garment import face_area, guided_filter
from bot.tryon.models import Floats, floats
from bot.tryon.person import Person
from bot.tryon.photo import Picture
from bot.tryon.placing import darken, face_axes, room_light, warp_in
from bot.tryon.retexture import to_linear, to_srgb

_HAIRLINE, _BROWS, _CHEEKS = 10, (105, 334), (50, 280)  # of the mesh
_ABOVE_BROWS = 0.07  # of the face's width: what stays free between the brows and the hat's front edge
_HIGHEST, _LOWEST = -0.12, 0.3  # of the face's width: where its sides may lie, below the hairline
_NARROWEST, _WIDEST = 1.1, 1.3  # of the face's width: a head with its hair, where the rim holds it
_SKULL = 0.42  # of the face's width: what a head reaches above its hairline
_MOST_BESIDE = 0.45  # of the hat: more hair than that beside it would not go under it


@dataclass(frozen=True)
class Hat:
    """A hat seen from the front: RGBA, 0 to 1, sRGB; where it meets the head at both sides and where its front ends,
    in its pixels.
    """

    picture: Floats
    rim_left: tuple[float, float]
    rim_right: tuple[float, float]
    rim_front: tuple[float, float]

    @property
    def brim(self) -> float:
        """How far it reaches out of the rim, to the sides or down in front, by half the head's width."""
        across = self.rim_right[0] - self.rim_left[0]
        aside = self.picture.shape[1] / across - 1
        return max(0.0, float(aside), 2 * (self.rim_front[1] - self.rim_left[1]) / across)


@dataclass(frozen=True)
class _Head:
    along: Floats  # unit vectors in px of the photo
    down: Floats
    middle: Floats  # of the rim
    halves: tuple[float, float]  # the head's reach to the left and the right of it
    width: float  # the face's


def has_room_for_hat(person: Person) -> bool:
    """Whether the top of the head is on the photo. Needs a mesh."""
    if person.mesh is None:
        raise ValueError("a hat is worn on a head")
    _, down, _, width = face_axes(person.mesh)
    top = person.mesh[_HAIRLINE, :2] - down[:2] * _SKULL * width
    return bool(top[1] > 0)


def wear_hat(photo: Picture, person: Person, hat: Hat) -> Picture:
    """The photo with the hat on. Needs a mesh.

    NotAllowed("hat_too_small") where hair, or something worn on the head, reaches far beyond it.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    mask = np.clip(guided_filter(grey, person.mask, max(4, photo.shape[1] // 60), 1e-3), 0, 1)
    head = _find_head(person, mask, hat)
    worn = _place(photo, head, hat)
    alpha = worn[..., 3]
    linear = to_linear(photo)
    beside = _beside(head, mask, alpha)
    if beside.sum() > _MOST_BESIDE * alpha.sum():
        raise NotAllowed("hat_too_small")
    bare = _take_away(photo, beside, alpha)
    shaded = _shade(to_linear(bare), head, mask, alpha, hat.brim)
    lit = _light_up(worn, linear, person, head)
    mixed = to_srgb(shaded * (1 - alpha[..., None]) + lit * alpha[..., None])
    changed = np.abs(mixed.astype(int) - photo).max(-1, keepdims=True) > 1
    return np.where(changed, mixed, photo).astype(np.uint8)


def _find_head(person: Person, mask: Floats, hat: Hat) -> _Head:
    """Where the hat holds: its front edge stays above the brows, its sides about where the hair begins."""
    if person.mesh is None:
        raise ValueError("a hat is worn on a head")
    along, down, _, width = face_axes(person.mesh)
    along, down = along[:2], down[:2]
    hairline, brows = person.mesh[_HAIRLINE, :2], person.mesh[list(_BROWS), :2].mean(axis=0)
    (left_x, left_y), (right_x, right_y) = hat.rim_left, hat.rim_right
    hangs = (hat.rim_front[1] - (left_y + right_y) / 2) / (right_x - left_x) * 1.2 * width
    free = float((brows - hairline) @ down) - _ABOVE_BROWS * width - hangs
    middle = hairline + down * float(np.clip(free, _HIGHEST * width, _LOWEST * width))
    least, most = (share * width / 2 for share in (_NARROWEST, _WIDEST))
    left, right = (float(np.clip(_reach(mask, middle, side * along, most * 1.2), least, most)) for side in (-1, 1))
    return _Head(along, down, middle, (left, right), width)


def _reach(mask: Floats, start: Floats, along: Floats, most: float) -> float:
    """How far the person goes from a place in a direction, px."""
    steps = np.arange(0, most, 0.5, dtype=np.float32)
    columns, rows = (start + steps[:, None] * along).round().astype(int).T
    high, wide = mask.shape
    inside = (columns >= 0) & (columns < wide) & (rows >= 0) & (rows < high)
    is_person = inside & (mask[rows.clip(0, high - 1), columns.clip(0, wide - 1)] > 0.5)
    return float(steps[-1] if is_person.all() else steps[int(np.argmin(is_person))])


def _place(photo: Picture, head: _Head, hat: Hat) -> Floats:
    """The hat's picture in its place, premultiplied."""
    left, right = head.halves
    across = hat.rim_right[0] - hat.rim_left[0]
    scale = (left + right) / across
    centre = head.middle + head.along * (right - left) / 2
    seat = floats([(hat.rim_left[0] + hat.rim_right[0]) / 2, (hat.rim_left[1] + hat.rim_right[1]) / 2])
    turn = floats([[head.along[0], head.down[0]], [head.along[1], head.down[1]]]) * scale
    matrix = np.concatenate([turn, (centre - turn @ seat)[:, None]], axis=1)
    return warp_in(hat.picture, matrix, scale, (photo.shape[1], photo.shape[0]))


def _beside(head: _Head, mask: Floats, alpha: Floats) -> Floats:
    """What is seen of the person above the rim and outside of the hat."""
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]].astype(np.float32)
    below = (columns - head.middle[0]) * head.down[0] + (rows - head.middle[1]) * head.down[1]
    aside = np.abs((columns - head.middle[0]) * head.along[0] + (rows - head.middle[1]) * head.along[1])
    above = np.clip(0.5 - below / (0.06 * head.width), 0, 1) * (aside < 1.2 * head.width)
    grown = cv2.dilate(mask, np.ones((3, 3), np.uint8), iterations=max(1, round(0.02 * head.width)))
    return np.clip(grown * 1.6 - 0.2, 0, 1) * above * (1 - alpha)


def _take_away(photo: Picture, beside: Floats, alpha: Floats) -> Picture:
    """The photo with what lies behind in the place of `beside`, as far as its surroundings tell."""
    gone = (beside > 0.02).astype(np.uint8)
    if not gone.any():
        return photo
    unknown = ((gone > 0) | (alpha > 0.02)).astype(np.uint8)
    rows, columns = np.nonzero(unknown)
    pad = 24
    part = (slice(max(0, rows.min() - pad), rows.max() + pad), slice(max(0, columns.min() - pad), columns.max() + pad))
    filled = photo.copy()
    filled[part] = cv2.inpaint(np.ascontiguousarray(photo[part]), unknown[part], 5, cv2.INPAINT_TELEA)
    share = cv2.GaussianBlur(gone.astype(np.float32), (0, 0), 1.2)[..., None]
    return (photo + (filled.astype(np.float32) - photo) * share).round().astype(np.uint8)


def _shade(linear: Floats, head: _Head, mask: Floats, alpha: Floats, brim: float) -> Floats:
    """The hat's shadow on face and hair: a soft one as deep as its brim, and a narrow one where it touches."""
    deep = (0.07 + 0.2 * min(brim, 1.0)) * head.width
    fallen = np.zeros_like(alpha)
    for share in (0.35, 0.7, 1.0):
        by = head.down * deep * share
        moved = cv2.warpAffine(alpha, floats([[1, 0, by[0]], [0, 1, by[1]]]), alpha.shape[::-1])
        fallen += cv2.GaussianBlur(moved, (0, 0), max(1.0, 0.25 * deep * share)) / 3
    touch = cv2.GaussianBlur(alpha, (0, 0), max(1.0, 0.018 * head.width))
    where = np.clip(mask, 0, 1) * (1 - alpha)
    return darken(darken(linear, fallen * where, 0.3 + 0.18 * min(brim, 1.0)), touch * where, 0.35)


def _light_up(worn: Floats, linear: Floats, person: Person, head: _Head) -> Floats:
    """The hat's colours in the room's light: as bright as the face, brighter on the side where the face is."""
    skin = face_area(person, linear.shape[:2]).astype(np.float32)
    colour = to_linear((np.clip(worn[..., :3] / np.maximum(worn[..., 3:], 1e-4), 0, 1) * 255).round().astype(np.uint8))
    bright = colour * room_light(linear, skin)
    left, right = (_around(linear, person, each, head.width) for each in _CHEEKS)
    lean = float(np.clip(np.log(max(right, 1e-3) / max(left, 1e-3)), -0.5, 0.5))
    columns = np.arange(worn.shape[1], dtype=np.float32)
    across = np.clip((columns - head.middle[0]) / head.width, -1, 1)
    return np.clip(bright * np.exp(0.35 * lean * across)[None, :, None], 0, 1)


def _around(linear: Floats, person: Person, point: int, width: float) -> float:
    if person.mesh is None:
        return 1.0
    x, y = person.mesh[point, :2].round().astype(int)
    reach = max(1, round(0.06 * width))
    spot = linear[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach]
    return float(np.median(spot)) if spot.size else 1.0
